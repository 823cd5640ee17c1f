// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/widgets/details_pane.h"

#include "app/gui/jobs/error_words.h"
#include "app/gui/models/check_model.h"
#include "app/gui/widgets/icons.h"
#include "app/gui/widgets/path_view.h"
#include "app/gui/widgets/words.h"
#include "core/base/error.h"

#include <QClipboard>
#include <QEvent>
#include <QFontDatabase>
#include <QFormLayout>
#include <QGridLayout>
#include <QGuiApplication>
#include <QLabel>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>

namespace scratchproof::gui {

namespace {

constexpr int kWideEnough = 700; // for two columns
constexpr int kSignSize = 30;

QLabel* label(const QString& text, bool selectable = true)
{
    auto* made = new QLabel(text);
    made->setTextFormat(Qt::PlainText);
    made->setWordWrap(true);
    made->setTextInteractionFlags(selectable ? Qt::TextSelectableByMouse : Qt::NoTextInteraction);
    return made;
}

void setInk(QLabel& text, const QColor& ink)
{
    QPalette palette = text.palette();
    // The text's role follows the background's, which is Base here.
    palette.setColor(QPalette::WindowText, ink);
    palette.setColor(QPalette::Text, ink);
    text.setPalette(palette);
}

QLabel* quietLabel(const QString& text, const QPalette& palette)
{
    QLabel* made = label(text);
    QFont font = made->font();
    font.setPointSizeF(font.pointSizeF() * 0.9);
    made->setFont(font);
    setInk(*made, mutedText(palette));
    return made;
}

QLabel* heading(const QString& text, const QPalette& palette)
{
    QLabel* made = label(text, false);
    QFont font = made->font();
    font.setPointSizeF(font.pointSizeF() * 0.85);
    font.setWeight(QFont::DemiBold);
    made->setFont(font);
    setInk(*made, mutedText(palette));
    made->setContentsMargins(0, 10, 0, 0);
    return made;
}

QLabel* sign(Glyph glyph, const QColor& color, int size)
{
    auto* made = new QLabel;
    made->setPixmap(icon(glyph, color).pixmap(QSize(size, size), made->devicePixelRatioF()));
    made->setFixedWidth(size);
    made->setAlignment(Qt::AlignTop | Qt::AlignHCenter);
    return made;
}

QToolButton* copyButton(const QString& name)
{
    auto* button = new QToolButton;
    button->setIcon(icon(Glyph::Copy));
    button->setText(DetailsPane::tr("Copy"));
    button->setToolTip(name);
    button->setAccessibleName(name);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::StrongFocus);
    return button;
}

/// Text in a small rounded frame: the certainty of a finding.
QLabel* chip(const QString& text, const QPalette& palette)
{
    auto* made = new QLabel(text);
    made->setTextFormat(Qt::PlainText);
    QFont font = made->font();
    font.setPointSizeF(font.pointSizeF() * 0.88);
    made->setFont(font);
    QColor edge = palette.color(QPalette::Text);
    made->setStyleSheet(QStringLiteral("QLabel { border: 1px solid rgba(%1,%2,%3,70); border-radius: 8px; "
                                       "padding: 1px 8px; }")
                            .arg(edge.red())
                            .arg(edge.green())
                            .arg(edge.blue()));
    made->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Maximum);
    return made;
}

/// Whether the first finding says why the folder is not simply usable; else all of them are remarks.
bool namesACause(const Check& check)
{
    return check.verdict != Verdict::Usable && !check.findings.empty();
}

QString headline(const CheckRow& row)
{
    if (row.isRunning())
        return row.state == CheckRow::State::Waiting ? DetailsPane::tr("Waiting to be checked")
                                                     : DetailsPane::tr("Being checked");
    if (!row.check)
        return DetailsPane::tr("Not checked yet");
    if (row.verdict() == Verdict::Usable)
        return DetailsPane::tr("Files can be saved here");
    return row.reason.isEmpty() ? verdictWord(row.verdict()) : row.reason;
}

