// SPDX-License-Identifier: GPL-3.0-or-later
// What LinuxFileAttributes asks of single file systems: quotas, projects, subvolumes, names.
#include "core/system/linux_file_attributes.h"

#include <fmt/format.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/fs.h>
#include <linux/msdos_fs.h>
#include <sys/ioctl.h>
#include <sys/quota.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace scratchproof {

namespace {

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

} // namespace scratchproof
