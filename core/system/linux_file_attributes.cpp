// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/system/file_attributes.h"
#include "core/system/folder_ban.h"
#include "core/system/linux.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/fs.h>
#include <linux/msdos_fs.h>
#include <sys/ioctl.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace scratchproof {

namespace {

/// FileAttributes as Linux does them. Stateless.
class LinuxFileAttributes final : public FileAttributes
{
public:
    Result<FileStatus> status(int fd) override;
    Result<FileStatus> statusAt(int dirFd, const char* name) override;
    Result<FileStatus> statusFollowing(int dirFd, const char* name) override;
    Result<bool> exists(int dirFd, const char* name) override;
    Result<FileSystemSpace> space(int fd) override;
    Result<void> access(int dirFd, const char* name, AccessMode mode) override;
    Result<std::optional<std::string>> extendedAttribute(int fd, const char* name) override;
    Result<void> removeExtendedAttribute(int fd, const char* name) override;
    Result<void> setExtendedAttribute(int fd, const char* name, const std::string& value) override;
    Result<QuotaNumbers> quota(int fd, const char* device, QuotaType type, std::uint32_t id) override;
    Result<ProjectNumbers> project(int fd) override;
    Result<bool> isSubvolumeReadOnly(int fd) override;
    Result<bool> isSubvolumeReceived(int fd) override;
    VolumeNames volumeNames(int fd) override;
};

} // namespace

namespace {

constexpr unsigned kWanted = STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID;

FileType typeOf(unsigned mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return FileType::Regular;
    case S_IFDIR:
        return FileType::Directory;
    case S_IFLNK:
        return FileType::SymbolicLink;
    case S_IFIFO:
        return FileType::Fifo;
    case S_IFSOCK:
        return FileType::Socket;
    case S_IFCHR:
        return FileType::CharacterDevice;
    case S_IFBLK:
        return FileType::BlockDevice;
    default:
        return FileType::Unknown;
    }
}

Nanoseconds toNanoseconds(const statx_timestamp& time)
{
    return time.tv_sec * kNanosecondsPerSecond + time.tv_nsec;
}

FileStatus toStatus(const struct statx& raw)
{
    FileStatus status;
    status.type = typeOf(raw.stx_mode);
    status.mode = raw.stx_mode & 07777U;
    status.uid = raw.stx_uid;
    status.gid = raw.stx_gid;
    status.inode = raw.stx_ino;
    status.links = raw.stx_nlink;
    status.size = raw.stx_size;
    status.diskBytes = raw.stx_blocks * 512;
    status.device = {raw.stx_dev_major, raw.stx_dev_minor};
    if ((raw.stx_mask & STATX_MNT_ID) != 0)
        status.mountId = raw.stx_mnt_id;
    status.accessed = toNanoseconds(raw.stx_atime);
    status.modified = toNanoseconds(raw.stx_mtime);
    status.changed = toNanoseconds(raw.stx_ctime);
    if ((raw.stx_mask & STATX_BTIME) != 0)
        status.born = toNanoseconds(raw.stx_btime);
    status.attributes = raw.stx_attributes;
    status.attributesMask = raw.stx_attributes_mask;
    return status;
}

/// Filters of container runtimes that are older than a system call answer EPERM to it, which is what ENOSYS is
/// elsewhere. They do so everywhere: what is refused for "/" too was never about the folder that was asked for.
bool isStatxFiltered()
{
    static const bool isFiltered = [] {
        struct statx raw; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
        return ::statx(AT_FDCWD, "/", AT_NO_AUTOMOUNT, 0, &raw) != 0 && errno == EPERM;
    }();
    return isFiltered;
}

bool isFaccessat2Filtered()
{
    static const bool isFiltered = ::syscall(SYS_faccessat2, AT_FDCWD, "/", F_OK, AT_EACCESS) != 0 && errno == EPERM;
    return isFiltered;
}

Nanoseconds toNanoseconds(const timespec& time)
{
    return time.tv_sec * kNanosecondsPerSecond + time.tv_nsec;
}

