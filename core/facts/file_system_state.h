// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"
#include "core/facts/mount_table.h"
#include "core/system/system.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scratchproof {

/// An attribute as raw bytes: server-side lists that only its file system understands.
struct RawAttribute
{
    std::string name; // "system.nfs4_acl", "system.richacl", "security.selinux"
    std::string value;
};

/// The layer of an overlay that takes what is written (upperdir=), and its work folder. Their paths are those of the
/// mount namespace that it was mounted in.
struct OverlayLayer
{
    Path upper;
    Path work;
    std::optional<bool> upperIsThere; // nothing: could not be looked at
    std::optional<bool> workIsThere;
    std::optional<Path> readOnlyMount; // where the layer's file system is mounted, if that is read-only
};

/// A limit of a group of btrfs subvolumes (btrfs-qgroup(8)).
struct QgroupLimit
{
    std::uint64_t level = 0; // 0: of one subvolume, whose id `id` is
    std::uint64_t id = 0;
    std::uint64_t usedBytes = 0;
    std::uint64_t limitBytes = 0;
};

/// What a file system says of itself beyond statx(2) and its options, gathered after something failed.
struct FileSystemState
{
    // btrfs
    std::optional<bool> subvolumeReadOnly;          // BTRFS_IOC_SUBVOL_GETFLAGS of the subvolume's top
    std::optional<Path> subvolume;                  // its top folder
    std::optional<bool> subvolumeReceived;          // it came by btrfs-receive(8): later ones build on it
    std::optional<std::uint64_t> metadataUsedBytes; // /sys/fs/btrfs/UUID/allocation/metadata
    std::optional<std::uint64_t> metadataTotalBytes;
    std::optional<std::uint64_t> unallocatedBytes;      // of the device, by its size and what is allocated
    std::optional<std::uint64_t> btrfsDeviceErrors;     // sum of devinfo/*/error_stats
    std::optional<std::uint64_t> metadataReservedBytes; // of what is free in it: kept back for the file system itself
    std::optional<std::uint64_t> subvolumeId;           // where its groups could be read
    std::vector<QgroupLimit> fullQgroups; // limits that are used up: of this subvolume, and of all groups of several
    // NTFS
    bool isNtfs3g = false;                   // system.ntfs_attrib_be answers
    bool hasHibernationFile = false;         // a hiberfil.sys that says so in the top folder
    std::optional<bool> helperAskedReadOnly; // the program of a FUSE drive was started with the option "ro"
    // lists and labels that only the file system or a security module understands
    std::vector<RawAttribute> serverLists;      // system.nfs4_acl, system.nfs4_acl_xdr, system.richacl
    std::optional<std::string> securityContext; // security.selinux of the folder
    // FUSE
    std::optional<std::uint32_t> fuseOwner;       // user_id= of the mount
    std::optional<std::uint64_t> poolMinimumFree; // mergerfs: what is kept free of each of its folders (minfreespace)
    // overlay
    std::optional<OverlayLayer> overlayLayer;
    // ext4
    std::optional<std::uint64_t> ext4Errors; // also in DeviceFacts
    std::string ext4LastErrorFunction;       // last_error_func
    // the kernel
    std::optional<std::string> fileSystemOnDevice; // udev's ID_FS_TYPE, which a helper's "fuseblk" hides
};

/// A drive that is plugged in and not mounted: why a folder below a mount point is not there.
struct UnmountedVolume
{
    std::string device; // "/dev/sdb1"
    std::string label;
    std::string uuid;
    std::string fileSystem;  // ID_FS_TYPE: "crypto_LUKS", "BitLocker", "ntfs"
    bool hasHolders = false; // unlocked: something stands on it
};

/// Limits of this process (getrlimit(2)) and of the machine.
struct LimitFacts
{
    std::optional<std::uint64_t> fileSizeBytes;   // RLIMIT_FSIZE; nothing: none
    std::optional<std::uint64_t> openFiles;       // RLIMIT_NOFILE
    std::optional<std::uint64_t> openFilesNow;    // entries of /proc/self/fd
    std::optional<std::uint64_t> systemOpenFiles; // /proc/sys/fs/file-nr
    std::optional<std::uint64_t> systemMostOpenFiles;
    std::optional<std::uint64_t> memoryAvailableBytes; // MemAvailable
};

/// The file that was given instead of a folder: judged from facts alone, never opened for writing.
struct FileTarget
{
    Path name;                          // in the folder
    std::optional<std::uint32_t> owner; // uid
    std::optional<std::string> ownerName;
    bool isImmutable = false;
    bool isAppendOnly = false;
    bool isSwapFile = false;                   // /proc/swaps lists it
    std::optional<std::string> runningProgram; // name of a process whose /proc/PID/exe it is
    bool isMountPoint = false;
    bool isOnOtherMount = false;         // than the folder it is in: a bind mount of one file
    std::optional<int> protectedRegular; // /proc/sys/fs/protected_regular
    bool isRegular = false;
    std::optional<FileStatus> status; // of the file, behind a link
    /// errno of faccessat2(W_OK) of a regular file; 0: allowed; -1: not asked. It is never opened for writing. SMB and
    /// FUSE may allow here what their server refuses later, and a sandbox's rules (Landlock) are not asked.
    int accessCode = -1;
};

/// What the file system says of itself. `folderFd` may be O_PATH; `deviceName` is "sda1" or empty. Asks the file system
/// (and may block with it), sysfs and udev's database; writes nothing. What cannot be read stays absent.
[[nodiscard]] FileSystemState readFileSystemState(System& system, int folderFd, const Mount& mount,
                                                  const std::string& deviceName, DeviceNumber device);

/// Limits of this process and of the machine.
[[nodiscard]] LimitFacts readLimits(System& system);

/// Block devices with a file system (or a locked one) that no mount of `mounts` shows, by sysfs and udev's database:
/// none of them is touched. Swap and parts of volumes (RAID, LVM) are left out.
[[nodiscard]] std::vector<UnmountedVolume> findUnmountedVolumes(System& system, const MountTable& mounts);

/// What is true of the file `name` in the folder `folderFd`, which was given in place of a folder. It is opened by
/// O_PATH only. Looks through /proc for programs whose file it is.
[[nodiscard]] FileTarget readFileTarget(System& system, int folderFd, const Path& name);

} // namespace scratchproof
