// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/prober/late_answers.h"
#include "core/prober/supervised_host.h"
#include "core/prober/supervisor_start.h"
#include "core/prober/watched_prober.h"
#include "core/prober/watcher_thread.h"

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace scratchproof {

struct SupervisionEnded
{
    Explain why;
    Verdict verdict = Verdict::NotChecked;
};

/// All but submit(), post(), leave() and setDeadline() runs on the watcher thread. Work is taken in, sent and given up
/// in supervised_host.cpp; what the other side says, or does not say in time, is dealt with in
/// supervised_host_hearing.cpp.
class SupervisedHost::Impl final : private Watcher
{
public:
    Impl(System& system, const SupervisedSettings& settings, HostListener& listener);
    ~Impl() override;
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    WorkId submit(Work work) { return m_thread.submit(std::move(work)); }
    void post(std::function<void()> command) { m_thread.post(std::move(command)); }
    void setDeadline(Nanoseconds deadline) { m_thread.setStepDeadline(deadline); }
    void cancel(WorkId id);
    void cancelAll();
    void tryAnew() { m_ended.reset(); }
    void leave(std::function<void(std::shared_ptr<const SupervisionEnded>)> left)
    {
        m_thread.leave([this, left = std::move(left)] { left(m_ended); });
    }
    [[nodiscard]] const std::optional<Error>& problem() const { return m_thread.problem(); }

private:
    /// Between the host and the thread that looks for ways, which may go on after the host's end.
    struct Inquiry
    {
        std::mutex mutex;
        std::condition_variable over;
        Impl* host = nullptr; // guarded; nullptr: nobody waits for what comes of it
        bool isOver = false;  // guarded
    };

    /// A check that was asked for and has no answer yet.
    struct Pending
    {
        Work work;
        bool isSent = false;
        std::optional<Nanoseconds> cancelled; // since when, monotonic
        std::optional<Nanoseconds> started;   // there; monotonic
        int stepsStarted = 0;
        std::vector<StepResult> steps;
    };

    void accept(Work work) override;
    void watch(std::vector<WatchedFd>& watched) override;
    [[nodiscard]] Nanoseconds patience() const override;
    void woken(std::span<const WatchedFd> watched) override;
    void lookAtDeadlines() override;
    void farewell() override;
    void refuse(const Work& work, const Error& why) override;

    void start(Nanoseconds deadline);
    void haveWays(const std::shared_ptr<Inquiry>& inquiry, SupervisorStart::Ways ways);
    void dropInquiry();
    void startWay();
    void send(Pending& pending);
    [[nodiscard]] Nanoseconds untilIdle() const;
    [[nodiscard]] Nanoseconds silenceAllowed() const;
    void hear(bool hasEnded);
    [[nodiscard]] bool hearLine(const std::string& line);
    void hearBeginning(const event::Started& started);
    void hearEvent(Event event);
    void hearOfCheck(Event& event, std::uint64_t id);
    void supervisorDied(const ExitStatus& status);
    void giveUp(SupervisorFault fault, const std::string& message, Verdict verdict = Verdict::NotChecked);
    void end(Explain why, Verdict verdict = Verdict::NotChecked);
    void answerEnded(const Pending& pending);
    void finish(const Work& work, Check check);
    [[nodiscard]] Nanoseconds now() const { return m_system.clock.monotonic(); }

    System& m_system;
    HostListener& m_listener;
    std::shared_ptr<SupervisorStart> m_start; // with the thread that looks for ways
    std::shared_ptr<Inquiry> m_inquiry;       // under way; nullptr: none
    Nanoseconds m_inquirySince = 0;           // monotonic
    std::map<WorkId, Pending> m_pending;
    SupervisorStart::Ways m_ways;
    std::size_t m_way = 0;     // that is tried, or was taken
    std::size_t m_answers = 0; // how many there were
    std::size_t m_bytesIn = 0; // that they took
    std::unique_ptr<WatchedProber> m_supervisor;
    std::vector<std::unique_ptr<WatchedProber>> m_givenUp; // until they end
    std::string m_otherVersion;                            // of the program on the other side, if it is not ours
    std::shared_ptr<const SupervisionEnded> m_ended;
    std::function<void()> m_idle;
    Nanoseconds m_idleAfter;
    Nanoseconds m_idleSince = 0; // monotonic

    WatcherThread m_thread; // last: it uses what stands above
};

} // namespace scratchproof