/// By the older call, which knows nothing of mounts, marks and births.
Result<FileStatus> askOlder(int dirFd, const char* name, int flags)
{
    struct stat raw; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    if (::fstatat(dirFd, name, &raw, flags) != 0)
        return fail("fstatat", name, errno);
    FileStatus status;
    status.type = typeOf(raw.st_mode);
    status.mode = raw.st_mode & 07777U;
    status.uid = raw.st_uid;
    status.gid = raw.st_gid;
    status.inode = raw.st_ino;
    status.links = raw.st_nlink;
    status.size = static_cast<std::uint64_t>(raw.st_size);
    status.diskBytes = static_cast<std::uint64_t>(raw.st_blocks) * 512;
    status.device = {gnu_dev_major(raw.st_dev), gnu_dev_minor(raw.st_dev)};
    status.accessed = toNanoseconds(raw.st_atim);
    status.modified = toNanoseconds(raw.st_mtim);
    status.changed = toNanoseconds(raw.st_ctim);
    return status;
}

Result<FileStatus> ask(int dirFd, const char* name, int flags)
{
    struct statx raw; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    if (::statx(dirFd, name, flags | AT_NO_AUTOMOUNT, kWanted, &raw) == 0)
        return toStatus(raw);
    const int code = errno;
    if (code == ENOSYS || (code == EPERM && isStatxFiltered()))
        return askOlder(dirFd, name, flags | AT_NO_AUTOMOUNT);
    return fail("statx", name, code);
}

/// "/proc/self/fd/N": getxattr() and access() by it reach the very inode of an O_PATH descriptor.
std::array<char, 40> procPath(int fd)
{
    std::array<char, 40> text{};
    *fmt::format_to(text.data(), "/proc/self/fd/{}", fd) = '\0';
    return text;
}

#ifndef SYS_quotactl_fd
constexpr long kQuotactlFd = 443; // of every architecture, Linux 5.14
#else
constexpr long kQuotactlFd = SYS_quotactl_fd;
#endif

// Not in Debian 12's headers. linux/fs.h of Linux 6.9: struct fsuuid2, and the answer is `length` bytes long.
struct FileSystemUuid
{
    std::uint8_t length = 0;
    std::array<std::uint8_t, 16> uuid{};
};
static_assert(sizeof(FileSystemUuid) == 17);
constexpr unsigned long kGetFileSystemUuid = _IOR(0x15, 0, FileSystemUuid);

// fs/ext4/ext4.h, Linux 6.0: struct fsuuid; `length` is what there is room for.
struct Ext4Uuid
{
    std::uint32_t length = 16;
    std::uint32_t flags = 0;
    std::array<std::uint8_t, 16> uuid{};
};
using Ext4UuidHeader = std::array<std::uint32_t, 2>;
constexpr unsigned long kExt4GetUuid = _IOR('f', 44, Ext4UuidHeader);

// struct xfs_fsop_geom_v1 of xfs_fs.h (package xfslibs-dev), of which only the UUID is of interest here.
struct XfsGeometry
{
    std::array<std::uint32_t, 8> sizes{};
    std::array<std::uint64_t, 4> blocks{};
    std::array<std::uint8_t, 16> uuid{};
    std::array<std::uint32_t, 7> rest{};
};
static_assert(sizeof(XfsGeometry) == 112);
constexpr unsigned long kXfsGeometry = _IOR('X', 100, XfsGeometry);

std::string uuidText(const std::uint8_t* bytes)
{
    if (std::all_of(bytes, bytes + 16, [](std::uint8_t byte) { return byte == 0; }))
        return {};
    std::string text;
    for (int i = 0; i < 16; ++i)
        text += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
    return text;
}

std::string volumeUuid(int fd)
{
    if (btrfs_ioctl_fs_info_args info{}; ::ioctl(fd, BTRFS_IOC_FS_INFO, &info) == 0)
        return uuidText(info.fsid);
    if (std::uint32_t id = 0; ::ioctl(fd, FAT_IOCTL_GET_VOLUME_ID, &id) == 0)
        return id == 0 ? std::string() : fmt::format("{:04X}-{:04X}", id >> 16U, id & 0xffffU);
    if (FileSystemUuid own; ::ioctl(fd, kGetFileSystemUuid, &own) == 0 && own.length == own.uuid.size())
        return uuidText(own.uuid.data());
    if (Ext4Uuid ext4; ::ioctl(fd, kExt4GetUuid, &ext4) == 0)
        return uuidText(ext4.uuid.data());
    if (XfsGeometry xfs; ::ioctl(fd, kXfsGeometry, &xfs) == 0)
        return uuidText(xfs.uuid.data());
    return {};
}

