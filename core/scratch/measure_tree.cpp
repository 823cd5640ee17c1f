// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/measure_tree.h"

#include <set>
#include <tuple>
#include <utility>

namespace scratchproof {

namespace {

constexpr Nanoseconds kBetweenReports = 100 * kNanosecondsPerMillisecond;

class Measurer : public TreeVisitor
{
public:
    Measurer(System& system, const std::function<void(const Measure&)>& progress)
        : m_system(system), m_progress(progress), m_reported(system.clock.monotonic())
    {}

    Result<void> file(int directory, const char* name) override
    {
        const auto status = m_system.attributes.statusAt(directory, name);
        if (!status)
            return fail(status.error());
        ++m_measure.files;
        if (status->links <= 1 || m_seen.insert({status->device.major, status->device.minor, status->inode}).second)
            m_measure.bytes += status->diskBytes;
        if (status->modified > m_measure.newest) {
            m_measure.newest = status->modified;
            m_newestFolder =
                m_system.files.readLink(kWorkingDirectory, ("/proc/self/fd/" + std::to_string(directory)).c_str())
                    .value_or("");
            m_newestName = name;
        }
        report();
        return {};
    }

    void entered(const FileStatus& folder) override
    {
        ++m_measure.directories;
        m_measure.bytes += folder.diskBytes;
        report();
    }

    Result<void> left(int /*parent*/, const char* /*name*/) override { return {}; }

    [[nodiscard]] const Measure& measure() const { return m_measure; }
    [[nodiscard]] Path newestPath() const
    {
        return m_newestName.empty() ? Path() : joinPath(m_newestFolder, m_newestName);
    }

private:
    void report()
    {
        const Nanoseconds now = m_system.clock.monotonic();
        if (!m_progress || now - m_reported < kBetweenReports)
            return;
        m_reported = now;
        m_progress(m_measure);
    }

    System& m_system;
    const std::function<void(const Measure&)>& m_progress;
    Nanoseconds m_reported;
    Measure m_measure;
    Path m_newestFolder;
    std::string m_newestName;
    std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>> m_seen; // files with several hard links
};

} // namespace

TreeMeasure measureContents(System& system, int directory, const Path& path, const char* except, std::stop_token stop,
                            const std::function<void(const Measure&)>& progress)
{
    WalkRules rules;
    rules.passOver = except;
    Measurer measurer(system, progress);
    WalkOutcome outcome = walkTree(system, directory, path, rules, measurer, std::move(stop));
    return TreeMeasure{measurer.measure(), measurer.newestPath(), std::move(outcome.problems), outcome.cancelled};
}

} // namespace scratchproof
