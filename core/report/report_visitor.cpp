// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/report_visitor.h"

#include "core/base/error.h"
#include "core/base/quantity.h"
#include "core/base/translatable.h"
#include "core/diagnosis/remote_findings.h"
#include "core/report/fact_text.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace scratchproof {

namespace {

class Visitor
{
public:
    Visitor(const Check& check, const ReportTranslate& translate, ReportWriter& writer)
        : m_check(check), m_translate(translate), m_writer(writer)
    {}

    void visit() const
    {
        m_writer.heading(heading());
        for (const Finding& finding : m_check.findings)
            m_writer.finding(inWords(finding));
        if (!m_check.steps.empty() && m_writer.wants(ReportPart::Steps))
            m_writer.table(steps());
        if (!m_check.abilities.empty() && m_writer.wants(ReportPart::Abilities))
            m_writer.table(abilities());
        if (m_writer.wants(ReportPart::Places))
            addPlaces();
        if (m_writer.wants(ReportPart::Facts))
            addFacts();
    }

private:
    [[nodiscard]] std::string word(const char* text) const { return translated(m_translate.report, text); }

    [[nodiscard]] ReportHeading heading() const
    {
        ReportHeading heading;
        heading.verdict = m_check.verdict;
        heading.word = word(wordOf(m_check.verdict));
        heading.place = displayPlace(m_check);
        if (m_check.host)
            heading.whose = {word(QT_TRANSLATE_NOOP("report", "As told by another computer:")),
                             displayText(*m_check.host)};
        else if (m_check.as)
            heading.whose = {word(QT_TRANSLATE_NOOP("report", "Checked as")), displayText(*m_check.as)};
        if (m_check.facts.mount)
            heading.fileSystem = displayText(m_check.facts.mount->fileSystem);
        if (m_check.facts.space && m_check.facts.space->isSizeKnown())
            heading.free = filled(word(QT_TRANSLATE_NOOP("report", "%1 free")),
                                  {formatBytes(m_check.facts.space->availableBytes, word(kDecimalPoint))});
        if (m_check.as && !m_check.host)
            heading.as = filled(word(QT_TRANSLATE_NOOP("report", "as %1")), {displayText(*m_check.as)});
        if (m_check.duration > 0)
            heading.took = formatDuration(m_check.duration, word(kDecimalPoint));
        return heading;
    }

    [[nodiscard]] ReportFinding inWords(const Finding& finding) const
    {
        RenderedFinding rendered = render(finding, m_translate.causes);
        ReportFinding told;
        told.id = displayText(finding.id);
        told.severity = finding.severity;
        told.severityWord = word(wordOf(finding.severity));
        told.certaintyWord = word(wordOf(finding.certainty));
        told.title = std::move(rendered.title);
        told.explanation = std::move(rendered.explanation);
        if (&finding == &m_check.findings.front())
            told.where = wayToTheStop();
        if (isToBeDoneThere(m_check, finding))
            told.whatToDo = {word(QT_TRANSLATE_NOOP("report", "What to do on")), displayText(*m_check.host)};
        else
            told.whatToDo = {word(QT_TRANSLATE_NOOP("report", "What to do")), {}};
        for (RenderedFix& fix : rendered.fixes) {
            std::string doer = doerOf(fix, m_translate.report);
            told.fixes.push_back({std::move(fix), std::move(doer)});
        }
        return told;
    }

    [[nodiscard]] std::vector<ReportPlace> wayToTheStop() const
    {
        const std::vector<PathPlace> places = placesOf(m_check);
        if (std::none_of(places.begin(), places.end(), [](const PathPlace& place) { return place.stops; }))
            return {};
        std::vector<ReportPlace> way;
        for (const PathPlace& place : places) {
            const bool isLink = place.component != nullptr && place.component->linkTarget;
            way.push_back({displayPath(baseName(place.path)),
                           isLink ? displayPath(*place.component->linkTarget) : std::string(), place.stops});
        }
        return way;
    }

    [[nodiscard]] ReportTable tableOf(ReportPart part, const char* title,
                                      std::initializer_list<const char*> columns) const
    {
        ReportTable table{part, word(title), {}, {}};
        for (const char* column : columns)
            table.columns.push_back(word(column));
        return table;
    }

    [[nodiscard]] ReportTable steps() const
    {
        ReportTable table = tableOf(ReportPart::Steps, QT_TRANSLATE_NOOP("report", "Steps"),
                                    {QT_TRANSLATE_NOOP("report", "Step"), QT_TRANSLATE_NOOP("report", "Result"),
                                     QT_TRANSLATE_NOOP("report", "Time")});
        for (const StepResult& step : m_check.steps) {
            const bool isSkipped = step.status == StepStatus::Skipped;
            std::string call = step.call;
            if (!call.empty() && step.errorCode != 0)
                call += ": " + errnoName(step.errorCode);
            table.rows.push_back(
                {isSkipped                           ? ReportMark::NotTried
                 : step.status == StepStatus::Passed ? ReportMark::Good
                                                     : ReportMark::Bad,
                 {{{word(wordOf(step.step)), {}}},
                  {{word(wordOf(step.status)), displayText(call)}},
                  {{isSkipped ? std::string() : formatDuration(step.duration, word(kDecimalPoint)), {}}}}});
        }
        return table;
    }

