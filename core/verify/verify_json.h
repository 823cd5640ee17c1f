// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/stream/json_fields.h"
#include "core/verify/capacity_check.h"

#include <optional>

namespace scratchproof {

constexpr const char* kVerifySchema = "scratchproof.verify/1";

/// The members of a document of scratchproof.verify/1 but for `schema` (docs/verify-schema.md), and back: nothing if it
/// does not fit. Takes another's word.
[[nodiscard]] Json toJson(const CapacityResult& result);
[[nodiscard]] std::optional<CapacityResult> capacityResultFromJson(const Json& json);

/// A whole document of `members`, with `schema` before them.
[[nodiscard]] Json verifyDocument(const Json& members);

/// {"phase": "writing" | "flushing" | "verifying" | "removing", "done", "total", "bad", "elapsed_ns", "bad_early",
/// "left": {"least_ns", "most_ns"}, "directory": PATH, "scratch": ID}, and back: what is missing is as in a
/// CapacityStatus. It is a `progress` event's body, which has an `id` of its own.
[[nodiscard]] Json toJson(const CapacityStatus& status);
[[nodiscard]] CapacityStatus capacityStatusFromJson(const Json& json);

} // namespace scratchproof
