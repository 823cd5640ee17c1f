// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

/// How many characters `text` (UTF-8) takes in a terminal, wide and combining ones aside.
[[nodiscard]] std::size_t widthOf(std::string_view text);

/// `text` in lines of at most `columns` characters, broken at spaces; `first` stands before the first line and `rest`
/// before the others. A longer word has a line of its own. No newline at the end.
[[nodiscard]] std::string wrapped(std::string_view text, std::string_view first, std::string_view rest,
                                  std::size_t columns);

struct RenderedFix;

/// The lines of a fix's command for a terminal, each with its newline: "sudo " before what is an administrator's, and a
/// line that says whose it is before what is another's. Empty where there is no command.
[[nodiscard]] std::string commandLines(const RenderedFix& fix);

/// A command whose words may hold {placeholders}: shown as they are, and everything else quoted for a shell.
[[nodiscard]] std::string commandTemplate(const std::vector<std::string>& words);

} // namespace scratchproof
