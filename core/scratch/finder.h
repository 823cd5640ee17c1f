// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scratch/scratch_store.h"

namespace scratchproof {

struct FoundMarker;

/// Finds scratch directories by their markers: after the registry was lost, on a drive that came from another computer,
/// or where somebody moved or copied them. Blocks as long as the file system does: for a prober only.
class Finder
{
public:
    explicit Finder(ScratchStore& store) : m_store(store) {}

    /// Looks for markers in `folder` and below it: through no symbolic link, across no mount, at most 8 levels deep and
    /// in at most 200,000 directories, into no scratch directory. What is found is registered, or its row brought up to
    /// date. Changes nothing on the disk but that it removes empty quarantines, which something was moved out of.
    /// `progress` is told how many directories were looked at. Errors: "cancelled", those of the registry and of the
    /// system calls on `folder` itself.
    [[nodiscard]] Result<FindResult> find(const Path& folder, std::stop_token stop,
                                          const std::function<void(std::uint64_t)>& progress);

private:
    [[nodiscard]] Result<FoundScratch> classify(const FoundMarker& found);
    [[nodiscard]] Result<FoundScratch> importFound(const FoundMarker& found);
    [[nodiscard]] Result<FoundScratch> replace(ScratchRecord row, const FoundMarker& found, FindStatus status,
                                               Reason reason);

    ScratchStore& m_store;
};

} // namespace scratchproof
