// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tree/tree_walk.h"

#include "core/tree/partial_walk.h"

#include <utility>

namespace scratchproof {

std::function<void()> pulseFor(System& system, std::function<void()> report)
{
    constexpr Nanoseconds kBetweenReports = 100 * kNanosecondsPerMillisecond;
    return [&system, report = std::move(report), reported = system.clock.monotonic()]() mutable {
        const Nanoseconds now = system.clock.monotonic();
        if (now - reported < kBetweenReports)
            return;
        reported = now;
        report();
    };
}

void WalkProblems::add(const TreePlace& place, Error error)
{
    ++count;
    if (list.size() >= kMost || textSize + place.pathSize() > kMostText)
        return;
    error.path = place.path();
    textSize += error.path.size();
    list.push_back(std::move(error));
}

void MarkedFolders::add(const TreePlace& place)
{
    ++count;
    if (list.size() >= kMost || textSize + place.pathSize() > kMostText)
        return;
    list.push_back(place.path());
    textSize += list.back().size();
}

WalkOutcome walkTree(System& system, int top, const Path& path, const WalkRules& rules, const WalkCalls& calls,
                     std::stop_token stop)
{
    auto status = system.attributes.status(top);
    auto fd = status ? system.files.duplicate(top) : Result<UniqueFd>(fail(status.error()));
    if (!fd) {
        WalkOutcome outcome;
        outcome.problems.add(TreePlace(path), fd.error());
        return outcome;
    }
    WalkCrew crew(system, rules, calls, std::move(stop));
    return crew.run(std::make_shared<PartialWalk>(crew, TreePlace(path), std::move(*fd), *status));
}

} // namespace scratchproof
