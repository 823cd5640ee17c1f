// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/text.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scratchproof {

enum class FileType : std::uint8_t {
    Unknown,
    Regular,
    Directory,
    SymbolicLink,
    Fifo,
    Socket,
    CharacterDevice,
    BlockDevice,
};

struct DeviceNumber
{
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
    friend bool operator==(const DeviceNumber&, const DeviceNumber&) = default;
};

/// "8:1", as mountinfo and /sys/dev/block name devices.
[[nodiscard]] std::string toString(DeviceNumber device);

/// What statx(2) says of one file.
struct FileStatus
{
    FileType type = FileType::Unknown;
    std::uint32_t mode = 0; // permission bits with setuid, setgid and sticky: 07777
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t inode = 0;
    std::uint64_t links = 0;
    std::uint64_t size = 0;
    std::uint64_t diskBytes = 0; // allocated: st_blocks * 512
    DeviceNumber device;
    std::optional<std::uint64_t> mountId; // STATX_MNT_ID, Linux 5.8
    Nanoseconds accessed = 0;             // wall clock of the file system that keeps it
    Nanoseconds modified = 0;
    Nanoseconds changed = 0;
    std::optional<Nanoseconds> born;
    std::uint64_t attributes = 0;     // STATX_ATTR_* that are set ...
    std::uint64_t attributesMask = 0; // ... of those that the file system knows

    [[nodiscard]] bool isDirectory() const { return type == FileType::Directory; }
    [[nodiscard]] bool isRegular() const { return type == FileType::Regular; }
    [[nodiscard]] bool isImmutable() const { return (attributes & 0x10U) != 0; }
    [[nodiscard]] bool isAppendOnly() const { return (attributes & 0x20U) != 0; }
    [[nodiscard]] bool isEncrypted() const { return (attributes & 0x800U) != 0; }
    [[nodiscard]] bool isSticky() const { return (mode & 01000U) != 0; }
    /// STATX_ATTR_MOUNT_ROOT (Linux 5.8): the top of a mount. Nothing where the kernel does not say.
    [[nodiscard]] std::optional<bool> isMountRoot() const
    {
        constexpr std::uint64_t kMountRoot = 0x2000;
        if ((attributesMask & kMountRoot) == 0)
            return std::nullopt;
        return (attributes & kMountRoot) != 0;
    }
    /// Same file, as far as device and inode tell; meaningful only within one operation and one mount.
    [[nodiscard]] bool sameFileAs(const FileStatus& other) const
    {
        return device == other.device && inode == other.inode && type == other.type;
    }
};

/// What statfs(2) says of a file system. Counts are those for ordinary users where it makes a difference.
struct FileSystemSpace
{
    std::uint64_t type = 0; // f_type, the magic number of statfs(2)
    std::uint64_t blockSize = 0;
    std::uint64_t totalBytes = 0;     // sizes that do not fit are UINT64_MAX; see isSizeKnown()
    std::uint64_t freeBytes = 0;      // f_bfree: what root could use
    std::uint64_t availableBytes = 0; // f_bavail: what an ordinary user can
    std::uint64_t totalInodes = 0;    // 0: the file system has no such limit, or does not say (vfat, btrfs, SMB)
    std::uint64_t freeInodes = 0;
    std::uint64_t nameMax = 0;
    std::uint64_t fsid = 0; // f_fsid: on most file systems a device number, on some made from the UUID; 0: none
    bool readOnly = false;
    bool noExec = false;
    bool noSuid = false;

    /// Whether the file system knows its sizes. Some say 0 of 0 (ramfs, many FUSE programs), or more free than there is
    /// at all (2^64-5 blocks, of a server that means a negative number): nothing may be shown or decided by those.
    [[nodiscard]] bool isSizeKnown() const
    {
        return totalBytes != 0 && totalBytes <= INT64_MAX && freeBytes <= totalBytes && availableBytes <= totalBytes;
    }
    /// Whether it counts its inodes, and there are not more free ones than there are at all.
    [[nodiscard]] bool isInodeCountKnown() const { return totalInodes != 0 && freeInodes <= totalInodes; }
};

/// Whose allowance quota() asks for, as quotactl(2) numbers them.
enum class QuotaType : std::uint8_t { User = 0, Group = 1, Project = 2 };

/// One allowance: struct if_dqblk of quotactl(2), with its blocks counted in bytes. A limit of 0 is none.
struct QuotaNumbers
{
    std::uint64_t usedBytes = 0;
    std::uint64_t softBytes = 0;
    std::uint64_t hardBytes = 0;
    std::uint64_t usedFiles = 0;
    std::uint64_t softFiles = 0;
    std::uint64_t hardFiles = 0;
    std::int64_t bytesGraceEnds = 0; // seconds since the epoch; 0: not over the soft limit
    std::int64_t filesGraceEnds = 0;
};

