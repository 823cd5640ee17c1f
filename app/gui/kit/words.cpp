// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/words.h"

#include "core/base/quantity.h"
#include "core/diagnosis/rights_findings.h"

#include <QCoreApplication>

namespace scratchproof::gui {

namespace {

QString inReport(const char* text)
{
    return QCoreApplication::translate("report", text);
}

} // namespace

QString shown(std::string_view bytes)
{
    return QString::fromStdString(displayPath(bytes));
}

QString verdictWord(Verdict verdict)
{
    return inReport(wordOf(verdict));
}

QString stepWord(Step step)
{
    return inReport(wordOf(step));
}

QString stepWord(const std::string& name)
{
    if (name == "facts")
        return inReport(QT_TRANSLATE_NOOP("report", "Gather facts"));
    const auto step = stepFromString(name);
    return step ? stepWord(*step) : QString();
}

QString statusWord(StepStatus status)
{
    return inReport(wordOf(status));
}

QString certaintyWord(Certainty certainty)
{
    return inReport(wordOf(certainty));
}

QString certaintyMeaning(Certainty certainty)
{
    return inReport(meaningOf(certainty));
}

QString fixDoer(const RenderedFix& fix)
{
    return QString::fromStdString(doerOf(fix, reportTranslate().report));
}

QString abilityWord(Ability ability)
{
    return inReport(wordOf(ability));
}

const ReportTranslate& reportTranslate()
{
    static const ReportTranslate translate{
        [](const char* text) { return QCoreApplication::translate("causes", text).toStdString(); },
        [](const char* text) { return inReport(text).toStdString(); }};
    return translate;
}

RenderedFinding renderFinding(const Finding& finding)
{
    return render(finding, reportTranslate().causes);
}

RenderedFinding renderRightsFinding(const Finding& finding)
{
    return renderRights(finding, reportTranslate().causes);
}

QString bytesText(std::uint64_t bytes)
{
    return QString::fromStdString(formatBytes(bytes));
}

QString durationText(Nanoseconds duration)
{
    return QString::fromStdString(formatDuration(duration));
}

} // namespace scratchproof::gui
