// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/details_pane.h"

#include "app/gui/check/check_model.h"
#include "app/gui/check/facts_view.h"
#include "app/gui/check/path_view.h"
#include "app/gui/check/rights_question.h"
#include "app/gui/check/steps_view.h"
#include "app/gui/kit/error_words.h"
#include "app/gui/kit/text_block.h"
#include "app/gui/kit/words.h"
#include "core/diagnosis/remote_findings.h"
#include "core/report/render_markdown.h"
#include "core/report/report_visitor.h"

#include <QClipboard>
#include <QEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>

namespace scratchproof::gui {

namespace {

constexpr int kWideEnough = 700; // for two columns
constexpr int kVerdictSignSize = 30;
constexpr qsizetype kLongestTitle = 200;
constexpr qsizetype kLongestPlace = 400;
constexpr qsizetype kLongestExplanation = 2000;

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
    return row.reason.isEmpty() ? inReport(wordOf(row.verdict())) : row.reason;
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

/// What was written here came back different: the drive itself is in doubt.
bool isOfTheDriveItself(const Check& check)
{
    return !check.host && !check.findings.empty() && check.findings.front().id == "fake-capacity";
}

/// The folder, or the nearest one above it that the walk saw; nothing where opening it could hang the file manager.
std::optional<Path> folderToOpen(const Check& check)
{
    if (check.verdict == Verdict::NotResponding || check.host)
        return std::nullopt;
    std::optional<Path> nearest;
    for (const PathComponent& component : check.facts.path)
        if (component.status && (component.status->isDirectory() || component.targetType == FileType::Directory))
            nearest = component.path;
    return nearest;
}

} // namespace

DetailsPane::DetailsPane(ProberService& probers, QWidget* parent) : QScrollArea(parent), m_probers(probers)
{
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setBackgroundRole(QPalette::Base);
    setAccessibleName(tr("Details of the selected folder"));
    m_rebuild.setSingleShot(true);
    m_rebuild.setInterval(0);
    connect(&m_rebuild, &QTimer::timeout, this, [this] {
        const int position = verticalScrollBar()->value();
        build();
        verticalScrollBar()->setValue(position);
    });
    build();
}

DetailsPane::Shown DetailsPane::shownOf(const CheckRow* row)
{
    if (!row)
        return {};
    return {row->id,  row->check, row->check && !row->isRunning(), row->verdict(), headline(*row), explanationOf(*row),
            row->path};
}

void DetailsPane::setRow(const CheckRow* row)
{
    Shown shown = shownOf(row);
    if (shown == m_shown)
        return;
    const int position = shown.id == m_shown.id ? verticalScrollBar()->value() : 0;
    m_shown = std::move(shown);
    build();
    verticalScrollBar()->setValue(position);
}

void DetailsPane::build()
{
    m_rebuild.stop();
    if (m_rights)
        m_rightsUser = m_rights->user();
    auto* content = new QWidget;
    content->setBackgroundRole(QPalette::Base);
    content->setAutoFillBackground(true);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(18, 14, 18, 16);
    column->setSpacing(6);
    m_columns = nullptr;
    if (m_shown.id == 0) {
        QLabel* hint = plainLabel(tr("Select a folder to see what was found, and what to do."));
        hint->setAlignment(Qt::AlignCenter);
        QPalette colours = hint->palette();
        colours.setColor(QPalette::WindowText, mutedText(palette()));
        colours.setColor(QPalette::Text, mutedText(palette()));
        hint->setPalette(colours);
        column->addWidget(hint);
    } else {
        addHeader(*column);
        if (m_shown.answered)
            addAnswer(*column);
    }
    column->addStretch();
    setWidget(content);
    arrangeColumns();
}

void DetailsPane::addHeader(QVBoxLayout& column)
{
    auto* line = new QHBoxLayout;
    line->setSpacing(12);
    const bool answered = m_shown.answered;
    line->addWidget(sign(answered ? glyphOf(m_shown.verdict) : Glyph::Checking,
                         answered ? colorOf(m_shown.verdict, palette()) : mutedText(palette()), kVerdictSignSize,
                         answered ? inReport(wordOf(m_shown.verdict)) : QString()),
                    0, Qt::AlignTop);
    auto* words = new QVBoxLayout;
    words->setSpacing(3);
    auto* title = new TextBlock(shortened(m_shown.title, kLongestTitle));
    title->setLook(1.25, QFont::DemiBold);
    title->setObjectName(QStringLiteral("title"));
    words->addWidget(title);
    // It can be selected and copied: no marks where none are needed.
    const QString short_ = shortened(m_shown.path, kLongestPlace);
    const QString path = isRightToLeft() ? leftToRight(short_) : short_;
    TextBlock* place =
        quietText(answered ? tr("%1 \u2014 %2").arg(inReport(wordOf(m_shown.verdict)), path) : path, palette());
    if (short_ != m_shown.path)
        place->setToolTip(plainToolTip(m_shown.path));
    words->addWidget(place);
    line->addLayout(words, 1);
    if (answered)
        addButtons(*line);
    column.addLayout(line);
    if (!m_shown.explanation.isEmpty()) {
        column.addSpacing(4);
        column.addWidget(new TextBlock(shortened(m_shown.explanation, kLongestExplanation)));
    }
    const bool isWordOfAnother = answered && m_shown.check->host &&
                                 (m_shown.check->findings.empty() || !isOfSupervision(m_shown.check->findings.front()));
    if (isWordOfAnother) {
        TextBlock* whose = quietText(tr("All that follows was found out on %1, and is told by its own Scratchproof.")
                                         .arg(shortened(shownPath(*m_shown.check->host), 200)),
                                     palette());
        whose->setObjectName(QStringLiteral("whose"));
        column.addWidget(whose);
    }
}

void DetailsPane::addButtons(QHBoxLayout& line)
{
    const std::shared_ptr<const Check> check = m_shown.check;
    if (namesACause(*check)) {
        const Certainty certainty = check->findings.front().certainty;
        QLabel* chip = chipLabel(inReport(wordOf(certainty)), palette());
        chip->setToolTip(plainToolTip(inReport(meaningOf(certainty))));
        chip->setAccessibleDescription(inReport(meaningOf(certainty)));
        line.addWidget(chip, 0, Qt::AlignVCenter);
    }
    if (const std::optional<Path> folder = folderToOpen(*check)) {
        QToolButton* open =
            smallButton(Glyph::Open, tr("Open"), tr("Open in the file manager: %1").arg(shownPath(*folder)));
        open->setToolTip(plainToolTip(open->accessibleName()));
        connect(open, &QToolButton::clicked, this, [this, folder] { emit openWanted(*folder); });
        line.addWidget(open, 0, Qt::AlignVCenter);
    }
    QToolButton* copy = smallButton(Glyph::Copy, tr("Copy"), tr("Copy this diagnosis as Markdown"));
    connect(copy, &QToolButton::clicked, this,
            [copied = copyFunction(), check] { copied(diagnosisMarkdown(*check), tr("The diagnosis was copied.")); });
    line.addWidget(copy, 0, Qt::AlignVCenter);
}

void DetailsPane::addAnswer(QVBoxLayout& column)
{
    const std::shared_ptr<const Check> check = m_shown.check;
    m_columns = new QBoxLayout(QBoxLayout::LeftToRight);
    auto* left = new QVBoxLayout;
    auto* right = new QVBoxLayout;
    left->setSpacing(6);
    right->setSpacing(3);
    if (namesACause(*check)) {
        const RenderedFinding rendered = renderFinding(check->findings.front());
        if (!rendered.fixes.empty()) {
            left->addWidget(sectionHeading(isToBeDoneThere(*check, check->findings.front())
                                               ? tr("WHAT TO DO ON %1").arg(shortened(shownPath(*check->host), 60))
                                               : tr("WHAT TO DO"),
                                           palette()));
            left->addWidget(fixList(rendered.fixes, palette(), copyFunction()));
        }
        if (isOfTheDriveItself(*check))
            left->addWidget(verifyButton());
    }
    if (!check->folder.empty()) {
        left->addWidget(sectionHeading(tr("THE PATH"), palette()));
        auto* path = new PathView(check);
        connect(path, &PathView::openWanted, this, &DetailsPane::openWanted);
        left->addWidget(path);
    }
    addOtherFindings(*left);
    addRights(*left);
    auto* facts = new FactsView(check, m_factsOpen);
    connect(facts, &FactsView::opened, this, [this](bool open) { m_factsOpen = open; });
    left->addWidget(facts);
    if (!check->steps.empty()) {
        right->addWidget(sectionHeading(tr("STEPS"), palette()));
        right->addWidget(stepsView(check->steps, palette()));
    }
    if (!check->abilities.empty())
        right->addWidget(abilitiesView(check->abilities, palette()));
    left->addStretch();
    right->addStretch();
    m_columns->addLayout(left, 3);
    m_columns->addLayout(right, 2);
    column.addLayout(m_columns);
}

/// Data came back other than it was written: what it takes to know more stands on a page of its own.
QWidget* DetailsPane::verifyButton()
{
    auto* button = new QPushButton(icon(Glyph::Drive), tr("Verify this drive\u2026"));
    button->setObjectName(QStringLiteral("verify"));
    button->setAutoDefault(false);
    button->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(button, &QPushButton::clicked, this, [this, folder = m_shown.check->folder] { emit verifyWanted(folder); });
    return button;
}

void DetailsPane::addOtherFindings(QVBoxLayout& column)
{
    const Check& check = *m_shown.check;
    const std::size_t first = namesACause(check) ? 1 : 0;
    if (check.findings.size() <= first)
        return;
    column.addWidget(sectionHeading(tr("GOOD TO KNOW"), palette()));
    for (std::size_t i = first; i < check.findings.size(); ++i) {
        const Finding& finding = check.findings[i];
        const RenderedFinding rendered = renderFinding(finding);
        auto* line = new QHBoxLayout;
        line->setSpacing(8);
        const bool isNote = finding.severity == Severity::Note;
        line->addWidget(sign(isNote ? Glyph::NotChecked : Glyph::Limited,
                             isNote ? mutedText(palette()) : colorOf(Verdict::Limited, palette()), 15,
                             inReport(wordOf(finding.severity))),
                        0, Qt::AlignTop);
        auto* words = new QVBoxLayout;
        words->setSpacing(3);
        words->addWidget(new TextBlock(shortened(QString::fromStdString(rendered.title), kLongestTitle)));
        words->addWidget(
            quietText(shortened(QString::fromStdString(rendered.explanation), kLongestExplanation), palette()));
        if (!rendered.fixes.empty())
            words->addWidget(fixList(rendered.fixes, palette(), copyFunction()));
        line->addLayout(words, 1);
        column.addLayout(line);
    }
}

void DetailsPane::addRights(QVBoxLayout& column)
{
    const Check& check = *m_shown.check;
    // Computed here, of the users of this computer.
    if (check.folder.empty() || check.verdict == Verdict::NotResponding || check.host)
        return;
    column.addWidget(sectionHeading(tr("WOULD SOMEBODY ELSE BE ABLE TO WRITE HERE?"), palette()));
    m_rights = new RightsQuestion(m_probers, check.folder, copyFunction());
    m_rights->setUser(m_rightsUser);
    connect(m_rights, &RightsQuestion::tryWanted, this,
            [this, folder = check.folder](const QString& user) { emit checkAsWanted(folder, user); });
    column.addWidget(m_rights);
}

CopyFunction DetailsPane::copyFunction()
{
    return [this](const QString& text, const QString& said) {
        QGuiApplication::clipboard()->setText(text);
        emit copied(said);
    };
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
    // Colours are mixed from the palette, sizes and directions from font and layout, when the content is made.
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange ||
        event->type() == QEvent::LayoutDirectionChange)
        m_rebuild.start();
}

QString diagnosisMarkdown(const Check& check)
{
    return QString::fromStdString(renderMarkdown(check, reportTranslate()));
}

} // namespace scratchproof::gui
