// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/host/prober_host.h"
#include "core/protocol/requests.h"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace scratchproof {

/// One piece of work for a prober.
struct Work
{
    WorkId id = 0;
    Request request;
    Path folder;         // of the request: folderOf()
    Path mountPoint;     // by the text of the path; "" for our own files
    MountIdentity mount; // the same
    Nanoseconds deadline = 0;
    Nanoseconds accepted = 0; // wall clock

    [[nodiscard]] bool isCheck() const { return std::holds_alternative<request::Check>(request); }
    [[nodiscard]] Level level() const { return isCheck() ? std::get<request::Check>(request).level : Level::Standard; }
};

/// How long a check may take in all, however often it says something: each of its steps, and each ability, well within
/// that deadline, and `sync` six times as long.
[[nodiscard]] constexpr Nanoseconds longestCheck(Nanoseconds deadline)
{
    constexpr int kDeadlines = 64;
    return kDeadlines * deadline + 5 * kNanosecondsPerSecond;
}

/// The work of one kind at one mount.
struct Lane
{
    Path mountPoint;
    LaneKind kind = LaneKind::Check;
    friend bool operator<(const Lane& a, const Lane& b)
    {
        return a.mountPoint != b.mountPoint ? a.mountPoint < b.mountPoint : a.kind < b.kind;
    }
};

[[nodiscard]] Lane laneOf(const Work& work);

/// Work that waits, by lane: first come, first served within a lane, and the lanes in turn. Not thread safe.
class CheckQueue
{
public:
    void add(Work work);
    /// Before all others of its lane: it was taken, and not begun.
    void addFirst(Work work);
    [[nodiscard]] bool hasLane(const std::function<bool(const Lane&)>& isFree) const;
    /// The next work whose lane `isFree`; lanes take turns, so that ten thousand folders of one drive do not keep the
    /// only one of another waiting.
    [[nodiscard]] std::optional<Work> takeNext(const std::function<bool(const Lane&)>& isFree);
    /// Takes one back; nothing if it does not wait here.
    [[nodiscard]] std::optional<Work> remove(WorkId id);
    /// Everything that waits for this mount, in its order.
    [[nodiscard]] std::vector<Work> removeMount(const Path& mountPoint);
    [[nodiscard]] std::vector<Work> removeAll();
    [[nodiscard]] bool isEmpty() const { return m_lanes.empty(); }

private:
    std::map<Lane, std::deque<Work>> m_lanes; // no lane is empty
    std::optional<Lane> m_last;               // served last
};

} // namespace scratchproof
