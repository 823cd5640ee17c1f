// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/render_markdown.h"

#include "core/base/error.h"
#include "core/base/quantity.h"
#include "core/diagnosis/remote_findings.h"
#include "core/report/fact_text.h"
#include "core/report/markdown_text.h"

#include <fmt/format.h>

namespace scratchproof {

namespace {

using markdown::code;
using markdown::codeBlock;
using markdown::escaped;

class Writer
{
public:
    Writer(const Check& check, const ReportTranslate& translate) : m_check(check), m_translate(translate) {}

    [[nodiscard]] std::string write()
    {
        heading();
        for (const Finding& finding : m_check.findings)
            addFinding(finding);
        addSteps();
        addAbilities();
        addPath();
        addFacts();
        m_text += fmt::format("\nScratchproof {}\n", SCRATCHPROOF_VERSION);
        return std::move(m_text);
    }

private:
    [[nodiscard]] std::string word(const char* text) const { return translated(m_translate.report, text); }
    [[nodiscard]] std::string safe(const char* text) const { return escaped(word(text)); }

    void heading()
    {
        m_text = fmt::format("## {}: {}\n", safe(wordOf(m_check.verdict)), code(displayPlace(m_check)));
        if (m_check.host)
            m_text += fmt::format("\n{} {}\n", safe(QT_TRANSLATE_NOOP("report", "As told by another computer:")),
                                  code(*m_check.host));
        else if (m_check.as)
            m_text += fmt::format("\n{} {}\n", safe(QT_TRANSLATE_NOOP("report", "Checked as")), code(*m_check.as));
    }

    void addFinding(const Finding& finding)
    {
        const RenderedFinding rendered = render(finding, m_translate.causes);
        m_text += fmt::format("\n### {}\n", escaped(rendered.title));
        if (!rendered.explanation.empty())
            m_text += fmt::format("\n{}\n", escaped(rendered.explanation));
        m_text += fmt::format("\n({}, {}, {})\n", safe(wordOf(finding.severity)), safe(wordOf(finding.certainty)),
                              code(finding.id));
        if (rendered.fixes.empty())
            return;
        if (m_check.host && !isOfSupervision(finding))
            m_text +=
                fmt::format("\n{} {}:\n", safe(QT_TRANSLATE_NOOP("report", "What to do on")), code(*m_check.host));
        else
            m_text += fmt::format("\n{}\n", safe(QT_TRANSLATE_NOOP("report", "What to do:")));
        for (std::size_t i = 0; i < rendered.fixes.size(); ++i) {
            const RenderedFix& fix = rendered.fixes[i];
            const std::string number = fmt::format("{}. ", i + 1);
            m_text += fmt::format("\n{}{} ({})\n", number, escaped(fix.text), escaped(doerOf(fix, m_translate.report)));
            if (!fix.command.empty())
                m_text += "\n" + codeBlock(quoteForShell(fix.command), "sh", number.size());
        }
    }

    void table(const std::string& title, std::initializer_list<std::string> columns)
    {
        if (!title.empty())
            m_text += fmt::format("\n### {}\n", escaped(title));
        m_text += "\n|";
        for (const std::string& column : columns)
            m_text += column.empty() ? " |" : fmt::format(" {} |", escaped(column));
        m_text += "\n|";
        for (std::size_t i = 0; i < columns.size(); ++i)
            m_text += " --- |";
        m_text += "\n";
    }
    void row(std::initializer_list<std::string> cells)
    {
        m_text += "|";
        for (const std::string& cell : cells)
            m_text += cell.empty() ? " |" : fmt::format(" {} |", cell);
        m_text += "\n";
    }

    void addSteps()
    {
        if (m_check.steps.empty())
            return;
        table(word(QT_TRANSLATE_NOOP("report", "Steps")),
              {word(QT_TRANSLATE_NOOP("report", "Step")), word(QT_TRANSLATE_NOOP("report", "Result")),
               word(QT_TRANSLATE_NOOP("report", "Time"))});
        for (const StepResult& step : m_check.steps) {
            std::string result = safe(wordOf(step.status));
            if (!step.call.empty())
                result +=
                    " " + code(step.errorCode != 0 ? step.call + ": " + errnoName(step.errorCode) : step.call, true);
            row({safe(wordOf(step.step)), result,
                 step.status == StepStatus::Skipped ? std::string() : formatDuration(step.duration)});
        }
    }

