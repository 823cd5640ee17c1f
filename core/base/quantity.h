// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scratchproof {

inline constexpr std::uint64_t kKibibyte = 1024;
inline constexpr std::uint64_t kMebibyte = 1024 * kKibibyte;

/// A lifetime: nothing means `never`.
using Lifetime = std::optional<Nanoseconds>;

/// Reads "10", "2.5", "500ms", "15m", "12h", "7d", "2w": a number and a unit (ms s m h d w; seconds where none is
/// given), nothing else. The Error's detail names the input and what was expected. Never negative.
[[nodiscard]] Result<Nanoseconds> parseDuration(std::string_view text);

/// parseDuration(), or `never`; in whole milliseconds, so that formatLifetime() writes each exactly. Less than one is
/// refused, and so is a number without a unit: "30" may have meant days.
[[nodiscard]] Result<Lifetime> parseLifetime(std::string_view text);

/// Reads "4096", "20G", "1.5T", "64K", "20GiB", "20GB": K M G T P are powers of 1024 with or without "iB", and powers
/// of 1000 with "B" alone ("20GB"). The Error's detail names the input and what was expected.
[[nodiscard]] Result<std::uint64_t> parseSize(std::string_view text);

/// "7d", "12h", "90s", "never": the shortest text that parseLifetime() reads back to the same value.
[[nodiscard]] std::string formatLifetime(const Lifetime& lifetime);

/// The decimal point of what people read. Who puts words into the reader's language looks it up as a word.
inline constexpr const char* kDecimalPoint = ".";

/// "41.2 GB", "512 B": decimal units as drives are sold and file managers show them, three significant digits.
[[nodiscard]] std::string formatBytes(std::uint64_t bytes, std::string_view decimalPoint = kDecimalPoint);

/// How long something took: "3.0 ms", "1.2 s", "85 µs", "2 min": for people, two significant digits.
[[nodiscard]] std::string formatDuration(Nanoseconds duration, std::string_view decimalPoint = kDecimalPoint);

/// How long something is still, or ago, in its largest unit and rounded to the nearest: what was just given seven days
/// has seven days left. Marked for translation in the context "spans", with %n for the number.
struct SpanWords
{
    const char* text; // "%n days", "under a minute"
    int count;
};
[[nodiscard]] SpanWords wordsOfSpan(Nanoseconds span);
/// The same in English: "7 days", "2 h".
[[nodiscard]] std::string formatSpan(Nanoseconds span);

} // namespace scratchproof
