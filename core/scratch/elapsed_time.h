// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/system.h"

#include <cstdint>
#include <optional>

namespace scratchproof {

/// What the clocks say at one moment.
struct ClockReading
{
    Nanoseconds wall = 0;
    Nanoseconds sinceBoot = 0;   // CLOCK_BOOTTIME
    std::int64_t boot = 0;       // stands for this boot; 0: not known
    bool isSynchronized = false; // the wall clock is set by a time server
};
[[nodiscard]] ClockReading readClocks(System& system);

/// How much time has passed for certain, whatever the wall clock was set to meanwhile, and what it was counted by.
struct ElapsedTime
{
    Nanoseconds total = 0;      // since the counting began
    Nanoseconds wall = 0;       // of the last reading
    Nanoseconds newestWall = 0; // of all readings
    Nanoseconds sinceBoot = 0;
    std::int64_t boot = 0;
    bool wasSynchronized = false; // at the last reading
    friend bool operator==(const ElapsedTime&, const ElapsedTime&) = default;
};

/// Longer than this between two readings is no time that passed, but a clock that jumped, or a computer that was away.
constexpr Nanoseconds kLongestPause = 30 * 24 * 3600 * kNanosecondsPerSecond;
/// What the computer may have been off, if only a clock says so that no time server has set.
constexpr Nanoseconds kLongestOff = 24 * 3600 * kNanosecondsPerSecond;

/// Counts on, and never down. Within a boot CLOCK_BOOTTIME counts. Over a restart: the time since this boot, and what
/// the wall clock says that the computer was off before it, as far as that lies behind the newest time that was ever
/// read; kLongestOff at most, unless a time server had set the clock at both readings: what was off then may be either.
/// A step of more than kLongestPause counts nothing. So what a wrong clock adds, and however often it jumps, is bounded
/// by kLongestOff a restart.
[[nodiscard]] ElapsedTime countOn(const std::optional<ElapsedTime>& before, const ClockReading& now);

} // namespace scratchproof
