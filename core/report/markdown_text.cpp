// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/markdown_text.h"

#include "core/base/text.h"

#include <algorithm>

namespace scratchproof::markdown {

namespace {

std::size_t longestRun(std::string_view text, char c)
{
    std::size_t longest = 0;
    std::size_t run = 0;
    for (const char at : text) {
        run = at == c ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    return longest;
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// Whether the character at `i` would begin a list, a heading of another kind or a rule, were it at a line's start.
bool beginsBlock(std::string_view text, std::size_t i)
{
    if (i == 0)
        return text[i] == '-' || text[i] == '+' || text[i] == '=';
    // "1." and "1)"
    return (text[i] == '.' || text[i] == ')') &&
           std::all_of(text.begin(), text.begin() + static_cast<long>(i), isDigit);
}

bool beginsAddress(std::string_view text, std::size_t i)
{
    const auto wwwBefore = [&] {
        return i >= 3 && std::all_of(text.begin() + static_cast<long>(i) - 3, text.begin() + static_cast<long>(i),
                                     [](char c) { return c == 'w' || c == 'W'; });
    };
    return (text[i] == ':' && i + 1 < text.size() && text[i + 1] == '/') || (text[i] == '.' && wwwBefore());
}

std::string escapedFrom(std::string_view text, bool isLineStart)
{
    constexpr std::string_view kSpecial = "\\`*_[]<>|~&#!$";
    const std::string safe = displayText(text);
    std::string out;
    out.reserve(safe.size() + 8);
    for (std::size_t i = 0; i < safe.size(); ++i) {
        if (kSpecial.find(safe[i]) != std::string_view::npos || (isLineStart && beginsBlock(safe, i)) ||
            beginsAddress(safe, i))
            out += '\\';
        out += safe[i];
    }
    return out;
}

} // namespace

std::string escaped(std::string_view text)
{
    return escapedFrom(text, true);
}

std::string escapedCell(std::string_view text)
{
    return escapedFrom(text, false);
}

std::string code(std::string_view text, bool inTable)
{
    const std::string safe = displayText(text);
    if (safe.empty())
        return {};
    // Readers disagree about what a bar within a code span of a table is.
    if (inTable && safe.find('|') != std::string::npos)
        return escaped(safe);
    const std::string fence(longestRun(safe, '`') + 1, '`');
    // One space at both ends is taken off again; without it a backtick at an end would join the fence.
    const bool padded = safe.front() == '`' || safe.back() == '`' || safe.front() == ' ' || safe.back() == ' ';
    const char* pad = padded ? " " : "";
    return fence + pad + safe + pad + fence;
}

std::string codeBlock(std::string_view text, std::string_view language, std::size_t indent)
{
    const std::string margin(indent, ' ');
    const std::string fence(std::max<std::size_t>(3, longestRun(text, '`') + 1), '`');
    std::string out = margin + fence;
    out.append(language).append("\n").append(margin);
    for (const char c : text) {
        out += c;
        if (c == '\n')
            out += margin;
    }
    return out + "\n" + margin + fence + "\n";
}

} // namespace scratchproof::markdown
