// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/text.h"
#include "core/base/unique_fd.h"

#include <fcntl.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace scratchproof {

/// A `dirFd` that stands for the working directory: only for absolute paths, or a user's own relative ones.
constexpr int kWorkingDirectory = AT_FDCWD;

/// Flags of rename(): the new name must not exist. EINVAL where the file system has no such flag (renameat2(2)).
constexpr unsigned kRenameNoReplace = 1U;

/// Restrictions of openBeneath(), as openat2(2) has them: stay below the folder, follow no symbolic link, cross no
/// mount (a bind mount of the same file system included, which comparing st_dev misses).
struct BeneathRules
{
    bool noSymbolicLinks = true;
    bool noMountCrossing = true;
};

/// How flock(2) is asked.
enum class LockMode { Shared, Exclusive, Unlock };

/// The system calls that work on files and folders: one method a call, nothing retried and nothing hidden, except that
/// EINTR is tried again where the call may be repeated. Errors carry the call's name, the name as given and errno.
///
/// Names are relative to an open descriptor and NUL-terminated C strings, so that no copy is made on the way.
/// Every call may block as long as the file system does: for use in probers only. Thread safe.
/// Tests put their own between (see forwarding.h).
class Files
{
public:
    virtual ~Files() = default;

    /// openat(2). O_CLOEXEC is always added. `mode` counts with O_CREAT and O_TMPFILE only.
    [[nodiscard]] virtual Result<UniqueFd> open(int dirFd, const char* name, int flags, std::uint32_t mode = 0) = 0;
    /// openat2(2) with RESOLVE_BENEATH and `rules`. ENOSYS before Linux 5.6: the caller brings a fallback.
    /// EXDEV says that a mount (or "..") was in the way, ELOOP a symbolic link.
    [[nodiscard]] virtual Result<UniqueFd> openBeneath(int dirFd, const char* name, int flags, BeneathRules rules) = 0;
    /// close(2): on network file systems the last chance of an error about data that was written. The descriptor is
    /// gone either way.
    [[nodiscard]] virtual Result<void> close(UniqueFd fd) = 0;

    /// read(2) and pread(2): bytes read, 0 at the end, possibly fewer than asked.
    [[nodiscard]] virtual Result<std::size_t> read(int fd, std::span<std::byte> into) = 0;
    [[nodiscard]] virtual Result<std::size_t> readAt(int fd, std::span<std::byte> into, std::uint64_t offset) = 0;
    /// write(2) and pwrite(2): bytes written, possibly fewer than given.
    [[nodiscard]] virtual Result<std::size_t> write(int fd, std::span<const std::byte> from) = 0;
    [[nodiscard]] virtual Result<std::size_t> writeAt(int fd, std::span<const std::byte> from,
                                                      std::uint64_t offset) = 0;
    /// fsync(2).
    [[nodiscard]] virtual Result<void> sync(int fd) = 0;
    /// posix_fadvise(2) with POSIX_FADV_DONTNEED over the whole file: clean cached pages are given up, so that the next
    /// read asks the file system. A hint.
    [[nodiscard]] virtual Result<void> dropCachedPages(int fd) = 0;
    /// ftruncate(2).
    [[nodiscard]] virtual Result<void> truncate(int fd, std::uint64_t size) = 0;

    /// unlinkat(2) without and with AT_REMOVEDIR.
    [[nodiscard]] virtual Result<void> unlink(int dirFd, const char* name) = 0;
    [[nodiscard]] virtual Result<void> removeDirectory(int dirFd, const char* name) = 0;
    /// mkdirat(2).
    [[nodiscard]] virtual Result<void> makeDirectory(int dirFd, const char* name, std::uint32_t mode) = 0;
    /// renameat2(2); with flags 0 what renameat(2) does.
    [[nodiscard]] virtual Result<void> rename(int fromDirFd, const char* from, int toDirFd, const char* to,
                                              unsigned flags) = 0;
    /// symlinkat(2), linkat(2) (never follows `from`), readlinkat(2).
    [[nodiscard]] virtual Result<void> makeSymbolicLink(const char* target, int dirFd, const char* name) = 0;
    [[nodiscard]] virtual Result<void> makeHardLink(int fromDirFd, const char* from, int toDirFd, const char* to) = 0;
    [[nodiscard]] virtual Result<Path> readLink(int dirFd, const char* name) = 0;

