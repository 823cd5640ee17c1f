// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tree/remove_tree.h"

#include "core/base/invariant.h"
#include "core/tree/hard_links.h"

#include <atomic>
#include <deque>
#include <utility>

namespace scratchproof {

namespace {

/// One thread's, who alone changes the counts.
class Remover : public TreeVisitor
{
public:
    Remover(System& system, HardLinks& links) : m_system(system), m_links(links) {}

    Result<void> file(int directory, const char* name) override
    {
        require(isEntryName(name), "a tree is removed entry by entry, each below the directory that was opened");
        const auto status = m_system.attributes.statusAt(directory, name);
        auto done = m_system.files.unlink(directory, name);
        if (done)
            count(status && (status->links <= 1 || m_links.isLastRemoved(*status)) ? status->diskBytes : 0);
        return done;
    }

    void entered(const FileStatus& /*folder*/) override {}
    void turnedAway(const std::function<TreePlace()>& /*place*/) override {}

    Result<void> left(int parent, const char* name) override
    {
        require(isEntryName(name), "a tree is removed entry by entry, each below the directory that was opened");
        auto done = m_system.files.removeDirectory(parent, name);
        if (done)
            count(0);
        return done;
    }

    /// Thread safe.
    void addTo(RemovalProgress& sum) const
    {
        sum.entries += m_entries.load(std::memory_order_relaxed);
        sum.bytes += m_bytes.load(std::memory_order_relaxed);
    }

private:
    void count(std::uint64_t bytes)
    {
        m_entries.store(m_entries.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        m_bytes.store(m_bytes.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
    }

    System& m_system;
    HardLinks& m_links;
    std::atomic<std::uint64_t> m_entries = 0;
    std::atomic<std::uint64_t> m_bytes = 0;
};

/// The removers of all threads. They come one at a time, while others are summed up.
class Removers
{
public:
    explicit Removers(System& system) : m_system(system) {}

    [[nodiscard]] TreeVisitor& addOne()
    {
        const std::scoped_lock lock(m_mutex);
        return m_all.emplace_back(m_system, m_links);
    }
    [[nodiscard]] RemovalProgress done()
    {
        const std::scoped_lock lock(m_mutex);
        RemovalProgress sum;
        for (const Remover& remover : m_all)
            remover.addTo(sum);
        return sum;
    }

private:
    System& m_system;
    HardLinks m_links;
    std::mutex m_mutex;
    std::deque<Remover> m_all;
};

} // namespace

Removal removeContents(System& system, int directory, const Path& path, const char* except, std::stop_token stop,
                       const std::function<void(const RemovalProgress&)>& progress, unsigned threads)
{
    WalkRules rules;
    rules.passOver = except;
    rules.marker = kMarkerName;
    rules.keepMarked = true;
    rules.openUp = true;
    rules.empties = true;
    rules.threads = threads;
    Removers removers(system);
    WalkCalls calls;
    calls.visitor = [&]() -> TreeVisitor& { return removers.addOne(); };
    if (progress)
        calls.pulse = pulseFor(system, [&] { progress(removers.done()); });
    WalkOutcome outcome = walkTree(system, directory, path, rules, calls, std::move(stop));
    return Removal{removers.done(), std::move(outcome.problems), std::move(outcome.marked), outcome.cancelled};
}

} // namespace scratchproof
