// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/remove_tree.h"

#include <utility>

namespace scratchproof {

namespace {

constexpr Nanoseconds kBetweenReports = 100 * kNanosecondsPerMillisecond;

class Remover : public TreeVisitor
{
public:
    Remover(System& system, const std::function<void(const RemovalProgress&)>& progress)
        : m_system(system), m_progress(progress), m_reported(system.clock.monotonic())
    {}

    Result<void> file(int directory, const char* name) override
    {
        const auto status = m_system.attributes.statusAt(directory, name);
        auto done = m_system.files.unlink(directory, name);
        if (done)
            count(status && status->links <= 1 ? status->diskBytes : 0);
        return done;
    }

    void entered(const FileStatus& /*folder*/) override {}

    Result<void> left(int parent, const char* name) override
    {
        auto done = m_system.files.removeDirectory(parent, name);
        if (done)
            count(0);
        return done;
    }

    [[nodiscard]] const RemovalProgress& done() const { return m_done; }

private:
    void count(std::uint64_t bytes)
    {
        ++m_done.entries;
        m_done.bytes += bytes;
        const Nanoseconds now = m_system.clock.monotonic();
        if (!m_progress || now - m_reported < kBetweenReports)
            return;
        m_reported = now;
        m_progress(m_done);
    }

    System& m_system;
    const std::function<void(const RemovalProgress&)>& m_progress;
    Nanoseconds m_reported;
    RemovalProgress m_done;
};

} // namespace

Removal removeContents(System& system, int directory, const Path& path, const char* except, std::stop_token stop,
                       const std::function<void(const RemovalProgress&)>& progress)
{
    WalkRules rules;
    rules.passOver = except;
    rules.openUp = true;
    Remover remover(system, progress);
    WalkOutcome outcome = walkTree(system, directory, path, rules, remover, std::move(stop));
    return Removal{remover.done(), std::move(outcome.problems), outcome.cancelled};
}

} // namespace scratchproof
