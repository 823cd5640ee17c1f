// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/stream/json_fields.h"

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace scratchproof {

/// Text that is the same within the quotation marks of JSON: printable ASCII without '"' and '\'.
[[nodiscard]] bool isPlainInJson(std::string_view text);

/// Writes one line of JSON as it goes, with the same text as toLine() has for the same values: for what is written ten
/// thousand times, where a Json takes most of the time of a check. Whoever uses it says each key once, and ends what it
/// begins.
class JsonText
{
public:
    void beginObject() { open('{'); }
    void endObject() { close('}'); }
    void beginArray() { open('['); }
    void endArray() { close(']'); }

    /// Of an object's member; its value comes next.
    void key(std::string_view name);

    /// Text that is not UTF-8 is replaced by U+FFFD: use path() for paths.
    void value(std::string_view text);
    void value(const char* text) { value(std::string_view(text)); }
    void value(const std::string& text) { value(std::string_view(text)); }
    void value(bool truth);
    void value(std::nullptr_t) { put("null"); }
    void value(const Json& json) { put(toLine(json)); }
    template <std::integral Number>
    void value(Number number)
    {
        std::array<char, 24> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        put({digits.data(), static_cast<std::size_t>(end - digits.data())});
    }

    template <typename Value>
    void member(std::string_view name, const Value& itsValue)
    {
        key(name);
        value(itsValue);
    }
    /// As putPath().
    void path(std::string_view name, const Path& bytes);
    /// As putPaths().
    void paths(std::string_view name, const std::vector<Path>& list);
    /// An entry of a list: text, or an object of `name` and its bytes where it is not UTF-8.
    void entry(std::string_view name, const Path& bytes);

    [[nodiscard]] const std::string& text() const { return m_text; }
    [[nodiscard]] std::string take() { return std::move(m_text); }

private:
    void open(char bracket);
    void close(char bracket);
    void put(std::string_view written);
    void separate();

    std::string m_text;
};

/// Of what has a writeJson(JsonText&, const T&), as a Json.
template <typename T>
requires requires(JsonText& json, const T& value)
{
    writeJson(json, value);
}
[[nodiscard]] Json toJson(const T& value)
{
    JsonText json;
    writeJson(json, value);
    return Json::parse(json.text());
}

} // namespace scratchproof
