// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/verify/capacity_regions.h"

#include <cstdint>
#include <string_view>

namespace scratchproof {

/// The words are those of scratchproof.verify/1.
enum class CapacityVerdict : std::uint8_t {
    Genuine,             // all of it holds what was written, and it was most of the drive
    NoSignOfCounterfeit, // all of it did, but that proves less
    Counterfeit,         // the drive has less room than it says
    Damaged,             // it gives errors, or changes what it stores
    Disconnected,        // it was gone before all was verified
    NotFinished,         // the verification ended early, or there was nothing to verify
};

/// "genuine", "no-sign-of-counterfeit", ...
[[nodiscard]] std::string_view toString(CapacityVerdict verdict);

/// How a verification went, besides what its regions say.
struct CapacityEvidence
{
    /// The size of the whole drive or file system, in bytes; 0 where it is unknown.
    std::uint64_t claimed = 0;
    /// How much was written after all the rest, to push that out of the drive's own cache; in bytes.
    std::uint64_t pushed = 0;
    bool isPastCache = false;   // what was read came from the drive, and not from this computer's memory
    bool isChecksummed = false; // a read error may stand for content that is not what was written
    bool isStopped = false;     // by the user
    bool isGone = false;        // the drive no longer answers
    bool isComplete = false;    // all that was written was read back
    bool hasFailed = false;     // the drive gave an error at some time, even if all was well when it was tried again
};

struct CapacityJudgement
{
    CapacityVerdict verdict = CapacityVerdict::NotFinished;
    /// Counterfeit: how much of the drive is real, give or take `realError`. Else what was found good.
    std::uint64_t real = 0;
    std::uint64_t realError = 0;
};

/// Pure. What the user stopped is NotFinished, whatever was seen; what is gone is Disconnected, but for a drive whose
/// false size is proven already. Genuine asks for all of: complete, past the cache, all good, and more than half of
/// what the drive claims. docs/decisions/capacity-verdict.md has the reasons.
[[nodiscard]] CapacityJudgement judgeCapacity(const CapacityRegions& regions, const CapacityEvidence& evidence);

} // namespace scratchproof
