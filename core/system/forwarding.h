// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/system.h"

#include <utility>

namespace scratchproof {

/// Passes every call on. A test derives from it and overrides the one call that is to fail.
class ForwardingFiles : public Files
{
public:
    explicit ForwardingFiles(Files& target) : m_target(target) {}

    Result<UniqueFd> open(int dirFd, const char* name, int flags, std::uint32_t mode = 0) override
    {
        return m_target.open(dirFd, name, flags, mode);
    }
    Result<UniqueFd> openBeneath(int dirFd, const char* name, int flags, BeneathRules rules) override
    {
        return m_target.openBeneath(dirFd, name, flags, rules);
    }
    Result<void> close(UniqueFd fd) override { return m_target.close(std::move(fd)); }
    Result<std::size_t> read(int fd, std::span<std::byte> into) override { return m_target.read(fd, into); }
    Result<std::size_t> readAt(int fd, std::span<std::byte> into, std::uint64_t offset) override
    {
        return m_target.readAt(fd, into, offset);
    }
    Result<std::size_t> write(int fd, std::span<const std::byte> from) override { return m_target.write(fd, from); }
    Result<std::size_t> writeAt(int fd, std::span<const std::byte> from, std::uint64_t offset) override
    {
        return m_target.writeAt(fd, from, offset);
    }
    Result<void> sync(int fd) override { return m_target.sync(fd); }
    Result<void> dropCachedPages(int fd) override { return m_target.dropCachedPages(fd); }
    Result<void> truncate(int fd, std::uint64_t size) override { return m_target.truncate(fd, size); }
    Result<void> unlink(int dirFd, const char* name) override { return m_target.unlink(dirFd, name); }
    Result<void> removeDirectory(int dirFd, const char* name) override { return m_target.removeDirectory(dirFd, name); }
    Result<void> makeDirectory(int dirFd, const char* name, std::uint32_t mode) override
    {
        return m_target.makeDirectory(dirFd, name, mode);
    }
    Result<void> rename(int fromDirFd, const char* from, int toDirFd, const char* to, unsigned flags) override
    {
        return m_target.rename(fromDirFd, from, toDirFd, to, flags);
    }
    Result<void> makeSymbolicLink(const char* target, int dirFd, const char* name) override
    {
        return m_target.makeSymbolicLink(target, dirFd, name);
    }
    Result<void> makeHardLink(int fromDirFd, const char* from, int toDirFd, const char* to) override
    {
        return m_target.makeHardLink(fromDirFd, from, toDirFd, to);
    }
    Result<Path> readLink(int dirFd, const char* name) override { return m_target.readLink(dirFd, name); }
    Result<void> changeMode(int fd, std::uint32_t mode) override { return m_target.changeMode(fd, mode); }
    Result<void> changeModeOfPathFd(int pathFd, std::uint32_t mode) override
    {
        return m_target.changeModeOfPathFd(pathFd, mode);
    }
    Result<bool> tryLock(int fd, LockMode mode) override { return m_target.tryLock(fd, mode); }
    Result<bool> tryRangeLock(int fd, LockMode mode) override { return m_target.tryRangeLock(fd, mode); }
    Result<void> allocate(int fd, std::uint64_t length) override { return m_target.allocate(fd, length); }
    Result<void> reserve(int fd, std::uint64_t length) override { return m_target.reserve(fd, length); }
    Result<void> writeMapped(int fd, std::span<const std::byte> from) override
    {
        return m_target.writeMapped(fd, from);
    }
    Result<void> changeTimes(int fd, Nanoseconds accessed, Nanoseconds modified) override
    {
        return m_target.changeTimes(fd, accessed, modified);
    }
    Result<UniqueFd> watchCreations(int dirFd) override { return m_target.watchCreations(dirFd); }
    Result<bool> sawCreation(int watchFd, const char* name) override { return m_target.sawCreation(watchFd, name); }
    Result<std::optional<std::uint64_t>> fileSizeLimit() override { return m_target.fileSizeLimit(); }
    Result<std::size_t> readEntries(int dirFd, std::span<std::byte> buffer) override
    {
        return m_target.readEntries(dirFd, buffer);
    }
    Result<void> rewind(int fd) override { return m_target.rewind(fd); }
    Result<UniqueFd> duplicate(int fd) override { return m_target.duplicate(fd); }

private:
    Files& m_target;
};

class ForwardingFileAttributes : public FileAttributes
{
public:
    explicit ForwardingFileAttributes(FileAttributes& target) : m_target(target) {}

