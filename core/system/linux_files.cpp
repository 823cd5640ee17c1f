// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/system/files.h"
#include "core/system/folder_ban.h"
#include "core/system/linux.h"
#include "core/system/linux_calls.h"

#include <dirent.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

namespace scratchproof {

namespace {

/// Files as Linux does them. Stateless.
class LinuxFiles final : public Files
{
public:
    Result<UniqueFd> open(int dirFd, const char* name, int flags, std::uint32_t mode = 0) override;
    Result<UniqueFd> openBeneath(int dirFd, const char* name, int flags, BeneathRules rules) override;
    Result<void> close(UniqueFd fd) override;
    Result<std::size_t> read(int fd, std::span<std::byte> into) override;
    Result<std::size_t> readAt(int fd, std::span<std::byte> into, std::uint64_t offset) override;
    Result<std::size_t> write(int fd, std::span<const std::byte> from) override;
    Result<std::size_t> writeAt(int fd, std::span<const std::byte> from, std::uint64_t offset) override;
    Result<void> sync(int fd) override;
    Result<void> dropCachedPages(int fd) override;
    Result<void> truncate(int fd, std::uint64_t size) override;
    Result<void> unlink(int dirFd, const char* name) override;
    Result<void> removeDirectory(int dirFd, const char* name) override;
    Result<void> makeDirectory(int dirFd, const char* name, std::uint32_t mode) override;
    Result<void> rename(int fromDirFd, const char* from, int toDirFd, const char* to, unsigned flags) override;
    Result<void> makeSymbolicLink(const char* target, int dirFd, const char* name) override;
    Result<void> makeHardLink(int fromDirFd, const char* from, int toDirFd, const char* to) override;
    Result<Path> readLink(int dirFd, const char* name) override;
    Result<void> changeMode(int fd, std::uint32_t mode) override;
    Result<void> changeModeOfPathFd(int pathFd, std::uint32_t mode) override;
    Result<bool> tryLock(int fd, LockMode mode) override;
    Result<bool> tryRangeLock(int fd, LockMode mode) override;
    Result<void> allocate(int fd, std::uint64_t length) override;
    Result<void> reserve(int fd, std::uint64_t length) override;
    Result<void> writeMapped(int fd, std::span<const std::byte> from) override;
    Result<void> changeTimes(int fd, Nanoseconds accessed, Nanoseconds modified) override;
    Result<UniqueFd> watchCreations(int dirFd) override;
    Result<bool> sawCreation(int watchFd, const char* name) override;
    Result<std::optional<std::uint64_t>> fileSizeLimit() override;
    Result<std::size_t> readEntries(int dirFd, std::span<std::byte> buffer) override;
    Result<void> rewind(int fd) override;
    Result<UniqueFd> duplicate(int fd) override;
};

} // namespace

Result<UniqueFd> LinuxFiles::open(int dirFd, const char* name, int flags, std::uint32_t mode)
{
    beforeFollowing(name);
    const int fd = retried([&] { return ::openat(dirFd, name, flags | O_CLOEXEC, static_cast<mode_t>(mode)); });
    if (fd < 0)
        return fail("openat", name, errno);
    return UniqueFd(fd);
}

Result<UniqueFd> LinuxFiles::openBeneath(int dirFd, const char* name, int flags, BeneathRules rules)
{
    beforeFollowing(name);
    open_how how{};
    how.flags = static_cast<std::uint64_t>(static_cast<unsigned>(flags | O_CLOEXEC));
    how.resolve = RESOLVE_BENEATH;
    if (rules.noSymbolicLinks)
        how.resolve |= RESOLVE_NO_SYMLINKS;
    if (rules.noMountCrossing)
        how.resolve |= RESOLVE_NO_XDEV;
    // EAGAIN: a rename somewhere made the kernel unsure that the path stayed below (openat2(2)); bounded, as a stranger
    // may go on renaming for ever.
    constexpr int kAttempts = 32;
    for (int attempt = 0;; ++attempt) {
        const long fd = ::syscall(SYS_openat2, dirFd, name, &how, sizeof how);
        if (fd >= 0)
            return UniqueFd(static_cast<int>(fd));
        if (errno != EINTR && (errno != EAGAIN || attempt >= kAttempts))
            return fail("openat2", name, errno);
    }
}

Result<void> LinuxFiles::close(UniqueFd fd)
{
    // Never repeated: on Linux the descriptor is gone even after EINTR (close(2)).
    if (::close(fd.release()) != 0 && errno != EINTR)
        return fail("close", {}, errno);
    return {};
}

Result<std::size_t> LinuxFiles::read(int fd, std::span<std::byte> into)
{
    return counted(retried([&] { return ::read(fd, into.data(), into.size()); }), "read");
}

Result<std::size_t> LinuxFiles::readAt(int fd, std::span<std::byte> into, std::uint64_t offset)
{
    return counted(retried([&] { return ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset)); }), "pread");
}

