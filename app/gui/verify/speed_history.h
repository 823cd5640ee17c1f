// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/verify/speed_json.h"
#include "core/verify/verify_json.h"

#include <cstddef>
#include <string>
#include <vector>

namespace scratchproof::gui {

struct SpeedSample
{
    double seconds = 0; // since the beginning of all, when it ended
    double bytesPerSecond = 0;
};

/// One phase of a check, or one job of measuring.
struct SpeedPart
{
    std::string id;   // toString(CapacityPhase), or the name of a job of speed.h
    double begin = 0; // seconds
    std::vector<SpeedSample> samples;
};

/// The speed of a drive over time, of which at most kMostSamples are kept: then each two become one.
class SpeedHistory
{
public:
    static constexpr std::size_t kMostSamples = 1200;

    void clear();
    /// How far a check has come; in their order.
    void note(const CapacityStatus& status);
    /// The same of measuring, `seconds` after its beginning.
    void note(const SpeedProgress& progress, double seconds);
    /// All that was measured, in place of what was noted.
    void show(const SpeedReport& report);

    [[nodiscard]] const std::vector<SpeedPart>& parts() const { return m_parts; }
    [[nodiscard]] double end() const { return m_end; } // seconds
    [[nodiscard]] bool isEmpty() const;

private:
    void begin(std::string id, double seconds);
    void add(double seconds, double bytesPerSecond);
    void halve();

    std::vector<SpeedPart> m_parts;
    double m_end = 0;
    std::size_t m_count = 0;
    // Of the phase under way.
    double m_phaseBegan = 0;
    Nanoseconds m_lastTime = 0;
    std::uint64_t m_lastDone = 0;
};

/// The median and the extremes of a part.
struct SpeedRange
{
    double low = 0;
    double median = 0;
    double high = 0;
};
[[nodiscard]] SpeedRange rangeOf(const SpeedPart& part);

} // namespace scratchproof::gui
