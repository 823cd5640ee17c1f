// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/text.h"
#include "core/facts/storage.h"
#include "core/system/system.h"
#include "core/verify/capacity.h"
#include "core/verify/time_left.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

class ProbeJournal;
class ScratchStore;

/// What a user asks for.
struct CapacityWish
{
    Path folder;            // absolute
    std::uint64_t size = 0; // bytes to write; 0: until it is full
    bool keep = false;      // the files stay, with a manifest
    bool allowSystem = false;
    bool quick = false;     // samples alone: quick_capacity.h; neither `size` nor `keep` count then
    std::uint64_t push = 0; // as in QuickCapacityOptions
};

/// How far a quick check went.
struct QuickSampling
{
    std::uint64_t samples = 0;
    std::uint64_t bad = 0; // of them
    // In bytes.
    std::uint64_t reserved = 0; // which the samples stand for
    std::uint64_t written = 0;
    std::uint64_t pushed = 0; // of that, to push the samples out of the drive's cache
    bool cannotReserve = false;
};

/// How far a check has come.
struct CapacityStatus
{
    CapacityProgress run;
    std::optional<TimeLeft::Range> left;
    bool isRemoving = false; // it is over, and its files are being removed
    Path directory;          // where they lie
    std::string id;          // of that scratch directory; "" where an earlier check's files are verified
};

/// What came out, and what became of the files.
struct CapacityResult
{
    CapacityVerdict verdict = CapacityVerdict::NotFinished;
    bool isAgain = false; // an earlier check's files were verified
    std::optional<QuickSampling> quick;
    Path folder;                       // as it was asked for
    std::vector<StorageTrait> storage; // what was known of it before anything was written
    // In bytes.
    std::uint64_t claimed = 0;
    std::uint64_t tested = 0;
    std::uint64_t real = 0;
    std::uint64_t realError = 0;
    std::array<std::uint64_t, kRegionStates> found{}; // of each RegionState
    std::vector<Region> regions;
    bool isCoarse = false;    // regions were joined
    bool isPastCache = false; // else this computer may have answered for the drive
    bool endedEarly = false;  // the writing, for places were found bad
    Nanoseconds writing = 0;
    Nanoseconds flushing = 0;
    Nanoseconds verifying = 0;
    std::optional<Error> error; // the first one that the drive gave

    Path kept;              // the directory that was kept; "": it is gone, or notRemoved says why not
    std::string notKept;    // why it was not, though that was asked for; English
    std::string notRemoved; // why it could not be removed; English
    Path directory;         // where notRemoved
    std::string id;         // of the directory that is still there

    [[nodiscard]] std::uint64_t bytes(RegionState state) const { return found[static_cast<std::size_t>(state)]; }
};

using CapacityStatusListener = std::function<void(const CapacityStatus&)>;

/// Checks the capacity of the drive that a folder is on, with files in a scratch directory of its own there, which is
/// registered before it is made, and locked while the check goes on (so no sweep takes it); at the end it is removed,
/// or kept with a manifest (manifest.h). After `stop` it is removed as well.
///
/// Errors: "bad-input" for what the user may not ask for (no folder, a file system in memory, the system's own without
/// allowSystem, more than is free, a folder in a directory that is being verified), "in-use" where a check of that
/// drive is under way, "folder-unusable" where nothing can be written, and those of ScratchStore::create() and of
/// system calls. Then nothing was written, or it was removed again; where it could not be, the detail says so.
///
/// `listener` is called by the calling thread, some five times a second, as long as the drive answers: what is silent
/// for a minute (a flush as long as the device writes nothing; where that cannot be seen, ten minutes) is told of no
/// more, so that whoever watches gives it up. Blocks as long as the drive does: for a prober only.
[[nodiscard]] Result<CapacityResult> checkDriveCapacity(System& system, ScratchStore& store, ProbeJournal& journal,
                                                        const CapacityWish& wish, const std::stop_token& stop,
                                                        const CapacityStatusListener& listener);

/// Verifies again what a check with `keep` left in `folder`, or in the one directory of such a check that lies in
/// it. Writes nothing. "bad-input" where there is no such directory or several, or its manifest was edited or belongs
/// to other files (manifest.h); "in-use" while a check there is under way. Else as checkDriveCapacity().
[[nodiscard]] Result<CapacityResult> verifyKeptCapacity(System& system, const Path& folder, const std::stop_token& stop,
                                                        const CapacityStatusListener& listener);

} // namespace scratchproof
