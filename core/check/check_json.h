// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/check/check.h"
#include "core/stream/json_fields.h"

namespace scratchproof {

/// A check as an entry of `checks` in a scratchproof.report/1 (docs/report-schema.md), and back. Reading takes
/// another's word: whatever does not fit is an Error, unknown members are passed over, and words and commands in it are
/// not believed (they are made anew from id and arguments).
[[nodiscard]] Json toJson(const Check& check);
[[nodiscard]] Result<Check> checkFromJson(const Json& json);

[[nodiscard]] Json toJson(const StepResult& step);
[[nodiscard]] Result<StepResult> stepResultFromJson(const Json& json);

/// `refused` holds texts; one that is not UTF-8 is an object of `name` and `name_bytes` in its place.
[[nodiscard]] Json toJson(const AbilityResult& ability);
[[nodiscard]] Result<AbilityResult> abilityResultFromJson(const Json& json);

} // namespace scratchproof
