// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"
#include "core/system/system.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

/// How a scratch directory is used.
enum class Use : std::uint8_t {
    WorkingDirectory,
    RootDirectory, // chroot(2)
    Executable,
    OpenFile, // or an open directory, O_PATH included; unlinked files count
    MappedFile,
    Mount, // see ShownPlaces::usedByMountOf()
    LoopDevice,
    SwapFile,
};

/// "working-directory", "root-directory", "executable", "open-file", "mapped-file", "mount", "loop-device",
/// "swap-file".
[[nodiscard]] std::string_view toString(Use use);

struct UserOfDirectory
{
    int pid = 0;      // 0: a mount of our own namespace, a loop device or a swap file, which no process stands for
    std::string name; // /proc/PID/comm; without a process the mount point, "/dev/loop3", or the file
    Use how = Use::OpenFile;
};

/// What uses the open directory `folder` (O_PATH or not) or something below it: processes of those that /proc lets us
/// look into (our own user's, those in our own user namespaces; for root all of this PID namespace), each once, with
/// the first use that was found; and then mounts, loop devices and swap files. Never this process, nor another prober
/// of this program unless that works in it: it looks, as we do. Whoever holds its lock is a user like others.
///
/// By the file system, the path inside it and the mount's id, in every mount namespace: see ShownPlaces, and
/// docs/decisions/in-use.md for what cannot be seen. `path` is what it is called where /proc does not tell.
/// Reads /proc and /sys, and touches nothing but what lies on the directory's own file system: a file that somebody has
/// open on a dead share does not hold it up. At most `most` are returned; mapped files, which take longest, are looked
/// for only where nothing else was found. Blocks. Nothing is returned as an error: what cannot be read has no users.
[[nodiscard]] std::vector<UserOfDirectory> usersOf(System& system, int folder, const Path& path, std::size_t most = 20);

/// Whether `other` is the open directory `folder` or lies below it, by whatever mount it is reached. `other` is
/// absolute, and without symbolic links, as getcwd(2) gives it. By the mounts first, and then, if `other` is on the
/// same file system, by device and inode of each folder above it; touches no other file system. One that is not there
/// does not lie in it unless its name says so.
[[nodiscard]] bool liesIn(System& system, int folder, const Path& folderPath, const Path& other);

} // namespace scratchproof
