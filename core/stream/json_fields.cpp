// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stream/json_fields.h"

#include <algorithm>
#include <vector>

namespace scratchproof {

namespace {

constexpr int kDeepestNesting = 64;
/// Members are found by going through them all: an object of a hundred thousand would keep its reader for minutes.
constexpr std::size_t kMostMembers = 512;

const Json* member(const Json& object, const std::string& key)
{
    if (!object.is_object())
        return nullptr;
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

} // namespace

void putPath(Json& object, const std::string& key, const Path& path)
{
    if (isUtf8(path)) {
        object[key] = path;
        return;
    }
    object[key] = displayPath(path);
    object[key + "_bytes"] = toBase64(path);
}

std::optional<Path> getPath(const Json& object, const std::string& key)
{
    const auto bytes = getString(object, key + "_bytes");
    auto path = bytes ? fromBase64(*bytes) : getString(object, key);
    // The system would see such a path cut short: another one than is shown.
    if (path && path->find('\0') != Path::npos)
        return std::nullopt;
    return path;
}

void putPaths(Json& object, const std::string& key, const std::vector<Path>& paths)
{
    object[key] = Json::array();
    for (const Path& path : paths) {
        Json entry = Json::object();
        putPath(entry, "path", path);
        object[key].push_back(isUtf8(path) ? entry["path"] : entry);
    }
}

std::optional<std::vector<Path>> getPaths(const Json& object, const std::string& key, std::size_t most)
{
    std::vector<Path> paths;
    const Json* value = member(object, key);
    if (value == nullptr)
        return paths;
    if (!value->is_array() || value->size() > most)
        return std::nullopt;
    for (const Json& entry : *value) {
        Json single = Json::object();
        if (entry.is_string())
            single["path"] = entry;
        auto path = getPath(entry.is_string() ? single : entry, "path");
        if (!path)
            return std::nullopt;
        paths.push_back(std::move(*path));
    }
    return paths;
}

std::optional<std::string> getString(const Json& object, const std::string& key)
{
    const Json* value = member(object, key);
    if (value == nullptr || !value->is_string())
        return std::nullopt;
    return value->get<std::string>();
}

std::optional<std::int64_t> getInteger(const Json& object, const std::string& key)
{
    const Json* value = member(object, key);
    if (value == nullptr || !value->is_number_integer())
        return std::nullopt;
    if (value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
        return std::nullopt;
    return value->get<std::int64_t>();
}

std::optional<std::uint64_t> getUnsigned(const Json& object, const std::string& key)
{
    const Json* value = member(object, key);
    if (value == nullptr || !value->is_number_integer())
        return std::nullopt;
    if (!value->is_number_unsigned() && value->get<std::int64_t>() < 0)
        return std::nullopt;
    return value->get<std::uint64_t>();
}

std::optional<bool> getBool(const Json& object, const std::string& key)
{
    const Json* value = member(object, key);
    if (value == nullptr || !value->is_boolean())
        return std::nullopt;
    return value->get<bool>();
}

const Json* getArray(const Json& object, const std::string& key)
{
    const Json* value = member(object, key);
    return value != nullptr && value->is_array() ? value : nullptr;
}

const Json* getObject(const Json& object, const std::string& key)
{
    const Json* value = member(object, key);
    return value != nullptr && value->is_object() ? value : nullptr;
}

std::string toLine(const Json& json)
{
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Json> parseJson(std::string_view text)
{
    bool tooDeep = false;
    bool tooMany = false;
    std::vector<std::size_t> members; // of the objects that are open, by their depth
    const auto guard = [&](int depth, Json::parse_event_t event, Json&) {
        tooDeep = tooDeep || depth > kDeepestNesting;
        if (tooDeep || tooMany)
            return false;
        const auto level = static_cast<std::size_t>(depth);
        members.resize(std::max(members.size(), level + 2));
        if (event == Json::parse_event_t::object_start)
            members[level + 1] = 0;
        else if (event == Json::parse_event_t::key)
            tooMany = ++members[level] > kMostMembers;
        return !tooMany;
    };
    // The parser recurses nowhere, but what reads the document may; so a hostile depth is refused here.
    Json json = Json::parse(text, guard, false);
    if (tooDeep)
        return fail("parse-json", {}, 0, "the text is nested too deeply");
    if (tooMany)
        return fail("parse-json", {}, 0, "an object of the text has too many members");
    if (json.is_discarded())
        return fail("parse-json", {}, 0, "the text is not JSON");
    return json;
}

Json toJson(const Error& error)
{
    Json json = Json::object();
    json["operation"] = error.operation;
    if (!error.path.empty())
        putPath(json, "path", error.path);
    if (error.code != 0)
        json["errno"] = errnoName(error.code);
    if (!error.detail.empty())
        json["detail"] = error.detail;
    return json;
}

std::optional<Error> errorFromJson(const Json& json)
{
    const auto operation = getString(json, "operation");
    if (!operation)
        return std::nullopt;
    Error error;
    error.operation = *operation;
    error.path = getPath(json, "path").value_or(Path());
    error.code = errnoFromName(getString(json, "errno").value_or("")).value_or(0);
    error.detail = getString(json, "detail").value_or("");
    return error;
}

} // namespace scratchproof
