// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/system/system.h"

#include <cstdint>
#include <optional>

namespace scratchproof {

/// For reading a directory that is no symbolic link.
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

/// A directory that was opened from its parent without leaving it.
struct OpenedFolder
{
    UniqueFd fd;
    FileStatus status;
    std::optional<std::uint32_t> closedMode; // that it had, where it was opened up
};

/// Opens the directory `name` (one component) of an open directory for reading: never through a symbolic link (ELOOP or
/// ENOTDIR), never across a mount (EXDEV), a bind mount of the same file system included. By openat2(2); where the
/// kernel has none (ENOSYS before Linux 5.6, or a filter that answers EPERM), or does not know what is asked (EINVAL,
/// E2BIG), by openat(2) with O_NOFOLLOW and a comparison of mount ids, which /proc/self/fdinfo gives where statx(2)
/// does not (before 5.8). `openUp`: our own directory without owner's rights is given them (0700) through its
/// descriptor first.
[[nodiscard]] Result<OpenedFolder> openFolderBelow(System& system, int parent, const FileStatus& parentStatus,
                                                   const char* name, bool openUp);

/// The id of the mount that an open file is on; nothing where neither statx(2) nor /proc says.
[[nodiscard]] std::optional<std::uint64_t> mountIdOf(System& system, int fd, const FileStatus& status);

} // namespace scratchproof
