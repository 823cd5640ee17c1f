// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scratch/scratch_store.h"
#include "core/stream/json_fields.h"

namespace scratchproof {

constexpr const char* kScratchSchema = "scratchproof.scratch/1";

/// An entry of `directories` of scratchproof.scratch/1 (docs/scratch-schema.md).
[[nodiscard]] Json toJson(const ScratchDirectory& directory);
/// The results of scratch-sweep, scratch-purge and scratch-find, and an entry of scratch-log's.
[[nodiscard]] Json toJson(const Altered& altered);
[[nodiscard]] Json toJson(const Created& created);
[[nodiscard]] Json toJson(const SweepPlan& plan);
[[nodiscard]] Json toJson(const Purge& purge);
[[nodiscard]] Json toJson(const FindResult& result);
[[nodiscard]] Json toJson(const LogEntry& entry);
/// The results of scratch-preview and scratch-clean (core/protocol/messages.h).
[[nodiscard]] Json toJson(const Preview& preview);
[[nodiscard]] Json toJson(const Cleaned& cleaned);
[[nodiscard]] Json toJson(const ScratchStore::Unseen& done);

} // namespace scratchproof
