// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/verify/speed_history.h"

#include <algorithm>
#include <utility>

namespace scratchproof::gui {

namespace {

/// A drive is given pieces of some megabytes, several at once: after fewer bytes than this, or a short time, the rate
/// is that of chance.
constexpr std::uint64_t kSampleBytes = std::uint64_t{16} << 20U;
constexpr Nanoseconds kSampleTime = kNanosecondsPerSecond / 20;
constexpr Nanoseconds kLongestSampleTime = kNanosecondsPerSecond;

double inSeconds(Nanoseconds time)
{
    return static_cast<double>(time) / static_cast<double>(kNanosecondsPerSecond);
}

} // namespace

void SpeedHistory::clear()
{
    *this = {};
}

bool SpeedHistory::isEmpty() const
{
    return std::all_of(m_parts.begin(), m_parts.end(), [](const SpeedPart& part) { return part.samples.empty(); });
}

void SpeedHistory::begin(std::string id, double seconds)
{
    m_parts.push_back({std::move(id), seconds, {}});
}

void SpeedHistory::add(double seconds, double bytesPerSecond)
{
    m_parts.back().samples.push_back({seconds, bytesPerSecond});
    m_end = std::max(m_end, seconds);
    if (++m_count > kMostSamples)
        halve();
}

void SpeedHistory::halve()
{
    m_count = 0;
    for (SpeedPart& part : m_parts) {
        std::vector<SpeedSample> fewer;
        double before = part.begin;
        for (std::size_t i = 0; i < part.samples.size(); i += 2) {
            const SpeedSample& first = part.samples[i];
            if (i + 1 == part.samples.size()) {
                fewer.push_back(first);
                break;
            }
            const SpeedSample& second = part.samples[i + 1];
            const double time = second.seconds - before;
            const double bytes = first.bytesPerSecond * (first.seconds - before) +
                                 second.bytesPerSecond * (second.seconds - first.seconds);
            fewer.push_back({second.seconds, time > 0 ? bytes / time : second.bytesPerSecond});
            before = second.seconds;
        }
        part.samples = std::move(fewer);
        m_count += part.samples.size();
    }
}

void SpeedHistory::note(const CapacityStatus& status)
{
    const CapacityProgress& run = status.run;
    if (status.isRemoving)
        return;
    if (m_parts.empty() || m_parts.back().id != toString(run.phase)) {
        m_phaseBegan = m_end = std::max(m_end, m_phaseBegan + inSeconds(m_lastTime));
        m_lastTime = 0;
        m_lastDone = 0;
        begin(std::string(toString(run.phase)), m_phaseBegan);
    }
    // While it has all of it stored, no byte is counted.
    if (run.phase == CapacityPhase::Flushing) {
        m_lastTime = std::max(m_lastTime, run.elapsed);
        m_end = std::max(m_end, m_phaseBegan + inSeconds(m_lastTime));
        return;
    }
    if (run.done < m_lastDone || run.elapsed - m_lastTime < kSampleTime)
        return;
    if (run.done - m_lastDone < kSampleBytes && run.elapsed - m_lastTime < kLongestSampleTime)
        return;
    add(m_phaseBegan + inSeconds(run.elapsed),
        static_cast<double>(run.done - m_lastDone) / inSeconds(run.elapsed - m_lastTime));
    m_lastTime = run.elapsed;
    m_lastDone = run.done;
}

void SpeedHistory::note(const SpeedProgress& progress, double seconds)
{
    if (progress.job.empty() || seconds <= m_end)
        return;
    if (m_parts.empty() || m_parts.back().id != progress.job)
        begin(std::string(progress.job), m_end);
    if (progress.bytesPerSecond > 0)
        add(seconds, progress.bytesPerSecond);
    m_end = std::max(m_end, seconds);
}

void SpeedHistory::show(const SpeedReport& report)
{
    clear();
    double before = 0;
    for (const SpeedOfJob& job : report.jobs) {
        if (job.time <= 0)
            continue;
        begin(job.job.name, before);
        SpeedPoint last;
        for (const SpeedPoint& point : job.curve) {
            if (point.time > last.time)
                add(before + inSeconds(point.time),
                    static_cast<double>(point.bytes - last.bytes) / inSeconds(point.time - last.time));
            last = point;
        }
        before += inSeconds(job.time);
        m_end = std::max(m_end, before);
    }
}

SpeedRange rangeOf(const SpeedPart& part)
{
    if (part.samples.empty())
        return {};
    std::vector<double> rates;
    rates.reserve(part.samples.size());
    for (const SpeedSample& sample : part.samples)
        rates.push_back(sample.bytesPerSecond);
    std::sort(rates.begin(), rates.end());
    return {rates.front(), rates[rates.size() / 2], rates.back()};
}

} // namespace scratchproof::gui
