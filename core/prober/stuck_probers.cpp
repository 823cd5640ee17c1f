// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/prober/stuck_probers.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace scratchproof {

namespace {
constexpr int kMostLateInARow = 2;
constexpr std::size_t kMostLastWords = std::size_t{1} << 20U; // steps, findings and facts of one check are less
constexpr std::size_t kWatchedEach = 3;
} // namespace

bool StuckProbers::addLate(std::unique_ptr<WatchedProber> prober, StuckProber what)
{
    const Path mountPoint = what.mountPoint;
    m_stuck.push_back({std::move(prober), std::move(what), true});
    return ++m_lateInARow[mountPoint] >= kMostLateInARow || countAt(mountPoint) >= kMostAtMount;
}

void StuckProbers::addRefused(std::unique_ptr<WatchedProber> prober, Nanoseconds since)
{
    StuckProber what{prober->pid(), {}, {}, since, {}, {}, {}};
    m_stuck.push_back({std::move(prober), std::move(what), false});
}

std::size_t StuckProbers::countAt(const Path& mountPoint) const
{
    return static_cast<std::size_t>(std::count_if(m_stuck.begin(), m_stuck.end(), [&](const Stuck& stuck) {
        return stuck.late && stuck.what.mountPoint == mountPoint;
    }));
}

const StuckProber* StuckProbers::inTheWayOf(const Work& work) const
{
    const auto late = m_lateInARow.find(work.mountPoint);
    const bool mountIsDead =
        countAt(work.mountPoint) >= kMostAtMount || (late != m_lateInARow.end() && late->second >= kMostLateInARow);
    for (const auto& stuck : m_stuck) {
        if (stuck.late && stuck.what.mountPoint == work.mountPoint && (mountIsDead || stuck.what.folder == work.folder))
            return &stuck.what;
    }
    return nullptr;
}

void StuckProbers::watch(std::vector<WatchedFd>& watched) const
{
    for (const auto& stuck : m_stuck) {
        watched.push_back({stuck.prober->pidFd(), true, false, false, false});
        watched.push_back({stuck.prober->outputFd(), true, false, false, false});
        watched.push_back({stuck.prober->errorsFd(), true, false, false, false});
    }
}

bool StuckProbers::woken(std::span<const WatchedFd> watched)
{
    bool anyEnded = false;
    for (std::size_t i = 0; i < m_stuck.size(); ++i) {
        const auto of = watched.subspan(kWatchedEach * i, kWatchedEach);
        WatchedProber& prober = *m_stuck[i].prober;
        if (of[2].ready)
            prober.readErrors();
        if (of[1].ready) {
            prober.discardOutput();
            // Usually it has ended, and has nothing left to remove.
            if (prober.outputFd() < 0 || prober.discarded() > kMostLastWords)
                prober.abandon();
        }
        anyEnded = anyEnded || of[0].ready;
    }
    return anyEnded;
}

void StuckProbers::bury()
{
    std::erase_if(m_stuck, [this](const Stuck& stuck) {
        const auto status = m_system.processes.reap(stuck.prober->pidFd());
        return !status || status->has_value();
    });
    // A mount whose last one has ended may be tried again.
    std::erase_if(m_lateInARow,
                  [this](const auto& late) { return late.second >= kMostLateInARow && countAt(late.first) == 0; });
}

std::vector<StuckProber> StuckProbers::list() const
{
    std::vector<StuckProber> list;
    for (const auto& stuck : m_stuck)
        list.push_back(stuck.what);
    return list;
}

} // namespace scratchproof
