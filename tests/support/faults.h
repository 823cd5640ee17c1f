// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/forwarding.h"

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace scratchproof::test {

/// One call that went through the seam.
struct Call
{
    std::string call;      // the system call as the seam's errors name it: "openat", "unlinkat", "rmdir", "statx", ...
    std::string name;      // the name it was given, empty for calls on a descriptor
    int flags = 0;         // of openat and renameat2
    std::size_t index = 0; // among all calls, from 1
    std::size_t nth = 0;   // among the calls of this kind, from 1

    [[nodiscard]] bool creates() const { return (flags & O_CREAT) != 0; }
};

/// How a call goes wrong.
struct Fault
{
    enum class Kind {
        Instead, // nothing is done, the error is given
        After,   // it is done, and the error is given all the same
        Short,   // reads and writes half of what was asked (at least a byte), without an error
        Nothing, // a read at its end, a write of 0 bytes; an unlink that is not done: success all the same
        Flipped, // a bit of what was read is another
    };
    int code = 0;
    Kind kind = Kind::Instead;
};

/// Decides which calls go wrong, and keeps a record of all of them. Shared by the faulty parts below. Threads may make
/// calls side by side, as those of a removal do: a rule is asked for one call at a time. set(), heal() and the record
/// are for while no call is made.
class FaultPlan
{
public:
    using Rule = std::function<std::optional<Fault>(const Call&)>;

    /// Replaces the rule and forgets the record.
    void set(Rule rule);
    /// Nothing goes wrong any more; the record stays.
    void heal() { m_rule = {}; }
    [[nodiscard]] const std::vector<Call>& calls() const { return m_calls; }
    /// Calls that went wrong so far.
    [[nodiscard]] std::size_t faults() const { return m_faults; }

    [[nodiscard]] std::optional<Fault> enter(const char* call, const char* name, int flags = 0);

private:
    std::mutex m_mutex;
    Rule m_rule;
    std::vector<Call> m_calls;
    std::map<std::string, std::size_t> m_counts;
    std::size_t m_faults = 0;
};

/// Rules: the call of this number goes wrong; the nth of a kind; every one of a kind.
[[nodiscard]] FaultPlan::Rule failCallNumber(std::size_t index, Fault fault);
[[nodiscard]] FaultPlan::Rule failNth(std::string call, std::size_t nth, Fault fault);
[[nodiscard]] FaultPlan::Rule failEvery(std::string call, Fault fault);

class FaultyFiles : public ForwardingFiles
{
public:
    FaultyFiles(Files& target, FaultPlan& plan) : ForwardingFiles(target), m_plan(plan) {}

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
    Result<void> changeModeOfPathFd(int pathFd, std::uint32_t mode) override; // "chmod"
    Result<bool> tryLock(int fd, LockMode mode) override;
    Result<bool> tryRangeLock(int fd, LockMode mode) override; // "fcntl"
    Result<void> allocate(int fd, std::uint64_t length) override;
    Result<void> reserve(int fd, std::uint64_t length) override;
    Result<void> writeMapped(int fd, std::span<const std::byte> from) override; // "mmap"
    Result<void> changeTimes(int fd, Nanoseconds accessed, Nanoseconds modified) override;
    Result<UniqueFd> watchCreations(int dirFd) override;              // "inotify_add_watch"
    Result<bool> sawCreation(int watchFd, const char* name) override; // "inotify"
    Result<std::optional<std::uint64_t>> fileSizeLimit() override;
    Result<std::size_t> readEntries(int dirFd, std::span<std::byte> buffer) override;
    Result<void> rewind(int fd) override; // "lseek"
    Result<UniqueFd> duplicate(int fd) override;

private:
    FaultPlan& m_plan;
};

class FaultyFileAttributes : public ForwardingFileAttributes
{
public:
    FaultyFileAttributes(FileAttributes& target, FaultPlan& plan) : ForwardingFileAttributes(target), m_plan(plan) {}

    Result<FileStatus> status(int fd) override;
    Result<FileStatus> statusAt(int dirFd, const char* name) override;
    Result<FileStatus> statusFollowing(int dirFd, const char* name) override;
    Result<bool> exists(int dirFd, const char* name) override;
    Result<FileSystemSpace> space(int fd) override;
    Result<void> access(int dirFd, const char* name, AccessMode mode) override;
    Result<std::optional<std::string>> extendedAttribute(int fd, const char* name) override;
    Result<void> setExtendedAttribute(int fd, const char* name, const std::string& value) override;
    Result<void> removeExtendedAttribute(int fd, const char* name) override;
    Result<QuotaNumbers> quota(int fd, const char* device, QuotaType type, std::uint32_t id) override;
    Result<ProjectNumbers> project(int fd) override;   // "ioctl(FS_IOC_FSGETXATTR)"
    Result<bool> isSubvolumeReadOnly(int fd) override; // "ioctl(BTRFS_IOC_SUBVOL_GETFLAGS)"
    Result<bool> isSubvolumeReceived(int fd) override; // "ioctl(BTRFS_IOC_GET_SUBVOL_INFO)"

private:
    FaultPlan& m_plan;
};

class FaultyProcesses : public ForwardingProcesses
{
public:
    FaultyProcesses(Processes& target, FaultPlan& plan) : ForwardingProcesses(target), m_plan(plan) {}

    Result<ChildProcess> start(const std::vector<std::string>& arguments) override; // "posix_spawn"
    Result<ChildProcess> startCopy(const std::function<int()>& body, const std::string& title) override; // "fork"
    Result<void> sendSignal(int pidFd, int signal) override;                          // "pidfd_send_signal"
    Result<std::optional<ExitStatus>> reap(int pidFd) override;                       // "waitid"
    Result<UniqueFd> openProcess(int pid) override;                                   // "pidfd_open"
    Result<int> waitFor(std::span<WatchedFd> watched, Nanoseconds timeout) override;  // "ppoll"
    Result<UniqueFd> makeNotifier() override;                                         // "eventfd"
    Result<std::vector<int>> all() override;                                          // "getdents64" of /proc
    Result<std::uint64_t> pidNamespace() override;                                    // "stat"
    Result<std::optional<UserAccount>> userAccount(const std::string& name) override; // "getpwnam_r"
    Result<std::optional<UserAccount>> userAccountOf(std::uint32_t uid) override;     // "getpwuid_r"

private:
    FaultPlan& m_plan;
};

/// A whole system with faulty files and attributes, over the real one; its processes are sound.
struct FaultySystem
{
    FaultPlan plan;
    FaultyFiles files{linuxSystem().files, plan};
    FaultyFileAttributes attributes{linuxSystem().attributes, plan};
    System system{files, attributes, linuxSystem().processes, linuxSystem().clock};
};

} // namespace scratchproof::test
