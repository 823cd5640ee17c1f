// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/check/check_json.h"

#include "core/diagnosis/finding_json.h"
#include "core/facts/facts_json.h"

#include <algorithm>

namespace scratchproof {

namespace {

constexpr std::size_t kMostSteps = 64;
constexpr std::size_t kMostAbilities = 256;
constexpr std::size_t kMostRefused = 64;
constexpr std::size_t kLongestRefused = 256;
constexpr std::size_t kMostFindings = 256;
constexpr std::size_t kLongestCall = 64;
constexpr std::size_t kLongestAs = 1024;
constexpr std::size_t kMostLeftovers = 20'000; // as many as a check looks at

tl::unexpected<Error> refuse(const char* why)
{
    return fail(ErrorKind::ParseCheck, {}, 0, why);
}

/// A call and errno that are there, or neither. False if they do not fit.
bool readCall(const Json& json, std::string& call, int& errorCode)
{
    call = getString(json, "call").value_or("");
    if (call.size() > kLongestCall)
        return false;
    if (const auto name = getString(json, "errno")) {
        const auto code = errnoFromName(*name);
        if (!code)
            return false;
        errorCode = *code;
    }
    return true;
}

/// A new version may know more abilities than we do: those are passed over.
Result<void> readAbilities(const Json& json, std::vector<AbilityResult>& abilities)
{
    const Json* entries = getArray(json, "abilities");
    if (entries == nullptr)
        return {};
    if (entries->size() > kMostAbilities)
        return refuse("a check has more abilities than there can be");
    for (const Json& entry : *entries) {
        const auto name = getString(entry, "ability");
        if (name && !abilityFromString(*name))
            continue;
        auto ability = abilityResultFromJson(entry);
        if (!ability)
            return fail(std::move(ability.error()));
        abilities.push_back(std::move(*ability));
    }
    return {};
}

} // namespace

void writeJson(JsonText& json, const AbilityResult& ability)
{
    json.beginObject();
    json.member("ability", toString(ability.ability));
    json.member("status", toString(ability.status));
    if (!ability.call.empty())
        json.member("call", ability.call);
    if (ability.errorCode != 0)
        json.member("errno", errnoName(ability.errorCode));
    if (ability.number)
        json.member("number", *ability.number);
    if (!ability.refused.empty()) {
        json.key("refused");
        json.beginArray();
        for (const std::string& text : ability.refused)
            json.entry("name", text);
        json.endArray();
    }
    json.endObject();
}

Result<AbilityResult> abilityResultFromJson(const Json& json)
{
    const auto ability = abilityFromString(getString(json, "ability").value_or(""));
    const auto status = abilityStatusFromString(getString(json, "status").value_or(""));
    if (!ability || !status)
        return refuse("an ability has no name or status that is known");
    AbilityResult result;
    result.ability = *ability;
    result.status = *status;
    if (!readCall(json, result.call, result.errorCode))
        return refuse("an ability has a call of impossible length, or an errno that is not known");
    result.number = getUnsigned(json, "number");
    const Json* refused = getArray(json, "refused");
    if (refused == nullptr)
        return result;
    if (refused->size() > kMostRefused)
        return refuse("an ability refuses more than was tried");
    for (const Json& entry : *refused) {
        const auto text = entry.is_string() ? std::optional(entry.get<std::string>()) : getPath(entry, "name");
        if (!text || text->size() > kLongestRefused)
            return refuse("what an ability refuses is no text, or too long");
        result.refused.push_back(*text);
    }
    return result;
}

void writeMembers(JsonText& json, const StepResult& step)
{
    json.member("step", toString(step.step));
    json.member("status", toString(step.status));
    if (step.status == StepStatus::Failed) {
        json.member("call", step.call);
        if (step.errorCode != 0)
            json.member("errno", errnoName(step.errorCode));
    }
    if (step.status != StepStatus::Skipped)
        json.member("duration_ns", step.duration);
}

void writeJson(JsonText& json, const StepResult& step)
{
    json.beginObject();
    writeMembers(json, step);
    json.endObject();
}

Result<StepResult> stepResultFromJson(const Json& json)
{
    const auto step = stepFromString(getString(json, "step").value_or(""));
    const auto status = stepStatusFromString(getString(json, "status").value_or(""));
    if (!step || !status)
        return refuse("a step has no name or status that is known");
    StepResult result;
    result.step = *step;
    result.status = *status;
    if (*status == StepStatus::Failed) {
        if (!readCall(json, result.call, result.errorCode) || result.call.empty())
            return refuse("a failed step has no usable call, or an errno that is not known");
    }
    if (*status != StepStatus::Skipped) {
        const auto duration = getInteger(json, "duration_ns");
        if (!duration || *duration < 0)
            return refuse("a step that was taken has no duration");
        result.duration = *duration;
    }
    return result;
}

void writeJson(JsonText& json, const Check& check)
{
    const auto list = [&json](const char* key, const auto& entries) {
        json.key(key);
        json.beginArray();
        for (const auto& entry : entries)
            writeJson(json, entry);
        json.endArray();
    };
    json.beginObject();
    json.path("folder", check.folder);
    if (check.as)
        json.member("as", *check.as);
    else
        json.member("as", nullptr);
    if (check.host)
        json.member("host", *check.host);
    json.member("level", toString(check.level));
    json.member("verdict", toString(check.verdict));
    json.member("started", toIso8601(check.started));
    json.member("duration_ns", check.duration);
    list("steps", check.steps);
    if (!check.abilities.empty())
        list("abilities", check.abilities);
    list("findings", check.findings);
    if (!check.removedLeftovers.empty())
        json.paths("removed_leftovers", check.removedLeftovers);
    json.key("facts");
    writeJson(json, check.facts);
    json.endObject();
}

Result<Check> checkFromJson(const Json& json)
{
    const auto folder = getPath(json, "folder");
    const auto level = levelFromString(getString(json, "level").value_or(""));
    const auto verdict = verdictFromString(getString(json, "verdict").value_or(""));
    const Json* steps = getArray(json, "steps");
    const Json* findings = getArray(json, "findings");
    const Json* facts = getObject(json, "facts");
    if (!folder || !level || !verdict || steps == nullptr || findings == nullptr || facts == nullptr)
        return refuse("a check lacks its folder, level, verdict, steps, findings or facts");
    if (steps->size() > kMostSteps || findings->size() > kMostFindings)
        return refuse("a check has more steps or findings than there can be");
    Check check;
    check.folder = *folder;
    check.level = *level;
    check.verdict = *verdict;
    check.as = getString(json, "as");
    if (check.as && check.as->size() > kLongestAs)
        return refuse("the name of the user who asked is too long");
    check.host = getString(json, "host");
    if (check.host && check.host->size() > kLongestAs)
        return refuse("the name of the other computer is too long");
    check.started = fromIso8601(getString(json, "started").value_or("")).value_or(0);
    check.duration = std::max<std::int64_t>(0, getInteger(json, "duration_ns").value_or(0));
    for (const Json& entry : *steps) {
        auto step = stepResultFromJson(entry);
        if (!step)
            return fail(std::move(step.error()));
        check.steps.push_back(std::move(*step));
    }
    if (auto read = readAbilities(json, check.abilities); !read)
        return fail(std::move(read.error()));
    for (const Json& entry : *findings) {
        auto finding = findingFromJson(entry);
        if (!finding)
            return fail(std::move(finding.error()));
        check.findings.push_back(std::move(*finding));
    }
    auto removed = getPaths(json, "removed_leftovers", kMostLeftovers);
    if (!removed)
        return refuse("what a check removed is no list of paths, or too long");
    check.removedLeftovers = std::move(*removed);
    auto read = factsFromJson(*facts);
    if (!read)
        return fail(std::move(read.error()));
    check.facts = std::move(*read);
    return check;
}

} // namespace scratchproof
