// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/explain_command.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/diagnosis/catalogue.h"
#include "core/diagnosis/words.h"
#include "core/report/text_layout.h"
#include "core/stream/json_fields.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <ostream>

namespace scratchproof {

namespace {

constexpr const char* kSchema = "scratchproof.causes/1";
constexpr std::size_t kSuggestions = 5;

std::vector<const FixWords*> fixesOf(const CauseWords& words)
{
    std::vector<const FixWords*> fixes;
    for (const char* id : words.fixes) {
        if (id == nullptr)
            break;
        if (const FixWords* fix = findFixWords(id))
            fixes.push_back(fix);
    }
    return fixes;
}

std::vector<std::string> commandOf(const FixWords& fix)
{
    std::vector<std::string> command;
    for (const char* part : fix.command) {
        if (part == nullptr)
            break;
        command.emplace_back(part);
    }
    return command;
}

Json toJson(const CauseWords& words)
{
    Json json = Json::object();
    json["id"] = words.id;
    json["title"] = words.title;
    json["explanation"] = words.explanation;
    json["target"] = toString(words.target);
    json["severity"] = toString(words.severity);
    json["certainty"] = toString(words.certainty);
    json["section"] = words.listed.section;
    json["shows"] = toString(words.listed.shows);
    json["steps"] = wordsOf(words.listed.steps);
    json["errnos"] = wordsOf(words.listed.errnos);
    json["fixes"] = Json::array();
    for (const FixWords* fix : fixesOf(words)) {
        Json one = Json::object();
        one["id"] = fix->id;
        one["by"] = toString(fix->by);
        one["text"] = fix->text;
        if (const auto command = commandOf(*fix); !command.empty())
            one["argv"] = command;
        json["fixes"].push_back(std::move(one));
    }
    return json;
}

/// "EACCES", "eacces" or "13"; nothing for what is no errno of this system.
std::optional<int> errnoFromWord(const std::string& word)
{
    int number = 0;
    const char* end = word.data() + word.size();
    const auto parsed = std::from_chars(word.data(), end, number);
    const bool isNumber = parsed.ec == std::errc() && parsed.ptr == end;
    const auto code = isNumber ? std::optional(number) : errnoFromName(inCapitals(word));
    // "E4000" is how one without a name is written, and says nothing.
    if (!code || *code <= 0 || errnoName(*code) == fmt::format("E{}", *code))
        return std::nullopt;
    return code;
}

std::string showsInWords(const Listing& row)
{
    std::string where;
    for (const auto& step : wordsOf(row.steps))
        where += (where.empty() ? "at " : ", ") + (step == "any" ? "any step" : step);
    std::string how;
    for (const auto& name : wordsOf(row.errnos))
        how += (how.empty() ? " as " : ", ") + name;
    return fmt::format("{}{}{}{}", toString(row.shows), where.empty() ? "" : " ", where, how);
}

class Explainer
{
public:
    explicit Explainer(Console& console) : m_out(console.out), m_columns(console.columns) {}

    void list()
    {
        for (const CatalogueSection& section : catalogueSections()) {
            m_out << section.title << '\n';
            for (const CauseWords* words : catalogue()) {
                if (words->listed.section == std::string_view(section.id))
                    line(*words);
            }
            m_out << '\n';
        }
    }

    void cause(const CauseWords& words)
    {
        m_out << words.title << '\n' << '\n';
        say(words.explanation, "    ", "    ");
        m_out << '\n';
        item("id", words.id);
        item("severity", std::string(toString(words.severity)) + meaningOf(words.severity));
        item("certainty", std::string(toString(words.certainty)) + meaningOf(words.certainty));
        if (*words.listed.steps != '\0' || *words.listed.errnos != '\0')
            item("shows", showsInWords(words.listed));
        const auto fixes = fixesOf(words);
        if (!fixes.empty())
            m_out << "\nWhat to do\n";
        for (const FixWords* fix : fixes) {
            say(fix->text, "  - ", "    ");
            const auto command = commandOf(*fix);
            if (!command.empty())
                m_out << "        " << (fix->by == FixBy::Admin ? "sudo " : "") << commandTemplate(command) << '\n';
        }
    }

