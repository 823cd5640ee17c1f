// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/time_left.h"

#include <algorithm>

namespace scratchproof {

namespace {

constexpr Nanoseconds kRecently = 10 * kNanosecondsPerSecond;
constexpr double kFasterReading = 4; // than writing, at most: flash reads faster than it writes
constexpr double kLeastSpread = 0.1; // of the rate, on either side: no drive is steadier than that

double rateOf(std::uint64_t bytes, Nanoseconds time)
{
    return time <= 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(time);
}

} // namespace

void TimeLeft::note(const CapacityProgress& progress)
{
    const bool isReading = progress.phase == CapacityPhase::Verifying;
    if (isReading != m_isReading || progress.elapsed < m_last.elapsed)
        m_recent.clear();
    m_isReading = isReading;
    m_last = progress;
    m_recent.emplace_back(progress.elapsed, progress.done);
    while (m_recent.size() > 2 && progress.elapsed - m_recent[1].first >= kRecently)
        m_recent.pop_front();
}

std::optional<TimeLeft::Range> TimeLeft::range() const
{
    if (m_recent.empty() || m_last.elapsed < kNanosecondsPerSecond || m_last.done == 0 || m_last.foundBadEarly)
        return std::nullopt;
    const double whole = rateOf(m_last.done, m_last.elapsed);
    const auto& [since, before] = m_recent.front();
    const double recent = rateOf(m_last.done - std::min(before, m_last.done), m_last.elapsed - since);
    const double slow = (recent > 0 ? std::min(whole, recent) : whole) * (1 - kLeastSpread);
    const double fast = std::max(whole, recent) * (1 + kLeastSpread);
    const auto left = static_cast<double>(m_last.total - std::min(m_last.done, m_last.total));
    const double toRead = m_isReading ? 0 : static_cast<double>(m_last.total);
    return Range{static_cast<Nanoseconds>(left / fast + toRead / (fast * kFasterReading)),
                 static_cast<Nanoseconds>((left + toRead) / slow)};
}

} // namespace scratchproof
