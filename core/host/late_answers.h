// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/fuse_owner.h"
#include "core/host/watched_prober.h"

#include <string>
#include <vector>

namespace scratchproof {

/// The mount that a prober waits in.
struct WaitingPlace
{
    MountIdentity mount;
    std::string fileSystem; // "": the prober told of none, and this is what the text of its path says
    MountRole role = MountRole::Unknown;
    bool isGone = false; // another is at its place now, or none
    FuseOwner fuseOwner = FuseOwner::Unknown;
};

/// A prober that was given up and still lives.
struct StuckProber
{
    int pid = 0;
    Path folder; // that it works on
    WaitingPlace place;
    Nanoseconds since = 0; // wall clock
    std::string step;
    std::string waitsIn;
    std::vector<Path> mayLeave; // what it made in the folder, and removes once it is answered
};

/// The answers that a host gives in place of a prober. Each is a whole Check: the steps that were seen, those that were
/// not as skipped, and a finding that says why.
[[nodiscard]] Check cancelledCheck(const Work& work);
[[nodiscard]] Check lateCheck(const WorkProgress& progress, const StuckProber& stuck, Nanoseconds waited);
/// Nobody tried: two probers are stuck at this mount, or were late in a row.
[[nodiscard]] Check sameMountCheck(const Work& work, const StuckProber& stuck);
/// Not tried again: a prober is still stuck there.
[[nodiscard]] Check stillStuckCheck(const Work& work, const StuckProber& stuck, Nanoseconds now);
/// The prober ended, could not be started, or spoke nonsense. `mayLeave`: what it may have left in the folder.
[[nodiscard]] Check failedCheck(const Work& work, const std::vector<StepResult>& steps, Finding finding,
                                const std::vector<Path>& mayLeave = {});

} // namespace scratchproof