QString explanationOf(const CheckRow& row)
{
    if (row.isRunning())
        return stepWord(row.step);
    if (!row.check)
        return {};
    if (row.verdict() == Verdict::Usable)
        return DetailsPane::tr("Scratchproof really did it: every step here was carried out in this folder, and "
                               "nothing was left behind.");
    return row.check->findings.empty() ? QString()
                                       : QString::fromStdString(renderFinding(row.check->findings.front()).explanation);
}

QString stepNote(const StepResult& step)
{
    QStringList parts;
    if (step.status == StepStatus::Failed)
        parts << (step.errorCode != 0 ? QString::fromStdString(errnoName(step.errorCode))
                                      : DetailsPane::tr("other data came back"));
    if (step.status != StepStatus::Passed && step.status != StepStatus::Failed)
        parts << statusWord(step.status);
    if (step.status != StepStatus::Skipped)
        parts << leftToRight(durationText(step.duration));
    return parts.join(QStringLiteral("  "));
}

} // namespace

DetailsPane::DetailsPane(QWidget* parent) : QScrollArea(parent)
{
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setBackgroundRole(QPalette::Base);
    setAccessibleName(tr("Details of the selected folder"));
    build(nullptr);
}

void DetailsPane::setRow(const CheckRow* row)
{
    const quint64 id = row ? row->id : 0;
    const std::shared_ptr<const Check> check = row ? row->check : nullptr;
    const QString state = row ? headline(*row) + explanationOf(*row) : QString();
    if (id == m_id && check == m_check && state == m_state)
        return;
    const int position = id == m_id ? verticalScrollBar()->value() : 0;
    m_id = id;
    m_check = check;
    m_state = state;
    build(row);
    verticalScrollBar()->setValue(position);
}

void DetailsPane::build(const CheckRow* row)
{
    auto* content = new QWidget;
    content->setBackgroundRole(QPalette::Base);
    content->setAutoFillBackground(true);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(18, 14, 18, 16);
    column->setSpacing(6);
    m_columns = nullptr;
    if (!row) {
        auto* hint = label(tr("Select a folder to see what was found, and what to do."), false);
        hint->setAlignment(Qt::AlignCenter);
        setInk(*hint, mutedText(palette()));
        column->addWidget(hint);
    } else {
        addHeader(*column, *row);
        if (row->check && !row->isRunning()) {
            m_columns = new QBoxLayout(QBoxLayout::LeftToRight);
            m_columns->setSpacing(28);
            auto* left = new QVBoxLayout;
            auto* right = new QVBoxLayout;
            left->setSpacing(6);
            right->setSpacing(3);
            if (namesACause(*row->check))
                addFixes(*left, row->check->findings.front());
            addPath(*left, *row->check);
            addOtherFindings(*left, *row->check);
            addFacts(*left, row->check);
            addSteps(*right, *row->check);
            left->addStretch();
            right->addStretch();
            m_columns->addLayout(left, 3);
            m_columns->addLayout(right, 2);
            column->addLayout(m_columns);
        }
    }
    column->addStretch();
    setWidget(content);
    arrangeColumns();
}

