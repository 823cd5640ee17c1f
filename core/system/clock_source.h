// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

namespace scratchproof {

/// The two clocks. Thread safe; never blocks.
class ClockSource
{
public:
    virtual ~ClockSource() = default;
    /// CLOCK_MONOTONIC: for durations and deadlines.
    [[nodiscard]] virtual Nanoseconds monotonic() = 0;
    /// CLOCK_REALTIME: for dates.
    [[nodiscard]] virtual Nanoseconds wall() = 0;
};

} // namespace scratchproof
