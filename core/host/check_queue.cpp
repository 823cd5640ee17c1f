// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/check_queue.h"

#include <algorithm>
#include <utility>

namespace scratchproof {

Lane laneOf(const Work& work)
{
    return {work.mountPoint, laneOf(work.request)};
}

void CheckQueue::add(Work work)
{
    const Lane lane = laneOf(work);
    m_lanes[lane].push_back(std::move(work));
}

void CheckQueue::addFirst(Work work)
{
    const Lane lane = laneOf(work);
    m_lanes[lane].push_front(std::move(work));
}

bool CheckQueue::hasLane(const std::function<bool(const Lane&)>& isFree) const
{
    return std::any_of(m_lanes.begin(), m_lanes.end(), [&](const auto& lane) { return isFree(lane.first); });
}

std::optional<Work> CheckQueue::takeNext(const std::function<bool(const Lane&)>& isFree)
{
    auto at = m_last ? m_lanes.upper_bound(*m_last) : m_lanes.begin();
    for (std::size_t i = 0; i < m_lanes.size(); ++i, ++at) {
        if (at == m_lanes.end())
            at = m_lanes.begin();
        if (!isFree(at->first))
            continue;
        Work work = std::move(at->second.front());
        at->second.pop_front();
        m_last = at->first;
        if (at->second.empty())
            m_lanes.erase(at);
        return work;
    }
    return std::nullopt;
}

std::optional<Work> CheckQueue::remove(WorkId id)
{
    for (auto lane = m_lanes.begin(); lane != m_lanes.end(); ++lane) {
        auto& waiting = lane->second;
        const auto found =
            std::find_if(waiting.begin(), waiting.end(), [id](const Work& work) { return work.id == id; });
        if (found == waiting.end())
            continue;
        Work work = std::move(*found);
        waiting.erase(found);
        if (waiting.empty())
            m_lanes.erase(lane);
        return work;
    }
    return std::nullopt;
}

std::vector<Work> CheckQueue::removeMount(const Path& mountPoint)
{
    std::vector<Work> removed;
    for (auto lane = m_lanes.begin(); lane != m_lanes.end();) {
        if (lane->first.mountPoint != mountPoint) {
            ++lane;
            continue;
        }
        std::move(lane->second.begin(), lane->second.end(), std::back_inserter(removed));
        lane = m_lanes.erase(lane);
    }
    return removed;
}

std::vector<Work> CheckQueue::removeAll()
{
    std::vector<Work> removed;
    for (auto& [lane, waiting] : m_lanes)
        std::move(waiting.begin(), waiting.end(), std::back_inserter(removed));
    m_lanes.clear();
    return removed;
}

} // namespace scratchproof
