// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/exit_code.h"
#include "core/check/check.h"

namespace scratchproof {

/// What one check says of the exit code; that of several is the worst (worse()).
[[nodiscard]] ExitCode exitCodeOf(const Check& check);
/// The same of a check whose prober did answer.
[[nodiscard]] ExitCode exitCodeOf(Verdict verdict);

} // namespace scratchproof
