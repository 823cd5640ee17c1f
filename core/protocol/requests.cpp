// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/requests.h"

#include "core/base/quantity.h"
#include "core/stream/json_fields.h"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

namespace scratchproof {

namespace {

constexpr std::size_t kMostNames = 1000;
constexpr std::size_t kMostWords = 100'000;
constexpr std::uint64_t kMostLogLines = 10'000;

tl::unexpected<Error> unusable(const char* member)
{
    return fail(ErrorKind::BadRequest, {}, 0, std::string("the request has no usable member '") + member + "'");
}

/// The members of one request besides its name, number, folder and mount, in both directions. `Writing` puts what a
/// struct holds; `Reading` takes it, and remembers the first that was missing or wrong.
class Writing
{
public:
    explicit Writing(Json& json) : m_json(json) {}

    void path(const char* name, const Path& value) { putPath(m_json, name, value); }
    void optionalPath(const char* name, const Path& value)
    {
        if (!value.empty())
            putPath(m_json, name, value);
    }
    void paths(const char* name, const std::vector<Path>& value, std::size_t /*most*/)
    {
        putPaths(m_json, name, value);
    }
    void text(const char* name, const std::string& value) { m_json[name] = value; }
    void texts(const char* name, const std::vector<std::string>& value)
    {
        if (!value.empty())
            m_json[name] = value;
    }
    void flag(const char* name, bool value) { m_json[name] = value; }
    void requiredFlag(const char* name, bool value) { m_json[name] = value; }
    void number(const char* name, std::uint64_t value) { m_json[name] = value; }
    void duration(const char* name, const std::optional<Nanoseconds>& value)
    {
        if (value)
            m_json[name] = *value;
    }
    void level(const char* name, Level value) { m_json[name] = toString(value); }
    void lifetime(const char* name, const Lifetime& value) { m_json[name] = formatLifetime(value); }
    void optionalLifetime(const char* name, const std::optional<Lifetime>& value)
    {
        if (value)
            lifetime(name, *value);
    }
    template <typename T>
    void choice(const char* name, T value, T whereTrue, T /*whereFalse*/)
    {
        m_json[name] = value == whereTrue;
    }

private:
    Json& m_json;
};

class Reading
{
public:
    explicit Reading(const Json& json) : m_json(json) {}

    void path(const char* name, Path& value) { take(name, getPath(m_json, name), value); }
    void optionalPath(const char* name, Path& value) { value = getPath(m_json, name).value_or(Path()); }
    void paths(const char* name, std::vector<Path>& value, std::size_t most)
    {
        take(name, getPaths(m_json, name, most), value);
    }
    void text(const char* name, std::string& value) { take(name, getString(m_json, name), value); }
    void texts(const char* name, std::vector<std::string>& value)
    {
        const Json* list = getArray(m_json, name);
        for (const Json& one : list != nullptr ? *list : Json::array()) {
            if (one.is_string())
                value.push_back(one.get<std::string>());
        }
    }
    void flag(const char* name, bool& value)
    {
        if (m_json.contains(name))
            requiredFlag(name, value);
    }
    void requiredFlag(const char* name, bool& value) { take(name, getBool(m_json, name), value); }
    void number(const char* name, std::uint64_t& value) { value = getUnsigned(m_json, name).value_or(value); }
    void duration(const char* name, std::optional<Nanoseconds>& value) { value = getInteger(m_json, name); }
    void level(const char* name, Level& value)
    {
        if (m_json.contains(name))
            take(name, levelFromString(getString(m_json, name).value_or("")), value);
    }
    void lifetime(const char* name, Lifetime& value)
    {
        const auto text = getString(m_json, name);
        if (!text)
            return take(name, std::optional<Lifetime>(), value);
        auto read = parseLifetime(*text);
        if (read)
            value = *read;
        else if (!m_error)
            m_error = Error{ErrorKind::BadInput, read.error().path, 0, read.error().detail};
    }
    void optionalLifetime(const char* name, std::optional<Lifetime>& value)
    {
        if (m_json.contains(name))
            lifetime(name, value.emplace());
    }
    template <typename T>
    void choice(const char* name, T& value, T whereTrue, T whereFalse)
    {
        value = getBool(m_json, name) == true ? whereTrue : whereFalse;
    }
    [[nodiscard]] const std::optional<Error>& error() const { return m_error; }

private:
    template <typename T>
    void take(const char* name, std::optional<T> read, T& value)
    {
        if (read)
            value = std::move(*read);
        else if (!m_error)
            m_error = unusable(name).value();
    }

