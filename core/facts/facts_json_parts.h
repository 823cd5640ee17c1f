// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facts/facts.h"
#include "core/stream/json_fields.h"

/// The parts of the JSON of facts: for facts_json*.cpp only. Those that read take another's word: sizes are bounded,
/// what does not fit is left out.
namespace scratchproof::facts_json {

constexpr std::size_t kMostEntries = 4096; // of one list

/// A list of at most `most` entries, each read by `read`; nothing if it is missing, too long, or one does not fit.
template <typename T, typename Read>
std::optional<std::vector<T>> listFrom(const Json& json, const char* key, std::size_t most, Read read)
{
    const Json* list = getArray(json, key);
    if (list == nullptr || list->size() > most)
        return std::nullopt;
    std::vector<T> entries;
    entries.reserve(list->size());
    for (const Json& one : *list) {
        auto entry = read(one);
        if (!entry)
            return std::nullopt;
        entries.push_back(std::move(*entry));
    }
    return entries;
}

[[nodiscard]] std::optional<std::uint32_t> getId(const Json& json, const std::string& key);
[[nodiscard]] int getErrno(const Json& json, const std::string& key);
[[nodiscard]] std::string getText(const Json& json, const std::string& key);
void putText(Json& json, const std::string& key, const std::string& text); // not if it is empty
void putFlag(Json& json, const char* key, const std::optional<bool>& flag);
void putCount(Json& json, const char* key, const std::optional<std::uint64_t>& count);
[[nodiscard]] std::optional<std::vector<std::uint32_t>> idsFrom(const Json* list);

[[nodiscard]] Json toJson(const FileStatus& status);
[[nodiscard]] std::optional<FileStatus> statusFrom(const Json* json);
[[nodiscard]] Json toJson(const AclEntry& entry);
[[nodiscard]] std::optional<AclEntry> entryFrom(const Json& json);
[[nodiscard]] Json toJson(const PathComponent& component);
[[nodiscard]] std::optional<PathComponent> componentFrom(const Json& json);
[[nodiscard]] Json rightsOf(const Facts& facts);
[[nodiscard]] bool readRights(const Json* json, Facts& facts);

[[nodiscard]] Json toJson(const FileSystemSpace& space);
[[nodiscard]] std::optional<FileSystemSpace> spaceFrom(const Json* json);
[[nodiscard]] Json toJson(const DeviceFacts& device);
[[nodiscard]] std::optional<DeviceFacts> deviceFactsFrom(const Json* json);
[[nodiscard]] Json toJson(const QuotaFacts& quota);
[[nodiscard]] QuotaFacts quotaFrom(const Json& json);
[[nodiscard]] Json toJson(const FileSystemState& state);
[[nodiscard]] FileSystemState stateFrom(const Json& json);
[[nodiscard]] Json toJson(const UnmountedVolume& volume);
[[nodiscard]] std::optional<UnmountedVolume> volumeFrom(const Json& json);
[[nodiscard]] Json toJson(const FileTarget& file);
[[nodiscard]] std::optional<FileTarget> fileFrom(const Json& json);

[[nodiscard]] Json toJson(const Confinement& confinement);
[[nodiscard]] Confinement confinementFrom(const Json& json);
[[nodiscard]] Json toJson(const LimitFacts& limits);
[[nodiscard]] LimitFacts limitsFrom(const Json& json);

template <typename T>
Json listOf(const std::vector<T>& entries)
{
    Json json = Json::array();
    for (const T& entry : entries)
        json.push_back(toJson(entry));
    return json;
}

} // namespace scratchproof::facts_json
