// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/system/linux_file_attributes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace scratchproof {

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

Result<FileStatus> ask(int dirFd, const char* name, int flags)
{
    struct statx raw; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    if (::statx(dirFd, name, flags | AT_NO_AUTOMOUNT, kWanted, &raw) != 0)
        return fail("statx", name, errno);
    return toStatus(raw);
}

/// "/proc/self/fd/N": getxattr() and access() by it reach the very inode of an O_PATH descriptor.
std::array<char, 40> procPath(int fd)
{
    std::array<char, 40> text{};
    *fmt::format_to(text.data(), "/proc/self/fd/{}", fd) = '\0';
    return text;
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
    return ask(dirFd, name, AT_SYMLINK_NOFOLLOW);
}

Result<FileStatus> LinuxFileAttributes::statusFollowing(int dirFd, const char* name)
{
    return ask(dirFd, name, 0);
}

Result<bool> LinuxFileAttributes::exists(int dirFd, const char* name)
{
    struct statx raw; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    if (::statx(dirFd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &raw) == 0)
        return true;
    if (errno == ENOENT)
        return false;
    return fail("statx", name, errno);
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
    space.totalBytes = raw.f_blocks * space.blockSize;
    space.freeBytes = raw.f_bfree * space.blockSize;
    space.availableBytes = raw.f_bavail * space.blockSize;
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
    // By the bare call: glibc 2.36 answers ENOSYS with a fallback of its own that cannot take AT_EMPTY_PATH.
    int flags = AT_EACCESS | AT_SYMLINK_NOFOLLOW;
    if (*name == '\0')
        flags |= AT_EMPTY_PATH;
    if (::syscall(SYS_faccessat2, dirFd, name, static_cast<int>(mode), flags) == 0)
        return {};
    if (errno != ENOSYS)
        return fail("faccessat2", name, errno);
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

} // namespace scratchproof
