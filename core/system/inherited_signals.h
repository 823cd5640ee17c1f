// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace scratchproof {

/// Gives the signals that ignoreSignalsThatAreErrors() ignored back what they did when this program was started: for a
/// child, before it becomes another program. Async-signal-safe.
void restoreInheritedSignals();

} // namespace scratchproof