/// What FS_IOC_FSGETXATTR says of projects.
struct ProjectNumbers
{
    std::uint32_t id = 0;
    bool isInherited = false; // FS_XFLAG_PROJINHERIT
};

/// How a file system names itself, as far as it can be asked without a device. Device numbers and names are no part of
/// it: they are given anew at each plugging.
struct VolumeNames
{
    std::string uuid; // as blkid(8) writes it: "3e6be9de-...", or "ABCD-1234" of FAT; empty: not known
    /// btrfs: the id of the subvolume, which no other one of this file system ever has (btrfs-subvolume(8)).
    std::optional<std::uint64_t> subvolume;
};

/// The permission asked of access().
enum class AccessMode : std::uint8_t { Exists = 0, Search = 1, Write = 2, Read = 4, WriteAndSearch = 3, All = 7 };

/// The system calls that only ask: attributes of files and file systems. Same promises as Files: one method a call, may
/// block as long as the file system does, thread safe, replaced by tests.
class FileAttributes
{
public:
    virtual ~FileAttributes() = default;

    /// statx(2) of the descriptor itself (AT_EMPTY_PATH), O_PATH ones too.
    [[nodiscard]] virtual Result<FileStatus> status(int fd) = 0;
    /// statx(2) of a name; never follows a symbolic link in the last place, never triggers an automount.
    [[nodiscard]] virtual Result<FileStatus> statusAt(int dirFd, const char* name) = 0;
    /// As statusAt(), but follows symbolic links.
    [[nodiscard]] virtual Result<FileStatus> statusFollowing(int dirFd, const char* name) = 0;
    /// Whether something has that name: statx(2) with an empty mask, the cheapest look there is.
    [[nodiscard]] virtual Result<bool> exists(int dirFd, const char* name) = 0;
    /// fstatfs(2); O_PATH descriptors are fine.
    [[nodiscard]] virtual Result<FileSystemSpace> space(int fd) = 0;
    /// faccessat2(2) with AT_EACCESS (and AT_EMPTY_PATH where `name` is ""): success, or the errno that says why not.
    /// Linux before 5.8: access(2) of /proc/self/fd/FD for an empty name, with the real instead of the effective user.
    [[nodiscard]] virtual Result<void> access(int dirFd, const char* name, AccessMode mode) = 0;

    /// getxattr(2) of /proc/self/fd/FD, which also works for O_PATH descriptors. Nothing where there is no such
    /// attribute, or the file system has none (ENODATA, EOPNOTSUPP).
    [[nodiscard]] virtual Result<std::optional<std::string>> extendedAttribute(int fd, const char* name) = 0;
    /// setxattr(2) of /proc/self/fd/FD.
    [[nodiscard]] virtual Result<void> setExtendedAttribute(int fd, const char* name, const std::string& value) = 0;
    /// removexattr(2) of /proc/self/fd/FD.
    [[nodiscard]] virtual Result<void> removeExtendedAttribute(int fd, const char* name) = 0;

    /// quotactl_fd(2) with Q_GETQUOTA; O_PATH descriptors are fine. Linux before 5.14 (ENOSYS): quotactl(2) on the
    /// block device `device` ("/dev/sda1"; empty: there is none). ESRCH where quotas are off, EPERM where it is not
    /// ours to know (another user's, any project's), ENOSYS or EOPNOTSUPP where the file system has none.
    [[nodiscard]] virtual Result<QuotaNumbers> quota(int fd, const char* device, QuotaType type, std::uint32_t id) = 0;
    /// ioctl(FS_IOC_FSGETXATTR) of a descriptor that is not O_PATH.
    [[nodiscard]] virtual Result<ProjectNumbers> project(int fd) = 0;
    /// ioctl(BTRFS_IOC_SUBVOL_GETFLAGS) of the top folder of a btrfs subvolume, not O_PATH: whether it is read-only.
    /// EINVAL below the top.
    [[nodiscard]] virtual Result<bool> isSubvolumeReadOnly(int fd) = 0;
    /// ioctl(2) BTRFS_IOC_GET_SUBVOL_INFO (Linux 4.18), its received_uuid: whether the subvolume came by
    /// btrfs-receive(8). Of a descriptor that is not O_PATH; ENOTTY elsewhere than on btrfs.
    [[nodiscard]] virtual Result<bool> isSubvolumeReceived(int fd) = 0;
    /// Of a descriptor that is not O_PATH: ioctl(2) with FS_IOC_GETFSUUID (Linux 6.9), EXT4_IOC_GETFSUUID (6.0),
    /// XFS_IOC_FSGEOMETRY, BTRFS_IOC_FS_INFO and BTRFS_IOC_GET_SUBVOL_INFO (4.18) or BTRFS_IOC_INO_LOOKUP, and
    /// FAT_IOCTL_GET_VOLUME_ID. What is not answered stays empty; a UUID of nothing but zeros is none.
    [[nodiscard]] virtual VolumeNames volumeNames(int fd) = 0;
};

} // namespace scratchproof
