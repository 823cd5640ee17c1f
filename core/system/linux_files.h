// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/files.h"

namespace scratchproof {

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
    Result<void> writeMapped(int fd, std::span<const std::byte> from) override;
    Result<void> changeTimes(int fd, Nanoseconds accessed, Nanoseconds modified) override;
    Result<UniqueFd> watchCreations(int dirFd) override;
    Result<bool> sawCreation(int watchFd, const char* name) override;
    Result<std::optional<std::uint64_t>> fileSizeLimit() override;
    Result<std::size_t> readEntries(int dirFd, std::span<std::byte> buffer) override;
    Result<void> rewind(int fd) override;
    Result<UniqueFd> duplicate(int fd) override;
};

} // namespace scratchproof
