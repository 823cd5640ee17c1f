// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace scratchproof {

/// Replaces each {name} of `text` by what `value(name)` returns. Values are put in as they are, never filled again, so
/// braces in a folder's name mean nothing.
template <typename Value>
std::string fillWords(std::string_view text, const Value& value)
{
    std::string out;
    while (!text.empty()) {
        const std::size_t open = text.find('{');
        const std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
        if (close == std::string_view::npos)
            break;
        out += text.substr(0, open);
        out += value(std::string(text.substr(open + 1, close - open - 1)));
        text.remove_prefix(close + 1);
    }
    return out.append(text);
}

/// `text` without its [brackets], and without what stands in them where `isWhole(that)` is false.
template <typename IsWhole>
std::string withoutGaps(std::string_view text, const IsWhole& isWhole)
{
    const std::size_t open = text.find('[');
    const std::size_t close = text.find(']', std::min(open, text.size()));
    if (close == std::string_view::npos)
        return std::string(text);
    const std::string_view optional = text.substr(open + 1, close - open - 1);
    return std::string(text.substr(0, open))
        .append(isWhole(optional) ? optional : std::string_view())
        .append(text.substr(close + 1));
}

} // namespace scratchproof
