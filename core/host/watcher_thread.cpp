// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/watcher_thread.h"

#include "core/host/watched_prober.h"
#include "core/system/folder_ban.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

namespace scratchproof {

namespace {
// For ever, for whoever waits; and several of them still fit into Nanoseconds.
constexpr Nanoseconds kForEver = 365 * 24 * 3600 * kNanosecondsPerSecond;
constexpr std::chrono::milliseconds kBeforeAnotherTry{20};
} // namespace

WatcherThread::WatcherThread(System& system, Watcher& watcher, Nanoseconds stepDeadline)
    : m_system(system), m_watcher(watcher), m_deadline(stepDeadline)
{
    auto notifier = system.processes.makeNotifier();
    if (!notifier) {
        m_problem = std::move(notifier.error());
        return;
    }
    m_notifier = std::move(*notifier);
    try {
        m_thread = std::thread([this] { run(); });
    } catch (const std::system_error& error) {
        m_problem = Error{"pthread_create", {}, error.code().value(), {}};
    }
}

WatcherThread::~WatcherThread()
{
    post([this] { m_stopping = true; });
    if (m_thread.joinable())
        m_thread.join();
}

WorkId WatcherThread::submit(Work work)
{
    work.id = ++m_lastId;
    work.deadline = std::clamp<Nanoseconds>(m_deadline, 0, kForEver);
    work.accepted = m_system.clock.wall();
    const WorkId id = work.id;
    if (m_problem)
        m_watcher.refuse(work, *m_problem);
    else
        post([this, work = std::move(work)]() mutable { m_watcher.accept(std::move(work)); });
    return id;
}

void WatcherThread::post(std::function<void()> command)
{
    if (m_problem)
        return;
    {
        const std::lock_guard lock(m_mutex);
        m_commands.push_back(std::move(command));
    }
    m_system.processes.notify(m_notifier.get());
}

void WatcherThread::leave(std::function<void()> left)
{
    if (m_problem)
        return left();
    post([this, left = std::move(left)]() mutable {
        m_stopping = true;
        m_left = std::move(left);
    });
}

void WatcherThread::run()
{
    const FolderBan ban;
    m_watcher.begin();
    runCommands();
    while (!m_stopping) {
        m_watcher.beforeWaiting();
        waitForSomething();
        runCommands();
        m_watcher.lookAtDeadlines();
    }
    m_watcher.shutDown();
    if (m_left)
        m_left();
}

void WatcherThread::runCommands()
{
    std::vector<std::function<void()>> commands;
    {
        const std::lock_guard lock(m_mutex);
        commands.swap(m_commands);
    }
    for (const auto& command : commands)
        command();
}

void WatcherThread::waitForSomething()
{
    std::vector<WatchedFd> watched{{m_notifier.get(), true, false, false, false}};
    m_watcher.watch(watched);
    // Where nothing can be watched (no memory) deadlines still pass.
    if (!m_system.processes.waitFor(watched, m_watcher.patience()))
        return std::this_thread::sleep_for(kBeforeAnotherTry);
    if (watched.front().ready)
        m_system.processes.acknowledge(m_notifier.get());
    m_watcher.woken(std::span<const WatchedFd>(watched).subspan(1));
}

void waitForEnds(System& system, std::vector<std::unique_ptr<WatchedProber>>& leaving, Nanoseconds patience)
{
    const Nanoseconds end = system.clock.monotonic() + patience;
    for (auto now = end - patience; !leaving.empty() && now < end; now = system.clock.monotonic()) {
        std::vector<WatchedFd> watched;
        for (const auto& one : leaving) {
            watched.push_back({one->pidFd(), true, false, false, false});
            watched.push_back({one->outputFd(), true, false, false, false});
        }
        if (!system.processes.waitFor(watched, end - now))
            break;
        std::erase_if(leaving, [&](const auto& one) {
            one->discardOutput();
            const auto status = system.processes.reap(one->pidFd());
            return !status || status->has_value();
        });
    }
}

std::string inWords(const ExitStatus& status)
{
    return status.signalled ? fmt::format("signal {}", status.value) : fmt::format("exit code {}", status.value);
}

} // namespace scratchproof
