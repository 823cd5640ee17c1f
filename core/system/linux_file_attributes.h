// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/file_attributes.h"

namespace scratchproof {

/// FileAttributes as Linux does them. Stateless.
class LinuxFileAttributes final : public FileAttributes
{
public:
    Result<FileStatus> status(int fd) override;
    Result<FileStatus> statusAt(int dirFd, const char* name) override;
    Result<FileStatus> statusFollowing(int dirFd, const char* name) override;
    Result<bool> exists(int dirFd, const char* name) override;
    Result<FileSystemSpace> space(int fd) override;
    Result<void> access(int dirFd, const char* name, AccessMode mode) override;
    Result<std::optional<std::string>> extendedAttribute(int fd, const char* name) override;
    Result<void> removeExtendedAttribute(int fd, const char* name) override;
    Result<void> setExtendedAttribute(int fd, const char* name, const std::string& value) override;
    Result<QuotaNumbers> quota(int fd, const char* device, QuotaType type, std::uint32_t id) override;
    Result<ProjectNumbers> project(int fd) override;
    Result<bool> isSubvolumeReadOnly(int fd) override;
    Result<bool> isSubvolumeReceived(int fd) override;
    VolumeNames volumeNames(int fd) override;
};

} // namespace scratchproof
