// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/diagnosis/finding.h"

namespace scratchproof {

/// What a watcher finds, rather than a prober: why there is no answer. All but the last are blocking, and none says
/// anything about the folder.
[[nodiscard]] Finding cancelledFinding();
/// Not tried, because two probers in a row did not come back from this mount; the last one (`pid`) was in `folder`.
[[nodiscard]] Finding sameMountFinding(const Path& mountPoint, const Path& folder, int pid, Nanoseconds since);
/// Not tried again, because process `pid` still waits there since `since` (wall clock).
[[nodiscard]] Finding stillStuckFinding(const Path& mountPoint, int pid, Nanoseconds since);
/// A note beside one of these: `leftover` may have been made by a check that got no answer.
[[nodiscard]] Finding probeMayStayFinding(const Path& leftover);
/// The checking process ended by itself; `how`: "signal 9", "exit code 1"; `errors`: the tail of what it said,
/// displayable.
[[nodiscard]] Finding proberDiedFinding(const std::string& how, const std::string& errors);
[[nodiscard]] Finding proberNonsenseFinding(const std::string& why);
[[nodiscard]] Finding proberStartFinding(const Error& error);
/// Nothing was tried: `given` is named from the working folder, and that one has no path any more.
[[nodiscard]] Finding workingFolderGoneFinding(const Path& given);

/// A prober's, and a note: the journal (core/probe/probe_journal.h) did not answer, and the check was done without.
[[nodiscard]] Finding journalSilentFinding();

} // namespace scratchproof
