// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/host/late_answers.h"
#include "core/host/watched_prober.h"

#include <memory>
#include <span>
#include <vector>

namespace scratchproof {

/// The probers that were given up and have not ended yet, those of other runs of this user among them as far as one of
/// ours has told of them, and what they say about their mounts. At most two get stuck at a mount, ever: while they
/// live, work there is answered at once. Used by the host's watcher thread only.
///
/// One that has its input closed and is not killed ends by itself once it is answered, after it has removed what it
/// made. Its words are read and dropped meanwhile; it is killed if it goes on talking, or has closed its output and
/// goes on.
class StuckProbers
{
public:
    static constexpr std::size_t kMostAtMount = 2;

    explicit StuckProbers(System& system) : m_system(system) {}

    /// Takes a prober that was late, killed or with its input closed. True if with it the rest of its mount is given
    /// up: two late in a row, or two stuck.
    [[nodiscard]] bool addLate(std::unique_ptr<WatchedProber> prober, StuckProber what);
    /// Takes one that was abandoned for another reason: it is only waited for.
    void addRefused(std::unique_ptr<WatchedProber> prober, Nanoseconds since);
    /// Takes note of one that this run did not start; nothing where it is one of ours, or gone.
    void addElsewhere(StuckProber what);
    /// Something at this mount answered.
    void mountAnswered(const MountIdentity& mount);

    [[nodiscard]] std::size_t countAt(const MountIdentity& mount) const;
    /// At any mount that is or was at this place.
    [[nodiscard]] std::size_t countAtPoint(const Path& mountPoint) const;
    /// One that is stuck where work on `folder` would go, so that another would only join it; nullptr if there is none.
    [[nodiscard]] const StuckProber* inTheWayOf(const MountIdentity& mount, const Path& folder) const;

    /// Their pidfds and pipes, to be watched.
    void watch(std::vector<WatchedFd>& watched) const;
    /// What watch() added, in its order. True if one may have ended: reap() is to be called.
    [[nodiscard]] bool woken(std::span<const WatchedFd> watched);
    void reap();

    /// Ours.
    [[nodiscard]] std::vector<StuckProber> list() const;

private:
    struct Stuck
    {
        std::unique_ptr<WatchedProber> prober;
        StuckProber what;
        bool late = true;
    };

    /// Of another run: to be known of, and not ours to reap.
    struct Elsewhere
    {
        UniqueFd process;
        StuckProber what;
    };

    System& m_system;
    std::vector<Stuck> m_stuck;
    std::vector<Elsewhere> m_elsewhere;
    struct LateInARow
    {
        MountIdentity mount;
        int count = 0;
    };
    template <typename Fits>
    [[nodiscard]] std::size_t count(const Fits& fits) const;
    [[nodiscard]] int lateInARow(const MountIdentity& mount) const;
    std::vector<LateInARow> m_lateInARow; // each mount once
};

} // namespace scratchproof
