// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

/// What an entry of a POSIX access control list is for, as acl(5) names them.
enum class AclTag : std::uint8_t { OwnerUser, NamedUser, OwningGroup, NamedGroup, Mask, Other };

/// "user-obj", "user", "group-obj", "group", "mask", "other".
[[nodiscard]] std::string_view toString(AclTag tag);
[[nodiscard]] std::optional<AclTag> aclTagFromString(std::string_view text);

struct AclEntry
{
    AclTag tag = AclTag::Other;
    std::uint32_t id = 0;            // uid or gid of a named one
    unsigned permissions = 0;        // r 4, w 2, x 1
    std::optional<std::string> name; // of that user or group; nothing where the number has none
    friend bool operator==(const AclEntry&, const AclEntry&) = default;
};

using AccessList = std::vector<AclEntry>;

/// Which of a folder's two lists: the one that counts for itself, or the one that new files inherit.
enum class AclKind : std::uint8_t { Access, Default };

/// Reads a list by libacl, through /proc/self/fd/FD so that an O_PATH descriptor will do. An empty list: the folder has
/// none beyond its mode, or its file system knows none. A list that does not parse is an Error with EINVAL.
/// Names are left out. Blocks as long as the file system does: for a prober only.
[[nodiscard]] Result<AccessList> readAccessList(int fd, AclKind kind);

/// "user:ann:rwx", as getfacl(1) writes it.
[[nodiscard]] std::string toText(const AclEntry& entry);

} // namespace scratchproof
