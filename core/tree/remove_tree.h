// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tree/tree_walk.h"

#include <cstdint>
#include <functional>
#include <stop_token>

namespace scratchproof {

struct RemovalProgress
{
    std::uint64_t entries = 0; // removed
    std::uint64_t bytes = 0;   // of the disk, freed; a file with another hard link elsewhere frees none
};

struct Removal
{
    RemovalProgress done;
    WalkProblems kept;   // what could not be removed, and why
    MarkedFolders apart; // of that: the scratch directories inside (ErrorKind::ForeignMarker)
    bool cancelled = false;
    [[nodiscard]] bool complete() const { return kept.count == 0 && !cancelled; }
};

/// Removes everything in an open directory (opened for reading), but not the directory itself and not its entry
/// `except` (nullptr: nothing is excepted). Relative to descriptors only, never through a symbolic link, never across a
/// mount; directories of our own without rights for the owner are opened up through their descriptors. Goes on past
/// errors, and can be run again. `path` is that of the directory, for the list of what was kept. `progress` is called
/// every 100 ms at most often, in the calling thread. `threads` work on a large tree, the calling one included; 0: as
/// many as there are processors, at most four. `system` is used by all of them.
/// A directory below that has an entry of the marker's name (kMarkerName), whatever that is, is a scratch directory of
/// its own: it stays untouched with all that is in it, and so do the directories that it lies in; what is beside it
/// goes. That name is looked for in each directory before its first entry is removed; one where that cannot be told
/// (EACCES, EIO) stays too, with that Error. A marker that is put into a directory while it is emptied is met when it
/// is listed; what was removed before is gone. A directory that fills again is emptied again three times, and so is the
/// top; then it is kept, with ENOTEMPTY.
[[nodiscard]] Removal removeContents(System& system, int directory, const Path& path, const char* except,
                                     std::stop_token stop, const std::function<void(const RemovalProgress&)>& progress,
                                     unsigned threads = 0);

} // namespace scratchproof
