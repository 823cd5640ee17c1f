// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/nfs4_acl.h"

#include <algorithm>
#include <charconv>

namespace scratchproof {

namespace {

/// XDR (RFC 4506): numbers are four bytes, the highest first; text is padded to a multiple of four.
class Reader
{
public:
    explicit Reader(std::string_view bytes) : m_rest(bytes) {}

    std::optional<std::uint32_t> number()
    {
        if (m_rest.size() < 4)
            return std::nullopt;
        std::uint32_t value = 0;
        for (int i = 0; i < 4; ++i)
            value = value << 8U | static_cast<unsigned char>(m_rest[static_cast<std::size_t>(i)]);
        m_rest.remove_prefix(4);
        return value;
    }

    std::optional<std::string> text()
    {
        const auto size = number();
        const std::size_t padded = size ? (std::size_t{*size} + 3) / 4 * 4 : 0;
        if (!size || padded > m_rest.size())
            return std::nullopt;
        std::string value(m_rest.substr(0, *size));
        m_rest.remove_prefix(padded);
        return value;
    }

    [[nodiscard]] bool isAtEnd() const { return m_rest.empty(); }

private:
    std::string_view m_rest;
};

enum class Match : std::uint8_t { Yes, No, Maybe };

Match matchOf(const Nfs4Entry& entry, const Nfs4User& user)
{
    const auto asMatch = [](bool is) { return is ? Match::Yes : Match::No; };
    if (entry.who == "EVERYONE@")
        return Match::Yes;
    if (entry.who == "OWNER@")
        return asMatch(user.isOwner);
    if (entry.who == "GROUP@")
        return asMatch(user.isInGroup);
    std::uint32_t id = 0;
    const char* end = entry.who.data() + entry.who.size();
    const bool isNumber = std::from_chars(entry.who.data(), end, id).ptr == end && !entry.who.empty();
    if (isNumber && entry.isForGroup)
        return asMatch(std::find(user.groups.begin(), user.groups.end(), id) != user.groups.end());
    if (isNumber)
        return asMatch(id == user.uid);
    const std::string_view name = std::string_view(entry.who).substr(0, entry.who.find('@'));
    return !entry.isForGroup && name == user.name && !user.name.empty() ? Match::Yes : Match::Maybe;
}

} // namespace

std::optional<std::vector<Nfs4Entry>> parseNfs4List(std::string_view bytes)
{
    constexpr std::uint32_t kInheritOnly = 0x8;
    constexpr std::uint32_t kForGroup = 0x40; // ACE4_IDENTIFIER_GROUP
    Reader reader(bytes);
    const auto count = reader.number();
    if (!count || *count > bytes.size() / 16) // an entry has four numbers at least
        return std::nullopt;
    std::vector<Nfs4Entry> list;
    for (std::uint32_t i = 0; i < *count; ++i) {
        const auto type = reader.number();
        const auto flags = reader.number();
        const auto rights = reader.number();
        auto who = reader.text();
        if (!type || !flags || !rights || !who)
            return std::nullopt;
        list.push_back({*type == 0   ? Nfs4Entry::Type::Allow
                        : *type == 1 ? Nfs4Entry::Type::Deny
                                     : Nfs4Entry::Type::Other,
                        (*flags & kForGroup) != 0, (*flags & kInheritOnly) != 0, *rights, std::move(*who)});
    }
    return reader.isAtEnd() ? std::optional(std::move(list)) : std::nullopt;
}

Nfs4Answer evaluateNfs4List(const std::vector<Nfs4Entry>& list, const Nfs4User& user, std::uint32_t rights)
{
    std::uint32_t open = rights;
    bool mayGrant = false; // by an entry that may be meant for him
    for (const Nfs4Entry& entry : list) {
        const std::uint32_t concerned = entry.rights & open;
        if (entry.isInheritOnly || entry.type == Nfs4Entry::Type::Other || concerned == 0)
            continue;
        const Match match = matchOf(entry, user);
        if (match == Match::No)
            continue;
        if (entry.type == Nfs4Entry::Type::Deny)
            return match == Match::Maybe ? Nfs4Answer::Unknown
                   : mayGrant            ? Nfs4Answer::DeniesAsFarAsKnown
                                         : Nfs4Answer::Denies;
        if (match == Match::Yes)
            open &= ~concerned;
        else
            mayGrant = true;
    }
    if (open == 0)
        return Nfs4Answer::Grants;
    return mayGrant ? Nfs4Answer::DeniesAsFarAsKnown : Nfs4Answer::Denies;
}

} // namespace scratchproof
