// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/check/check_json.h"

#include "core/diagnosis/finding_json.h"
#include "core/facts/facts_json.h"

#include <algorithm>

namespace scratchproof {

namespace {

constexpr std::size_t kMostSteps = 64;
constexpr std::size_t kMostFindings = 256;
constexpr std::size_t kLongestCall = 64;
constexpr std::size_t kLongestAs = 1024;

tl::unexpected<Error> refuse(const char* why)
{
    return fail("parse-check", {}, 0, why);
}

} // namespace

Json toJson(const StepResult& step)
{
    Json json = Json::object();
    json["step"] = toString(step.step);
    json["status"] = toString(step.status);
    if (step.status == StepStatus::Failed) {
        json["call"] = step.call;
        if (step.errorCode != 0)
            json["errno"] = errnoName(step.errorCode);
    }
    if (step.status != StepStatus::Skipped)
        json["duration_ns"] = step.duration;
    return json;
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
        result.call = getString(json, "call").value_or("");
        if (result.call.empty() || result.call.size() > kLongestCall)
            return refuse("a failed step has no call, or one of impossible length");
        if (const auto name = getString(json, "errno")) {
            const auto code = errnoFromName(*name);
            if (!code)
                return refuse("the errno of a step is not known");
            result.errorCode = *code;
        }
    }
    if (*status != StepStatus::Skipped) {
        const auto duration = getInteger(json, "duration_ns");
        if (!duration || *duration < 0)
            return refuse("a step that was taken has no duration");
        result.duration = *duration;
    }
    return result;
}

Json toJson(const Check& check)
{
    Json json = Json::object();
    putPath(json, "folder", check.folder);
    json["as"] = check.as ? Json(*check.as) : Json(nullptr);
    json["level"] = toString(check.level);
    json["verdict"] = toString(check.verdict);
    json["started"] = toIso8601(check.started);
    json["duration_ns"] = check.duration;
    json["steps"] = Json::array();
    for (const StepResult& step : check.steps)
        json["steps"].push_back(toJson(step));
    json["findings"] = Json::array();
    for (const Finding& finding : check.findings)
        json["findings"].push_back(toJson(finding));
    json["facts"] = toJson(check.facts);
    return json;
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
    check.started = fromIso8601(getString(json, "started").value_or("")).value_or(0);
    check.duration = std::max<std::int64_t>(0, getInteger(json, "duration_ns").value_or(0));
    for (const Json& entry : *steps) {
        auto step = stepResultFromJson(entry);
        if (!step)
            return fail(std::move(step.error()));
        check.steps.push_back(std::move(*step));
    }
    for (const Json& entry : *findings) {
        auto finding = findingFromJson(entry);
        if (!finding)
            return fail(std::move(finding.error()));
        check.findings.push_back(std::move(*finding));
    }
    auto read = factsFromJson(*facts);
    if (!read)
        return fail(std::move(read.error()));
    check.facts = std::move(*read);
    return check;
}

} // namespace scratchproof
