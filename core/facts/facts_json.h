// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facts/facts.h"
#include "core/stream/json_text.h"

namespace scratchproof {

/// Writes the `facts` of a check: {"mount": {}, "space": {}, "path": [], "rights": {}, "device": {}, "confinement": {}}
/// (docs/report-schema.md). A member whose facts are not known is left out; `path` and `rights` are always there.
void writeJson(JsonText& json, const Facts& facts);

/// Reads it back. It takes another's word: sizes are bounded, unknown members are passed over, and what does not fit is
/// an Error (operation "parse-facts").
[[nodiscard]] Result<Facts> factsFromJson(const Json& json);

/// Writes one mount, as in `mount` of the facts.
void writeJson(JsonText& json, const Mount& mount);

} // namespace scratchproof
