// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/check/check.h"
#include "core/protocol/messages.h"
#include "core/protocol/requests.h"
#include "core/protocol/result_line.h"
#include "core/stream/json_fields.h"
#include "core/system/processes.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scratchproof {

/// A number that tells one piece of work from all others of this host; never 0, never used twice.
using WorkId = std::uint64_t;

struct HostSettings
{
    /// scratchproof-cli, started as `scratchproof-cli prober`. An absolute path.
    Path program;
    /// How long a step (and the gathering of facts, and the silence of a request) may take. `sync` may take up to six
    /// times as long while the device's written sectors grow.
    Nanoseconds stepDeadline = 10 * kNanosecondsPerSecond;
    /// How many probers in good standing may work at once; one that has been silent for 50 ms does not count, so
    /// that hung mounts do not hold the others up.
    unsigned atOnce = 4;
    /// The first prober, started already; empty, or its holder empty: it is started when it is needed. Where it is not
    /// needed, it ends with the holder.
    std::shared_ptr<std::optional<ChildProcess>> first;
};

/// Told what happens. Called on the host's watcher thread, one call at a time, in order; must return quickly and may
/// call the host.
struct HostListener
{
    virtual ~HostListener() = default;
    virtual void checkStarted(WorkId) {}
    virtual void stepStarted(WorkId, const std::string& /*step*/) {}
    virtual void stepFinished(WorkId, const StepResult&) {}
    /// Exactly once for every check() that was accepted, whatever happens: cancelled, late and crashed ones too.
    virtual void checkFinished(WorkId, const Check&) {}
    /// Offers the answer of one of our own probers, unread, before checkFinished(). True: taken, checkFinished() is not
    /// called for it. The text is valid during the call only.
    virtual bool takeResultLine(WorkId, const ResultLine&) { return false; }
    /// Everything that had happened has been told: the host's thread waits for more.
    virtual void caughtUp() {}
    virtual void progressed(WorkId, const Json& /*body*/) {}
    /// Exactly once for every ask() that was accepted. Errors of the host itself have the operations "not-responding"
    /// (it did not come back in time), "cancelled", "prober-died", "prober-start" and "prober-nonsense".
    virtual void answered(WorkId, const Result<Json>&) {}
};

/// Where checks are done: here by ProberHost, or in other shoes by SupervisedHost (supervised_host.h). What is promised
/// below holds for both.
class CheckHost
{
public:
    virtual ~CheckHost() = default;
    /// Queues a check. `folder` as bytes, absolute. HostListener::checkFinished() is called exactly once for it.
    virtual WorkId check(const Path& folder, Level level) = 0;
    /// Takes work back. What waits is answered at once (a check as not-checked); what runs is stopped after cleaning
    /// up.
    virtual void cancel(WorkId id) = 0;
    virtual void cancelAll() = 0;
    /// For later checks and asks.
    virtual void setStepDeadline(Nanoseconds deadline) = 0;
};

/// Starts and watches probers: the only way by which the window and the console program reach a user's folder.
///
/// One watcher thread polls the pipes and pidfds of all probers. Work waits in a queue by mount (CheckQueue); a prober
/// that is late is abandoned (not waited for, reaped when it ends), its work answers not-responding, and a second one
/// gets the mount's next folder; if that is late as well, what waits for this mount is not checked. While an abandoned
/// prober lives, its mount answers at once.
///
/// An abandoned prober that has something in the folder is left alone: its input is closed, and when its call comes
/// back it removes what it made, and ends. Until then its answer names what may be there. One that has made nothing
/// gets SIGKILL.
///
/// Where no thread or notifier is to be had, all work is answered as "prober-start" (by a check: with that finding), on
/// the calling thread, before the call that asked for it returns.
///
/// Thread safe. No method blocks on a folder. The destructor drops all work, closes the probers' input (they clean up
/// and end by themselves), waits at most half a second for those that answer, and leaves the rest, which does the same
/// later.
class ProberHost final : public CheckHost
{
public:
    ProberHost(System& system, HostSettings settings, HostListener& listener);
    ~ProberHost() override;
    ProberHost(const ProberHost&) = delete;
    ProberHost& operator=(const ProberHost&) = delete;

    WorkId check(const Path& folder, Level level) override;
    /// Queues any other request. It waits with the mount of its folder (folderOf()).
    WorkId ask(Request request);

    void cancel(WorkId id) override;
    void cancelAll() override;
    void setStepDeadline(Nanoseconds deadline) override;

    /// Runs `command` on the watcher thread, which it must not keep waiting. Not called where there is no thread, or
    /// leave() came before.
    void post(std::function<void()> command);
    /// Begins what the destructor does, without waiting for it; work that is not answered by then never is. To be
    /// called once, and nothing but the destructor after it.
    void leave();
    /// Why there is no watcher thread; nothing if there is one.
    [[nodiscard]] const std::optional<Error>& problem() const;

    /// Probers that were given up and still live: for tests and the console.
    struct Abandoned
    {
        int pid = 0;
        Path mountPoint;
        Nanoseconds since = 0; // wall clock
    };
    [[nodiscard]] std::vector<Abandoned> abandoned() const;

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

/// scratchproof-cli next to the running program, else in the bin directory it was installed to. Looked for once, by the
/// first call; a program whose threads must always answer makes that one early.
[[nodiscard]] Result<Path> findProberProgram();

} // namespace scratchproof
