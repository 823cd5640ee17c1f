// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scratch/scratch_store.h"

namespace scratchproof {

/// Removes scratch directories without being asked (docs/decisions/sweep.md). Blocks as long as the file system does:
/// for a prober only.
class Sweeper
{
public:
    explicit Sweeper(ScratchStore& store) : m_store(store) {}

    /// What is due to be purged, and what is to be announced. Touches no scratch directory. With Do it counts as a run:
    /// it is noted, and what is announced is announced no more. Due is what is over by the wall clock and by the time
    /// that has passed for certain. A wall clock that was set back behind a time on record, or that has jumped by more
    /// than 30 days since the last run, makes nothing due in this run. Errors: those of the registry.
    [[nodiscard]] Result<SweepPlan> plan(SweepMode mode);

    /// Removes one that is due, with more caution than ScratchStore::clean(): nothing that is in use, or whose lock or
    /// inode cannot be relied on, or that was given more time meanwhile, be it by an interrupted step that this
    /// finished. The log tells of it. Errors as of ScratchStore::preview() and clean().
    [[nodiscard]] Result<Purge> purge(const std::string& id, SweepMode mode, std::stop_token stop,
                                      const std::function<void(const RemovalProgress&)>& progress);

private:
    ScratchStore& m_store;
};

} // namespace scratchproof
