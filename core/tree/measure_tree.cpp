// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tree/measure_tree.h"

#include "core/tree/hard_links.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <utility>

namespace scratchproof {

namespace {

struct Newest
{
    Nanoseconds time = 0;
    TreePlace place;

    void consider(Nanoseconds otherTime, const TreePlace& otherPlace)
    {
        if (otherTime < time || !otherPlace || (otherTime == time && place && !otherPlace.isBefore(place)))
            return;
        time = otherTime;
        place = otherPlace;
    }
};

/// The newest of what one thread met. A place is made once for each directory at most.
class NewestMet
{
public:
    /// An entry of the directory at hand; "" is itself.
    void meet(Nanoseconds time, std::string_view name)
    {
        const Nanoseconds newest = m_isHere ? m_time.load(std::memory_order_relaxed) : m_before.time;
        if (time < newest || (time == newest && m_isHere && m_here <= name))
            return;
        m_time.store(time, std::memory_order_relaxed);
        m_here = name;
        m_isHere = true;
    }
    void turnAway(const std::function<TreePlace()>& place)
    {
        if (!std::exchange(m_isHere, false))
            return;
        m_before.consider(m_time.load(std::memory_order_relaxed), m_here.empty() ? place() : place().child(m_here));
    }
    /// Thread safe.
    [[nodiscard]] Nanoseconds time() const { return m_time.load(std::memory_order_relaxed); }
    /// Of all directories that were turned away from.
    [[nodiscard]] const Newest& before() const { return m_before; }

private:
    std::atomic<Nanoseconds> m_time = 0;
    bool m_isHere = false; // it is in the directory at hand, and as new as any before
    std::string m_here;
    Newest m_before;
};

/// One thread's, who alone changes the counts.
class Measurer : public TreeVisitor
{
public:
    Measurer(System& system, HardLinks& links, Nanoseconds now) : m_system(system), m_links(links), m_now(now) {}

    Result<void> file(int directory, const char* name) override
    {
        const auto status = m_system.attributes.statusAt(directory, name);
        if (!status)
            return fail(status.error());
        add(m_files, 1);
        if (status->links <= 1 || m_links.isNew(*status))
            add(m_bytes, status->diskBytes);
        m_newest.meet(status->modified, name);
        m_changed.meet(lastChange(*status), name);
        return {};
    }

    void entered(const FileStatus& folder) override
    {
        add(m_directories, 1);
        add(m_bytes, folder.diskBytes);
        m_changed.meet(lastChange(folder), {});
    }

    void turnedAway(const std::function<TreePlace()>& place) override
    {
        m_newest.turnAway(place);
        m_changed.turnAway(place);
    }

    Result<void> left(int /*parent*/, const char* /*name*/) override { return {}; }

    /// Thread safe.
    void addTo(Measure& sum) const
    {
        sum.bytes += m_bytes.load(std::memory_order_relaxed);
        sum.files += m_files.load(std::memory_order_relaxed);
        sum.directories += m_directories.load(std::memory_order_relaxed);
        sum.newest = std::max(sum.newest, m_newest.time());
    }
    [[nodiscard]] const Newest& newest() const { return m_newest.before(); }
    [[nodiscard]] const Newest& changed() const { return m_changed.before(); }

private:
    static void add(std::atomic<std::uint64_t>& count, std::uint64_t more)
    {
        count.store(count.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
    }
    [[nodiscard]] Nanoseconds lastChange(const FileStatus& status) const
    {
        return status.modified <= m_now ? std::max(status.modified, status.changed) : status.changed;
    }

    System& m_system;
    HardLinks& m_links;
    const Nanoseconds m_now;
    std::atomic<std::uint64_t> m_bytes = 0;
    std::atomic<std::uint64_t> m_files = 0;
    std::atomic<std::uint64_t> m_directories = 0;
    NewestMet m_newest;
    NewestMet m_changed;
};

/// The measurers of all threads. They come one at a time, while others are summed up.
class Measurers
{
public:
    explicit Measurers(System& system) : m_system(system), m_now(system.clock.wall()) {}

    [[nodiscard]] TreeVisitor& addOne()
    {
        const std::scoped_lock lock(m_mutex);
        return m_all.emplace_back(m_system, m_links, m_now);
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
    [[nodiscard]] Newest newest(const Newest& (Measurer::*which)() const) const
    {
        Newest newest;
        for (const Measurer& measurer : m_all)
            newest.consider((measurer.*which)().time, (measurer.*which)().place);
        return newest;
    }

private:
    System& m_system;
    const Nanoseconds m_now;
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
    rules.marker = kMarkerName;
    rules.threads = threads;
    Measurers measurers(system);
    WalkCalls calls;
    calls.visitor = [&]() -> TreeVisitor& { return measurers.addOne(); };
    if (progress)
        calls.pulse = pulseFor(system, [&] { progress(measurers.sum()); });
    WalkOutcome outcome = walkTree(system, directory, path, rules, calls, std::move(stop));
    TreeMeasure measure;
    measure.measure = measurers.sum();
    measure.newestPath = measurers.newest(&Measurer::newest).place.path();
    const Newest changed = measurers.newest(&Measurer::changed);
    measure.changed = changed.time;
    measure.changedPath = changed.place.path();
    measure.apart = std::move(outcome.marked);
    measure.unseen = std::move(outcome.problems);
    measure.cancelled = outcome.cancelled;
    return measure;
}

} // namespace scratchproof
