// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/host/supervised_host.h"

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace scratchproof {

/// Checks in anybody's shoes: a ProberHost for here, and a SupervisedHost for each other user or computer, made when it
/// is wanted. Several folders for one of them share one supervisor; different ones work side by side, a bounded number
/// at once, and the rest waits its turn. One that has nothing to do is ended when another waits, and one on another
/// computer after a minute. Numbers of work are told apart, and `listener` hears of all of them; it is called by
/// several watcher threads, so not one call at a time, and, where there is no thread to be had, by the calling one.
///
/// Thread safe; no method blocks. The destructor takes leave of all hosts at once, and so no longer than one of them.
class AllHosts
{
public:
    /// What a later check does where an earlier one found that nothing can be done in these shoes: it gets the same
    /// answer, or, once the failure is some seconds old, it tries anew.
    enum class AfterFailure { SameAnswer, TryAnew };

    /// How many other users and computers have a host at once: each takes a thread, a process and five descriptors.
    /// Fewer where this process may have few of them.
    static constexpr std::size_t kMostOthersAtOnce = 16;

    AllHosts(System& system, HostSettings settings, HostListener& listener, AfterFailure afterFailure);
    ~AllHosts();
    AllHosts(const AllHosts&) = delete;
    AllHosts& operator=(const AllHosts&) = delete;

    /// `folder`: see SupervisedHost; absolute for ourselves.
    WorkId check(const RunAs& runAs, const Path& folder, Level level);
    /// ProberHost::ask(): here, as ourselves.
    WorkId ask(Request request);
    void cancel(WorkId id);
    void cancelAll();
    void setStepDeadline(Nanoseconds deadline);

    /// The one for ourselves.
    [[nodiscard]] ProberHost& here() { return *m_here; }

private:
    class Relay;
    struct Other;
    struct Waiting;
    using Answers = std::vector<std::pair<WorkId, Check>>; // to be given once the lock is free

    [[nodiscard]] Other& other(const RunAs& runAs);
    [[nodiscard]] Other* otherOf(WorkId id);
    void queue(Other& one);
    void serve(Answers& answers);
    [[nodiscard]] bool makeHost(Other& one);
    void makeRoom();
    void sendHome(Other& one);
    void hasLeft(Other& one, std::shared_ptr<const SupervisionEnded> ended);
    void give(Answers answers);

    System& m_system;
    HostListener& m_listener;
    AfterFailure m_afterFailure;
    std::mutex m_mutex; // of all below but m_here
    HostSettings m_settings;
    std::size_t m_mostAtOnce;
    Error m_noHost; // why there was none when one was wanted last
    bool m_isClosing = false;
    std::vector<std::unique_ptr<Other>> m_others; // the place of each is in its works, so none ever goes
    std::map<std::pair<std::string, std::string>, Other*> m_byName; // by user and host
    std::deque<Other*> m_inTurn;                                    // who waits for a host, the first come first
    std::vector<Other*> m_live;                                     // who has one; it may be leaving
    std::unique_ptr<ProberHost> m_here;
};

} // namespace scratchproof