void DetailsPane::addHeader(QVBoxLayout& column, const CheckRow& row)
{
    auto* line = new QHBoxLayout;
    line->setSpacing(12);
    const bool answered = row.check && !row.isRunning();
    line->addWidget(sign(answered ? glyphOf(row.verdict()) : Glyph::Checking,
                         answered ? colorOf(row.verdict(), palette()) : mutedText(palette()), kSignSize),
                    0, Qt::AlignTop);
    auto* words = new QVBoxLayout;
    words->setSpacing(3);
    QLabel* title = label(headline(row));
    QFont font = title->font();
    font.setPointSizeF(font.pointSizeF() * 1.25);
    font.setWeight(QFont::DemiBold);
    title->setFont(font);
    words->addWidget(title);
    // It can be selected and copied: no marks where none are needed.
    const QString path = isRightToLeft() ? leftToRight(row.path) : row.path;
    const QString place = answered ? tr("%1 \u2014 %2").arg(verdictWord(row.verdict()), path) : path;
    words->addWidget(quietLabel(place, palette()));
    line->addLayout(words, 1);
    if (answered && namesACause(*row.check)) {
        QLabel* certainty = chip(certaintyWord(row.check->findings.front().certainty), palette());
        certainty->setToolTip(tr("How certain this is"));
        line->addWidget(certainty, 0, Qt::AlignVCenter);
    }
    if (answered) {
        QToolButton* button = copyButton(tr("Copy this diagnosis as text"));
        connect(button, &QToolButton::clicked, this,
                [this, check = row.check] { copy(diagnosisMarkdown(*check), tr("The diagnosis was copied.")); });
        line->addWidget(button, 0, Qt::AlignVCenter);
    }
    column.addLayout(line);
    if (const QString explanation = explanationOf(row); !explanation.isEmpty()) {
        column.addSpacing(4);
        column.addWidget(label(explanation));
    }
}

void DetailsPane::addFixes(QVBoxLayout& column, const Finding& finding)
{
    const RenderedFinding rendered = renderFinding(finding);
    if (rendered.fixes.empty())
        return;
    column.addWidget(heading(tr("WHAT TO DO"), palette()));
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(4);
    grid->setColumnStretch(1, 1);
    int row = 0;
    for (std::size_t i = 0; i < rendered.fixes.size(); ++i) {
        const RenderedFix& fix = rendered.fixes[i];
        QLabel* number = label(tr("%1.").arg(i + 1), false);
        number->setWordWrap(false);
        grid->addWidget(number, row, 0, Qt::AlignTop);
        grid->addWidget(label(QString::fromStdString(fix.text)), row++, 1);
        if (fix.by != FixBy::User)
            grid->addWidget(quietLabel(fixByWord(fix.by), palette()), row++, 1);
        if (!fix.command.empty())
            grid->addWidget(commandBox(fix.command), row++, 1);
    }
    column.addLayout(grid);
}

QWidget* DetailsPane::commandBox(const std::vector<std::string>& command)
{
    const QString text = QString::fromStdString(quoteForShell(command));
    auto* box = new QFrame;
    box->setObjectName(QStringLiteral("command"));
    const QColor ink = palette().color(QPalette::Text);
    box->setStyleSheet(QStringLiteral("QFrame#command { background: rgba(%1,%2,%3,16); border-radius: 6px; }")
                           .arg(ink.red())
                           .arg(ink.green())
                           .arg(ink.blue()));
    auto* line = new QHBoxLayout(box);
    line->setContentsMargins(10, 3, 4, 3);
    QLabel* shownCommand = label(text);
    shownCommand->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    shownCommand->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    shownCommand->setAccessibleName(tr("Command: %1").arg(text));
    shownCommand->setLayoutDirection(Qt::LeftToRight);
    line->addWidget(shownCommand, 1);
    QToolButton* button = copyButton(tr("Copy the command"));
    connect(button, &QToolButton::clicked, this, [this, text] { copy(text, tr("The command was copied.")); });
    line->addWidget(button, 0, Qt::AlignTop);
    return box;
}

void DetailsPane::addPath(QVBoxLayout& column, const Check& check)
{
    if (check.folder.empty())
        return;
    column.addWidget(heading(tr("THE PATH"), palette()));
    column.addWidget(new PathView(check));
}

void DetailsPane::addOtherFindings(QVBoxLayout& column, const Check& check)
{
    const std::size_t first = namesACause(check) ? 1 : 0;
    if (check.findings.size() <= first)
        return;
    column.addWidget(heading(tr("GOOD TO KNOW"), palette()));
    for (std::size_t i = first; i < check.findings.size(); ++i) {
        const RenderedFinding rendered = renderFinding(check.findings[i]);
        column.addWidget(label(QString::fromStdString(rendered.title)));
        column.addWidget(quietLabel(QString::fromStdString(rendered.explanation), palette()));
    }
}