    Result<FileStatus> status(int fd) override { return m_target.status(fd); }
    Result<FileStatus> statusAt(int dirFd, const char* name) override { return m_target.statusAt(dirFd, name); }
    Result<FileStatus> statusFollowing(int dirFd, const char* name) override
    {
        return m_target.statusFollowing(dirFd, name);
    }
    Result<bool> exists(int dirFd, const char* name) override { return m_target.exists(dirFd, name); }
    Result<FileSystemSpace> space(int fd) override { return m_target.space(fd); }
    Result<void> access(int dirFd, const char* name, AccessMode mode) override
    {
        return m_target.access(dirFd, name, mode);
    }
    Result<std::optional<std::string>> extendedAttribute(int fd, const char* name) override
    {
        return m_target.extendedAttribute(fd, name);
    }
    Result<void> removeExtendedAttribute(int fd, const char* name) override
    {
        return m_target.removeExtendedAttribute(fd, name);
    }
    Result<void> setExtendedAttribute(int fd, const char* name, const std::string& value) override
    {
        return m_target.setExtendedAttribute(fd, name, value);
    }
    Result<QuotaNumbers> quota(int fd, const char* device, QuotaType type, std::uint32_t id) override
    {
        return m_target.quota(fd, device, type, id);
    }
    Result<ProjectNumbers> project(int fd) override { return m_target.project(fd); }
    Result<bool> isSubvolumeReadOnly(int fd) override { return m_target.isSubvolumeReadOnly(fd); }
    Result<bool> isSubvolumeReceived(int fd) override { return m_target.isSubvolumeReceived(fd); }
    VolumeNames volumeNames(int fd) override { return m_target.volumeNames(fd); }

private:
    FileAttributes& m_target;
};

class ForwardingClock : public ClockSource
{
public:
    explicit ForwardingClock(ClockSource& target) : m_target(target) {}
    Nanoseconds monotonic() override { return m_target.monotonic(); }
    Nanoseconds wall() override { return m_target.wall(); }
    Nanoseconds sinceBoot() override { return m_target.sinceBoot(); }
    bool isSynchronized() override { return m_target.isSynchronized(); }

private:
    ClockSource& m_target;
};

class ForwardingProcesses : public Processes
{
public:
    explicit ForwardingProcesses(Processes& target) : m_target(target) {}

    Result<ChildProcess> start(const std::vector<std::string>& arguments) override { return m_target.start(arguments); }
    Result<ChildProcess> startCopy(const std::function<int()>& body, const std::string& title) override
    {
        return m_target.startCopy(body, title);
    }
    Result<void> sendSignal(int pidFd, int signal) override { return m_target.sendSignal(pidFd, signal); }
    Result<std::optional<ExitStatus>> reap(int pidFd) override { return m_target.reap(pidFd); }
    Result<UniqueFd> openProcess(int pid) override { return m_target.openProcess(pid); }
    Result<int> waitFor(std::span<WatchedFd> watched, Nanoseconds timeout) override
    {
        return m_target.waitFor(watched, timeout);
    }
    Result<UniqueFd> makeNotifier() override { return m_target.makeNotifier(); }
    void notify(int notifier) override { m_target.notify(notifier); }
    void acknowledge(int notifier) override { m_target.acknowledge(notifier); }
    ProcessIdentity self() override { return m_target.self(); }
    std::optional<std::uint64_t> startTime(int pid) override { return m_target.startTime(pid); }
    Result<std::vector<int>> all() override { return m_target.all(); }
    Result<std::uint64_t> pidNamespace() override { return m_target.pidNamespace(); }
    std::uint32_t userId() override { return m_target.userId(); }
    std::uint32_t groupId() override { return m_target.groupId(); }
    std::vector<std::uint32_t> groups() override { return m_target.groups(); }
    std::optional<std::string> userName(std::uint32_t uid) override { return m_target.userName(uid); }
    std::optional<std::string> groupName(std::uint32_t gid) override { return m_target.groupName(gid); }
    Result<std::optional<UserAccount>> userAccount(const std::string& name) override
    {
        return m_target.userAccount(name);
    }
    std::vector<std::uint32_t> accountGroups(const std::string& user, std::uint32_t gid) override
    {
        return m_target.accountGroups(user, gid);
    }
    Result<std::optional<UserAccount>> userAccountOf(std::uint32_t uid) override { return m_target.userAccountOf(uid); }
    ResourceLimits limits() override { return m_target.limits(); }
    void fillRandom(std::span<std::byte> into) override { m_target.fillRandom(into); }

private:
    Processes& m_target;
};

} // namespace scratchproof
