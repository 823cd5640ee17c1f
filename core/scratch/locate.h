// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scratch/marker.h"
#include "core/scratch/registry.h"
#include "core/scratch/tree_walk.h"

#include <string>

namespace scratchproof {

/// How what is on the disk compares with what is registered.
enum class Agreement : std::uint8_t {
    Agrees,  // marker, file system, and inode where inodes last
    Hollow,  // ours by all but the marker, and empty (but for a marker that was not written to its end): creation or
             // removal was interrupted. That marker may be removed, and it may be rmdir'ed, nothing else
    Gone,    // its file system is here, and there is nothing of that name
    NotOurs, // something of that name that does not agree
    Offline, // another file system is in that place, or none
    Unknown, // the system did not let us look
};

/// A registered directory as it was found: opened, so that everything else is relative to it.
struct Located
{
    Agreement agreement = Agreement::Unknown;
    Path at; // where it was looked for, or found
    bool inQuarantine = false;
    std::string reason;               // English; of all but Agrees
    UniqueFd parent;                  // O_PATH; where it could be opened
    std::string name;                 // in parent
    std::string fileSystem;           // its type; where the folder above could be looked at
    OpenedFolder folder;              // where Agrees or Hollow
    Marker marker;                    // where Agrees
    bool hasUnfinishedMarker = false; // where Hollow
};

/// Opens the directory of `record`, in its place or in its quarantine, and compares. Looks at both where one of them
/// does not have it: a move may have been interrupted before the registry learnt of it. Never follows a symbolic link
/// in its last place. Changes nothing. Blocks.
[[nodiscard]] Located locate(System& system, const ScratchRecord& record);

/// Why an open directory must never be removed, whatever its marker says: "/", a mount's top, the home, or above the
/// home, the working directory or `registry`. Empty: it may be. Compares device and inode, not names.
[[nodiscard]] std::string whyProtected(System& system, const OpenedFolder& folder, int parent, const Path& registry);

/// Where an open file is, without symbolic links (/proc/self/fd); and the same for a path, which is opened with O_PATH.
[[nodiscard]] Result<Path> pathOf(System& system, int fd);
[[nodiscard]] Result<Path> canonicalPath(System& system, const Path& path);

/// What must be the same between a preview and the removal: device, inode and identity.
[[nodiscard]] std::string confirmationToken(const FileStatus& status, const std::string& id);

} // namespace scratchproof
