// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/host/prober_host.h"
#include "core/host/run_as.h"

#include <functional>
#include <memory>
#include <optional>

namespace scratchproof {

/// Why nothing can be done in some shoes, as one host found it and a later one is to say as well.
struct SupervisionEnded;

struct SupervisedSettings
{
    /// scratchproof-cli, started as `scratchproof-cli supervise` by another user of this computer. An absolute path.
    /// On another computer it is looked for there.
    Path program;
    RunAs runAs; // not ourselves
    /// How long a step may take there; see HostSettings. Somebody who is silent for longer than six of these and five
    /// seconds is given up. Connecting to another computer may take as long as one step, at least a second.
    Nanoseconds stepDeadline = 10 * kNanosecondsPerSecond;
    /// Of an earlier host for the same one; see leave().
    std::shared_ptr<const SupervisionEnded> ended = {};
    /// Called on the watcher thread, once it has had nothing to do for `idleAfter`; each time anew. Empty: never.
    std::function<void()> idle = {};
    Nanoseconds idleAfter = 60 * kNanosecondsPerSecond;
};

/// Checks done in other shoes, of another local user or on another computer: one supervisor (supervisor.h) is started
/// there (supervisor_start.h: by sudo, runuser, pkexec, or ssh), and does them all; it watches its own probers. What it
/// says is another's word: events must be of checks that were asked for, in number and size what a check can have, and
/// anything else ends it. Each Check has `as` set, and `host` where it is another computer.
///
/// Folders are absolute; on another computer they may be below its home folder (run_as.h). Where nothing can be done
/// there, every check answers not-checked with a finding that says why (other_user_findings.h, remote_findings.h), this
/// one and all later ones: nobody is asked for a password twice. Where something was only lacking here (descriptors,
/// memory, processes), they are answered with "prober-start", and the next one begins anew.
///
/// Calls `listener` from its watcher thread, as ProberHost does. Thread safe, and no method blocks. The destructor
/// closes the supervisor's input (it cleans up and ends by itself) and waits at most half a second for it; an ssh that
/// goes on is killed.
class SupervisedHost final : public CheckHost
{
public:
    SupervisedHost(System& system, const SupervisedSettings& settings, HostListener& listener);
    ~SupervisedHost() override;
    SupervisedHost(const SupervisedHost&) = delete;
    SupervisedHost& operator=(const SupervisedHost&) = delete;

    WorkId check(const Path& folder, Level level) override;
    void cancel(WorkId id) override;
    void cancelAll() override;
    void setStepDeadline(Nanoseconds deadline) override;
    /// Where nothing could be done there: the next check begins anew.
    void tryAnew();
    /// Begins what the destructor does, without waiting for it. `left` is called as the last thing that the watcher
    /// thread does, with why nothing could be done there, if that is so; then the destructor is quick. To be called
    /// once, and no work may be given to the host after it; what has no answer yet never gets one.
    void leave(std::function<void(std::shared_ptr<const SupervisionEnded>)> left);
    /// Why there is no watcher thread; nothing if there is one. Work is not to be given to a host without.
    [[nodiscard]] const std::optional<Error>& problem() const;

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace scratchproof
