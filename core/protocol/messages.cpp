// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/messages.h"

#include "core/check/check_json.h"
#include "core/facts/sysfs.h"
#include "core/protocol/line_text.h"
#include "core/protocol/result_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>

namespace scratchproof {

namespace {

constexpr std::size_t kMostStuck = 64;
constexpr std::size_t kMostToLeave = 512; // a few, and those that were refused as taken

struct Writer
{
    JsonText& json;

    void head(const char* name, const char* key, std::uint64_t id) const
    {
        json.member("event", name);
        json.member(key, id);
    }
    void operator()(const event::Started& started) const
    {
        json.member("event", "started");
        json.member("schema", started.schema);
        json.member("program", Json{{"name", started.program}, {"version", started.version}});
    }
    void operator()(const event::Crossing& crossing) const
    {
        head("crossing", "id", crossing.id);
        json.key("mount");
        json.beginObject();
        json.member("id", crossing.mount.id);
        json.member("device", toString(crossing.mount.device));
        json.path("point", crossing.mount.mountPoint);
        json.path("type", crossing.fileSystem);
        json.endObject();
        json.member("asks", crossing.asks);
        if (crossing.stuck.empty())
            return;
        json.key("stuck");
        json.beginArray();
        for (const StuckProcess& stuck : crossing.stuck)
            json.value(Json{{"pid", stuck.pid}, {"since", stuck.since}});
        json.endArray();
    }
    void operator()(const event::CheckStarted& started) const
    {
        head("check-started", "check", started.check);
        json.path("folder", started.folder);
    }
    void operator()(const event::StepStarted& started) const
    {
        head("step-started", "check", started.check);
        json.member("step", started.step);
        if (started.device)
            json.member("device", toString(*started.device));
        if (!started.mayLeave.empty())
            json.paths("may_leave", started.mayLeave);
    }
    void operator()(const event::StepFinished& finished) const
    {
        head("step", "check", finished.check);
        writeMembers(json, finished.result);
    }
    void operator()(const event::CheckFinished& finished) const
    {
        writeResultHead(json, finished.check);
        writeJson(json, finished.result);
    }
    void operator()(const event::Progress& progress) const
    {
        head("progress", "id", progress.id);
        for (const auto& [name, value] : progress.body.items()) {
            if (name != "event" && name != "id") // they stand in the head
                json.member(name, value);
        }
    }
    void operator()(const event::Answer& answer) const
    {
        head("answer", "id", answer.id);
        if (answer.result)
            json.member("result", *answer.result);
        else
            json.member("error", toJson(answer.result.error()));
    }
};

tl::unexpected<Error> misshapen(std::string_view what)
{
    return fail(ErrorKind::ReadEvent, {}, 0, fmt::format("an event of the stream has no usable {}", displayText(what)));
}

Result<Event> checkEvent(const std::string& name, std::uint64_t check, const Json& json)
{
    if (name == "check-started") {
        const auto folder = getPath(json, "folder");
        if (!folder)
            return misshapen("folder");
        return event::CheckStarted{check, *folder};
    }
    if (name == "step-started") {
        const auto step = getString(json, "step");
        if (!step || (*step != kFactsStep && *step != kAbilitiesStep && !stepFromString(*step)))
            return misshapen("step");
        auto mayLeave = getPaths(json, "may_leave", kMostToLeave);
        if (!mayLeave)
            return misshapen("may_leave");
        return event::StepStarted{check, *step, parseDeviceNumber(getString(json, "device").value_or("")),
                                  std::move(*mayLeave)};
    }
    if (name == "step") {
        auto result = stepResultFromJson(json);
        if (!result)
            return fail(result.error());
        return event::StepFinished{check, std::move(*result)};
    }
    const Json* body = getObject(json, "result");
    if (body == nullptr)
        return misshapen("result");
    auto result = checkFromJson(*body);
    if (!result)
        return fail(result.error());
    return event::CheckFinished{check, std::move(*result)};
}

Result<Event> crossingEvent(std::uint64_t id, const Json& json)
{
    const Json* mount = getObject(json, "mount");
    const auto number = mount != nullptr ? getUnsigned(*mount, "id") : std::nullopt;
    const auto device = mount != nullptr ? parseDeviceNumber(getString(*mount, "device").value_or("")) : std::nullopt;
    auto point = mount != nullptr ? getPath(*mount, "point") : std::nullopt;
    auto type = mount != nullptr ? getPath(*mount, "type") : std::nullopt;
    if (!number || !device || !point || !type)
        return misshapen("mount");
    event::Crossing crossing{
        id, {*number, *device, std::move(*point)}, std::move(*type), getBool(json, "asks").value_or(false)};
    const Json* stuck = getArray(json, "stuck");
    for (std::size_t i = 0; stuck != nullptr && i < std::min(stuck->size(), kMostStuck); ++i) {
        const auto pid = getInteger((*stuck)[i], "pid");
        const auto since = getInteger((*stuck)[i], "since");
        if (!pid || *pid <= 0 || *pid > INT_MAX || !since)
            return misshapen("stuck");
        crossing.stuck.push_back({static_cast<int>(*pid), *since});
    }
    return crossing;
}

event::Progress progressEvent(std::uint64_t id, Json body)
{
    body.erase("event");
    body.erase("id");
    return {id, std::move(body)};
}

Result<Event> answerEvent(std::uint64_t id, const Json& json)
{
    if (const auto result = json.find("result"); result != json.end())
        return event::Answer{id, *result};
    const Json* error = getObject(json, "error");
    const auto read = error != nullptr ? errorFromJson(*error) : std::nullopt;
    if (!read)
        return misshapen("result or error");
    return event::Answer{id, fail(*read)};
}

constexpr std::string_view kStepStarted = R"({"event":"step-started","check":)";
constexpr std::string_view kStep = R"({"event":"step","check":)";
constexpr std::string_view kCrossing = R"({"event":"crossing","id":)";
constexpr std::string_view kStepName = R"(,"step":")";
constexpr std::string_view kPassed = R"(","status":"passed","duration_ns":)";
constexpr std::string_view kMayLeave = R"(","may_leave":[")";

std::optional<Event> fromShortCrossing(std::string_view line)
{
    event::Crossing crossing;
    std::string_view device;
    std::string_view point;
    std::string_view type;
    if (!takeNumber(line, crossing.id) || !take(line, R"(,"mount":{"id":)") || !takeNumber(line, crossing.mount.id) ||
        !take(line, R"(,"device":")") || !takeText(line, device) || !take(line, R"(","point":")") ||
        !takeText(line, point) || !take(line, R"(","type":")") || !takeText(line, type) ||
        !take(line, R"("},"asks":)") || (line != "true}" && line != "false}"))
        return std::nullopt;
    const auto number = parseDeviceNumber(device);
    if (!number)
        return std::nullopt;
    crossing.mount.device = *number;
    crossing.mount.mountPoint = point;
    crossing.fileSystem = type;
    crossing.asks = line == "true}";
    return crossing;
}