Result<std::size_t> LinuxFiles::write(int fd, std::span<const std::byte> from)
{
    return counted(retried([&] { return ::write(fd, from.data(), from.size()); }), "write");
}

Result<std::size_t> LinuxFiles::writeAt(int fd, std::span<const std::byte> from, std::uint64_t offset)
{
    return counted(retried([&] { return ::pwrite(fd, from.data(), from.size(), static_cast<off_t>(offset)); }),
                   "pwrite");
}

Result<void> LinuxFiles::sync(int fd)
{
    return done(retried([&] { return ::fsync(fd); }), "fsync", "");
}

Result<void> LinuxFiles::dropCachedPages(int fd)
{
    const int code = ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    if (code != 0)
        return fail("posix_fadvise", {}, code);
    return {};
}

Result<void> LinuxFiles::truncate(int fd, std::uint64_t size)
{
    return done(retried([&] { return ::ftruncate(fd, static_cast<off_t>(size)); }), "ftruncate", "");
}

Result<void> LinuxFiles::unlink(int dirFd, const char* name)
{
    beforeFollowing(name);
    return done(::unlinkat(dirFd, name, 0), "unlinkat", name);
}

Result<void> LinuxFiles::removeDirectory(int dirFd, const char* name)
{
    beforeFollowing(name);
    return done(::unlinkat(dirFd, name, AT_REMOVEDIR), "rmdir", name);
}

Result<void> LinuxFiles::makeDirectory(int dirFd, const char* name, std::uint32_t mode)
{
    beforeFollowing(name);
    return done(::mkdirat(dirFd, name, static_cast<mode_t>(mode)), "mkdirat", name);
}

Result<void> LinuxFiles::rename(int fromDirFd, const char* from, int toDirFd, const char* to, unsigned flags)
{
    beforeFollowing(from);
    beforeFollowing(to);
    if (flags == 0)
        return done(::renameat(fromDirFd, from, toDirFd, to), "renameat", from);
    return done(::renameat2(fromDirFd, from, toDirFd, to, flags), "renameat2", from);
}

Result<void> LinuxFiles::makeSymbolicLink(const char* target, int dirFd, const char* name)
{
    beforeFollowing(name);
    return done(::symlinkat(target, dirFd, name), "symlinkat", name);
}

Result<void> LinuxFiles::makeHardLink(int fromDirFd, const char* from, int toDirFd, const char* to)
{
    beforeFollowing(from);
    beforeFollowing(to);
    return done(::linkat(fromDirFd, from, toDirFd, to, 0), "linkat", to);
}

Result<Path> LinuxFiles::readLink(int dirFd, const char* name)
{
    beforeFollowing(name);
    // PATH_MAX bounds what symlink(2) can store on every file system of Linux.
    std::array<char, PATH_MAX> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    const ssize_t length = ::readlinkat(dirFd, name, buffer.data(), buffer.size());
    if (length < 0)
        return fail("readlinkat", name, errno);
    return Path(buffer.data(), static_cast<std::size_t>(length));
}

Result<void> LinuxFiles::changeMode(int fd, std::uint32_t mode)
{
    return done(::fchmod(fd, static_cast<mode_t>(mode)), "fchmod", "");
}

Result<void> LinuxFiles::changeModeOfPathFd(int pathFd, std::uint32_t mode)
{
    return done(::chmod(ProcFdPath(pathFd).text.data(), static_cast<mode_t>(mode)), "chmod", "");
}

Result<bool> LinuxFiles::tryLock(int fd, LockMode mode)
{
    int operation = LOCK_UN;
    if (mode != LockMode::Unlock)
        operation = (mode == LockMode::Shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
    if (retried([&] { return ::flock(fd, operation); }) == 0)
        return true;
    if (errno == EWOULDBLOCK)
        return false;
    return fail("flock", {}, errno);
}

Result<std::size_t> LinuxFiles::readEntries(int dirFd, std::span<std::byte> buffer)
{
    return counted(::getdents64(dirFd, buffer.data(), buffer.size()), "getdents64");
}

Result<void> LinuxFiles::rewind(int fd)
{
    if (::lseek(fd, 0, SEEK_SET) < 0)
        return fail("lseek", {}, errno);
    return {};
}

Result<UniqueFd> LinuxFiles::duplicate(int fd)
{
    const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0)
        return fail("fcntl", {}, errno);
    return UniqueFd(copy);
}

Result<std::string> readSmallFile(Files& files, const char* path, std::size_t limit)
{
    auto fd = files.open(kWorkingDirectory, path, O_RDONLY);
    if (!fd)
        return fail(fd.error());
    std::string text;
    while (text.size() < limit) {
        const std::size_t before = text.size();
        text.resize(std::min(limit, before + 4096));
        const auto count = files.read(fd->get(), std::as_writable_bytes(std::span(text).subspan(before)));
        if (!count)
            return fail(count.error().operation, path, count.error().code);
        text.resize(before + *count);
        if (*count == 0)
            break;
    }
    return text;
}

