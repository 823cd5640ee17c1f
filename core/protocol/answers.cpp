// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/answers.h"

#include "core/diagnosis/finding_json.h"
#include "core/diagnosis/rights_findings.h"

#include <utility>

namespace scratchproof {

namespace {

Json numberOrNull(const std::optional<std::uint64_t>& number)
{
    return number ? Json(*number) : Json(nullptr);
}

} // namespace

Json toJson(const SpaceAnswer& answer)
{
    Json json = Json::object();
    json["total_bytes"] = numberOrNull(answer.totalBytes);
    json["free_bytes"] = numberOrNull(answer.freeBytes);
    json["available_bytes"] = numberOrNull(answer.availableBytes);
    json["total_inodes"] = answer.totalInodes;
    json["free_inodes"] = answer.freeInodes;
    json["read_only"] = answer.readOnly;
    return json;
}

template <>
std::optional<SpaceAnswer> fromJson(const Json& json)
{
    if (!json.is_object())
        return std::nullopt;
    SpaceAnswer answer;
    answer.totalBytes = getUnsigned(json, "total_bytes");
    answer.freeBytes = getUnsigned(json, "free_bytes");
    answer.availableBytes = getUnsigned(json, "available_bytes");
    answer.totalInodes = getUnsigned(json, "total_inodes").value_or(0);
    answer.freeInodes = getUnsigned(json, "free_inodes").value_or(0);
    answer.readOnly = getBool(json, "read_only").value_or(false);
    return answer;
}

Json toJson(const FolderList& answer)
{
    Json json = Json::object();
    putPath(json, "folder", answer.folder);
    json["folders"] = Json::array();
    for (const FolderList::Entry& entry : answer.folders) {
        Json one = Json::object();
        putPath(one, "name", entry.name);
        one["hidden"] = entry.hidden;
        json["folders"].push_back(std::move(one));
    }
    json["truncated"] = answer.truncated;
    return json;
}

template <>
std::optional<FolderList> fromJson(const Json& json)
{
    const Json* folders = getArray(json, "folders");
    if (folders == nullptr)
        return std::nullopt;
    FolderList answer;
    answer.folder = getPath(json, "folder").value_or("");
    for (const Json& folder : *folders) {
        if (auto name = getPath(folder, "name"); name && !name->empty())
            answer.folders.push_back({std::move(*name), getBool(folder, "hidden").value_or(false)});
    }
    answer.truncated = getBool(json, "truncated").value_or(false);
    return answer;
}

Json toJson(const EntriesAnswer& answer)
{
    Json json = Json::object();
    json["exist"] = Json::array();
    for (const bool exists : answer.exist)
        json["exist"].push_back(exists);
    return json;
}

template <>
std::optional<EntriesAnswer> fromJson(const Json& json)
{
    const Json* exist = getArray(json, "exist");
    if (exist == nullptr)
        return std::nullopt;
    EntriesAnswer answer;
    for (const Json& one : *exist) {
        if (!one.is_boolean())
            return std::nullopt;
        answer.exist.push_back(one.get<bool>());
    }
    return answer;
}

Json toJson(const ReadFileAnswer& answer)
{
    return Json{{"bytes", answer.bytes}};
}

template <>
std::optional<ReadFileAnswer> fromJson(const Json& json)
{
    const auto bytes = getUnsigned(json, "bytes");
    return bytes ? std::optional(ReadFileAnswer{*bytes}) : std::nullopt;
}

Json rightsFindingJson(const Finding& finding)
{
    Json json = toJson(finding);
    const RenderedFinding words = renderRights(finding);
    json["title"] = words.title;
    json["explanation"] = words.explanation;
    return json;
}

Json toJson(const RightsReply& answer)
{
    Json json = Json::object();
    json["answer"] = toString(answer.verdict);
    putPath(json, "user", answer.user);
    if (answer.uid)
        json["uid"] = *answer.uid;
    if (answer.component)
        putPath(json, "component", *answer.component);
    if (answer.finding)
        json["finding"] = rightsFindingJson(*answer.finding);
    return json;
}

template <>
std::optional<RightsReply> fromJson(const Json& json)
{
    const auto verdict = rightsVerdictFromString(getString(json, "answer").value_or(""));
    if (!verdict)
        return std::nullopt;
    RightsReply answer;
    answer.verdict = *verdict;
    answer.user = getPath(json, "user").value_or("");
    answer.uid = getUnsigned(json, "uid");
    answer.component = getPath(json, "component");
    if (const Json* finding = getObject(json, "finding")) {
        auto read = findingFromJson(*finding);
        if (!read)
            return std::nullopt;
        answer.finding = std::move(*read);
    }
    return answer;
}

Json toJson(const Nothing& /*answer*/)
{
    return Json::object();
}

template <>
std::optional<Nothing> fromJson(const Json& /*json*/)
{
    return Nothing();
}

Json toJson(const Forgotten& answer)
{
    return Json{{"forgotten", answer.forgotten}};
}

template <>
std::optional<Forgotten> fromJson(const Json& json)
{
    return Forgotten{getBool(json, "forgotten").value_or(true)};
}

Json toJson(const ScratchProgress& progress)
{
    Json json = Json::object();
    json["entries"] = progress.entries;
    json["bytes"] = progress.bytes;
    return json;
}

ScratchProgress scratchProgressFromJson(const Json& json)
{
    return {getUnsigned(json, "entries").value_or(0), getUnsigned(json, "bytes").value_or(0)};
}

Json answerJson(const ScratchDirectory& directory)
{
    Json json = Json::object();
    json["directory"] = toJson(directory);
    return json;
}

Json answerJson(const std::vector<ScratchDirectory>& directories)
{
    Json json = Json::object();
    json["directories"] = Json::array();
    for (const ScratchDirectory& directory : directories)
        json["directories"].push_back(toJson(directory));
    return json;
}

Json answerJson(const std::vector<LogEntry>& entries)
{
    Json json = Json::object();
    json["entries"] = Json::array();
    for (const LogEntry& entry : entries)
        json["entries"].push_back(toJson(entry));
    return json;
}

template <>
std::optional<ScratchDirectory> answerFromJson(const Json& json)
{
    const Json* directory = getObject(json, "directory");
    return directory == nullptr ? std::nullopt : fromJson<ScratchDirectory>(*directory);
}

template <>
std::optional<std::vector<ScratchDirectory>> answerFromJson(const Json& json)
{
    return scratchDirectoriesFromJson(json, "directories");
}

template <>
std::optional<std::vector<LogEntry>> answerFromJson(const Json& json)
{
    return logFromJson(json);
}

template <>
std::optional<CapacityResult> answerFromJson(const Json& json)
{
    return capacityResultFromJson(json);
}

template <>
std::optional<SpeedResult> answerFromJson(const Json& json)
{
    return speedResultFromJson(json);
}

} // namespace scratchproof
