// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/tree_walk.h"

#include "core/scratch/partial_walk.h"

#include <utility>

namespace scratchproof {

void WalkProblems::add(Error error)
{
    ++count;
    if (list.size() >= kMost || textSize + error.path.size() > kMostText)
        return;
    textSize += error.path.size();
    list.push_back(std::move(error));
}

void MarkedFolders::add(Path path)
{
    ++count;
    if (list.size() >= kMost || textSize + path.size() > kMostText)
        return;
    textSize += path.size();
    list.push_back(std::move(path));
}

WalkOutcome walkTree(System& system, int top, const Path& path, const WalkRules& rules, const WalkCalls& calls,
                     std::stop_token stop)
{
    auto status = system.attributes.status(top);
    auto fd = status ? system.files.duplicate(top) : Result<UniqueFd>(fail(status.error()));
    if (!fd) {
        WalkOutcome outcome;
        outcome.problems.add({fd.error().operation, path, fd.error().code, fd.error().detail});
        return outcome;
    }
    WalkCrew crew(system, rules, calls, std::move(stop));
    return crew.run(std::make_shared<PartialWalk>(crew, path, std::move(*fd), *status));
}

} // namespace scratchproof
