// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/prober/check_queue.h"
#include "core/system/system.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace scratchproof {

class WatchedProber;

/// What a host does on its watcher thread. Every method is called on that thread, and on no other.
class Watcher
{
public:
    virtual ~Watcher() = default;
    /// Once, before anything else.
    virtual void begin() {}
    /// New work, with its number, deadline and time of acceptance set.
    virtual void accept(Work work) = 0;
    /// Before each wait: what can be begun.
    virtual void beforeWaiting() {}
    /// Adds what is to be watched besides the commands of other threads.
    virtual void watch(std::vector<WatchedFd>& watched) = 0;
    /// How long nothing needs to be looked at; negative: for ever.
    [[nodiscard]] virtual Nanoseconds patience() const = 0;
    /// After each wait: what watch() added, in its order.
    virtual void woken(std::span<const WatchedFd> watched) = 0;
    /// After the commands: who is late.
    virtual void lookAtDeadlines() = 0;
    /// Once, last: nothing is called back from here on. What was started is sent home, and waited for a moment.
    virtual void farewell() = 0;
};

/// The thread on which a host watches its processes: work and commands of other threads come in by a queue and a
/// notifier, between two waits. It should be its owner's last member, since it runs from its construction (`watcher`
/// must be whole by then) until the end of its destruction, which waits for farewell(). Thread safe.
class WatcherThread
{
public:
    WatcherThread(System& system, Watcher& watcher, Nanoseconds stepDeadline);
    ~WatcherThread();
    WatcherThread(const WatcherThread&) = delete;
    WatcherThread& operator=(const WatcherThread&) = delete;

    /// Gives the work its number and deadline, and hands it to Watcher::accept().
    WorkId submit(Work work);
    /// Runs `command` on the thread.
    void post(std::function<void()> command);
    /// For later work.
    void setStepDeadline(Nanoseconds deadline) { m_deadline = deadline; }

private:
    void run();
    void runCommands();
    void waitForSomething();

    System& m_system;
    Watcher& m_watcher;
    std::atomic<Nanoseconds> m_deadline;
    std::atomic<WorkId> m_lastId{0};
    UniqueFd m_notifier;
    std::mutex m_mutex;
    std::vector<std::function<void()>> m_commands; // guarded
    bool m_stopping = false;                       // of the thread
    std::thread m_thread;                          // last: everything it uses stands above
};

/// What a host's destructor waits at most for probers that may end by themselves, and then for those that were killed.
constexpr Nanoseconds kFarewell = kNanosecondsPerSecond / 2;
constexpr Nanoseconds kLastRites = 50 * kNanosecondsPerMillisecond;

/// A farewell: waits until each of `leaving`, whose input was closed, has ended, at most for `patience`; whoever has
/// ended is reaped and taken off the list. Reads what they still say, since a full pipe would keep them from ending.
void waitForEnds(System& system, std::vector<std::unique_ptr<WatchedProber>>& leaving, Nanoseconds patience);

/// "exit code 3" or "signal 9", for messages.
[[nodiscard]] std::string inWords(const ExitStatus& status);

} // namespace scratchproof
