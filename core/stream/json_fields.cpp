// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stream/json_fields.h"

#include "core/stream/path_members.h"

#include <utility>
#include <vector>

namespace scratchproof {

namespace {

constexpr std::size_t kDeepestNesting = 64;
/// Members are found by going through them all: an object of a hundred thousand would keep its reader for minutes.
constexpr std::size_t kMostMembers = 512;

/// Puts a document together as it is read, in time that grows with its length only, and stops at what goes beyond the
/// bounds. (The library's own parser with a callback goes through the whole of a list again for each object in it.)
class Builder final : public nlohmann::json_sax<Json>
{
public:
    explicit Builder(std::size_t mostContainers) : m_mostContainers(mostContainers) {}

    Json document;
    const char* refusal = nullptr;

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t& /*text*/) override { return add(value); }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool binary(binary_t& /*value*/) override { return false; } // no JSON has it
    bool start_object(std::size_t /*members*/) override { return open(Json::object()); }
    bool start_array(std::size_t /*elements*/) override { return open(Json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override
    {
        if (++m_open.back().members > kMostMembers)
            return refuse("an object of the text has too many members");
        m_member = &(*m_open.back().json)[name]; // of two of that name the later counts
        return true;
    }
    bool parse_error(std::size_t /*at*/, const std::string& /*token*/, const nlohmann::detail::exception&) override
    {
        return false;
    }

private:
    struct Open
    {
        Json* json = nullptr; // stays where it is: only the innermost grows
        std::size_t members = 0;
    };

    bool refuse(const char* why)
    {
        refusal = why;
        return false;
    }
    bool add(Json value)
    {
        // The parser recurses nowhere, but what reads the document may; so a hostile depth is refused here.
        if (m_open.size() > kDeepestNesting)
            return refuse("the text is nested too deeply");
        put(std::move(value));
        return true;
    }
    Json& put(Json value)
    {
        if (m_open.empty())
            return document = std::move(value);
        if (m_open.back().json->is_object())
            return *m_member = std::move(value);
        return m_open.back().json->emplace_back(std::move(value));
    }
    bool open(Json container)
    {
        if (m_open.size() > kDeepestNesting)
            return refuse("the text is nested too deeply");
        if (++m_containers > m_mostContainers)
            return refuse("the text has too many objects and lists");
        m_open.push_back({&put(std::move(container))});
        return true;
    }
    bool close()
    {
        m_open.pop_back();
        return true;
    }

    std::vector<Open> m_open;
    Json* m_member = nullptr; // of the innermost object: what its next value goes to
    std::size_t m_containers = 0;
    std::size_t m_mostContainers;
};

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
    putPathMembers(key, path,
                   [&](std::string_view name, const std::string& text) { object[std::string(name)] = text; });
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
        object[key].push_back(entry.size() == 1 ? entry["path"] : entry);
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

Result<Json> parseJson(std::string_view text, std::size_t mostContainers)
{
    Builder builder(mostContainers);
    if (Json::sax_parse(text, &builder))
        return std::move(builder.document);
    return fail(ErrorKind::ParseJson, {}, 0, builder.refusal != nullptr ? builder.refusal : "the text is not JSON");
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
    return Error(*operation, getPath(json, "path").value_or(Path()),
                 errnoFromName(getString(json, "errno").value_or("")).value_or(0),
                 getString(json, "detail").value_or(""));
}

} // namespace scratchproof
