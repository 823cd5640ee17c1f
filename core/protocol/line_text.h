// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/stream/json_text.h"

#include <charconv>
#include <string_view>
#include <system_error>

/// For lines that are read as the text that JsonText writes, without a Json of them.
namespace scratchproof {

/// Takes `text` off the front; false if something else stands there.
inline bool take(std::string_view& from, std::string_view text)
{
    const bool isThere = from.starts_with(text);
    from.remove_prefix(isThere ? text.size() : 0);
    return isThere;
}

/// Takes a number that is not negative off the front.
template <typename Number>
bool takeNumber(std::string_view& from, Number& number)
{
    const auto read = std::from_chars(from.data(), from.data() + from.size(), number);
    const bool isNumber = read.ec == std::errc() && !from.starts_with('-');
    from.remove_prefix(isNumber ? static_cast<std::size_t>(read.ptr - from.data()) : 0);
    return isNumber;
}

/// Takes what stands before the next quotation mark; false where JSON may mean something else by it.
inline bool takeText(std::string_view& from, std::string_view& text)
{
    text = from.substr(0, from.find('"'));
    from.remove_prefix(text.size());
    return !from.empty() && isPlainInJson(text);
}

} // namespace scratchproof
