// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/prober/prober_host.h"

#include <memory>
#include <string>

namespace scratchproof {

struct OtherUserSettings
{
    /// scratchproof-cli, started as `scratchproof-cli supervise` by the other user. An absolute path.
    Path program;
    std::string user; // the name of an account
    /// How long a step may take there; see HostSettings. Somebody who is silent for longer than six of these and five
    /// seconds is given up.
    Nanoseconds stepDeadline = 10 * kNanosecondsPerSecond;
};

/// Checks done in another local user's place: one supervisor (supervisor.h) is started as that user, by sudo, runuser
/// or pkexec (ways_to_become.h), and does them all; it watches its own probers. What it says is another's word: events
/// must be of checks that were asked for, and anything else ends it. Each Check has `as` set.
///
/// Where nothing can be done in that user's place, every check answers not-checked with a finding of
/// other_user_findings.h, this one and all later ones: nobody is asked for a password twice.
///
/// Calls `listener` from its watcher thread, as ProberHost does. Thread safe, and no method blocks. The destructor
/// closes the supervisor's input (it cleans up and ends by itself) and waits at most half a second for it.
class OtherUserHost final : public CheckHost
{
public:
    OtherUserHost(System& system, OtherUserSettings settings, HostListener& listener);
    ~OtherUserHost() override;
    OtherUserHost(const OtherUserHost&) = delete;
    OtherUserHost& operator=(const OtherUserHost&) = delete;

    WorkId check(const Path& folder, Level level) override;
    void cancel(WorkId id) override;
    void cancelAll() override;
    void setStepDeadline(Nanoseconds deadline) override;

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace scratchproof