    void addAbilities()
    {
        if (m_check.abilities.empty())
            return;
        table(word(QT_TRANSLATE_NOOP("report", "Abilities")),
              {word(QT_TRANSLATE_NOOP("report", "Ability")), word(QT_TRANSLATE_NOOP("report", "Works")),
               word(QT_TRANSLATE_NOOP("report", "Remarks"))});
        for (const AbilityResult& result : m_check.abilities)
            row({safe(wordOf(result.ability)), safe(wordOf(result.status)),
                 code(noteOf(result, m_translate.report), true)});
    }

    void addPath()
    {
        const std::vector<PathPlace> places = placesOf(m_check);
        if (places.empty())
            return;
        table(word(QT_TRANSLATE_NOOP("report", "Path")),
              {word(QT_TRANSLATE_NOOP("report", "Place")), word(QT_TRANSLATE_NOOP("report", "Owner")),
               word(QT_TRANSLATE_NOOP("report", "Group")), word(QT_TRANSLATE_NOOP("report", "Mode")),
               word(QT_TRANSLATE_NOOP("report", "Remarks"))});
        for (const PathPlace& place : places) {
            const PathComponent* seen = place.component;
            const bool known = seen && seen->status;
            row({code(place.path == "/" ? "/" : baseName(place.path), true),
                 known ? code(whoText(seen->owner, seen->status->uid), true) : std::string(),
                 known ? code(whoText(seen->group, seen->status->gid), true) : std::string(),
                 known ? code(modeLetters(*seen->status), true) : std::string(), remarks(place)});
        }
    }

    [[nodiscard]] std::string remarks(const PathPlace& place) const
    {
        std::string text;
        const auto add = [&text](const std::string& remark) { text += (text.empty() ? "" : "; ") + remark; };
        if (place.stops)
            add("**" + safe(QT_TRANSLATE_NOOP("report", "it stops here")) + "**");
        if (!place.component)
            return text;
        if (place.component->linkTarget)
            add(safe(QT_TRANSLATE_NOOP("report", "leads to")) + " " + code(*place.component->linkTarget, true));
        if (place.component->searchable == false)
            add(safe(QT_TRANSLATE_NOOP("report", "may not be passed")));
        for (const int error : {place.component->errorCode, place.component->linkErrorCode})
            if (error != 0)
                add(code(errnoName(error), true));
        if (place.mount)
            add(safe(QT_TRANSLATE_NOOP("report", "mounted here")) + " " +
                code(place.mount->fileSystem + " " + place.mount->source, true));
        else if (place.beginsMount)
            add(safe(QT_TRANSLATE_NOOP("report", "another file system")));
        for (const AclEntry& entry : place.component->accessList)
            add(code(toText(entry), true));
        return text;
    }

    void addFacts()
    {
        const std::vector<FactGroup> groups = describeFacts(m_check, m_translate.report);
        if (groups.empty())
            return;
        m_text += fmt::format("\n### {}\n", safe(QT_TRANSLATE_NOOP("report", "Facts")));
        for (const FactGroup& group : groups) {
            table({}, {group.title, {}});
            for (const FactLine& line : group.lines)
                row({escaped(line.name), valueOf(line.value)});
        }
    }
    /// The lines of a list beside one another: a cell is one line.
    [[nodiscard]] static std::string valueOf(std::string_view value)
    {
        std::string text;
        while (!value.empty()) {
            const std::size_t end = std::min(value.find('\n'), value.size());
            text += (text.empty() ? "" : " ") + code(value.substr(0, end), true);
            value.remove_prefix(std::min(end + 1, value.size()));
        }
        return text;
    }

    const Check& m_check;
    const ReportTranslate& m_translate;
    std::string m_text;
};

} // namespace

std::string renderMarkdown(const Check& check, const ReportTranslate& translate)
{
    return Writer(check, translate).write();
}

} // namespace scratchproof
