// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tree/tree_walk.h"

#include <functional>
#include <stop_token>

namespace scratchproof {

/// What is in a directory.
struct Measure
{
    std::uint64_t bytes = 0;       // on disk; a file with several hard links counts once
    std::uint64_t files = 0;       // everything that is no directory, without the entry that is passed over
    std::uint64_t directories = 0; // below the scratch directory
    Nanoseconds newest =
        0; // the newest modification of anything but a directory, wall clock of the file system; 0: none
    friend bool operator==(const Measure&, const Measure&) = default;
};

struct TreeMeasure
{
    Measure measure;
    Path newestPath; // what measure.newest belongs to (of several the one furthest up, then the first by name); empty
                     // where there is nothing
    /// The newest of all times of last modification (mtime) and of last change (ctime) below the top, of files of any
    /// type and of directories: 0 where there is nothing. See below.
    Nanoseconds changed = 0;
    Path changedPath;    // what `changed` belongs to (of several the one furthest up, then the first by name)
    MarkedFolders apart; // scratch directories inside; what is in them is counted all the same
    WalkProblems unseen; // what could not be looked at: directories without rights, mounts that are in the way
    bool cancelled = false;
};

/// Counts what is in an open directory, without the entry `except` at its top: bytes on disk (hard links once), files,
/// directories, and the newest change. Follows no symbolic link and crosses no mount; changes nothing. `progress` and
/// `threads` as in removeContents(). A directory inside with an entry of the marker's name (kMarkerName) is told in
/// `apart`.
///
/// `Measure::newest` is the newest file's mtime, which whoever writes a file can set. `TreeMeasure::changed` is what
/// shows that something came or changed. What arrives with old times (cp -a, tar, rsync -a, unzip, mv of files and
/// folders, hard links) has a new ctime, which nobody can set, and so has the directory that it arrived in. The top
/// itself is left out, as our marker is written there: whoever asks looks at its times too. An mtime that lies in the
/// future says nothing (the ctime of that moment does), and does not count; a ctime in the future does, since a
/// server's clock may be ahead: `changed` can be later than now. FAT and exFAT keep no ctime, Linux gives the mtime in
/// its place: there what arrives with old times shows by the mtime of the directory that it arrived in only, and not at
/// all in the top folder of such a file system, which has no times.
[[nodiscard]] TreeMeasure measureContents(System& system, int directory, const Path& path, const char* except,
                                          std::stop_token stop, const std::function<void(const Measure&)>& progress,
                                          unsigned threads = 0);

} // namespace scratchproof
