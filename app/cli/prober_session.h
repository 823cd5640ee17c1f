// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"
#include "core/host/all_hosts.h"
#include "core/protocol/requests.h"
#include "core/system/termination_signals.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace scratchproof {

/// A host for a command that waits: what happens on the watcher thread is handed to the command's own thread, in
/// order. Ctrl-C takes all work back; what cleans up within 300 ms still answers.
class ProberSession final : private HostListener
{
public:
    /// `takesResultLines`: answers of our own probers come as ResultLine where they can.
    explicit ProberSession(Console& console, Nanoseconds stepDeadline = 10 * kNanosecondsPerSecond,
                           bool takesResultLines = false);
    ~ProberSession() override;

    /// Where work is to be asked for.
    [[nodiscard]] AllHosts& hosts() { return *m_hosts; }

    /// What happened to a piece of work, one of each kind of HostListener's calls.
    struct SessionEvent
    {
        WorkId id = 0;
        enum class Kind { CheckStarted, StepStarted, StepFinished, CheckFinished, ResultLine, Progressed, Answered };
        Kind kind = Kind::CheckStarted;
        std::string text; // a step's name, or the object of a ResultLine
        StepResult stepResult;
        std::shared_ptr<const Check> check;
        std::optional<Result<Json>> answer;    // and the body of a progress
        Verdict verdict = Verdict::NotChecked; // of a ResultLine
    };
    /// Waits for the next one; nothing once the session was interrupted and 300 ms went by without any.
    [[nodiscard]] std::optional<SessionEvent> next();

    using Progress = std::function<void(const Json& body)>;
    /// Asks and waits for the answer; calls `progress` for what comes before it. "cancelled" after Ctrl-C,
    /// "prober-nonsense" where the answer does not fit. Not to be mixed with next() for other work that is under way.
    template <typename R>
    [[nodiscard]] Result<typename R::Answer> ask(R request, const Progress& progress = {})
    {
        return readAnswer<typename R::Answer>(askForJson(std::move(request), progress));
    }

    /// Asks all at once, and waits for the answers: one for each request, in their order; nothing for those that had
    /// none when the session was interrupted. Not to be mixed with next() either.
    template <typename R>
    [[nodiscard]] std::vector<std::optional<Result<typename R::Answer>>> askAll(std::vector<R> requests)
    {
        std::vector<std::optional<Result<typename R::Answer>>> read;
        for (const auto& answer : askAllForJson({requests.begin(), requests.end()}))
            read.push_back(answer ? std::optional(readAnswer<typename R::Answer>(*answer)) : std::nullopt);
        return read;
    }

    /// Where the user is: the folder that relative arguments start from, which counts as in use.
    [[nodiscard]] const Path& workingFolder() const { return m_workingFolder; }

    /// Waits so long, or until a signal interrupts us.
    void pause(Nanoseconds time);

    /// A descriptor that is readable once a signal interrupted us. Negative where there is none to be had.
    [[nodiscard]] int interruption() const { return m_interruption.get(); }
    /// The signal that interrupted us; 0 if none did.
    [[nodiscard]] int signal() const;
    /// 130, 143, ... if a signal interrupted us, else `code`.
    [[nodiscard]] int exitCode(ExitCode code) const;

private:
    [[nodiscard]] Result<Json> askForJson(Request request, const Progress& progress);
    [[nodiscard]] std::vector<std::optional<Result<Json>>> askAllForJson(std::vector<Request> requests);

    void checkStarted(WorkId id) override;
    void stepStarted(WorkId id, const std::string& step) override;
    void stepFinished(WorkId id, const StepResult& result) override;
    void checkFinished(WorkId id, const Check& check) override;
    bool takeResultLine(WorkId id, const ResultLine& line) override;
    void caughtUp() override;
    void progressed(WorkId id, const Json& body) override;
    void answered(WorkId id, const Result<Json>& result) override;
    void put(SessionEvent event);
    [[nodiscard]] bool waitForEvents();
    void interrupted(int signal);

    System& m_system;
    Path m_workingFolder;
    bool m_takesResultLines;
    UniqueFd m_interruption;
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<SessionEvent> m_events;
    std::deque<SessionEvent> m_taken; // of the command's own thread: those that it goes through now
    int m_signal = 0;
    std::unique_ptr<TerminationSignals> m_signals; // before the host: its thread must inherit the blocked signals
    std::unique_ptr<AllHosts> m_hosts;
};

} // namespace scratchproof
