// SPDX-License-Identifier: GPL-3.0-or-later
// What the details pane shows and copies of a check, as text.
#include "app/gui/widgets/details_pane.h"
#include "app/gui/widgets/words.h"
#include "core/base/error.h"

#include <QCoreApplication>
#include <QDateTime>

namespace scratchproof::gui {

namespace {

using Lines = std::vector<std::pair<QString, QString>>;

QString tr(const char* text)
{
    return QCoreApplication::translate("facts", text);
}

QString modeText(std::uint32_t mode)
{
    return QStringLiteral("%1").arg(mode, 4, 8, QLatin1Char('0'));
}

QString whoText(const std::optional<std::string>& name, std::uint32_t number)
{
    return name ? shown(*name) : QString::number(number);
}

void addMount(Lines& lines, const Facts& facts)
{
    if (!facts.mount)
        return;
    const Mount& mount = *facts.mount;
    lines.emplace_back(tr(QT_TRANSLATE_NOOP("facts", "Mounted at")), shown(mount.mountPoint));
    lines.emplace_back(tr(QT_TRANSLATE_NOOP("facts", "File system")), shown(mount.fileSystem));
    lines.emplace_back(tr(QT_TRANSLATE_NOOP("facts", "Source")), shown(mount.source));
    lines.emplace_back(tr(QT_TRANSLATE_NOOP("facts", "Mount options")), shown(mount.options));
    lines.emplace_back(tr(QT_TRANSLATE_NOOP("facts", "File system options")), shown(mount.superOptions));
}

void addSpace(Lines& lines, const Facts& facts)
{
    if (!facts.space)
        return;
    lines.emplace_back(tr(QT_TRANSLATE_NOOP("facts", "Space")),
                       tr(QT_TRANSLATE_NOOP("facts", "%1 free of %2"))
                           .arg(bytesText(facts.space->availableBytes), bytesText(facts.space->totalBytes)));
    if (facts.space->totalInodes > 0)
        lines.emplace_back(tr(QT_TRANSLATE_NOOP("facts", "Files")),
                           tr(QT_TRANSLATE_NOOP("facts", "room for %L1 of %L2"))
                               .arg(facts.space->freeInodes)
                               .arg(facts.space->totalInodes));
}

void addFolder(Lines& lines, const Facts& facts)
{
    if (facts.folder && !facts.path.empty()) {
        const PathComponent& last = facts.path.back();
        lines.emplace_back(tr(QT_TRANSLATE_NOOP("facts", "Owner and mode")),
                           QStringLiteral("%1:%2 %3")
                               .arg(whoText(last.owner, facts.folder->uid), whoText(last.group, facts.folder->gid),
                                    modeText(facts.folder->mode)));
    }
    lines.emplace_back(tr(QT_TRANSLATE_NOOP("facts", "Checked as")),
                       facts.user.name.empty() ? QString::number(facts.user.uid) : shown(facts.user.name));
}

void addDevice(Lines& lines, const Facts& facts)
{
    if (!facts.device)
        return;
    const DeviceFacts& device = *facts.device;
    QStringList words;
    for (const std::string* word : {&device.vendor, &device.model, &device.name, &device.transport})
        if (!word->empty())
            words << shown(*word).trimmed();
    lines.emplace_back(tr(QT_TRANSLATE_NOOP("facts", "Device")), words.join(QLatin1Char(' ')));
    if (!device.label.empty())
        lines.emplace_back(tr(QT_TRANSLATE_NOOP("facts", "Label")), shown(device.label));
}

QString markdownText(const QString& text)
{
    QString safe;
    for (const QChar c : text) {
        if (QStringLiteral("\\`*_[]<>#|").contains(c))
            safe += QLatin1Char('\\');
        safe += c;
    }
    return safe;
}

} // namespace

Lines factLines(const Check& check)
{
    Lines lines;
    addMount(lines, check.facts);
    addSpace(lines, check.facts);
    addFolder(lines, check.facts);
    addDevice(lines, check.facts);
    if (check.started > 0)
        lines.emplace_back(
            tr(QT_TRANSLATE_NOOP("facts", "Checked at")),
            QLocale().toString(QDateTime::fromMSecsSinceEpoch(check.started / kNanosecondsPerMillisecond),
                               QLocale::ShortFormat));
    for (const Finding& finding : check.findings)
        for (const std::string& evidence : finding.evidence)
            lines.emplace_back(tr(QT_TRANSLATE_NOOP("facts", "Evidence")), shown(evidence));
    return lines;
}

QString diagnosisMarkdown(const Check& check)
{
    QString text = QStringLiteral("**%1**: %2\n").arg(verdictWord(check.verdict), markdownText(shown(check.folder)));
    for (const Finding& finding : check.findings) {
        const RenderedFinding rendered = renderFinding(finding);
        text += QStringLiteral("\n%1 (%2, %3)\n\n%4\n")
                    .arg(markdownText(QString::fromStdString(rendered.title)), QString::fromStdString(finding.id),
                         certaintyWord(finding.certainty), markdownText(QString::fromStdString(rendered.explanation)));
        for (std::size_t i = 0; i < rendered.fixes.size(); ++i) {
            text += QStringLiteral("\n%1. %2\n")
                        .arg(i + 1)
                        .arg(markdownText(QString::fromStdString(rendered.fixes[i].text)));
            if (!rendered.fixes[i].command.empty())
                text += QStringLiteral("\n       %1\n")
                            .arg(QString::fromStdString(quoteForShell(rendered.fixes[i].command)));
        }
    }
    text += QLatin1Char('\n');
    for (const StepResult& step : check.steps) {
        text += QStringLiteral("- %1: %2").arg(stepWord(step.step), statusWord(step.status));
        if (step.status == StepStatus::Failed && step.errorCode != 0)
            text += QStringLiteral(" (%1, %2)")
                        .arg(QString::fromStdString(step.call), QString::fromStdString(errnoName(step.errorCode)));
        text += QLatin1Char('\n');
    }
    return text;
}

} // namespace scratchproof::gui
