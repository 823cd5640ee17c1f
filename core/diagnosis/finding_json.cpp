// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/finding_json.h"

#include "core/diagnosis/words.h"

#include <algorithm>

namespace scratchproof {

namespace {

constexpr std::size_t kMostArguments = 64;
constexpr std::size_t kMostFixes = 32;
constexpr std::size_t kMostEvidence = 256;
constexpr std::size_t kLongestText = std::size_t{64} << 10U;

void writeJson(JsonText& json, const Argument& argument)
{
    json.beginObject();
    json.member("type", toString(argument.type));
    if (argument.isNumber())
        json.member("value", argument.number);
    else
        json.path("value", argument.text);
    json.endObject();
}

std::optional<Argument> argumentFrom(const Json& json)
{
    const auto type = argumentTypeFromString(getString(json, "type").value_or(""));
    if (!type)
        return std::nullopt;
    Argument argument;
    argument.type = *type;
    if (argument.isNumber()) {
        const auto number = getInteger(json, "value");
        if (!number)
            return std::nullopt;
        argument.number = *number;
        return argument;
    }
    auto text = getPath(json, "value");
    if (!text || text->size() > kLongestText)
        return std::nullopt;
    argument.text = std::move(*text);
    return argument;
}

/// "mount-readonly-flag": what an id or the name of an argument may look like.
bool isId(std::string_view id)
{
    return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

void writeJson(JsonText& json, const std::vector<std::string>& command)
{
    const bool isText = std::all_of(command.begin(), command.end(), [](const auto& word) { return isUtf8(word); });
    json.key(isText ? "argv" : "argv_bytes");
    json.beginArray();
    for (const std::string& word : command)
        json.value(isText ? word : toBase64(word));
    json.endArray();
}

bool hasFix(const CauseWords* words, std::string_view fix)
{
    return words != nullptr && std::any_of(words->fixes.begin(), words->fixes.end(),
                                           [&](const char* one) { return one != nullptr && fix == one; });
}

/// Where the finding is about somebody else's rights it has the same id, and words and fixes of its own.
bool isFixOf(const std::string& cause, std::string_view fix)
{
    return fix == "rights-owner-chmod" || fix == "rights-find-out" || hasFix(findCauseWords(cause), fix) ||
           hasFix(findCauseWords("rights-" + cause), fix);
}

tl::unexpected<Error> refuse(const char* why)
{
    return fail(ErrorKind::ParseFinding, {}, 0, why);
}

} // namespace

void writeJson(JsonText& json, const Finding& finding)
{
    json.beginObject();
    json.member("id", finding.id);
    json.member("severity", toString(finding.severity));
    json.member("certainty", toString(finding.certainty));
    json.key("arguments");
    json.beginObject();
    for (const auto& [name, argument] : finding.arguments) {
        json.key(name);
        writeJson(json, argument);
    }
    json.endObject();
    const RenderedFinding words = render(finding);
    json.member("title", words.title);
    json.member("explanation", words.explanation);
    json.key("fixes");
    json.beginArray();
    for (const RenderedFix& fix : words.fixes) {
        json.beginObject();
        json.member("id", fix.id);
        json.member("by", toString(fix.by));
        json.member("text", fix.text);
        if (!fix.command.empty())
            writeJson(json, fix.command);
        json.endObject();
    }
    json.endArray();
    json.key("evidence");
    json.beginArray();
    for (const std::string& line : finding.evidence)
        json.value(displayText(line));
    json.endArray();
    json.endObject();
}

Result<Finding> findingFromJson(const Json& json)
{
    Finding finding;
    const auto id = getString(json, "id");
    const auto severity = severityFromString(getString(json, "severity").value_or(""));
    const auto certainty = certaintyFromString(getString(json, "certainty").value_or(""));
    if (!id || !isId(*id) || !severity || !certainty)
        return refuse("a finding has no id, severity or certainty that is known");
    finding.id = *id;
    finding.severity = *severity;
    finding.certainty = *certainty;
    if (const Json* arguments = getObject(json, "arguments")) {
        if (arguments->size() > kMostArguments)
            return refuse("a finding has too many arguments");
        for (const auto& [name, value] : arguments->items()) {
            auto argument = argumentFrom(value);
            if (!argument || !isId(name))
                return refuse("an argument of a finding has no known type, or a value of another");
            finding.arguments.emplace(name, std::move(*argument));
        }
    }
    const CauseWords* cause = findCauseWords(finding.id);
    const Json* fixes = getArray(json, "fixes");
    if (fixes != nullptr && fixes->size() > kMostFixes)
        return refuse("a finding has too many fixes");
    for (std::size_t i = 0; fixes != nullptr && i < fixes->size(); ++i) {
        const auto fixId = getString((*fixes)[i], "id");
        const auto by = fixByFromString(getString((*fixes)[i], "by").value_or(""));
        if (!fixId || !isId(*fixId) || !by)
            return refuse("a fix has no id, or nobody who may do it");
        const bool isKnown = findFixWords(*fixId) != nullptr;
        // Another's word is not to bring in what helps against something else: a command that formats, say.
        if (cause != nullptr && isKnown && !isFixOf(finding.id, *fixId))
            continue;
        Fix fix = makeFix(*fixId, finding.arguments);
        if (!isKnown)
            fix.by = *by;
        if (cause == nullptr)
            fix.command.clear();
        finding.fixes.push_back(std::move(fix));
    }
    const Json* evidence = getArray(json, "evidence");
    if (evidence != nullptr && evidence->size() > kMostEvidence)
        return refuse("a finding has too much evidence");
    for (std::size_t i = 0; evidence != nullptr && i < evidence->size(); ++i) {
        const Json& line = (*evidence)[i];
        if (!line.is_string() || line.get_ref<const std::string&>().size() > kLongestText)
            return refuse("the evidence of a finding is no text, or too long");
        finding.evidence.push_back(line.get<std::string>());
    }
    return finding;
}

} // namespace scratchproof
