// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/host/check_queue.h"
#include "core/system/system.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
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
    /// Once, last: nothing is called back from here on. What was started is told to end, and waited for a moment.
    virtual void shutDown() = 0;
    /// In place of accept(), where there is no thread: on the thread of whoever submits.
    virtual void refuse(const Work& work, const Error& why) = 0;
};

/// The thread on which a host watches its processes: work and commands of other threads come in by a queue and a
/// notifier, between two waits. It should be its owner's last member, since it runs from its construction (`watcher`
/// must be whole by then) until the end of its destruction, which waits for shutDown(). Where no thread or notifier is
/// to be had (a limit, no memory), it is there without one, and refuses all work. Thread safe.
class WatcherThread
{
public:
    WatcherThread(System& system, Watcher& watcher, Nanoseconds stepDeadline);
    ~WatcherThread();
    WatcherThread(const WatcherThread&) = delete;
    WatcherThread& operator=(const WatcherThread&) = delete;

    /// Gives the work its number and deadline, and hands it to Watcher::accept().
    WorkId submit(Work work);
    /// Runs `command` on the thread; drops it where there is none, or it has taken leave.
    void post(std::function<void()> command);
    /// Takes leave as the destructor does, without waiting for it. `left` is called on the thread, as the last thing
    /// that it does; where there is none, at once. To be called once.
    void leave(std::function<void()> left);
    /// Why there is no thread; nothing if there is one.
    [[nodiscard]] const std::optional<Error>& problem() const { return m_problem; }
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
    bool m_stopping = false;                       // of the thread, as is:
    std::function<void()> m_left;
    std::optional<Error> m_problem; // set by the constructor only
    std::thread m_thread;           // last: everything it uses stands above
};

/// How long a host goes on with the lines that one of its processes has sent, before it looks at all else.
constexpr Nanoseconds kTurn = 20 * kNanosecondsPerMillisecond;

/// What a host's destructor waits at most for probers that may end by themselves, and then for those that were killed.
constexpr Nanoseconds kForShuttingDown = kNanosecondsPerSecond / 2;
constexpr Nanoseconds kForReaping = 50 * kNanosecondsPerMillisecond;

/// A farewell: waits until each of `leaving`, whose input was closed, has ended, at most for `patience`; whoever has
/// ended is reaped and taken off the list. Reads what they still say, since a full pipe would keep them from ending.
void waitForEnds(System& system, std::vector<std::unique_ptr<WatchedProber>>& leaving, Nanoseconds patience);

/// "exit code 3" or "signal 9", for messages.
[[nodiscard]] std::string inWords(const ExitStatus& status);

} // namespace scratchproof
