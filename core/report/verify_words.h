// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/exit_code.h"
#include "core/diagnosis/words.h"
#include "core/verify/capacity_check.h"

#include <string>
#include <vector>

namespace scratchproof {

/// What a verification found, in English, marked for translation in the context "report". Never nullptr.
[[nodiscard]] const char* wordOf(CapacityVerdict verdict); // "Counterfeit"
[[nodiscard]] const char* wordOf(CapacityPhase phase);     // "writing"
[[nodiscard]] const char* wordOf(RegionState state);       // "hold what was written to another place"

/// The verdict in a sentence or two that need no knowledge, with what to do where there is something. Displayable.
[[nodiscard]] std::string verdictOf(const CapacityResult& result, const Translate& translate = {});
/// What it rests on, a line each, without a full stop: how much was found in which state, where the first bad place is,
/// the first error, how long it took. Displayable.
[[nodiscard]] std::vector<std::string> groundsOf(const CapacityResult& result, const Translate& translate = {});

/// How far it has come, in a line: "writing 1.2 GB of 8.1 GB, 2 min to 3 min left". Displayable.
[[nodiscard]] std::string lineOf(const CapacityStatus& status, const Translate& translate = {});

/// What `verify` ends with.
[[nodiscard]] ExitCode exitCodeOf(CapacityVerdict verdict);

} // namespace scratchproof
