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
/// The results of scratch-preview and scratch-clean (core/protocol/requests.h).
[[nodiscard]] Json toJson(const Preview& preview);
[[nodiscard]] Json toJson(const Cleaned& cleaned);
[[nodiscard]] Json toJson(const ScratchStore::Unseen& done);

// And back. Nothing where it does not fit; what a version does not say has the value of an empty one. What the JSON
// does not hold (elapsed times, places) stays empty, so that what was read is for showing, and for asking about.
[[nodiscard]] std::optional<ScratchDirectory> scratchDirectoryFromJson(const Json& json);
[[nodiscard]] std::optional<std::vector<ScratchDirectory>> scratchDirectoriesFromJson(const Json& json,
                                                                                      const char* key);
[[nodiscard]] std::optional<Altered> alteredFromJson(const Json& json);
[[nodiscard]] std::optional<Created> createdFromJson(const Json& json);
[[nodiscard]] std::optional<SweepPlan> sweepPlanFromJson(const Json& json);
[[nodiscard]] std::optional<Purge> purgeFromJson(const Json& json);
[[nodiscard]] std::optional<FindResult> findResultFromJson(const Json& json);
[[nodiscard]] std::optional<std::vector<LogEntry>> logFromJson(const Json& json);
[[nodiscard]] std::optional<Preview> previewFromJson(const Json& json);
[[nodiscard]] std::optional<Cleaned> cleanedFromJson(const Json& json);
[[nodiscard]] std::optional<ScratchStore::Unseen> unseenFromJson(const Json& json);

} // namespace scratchproof
