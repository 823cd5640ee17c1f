// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/look_alike.h"

#include "core/system/directory_entries.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <vector>

namespace scratchproof {

namespace {

struct Composed
{
    char16_t whole;
    char16_t base;
    char16_t mark;
};
constexpr Composed kComposed[] = {
#include "core/facts/composed_characters.inc"
};

/// Next character of UTF-8; a byte that is none stands for itself, above all characters.
char32_t nextCharacter(std::string_view& text)
{
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = at(0);
    std::size_t length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    if (length == 0 || length > text.size() || first > 0xf4)
        length = 0;
    char32_t value = length == 1 ? first : length == 2 ? first & 0x1fU : length == 3 ? first & 0x0fU : first & 0x07U;
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xc0U) != 0x80U) {
            length = 0;
            break;
        }
        value = (value << 6U) | (at(i) & 0x3fU);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
    constexpr char32_t kNoCharacter = 0x110000;
    return length == 0 ? kNoCharacter + first : value;
}

void decompose(char32_t character, std::u32string& out)
{
    constexpr char32_t kFirstSyllable = 0xac00;
    constexpr char32_t kLastSyllable = 0xd7a3;
    constexpr char32_t kVowels = 21;
    constexpr char32_t kEnds = 28;
    if (character >= kFirstSyllable && character <= kLastSyllable) { // The Unicode Standard, 3.12
        const char32_t index = character - kFirstSyllable;
        out += static_cast<char32_t>(0x1100 + index / (kVowels * kEnds));
        out += static_cast<char32_t>(0x1161 + index % (kVowels * kEnds) / kEnds);
        if (index % kEnds != 0)
            out += static_cast<char32_t>(0x11a7 + index % kEnds);
        return;
    }
    const auto* found = std::lower_bound(std::begin(kComposed), std::end(kComposed), character,
                                         [](const Composed& one, char32_t wanted) { return one.whole < wanted; });
    if (found == std::end(kComposed) || found->whole != character) {
        out += character;
        return;
    }
    decompose(found->base, out);
    out += found->mark;
}

std::u32string decomposed(std::string_view text)
{
    std::u32string out;
    while (!text.empty())
        decompose(nextCharacter(text), out);
    return out;
}

bool isInvisible(char32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x2064) || c == 0xfeff;
}

bool isBlank(char32_t c)
{
    return c == ' ' || c == 0xa0 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x3000;
}

/// What is seen of it: each blank a plain one, none at the ends.
std::u32string visible(const std::u32string& text)
{
    std::u32string out;
    for (const char32_t c : text) {
        if (!isInvisible(c))
            out += isBlank(c) ? U' ' : c;
    }
    const std::size_t first = std::min(out.find_first_not_of(U' '), out.size());
    const std::size_t last = out.find_last_not_of(U' ');
    return first == out.size() ? std::u32string() : out.substr(first, last + 1 - first);
}

std::u32string lowered(std::u32string text)
{
    for (char32_t& c : text) {
        const bool isLatin = c >= 'A' && c <= 'Z';
        const bool isGreek = c >= 0x391 && c <= 0x3a9;
        const bool isCyrillic = c >= 0x410 && c <= 0x42f;
        if (isLatin || isGreek || isCyrillic || (c >= 0xc0 && c <= 0xde && c != 0xd7))
            c += 0x20;
        else if (c >= 0x400 && c <= 0x40f)
            c += 0x50;
    }
    return text;
}

} // namespace

std::optional<LookAlikeKind> looksAlike(std::string_view name, std::string_view other)
{
    if (name == other)
        return std::nullopt;
    const std::u32string one = decomposed(name);
    const std::u32string two = decomposed(other);
    if (one == two)
        return LookAlikeKind::Form;
    const std::u32string seenOne = visible(one);
    const std::u32string seenTwo = visible(two);
    if (seenOne.empty())
        return std::nullopt;
    if (seenOne == seenTwo)
        return LookAlikeKind::Invisible;
    return lowered(seenOne) == lowered(seenTwo) ? std::optional(LookAlikeKind::Case) : std::nullopt;
}

std::optional<LookAlike> findLookAlike(System& system, int folderFd, std::string_view name, const std::stop_token& stop)
{
    constexpr std::size_t kMostNames = 20000;
    std::optional<LookAlike> found;
    std::vector<std::byte> buffer(std::size_t{64} << 10U);
    std::size_t seen = 0;
    while (seen < kMostNames && !stop.stop_requested()) {
        const auto filled = system.files.readEntries(folderFd, buffer);
        if (!filled || *filled == 0)
            break;
        DirectoryEntries entries(std::span<const std::byte>(buffer).first(*filled));
        while (const auto* entry = entries.next()) {
            ++seen;
            const auto kind = entry->isDotOrDotDot() ? std::nullopt : looksAlike(name, entry->name);
            if (kind && (!found || *kind < found->kind))
                found = LookAlike{Path(entry->name), *kind};
        }
    }
    return found;
}

} // namespace scratchproof
