// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/finding.h"
#include "core/stream/json_text.h"

namespace scratchproof {

/// Writes a finding as a report has it: id, severity, certainty, arguments, its words in English, fixes with `argv`,
/// evidence.
void writeJson(JsonText& json, const Finding& finding);

/// Reads it back. It takes another's word: sizes are bounded, and what does not fit is an Error (operation
/// "parse-finding"). Its title, explanation, texts and commands are not looked at: commands are made anew from the ids
/// and the arguments, and an unknown fix has none. An unknown finding keeps its id; render() says what to make of it.
[[nodiscard]] Result<Finding> findingFromJson(const Json& json);

} // namespace scratchproof
