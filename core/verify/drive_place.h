// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/text.h"
#include "core/base/unique_fd.h"
#include "core/facts/mount_role.h"
#include "core/facts/storage.h"
#include "core/system/system.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scratchproof {

/// The drive that a folder is on.
struct DrivePlace
{
    Path folder; // without links
    Mount mount;
    MountRole role = MountRole::Unknown;
    std::optional<DeviceNumber> device; // of the partition; nothing where the file system has none
    std::optional<DeviceNumber> disk;   // the whole one
    FileSystemSpace space;
    std::vector<StorageTrait> storage; // as storageTraits() tells
};

/// An Error of what the user may not ask for: "bad-input", with what was expected.
[[nodiscard]] tl::unexpected<Error> refuseCheck(const Path& folder, std::string why);

/// "bad-input" where there is no such folder, "folder-unusable" where it cannot be opened.
[[nodiscard]] Result<UniqueFd> openAskedFolder(System& system, const Path& folder, int flags);

/// `fd` is the folder's. "bad-input" where it lies in this computer's memory. Blocks as long as the drive does.
[[nodiscard]] Result<DrivePlace> placeOfDrive(System& system, const MountTable& mounts, const Path& folder, int fd);

/// The same of a folder that is not open yet; reads `mounts` anew. Errors of both of the above.
[[nodiscard]] Result<DrivePlace> findDrive(System& system, MountTable& mounts, const Path& folder);

/// The whole drive below a mount; nothing where it has none.
[[nodiscard]] std::optional<DeviceNumber> diskBelow(System& system, const Mount& mount);

/// Bytes to be left free there: on the system's own file systems, and on that of the registry, 5 % and 1 GiB at least.
/// "bad-input" where that is what it is, and the user did not allow it.
[[nodiscard]] Result<std::uint64_t> bytesToLeave(System& system, const MountTable& mounts, const DrivePlace& place,
                                                 const Path& folder, bool allowSystem);

/// Whether O_DIRECT reaches the drive itself there; not on network and FUSE file systems.
[[nodiscard]] bool isDirectlyReached(const Mount& mount);

} // namespace scratchproof
