// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The access list of an NFSv4 server, as the attribute system.nfs4_acl shows it (RFC 7530, 6.2.1, in XDR). It is on
/// every NFSv4 mount: that there is one says nothing.
namespace scratchproof {

struct Nfs4Entry
{
    enum class Type : std::uint8_t { Allow, Deny, Other }; // Other: audit and alarm, which decide nothing
    Type type = Type::Other;
    bool isForGroup = false;
    bool isInheritOnly = false; // counts for what is made in the folder, not for the folder
    std::uint32_t rights = 0;
    std::string who; // "OWNER@", "GROUP@", "EVERYONE@", "ann@example.org", "1000"
};

constexpr std::uint32_t kNfs4AddFile = 0x2;   // ACE4_ADD_FILE
constexpr std::uint32_t kNfs4AddFolder = 0x4; // ACE4_ADD_SUBDIRECTORY
constexpr std::uint32_t kNfs4Search = 0x20;   // ACE4_EXECUTE
constexpr std::uint32_t kNfs4DeleteIn = 0x40; // ACE4_DELETE_CHILD

/// Nothing where the bytes are not such a list.
[[nodiscard]] std::optional<std::vector<Nfs4Entry>> parseNfs4List(std::string_view bytes);

/// Who asks, as this computer knows him. The server may know him otherwise.
struct Nfs4User
{
    std::string name;
    std::uint32_t uid = 0;
    bool isOwner = false;
    bool isInGroup = false;
    std::vector<std::uint32_t> groups;
};

enum class Nfs4Answer : std::uint8_t {
    Grants,
    Denies,
    DeniesAsFarAsKnown, // an entry for a group or a person whom this computer cannot tell might say otherwise
    Unknown,            // such an entry denies, to whom it is meant for
};

/// Whether the list lets him have all of `rights`: each is decided by the first entry that names it and him, and denied
/// where none does. A pure function.
[[nodiscard]] Nfs4Answer evaluateNfs4List(const std::vector<Nfs4Entry>& list, const Nfs4User& user,
                                          std::uint32_t rights);

} // namespace scratchproof
