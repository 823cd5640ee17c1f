// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"
#include "core/stream/json_fields.h"
#include "core/verify/speed.h"

#include <optional>
#include <string>

namespace scratchproof {

/// What was measured on the drive of a folder, and what became of what was written.
struct SpeedResult
{
    Path folder; // as it was asked for
    SpeedReport report;
    std::string notRemoved; // why what was written could not be removed; English
    Path directory;         // where that lies
    std::string id;         // of that scratch directory
};

/// The members of a document of scratchproof.verify/1 but for `schema` (docs/verify-schema.md), and back: nothing if it
/// does not fit. Takes another's word.
[[nodiscard]] Json toJson(const SpeedResult& result);
[[nodiscard]] std::optional<SpeedResult> speedResultFromJson(const Json& json);

/// {"job", "index", "jobs", "left_ns", "bytes_per_second", "directory": PATH, "scratch": ID}, and back: a `progress`
/// event's body. The job's name is one of kSpeedJobs, kFlushJob or kSmallFilesJob, or "".
[[nodiscard]] Json toJson(const SpeedProgress& progress);
[[nodiscard]] SpeedProgress speedProgressFromJson(const Json& json);

} // namespace scratchproof