std::optional<std::uint64_t> subvolumeId(int fd)
{
    if (btrfs_ioctl_get_subvol_info_args info{}; ::ioctl(fd, BTRFS_IOC_GET_SUBVOL_INFO, &info) == 0)
        return info.treeid;
    btrfs_ioctl_ino_lookup_args lookup{};
    lookup.objectid = BTRFS_FIRST_FREE_OBJECTID;
    if (::ioctl(fd, BTRFS_IOC_INO_LOOKUP, &lookup) == 0)
        return lookup.treeid;
    return std::nullopt;
}

} // namespace

std::string toString(DeviceNumber device)
{
    return fmt::format("{}:{}", device.major, device.minor);
}

Result<FileStatus> LinuxFileAttributes::status(int fd)
{
    return ask(fd, "", AT_EMPTY_PATH);
}

Result<FileStatus> LinuxFileAttributes::statusAt(int dirFd, const char* name)
{
    beforeFollowing(name);
    return ask(dirFd, name, AT_SYMLINK_NOFOLLOW);
}

Result<FileStatus> LinuxFileAttributes::statusFollowing(int dirFd, const char* name)
{
    beforeFollowing(name);
    return ask(dirFd, name, 0);
}

Result<bool> LinuxFileAttributes::exists(int dirFd, const char* name)
{
    beforeFollowing(name);
    struct statx raw; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    if (::statx(dirFd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &raw) == 0)
        return true;
    const int code = errno;
    if (code == ENOENT)
        return false;
    if (code == ENOSYS || (code == EPERM && isStatxFiltered())) {
        const auto status = askOlder(dirFd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);
        if (status || status.error().code == ENOENT)
            return status.has_value();
    }
    return fail("statx", name, code);
}

Result<FileSystemSpace> LinuxFileAttributes::space(int fd)
{
    struct statfs raw; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    if (::fstatfs(fd, &raw) != 0)
        return fail("fstatfs", {}, errno);
    FileSystemSpace space;
    space.type = static_cast<std::uint64_t>(raw.f_type) & 0xffffffffU;
    space.blockSize = static_cast<std::uint64_t>(raw.f_frsize != 0 ? raw.f_frsize : raw.f_bsize);
    static_assert(sizeof raw.f_fsid == sizeof space.fsid);
    std::memcpy(&space.fsid, &raw.f_fsid, sizeof space.fsid);
    const auto bytesOf = [&space](std::uint64_t blocks) {
        const bool fits = space.blockSize == 0 || blocks <= UINT64_MAX / space.blockSize;
        return fits ? blocks * space.blockSize : UINT64_MAX;
    };
    space.totalBytes = bytesOf(raw.f_blocks);
    space.freeBytes = bytesOf(raw.f_bfree);
    space.availableBytes = bytesOf(raw.f_bavail);
    space.totalInodes = raw.f_files;
    space.freeInodes = raw.f_ffree;
    space.nameMax = static_cast<std::uint64_t>(raw.f_namelen);
    const auto flags = static_cast<std::uint64_t>(raw.f_flags);
    space.readOnly = (flags & ST_RDONLY) != 0;
    space.noExec = (flags & ST_NOEXEC) != 0;
    space.noSuid = (flags & ST_NOSUID) != 0;
    return space;
}

Result<void> LinuxFileAttributes::access(int dirFd, const char* name, AccessMode mode)
{
    beforeFollowing(name);
    // By the bare call: glibc 2.36 answers ENOSYS with a fallback of its own that cannot take AT_EMPTY_PATH.
    int flags = AT_EACCESS | AT_SYMLINK_NOFOLLOW;
    if (*name == '\0')
        flags |= AT_EMPTY_PATH;
    if (::syscall(SYS_faccessat2, dirFd, name, static_cast<int>(mode), flags) == 0)
        return {};
    const int code = errno;
    if (code != ENOSYS && !(code == EPERM && isFaccessat2Filtered()))
        return fail("faccessat2", name, code);
    const int result = *name == '\0' ? ::access(procPath(dirFd).data(), static_cast<int>(mode))
                                     : ::faccessat(dirFd, name, static_cast<int>(mode), 0);
    if (result == 0)
        return {};
    return fail("access", name, errno);
}

