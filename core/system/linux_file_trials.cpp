// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/system/linux_calls.h"
#include "core/system/linux_files.h"

#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

/// The calls that show what a file system can do beyond holding files.
namespace scratchproof {

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

} // namespace scratchproof
