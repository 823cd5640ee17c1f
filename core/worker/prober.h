// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/system.h"

namespace scratchproof {

/// The prober: serves the requests (core/protocol/requests.h) that arrive as lines on `inputFd`, one at a time, and
/// answers on `outputFd`, until the input ends (then it stops what is under way and removes what it made) or the output
/// is closed.
///
/// All that touches a user's folder happens on the calling thread, so that /proc/PID/wchan of the process tells what it
/// waits in (measuring, removing and verifying use threads of their own besides); a second thread only reads the
/// requests, so that `cancel` and the end of the input are seen meanwhile.
/// Returns the process's exit code: 0, or 4 when the input could not be read or understood.
[[nodiscard]] int serveProber(System& system, int inputFd, int outputFd);

} // namespace scratchproof
