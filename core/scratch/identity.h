// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/facts/mount_table.h"
#include "core/system/system.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

/// What tells one file system from another over unplugging, restarts and other computers. Device numbers and names do
/// not: they are given anew at each plugging.
struct FileSystemIdentity
{
    std::string type; // "ext4"
    /// "uuid:..."; "uuid:.../subvolume:257" of btrfs, whose snapshots share the UUID; "fsid:..." where only f_fsid is
    /// known and made from the UUID (ext, btrfs); "memory:BOOT:..." of tmpfs; "source:nas:/home" of a share, a zfs
    /// dataset and the like. Empty: not known, as on overlay. Version 0.1.0 wrote "uuid:..." of btrfs without the
    /// subvolume, "memory", and "source:/dev/loop0".
    std::string value;
    friend bool operator==(const FileSystemIdentity&, const FileSystemIdentity&) = default;
};

/// Where an inode number stays with a file over mounts: ext2/3/4, xfs, btrfs, f2fs, tmpfs, nfs, ntfs3, jfs, zfs and
/// bcachefs. FAT, exFAT, overlay, FUSE and SMB may make up new ones at each mount.
[[nodiscard]] bool inodesLast(std::string_view fileSystem);

/// Whether the mode of a file is kept and enforced. Not on FAT, exFAT, NTFS and SMB, where mount options or the server
/// decide; other users may then see what is in a private folder.
[[nodiscard]] bool storesPermissions(std::string_view fileSystem);

/// A folder as the place where a scratch directory is: what must be the same for "it is gone" to be true.
struct PlaceIdentity
{
    std::string type;                // of the file system
    std::vector<std::string> values; // each is a FileSystemIdentity::value that is true of it, the best first
    std::string oldValue;            // what version 0.1.0 called it
    Path mountRoot;                  // the part of the file system that its mount shows (mountinfo's root)
    std::uint64_t inode = 0;         // of the folder
    [[nodiscard]] FileSystemIdentity fileSystem() const
    {
        return {type, values.empty() ? std::string() : values.front()};
    }
};

/// Of an open folder, which may be O_PATH; it is opened again for reading where that is allowed, since only then it can
/// be asked for its names. `mounts` must be fresh. Reads /run/udev and /sys besides.
[[nodiscard]] PlaceIdentity placeIdentity(System& system, const MountTable& mounts, int folder,
                                          const FileStatus& status);

/// A place as it is kept, of a directory in it.
struct RecordedPlace
{
    FileSystemIdentity fileSystem;
    bool byOldRules = false;       // as version 0.1.0 wrote it
    std::uint64_t parentInode = 0; // of the folder that it was made in; 0: not known
    Path mountRoot;                // PlaceIdentity::mountRoot; empty: not known
    std::uint64_t inode = 0;       // of the directory itself; 0: not known
    friend bool operator==(const RecordedPlace&, const RecordedPlace&) = default;
};

enum class SameFileSystem : std::uint8_t {
    Yes,
    No,
    Unknown, // nothing tells: of the same type, and at least one of the two has no identity
};
/// Whether what was recorded is on the file system of that folder.
[[nodiscard]] SameFileSystem isSameFileSystem(const RecordedPlace& recorded, const PlaceIdentity& folder);
/// Whether that folder is, beyond doubt, the very one that the directory was in: only then what is not in it is gone.
/// Where inodes do not last, its mount must show the same part of the file system.
[[nodiscard]] bool isVeryFolder(const RecordedPlace& recorded, const PlaceIdentity& folder);

/// Whether that folder is on a mount that shows the same part of the same file system: what a path on it leads to is
/// there, and what it does not lead to is not. The subvolumes that a mount of btrfs shows count as its own. Unknown
/// where nothing tells of the file system or of the part.
[[nodiscard]] SameFileSystem isSamePart(const RecordedPlace& recorded, const PlaceIdentity& folder);

/// Whether that place was in memory (tmpfs), and the computer was started anew since: what is not found is gone then,
/// wherever its mount is. Hibernation is no new start. False where the boot was not known, or is not.
[[nodiscard]] bool wentWithMemory(System& system, const RecordedPlace& recorded);

/// A number that stands for this installation of the system: a hash of /etc/machine-id, 16 hexadecimal digits, which
/// does not give the id itself away. Empty where there is none (machine-id(5): or "uninitialized").
[[nodiscard]] std::string machineIdentity(System& system);

/// The name of this computer (uname(2)), for people.
[[nodiscard]] std::string hostName(System& system);

/// `bytes` random bytes as hexadecimal digits.
[[nodiscard]] std::string randomHex(System& system, std::size_t bytes);
/// 12 characters of a-z and 2-7: 60 random bits.
[[nodiscard]] std::string randomSuffix(System& system);

} // namespace scratchproof