    [[nodiscard]] ReportTable abilities() const
    {
        ReportTable table = tableOf(ReportPart::Abilities, QT_TRANSLATE_NOOP("report", "Abilities"),
                                    {QT_TRANSLATE_NOOP("report", "Ability"), QT_TRANSLATE_NOOP("report", "Works"),
                                     QT_TRANSLATE_NOOP("report", "Remarks")});
        for (const AbilityResult& result : m_check.abilities)
            table.rows.push_back({result.status == AbilityStatus::Present   ? ReportMark::Good
                                  : result.status == AbilityStatus::Missing ? ReportMark::Bad
                                                                            : ReportMark::NotTried,
                                  {{{word(wordOf(result.ability)), {}}},
                                   {{word(wordOf(result.status)), {}}},
                                   {{{}, noteOf(result, m_translate.report)}}}});
        return table;
    }

    void addPlaces() const
    {
        const std::vector<PathPlace> places = placesOf(m_check);
        if (places.empty())
            return;
        ReportTable table = tableOf(ReportPart::Places, QT_TRANSLATE_NOOP("report", "Path"),
                                    {QT_TRANSLATE_NOOP("report", "Place"), QT_TRANSLATE_NOOP("report", "Owner"),
                                     QT_TRANSLATE_NOOP("report", "Group"), QT_TRANSLATE_NOOP("report", "Mode"),
                                     QT_TRANSLATE_NOOP("report", "Remarks")});
        for (const PathPlace& place : places) {
            ReportRow row{place.stops ? ReportMark::Bad : ReportMark::None,
                          {{{{}, displayPath(baseName(place.path))}}, {}, {}, {}, remarks(place)}};
            if (const PathComponent* seen = place.component; seen != nullptr && seen->status) {
                row.cells[1] = {{{}, whoText(seen->owner, seen->status->uid)}};
                row.cells[2] = {{{}, whoText(seen->group, seen->status->gid)}};
                row.cells[3] = {{{}, modeLetters(*seen->status)}};
            }
            table.rows.push_back(std::move(row));
        }
        m_writer.table(table);
    }

    [[nodiscard]] std::vector<ReportText> remarks(const PathPlace& place) const
    {
        std::vector<ReportText> remarks;
        const auto add = [&](const char* words, std::string_view value = {}) {
            remarks.push_back({word(words), displayText(value)});
        };
        if (place.stops)
            remarks.push_back({word(QT_TRANSLATE_NOOP("report", "it stops here")), {}, true});
        if (place.component == nullptr)
            return remarks;
        if (place.component->linkTarget)
            add(QT_TRANSLATE_NOOP("report", "leads to"), *place.component->linkTarget);
        if (place.component->searchable == false)
            add(QT_TRANSLATE_NOOP("report", "may not be passed"));
        for (const int error : {place.component->errorCode, place.component->linkErrorCode})
            if (error != 0)
                remarks.push_back({{}, errnoName(error)});
        if (place.mount != nullptr)
            add(QT_TRANSLATE_NOOP("report", "mounted here"), place.mount->fileSystem + " " + place.mount->source);
        else if (place.beginsMount)
            add(QT_TRANSLATE_NOOP("report", "another file system"));
        for (const AclEntry& entry : place.component->accessList)
            remarks.push_back({{}, displayText(toText(entry))});
        return remarks;
    }

    void addFacts() const
    {
        std::string title = word(QT_TRANSLATE_NOOP("report", "Facts"));
        for (FactGroup& group : describeFacts(m_check, m_translate.report)) {
            ReportTable table{ReportPart::Facts, std::exchange(title, {}), {std::move(group.title), {}}, {}};
            for (FactLine& line : group.lines)
                table.rows.push_back({ReportMark::None, {{{std::move(line.name), {}}}, {{{}, std::move(line.value)}}}});
            m_writer.table(table);
        }
    }

    const Check& m_check;
    const ReportTranslate& m_translate;
    ReportWriter& m_writer;
};

} // namespace

void describe(const Check& check, const ReportTranslate& translate, ReportWriter& writer)
{
    Visitor(check, translate, writer).visit();
}

bool isToBeDoneThere(const Check& check, const Finding& finding)
{
    return check.host && !isOfSupervision(finding);
}

} // namespace scratchproof
