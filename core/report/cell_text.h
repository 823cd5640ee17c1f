// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace scratchproof {

/// Foreign text as a cell of CSV or TSV that a spreadsheet only shows: control characters, tabs and line breaks become
/// visible (displayText), and before what it would take for a formula (= + - @, full-width ones too) or for the
/// beginning of a quoted text stands an apostrophe. Blanks before those do not hide them.
[[nodiscard]] std::string cellText(std::string_view text);

} // namespace scratchproof
