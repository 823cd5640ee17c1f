// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/text.h"
#include "core/diagnosis/finding.h"
#include "core/facts/effective_rights.h"
#include "core/scratch/scratch_json.h"
#include "core/stream/json_fields.h"
#include "core/verify/speed_json.h"
#include "core/verify/verify_json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The answers to requests that are not of core/scratch or core/verify, with their JSON.
namespace scratchproof {

struct SpaceAnswer
{
    // Nothing where the file system does not know them.
    std::optional<std::uint64_t> totalBytes;
    std::optional<std::uint64_t> freeBytes;
    std::optional<std::uint64_t> availableBytes;
    // 0 where it does not count them.
    std::uint64_t totalInodes = 0;
    std::uint64_t freeInodes = 0;
    bool readOnly = false;
};

struct FolderList
{
    struct Entry
    {
        Path name;
        bool hidden = false;
    };
    Path folder;
    std::vector<Entry> folders;
    bool truncated = false;
};

struct EntriesAnswer
{
    std::vector<bool> exist; // of each name; true as well where that could not be found out
};

struct ReadFileAnswer
{
    std::uint64_t bytes = 0;
};

/// What was computed for somebody else. Its finding is written with the words that are about that user, in place of
/// those that say "you" (core/diagnosis/rights_findings.h).
struct RightsReply
{
    RightsVerdict verdict = RightsVerdict::Unknown;
    std::string user; // as the user database has it; bytes
    std::optional<std::uint64_t> uid;
    std::optional<Path> component;  // the place in the path that decides, with links resolved
    std::optional<Finding> finding; // why not, or why it cannot be known
};

/// Of a request that asks only whether it can be done.
struct Nothing
{};

struct Forgotten
{
    bool forgotten = false; // false: there was none
};

/// How far a scratch request has come: what was counted, looked at or removed.
struct ScratchProgress
{
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
};

[[nodiscard]] Json toJson(const SpaceAnswer& answer);
[[nodiscard]] Json toJson(const FolderList& answer);
[[nodiscard]] Json toJson(const EntriesAnswer& answer);
[[nodiscard]] Json toJson(const ReadFileAnswer& answer);
[[nodiscard]] Json toJson(const RightsReply& answer);
[[nodiscard]] Json rightsFindingJson(const Finding& finding);
[[nodiscard]] Json toJson(const Nothing& answer);
[[nodiscard]] Json toJson(const Forgotten& answer);
[[nodiscard]] Json toJson(const ScratchProgress& progress);
// As they are answered: in an object.
[[nodiscard]] Json answerJson(const ScratchDirectory& directory);
[[nodiscard]] Json answerJson(const std::vector<ScratchDirectory>& directories);
[[nodiscard]] Json answerJson(const std::vector<LogEntry>& entries);
template <typename T>
[[nodiscard]] Json answerJson(const T& answer)
{
    return toJson(answer);
}

template <>
[[nodiscard]] std::optional<SpaceAnswer> fromJson(const Json& json);
template <>
[[nodiscard]] std::optional<FolderList> fromJson(const Json& json);
template <>
[[nodiscard]] std::optional<EntriesAnswer> fromJson(const Json& json);
template <>
[[nodiscard]] std::optional<ReadFileAnswer> fromJson(const Json& json);
template <>
[[nodiscard]] std::optional<RightsReply> fromJson(const Json& json);
template <>
[[nodiscard]] std::optional<Nothing> fromJson(const Json& json);
template <>
[[nodiscard]] std::optional<Forgotten> fromJson(const Json& json);

/// Reads what answerJson() wrote; nothing if it does not fit. Takes another's word.
template <typename T>
[[nodiscard]] std::optional<T> answerFromJson(const Json& json)
{
    return fromJson<T>(json);
}
template <>
[[nodiscard]] std::optional<ScratchDirectory> answerFromJson(const Json& json);
template <>
[[nodiscard]] std::optional<std::vector<ScratchDirectory>> answerFromJson(const Json& json);
template <>
[[nodiscard]] std::optional<std::vector<LogEntry>> answerFromJson(const Json& json);
template <>
[[nodiscard]] std::optional<CapacityResult> answerFromJson(const Json& json);
template <>
[[nodiscard]] std::optional<SpeedResult> answerFromJson(const Json& json);

/// The same, or an Error: the answer's, or "prober-nonsense" where it does not fit.
template <typename T>
[[nodiscard]] Result<T> readAnswer(const Result<Json>& answer)
{
    if (!answer)
        return fail(answer.error());
    if (auto read = answerFromJson<T>(*answer))
        return std::move(*read);
    return fail(ErrorKind::ProberNonsense, {}, 0);
}

/// What is missing counts as 0.
[[nodiscard]] ScratchProgress scratchProgressFromJson(const Json& json);

} // namespace scratchproof
