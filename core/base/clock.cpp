// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/clock.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace scratchproof {

std::string toIso8601(Nanoseconds wallClock)
{
    using namespace std::chrono;
    const sys_time<nanoseconds> moment{nanoseconds{wallClock}};
    const auto day = floor<days>(moment);
    const year_month_day date{day};
    const hh_mm_ss time{floor<milliseconds>(moment - day)};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                       time.minutes().count(), time.seconds().count(), time.subseconds().count());
}

namespace {

/// Takes `count` digits off the front of `text`.
std::optional<int> takeDigits(std::string_view& text, std::size_t count)
{
    if (text.size() < count)
        return std::nullopt;
    int value = 0;
    for (const char digit : text.substr(0, count)) {
        if (digit < '0' || digit > '9')
            return std::nullopt;
        value = value * 10 + (digit - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool takeChar(std::string_view& text, char expected)
{
    if (text.empty() || text.front() != expected)
        return false;
    text.remove_prefix(1);
    return true;
}

} // namespace

std::optional<Nanoseconds> fromIso8601(std::string_view text)
{
    struct Field
    {
        std::size_t digits;
        char end;
    };
    constexpr std::array<Field, 6> kFields{{{4, '-'}, {2, '-'}, {2, 'T'}, {2, ':'}, {2, ':'}, {2, '\0'}}};
    std::array<int, 6> values{};
    for (std::size_t i = 0; i < kFields.size(); ++i) {
        const auto value = takeDigits(text, kFields[i].digits);
        if (!value || (kFields[i].end != '\0' && !takeChar(text, kFields[i].end)))
            return std::nullopt;
        values[i] = *value;
    }
    Nanoseconds fraction = 0;
    if (takeChar(text, '.')) {
        Nanoseconds unit = kNanosecondsPerSecond;
        while (unit > 1 && !text.empty() && text.front() >= '0' && text.front() <= '9') {
            unit /= 10;
            fraction += (text.front() - '0') * unit;
            text.remove_prefix(1);
        }
    }
    using namespace std::chrono;
    // Nanoseconds in 64 bits reach from 1677 to 2262; the last year on each side is left out.
    if (values[0] < 1678 || values[0] > 2261)
        return std::nullopt;
    const year_month_day date{year{values[0]}, month{static_cast<unsigned>(values[1])},
                              day{static_cast<unsigned>(values[2])}};
    if (text != "Z" || !date.ok() || values[3] > 23 || values[4] > 59 || values[5] > 60)
        return std::nullopt;
    const auto moment = sys_days{date} + hours{values[3]} + minutes{values[4]} + seconds{values[5]};
    return duration_cast<nanoseconds>(moment.time_since_epoch()).count() + fraction;
}

} // namespace scratchproof
