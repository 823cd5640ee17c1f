// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/system/system.h"

namespace scratchproof {

/// Writes everything that arrives on `inputFd` into `file` (absolute), whole or not at all: a new file beside it is
/// written, synced and renamed into place. Without `replace` an older file stays, and the Error has EEXIST. On failure
/// nothing new is left. Blocks as long as the file system does: for a process of its own.
[[nodiscard]] Result<void> saveFile(System& system, int inputFd, const Path& file, bool replace);

} // namespace scratchproof
