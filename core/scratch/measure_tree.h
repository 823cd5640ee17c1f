// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scratch/registry.h"
#include "core/scratch/tree_walk.h"

#include <functional>
#include <stop_token>

namespace scratchproof {

struct TreeMeasure
{
    Measure measure;
    Nanoseconds changed = 0;
    Path newestPath;     // what measure.newest belongs to (of several the first by name); empty where there is nothing
    WalkProblems unseen; // what could not be looked at: directories without rights, mounts that are in the way
    bool cancelled = false;
};

/// Counts what is in an open directory, without the entry `except` at its top: bytes on disk (hard links once), files,
/// directories, and the newest change. Follows no symbolic link and crosses no mount; changes nothing. `progress` and
/// `threads` as in removeContents().
[[nodiscard]] TreeMeasure measureContents(System& system, int directory, const Path& path, const char* except,
                                          std::stop_token stop, const std::function<void(const Measure&)>& progress,
                                          unsigned threads = 0);

} // namespace scratchproof
