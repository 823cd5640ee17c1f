// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/exit_code.h"
#include "core/diagnosis/words.h"
#include "core/verify/speed_json.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scratchproof {

/// "sequential write, 1 MiB, 32 at once": what a job is called, of kSpeedJobs, kFlushJob and kSmallFilesJob; "" for
/// others.
[[nodiscard]] std::string nameOfSpeedJob(std::string_view job, const Translate& translate = {});

/// What was measured, for people: the name of each job, and its figures: its rate in megabytes (of 10^6 bytes) or
/// requests a second, how it began and where it settled; then flushing and small files. Displayable.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> figuresOf(const SpeedResult& result,
                                                                         const Translate& translate = {});
/// What limits what they say, a line each. Displayable.
[[nodiscard]] std::vector<std::string> limitsOf(const SpeedResult& result, const Translate& translate = {});

/// Both of these, a line each, columns aligned with spaces.
[[nodiscard]] std::vector<std::string> linesOf(const SpeedResult& result, const Translate& translate = {});

/// How far it has come, in a line: "sequential write, 32 at once: 123 MB/s, 40 s left". Displayable.
[[nodiscard]] std::string lineOf(const SpeedProgress& progress, const Translate& translate = {});

/// What `verify speed` ends with: 0 where all was measured, 3 where the drive gave an error, or it was stopped.
[[nodiscard]] ExitCode exitCodeOf(const SpeedResult& result);

} // namespace scratchproof
