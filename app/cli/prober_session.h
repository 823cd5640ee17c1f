// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"
#include "core/prober/other_user_host.h"
#include "core/prober/prober_host.h"
#include "core/system/termination_signals.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace scratchproof {

/// A host for a command that waits: what happens on the watcher thread is handed to the command's own thread, in
/// order. Ctrl-C takes all work back; what cleans up within a second still answers.
class ProberSession final : private HostListener
{
public:
    explicit ProberSession(Console& console, Nanoseconds stepDeadline = 10 * kNanosecondsPerSecond);
    ~ProberSession() override;

    /// Does its checks as another user; there is no ask() then.
    ProberSession(Console& console, Nanoseconds stepDeadline, const std::string& as);

    [[nodiscard]] ProberHost& host() { return *m_host; }
    /// Where checks are to be asked for: host(), or the other user's.
    [[nodiscard]] CheckHost& checks() { return *m_checks; }

    /// What happened to a piece of work, one of each kind of HostListener's calls.
    struct Happening
    {
        WorkId id = 0;
        enum class Kind { CheckStarted, StepStarted, StepFinished, CheckFinished, Progressed, Answered } kind;
        std::string step;
        StepResult stepResult;
        std::shared_ptr<const Check> check;
        std::optional<Result<Json>> answer; // and the body of a progress
    };
    /// Waits for the next one; nothing once the session was interrupted and a second went by without any.
    [[nodiscard]] std::optional<Happening> next();

    /// Asks and waits for the answer; calls `progress` for what comes before it. "cancelled" after Ctrl-C.
    /// Not to be mixed with next() for other work that is under way.
    [[nodiscard]] Result<Json> ask(const Path& folder, Json request,
                                   const std::function<void(const Json&)>& progress = {});

    /// The signal that interrupted us; 0 if none did.
    [[nodiscard]] int signal() const;
    /// 130, 143, ... if a signal interrupted us, else `code`.
    [[nodiscard]] int exitCode(ExitCode code) const;

private:
    void checkStarted(WorkId id) override;
    void stepStarted(WorkId id, const std::string& step) override;
    void stepFinished(WorkId id, const StepResult& result) override;
    void checkFinished(WorkId id, const Check& check) override;
    void progressed(WorkId id, const Json& body) override;
    void answered(WorkId id, const Result<Json>& result) override;
    void catchSignals(const Console& console);
    void put(Happening happening);
    void interrupted(int signal);

    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<Happening> m_happenings;
    int m_signal = 0;
    std::unique_ptr<TerminationSignals> m_signals; // before the host: its thread must inherit the blocked signals
    std::unique_ptr<ProberHost> m_host;            // nothing where the checks are done as another user
    std::unique_ptr<CheckHost> m_otherUser;
    CheckHost* m_checks = nullptr; // one of the two
};

} // namespace scratchproof
