// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"

#include <string>
#include <vector>

namespace scratchproof::test {

/// Everything below a folder, and the folder itself, a line each, sorted: path, type and mode, owner, size, when it was
/// changed (and for files when it was read), extended attributes, and the content or where a link leads. Looking
/// changes nothing (O_NOATIME). Names that do not exist and what may not be looked at throw SetupError.
/// `topMayBeWrittenTo` leaves the folder's own time out.
[[nodiscard]] std::vector<std::string> recordTree(const Path& folder, bool topMayBeWrittenTo = false);

/// The lines that only one of them has, with "-" and "+"; "" if there are none.
[[nodiscard]] std::string differences(const std::vector<std::string>& before, const std::vector<std::string>& after);

/// Makes a tree worth protecting, its top with this `mode`: files that everybody may write to, files of `user` and of
/// root, private folders, a script with the set-user-id bit, names that a full check tries ("CON"), attributes, links,
/// a FIFO and old times.
void makePrecious(const Path& folder, unsigned user, unsigned mode);

} // namespace scratchproof::test
