// SPDX-License-Identifier: GPL-3.0-or-later
// What LinuxFileAttributes asks of single file systems: quotas, projects, subvolumes.
#include "core/system/linux_file_attributes.h"

#include <linux/btrfs.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/quota.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace scratchproof {

namespace {

#ifndef SYS_quotactl_fd
constexpr long kQuotactlFd = 443; // of every architecture, Linux 5.14
#else
constexpr long kQuotactlFd = SYS_quotactl_fd;
#endif

} // namespace

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

} // namespace scratchproof
