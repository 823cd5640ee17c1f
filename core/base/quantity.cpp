// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/quantity.h"

#include "core/base/translatable.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace scratchproof {

namespace {

/// A decimal number at the front of `text`, taken off it. No sign, no exponent, no "inf".
std::optional<double> takeNumber(std::string_view& text)
{
    if (text.empty() || text.front() < '0' || text.front() > '9')
        return std::nullopt;
    double value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, problem] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
    if (problem != std::errc())
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    return value;
}

struct DurationUnit
{
    std::string_view name;
    double nanoseconds;
};
constexpr std::array<DurationUnit, 6> kDurationUnits{
    {{"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}, {"w", 604800e9}}};

// 100 years: beyond it a wall-clock sum could overflow, and nobody means it.
constexpr int kMostDays = 100 * 366;
constexpr double kLongestDuration = kMostDays * 86400e9;

std::string inUnit(double value, int decimals, const char* unit, std::string_view decimalPoint)
{
    std::string text = fmt::format("{:.{}f} {}", value, decimals, unit);
    if (decimals > 0)
        text.replace(text.find('.'), 1, decimalPoint);
    return text;
}

} // namespace

Result<Nanoseconds> parseDuration(std::string_view text)
{
    const auto refuse = [&](std::string_view why) {
        return fail(ErrorKind::ParseDuration, std::string(text), 0,
                    fmt::format("'{}' {}; expected a number with a unit ms, s, m, h, d or w, such as 90s, 12h or 7d",
                                text, why));
    };
    std::string_view rest = text;
    const auto number = takeNumber(rest);
    if (!number)
        return refuse("is not a duration");
    double unit = 1e9;
    if (!rest.empty()) {
        unit = 0;
        for (const auto& known : kDurationUnits) {
            if (rest == known.name)
                unit = known.nanoseconds;
        }
        if (unit == 0)
            return refuse("is not a duration");
    }
    const double value = *number * unit;
    if (value > kLongestDuration)
        return refuse(fmt::format("is longer than {}d", kMostDays));
    return static_cast<Nanoseconds>(std::llround(value));
}

Result<Lifetime> parseLifetime(std::string_view text)
{
    if (text == "never")
        return Lifetime{};
    const auto refuse = [&](std::string_view what) {
        return fail(ErrorKind::ParseLifetime, std::string(text), 0,
                    fmt::format("'{}' is not a lifetime; expected {}", text, what));
    };
    const auto duration = parseDuration(text);
    if (!duration)
        return refuse("for example 12h, 7d, 30d or never");
    if (text.back() >= '0' && text.back() <= '9')
        return refuse(fmt::format("a unit behind the number, for example {}d", text));
    const Nanoseconds whole = *duration - *duration % kNanosecondsPerMillisecond;
    if (whole == 0)
        return refuse("more than nothing, for example 12h");
    return Lifetime{whole};
}

Result<std::uint64_t> parseSize(std::string_view text)
{
    const auto refuse = [&](std::string_view why) {
        return fail(ErrorKind::ParseSize, std::string(text), 0,
                    fmt::format("'{}' {}; expected a number of bytes, or one with K, M, G, T or P, such as 500M or 20G",
                                text, why));
    };
    std::string_view rest = text;
    const auto number = takeNumber(rest);
    if (!number)
        return refuse("is not a size");
    double unit = 1;
    if (!rest.empty() && rest != "B") {
        constexpr std::string_view kPrefixes = "KMGTP";
        const auto power = kPrefixes.find(rest.front() == 'k' ? 'K' : rest.front());
        if (power == std::string_view::npos)
            return refuse("is not a size");
        const std::string_view suffix = rest.substr(1);
        if (!suffix.empty() && suffix != "iB" && suffix != "B")
            return refuse("is not a size");
        unit = std::pow(suffix == "B" ? 1000.0 : 1024.0, static_cast<double>(power + 1));
    }
    const double value = *number * unit;
    if (value >= static_cast<double>(std::numeric_limits<std::int64_t>::max()))
        return refuse("is too large");
    return static_cast<std::uint64_t>(std::llround(value));
}

std::string formatLifetime(const Lifetime& lifetime)
{
    if (!lifetime)
        return "never";
    struct Unit
    {
        char name;
        Nanoseconds size;
    };
    constexpr Nanoseconds kSecond = kNanosecondsPerSecond;
    constexpr std::array<Unit, 4> kUnits{
        {{'d', 86400 * kSecond}, {'h', 3600 * kSecond}, {'m', 60 * kSecond}, {'s', kSecond}}};
    for (const auto& unit : kUnits) {
        if (*lifetime % unit.size == 0)
            return fmt::format("{}{}", *lifetime / unit.size, unit.name);
    }
    return fmt::format("{}ms", *lifetime / kNanosecondsPerMillisecond);
}

std::string formatBytes(std::uint64_t bytes, std::string_view decimalPoint)
{
    constexpr std::array<const char*, 7> kUnits{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1000)
        return fmt::format("{} B", bytes);
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < kUnits.size()) {
        value /= 1000;
        ++unit;
    }
    return inUnit(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0, kUnits[unit], decimalPoint);
}

std::string formatDuration(Nanoseconds duration, std::string_view decimalPoint)
{
    const auto value = static_cast<double>(duration);
    const auto in = [&](double unit, const char* name) {
        return inUnit(value / unit, value < 9.95 * unit ? 1 : 0, name, decimalPoint);
    };
    if (value < 999.5)
        return fmt::format("{} ns", duration);
    if (value < 999.5e3)
        return in(1e3, "µs");
    if (value < 999.5e6)
        return in(1e6, "ms");
    if (value < 99.5e9)
        return in(1e9, "s");
    if (value < 5400e9)
        return fmt::format("{:.0f} min", value / 60e9);
    return in(3600e9, "h");
}

SpanWords wordsOfSpan(Nanoseconds span)
{
    constexpr Nanoseconds kMinute = 60 * kNanosecondsPerSecond;
    constexpr Nanoseconds kHour = 60 * kMinute;
    constexpr Nanoseconds kDay = 24 * kHour;
    const auto count = [span](Nanoseconds unit) {
        return static_cast<int>(span / unit + (span % unit >= unit / 2 ? 1 : 0));
    };
    if (span < kMinute)
        return {QT_TRANSLATE_NOOP("spans", "under a minute"), 0};
    if (count(kMinute) < 60)
        return {QT_TRANSLATE_NOOP("spans", "%n min"), count(kMinute)};
    if (count(kHour) < 48)
        return {QT_TRANSLATE_NOOP("spans", "%n h"), count(kHour)};
    if (count(kDay) < 2 * 365)
        return {QT_TRANSLATE_NOOP("spans", "%n days"), count(kDay)};
    return {QT_TRANSLATE_NOOP("spans", "%n years"), count(365 * kDay)};
}

std::string formatSpan(Nanoseconds span)
{
    const auto [text, count] = wordsOfSpan(span);
    const std::string_view words = text;
    return words.substr(0, 2) == "%n" ? std::to_string(count).append(words.substr(2)) : std::string(words);
}

} // namespace scratchproof
