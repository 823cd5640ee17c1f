// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/host/prober_host.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace scratchproof::test {

/// Keeps what a host tells, and lets a test wait for it. Header only, so that the support library needs no prober.
class Collector : public HostListener
{
public:
    void stepStarted(WorkId id, const std::string& step) override
    {
        const std::scoped_lock lock(m_mutex);
        m_steps.insert({id, step});
        m_changed.notify_all();
    }
    void checkFinished(WorkId id, const Check& check) override
    {
        const std::scoped_lock lock(m_mutex);
        m_checks.insert_or_assign(id, check);
        ++m_finished[id];
        m_changed.notify_all();
    }
    void answered(WorkId id, const Result<Json>& answer) override
    {
        const std::scoped_lock lock(m_mutex);
        m_answers.insert_or_assign(id, answer);
        ++m_finished[id];
        m_changed.notify_all();
    }

    /// Nothing if it does not come in time.
    [[nodiscard]] std::optional<Check> check(WorkId id, std::chrono::milliseconds timeout = std::chrono::seconds(30))
    {
        return waitFor(m_checks, id, timeout);
    }
    [[nodiscard]] std::optional<Result<Json>> answer(WorkId id,
                                                     std::chrono::milliseconds timeout = std::chrono::seconds(30))
    {
        return waitFor(m_answers, id, timeout);
    }
    [[nodiscard]] bool hasStarted(WorkId id, const std::string& step,
                                  std::chrono::milliseconds timeout = std::chrono::seconds(30))
    {
        std::unique_lock lock(m_mutex);
        return m_changed.wait_for(lock, timeout, [&] { return m_steps.contains({id, step}); });
    }
    /// How often a piece of work was answered: more than once is a mistake.
    [[nodiscard]] int timesFinished(WorkId id)
    {
        const std::scoped_lock lock(m_mutex);
        return m_finished[id];
    }

private:
    template <typename T>
    std::optional<T> waitFor(const std::map<WorkId, T>& from, WorkId id, std::chrono::milliseconds timeout)
    {
        std::unique_lock lock(m_mutex);
        if (!m_changed.wait_for(lock, timeout, [&] { return from.contains(id); }))
            return std::nullopt;
        return from.at(id);
    }

    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::map<WorkId, Check> m_checks;
    std::map<WorkId, Result<Json>> m_answers;
    std::set<std::pair<WorkId, std::string>> m_steps;
    std::map<WorkId, int> m_finished;
};

} // namespace scratchproof::test
