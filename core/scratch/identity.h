// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/facts/mount_table.h"
#include "core/system/system.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scratchproof {

/// What tells one file system from another over unplugging, restarts and other computers. Device numbers do not: they
/// are given anew at each plugging.
struct FileSystemIdentity
{
    std::string type; // "ext4"
    /// "uuid:..." (from udev's database, or sysfs for btrfs), "source:nas:/home" for what has no UUID, "memory" for
    /// tmpfs. Empty: not known.
    std::string value;
    friend bool operator==(const FileSystemIdentity&, const FileSystemIdentity&) = default;
};

/// Where an inode number stays with a file over mounts: ext2/3/4, xfs, btrfs, f2fs, tmpfs, nfs, ntfs3. FAT, exFAT, FUSE
/// and SMB may make up new ones at each mount.
[[nodiscard]] bool inodesLast(std::string_view fileSystem);

/// Whether the mode of a file is kept and enforced. Not on FAT, exFAT, NTFS and SMB, where mount options or the server
/// decide; other users may then see what is in a private folder.
[[nodiscard]] bool storesPermissions(std::string_view fileSystem);

/// The file system that an open file is on; `mounts` must be fresh. Reads /run/udev and /sys only.
[[nodiscard]] FileSystemIdentity fileSystemIdentity(System& system, const MountTable& mounts, const FileStatus& status);

/// A number that stands for this installation of the system: a hash of /etc/machine-id, 16 hexadecimal digits, which
/// does not give the id itself away. Empty where there is none.
[[nodiscard]] std::string machineIdentity(System& system);

/// The name of this computer (uname(2)), for people.
[[nodiscard]] std::string hostName(System& system);

/// `bytes` random bytes as hexadecimal digits.
[[nodiscard]] std::string randomHex(System& system, std::size_t bytes);
/// 12 characters of a-z and 2-7: 60 random bits.
[[nodiscard]] std::string randomSuffix(System& system);

} // namespace scratchproof
