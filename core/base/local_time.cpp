// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/local_time.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

namespace scratchproof {

std::string toLocalTime(Nanoseconds wallClock)
{
    using namespace std::chrono;
    const std::time_t moment = floor<seconds>(sys_time<nanoseconds>{nanoseconds{wallClock}}).time_since_epoch().count();
    std::tm parts{};
    std::array<char, 64> text{};
    ::tzset(); // which localtime_r() need not do
    if (::localtime_r(&moment, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S %Z", &parts) == 0)
        return toIso8601(wallClock);
    return text.data();
}

std::string withLocalTimes(std::string_view text)
{
    static const std::size_t kLength = toIso8601(0).size();
    std::string told;
    while (!text.empty()) {
        if (const auto moment = fromIso8601(text.substr(0, kLength))) {
            told += toLocalTime(*moment);
            text.remove_prefix(std::min(kLength, text.size()));
        } else {
            told += text.front();
            text.remove_prefix(1);
        }
    }
    return told;
}

} // namespace scratchproof
