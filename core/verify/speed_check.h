// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/verify/speed_json.h"

#include <cstdint>
#include <stop_token>

namespace scratchproof {

class ProbeJournal;
class ScratchStore;

/// What a user asks for. 0: as in SpeedOptions. "bad-input" where it is less than speed.h allows, or more than half of
/// the room.
struct SpeedWish
{
    Path folder; // absolute
    std::uint64_t size = 0;
    Nanoseconds timeOfJob = 0;
};

/// Measures the drive that a folder is on, in a scratch directory of its own there (check_directory.h), which is
/// removed at the end, also after `stop`. The system's own drives keep 5 % free, 1 GiB at least.
///
/// Errors: those of checkDriveCapacity(), and of measureSpeed(). Blocks as long as the drive does: for a prober only.
/// `listener` as in measureSpeed(), and while the directory is removed; a drive that is silent for a minute is told of
/// no more.
[[nodiscard]] Result<SpeedResult> measureDriveSpeed(System& system, ScratchStore& store, ProbeJournal& journal,
                                                    const SpeedWish& wish, const std::stop_token& stop,
                                                    const SpeedListener& listener);

} // namespace scratchproof
