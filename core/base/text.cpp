// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <iterator>

namespace scratchproof {

namespace {

struct Decoded
{
    char32_t codePoint = 0;
    std::size_t length = 0; // 0: the first byte starts no well-formed sequence
};

bool isContinuation(unsigned char byte)
{
    return (byte & 0xc0U) == 0x80U;
}

/// One code point off the front, by table 3-7 of the Unicode standard.
Decoded decodeUtf8(std::string_view bytes)
{
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned char first = at(0);
    if (first < 0x80)
        return {first, 1};
    std::size_t length = 0;
    char32_t value = 0;
    char32_t smallest = 0;
    if (first >= 0xc2 && first <= 0xdf) {
        length = 2, value = first & 0x1fU, smallest = 0x80;
    } else if (first >= 0xe0 && first <= 0xef) {
        length = 3, value = first & 0x0fU, smallest = 0x800;
    } else if (first >= 0xf0 && first <= 0xf4) {
        length = 4, value = first & 0x07U, smallest = 0x10000;
    } else {
        return {};
    }
    if (bytes.size() < length)
        return {};
    for (std::size_t i = 1; i < length; ++i) {
        if (!isContinuation(at(i)))
            return {};
        value = (value << 6U) | (at(i) & 0x3fU);
    }
    if (value < smallest || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return {};
    return {value, length};
}

/// Characters that could make shown text look like something else: controls, line and paragraph separators, marks and
/// overrides of the bidirectional algorithm, and the invisible joiners and tags.
bool isUnsafeToShow(char32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c || c == 0x180e ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
           c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

void appendEscaped(std::string& out, char32_t c)
{
    switch (c) {
    case U'\n':
        out += "\\n";
        return;
    case U'\r':
        out += "\\r";
        return;
    case U'\t':
        out += "\\t";
        return;
    default:
        break;
    }
    if (c < 0x80)
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned>(c));
    else if (c <= 0xffff)
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    else
        fmt::format_to(std::back_inserter(out), "\\U{:08x}", static_cast<unsigned>(c));
}

} // namespace

bool isUtf8(std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto length = decodeUtf8(bytes).length;
        if (length == 0)
            return false;
        bytes.remove_prefix(length);
    }
    return true;
}

std::string displayText(std::string_view bytes)
{
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        const Decoded next = decodeUtf8(bytes);
        const std::size_t length = next.length == 0 ? 1 : next.length;
        if (next.length == 0)
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(bytes.front()));
        else if (isUnsafeToShow(next.codePoint))
            appendEscaped(out, next.codePoint);
        else
            out.append(bytes.substr(0, length));
        bytes.remove_prefix(length);
    }
    return out;
}

std::string displayPath(std::string_view bytes)
{
    return displayText(bytes);
}

namespace {

bool isBareShellByte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./:,@%+=").find(c) != std::string_view::npos;
}

bool needsPrintf(std::string_view word)
{
    while (!word.empty()) {
        const Decoded next = decodeUtf8(word);
        if (next.length == 0 || isUnsafeToShow(next.codePoint))
            return true;
        word.remove_prefix(next.length);
    }
    return false;
}

/// `"$(printf '...')"`: every POSIX shell reads it. ($'...' would be shorter, but dash has it only since 0.5.13, and
/// /bin/sh of Debian 12 is 0.5.12.) Command substitution drops newlines at the end, so those follow it, quoted as they
/// are.
std::string printfQuoted(std::string_view word)
{
    std::string_view newlines;
    if (const auto last = word.find_last_not_of('\n'); last != std::string_view::npos)
        newlines = word.substr(last + 1);
    else
        newlines = word;
    word.remove_suffix(newlines.size());
    std::string out = "\"$(printf '";
    while (!word.empty()) {
        const Decoded next = decodeUtf8(word);
        const std::size_t length = next.length == 0 ? 1 : next.length;
        const bool shown = next.length != 0 && !isUnsafeToShow(next.codePoint) && next.codePoint != U'\'' &&
                           next.codePoint != U'\\' && next.codePoint != U'%' && next.codePoint != U'-';
        if (shown) {
            out.append(word.substr(0, length));
        } else if (next.codePoint == U'%') {
            out += "%%";
        } else {
            for (const char byte : word.substr(0, length))
                fmt::format_to(std::back_inserter(out), "\\{:03o}", static_cast<unsigned char>(byte));
        }
        word.remove_prefix(length);
    }
    out += "')\"";
    if (!newlines.empty())
        out.append("'").append(newlines).append("'");
    return out;
}

} // namespace

