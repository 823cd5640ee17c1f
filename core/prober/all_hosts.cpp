// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/prober/all_hosts.h"

#include "core/diagnosis/remote_findings.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

namespace scratchproof {

namespace {

constexpr unsigned kHostShift = 48; // of a work: which host does it, 0 being our own
constexpr WorkId kWithinHost = (WorkId{1} << kHostShift) - 1;
constexpr Nanoseconds kFreshFailure = 2 * kNanosecondsPerSecond;

} // namespace

/// Gives the works of a host numbers that no other host uses, and passes all on.
class AllHosts::Relay final : public HostListener
{
public:
    Relay(ClockSource& clock, HostListener& target, WorkId offset) : m_clock(clock), m_target(target), m_offset(offset)
    {}

    [[nodiscard]] WorkId offset() const { return m_offset; }
    /// Nothing could be done there, and that is some time ago. Forgets it.
    bool takeOldFailure()
    {
        Nanoseconds failed = m_failed;
        return failed != 0 && m_clock.monotonic() - failed > kFreshFailure &&
               m_failed.compare_exchange_strong(failed, 0);
    }

    void checkStarted(WorkId work) override { m_target.checkStarted(m_offset + work); }
    void stepStarted(WorkId work, const std::string& step) override { m_target.stepStarted(m_offset + work, step); }
    void stepFinished(WorkId work, const StepResult& result) override
    {
        m_target.stepFinished(m_offset + work, result);
    }
    void checkFinished(WorkId work, const Check& check) override
    {
        if (!check.findings.empty() && isOfSupervision(check.findings.front()))
            m_failed = m_clock.monotonic();
        m_target.checkFinished(m_offset + work, check);
    }

private:
    ClockSource& m_clock;
    HostListener& m_target;
    WorkId m_offset;
    std::atomic<Nanoseconds> m_failed{0}; // monotonic
};

AllHosts::AllHosts(System& system, HostSettings settings, HostListener& listener, AfterFailure afterFailure)
    : m_system(system), m_listener(listener), m_afterFailure(afterFailure), m_settings(settings),
      m_here(std::make_unique<ProberHost>(system, std::move(settings), listener))
{}

AllHosts::~AllHosts()
{
    // Side by side: each waits a moment for those that clean up.
    std::vector<std::thread> farewells;
    for (const auto& one : m_others)
        farewells.emplace_back([&one] { one->host.reset(); });
    m_here.reset();
    for (std::thread& farewell : farewells)
        farewell.join();
}

AllHosts::Other& AllHosts::other(const Asker& asker)
{
    const auto known =
        std::find_if(m_others.begin(), m_others.end(), [&](const auto& one) { return one->asker == asker; });
    if (known != m_others.end()) {
        if (m_afterFailure == AfterFailure::TryAnew && (*known)->relay->takeOldFailure())
            (*known)->host->tryAnew();
        return **known;
    }
    auto made = std::make_unique<Other>();
    made->asker = asker;
    made->relay =
        std::make_unique<Relay>(m_system.clock, m_listener, static_cast<WorkId>(m_others.size() + 1) << kHostShift);
    made->host = std::make_unique<SupervisedHost>(
        m_system, SupervisedSettings{m_settings.program, asker, m_settings.stepDeadline}, *made->relay);
    return *m_others.emplace_back(std::move(made));
}

WorkId AllHosts::check(const Asker& asker, const Path& folder, Level level)
{
    if (asker.isHere())
        return m_here->check(folder, level);
    const std::lock_guard lock(m_mutex);
    const Other& one = other(asker);
    return one.relay->offset() + one.host->check(folder, level);
}

WorkId AllHosts::ask(const Path& folder, Json request)
{
    return m_here->ask(folder, std::move(request));
}

void AllHosts::cancel(WorkId id)
{
    const std::size_t place = id >> kHostShift;
    if (place == 0)
        return m_here->cancel(id);
    const std::lock_guard lock(m_mutex);
    if (place <= m_others.size())
        m_others[place - 1]->host->cancel(id & kWithinHost);
}

void AllHosts::cancelAll()
{
    m_here->cancelAll();
    const std::lock_guard lock(m_mutex);
    for (const auto& one : m_others)
        one->host->cancelAll();
}

void AllHosts::setStepDeadline(Nanoseconds deadline)
{
    m_here->setStepDeadline(deadline);
    const std::lock_guard lock(m_mutex);
    m_settings.stepDeadline = deadline;
    for (const auto& one : m_others)
        one->host->setStepDeadline(deadline);
}

} // namespace scratchproof
