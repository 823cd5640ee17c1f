// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/probers/prober_service.h"
#include "core/diagnosis/finding.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace scratchproof::gui {

/// What a prober says to "would USER be able to write here?" (core/protocol/messages.h, request "rights").
struct RightsReply
{
    enum class Answer : std::uint8_t { Yes, No, Unknown };
    Answer answer = Answer::Unknown;
    std::string user; // as the user database has it; bytes
    std::optional<std::uint64_t> uid;
    std::optional<Path> component;  // the place in the path that decides
    std::optional<Finding> finding; // why not, or why it cannot be known
};

/// Reads an answer. It takes another's word: what does not fit is an Error (operation "parse-rights").
[[nodiscard]] Result<RightsReply> rightsReplyFromJson(const Json& json);

/// Asks a prober; nobody acts as that user. An Error "unknown-user" where there is none of that name or number.
/// `answered` is called once, unless `context` is gone by then.
WorkId askRights(ProberService& probers, const Path& folder, const std::string& user, QObject* context,
                 std::function<void(const Result<RightsReply>&)> answered);

} // namespace scratchproof::gui
