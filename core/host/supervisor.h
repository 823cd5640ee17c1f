// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/host/prober_host.h"

namespace scratchproof {

/// The far side of a check in another user's place: takes requests as lines on `inputFd` and answers on `outputFd` with
/// the events of messages.h, as a prober does, but works on several folders at once and watches its own probers: it
/// gives up what is late and reports that, since no signal of whoever asks would reach them. Served are `check` (with
/// `deadline_ns`, how long a step may take; a folder that is not absolute, or begins with "~/", is below $HOME) and
/// `cancel`.
///
/// At the end of the input all work is taken back; what cleans up within a second is waited for. Returns the process's
/// exit code: 0, or 4 when the input could not be read or understood.
[[nodiscard]] int serveSupervisor(System& system, HostSettings settings, int inputFd, int outputFd);

} // namespace scratchproof