Result<std::optional<std::string>> LinuxFileAttributes::extendedAttribute(int fd, const char* name)
{
    constexpr std::size_t kLargestValue = 65536; // XATTR_SIZE_MAX
    const auto path = procPath(fd);
    // Nearly all are small, and most are not there: no large buffer for those.
    std::array<char, 512> small; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    ssize_t length = ::getxattr(path.data(), name, small.data(), small.size());
    if (length >= 0)
        return std::string(small.data(), static_cast<std::size_t>(length));
    if (errno == ERANGE) {
        std::string value(kLargestValue, '\0');
        length = ::getxattr(path.data(), name, value.data(), value.size());
        if (length >= 0) {
            value.resize(static_cast<std::size_t>(length));
            return value;
        }
    }
    if (errno == ENODATA || errno == EOPNOTSUPP)
        return std::nullopt;
    return fail("getxattr", name, errno);
}

Result<void> LinuxFileAttributes::setExtendedAttribute(int fd, const char* name, const std::string& value)
{
    if (::setxattr(procPath(fd).data(), name, value.data(), value.size(), 0) == 0)
        return {};
    return fail("setxattr", name, errno);
}

Result<void> LinuxFileAttributes::removeExtendedAttribute(int fd, const char* name)
{
    if (::removexattr(procPath(fd).data(), name) == 0)
        return {};
    return fail("removexattr", name, errno);
}

VolumeNames LinuxFileAttributes::volumeNames(int fd)
{
    return {volumeUuid(fd), subvolumeId(fd)};
}

Result<QuotaNumbers> LinuxFileAttributes::quota(int fd, const char* device, QuotaType type, std::uint32_t id)
{
    constexpr std::uint64_t kBlock = 1024; // QIF_DQBLKSIZE
    dqblk raw{};
    const auto command = static_cast<unsigned>(QCMD(static_cast<unsigned>(Q_GETQUOTA), static_cast<unsigned>(type)));
    const char* call = "quotactl_fd";
    long result = ::syscall(kQuotactlFd, fd, command, id, &raw);
    if (result != 0 && errno == ENOSYS && *device != '\0') {
        call = "quotactl";
        result = ::syscall(SYS_quotactl, command, device, id, &raw);
    }
    if (result != 0)
        return fail(call, device, errno);
    QuotaNumbers numbers;
    numbers.usedBytes = raw.dqb_curspace;
    numbers.softBytes = raw.dqb_bsoftlimit * kBlock;
    numbers.hardBytes = raw.dqb_bhardlimit * kBlock;
    numbers.usedFiles = raw.dqb_curinodes;
    numbers.softFiles = raw.dqb_isoftlimit;
    numbers.hardFiles = raw.dqb_ihardlimit;
    numbers.bytesGraceEnds = static_cast<std::int64_t>(raw.dqb_btime);
    numbers.filesGraceEnds = static_cast<std::int64_t>(raw.dqb_itime);
    return numbers;
}

Result<ProjectNumbers> LinuxFileAttributes::project(int fd)
{
    fsxattr raw{};
    if (::ioctl(fd, FS_IOC_FSGETXATTR, &raw) != 0)
        return fail("ioctl(FS_IOC_FSGETXATTR)", {}, errno);
    return ProjectNumbers{raw.fsx_projid, (raw.fsx_xflags & FS_XFLAG_PROJINHERIT) != 0};
}

Result<bool> LinuxFileAttributes::isSubvolumeReadOnly(int fd)
{
    std::uint64_t flags = 0;
    if (::ioctl(fd, BTRFS_IOC_SUBVOL_GETFLAGS, &flags) != 0)
        return fail("ioctl(BTRFS_IOC_SUBVOL_GETFLAGS)", {}, errno);
    return (flags & BTRFS_SUBVOL_RDONLY) != 0;
}

Result<bool> LinuxFileAttributes::isSubvolumeReceived(int fd)
{
    btrfs_ioctl_get_subvol_info_args info = {};
    // Linux 6.18 answers 1, and fills nothing in, where the subvolume's entry is the last of its leaf.
    if (::ioctl(fd, BTRFS_IOC_GET_SUBVOL_INFO, &info) < 0)
        return fail("ioctl(BTRFS_IOC_GET_SUBVOL_INFO)", {}, errno);
    if (info.treeid == 0)
        return fail("ioctl(BTRFS_IOC_GET_SUBVOL_INFO)", {}, ENODATA);
    return std::any_of(std::begin(info.received_uuid), std::end(info.received_uuid),
                       [](unsigned char byte) { return byte != 0; });
}

FileAttributes& linuxFileAttributes()
{
    static LinuxFileAttributes& instance = *new LinuxFileAttributes;
    return instance;
}

} // namespace scratchproof
