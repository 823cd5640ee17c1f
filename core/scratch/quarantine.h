// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scratch/locate.h"

namespace scratchproof {

/// Where a directory that is to be released will wait: in a private directory of its own beside it, whose name nobody
/// can guess, so that it is on the same file system and nobody can have taken the name. The whole path.
[[nodiscard]] Path newQuarantineFor(System& system, const Path& directory);

/// Moves a directory, which was located in its own place, to `quarantine` (of newQuarantineFor()): by
/// renameat2(RENAME_NOREPLACE), relative to descriptors. The quarantine is made, 0700, where it is not there yet.
/// Errors besides those of the calls: "unsafe-folder" if something else stands there, "release-unsupported" where the
/// file system cannot rename without the risk of replacing something. What was made is removed again if it fails.
[[nodiscard]] Result<void> moveToQuarantine(System& system, const Located& found, const Path& quarantine);

/// Moves a directory, which was located in its quarantine, back to `place`. "name-taken" if something is there.
[[nodiscard]] Result<void> moveBack(System& system, const Located& found, const Path& place);

/// Whether a path is that of a directory in a quarantine, by its name.
[[nodiscard]] bool isInQuarantine(const Path& path);

/// Removes the private directory around `quarantine` if it is there and empty.
void removeEmptyQuarantine(System& system, const Path& quarantine);

} // namespace scratchproof