/// The events of which there are most, without a Json of them, with the same checks as all else. Nothing of any line
/// but what toLine() writes of these.
std::optional<Event> fromShortLine(std::string_view line)
{
    std::uint64_t check = 0;
    std::string_view text;
    if (take(line, kCrossing))
        return fromShortCrossing(line);
    if (take(line, kStep)) {
        StepResult result;
        result.status = StepStatus::Passed;
        if (!takeNumber(line, check) || !take(line, kStepName) || !takeText(line, text) || !take(line, kPassed) ||
            !takeNumber(line, result.duration) || line != "}" || !stepFromString(text))
            return std::nullopt;
        result.step = *stepFromString(text);
        return event::StepFinished{check, std::move(result)};
    }
    if (!take(line, kStepStarted) || !takeNumber(line, check) || !take(line, kStepName) || !takeText(line, text))
        return std::nullopt;
    event::StepStarted started{check, std::string(text), {}};
    if (text != kFactsStep && text != kAbilitiesStep && !stepFromString(text))
        return std::nullopt;
    if (line == "\"}")
        return started;
    for (bool goesOn = take(line, kMayLeave); goesOn; goesOn = take(line, R"(",")")) {
        if (started.mayLeave.size() == kMostToLeave || !takeText(line, text))
            return std::nullopt;
        started.mayLeave.emplace_back(text);
    }
    return line == "\"]}" ? std::optional<Event>(std::move(started)) : std::nullopt;
}

} // namespace

std::string toLine(const Event& event)
{
    JsonText json;
    json.beginObject();
    std::visit(Writer{json}, event);
    json.endObject();
    return json.take();
}

Result<Event> eventFromLine(std::string_view line)
{
    if (auto event = fromShortLine(line))
        return std::move(*event);
    const auto json = parseJson(line, kMostContainersOfLine);
    if (!json)
        return fail(json.error());
    const auto name = getString(*json, "event");
    if (!name)
        return misshapen("event");
    if (*name == "started") {
        const Json* program = getObject(*json, "program");
        if (program == nullptr)
            return misshapen("program");
        return event::Started{getString(*json, "schema").value_or(""), getString(*program, "name").value_or(""),
                              getString(*program, "version").value_or("")};
    }
    const bool ofCheck =
        *name == "check-started" || *name == "step-started" || *name == "step" || *name == "check-finished";
    const auto id = getUnsigned(*json, ofCheck ? "check" : "id");
    if (!id)
        return misshapen(ofCheck ? "check" : "id");
    if (ofCheck)
        return checkEvent(*name, *id, *json);
    if (*name == "crossing")
        return crossingEvent(*id, *json);
    if (*name == "progress")
        return progressEvent(*id, *json);
    if (*name == "answer")
        return answerEvent(*id, *json);
    return misshapen("event");
}

Json streamHead(System& system, const char* programName)
{
    const auto firstLine = [&](const char* path) {
        const auto text = readSmallFile(system.files, path, 4096);
        return text ? text->substr(0, text->find('\n')) : std::string();
    };
    const auto uid = system.processes.userId();
    Json json = Json::object();
    json["program"] = {{"name", programName}, {"version", SCRATCHPROOF_VERSION}};
    json["host"] = {{"name", firstLine("/proc/sys/kernel/hostname")},
                    {"system", "Linux " + firstLine("/proc/sys/kernel/osrelease")}};
    json["user"] = {{"name", system.processes.userName(uid).value_or("")}, {"uid", uid}};
    json["started"] = toIso8601(system.clock.wall());
    return json;
}

} // namespace scratchproof
