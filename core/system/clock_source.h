// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

namespace scratchproof {

/// The clocks. Thread safe; never blocks.
class ClockSource
{
public:
    virtual ~ClockSource() = default;
    /// CLOCK_MONOTONIC: for durations and deadlines.
    [[nodiscard]] virtual Nanoseconds monotonic() = 0;
    /// CLOCK_REALTIME: for dates.
    [[nodiscard]] virtual Nanoseconds wall() = 0;
    /// CLOCK_BOOTTIME: since this boot, the time asleep included (clock_gettime(2)). Nobody can set it.
    [[nodiscard]] virtual Nanoseconds sinceBoot() = 0;
    /// Whether the kernel holds the wall clock for set by a time server: adjtimex(2) without STA_UNSYNC.
    [[nodiscard]] virtual bool isSynchronized() = 0;
};

} // namespace scratchproof
