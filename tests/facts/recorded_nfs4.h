// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Lists of NFSv4 servers as the attribute system.nfs4_acl has them.
namespace recorded {

struct Nfs4Ace
{
    std::uint32_t type = 0; // 0 allow, 1 deny
    std::uint32_t flags = 0;
    std::uint32_t rights = 0;
    std::string who;
};

/// In XDR (RFC 4506).
inline std::string nfs4List(const std::vector<Nfs4Ace>& entries)
{
    std::string bytes;
    const auto put = [&bytes](std::uint32_t value) {
        for (int shift = 24; shift >= 0; shift -= 8)
            bytes += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xffU);
    };
    put(static_cast<std::uint32_t>(entries.size()));
    for (const Nfs4Ace& entry : entries) {
        put(entry.type);
        put(entry.flags);
        put(entry.rights);
        put(static_cast<std::uint32_t>(entry.who.size()));
        bytes += entry.who;
        bytes.append((4 - entry.who.size() % 4) % 4, '\0');
    }
    return bytes;
}

/// What Linux servers show of a folder of mode 0755, and of one of mode 0555.
inline const std::vector<Nfs4Ace> kOwnerMayWrite = {
    {0, 0, 0x1601ef, "OWNER@"}, {0, 0, 0x1200a9, "GROUP@"}, {0, 0, 0x1200a9, "EVERYONE@"}};
inline const std::vector<Nfs4Ace> kReadOnlyForAll = {
    {0, 0, 0x1600a9, "OWNER@"}, {0, 0, 0x1200a9, "GROUP@"}, {0, 0, 0x1200a9, "EVERYONE@"}};

} // namespace recorded
