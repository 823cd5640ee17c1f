// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/measure_tree.h"

#include "core/scratch/hard_links.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <utility>

namespace scratchproof {

namespace {

struct Newest
{
    Nanoseconds time = 0;
    Path path;

    void consider(Nanoseconds otherTime, const Path& otherPath)
    {
        if (otherTime < time || (otherTime == time && (otherPath.empty() || (!path.empty() && path <= otherPath))))
            return;
        time = otherTime;
        path = otherPath;
    }
};

/// One thread's, who alone changes the counts.
class Measurer : public TreeVisitor
{
public:
    Measurer(System& system, HardLinks& links) : m_system(system), m_links(links) {}

    Result<void> file(int directory, const char* name) override
    {
        const auto status = m_system.attributes.statusAt(directory, name);
        if (!status)
            return fail(status.error());
        add(m_files, 1);
        if (status->links <= 1 || m_links.isNew(*status))
            add(m_bytes, status->diskBytes);
        const Nanoseconds newest = m_newestHere.empty() ? m_newest.time : m_newestTime.load(std::memory_order_relaxed);
        if (status->modified > newest ||
            (status->modified == newest && (m_newestHere.empty() || name < m_newestHere))) {
            m_newestTime.store(status->modified, std::memory_order_relaxed);
            m_newestHere = name;
        }
        return {};
    }

    void entered(const FileStatus& folder) override
    {
        add(m_directories, 1);
        add(m_bytes, folder.diskBytes);
    }

    void turnedAway(const std::function<Path()>& path) override
    {
        if (m_newestHere.empty())
            return;
        m_newest.consider(m_newestTime.load(std::memory_order_relaxed), joinPath(path(), m_newestHere));
        m_newestHere.clear();
    }

    Result<void> left(int /*parent*/, const char* /*name*/) override { return {}; }

    /// Thread safe.
    void addTo(Measure& sum) const
    {
        sum.bytes += m_bytes.load(std::memory_order_relaxed);
        sum.files += m_files.load(std::memory_order_relaxed);
        sum.directories += m_directories.load(std::memory_order_relaxed);
        sum.newest = std::max(sum.newest, m_newestTime.load(std::memory_order_relaxed));
    }
    [[nodiscard]] const Newest& newest() const { return m_newest; }

private:
    static void add(std::atomic<std::uint64_t>& count, std::uint64_t more)
    {
        count.store(count.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
    }

    System& m_system;
    HardLinks& m_links;
    std::atomic<std::uint64_t> m_bytes = 0;
    std::atomic<std::uint64_t> m_files = 0;
    std::atomic<std::uint64_t> m_directories = 0;
    std::atomic<Nanoseconds> m_newestTime = 0;
    std::string m_newestHere; // in the directory at hand, if it is as new as any before
    Newest m_newest;          // of those before
};

/// The measurers of all threads. They come one at a time, while others are summed up.
class Measurers
{
public:
    explicit Measurers(System& system) : m_system(system) {}

    [[nodiscard]] TreeVisitor& addOne()
    {
        const std::scoped_lock lock(m_mutex);
        return m_all.emplace_back(m_system, m_links);
    }
    [[nodiscard]] Measure sum()
    {
        const std::scoped_lock lock(m_mutex);
        Measure sum;
        for (const Measurer& measurer : m_all)
            measurer.addTo(sum);
        return sum;
    }
    /// When no thread is at work any more.
    [[nodiscard]] Newest newest() const
    {
        Newest newest;
        for (const Measurer& measurer : m_all)
            newest.consider(measurer.newest().time, measurer.newest().path);
        return newest;
    }

private:
    System& m_system;
    HardLinks m_links;
    std::mutex m_mutex;
    std::deque<Measurer> m_all;
};

} // namespace

TreeMeasure measureContents(System& system, int directory, const Path& path, const char* except, std::stop_token stop,
                            const std::function<void(const Measure&)>& progress, unsigned threads)
{
    WalkRules rules;
    rules.passOver = except;
    rules.threads = threads;
    Measurers measurers(system);
    WalkCalls calls;
    calls.visitor = [&]() -> TreeVisitor& { return measurers.addOne(); };
    if (progress) {
        calls.pulse = [&, reported = system.clock.monotonic()]() mutable {
            const Nanoseconds now = system.clock.monotonic();
            if (now - reported < kBetweenReports)
                return;
            reported = now;
            progress(measurers.sum());
        };
    }
    WalkOutcome outcome = walkTree(system, directory, path, rules, calls, std::move(stop));
    return TreeMeasure{measurers.sum(), 0, measurers.newest().path, std::move(outcome.problems), outcome.cancelled};
}

} // namespace scratchproof
