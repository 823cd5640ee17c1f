// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/system/system.h"

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace scratchproof {

/// A directory that was opened from its parent without leaving it.
struct OpenedFolder
{
    UniqueFd fd;
    FileStatus status;
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

/// What happens to what a walk meets.
class TreeVisitor
{
public:
    virtual ~TreeVisitor() = default;
    /// Anything but a directory. An Error counts as a problem of the walk; ENOENT does not, EISDIR makes it a
    /// directory.
    [[nodiscard]] virtual Result<void> file(int directory, const char* name) = 0;
    /// A directory below the top was opened, before its entries.
    virtual void entered(const FileStatus& folder) = 0;
    /// Its entries are through, none of them with a problem, and it is closed. ENOTEMPTY has it walked again, at most
    /// three times.
    [[nodiscard]] virtual Result<void> left(int parent, const char* name) = 0;
};

struct WalkRules
{
    /// An entry of the top that is passed over; nullptr: none.
    const char* passOver = nullptr;
    /// Our own directories without owner's rights are given them.
    bool openUp = false;
};

/// What a walk could not do. It goes on past each problem; the list is bounded, the count is not.
struct WalkProblems
{
    std::vector<Error> list; // with full paths; of the first kMost
    std::uint64_t count = 0;
    std::size_t textSize = 0;
    static constexpr std::size_t kMost = 200;
    static constexpr std::size_t kMostText = std::size_t{1} << 20U;
    void add(Error error);
};

struct WalkOutcome
{
    WalkProblems problems;
    bool cancelled = false;
};

/// Walks everything below an open directory, depth first and on a list instead of the stack, so that any depth will do,
/// with at most 18 descriptors: those of directories further up are closed, and opened again as ".." of the last one,
/// which must then be the directory that was left (device, inode and mount). `path` is that of `top`, for problems
/// only.
[[nodiscard]] WalkOutcome walkTree(System& system, int top, const Path& path, const WalkRules& rules,
                                   TreeVisitor& visitor, std::stop_token stop);

} // namespace scratchproof
