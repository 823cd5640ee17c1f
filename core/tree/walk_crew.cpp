// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tree/walk_crew.h"

#include "core/tree/partial_walk.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

namespace scratchproof {

namespace {

constexpr std::chrono::milliseconds kBetweenPulses{50};

std::size_t threadsFor(const WalkRules& rules)
{
    return rules.threads != 0 ? rules.threads : std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
}

} // namespace

WalkCrew::WalkCrew(System& system, const WalkRules& rules, const WalkCalls& calls, std::stop_token stop)
    : m_system(system), m_rules(rules), m_calls(calls), m_stop(std::move(stop)), m_mostThreads(threadsFor(rules))
{}

WalkCrew::~WalkCrew()
{
    for (std::thread& thread : m_threads)
        thread.join();
}

WalkOutcome WalkCrew::run(std::shared_ptr<PartialWalk> whole)
{
    {
        const std::scoped_lock lock(m_mutex);
        m_given.push_back(std::move(whole));
        m_walks = 1;
    }
    work(true);
    for (std::thread& thread : m_threads)
        thread.join();
    m_threads.clear();
    m_outcome.cancelled = m_stop.stop_requested();
    std::ranges::sort(m_outcome.problems.list, {}, &Error::path);
    std::ranges::sort(m_outcome.marked.list);
    return std::move(m_outcome);
}

void WalkCrew::work(bool isCaller)
{
    std::unique_lock lock(m_mutex);
    CrewMember member{m_calls.visitor(), isCaller, nullptr, 0, {}, false};
    for (;;) {
        if (m_walks == 0)
            return;
        if (m_given.empty()) {
            ++m_idle;
            countUnemployed();
            if (isCaller)
                m_changed.wait_for(lock, kBetweenPulses);
            else
                m_changed.wait(lock);
            --m_idle;
            countUnemployed();
            if (isCaller) {
                lock.unlock();
                pulse();
                lock.lock();
            }
            continue;
        }
        std::shared_ptr<PartialWalk> walk = std::move(m_given.front());
        m_given.pop_front();
        ++m_atWork;
        countUnemployed();
        lock.unlock();
        while (walk)
            walk = walk->run(member) == PartialWalk::Step::Through ? finish(walk) : nullptr;
        lock.lock();
        --m_atWork;
    }
}

void WalkCrew::countUnemployed()
{
    const std::size_t all = m_idle + (m_mostThreads > m_started ? m_mostThreads - m_started : 0);
    m_unemployed.store(m_walks < kMostWalks && all > m_given.size() ? all - m_given.size() : 0,
                       std::memory_order_relaxed);
    m_wantsReserve.store(m_walks < kMostWalks && m_given.size() < (m_mostThreads - 1) * kReserve,
                         std::memory_order_relaxed);
}

void WalkCrew::give(std::shared_ptr<PartialWalk> part, GivenAway& from)
{
    const std::scoped_lock lock(m_mutex);
    ++from.walks;
    ++m_walks;
    const int top = part->top();
    m_given.push_back(std::move(part));
    if (m_idle < m_given.size() && m_started < m_mostThreads)
        startOneMore(top);
    countUnemployed();
    m_changed.notify_all();
}

/// What another thread may come to need, with the parts that there are then.
bool WalkCrew::hasFreeDescriptors(int any) const
{
    constexpr std::size_t kNeeded = 64;
    std::vector<UniqueFd> taken;
    while (taken.size() < kNeeded) {
        auto one = m_system.files.duplicate(any);
        if (!one)
            return false;
        taken.push_back(std::move(*one));
    }
    return true;
}

void WalkCrew::startOneMore(int anyDescriptor)
{
    if (!hasFreeDescriptors(anyDescriptor)) {
        m_mostThreads = m_started;
        return;
    }
    try {
        m_threads.emplace_back([this] { work(false); });
        ++m_started;
    } catch (const std::system_error&) {
        m_mostThreads =
            m_threads.size() + 1; // the user may have no more: what was given is taken by those that are there
    }
}

bool WalkCrew::isBack(PartialWalk& walk, const GivenAway& given)
{
    const std::scoped_lock lock(m_mutex);
    if (given.walks == 0)
        return true;
    walk.layAside(given);
    return false;
}

std::shared_ptr<PartialWalk> WalkCrew::finish(const std::shared_ptr<PartialWalk>& walk)
{
    const std::scoped_lock lock(m_mutex);
    --m_walks;
    countUnemployed();
    if (m_walks == 0)
        m_changed.notify_all();
    GivenAway* given = walk->givenBy();
    if (given == nullptr)
        return nullptr;
    --given->walks;
    given->problem = given->problem || walk->hasProblem();
    if (given->walks == 0 && walk->giver()->takeUp(*given))
        return walk->giver();
    return nullptr;
}

void WalkCrew::addProblem(const TreePlace& place, const Error& error)
{
    const std::scoped_lock lock(m_mutex);
    m_outcome.problems.add(place, error);
}

void WalkCrew::addMarked(const TreePlace& place)
{
    const std::scoped_lock lock(m_mutex);
    m_outcome.marked.add(place);
}

void WalkCrew::pulse() const
{
    if (m_calls.pulse)
        m_calls.pulse();
}

bool WalkCrew::hasOthersAtWork()
{
    const std::scoped_lock lock(m_mutex);
    return m_atWork > 1;
}

} // namespace scratchproof