    const Json& m_json;
    std::optional<Error> m_error;
};

// The fields of each request, once for both directions. M is Writing with a const struct, or Reading with one to fill.

template <typename M, typename R>
void fields(M& m, R& r)
{
    using T = std::remove_const_t<R>;
    using namespace request;
    using Look = ScratchStore::Look;
    using InUse = ScratchStore::InUse;
    if constexpr (requires { r.about; }) {
        m.text("directory", r.about.directory);
        m.optionalPath("working_folder", r.about.workingFolder);
    }
    if constexpr (std::is_same_v<T, request::Check>) {
        m.level("level", r.level);
        m.duration("deadline_ns", r.deadline);
    } else if constexpr (std::is_same_v<T, ListFolders>) {
        m.number("limit", r.limit);
    } else if constexpr (std::is_same_v<T, Entries>) {
        m.paths("names", r.names, kMostNames);
    } else if constexpr (std::is_same_v<T, Rights>) {
        m.path("user", r.user);
    } else if constexpr (std::is_same_v<T, ScratchCreate>) {
        m.path("name", r.wish.name);
        m.path("in", r.wish.folder);
        m.lifetime("lifetime", r.wish.lifetime);
        m.text("note", r.wish.note);
        m.flag("pinned", r.wish.pinned);
        m.flag("reuse", r.wish.reuse);
        m.flag("default_folder", r.wish.isDefaultFolder);
        m.flag("empty", r.wish.empty);
    } else if constexpr (std::is_same_v<T, ScratchNamed>) {
        m.paths("words", r.words, kMostWords);
        m.optionalPath("working_folder", r.workingFolder);
    } else if constexpr (std::is_same_v<T, ScratchInspect>) {
        m.choice("brief", r.look, Look::Brief, Look::Whole);
    } else if constexpr (std::is_same_v<T, ScratchPreview>) {
        m.choice("brief", r.look, Look::Brief, Look::Whole);
        m.texts("also", r.also);
    } else if constexpr (std::is_same_v<T, ScratchClean>) {
        m.text("confirmation", r.confirmation);
        m.choice("in_use_ok", r.inUse, InUse::RemoveAllTheSame, InUse::Keep);
    } else if constexpr (std::is_same_v<T, ScratchCleanUnseen> || std::is_same_v<T, ScratchRelease>) {
        m.choice("in_use_ok", r.inUse, InUse::RemoveAllTheSame, InUse::Keep);
    } else if constexpr (std::is_same_v<T, ScratchForget>) {
        m.text("directory", r.directory);
    } else if constexpr (std::is_same_v<T, ScratchExtend>) {
        m.lifetime("lifetime", r.lifetime);
    } else if constexpr (std::is_same_v<T, ScratchPin>) {
        m.requiredFlag("pinned", r.pinned);
    } else if constexpr (std::is_same_v<T, ScratchRestore>) {
        m.optionalLifetime("lifetime", r.lifetime);
    } else if constexpr (std::is_same_v<T, ScratchSweep> || std::is_same_v<T, ScratchPurge>) {
        m.choice("dry_run", r.mode, SweepMode::Try, SweepMode::Do);
    } else if constexpr (std::is_same_v<T, ScratchLog>) {
        m.number("most", r.most);
    } else if constexpr (std::is_same_v<T, VerifyCapacity>) {
        m.number("size", r.size);
        m.flag("keep", r.keep);
        m.flag("allow_system", r.allowSystem);
        m.flag("quick", r.quick);
        m.number("push", r.push);
    } else if constexpr (std::is_same_v<T, VerifySpeed>) {
        m.number("size", r.size);
        m.number("job_time_ns", r.jobTime);
    } else {
        static_assert(std::is_same_v<T, Space> || std::is_same_v<T, ReadFile> || std::is_same_v<T, ScratchSuits> ||
                          std::is_same_v<T, ScratchList> || std::is_same_v<T, ScratchFind> ||
                          std::is_same_v<T, VerifyAgain>,
                      "a request whose fields are not named");
    }
}

template <typename R>
constexpr bool kHasFolder = requires(R r)
{
    r.folder;
};
template <typename R>
constexpr bool kIsAbout = requires(R r)
{
    r.about;
};

template <typename R>
Input readAs(std::uint64_t id, const Json& json)
{
    R read;
    Reading reading(json);
    if constexpr (kHasFolder<R>)
        reading.path("folder", read.folder);
    if constexpr (kIsAbout<R>)
        reading.optionalPath("folder", read.about.folder);
    fields(reading, read);
    if (reading.error())
        return Misshapen{id, *reading.error()};
    if constexpr (std::is_same_v<R, request::ScratchLog>)
        read.most = std::min(read.most, kMostLogLines);
    return Order{id, std::move(read), getPath(json, "mount")};
}

using Reader = Input (*)(std::uint64_t, const Json&);
struct Known
{
    const char* name;
    Reader read;
};
template <std::size_t... I>
constexpr auto knownRequests(std::index_sequence<I...> /*all*/)
{
    return std::array{
        Known{std::variant_alternative_t<I, Request>::kName, &readAs<std::variant_alternative_t<I, Request>>}...};
}
constexpr auto kKnown = knownRequests(std::make_index_sequence<std::variant_size_v<Request>>());

std::string lineOf(const char* name, std::uint64_t id)
{
    Json json = Json::object();
    json["request"] = name;
    json["id"] = id;
    return toLine(json);
}

} // namespace

const char* nameOf(const Request& request)
{
    return std::visit([](const auto& r) { return r.kName; }, request);
}

Path folderOf(const Request& request)
{
    return std::visit(
        [](const auto& r) -> Path {
            using R = std::decay_t<decltype(r)>;
            if constexpr (std::is_same_v<R, request::ScratchCreate>)
                return r.wish.folder;
            else if constexpr (kIsAbout<R>)
                return r.about.folder;
            else if constexpr (kHasFolder<R>)
                return r.folder;
            else
                return {};
        },
        request);
}

LaneKind laneOf(const Request& request)
{
    return std::visit([](const auto& r) { return r.kLane; }, request);
}

DeadlineKind deadlineOf(const Request& request)
{
    return std::visit([](const auto& r) { return r.kDeadline; }, request);
}

bool isOfScratch(const Request& request)
{
    const std::string_view name = nameOf(request);
    return name.starts_with("scratch-") || name.starts_with("verify-");
}

std::string toLine(const Order& order)
{
    Json json = Json::object();
    json["request"] = nameOf(order.request);
    json["id"] = order.id;
    const Path folder = folderOf(order.request);
    if (!folder.empty() || std::holds_alternative<request::Check>(order.request))
        putPath(json, "folder", folder);
    Writing writing(json);
    std::visit([&](const auto& r) { fields(writing, r); }, order.request);
    if (order.mount)
        putPath(json, "mount", *order.mount);
    return toLine(json);
}

std::string toLine(const Cancel& cancel)
{
    return lineOf("cancel", cancel.id);
}

std::string toLine(const Cross& cross)
{
    return lineOf("cross", cross.id);
}

Result<Input> inputFromLine(std::string_view line)
{
    const auto json = parseJson(line, kMostContainersOfLine);
    if (!json)
        return fail(json.error());
    const auto name = getString(*json, "request");
    const auto id = getUnsigned(*json, "id");
    if (!name || !id)
        return fail(ErrorKind::BadRequest, {}, 0, "a line of the input has no request or no number");
    if (*name == "cancel")
        return Cancel{*id};
    if (*name == "cross")
        return Cross{*id};
    for (const Known& known : kKnown) {
        if (*name == known.name)
            return known.read(*id, *json);
    }
    return Misshapen{
        *id, {ErrorKind::BadRequest, {}, 0, "this prober does not know the request '" + displayText(*name) + "'"}};
}

} // namespace scratchproof
