// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/elapsed_time.h"

#include <xxhash.h>

#include <algorithm>

namespace scratchproof {

ClockReading readClocks(System& system)
{
    ClockReading reading{system.clock.wall(), system.clock.sinceBoot(), 0, system.clock.isSynchronized()};
    if (const auto boot = readSmallFile(system.files, "/proc/sys/kernel/random/boot_id"))
        reading.boot = static_cast<std::int64_t>(XXH3_64bits(boot->data(), boot->size()));
    return reading;
}

namespace {

// Whoever waits for the registry notes a reading that is older than the last one.
constexpr Nanoseconds kLongestWait = 3600 * kNanosecondsPerSecond;

bool isSameBoot(const ElapsedTime& before, const ClockReading& now)
{
    return now.boot != 0 && now.boot == before.boot;
}

Nanoseconds passed(const ElapsedTime& before, const ClockReading& now)
{
    if (now.boot == 0 || before.boot == 0)
        return 0;
    if (isSameBoot(before, now))
        return now.sinceBoot - before.sinceBoot;
    const Nanoseconds off = now.wall - now.sinceBoot - before.newestWall;
    const Nanoseconds mostOff = now.isSynchronized && before.wasSynchronized ? kLongestPause : kLongestOff;
    return now.sinceBoot + (off > kLongestPause ? 0 : std::clamp(off, Nanoseconds{0}, mostOff));
}

} // namespace

ElapsedTime countOn(const std::optional<ElapsedTime>& before, const ClockReading& now)
{
    ElapsedTime after{0, now.wall, now.wall, now.sinceBoot, now.boot, now.isSynchronized};
    if (!before)
        return after;
    const Nanoseconds step = passed(*before, now);
    if (isSameBoot(*before, now) && step < 0 && step > -kLongestWait)
        return *before;
    after.total = before->total + (step > 0 && step <= kLongestPause ? step : 0);
    if (!now.isSynchronized) // else what was read before it was wrong
        after.newestWall = std::max(before->newestWall, now.wall);
    return after;
}

} // namespace scratchproof
