// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/exit_code.h"
#include "core/diagnosis/words.h"
#include "core/verify/speed_json.h"

#include <string>
#include <vector>

namespace scratchproof {

/// What was measured, for people: a line for each job with its rate in megabytes (of 10^6 bytes) or requests a second,
/// how it began and where it settled; then flushing and small files; then what limits what it says. Displayable, in the
/// order to show them, columns aligned with spaces.
[[nodiscard]] std::vector<std::string> linesOf(const SpeedResult& result, const Translate& translate = {});

/// How far it has come, in a line: "sequential write, 32 at once: 123 MB/s, 40 s left". Displayable.
[[nodiscard]] std::string lineOf(const SpeedProgress& progress, const Translate& translate = {});

/// What `verify speed` ends with: 0 where all was measured, 3 where the drive gave an error, or it was stopped.
[[nodiscard]] ExitCode exitCodeOf(const SpeedResult& result);

} // namespace scratchproof
