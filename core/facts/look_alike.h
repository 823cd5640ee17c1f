// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"
#include "core/system/system.h"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace scratchproof {

/// In what two names differ that a person may take for the same.
enum class LookAlikeKind : std::uint8_t {
    Form,      // composed or not: u with two dots as one character or as two (Unicode normal forms)
    Invisible, // a blank at an end, a control character, a byte order mark, characters of no width
    Case,      // capital letters
};

struct LookAlike
{
    Path name; // as it is there, bytes
    LookAlikeKind kind = LookAlikeKind::Form;
};

/// In what two names differ; nothing where a person would tell them apart, or where they are the same bytes. Knows the
/// characters of Unicode that are composed of two, and Hangul; capital letters of Latin, Greek and Cyrillic.
[[nodiscard]] std::optional<LookAlikeKind> looksAlike(std::string_view name, std::string_view other);

/// Among the first 20,000 names of the folder (not O_PATH) one that looks like `name`, of those the most alike. Reads
/// the folder, and blocks as long as that takes.
[[nodiscard]] std::optional<LookAlike> findLookAlike(System& system, int folderFd, std::string_view name,
                                                     const std::stop_token& stop);

} // namespace scratchproof
