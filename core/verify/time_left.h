// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/verify/capacity.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace scratchproof {

/// How long a capacity check still takes, as a range: by the rate of the whole phase and by that of the last seconds.
/// While it writes, reading is guessed to go as fast as that at least, and four times as fast at most. Pure; one thread
/// at a time.
class TimeLeft
{
public:
    struct Range
    {
        Nanoseconds least = 0;
        Nanoseconds most = 0;
        friend bool operator==(const Range&, const Range&) = default;
    };

    /// In the order in which they come.
    void note(const CapacityProgress& progress);
    /// Nothing while there is too little to tell by: less than a second, or no byte; nor once the drive was found bad
    /// while writing, which ends that early.
    [[nodiscard]] std::optional<Range> range() const;

private:
    CapacityProgress m_last;
    bool m_isReading = false;
    std::deque<std::pair<Nanoseconds, std::uint64_t>> m_recent; // when in the phase, and what was done then
};

} // namespace scratchproof
