// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scratchproof {

/// Nanoseconds since the epoch (wall clock) or since an arbitrary start (monotonic), as the name around it says.
using Nanoseconds = std::int64_t;

constexpr Nanoseconds kNanosecondsPerMillisecond = 1'000'000;
constexpr Nanoseconds kNanosecondsPerSecond = 1'000'000'000;

/// "2026-11-23T10:00:00.123Z" (UTC, milliseconds) for wall-clock nanoseconds.
[[nodiscard]] std::string toIso8601(Nanoseconds wallClock);

/// Reads what toIso8601() writes; the fraction may have 0 to 9 digits. Nothing for any other text, nor for a year
/// outside 1678 to 2261, which Nanoseconds cannot hold.
[[nodiscard]] std::optional<Nanoseconds> fromIso8601(std::string_view text);

} // namespace scratchproof
