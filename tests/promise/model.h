// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/promise/world.h"

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace scratchproof::test {

constexpr std::size_t kRegistries = 2;
constexpr Nanoseconds kNever = INT64_MAX / 4;

enum class MarkerIs : std::uint8_t { Whole, Torn, Missing };

/// A directory as it lies on the disk, and what is known of it without asking the program.
struct Object
{
    std::string id;
    std::string name;
    Path at;
    std::uint64_t inode = 0;
    std::uint64_t device = 0;
    MarkerIs marker = MarkerIs::Whole;
    std::string markerText;                   // while Torn or Missing
    std::map<std::string, std::string> files; // that must be in it
    bool isGone = false;
    bool isCondemned = false; // whoever may said that it goes: nothing of it needs to be there any more
    bool isDecoy = false;
    bool isReleased = false;
    bool isPinned = false; // for certain
    bool isUnsure = false; // what was granted may be known to one registry only, or to none
    // True time; what was granted last, and by how much a count of the time may be ahead since then.
    Nanoseconds lifetime = kNever;
    Nanoseconds deadline = kNever;
    Nanoseconds releaseDeadline = kNever;
    Nanoseconds ahead = 0;
    // Wall clock: as the times of files are.
    Nanoseconds endedWall = kNever;
    Nanoseconds releasedWall = kNever;
    Nanoseconds changedWall = 0;
    int lock = -1;   // a descriptor that holds its lock
    pid_t user = -1; // a process that works in it
};

/// What one registry may go by, besides the marker.
struct RowModel
{
    bool isAdopted = true;
    bool wasPutOff = false;
    Nanoseconds putOffUntil = 0;                // true time
    std::set<std::pair<std::size_t, Path>> met; // copies: object and where it was then
};
using RowModels = std::map<std::string, RowModel>;

struct Counts
{
    std::uint64_t histories = 0;
    std::uint64_t steps = 0;
    std::uint64_t deaths = 0;
    std::uint64_t fills = 0; // of a disk
    std::uint64_t made = 0;
    std::uint64_t purged = 0; // by a sweep
    std::uint64_t cleaned = 0;
    std::uint64_t lost = 0;
    std::uint64_t early = 0;
    std::uint64_t stuck = 0;
};

} // namespace scratchproof::test