void DetailsPane::addSteps(QVBoxLayout& column, const Check& check)
{
    if (check.steps.empty())
        return;
    column.addWidget(heading(tr("STEPS"), palette()));
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(3);
    grid->setColumnStretch(1, 1);
    int row = 0;
    for (const StepResult& step : check.steps) {
        const bool passed = step.status == StepStatus::Passed;
        const bool bad = step.status == StepStatus::Failed || step.status == StepStatus::TimedOut;
        const QColor color = passed ? colorOf(Verdict::Usable, palette())
                             : bad  ? colorOf(Verdict::Unusable, palette())
                                    : mutedText(palette());
        QLabel* mark = sign(passed ? Glyph::Tick : bad ? Glyph::Cross : Glyph::Dash, color, 14);
        mark->setAccessibleName(statusWord(step.status));
        QLabel* name = label(stepWord(step.step), false);
        QLabel* note = label(stepNote(step));
        note->setWordWrap(false);
        note->setAlignment(Qt::AlignTrailing | Qt::AlignVCenter);
        if (step.status == StepStatus::Skipped)
            setInk(*name, mutedText(palette()));
        setInk(*note, bad ? color : mutedText(palette()));
        grid->addWidget(mark, row, 0, Qt::AlignVCenter);
        grid->addWidget(name, row, 1);
        grid->addWidget(note, row++, 2);
    }
    column.addLayout(grid);
}

void DetailsPane::addFacts(QVBoxLayout& column, const std::shared_ptr<const Check>& check)
{
    auto* toggle = new QToolButton;
    toggle->setText(tr("Facts"));
    toggle->setCheckable(true);
    toggle->setChecked(m_factsOpen);
    toggle->setAutoRaise(true);
    toggle->setFocusPolicy(Qt::StrongFocus);
    toggle->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    toggle->setArrowType(m_factsOpen ? Qt::DownArrow : isRightToLeft() ? Qt::LeftArrow : Qt::RightArrow);
    toggle->setAccessibleName(tr("Show the facts"));
    column.addSpacing(6);
    column.addWidget(toggle, 0, Qt::AlignLeading);
    auto* body = new QWidget;
    body->setVisible(m_factsOpen);
    auto* form = new QFormLayout(body);
    form->setContentsMargins(6, 0, 0, 0);
    form->setVerticalSpacing(3);
    form->setHorizontalSpacing(16);
    const auto fillForm = [this, form, check] {
        for (const auto& [name, value] : factLines(*check)) {
            QLabel* left = label(name, false);
            left->setWordWrap(false);
            setInk(*left, mutedText(palette()));
            form->addRow(left, label(value));
        }
    };
    if (m_factsOpen)
        fillForm();
    column.addWidget(body);
    connect(toggle, &QToolButton::toggled, this, [this, toggle, body, form, fillForm](bool open) {
        m_factsOpen = open;
        if (form->rowCount() == 0)
            fillForm();
        toggle->setArrowType(open ? Qt::DownArrow : isRightToLeft() ? Qt::LeftArrow : Qt::RightArrow);
        body->setVisible(open);
    });
}

void DetailsPane::copy(const QString& text, const QString& what)
{
    QGuiApplication::clipboard()->setText(text);
    emit copied(what);
}

void DetailsPane::arrangeColumns()
{
    if (!m_columns)
        return;
    const bool wide = viewport()->width() >= kWideEnough * fontMetrics().height() / 17;
    m_columns->setDirection(wide ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    m_columns->setSpacing(wide ? 28 : 6);
}

void DetailsPane::resizeEvent(QResizeEvent* event)
{
    arrangeColumns();
    QScrollArea::resizeEvent(event);
}

void DetailsPane::changeEvent(QEvent* event)
{
    QScrollArea::changeEvent(event);
    // Colours are mixed from the palette when the content is made.
    if (event->type() == QEvent::PaletteChange)
        m_id = 0, m_state = QStringLiteral("?");
}

} // namespace scratchproof::gui
