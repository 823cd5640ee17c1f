// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/verify/block_pattern.h"
#include "core/verify/capacity_regions.h"
#include "core/verify/capacity_verdict.h"
#include "core/verify/target.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

namespace scratchproof {

enum class CapacityPhase : std::uint8_t { Writing, Flushing, Verifying };

/// "writing", "flushing", "verifying".
[[nodiscard]] std::string_view toString(CapacityPhase phase);

struct CapacityOptions
{
    /// Of this run: random, else what an earlier one left could be taken for this one's.
    std::uint64_t salt = 0;
    /// Bytes to write, a multiple of kBlockSize; 0: until the drive is full.
    std::uint64_t size = 0;
    /// The size of the whole drive or file system; 0 where it is unknown.
    std::uint64_t claimed = 0;
    /// How many pieces are under way at once; memory is that many pieces.
    unsigned threads = 3;
    /// A multiple of kBlockSize.
    std::size_t piece = std::size_t{4} << 20U;
    /// How much is written before early places are read again for the first time; then at twice as much, and so on.
    std::uint64_t firstLook = std::uint64_t{32} << 20U;
};

struct CapacityProgress
{
    CapacityPhase phase = CapacityPhase::Writing;
    std::uint64_t done = 0;     // bytes of this phase
    std::uint64_t total = 0;    // bytes of this phase, as far as it is known
    std::uint64_t bad = 0;      // bytes found bad so far
    Nanoseconds elapsed = 0;    // since the phase began
    bool foundBadEarly = false; // a place was read again while writing, and did not hold what it was given
    /// How many calls of the target have come back so far: while it stands still, the drive does not answer.
    std::uint64_t answers = 0;
};

struct Extent
{
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    friend bool operator==(const Extent&, const Extent&) = default;
};

/// Where a run wrote: all of [0, end) but the gaps, which lie in order. In bytes.
struct WrittenSpace
{
    std::uint64_t end = 0;
    std::vector<Extent> gaps = {};
};

struct CapacityReport
{
    CapacityJudgement judgement;
    CapacityRegions regions;
    std::uint64_t claimed = 0;
    std::uint64_t written = 0;
    WrittenSpace space;
    bool isFlushed = false; // the drive said that all of it is stored
    bool isPastCache = false;
    bool endedEarly = false; // writing stopped where early places were found bad
    Nanoseconds writing = 0;
    Nanoseconds flushing = 0;
    Nanoseconds verifying = 0;
    /// The first error that the drive gave, if any.
    std::optional<Error> error;
};

using CapacityListener = std::function<void(const CapacityProgress&)>;

/// Fills the target, has it stored, reads all of it again, and judges. Never fails: what went wrong is in the report.
/// Blocks until it is done or, after `stop`, until the pieces under way are; `listener` is called by the calling thread
/// about ten times a second. Uses `options.threads` threads of its own, which have ended when it returns. What was
/// written stays in the target.
[[nodiscard]] CapacityReport checkCapacity(VerifyTarget& target, const CapacityOptions& options,
                                           const CapacityListener& listener, const std::stop_token& stop);

/// Reads again what a run with the same salt wrote. Else as checkCapacity().
[[nodiscard]] CapacityReport verifyAgain(VerifyTarget& target, const CapacityOptions& options,
                                         const WrittenSpace& written, const CapacityListener& listener,
                                         const std::stop_token& stop);

} // namespace scratchproof
