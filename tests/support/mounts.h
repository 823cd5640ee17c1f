// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace scratchproof::test {

/// What a test program needs of its machine.
enum class Needs { Nothing, Root, PrivateMounts };

/// To be called first in main(), while there is one thread. PrivateMounts gives this process a mount namespace of its
/// own: whatever it mounts is seen by it and its children only, and is gone with them. Returns 0 to go on; else what
/// main() has to return: 77 (skipped, the reason is printed) where this is not root, 1 where root is refused it.
[[nodiscard]] int prepare(Needs needs);

/// A mount at `folder`, taken off in the destructor (lazily, so that nothing blocks).
class MountedFolder
{
public:
    MountedFolder(const std::string& type, const std::string& source, const Path& folder, const std::string& options);
    ~MountedFolder();
    MountedFolder(const MountedFolder&) = delete;
    MountedFolder& operator=(const MountedFolder&) = delete;

    [[nodiscard]] const Path& path() const { return m_path; }
    /// mount -o remount,OPTIONS
    void remount(const std::string& options) const;

private:
    Path m_path;
};

[[nodiscard]] std::unique_ptr<MountedFolder> mountTmpfs(const Path& folder, const std::string& options = "mode=0755");

/// A file system in a sparse file, through a loop device that the kernel takes away with the mount.
/// `type`: ext4, xfs, btrfs; `image` lies best on tmpfs. `makeArguments` go to mkfs.
[[nodiscard]] std::unique_ptr<MountedFolder> mountImage(const std::string& type, const Path& image, std::uint64_t bytes,
                                                        const Path& folder,
                                                        const std::vector<std::string>& makeArguments = {},
                                                        const std::string& options = "rw");

/// A squashfs image of the folder `content`.
[[nodiscard]] std::unique_ptr<MountedFolder> mountSquashfs(const Path& content, const Path& image, const Path& folder);

/// Writes zeros into a file of its own until the disk is full for this process's user. Returns the file's path.
Path fillUp(const Path& folder);

} // namespace scratchproof::test
