// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/prober/check_queue.h"
#include "core/prober/prober_host.h"
#include "core/prober/stuck_probers.h"
#include "core/prober/watched_prober.h"
#include "core/prober/watcher_thread.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace scratchproof {

/// All but submit(), post(), leave(), setDeadline() and the snapshot runs on the watcher thread. Work is taken in and
/// given out in prober_host.cpp; what probers say, or do not say in time, is dealt with in prober_host_hearing.cpp.
class ProberHost::Impl final : private Watcher
{
public:
    Impl(System& system, HostSettings settings, HostListener& listener);

    WorkId submit(Work work) { return m_thread.submit(std::move(work)); }
    void post(std::function<void()> command) { m_thread.post(std::move(command)); }
    void setDeadline(Nanoseconds deadline) { m_thread.setStepDeadline(deadline); }
    void leave(std::function<void()> left) { m_thread.leave(std::move(left)); }
    [[nodiscard]] const std::optional<Error>& problem() const { return m_thread.problem(); }
    [[nodiscard]] std::vector<Abandoned> abandoned() const;

    void cancel(WorkId id);
    void cancelAll();

private:
    using ProberPointer = std::unique_ptr<WatchedProber>;

    void begin() override;
    void accept(Work work) override;
    void beforeWaiting() override;
    void watch(std::vector<WatchedFd>& watched) override;
    [[nodiscard]] Nanoseconds patience() const override;
    void woken(std::span<const WatchedFd> watched) override;
    void lookAtDeadlines() override;
    void farewell() override;
    void refuse(const Work& work, const Error& why) override;

    void dispatch();
    [[nodiscard]] bool isFree(const Lane& lane) const;
    void noteThoseOfOtherRuns(CrossedMount& crossed);
    void considerCrossing(WatchedProber& prober);
    void give(Work work);
    void sendIdleHome();
    void cancelRunning(WatchedProber& prober);

    void hear(WatchedProber& prober);
    void hearLine(WatchedProber& prober, const std::string& line);
    void hearEvent(WatchedProber& prober, Event event);
    void hearCrossing(WatchedProber& prober, event::Crossing crossing);
    void hearResult(WatchedProber& prober, Check result);
    [[nodiscard]] WaitingPlace whereItWaits(const WorkProgress& progress, std::string_view waitsIn);
    void finish(WatchedProber& prober);
    [[nodiscard]] bool mayGoOn(WatchedProber& prober) const;
    [[nodiscard]] bool isEndless(const WorkProgress& progress) const;
    void giveUp(WatchedProber& prober);
    void refuse(WatchedProber& prober, const std::string& why);
    void buryDead();
    void died(WatchedProber& prober, const ExitStatus& status);
    [[nodiscard]] ProberPointer take(const WatchedProber& prober);
    void takeSnapshot();

    void answerCancelled(const Work& work);
    void answerFailed(const WorkProgress& progress, Finding finding, Error error);
    void answerStillStuck(const Work& work, const StuckProber& stuck);
    void answerDenied(const WorkProgress& progress);
    void answerSameMount(const Work& work, const StuckProber& stuck);
    [[nodiscard]] Nanoseconds now() const { return m_system.clock.monotonic(); }

    System& m_system;
    HostListener& m_listener;
    Path m_program;
    std::shared_ptr<std::optional<ChildProcess>> m_first;
    unsigned m_atOnce;

    mutable std::mutex m_mutex;
    std::vector<Abandoned> m_abandoned; // guarded

    MountTable m_mounts;
    bool m_mountsAreFresh = false;
    UniqueFd m_mountinfo; // readable with urgency when mounts changed
    CheckQueue m_queue;
    std::vector<ProberPointer> m_probers;
    StuckProbers m_stuck;

    WatcherThread m_thread; // last: it uses what stands above
};

} // namespace scratchproof