    /// fchmod(2) on a descriptor that is not O_PATH.
    [[nodiscard]] virtual Result<void> changeMode(int fd, std::uint32_t mode) = 0;
    /// chmod(2) on /proc/self/fd/FD: for O_PATH descriptors, where fchmod() answers EBADF.
    [[nodiscard]] virtual Result<void> changeModeOfPathFd(int pathFd, std::uint32_t mode) = 0;

    /// flock(2), never waiting: true if the lock is held now, false if somebody else has it.
    [[nodiscard]] virtual Result<bool> tryLock(int fd, LockMode mode) = 0;

    /// fcntl(2) F_OFD_SETLK of the whole file, never waiting: as tryLock(), but a byte-range lock.
    [[nodiscard]] virtual Result<bool> tryRangeLock(int fd, LockMode mode) = 0;

    /// fallocate(2), mode 0, from the start of the file. Never emulated by writing.
    [[nodiscard]] virtual Result<void> allocate(int fd, std::uint64_t length) = 0;
    /// fallocate(2) with FALLOC_FL_KEEP_SIZE: the same, and the file stays as long as it is. Some file systems give
    /// the space back once the file is closed; cifs may promise what it does not do.
    [[nodiscard]] virtual Result<void> reserve(int fd, std::uint64_t length) = 0;
    /// mmap(2) of the file's first bytes, shared and writable; `from` is put there; msync(2), munmap(2). The file must
    /// be as long. A page that cannot be had is EFAULT here, and no SIGBUS: the kernel does the copying.
    /// `from`: at most 4096 bytes.
    [[nodiscard]] virtual Result<void> writeMapped(int fd, std::span<const std::byte> from) = 0;
    /// futimens(3): both times since the epoch.
    [[nodiscard]] virtual Result<void> changeTimes(int fd, Nanoseconds accessed, Nanoseconds modified) = 0;

    /// inotify(7): a descriptor that becomes readable when a name is made in the directory.
    /// EMFILE and ENOSPC are this user's own limits.
    [[nodiscard]] virtual Result<UniqueFd> watchCreations(int dirFd) = 0;
    /// Reads what watchCreations() has to tell: whether one of the names made was `name`. Does not wait.
    [[nodiscard]] virtual Result<bool> sawCreation(int watchFd, const char* name) = 0;

    /// getrlimit(2) RLIMIT_FSIZE of this process: how large a file it may make. Nothing: there is no such limit.
    [[nodiscard]] virtual Result<std::optional<std::uint64_t>> fileSizeLimit() = 0;

    /// getdents64(2) into `buffer` (of at least 1 KiB): bytes filled, 0 at the end. Walk it with DirectoryEntries.
    [[nodiscard]] virtual Result<std::size_t> readEntries(int dirFd, std::span<std::byte> buffer) = 0;
    /// lseek(2) to the beginning, so that a directory is read again.
    [[nodiscard]] virtual Result<void> rewind(int fd) = 0;

    /// dup with O_CLOEXEC (fcntl F_DUPFD_CLOEXEC).
    [[nodiscard]] virtual Result<UniqueFd> duplicate(int fd) = 0;
};

/// Reads a whole small file (of /proc, /sys, /etc), at most `limit` bytes of it.
[[nodiscard]] Result<std::string> readSmallFile(Files& files, const char* path, std::size_t limit = 1U << 20U);

/// Writes all of `from`, as many calls as it takes. A write of 0 bytes is an Error with EIO.
[[nodiscard]] Result<void> writeAll(Files& files, int fd, std::span<const std::byte> from);

} // namespace scratchproof
