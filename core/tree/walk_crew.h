// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/directory_entries.h"
#include "core/tree/tree_walk.h"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace scratchproof {

class PartialWalk;

/// What a level of a walk has given away; of the crew's mutex.
struct GivenAway
{
    std::size_t walks = 0; // that are not through
    bool problem = false;  // one of them had
};

/// One thread of the crew, with what it needs whichever walk it works on.
struct CrewMember
{
    TreeVisitor& visitor;
    bool isCaller = false;
    std::shared_ptr<std::byte[]> buffer;
    std::size_t bufferSize = 0;
    std::vector<DirectoryEntry> batch; // of names in the buffer
    bool isBufferGiven = false;        // others read it: the next entries need another one
};

/// The threads of one walkTree(), and the walks that it falls into. A walk is worked on by one thread at a time. It can
/// give a part of itself away as a new walk; when it comes to a directory of which a part is not back yet, it is laid
/// aside, and whoever finishes the last part goes on with it. So no thread ever waits for another while there is
/// something to do.
class WalkCrew
{
public:
    WalkCrew(System& system, const WalkRules& rules, const WalkCalls& calls, std::stop_token stop);
    ~WalkCrew();
    WalkCrew(const WalkCrew&) = delete;
    WalkCrew& operator=(const WalkCrew&) = delete;

    /// Blocks until the walk and all parts of it are through.
    [[nodiscard]] WalkOutcome run(std::shared_ptr<PartialWalk> whole);

    // For walks. Thread safe.
    [[nodiscard]] System& system() const { return m_system; }
    [[nodiscard]] const WalkRules& rules() const { return m_rules; }
    [[nodiscard]] bool isStopped() const { return m_stop.stop_requested(); }
    /// How many threads have nothing to do, or could be started.
    [[nodiscard]] std::size_t idleThreads() const { return m_unemployed.load(std::memory_order_relaxed); }
    /// Whether others will soon have nothing to do, unless they are given more.
    [[nodiscard]] bool wantsReserve() const { return m_wantsReserve.load(std::memory_order_relaxed); }
    /// A new walk, a part of one whose `from` counts it from now on.
    void give(std::shared_ptr<PartialWalk> part, GivenAway& from);
    /// True if all that was given away is through. Else the walk is laid aside, and no longer the caller's.
    [[nodiscard]] bool isBack(PartialWalk& walk, const GivenAway& given);
    void addProblem(const TreePlace& place, const Error& error);
    void addMarked(const TreePlace& place);
    void pulse() const;
    /// Descriptors ran out: everybody is to make do with few from now on.
    void beFrugal() { m_isFrugal.store(true, std::memory_order_relaxed); }
    [[nodiscard]] bool isFrugal() const { return m_isFrugal.load(std::memory_order_relaxed); }
    /// Whether other threads may yet give descriptors back.
    [[nodiscard]] bool hasOthersAtWork();
    /// Takes one of the times that directories may be walked again, of 10,000 in all; false if they are used up.
    [[nodiscard]] bool mayWalkAgain() { return m_walkedAgain.fetch_add(1, std::memory_order_relaxed) < kMostAgain; }

private:
    static constexpr std::size_t kMostWalks = 24;
    static constexpr std::size_t kReserve = 2; // walks that wait, for each other thread
    static constexpr unsigned kMostAgain = 10000;

    void work(bool isCaller);
    /// The walk that waited for this one, if it did for nothing else.
    [[nodiscard]] std::shared_ptr<PartialWalk> finish(const std::shared_ptr<PartialWalk>& walk);
    void startOneMore(int anyDescriptor);
    [[nodiscard]] bool hasFreeDescriptors(int any) const;
    void countUnemployed();

    System& m_system;
    const WalkRules& m_rules;
    const WalkCalls& m_calls;
    const std::stop_token m_stop;
    std::atomic<std::size_t> m_unemployed = 0;
    std::atomic<bool> m_wantsReserve = false;
    std::atomic<bool> m_isFrugal = false;
    std::atomic<unsigned> m_walkedAgain = 0;

    std::mutex m_mutex; // of all below
    std::condition_variable m_changed;
    std::deque<std::shared_ptr<PartialWalk>> m_given; // that nobody has taken
    std::size_t m_walks = 0;                          // that are not through
    std::size_t m_idle = 0;                           // threads
    std::size_t m_atWork = 0;
    std::size_t m_started = 1; // threads, with the calling one
    std::size_t m_mostThreads;
    WalkOutcome m_outcome;
    std::vector<std::thread> m_threads; // the calling thread's, or of the one that starts another
};

} // namespace scratchproof
