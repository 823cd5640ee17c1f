// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/result_line.h"

#include "core/protocol/line_text.h"

#include <fmt/format.h>

namespace scratchproof {

namespace {

std::string lineHead(std::uint64_t check)
{
    JsonText json;
    json.beginObject();
    writeResultHead(json, check);
    return json.take();
}

} // namespace

std::optional<ResultLine> resultLineOf(std::string_view line, std::uint64_t id, const Path& folder, Level level)
{
    std::string_view rest = line;
    if (!take(rest, lineHead(id)) || !rest.ends_with("}}"))
        return std::nullopt;
    ResultLine found;
    found.result = rest.substr(0, rest.size() - 1);
    JsonText head;
    head.beginObject();
    head.path("folder", folder);
    if (!take(rest, head.text()) || !take(rest, fmt::format(R"(,"as":null,"level":"{}","verdict":")", toString(level))))
        return std::nullopt;
    const auto verdict = verdictFromString(rest.substr(0, rest.find('"')));
    if (!verdict || (*verdict != Verdict::Usable && *verdict != Verdict::Limited) || !Json::accept(line))
        return std::nullopt;
    found.verdict = *verdict;
    return found;
}

void writeResultHead(JsonText& json, std::uint64_t check)
{
    json.member("event", "check-finished");
    json.member("check", check);
    json.key("result");
}

std::string toLine(std::uint64_t check, std::string_view result)
{
    return lineHead(check).append(result).append(1, '}');
}

} // namespace scratchproof
