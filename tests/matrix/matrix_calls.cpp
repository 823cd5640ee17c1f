// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/matrix/matrix_calls.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace scratchproof::test {

namespace {

// The ERRORS sections of the Linux manual pages (man-pages 6), EWOULDBLOCK and ENOTSUP by their other names.
constexpr std::array kOpen{EACCES, EAGAIN, EBADF,        EBUSY,  EDQUOT,  EEXIST,  EFAULT,    EFBIG,     EINTR,
                           EINVAL, EISDIR, ELOOP,        EMFILE, ENFILE,  ENODEV,  ENOENT,    ENOMEM,    ENOSPC,
                           EPERM,  EROFS,  ENAMETOOLONG, ENXIO,  ENOTDIR, ETXTBSY, EOVERFLOW, EOPNOTSUPP};
constexpr std::array kWrite{EAGAIN, EBADF,  EDESTADDRREQ, EDQUOT, EFAULT, EFBIG,
                            EINTR,  EINVAL, EIO,          ENOSPC, EPERM,  EPIPE};
constexpr std::array kSync{EBADF, EINTR, EIO, EINVAL, EROFS, ENOSPC, EDQUOT};
constexpr std::array kClose{EBADF, EINTR, EIO, ENOSPC, EDQUOT};
constexpr std::array kRead{EAGAIN, EBADF, EFAULT, EINTR, EINVAL, EIO, EISDIR};
constexpr std::array kRename{EACCES, EBADF,        EBUSY,  EDQUOT, EEXIST,  EFAULT,    EINVAL, EISDIR, ELOOP, EMLINK,
                             ENOENT, ENAMETOOLONG, ENOMEM, ENOSPC, ENOTDIR, ENOTEMPTY, EPERM,  EROFS,  EXDEV};
constexpr std::array kUnlink{EACCES, EBADF,        EBUSY,  EFAULT, EINVAL,  EIO,   EISDIR,
                             ELOOP,  ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EPERM, EROFS};
constexpr std::array kMkdir{EACCES, EBADF,        EDQUOT, EEXIST, EFAULT,  EINVAL, ELOOP, EMLINK,
                            ENOENT, ENAMETOOLONG, ENOMEM, ENOSPC, ENOTDIR, EPERM,  EROFS};
constexpr std::array kRmdir{EACCES, EBADF,  EBUSY,   EFAULT,    EINVAL, ELOOP, ENAMETOOLONG,
                            ENOENT, ENOMEM, ENOTDIR, ENOTEMPTY, EPERM,  EROFS};
constexpr std::array kStat{EACCES, EBADF, EFAULT, EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EOVERFLOW};
// fuse_abort, ext4 and xfs that found damage, servers and drives that went away.
constexpr std::array kBeyond{EIO,    ENXIO,     ENODEV,    ENOTCONN, ECONNABORTED,
                             ESTALE, ETIMEDOUT, EHOSTDOWN, EUCLEAN,  EREMOTEIO};

constexpr std::array kCalls{
    MatrixCall{Step::CreateFile, "openat", "open(2)", "create", 1, kOpen},
    MatrixCall{Step::Write, "write", "write(2)", "write", 1, kWrite},
    MatrixCall{Step::Sync, "fsync", "fsync(2)", "fsync", 1, kSync},
    MatrixCall{Step::Sync, "close", "close(2)", "flush", 1, kClose},
    MatrixCall{Step::ReadBack, "openat", "open(2)", "open", 1, kOpen},
    MatrixCall{Step::ReadBack, "read", "read(2)", "read", 1, kRead},
    MatrixCall{Step::Rename, "renameat2", "rename(2)", "rename", 1, kRename},
    MatrixCall{Step::DeleteFile, "unlinkat", "unlink(2)", "unlink", 1, kUnlink},
    MatrixCall{Step::CreateDirectory, "mkdirat", "mkdir(2)", "mkdir", 1, kMkdir},
    MatrixCall{Step::CreateDirectory, "openat", "open(2)", "opendir", 0, kOpen},
    MatrixCall{Step::CreateDirectory, "openat", "open(2)", "create", 2, kOpen},
    MatrixCall{Step::CreateDirectory, "close", "close(2)", "flush", 3, kClose},
    MatrixCall{Step::CreateDirectory, "unlinkat", "unlink(2)", "unlink", 2, kUnlink},
    MatrixCall{Step::DeleteDirectory, "rmdir", "rmdir(2)", "rmdir", 1, kRmdir},
};

} // namespace

std::span<const MatrixCall> matrixCalls()
{
    return kCalls;
}

std::span<const int> statErrnos()
{
    return kStat;
}

std::span<const int> errnosBeyondThePages()
{
    return kBeyond;
}

std::vector<int> errnosOf(std::span<const int> page)
{
    std::vector<int> all(page.begin(), page.end());
    all.insert(all.end(), kBeyond.begin(), kBeyond.end());
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    std::erase(all, ENOSYS);
    return all;
}

} // namespace scratchproof::test
