// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/prober/supervised_host.h"

#include <memory>
#include <mutex>
#include <vector>

namespace scratchproof {

/// Checks in anybody's shoes: a ProberHost for here, and a SupervisedHost for each other asker, made when it is first
/// wanted. Several folders of one asker share one supervisor; different ones work side by side. Numbers of work are
/// told apart, and `listener` hears of all of them; it is called by several watcher threads, so not one call at a time.
///
/// Thread safe; no method blocks. The destructor takes leave of all hosts at once, and so no longer than one of them.
class AllHosts
{
public:
    /// What a later check does where an earlier one found that nothing can be done in these shoes: it gets the same
    /// answer, or, once the failure is some seconds old, it tries anew.
    enum class AfterFailure { SameAnswer, TryAnew };

    AllHosts(System& system, HostSettings settings, HostListener& listener, AfterFailure afterFailure);
    ~AllHosts();
    AllHosts(const AllHosts&) = delete;
    AllHosts& operator=(const AllHosts&) = delete;

    /// `folder`: see SupervisedHost; absolute for ourselves.
    WorkId check(const Asker& asker, const Path& folder, Level level);
    /// ProberHost::ask(): here, as ourselves.
    WorkId ask(const Path& folder, Json request);
    void cancel(WorkId id);
    void cancelAll();
    void setStepDeadline(Nanoseconds deadline);

    /// The one for ourselves.
    [[nodiscard]] ProberHost& here() { return *m_here; }

private:
    class Relay;
    struct Other
    {
        Asker asker;
        std::unique_ptr<Relay> relay; // outlives the host
        std::unique_ptr<SupervisedHost> host;
    };

    Other& other(const Asker& asker);

    System& m_system;
    HostListener& m_listener;
    AfterFailure m_afterFailure;
    std::mutex m_mutex;
    HostSettings m_settings;
    std::vector<std::unique_ptr<Other>> m_others; // guarded; the place of each is in its works, so none ever goes
    std::unique_ptr<ProberHost> m_here;
};

} // namespace scratchproof
