// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <string>
#include <string_view>

namespace scratchproof {

/// "2026-11-23 11:00:00 CET" for a person: in the time zone of TZ or of the computer (tzset(3)). Never for a machine to
/// read. What localtime_r(3) cannot give (a year that does not fit) is told as toIso8601() tells it.
[[nodiscard]] std::string toLocalTime(Nanoseconds wallClock);

/// `text` with each moment that toIso8601() wrote into it told by toLocalTime(): for sentences that are kept or sent.
[[nodiscard]] std::string withLocalTimes(std::string_view text);

} // namespace scratchproof
