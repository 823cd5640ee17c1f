// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/check/check.h"
#include "core/stream/json_text.h"

namespace scratchproof {

/// Writes a check as an entry of `checks` in a scratchproof.report/1 (docs/report-schema.md), and back. Reading takes
/// another's word: whatever does not fit is an Error, unknown members are passed over, and words and commands in it are
/// not believed (they are made anew from id and arguments).
void writeJson(JsonText& json, const Check& check);
[[nodiscard]] Result<Check> checkFromJson(const Json& json);

void writeJson(JsonText& json, const StepResult& step);
/// Writes the members alone, into an object that was begun.
void writeMembers(JsonText& json, const StepResult& step);
[[nodiscard]] Result<StepResult> stepResultFromJson(const Json& json);

/// `refused` holds texts; one that is not UTF-8 is an object of `name` and `name_bytes` in its place.
void writeJson(JsonText& json, const AbilityResult& ability);
[[nodiscard]] Result<AbilityResult> abilityResultFromJson(const Json& json);

} // namespace scratchproof
