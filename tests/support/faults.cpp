// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/faults.h"

#include <algorithm>

namespace scratchproof::test {

void FaultPlan::set(Rule rule)
{
    m_rule = std::move(rule);
    m_calls.clear();
    m_counts.clear();
    m_faults = 0;
}

std::optional<Fault> FaultPlan::enter(const char* call, const char* name, int flags)
{
    const std::scoped_lock lock(m_mutex);
    m_calls.push_back({call, name, flags, m_calls.size() + 1, ++m_counts[call]});
    if (!m_rule)
        return std::nullopt;
    const auto fault = m_rule(m_calls.back());
    if (fault)
        ++m_faults;
    return fault;
}

FaultPlan::Rule failCallNumber(std::size_t index, Fault fault)
{
    return [index, fault](const Call& call) { return call.index == index ? std::optional(fault) : std::nullopt; };
}

FaultPlan::Rule failNth(std::string name, std::size_t nth, Fault fault)
{
    return [name = std::move(name), nth, fault](const Call& call) {
        return call.call == name && call.nth == nth ? std::optional(fault) : std::nullopt;
    };
}

FaultPlan::Rule failEvery(std::string name, Fault fault)
{
    return [name = std::move(name), fault](const Call& call) {
        return call.call == name ? std::optional(fault) : std::nullopt;
    };
}

namespace {

/// Does it, or not, as the plan says.
template <typename Do>
auto through(FaultPlan& plan, const char* call, const char* name, int flags, Do doIt) -> decltype(doIt())
{
    const auto fault = plan.enter(call, name, flags);
    if (!fault)
        return doIt();
    if (fault->kind == Fault::Kind::Nothing)
        return {};
    if (fault->kind == Fault::Kind::After) {
        if (auto done = doIt(); !done)
            return done;
    }
    return fail(call, name, fault->code);
}

/// Reads and writes: `doIt` takes the span.
template <typename Byte, typename Do>
Result<std::size_t> transfer(FaultPlan& plan, const char* call, std::span<Byte> bytes, Do doIt)
{
    const auto fault = plan.enter(call, "");
    if (!fault)
        return doIt(bytes);
    if (fault->kind == Fault::Kind::Instead || fault->kind == Fault::Kind::After)
        return fail(call, "", fault->code);
    if (fault->kind == Fault::Kind::Nothing)
        return std::size_t{0};
    if (fault->kind == Fault::Kind::Short)
        return doIt(bytes.first(std::max<std::size_t>(1, bytes.size() / 2)));
    auto done = doIt(bytes);
    if constexpr (!std::is_const_v<Byte>) {
        if (done && *done > 0)
            bytes[*done / 2] ^= std::byte{0x10};
    }
    return done;
}

} // namespace

Result<UniqueFd> FaultyFiles::open(int dirFd, const char* name, int flags, std::uint32_t mode)
{
    return through(m_plan, "openat", name, flags, [&] { return ForwardingFiles::open(dirFd, name, flags, mode); });
}

Result<UniqueFd> FaultyFiles::openBeneath(int dirFd, const char* name, int flags, BeneathRules rules)
{
    return through(m_plan, "openat2", name, flags,
                   [&] { return ForwardingFiles::openBeneath(dirFd, name, flags, rules); });
}

Result<void> FaultyFiles::close(UniqueFd fd)
{
    // As the kernel has it: the descriptor is gone whatever close() says.
    return through(m_plan, "close", "", 0, [&] { return ForwardingFiles::close(std::move(fd)); });
}

Result<std::size_t> FaultyFiles::read(int fd, std::span<std::byte> into)
{
    return transfer(m_plan, "read", into, [&](auto bytes) { return ForwardingFiles::read(fd, bytes); });
}

Result<std::size_t> FaultyFiles::readAt(int fd, std::span<std::byte> into, std::uint64_t offset)
{
    return transfer(m_plan, "pread", into, [&](auto bytes) { return ForwardingFiles::readAt(fd, bytes, offset); });
}

Result<std::size_t> FaultyFiles::write(int fd, std::span<const std::byte> from)
{
    return transfer(m_plan, "write", from, [&](auto bytes) { return ForwardingFiles::write(fd, bytes); });
}

Result<std::size_t> FaultyFiles::writeAt(int fd, std::span<const std::byte> from, std::uint64_t offset)
{
    return transfer(m_plan, "pwrite", from, [&](auto bytes) { return ForwardingFiles::writeAt(fd, bytes, offset); });
}

Result<void> FaultyFiles::sync(int fd)
{
    return through(m_plan, "fsync", "", 0, [&] { return ForwardingFiles::sync(fd); });
}

Result<void> FaultyFiles::dropCachedPages(int fd)
{
    return through(m_plan, "posix_fadvise", "", 0, [&] { return ForwardingFiles::dropCachedPages(fd); });
}

Result<void> FaultyFiles::truncate(int fd, std::uint64_t size)
{
    return through(m_plan, "ftruncate", "", 0, [&] { return ForwardingFiles::truncate(fd, size); });
}

Result<void> FaultyFiles::unlink(int dirFd, const char* name)
{
    return through(m_plan, "unlinkat", name, 0, [&] { return ForwardingFiles::unlink(dirFd, name); });
}

Result<void> FaultyFiles::removeDirectory(int dirFd, const char* name)
{
    return through(m_plan, "rmdir", name, 0, [&] { return ForwardingFiles::removeDirectory(dirFd, name); });
}

Result<void> FaultyFiles::makeDirectory(int dirFd, const char* name, std::uint32_t mode)
{
    return through(m_plan, "mkdirat", name, 0, [&] { return ForwardingFiles::makeDirectory(dirFd, name, mode); });
}

Result<void> FaultyFiles::rename(int fromDirFd, const char* from, int toDirFd, const char* to, unsigned flags)
{
    return through(m_plan, flags == 0 ? "renameat" : "renameat2", from, static_cast<int>(flags),
                   [&] { return ForwardingFiles::rename(fromDirFd, from, toDirFd, to, flags); });
}

Result<void> FaultyFiles::makeSymbolicLink(const char* target, int dirFd, const char* name)
{
    return through(m_plan, "symlinkat", name, 0,
                   [&] { return ForwardingFiles::makeSymbolicLink(target, dirFd, name); });
}

Result<void> FaultyFiles::makeHardLink(int fromDirFd, const char* from, int toDirFd, const char* to)
{
    return through(m_plan, "linkat", to, 0,
                   [&] { return ForwardingFiles::makeHardLink(fromDirFd, from, toDirFd, to); });
}

Result<Path> FaultyFiles::readLink(int dirFd, const char* name)
{
    return through(m_plan, "readlinkat", name, 0, [&] { return ForwardingFiles::readLink(dirFd, name); });
}

Result<void> FaultyFiles::changeMode(int fd, std::uint32_t mode)
{
    return through(m_plan, "fchmod", "", 0, [&] { return ForwardingFiles::changeMode(fd, mode); });
}

Result<void> FaultyFiles::changeModeOfPathFd(int pathFd, std::uint32_t mode)
{
    return through(m_plan, "chmod", "", 0, [&] { return ForwardingFiles::changeModeOfPathFd(pathFd, mode); });
}

Result<bool> FaultyFiles::tryLock(int fd, LockMode mode)
{
    return through(m_plan, "flock", "", 0, [&] { return ForwardingFiles::tryLock(fd, mode); });
}

Result<bool> FaultyFiles::tryRangeLock(int fd, LockMode mode)
{
    return through(m_plan, "fcntl", "", 0, [&] { return ForwardingFiles::tryRangeLock(fd, mode); });
}

Result<void> FaultyFiles::allocate(int fd, std::uint64_t length)
{
    return through(m_plan, "fallocate", "", 0, [&] { return ForwardingFiles::allocate(fd, length); });
}

Result<void> FaultyFiles::reserve(int fd, std::uint64_t length)
{
    return through(m_plan, "fallocate", "", 0, [&] { return ForwardingFiles::reserve(fd, length); });
}

Result<void> FaultyFiles::writeMapped(int fd, std::span<const std::byte> from)
{
    return through(m_plan, "mmap", "", 0, [&] { return ForwardingFiles::writeMapped(fd, from); });
}

Result<void> FaultyFiles::changeTimes(int fd, Nanoseconds accessed, Nanoseconds modified)
{
    return through(m_plan, "utimensat", "", 0, [&] { return ForwardingFiles::changeTimes(fd, accessed, modified); });
}

Result<UniqueFd> FaultyFiles::watchCreations(int dirFd)
{
    return through(m_plan, "inotify_add_watch", "", 0, [&] { return ForwardingFiles::watchCreations(dirFd); });
}

Result<bool> FaultyFiles::sawCreation(int watchFd, const char* name)
{
    return through(m_plan, "inotify", name, 0, [&] { return ForwardingFiles::sawCreation(watchFd, name); });
}

Result<std::optional<std::uint64_t>> FaultyFiles::fileSizeLimit()
{
    return through(m_plan, "getrlimit", "", 0, [&] { return ForwardingFiles::fileSizeLimit(); });
}

Result<std::size_t> FaultyFiles::readEntries(int dirFd, std::span<std::byte> buffer)
{
    return through(m_plan, "getdents64", "", 0, [&] { return ForwardingFiles::readEntries(dirFd, buffer); });
}

Result<void> FaultyFiles::rewind(int fd)
{
    return through(m_plan, "lseek", "", 0, [&] { return ForwardingFiles::rewind(fd); });
}

Result<UniqueFd> FaultyFiles::duplicate(int fd)
{
    return through(m_plan, "fcntl", "", 0, [&] { return ForwardingFiles::duplicate(fd); });
}

Result<FileStatus> FaultyFileAttributes::status(int fd)
{
    return through(m_plan, "statx", "", 0, [&] { return ForwardingFileAttributes::status(fd); });
}

Result<FileStatus> FaultyFileAttributes::statusAt(int dirFd, const char* name)
{
    return through(m_plan, "statx", name, 0, [&] { return ForwardingFileAttributes::statusAt(dirFd, name); });
}

Result<FileStatus> FaultyFileAttributes::statusFollowing(int dirFd, const char* name)
{
    return through(m_plan, "statx", name, 0, [&] { return ForwardingFileAttributes::statusFollowing(dirFd, name); });
}

Result<bool> FaultyFileAttributes::exists(int dirFd, const char* name)
{
    return through(m_plan, "statx", name, 0, [&] { return ForwardingFileAttributes::exists(dirFd, name); });
}

Result<FileSystemSpace> FaultyFileAttributes::space(int fd)
{
    return through(m_plan, "fstatfs", "", 0, [&] { return ForwardingFileAttributes::space(fd); });
}

Result<void> FaultyFileAttributes::access(int dirFd, const char* name, AccessMode mode)
{
    return through(m_plan, "faccessat2", name, 0, [&] { return ForwardingFileAttributes::access(dirFd, name, mode); });
}

Result<std::optional<std::string>> FaultyFileAttributes::extendedAttribute(int fd, const char* name)
{
    return through(m_plan, "getxattr", name, 0, [&] { return ForwardingFileAttributes::extendedAttribute(fd, name); });
}

Result<void> FaultyFileAttributes::setExtendedAttribute(int fd, const char* name, const std::string& value)
{
    return through(m_plan, "setxattr", name, 0,
                   [&] { return ForwardingFileAttributes::setExtendedAttribute(fd, name, value); });
}

Result<void> FaultyFileAttributes::removeExtendedAttribute(int fd, const char* name)
{
    return through(m_plan, "removexattr", name, 0,
                   [&] { return ForwardingFileAttributes::removeExtendedAttribute(fd, name); });
}

Result<QuotaNumbers> FaultyFileAttributes::quota(int fd, const char* device, QuotaType type, std::uint32_t id)
{
    return through(m_plan, "quotactl", device, 0,
                   [&] { return ForwardingFileAttributes::quota(fd, device, type, id); });
}

Result<ProjectNumbers> FaultyFileAttributes::project(int fd)
{
    return through(m_plan, "ioctl(FS_IOC_FSGETXATTR)", "", 0, [&] { return ForwardingFileAttributes::project(fd); });
}

Result<bool> FaultyFileAttributes::isSubvolumeReadOnly(int fd)
{
    return through(m_plan, "ioctl(BTRFS_IOC_SUBVOL_GETFLAGS)", "", 0,
                   [&] { return ForwardingFileAttributes::isSubvolumeReadOnly(fd); });
}

Result<bool> FaultyFileAttributes::isSubvolumeReceived(int fd)
{
    return through(m_plan, "ioctl(BTRFS_IOC_GET_SUBVOL_INFO)", "", 0,
                   [&] { return ForwardingFileAttributes::isSubvolumeReceived(fd); });
}

Result<ChildProcess> FaultyProcesses::start(const std::vector<std::string>& arguments)
{
    return through(m_plan, "posix_spawn", arguments.front().c_str(), 0,
                   [&] { return ForwardingProcesses::start(arguments); });
}

Result<ChildProcess> FaultyProcesses::startCopy(const std::function<int()>& body, const std::string& title)
{
    return through(m_plan, "fork", title.c_str(), 0, [&] { return ForwardingProcesses::startCopy(body, title); });
}

Result<void> FaultyProcesses::sendSignal(int pidFd, int signal)
{
    return through(m_plan, "pidfd_send_signal", "", 0, [&] { return ForwardingProcesses::sendSignal(pidFd, signal); });
}

Result<std::optional<ExitStatus>> FaultyProcesses::reap(int pidFd)
{
    return through(m_plan, "waitid", "", 0, [&] { return ForwardingProcesses::reap(pidFd); });
}

Result<UniqueFd> FaultyProcesses::openProcess(int pid)
{
    return through(m_plan, "pidfd_open", "", 0, [&] { return ForwardingProcesses::openProcess(pid); });
}

Result<int> FaultyProcesses::waitFor(std::span<WatchedFd> watched, Nanoseconds timeout)
{
    return through(m_plan, "ppoll", "", 0, [&] { return ForwardingProcesses::waitFor(watched, timeout); });
}

Result<UniqueFd> FaultyProcesses::makeNotifier()
{
    return through(m_plan, "eventfd", "", 0, [&] { return ForwardingProcesses::makeNotifier(); });
}

Result<std::vector<int>> FaultyProcesses::all()
{
    return through(m_plan, "getdents64", "/proc", 0, [&] { return ForwardingProcesses::all(); });
}

Result<std::uint64_t> FaultyProcesses::pidNamespace()
{
    return through(m_plan, "stat", "", 0, [&] { return ForwardingProcesses::pidNamespace(); });
}

Result<std::optional<UserAccount>> FaultyProcesses::userAccount(const std::string& name)
{
    return through(m_plan, "getpwnam_r", name.c_str(), 0, [&] { return ForwardingProcesses::userAccount(name); });
}

Result<std::optional<UserAccount>> FaultyProcesses::userAccountOf(std::uint32_t uid)
{
    return through(m_plan, "getpwuid_r", "", 0, [&] { return ForwardingProcesses::userAccountOf(uid); });
}

} // namespace scratchproof::test
