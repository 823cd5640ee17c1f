// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/widgets/words.h"

#include "core/base/quantity.h"

#include <QCoreApplication>

namespace scratchproof::gui {

namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("words", text);
}

} // namespace

QString shown(std::string_view bytes)
{
    return QString::fromStdString(displayPath(bytes));
}

QString verdictWord(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Usable:
        return tr(QT_TRANSLATE_NOOP("words", "Usable"));
    case Verdict::Limited:
        return tr(QT_TRANSLATE_NOOP("words", "Limited"));
    case Verdict::Unusable:
        return tr(QT_TRANSLATE_NOOP("words", "Not usable"));
    case Verdict::NotResponding:
        return tr(QT_TRANSLATE_NOOP("words", "Not responding"));
    case Verdict::NotChecked:
        break;
    }
    return tr(QT_TRANSLATE_NOOP("words", "Not checked"));
}

QString stepWord(Step step)
{
    switch (step) {
    case Step::OpenFolder:
        return tr(QT_TRANSLATE_NOOP("words", "Open the folder"));
    case Step::CreateFile:
        return tr(QT_TRANSLATE_NOOP("words", "Create a file"));
    case Step::Write:
        return tr(QT_TRANSLATE_NOOP("words", "Write"));
    case Step::Sync:
        return tr(QT_TRANSLATE_NOOP("words", "Write through to the disk"));
    case Step::ReadBack:
        return tr(QT_TRANSLATE_NOOP("words", "Read back and compare"));
    case Step::Rename:
        return tr(QT_TRANSLATE_NOOP("words", "Rename"));
    case Step::DeleteFile:
        return tr(QT_TRANSLATE_NOOP("words", "Delete the file"));
    case Step::CreateDirectory:
        return tr(QT_TRANSLATE_NOOP("words", "Create a directory"));
    case Step::DeleteDirectory:
        return tr(QT_TRANSLATE_NOOP("words", "Delete the directory"));
    }
    return {};
}

QString stepWord(const std::string& name)
{
    if (name == "facts")
        return tr(QT_TRANSLATE_NOOP("words", "Gather facts"));
    const auto step = stepFromString(name);
    return step ? stepWord(*step) : QString();
}

QString statusWord(StepStatus status)
{
    switch (status) {
    case StepStatus::Passed:
        return tr(QT_TRANSLATE_NOOP("words", "passed"));
    case StepStatus::Failed:
        return tr(QT_TRANSLATE_NOOP("words", "failed"));
    case StepStatus::TimedOut:
        return tr(QT_TRANSLATE_NOOP("words", "did not come back"));
    case StepStatus::Skipped:
        break;
    }
    return tr(QT_TRANSLATE_NOOP("words", "skipped"));
}

QString certaintyWord(Certainty certainty)
{
    switch (certainty) {
    case Certainty::Proven:
        return tr(QT_TRANSLATE_NOOP("words", "proven"));
    case Certainty::Likely:
        return tr(QT_TRANSLATE_NOOP("words", "likely"));
    case Certainty::ByElimination:
        break;
    }
    return tr(QT_TRANSLATE_NOOP("words", "by elimination"));
}

QString fixByWord(FixBy by)
{
    switch (by) {
    case FixBy::User:
        return tr(QT_TRANSLATE_NOOP("words", "You can do this"));
    case FixBy::Owner:
        return tr(QT_TRANSLATE_NOOP("words", "For the folder's owner"));
    case FixBy::Admin:
        break;
    }
    return tr(QT_TRANSLATE_NOOP("words", "For an administrator"));
}

RenderedFinding renderFinding(const Finding& finding)
{
    return render(finding, [](const char* text) { return QCoreApplication::translate("causes", text).toStdString(); });
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
