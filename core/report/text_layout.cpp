// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/text_layout.h"

#include "core/base/text.h"
#include "core/diagnosis/words.h"

#include <algorithm>

namespace scratchproof {

std::size_t widthOf(std::string_view text)
{
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::string wrapped(std::string_view text, std::string_view first, std::string_view rest, std::size_t columns)
{
    std::string out(first);
    std::size_t column = widthOf(first);
    bool atStart = true;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        const auto word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!atStart && column + 1 + widthOf(word) > columns) {
            out.append("\n").append(rest);
            column = widthOf(rest);
            atStart = true;
        }
        out.append(atStart ? "" : " ").append(word);
        column += widthOf(word) + (atStart ? 0 : 1);
        atStart = false;
    }
    return out;
}

std::string fixLines(const RenderedFix& fix, std::size_t columns)
{
    std::string lines = wrapped(fix.text, "    - ", "      ", columns) + '\n';
    if (fix.command.empty())
        return lines;
    if (fix.whose == Whose::Owners)
        lines += "      To be run by " + (fix.owner.empty() ? std::string("its owner") : fix.owner) + ":\n";
    return lines + "        " + (fix.whose == Whose::Administrators ? "sudo " : "") + quoteForShell(fix.command) + '\n';
}

std::string commandTemplate(const std::vector<std::string>& words)
{
    std::string out;
    for (const auto& word : words)
        out.append(out.empty() ? "" : " ").append(word.find('{') != std::string::npos ? word : quoteForShell(word));
    return out;
}

} // namespace scratchproof
