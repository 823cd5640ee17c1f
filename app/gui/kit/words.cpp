// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/words.h"

#include "core/base/quantity.h"
#include "core/diagnosis/rights_findings.h"

#include <QCoreApplication>
#include <QLocale>

namespace scratchproof::gui {

namespace {

/// The decimal point is the one of numbers everywhere, whatever language the words are in.
QString wordIn(const char* context, const char* text)
{
    return std::string_view(text) == kDecimalPoint ? QLocale().decimalPoint()
                                                   : QCoreApplication::translate(context, text);
}

} // namespace

QString inReport(const char* text)
{
    return wordIn("report", text);
}

QString stepWord(const std::string& name)
{
    if (name == "facts")
        return inReport(QT_TRANSLATE_NOOP("report", "Gather facts"));
    const auto step = stepFromString(name);
    return step ? inReport(wordOf(*step)) : QString();
}

QString fixDoer(const RenderedFix& fix)
{
    return QString::fromStdString(doerOf(fix, reportTranslate().report));
}

const ReportTranslate& reportTranslate()
{
    static const ReportTranslate translate{[](const char* text) { return wordIn("causes", text).toStdString(); },
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

} // namespace scratchproof::gui