    void errorCode(int code)
    {
        const std::string name = errnoName(code);
        m_out << fmt::format("{} ({}): {}\n\n", name, code, errnoText(code));
        if (const auto meaning = errnoMeaning(name); !meaning.empty()) {
            say(meaning, "    ", "    ");
            m_out << '\n';
        }
        const auto causes = causesWithErrno(name);
        m_out << (causes.empty() ? "No cause in the catalogue shows as this errno.\n" : "What shows as this\n");
        for (const CauseWords* words : causes)
            line(*words);
    }

private:
    void line(const CauseWords& words)
    {
        constexpr std::size_t kIds = 33;
        say(words.title, fmt::format("  {:<{}} ", words.id, kIds), std::string(kIds + 3, ' '));
    }
    void item(const char* name, const std::string& value)
    {
        constexpr std::size_t kNames = 11;
        say(value, fmt::format("  {:<{}}", name, kNames), std::string(kNames + 2, ' '));
    }
    void say(std::string_view text, std::string_view first, std::string_view rest)
    {
        m_out << wrapped(text, first, rest, m_columns) << '\n';
    }
    static const char* meaningOf(Severity severity)
    {
        switch (severity) {
        case Severity::Blocking:
            return ": nothing can be saved there";
        case Severity::Limit:
            return ": it works, with a limit that may matter";
        case Severity::Note:
            return ": worth knowing";
        }
        return "";
    }
    static const char* meaningOf(Certainty certainty)
    {
        switch (certainty) {
        case Certainty::Proven:
            return ": seen directly";
        case Certainty::Likely:
            return ": fits all that was seen, and something else might as well";
        case Certainty::ByElimination:
            return ": what is left when everything else was ruled out";
        }
        return "";
    }

    std::ostream& m_out;
    std::size_t m_columns;
};

void print(std::ostream& out, const Json& json)
{
    out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

Json documentOf(const std::vector<const CauseWords*>& causes)
{
    Json json = Json::object();
    json["schema"] = kSchema;
    json["causes"] = Json::array();
    for (const CauseWords* words : causes)
        json["causes"].push_back(toJson(*words));
    return json;
}

int unknownName(Console& console, const std::string& name)
{
    console.err << "scratchproof-cli: explain: there is no cause and no errno named '" << displayText(name) << "'";
    const auto near = nearestCauses(name, kSuggestions);
    for (std::size_t i = 0; i < near.size(); ++i)
        console.err << (i == 0 ? "; did you mean " : i + 1 == near.size() ? " or " : ", ") << near[i];
    console.err << (near.empty() ? "; without a name all are listed\n" : "?\n");
    return toInt(ExitCode::BadUsage);
}

} // namespace

CommandLine ExplainCommand::declare(CommandLine& program)
{
    CommandLine command =
        program.command("explain", "Say what a cause (mount-readonly-flag) or an errno (EROFS) means");
    command.detail(R"(
Of a cause, by the id that a report names it with: how grave and how certain it is, at which step it shows, and what
to do about it, with the commands; {*names*} in braces stand for what a check fills in. Of an errno (`EROFS`, `30`):
what that means, and which causes show as it.)");
    command.option("NAME", m_name, "Id of a cause, or name or number of an errno; without it all are listed")
        .notEmpty()
        .completes(Completion::Causes);
    const CommandOption json = command.flag("--json", m_json, "Print one JSON document (scratchproof.causes/1)");
    // For the build: docs/causes.md is made with it.
    command.flag("--markdown", m_markdown, "Print the whole catalogue as Markdown").excludes(json).hide();
    return command;
}

int ExplainCommand::run(Console& console)
{
    Explainer explainer(console);
    if (m_markdown) {
        console.out << causesInMarkdown();
    } else if (m_name.empty()) {
        m_json ? print(console.out, documentOf(catalogue())) : explainer.list();
    } else if (const CauseWords* words = findCauseWords(m_name)) {
        m_json ? print(console.out, documentOf({words})) : explainer.cause(*words);
    } else if (const auto code = errnoFromWord(m_name)) {
        const std::string name = errnoName(*code);
        Json json = documentOf(causesWithErrno(name));
        json["errno"] = {
            {"name", name}, {"number", *code}, {"text", errnoText(*code)}, {"meaning", errnoMeaning(name)}};
        m_json ? print(console.out, json) : explainer.errorCode(*code);
    } else {
        return unknownName(console, m_name);
    }
    return toInt(ExitCode::Success);
}

} // namespace scratchproof
