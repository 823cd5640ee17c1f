// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/stuck_probers.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace scratchproof {

namespace {
constexpr int kMostLateInARow = 2;
constexpr std::size_t kMostLastWords = std::size_t{1} << 20U; // steps, findings and facts of one check are less
constexpr std::size_t kWatchedEach = 3;
} // namespace

int StuckProbers::lateInARow(const MountIdentity& mount) const
{
    const auto found = std::find_if(m_lateInARow.begin(), m_lateInARow.end(),
                                    [&](const LateInARow& late) { return late.mount == mount; });
    return found == m_lateInARow.end() ? 0 : found->count;
}

void StuckProbers::mountAnswered(const MountIdentity& mount)
{
    std::erase_if(m_lateInARow, [&](const LateInARow& late) { return late.mount == mount; });
}

bool StuckProbers::addLate(std::unique_ptr<WatchedProber> prober, StuckProber what)
{
    const MountIdentity mount = what.place.mount;
    m_stuck.push_back({std::move(prober), std::move(what), true});
    const int late = lateInARow(mount) + 1;
    mountAnswered(mount);
    m_lateInARow.push_back({mount, late});
    return late >= kMostLateInARow || countAt(mount) >= kMostAtMount;
}

void StuckProbers::addRefused(std::unique_ptr<WatchedProber> prober, Nanoseconds since)
{
    StuckProber what;
    what.pid = prober->pid();
    what.since = since;
    m_stuck.push_back({std::move(prober), std::move(what), false});
}

void StuckProbers::addElsewhere(StuckProber what)
{
    const auto isThat = [&](const auto& one) { return one.what.pid == what.pid; };
    if (std::any_of(m_stuck.begin(), m_stuck.end(), isThat) ||
        std::any_of(m_elsewhere.begin(), m_elsewhere.end(), isThat))
        return;
    if (auto process = m_system.processes.openProcess(what.pid))
        m_elsewhere.push_back({std::move(*process), std::move(what)});
}

template <typename Fits>
std::size_t StuckProbers::count(const Fits& fits) const
{
    const auto ours = std::count_if(m_stuck.begin(), m_stuck.end(),
                                    [&](const Stuck& stuck) { return stuck.late && fits(stuck.what.place.mount); });
    const auto others = std::count_if(m_elsewhere.begin(), m_elsewhere.end(),
                                      [&](const Elsewhere& stuck) { return fits(stuck.what.place.mount); });
    return static_cast<std::size_t>(ours + others);
}

std::size_t StuckProbers::countAt(const MountIdentity& mount) const
{
    return count([&](const MountIdentity& one) { return one == mount; });
}

std::size_t StuckProbers::countAtPoint(const Path& mountPoint) const
{
    return count([&](const MountIdentity& one) { return one.mountPoint == mountPoint; });
}

const StuckProber* StuckProbers::inTheWayOf(const MountIdentity& mount, const Path& folder) const
{
    const bool mountIsDead = countAt(mount) >= kMostAtMount || lateInARow(mount) >= kMostLateInARow;
    for (const auto& stuck : m_stuck) {
        if (stuck.late && stuck.what.place.mount == mount && (mountIsDead || stuck.what.folder == folder))
            return &stuck.what;
    }
    for (const auto& stuck : m_elsewhere) {
        if (mountIsDead && stuck.what.place.mount == mount)
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
    for (const auto& stuck : m_elsewhere)
        watched.push_back({stuck.process.get(), true, false, false, false});
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
    const auto ofElsewhere = watched.subspan(kWatchedEach * m_stuck.size());
    for (std::size_t i = m_elsewhere.size(); i-- > 0;) {
        if (ofElsewhere[i].ready) {
            m_elsewhere.erase(m_elsewhere.begin() + static_cast<std::ptrdiff_t>(i));
            anyEnded = true;
        }
    }
    return anyEnded;
}

void StuckProbers::reap()
{
    std::erase_if(m_stuck, [this](const Stuck& stuck) {
        const auto status = m_system.processes.reap(stuck.prober->pidFd());
        return !status || status->has_value();
    });
    // A mount whose last one has ended may be tried again.
    std::erase_if(m_lateInARow,
                  [this](const LateInARow& late) { return late.count >= kMostLateInARow && countAt(late.mount) == 0; });
}

std::vector<StuckProber> StuckProbers::list() const
{
    std::vector<StuckProber> list;
    for (const auto& stuck : m_stuck)
        list.push_back(stuck.what);
    return list;
}

} // namespace scratchproof