Result<void> writeAll(Files& files, int fd, std::span<const std::byte> from)
{
    while (!from.empty()) {
        const auto count = files.write(fd, from);
        if (!count)
            return fail(count.error());
        if (*count == 0)
            return fail("write", {}, EIO, "nothing was written, and no error was given");
        from = from.subspan(std::min(*count, from.size()));
    }
    return {};
}

Result<bool> LinuxFiles::tryRangeLock(int fd, LockMode mode)
{
    struct flock range
    {};
    range.l_type = F_UNLCK;
    if (mode != LockMode::Unlock)
        range.l_type = mode == LockMode::Shared ? F_RDLCK : F_WRLCK;
    range.l_whence = SEEK_SET;
    if (retried([&] { return ::fcntl(fd, F_OFD_SETLK, &range); }) == 0)
        return true;
    // fcntl(2): a lock of somebody else's is EACCES or EAGAIN.
    if (errno == EAGAIN || errno == EACCES)
        return false;
    return fail("fcntl", {}, errno);
}

Result<void> LinuxFiles::allocate(int fd, std::uint64_t length)
{
    return done(retried([&] { return ::fallocate(fd, 0, 0, static_cast<off_t>(length)); }), "fallocate", "");
}

Result<void> LinuxFiles::reserve(int fd, std::uint64_t length)
{
    return done(retried([&] { return ::fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(length)); }),
                "fallocate", "");
}

Result<void> LinuxFiles::writeMapped(int fd, std::span<const std::byte> from)
{
    constexpr std::size_t kMost = 4096; // PIPE_BUF: what a pipe takes at once
    if (from.empty() || from.size() > kMost)
        return fail("mmap", {}, EINVAL);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return fail("pipe2", {}, errno);
    const UniqueFd reading(ends[0]);
    const UniqueFd writing(ends[1]);
    if (::write(writing.get(), from.data(), from.size()) != static_cast<ssize_t>(from.size()))
        return fail("write", {}, errno);
    void* memory = ::mmap(nullptr, from.size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return fail("mmap", {}, errno);
    const ssize_t copied = retried([&] { return ::read(reading.get(), memory, from.size()); });
    const int copyError = copied < 0 ? errno : EFAULT;
    const int synced = ::msync(memory, from.size(), MS_SYNC);
    const int syncError = errno;
    ::munmap(memory, from.size());
    if (copied != static_cast<ssize_t>(from.size()))
        return fail("mmap", {}, copyError);
    if (synced != 0)
        return fail("msync", {}, syncError);
    return {};
}

Result<void> LinuxFiles::changeTimes(int fd, Nanoseconds accessed, Nanoseconds modified)
{
    const auto split = [](Nanoseconds time) {
        return timespec{static_cast<time_t>(time / kNanosecondsPerSecond),
                        static_cast<long>(time % kNanosecondsPerSecond)};
    };
    const std::array<timespec, 2> times{split(accessed), split(modified)};
    return done(::futimens(fd, times.data()), "utimensat", "");
}

Result<UniqueFd> LinuxFiles::watchCreations(int dirFd)
{
    UniqueFd watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!watch)
        return fail("inotify_init1", {}, errno);
    if (::inotify_add_watch(watch.get(), ProcFdPath(dirFd).text.data(), IN_CREATE | IN_ONLYDIR) < 0)
        return fail("inotify_add_watch", {}, errno);
    return watch;
}

Result<bool> LinuxFiles::sawCreation(int watchFd, const char* name)
{
    alignas(inotify_event) std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t length = retried([&] { return ::read(watchFd, buffer.data(), buffer.size()); });
        if (length < 0 && errno == EAGAIN)
            return false;
        if (length < 0)
            return fail("read", {}, errno);
        const auto end = static_cast<std::size_t>(length);
        std::size_t at = 0;
        while (at + sizeof(inotify_event) <= end) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            const std::size_t nameAt = at + sizeof event;
            at = nameAt + event.len;
            // The name is padded with NULs to `len`.
            if (at <= end && event.len > 0 && std::strncmp(buffer.data() + nameAt, name, event.len) == 0)
                return true;
        }
        if (length == 0)
            return false;
    }
}

Result<std::optional<std::uint64_t>> LinuxFiles::fileSizeLimit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_FSIZE, &limit) != 0)
        return fail("getrlimit", {}, errno);
    if (limit.rlim_cur == RLIM_INFINITY)
        return std::nullopt;
    return limit.rlim_cur;
}

Files& linuxFiles()
{
    static LinuxFiles& instance = *new LinuxFiles;
    return instance;
}

} // namespace scratchproof
