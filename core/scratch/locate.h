// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scratch/marker.h"
#include "core/scratch/registry.h"
#include "core/tree/tree_walk.h"

#include <string>

namespace scratchproof {

/// How what is on the disk compares with what is registered.
enum class Agreement : std::uint8_t {
    Agrees,  // marker, file system, and inode where inodes last
    Hollow,  // ours by all but the marker, and empty (but for a marker that was not written to its end): creation or
             // removal was interrupted, or a command took the marker away. That marker may be removed, and it may be
             // rmdir'ed, nothing else
    Gone,    // the very folder that it was in was looked into, and there is nothing of that name; or it was in memory
             // before the computer was started anew
    NotOurs, // something of that name that does not agree
    Offline, // another file system or folder is in that place, or none
    Unknown, // the system did not let us look
};

/// A registered directory as it was found: opened, so that everything else is relative to it.
struct Located
{
    Agreement agreement = Agreement::Unknown;
    Path at; // where it was looked for, or found
    bool inQuarantine = false;
    Reason reason;                    // of all but Agrees
    UniqueFd parent;                  // O_PATH; where it could be opened
    std::string name;                 // in parent
    std::string fileSystem;           // its type; where the folder above could be looked at
    PlaceIdentity place;              // of the folder above; where that could be looked at
    OpenedFolder folder;              // where Agrees or Hollow
    Marker marker;                    // where Agrees
    bool hasUnfinishedMarker = false; // where Hollow
    bool isClosed = false;            // where Unknown: its owner took his own rights to it away
};

/// What locate() may do about a directory of ours, in its place and with its inode, whose owner may not enter it or
/// read its marker (chmod 000).
enum class ClosedOnes : std::uint8_t {
    Leave,
    OpenUp // gives the owner his rights back
};

/// Opens the directory of `record`, in its place or in its quarantine, and compares. Looks at both where one of them
/// does not have it: a move may have been interrupted before the registry learnt of it. Never follows a symbolic link
/// in its last place. Changes nothing but with OpenUp. Blocks.
[[nodiscard]] Located locate(System& system, const ScratchRecord& record, ClosedOnes closed = ClosedOnes::Leave);

/// Why an open directory must never be removed or moved, whatever its marker says: "/", a mount's top, the home, or
/// above the home, `registry` or `working`, the folder that the user works in ("": none). Empty: it may be. Compares
/// device and inode, not names.
[[nodiscard]] Reason whyProtected(System& system, const OpenedFolder& folder, int parent, const Path& registry,
                                  const Path& working);

/// Where an open file is, without symbolic links (/proc/self/fd); and the same for a path, which is opened with O_PATH.
[[nodiscard]] Result<Path> pathOf(System& system, int fd);
[[nodiscard]] Result<Path> canonicalPath(System& system, const Path& path);

/// What must be the same between a preview and the removal: device, inode and identity.
[[nodiscard]] std::string confirmationToken(const FileStatus& status, const std::string& id);

} // namespace scratchproof
