// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/report/path_text.h"
#include "core/report/report_words.h"

#include <string>
#include <vector>

namespace scratchproof {

/// A fact as a person reads it. The name is ours and in the reader's language; the value may be foreign text, made
/// displayable.
struct FactLine
{
    std::string name;
    std::string value;
};
struct FactGroup
{
    std::string title;
    std::vector<FactLine> lines;
};

/// All that is known of a folder, for support staff: mount, space, device, rights, confinement, limits, quota, file
/// system, the check itself, evidence. What is not known is left out, and so is a group without a line.
[[nodiscard]] std::vector<FactGroup> describeFacts(const Check& check, const Translate& translate = {});

/// What the walk saw of one place: kind, owner, group, mode, access list, whether it may be passed, mount.
[[nodiscard]] std::vector<FactLine> describePlace(const PathPlace& place, const Translate& translate = {});

/// "ann (1000)", or "1000" where the number has no name. Displayable.
[[nodiscard]] std::string whoText(const std::optional<std::string>& name, std::uint32_t number);

} // namespace scratchproof
