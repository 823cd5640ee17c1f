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

/// A fix for a terminal, each line with its newline: what to do, and its command if it has one, with "sudo " before
/// what is an administrator's, and below a line that says whose it is where it is another's.
[[nodiscard]] std::string fixLines(const RenderedFix& fix, std::size_t columns);

/// A command whose words may hold {placeholders}: shown as they are, and everything else quoted for a shell.
[[nodiscard]] std::string commandTemplate(const std::vector<std::string>& words);

} // namespace scratchproof
