// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/steps_view.h"

#include "app/gui/check/details_parts.h"
#include "app/gui/kit/error_words.h"
#include "app/gui/kit/words.h"
#include "core/base/error.h"

#include <QGridLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace scratchproof::gui {

namespace {

constexpr int kSignSize = 14;

void setInk(QLabel& label, const QColor& ink)
{
    QPalette colours = label.palette();
    colours.setColor(QPalette::WindowText, ink);
    colours.setColor(QPalette::Text, ink);
    label.setPalette(colours);
}

QString stepNote(const StepResult& step)
{
    QStringList parts;
    if (step.status == StepStatus::Failed)
        parts << (step.errorCode != 0 ? QString::fromStdString(errnoName(step.errorCode))
                                      : inDetails("other data came back"));
    if (step.status != StepStatus::Passed && step.status != StepStatus::Failed)
        parts << inReport(wordOf(step.status));
    if (step.status != StepStatus::Skipped)
        parts << leftToRight(shownDuration(step.duration));
    return parts.join(QStringLiteral("  "));
}

QGridLayout* lineGrid(QWidget* owner)
{
    auto* grid = new QGridLayout(owner);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(3);
    grid->setColumnStretch(1, 1);
    return grid;
}

void addList(QVBoxLayout& column, const std::vector<AbilityResult>& abilities, AbilityStatus wanted,
             const QPalette& palette)
{
    auto* list = new QWidget;
    QGridLayout* grid = lineGrid(list);
    const bool works = wanted == AbilityStatus::Present;
    const QColor color = works ? colorOf(Verdict::Usable, palette) : colorOf(Verdict::Limited, palette);
    int row = 0;
    for (const AbilityResult& result : abilities) {
        if (result.status != wanted)
            continue;
        grid->addWidget(sign(works ? Glyph::Tick : Glyph::Cross, color, kSignSize,
                             works ? inDetails("works") : inDetails("does not work")),
                        row, 0, Qt::AlignVCenter);
        grid->addWidget(plainLabel(inReport(wordOf(result.ability))), row, 1);
        const QString said = QString::fromStdString(noteOf(result, reportTranslate().report));
        QLabel* note = plainLabel(shortened(said, 60));
        note->setToolTip(plainToolTip(said));
        note->setAlignment(Qt::AlignTrailing | Qt::AlignVCenter);
        setInk(*note, mutedText(palette));
        grid->addWidget(note, row++, 2);
    }
    if (row == 0) {
        delete list;
        return;
    }
    column.addWidget(sectionHeading(works ? inDetails("WORKS HERE") : inDetails("DOES NOT WORK HERE"), palette));
    column.addWidget(list);
}

} // namespace

QWidget* stepsView(const std::vector<StepResult>& steps, const QPalette& palette)
{
    auto* view = new QWidget;
    QGridLayout* grid = lineGrid(view);
    int row = 0;
    for (const StepResult& step : steps) {
        const bool passed = step.status == StepStatus::Passed;
        const bool bad = step.status == StepStatus::Failed || step.status == StepStatus::TimedOut;
        const QColor color = passed ? colorOf(Verdict::Usable, palette)
                             : bad  ? colorOf(Verdict::Unusable, palette)
                                    : mutedText(palette);
        grid->addWidget(sign(passed ? Glyph::Tick
                             : bad  ? Glyph::Cross
                                    : Glyph::Dash,
                             color, kSignSize, inReport(wordOf(step.status))),
                        row, 0, Qt::AlignVCenter);
        QLabel* name = plainLabel(inReport(wordOf(step.step)));
        QLabel* note = plainLabel(stepNote(step));
        note->setWordWrap(false);
        note->setAlignment(Qt::AlignTrailing | Qt::AlignVCenter);
        note->setTextInteractionFlags(Qt::TextSelectableByMouse);
        if (step.status == StepStatus::Skipped)
            setInk(*name, mutedText(palette));
        setInk(*note, bad ? color : mutedText(palette));
        grid->addWidget(name, row, 1);
        grid->addWidget(note, row++, 2);
    }
    return view;
}

QWidget* abilitiesView(const std::vector<AbilityResult>& abilities, const QPalette& palette)
{
    auto* view = new QWidget;
    auto* column = new QVBoxLayout(view);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(3);
    addList(*column, abilities, AbilityStatus::Missing, palette);
    addList(*column, abilities, AbilityStatus::Present, palette);
    return view;
}

} // namespace scratchproof::gui
