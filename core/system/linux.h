// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/file_attributes.h"
#include "core/system/files.h"
#include "core/system/processes.h"

/// The seam as Linux does it. For core/system alone; others take linuxSystem().
namespace scratchproof {

// Each is stateless, and never destroyed: a thread that waits in a call may still be there when the process ends.
[[nodiscard]] Files& linuxFiles();
[[nodiscard]] FileAttributes& linuxFileAttributes();
[[nodiscard]] Processes& linuxProcesses();

} // namespace scratchproof
