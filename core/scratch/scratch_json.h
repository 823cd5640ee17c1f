// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scratch/scratch_store.h"
#include "core/stream/json_fields.h"

namespace scratchproof {

constexpr const char* kScratchSchema = "scratchproof.scratch/1";

/// Sets `key` to the reason's English words, and beside it `key_id` and `key_arguments` where it has a kind.
void putReason(Json& object, const std::string& key, const Reason& reason);
/// Reads what putReason() wrote: Said where there is no id that this version knows; empty where it is no text, or "".
[[nodiscard]] Reason getReason(const Json& object, const std::string& key);

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
template <typename T>
[[nodiscard]] std::optional<T> fromJson(const Json& json);
template <>
[[nodiscard]] std::optional<ScratchDirectory> fromJson(const Json& json);
template <>
[[nodiscard]] std::optional<Altered> fromJson(const Json& json);
template <>
[[nodiscard]] std::optional<Created> fromJson(const Json& json);
template <>
[[nodiscard]] std::optional<SweepPlan> fromJson(const Json& json);
template <>
[[nodiscard]] std::optional<Purge> fromJson(const Json& json);
template <>
[[nodiscard]] std::optional<FindResult> fromJson(const Json& json);
template <>
[[nodiscard]] std::optional<Preview> fromJson(const Json& json);
template <>
[[nodiscard]] std::optional<Cleaned> fromJson(const Json& json);
template <>
[[nodiscard]] std::optional<ScratchStore::Unseen> fromJson(const Json& json);
[[nodiscard]] std::optional<std::vector<ScratchDirectory>> scratchDirectoriesFromJson(const Json& json,
                                                                                      const char* key);
[[nodiscard]] std::optional<std::vector<LogEntry>> logFromJson(const Json& json);

} // namespace scratchproof