std::string quoteForShell(std::string_view word)
{
    if (needsPrintf(word))
        return printfQuoted(word);
    bool bare = !word.empty() && word.front() != '=';
    for (const char c : word)
        bare = bare && isBareShellByte(c);
    if (bare)
        return std::string(word);
    std::string out = "'";
    for (const char c : word) {
        if (c == '\'')
            out += "'\\''";
        else
            out += c;
    }
    return out + "'";
}

std::string quoteForShell(const std::vector<std::string>& arguments)
{
    std::string line;
    for (const auto& argument : arguments) {
        if (!line.empty())
            line += ' ';
        line += quoteForShell(std::string_view(argument));
    }
    return line;
}

namespace {
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
} // namespace

std::string toBase64(std::string_view bytes)
{
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j)
            group = (group << 8U) | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0U);
        for (std::size_t j = 0; j < 4; ++j)
            out += j <= count ? kBase64[(group >> (18 - 6 * j)) & 0x3fU] : '=';
    }
    return out;
}

std::optional<std::string> fromBase64(std::string_view text)
{
    if (text.size() % 4 != 0)
        return std::nullopt;
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 4) {
        const bool last = i + 4 == text.size();
        std::size_t padding = 0;
        if (last && text[i + 3] == '=')
            padding = text[i + 2] == '=' ? 2 : 1;
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 4; ++j) {
            const auto digit = j >= 4 - padding ? 0 : kBase64.find(text[i + j]);
            if (digit == std::string_view::npos)
                return std::nullopt;
            group = (group << 6U) | static_cast<std::uint32_t>(digit);
        }
        for (std::size_t j = 0; j < 3 - padding; ++j)
            out += static_cast<char>((group >> (16 - 8 * j)) & 0xffU);
    }
    return out;
}

bool containsAny(std::string_view text, std::initializer_list<std::string_view> words)
{
    return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

std::string inCapitals(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

Path absolutePath(std::string_view path, std::string_view base)
{
    if (path.empty() || (path.front() != '/' && base.empty()))
        return {}; // below nothing there is nothing
    Path out;
    const auto append = [&out](std::string_view part) {
        while (!part.empty()) {
            const auto slash = part.find('/');
            const auto name = part.substr(0, slash);
            if (!name.empty() && name != ".")
                out.append("/").append(name);
            if (slash == std::string_view::npos)
                break;
            part.remove_prefix(slash + 1);
        }
    };
    if (path.front() != '/')
        append(base);
    append(path);
    return out.empty() ? "/" : out;
}

Path joinPath(std::string_view folder, std::string_view name)
{
    Path out(folder);
    if (out.empty() || out.back() != '/')
        out += '/';
    return out.append(name);
}

std::string_view baseName(std::string_view path)
{
    while (path.size() > 1 && path.back() == '/')
        path.remove_suffix(1);
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos || path.size() == 1 ? path : path.substr(slash + 1);
}

bool isBelow(std::string_view path, std::string_view folder)
{
    return path == folder ||
           (path.size() > folder.size() && path.substr(0, folder.size()) == folder && path[folder.size()] == '/');
}

std::size_t levelsOf(std::string_view path)
{
    return static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
}

Path parentPath(std::string_view path)
{
    while (path.size() > 1 && path.back() == '/')
        path.remove_suffix(1);
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos)
        return ".";
    return slash == 0 ? "/" : Path(path.substr(0, slash));
}

} // namespace scratchproof
