// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/verify/verify_view.h"

#include "app/gui/kit/error_words.h"
#include "app/gui/kit/parts.h"
#include "app/gui/kit/text_block.h"
#include "app/gui/kit/words.h"
#include "app/gui/verify/drive_map.h"
#include "app/gui/verify/speed_chart.h"
#include "app/gui/verify/verify_words.h"
#include "core/report/speed_words.h"

#include <QAccessible>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace scratchproof::gui {

namespace {

constexpr int kHeadSignSize = 30;
constexpr int kProgressSteps = 1000;

QVBoxLayout* partWithHeading(QWidget* part, const QString& heading, const QPalette& palette)
{
    auto* layout = new QVBoxLayout(part);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(sectionHeading(heading, palette));
    return layout;
}

} // namespace

VerifyView::VerifyView(VerifyJob& job, QWidget* parent) : QWidget(parent), m_job(job)
{
    m_sign = new QLabel;
    m_sign->setFixedWidth(kHeadSignSize);
    m_sign->setAlignment(Qt::AlignTop | Qt::AlignHCenter);
    m_title = new TextBlock;
    m_title->setObjectName(QStringLiteral("title"));
    m_title->setLook(1.25, QFont::DemiBold);
    m_place = quietText({}, palette());
    m_sentence = new TextBlock;
    m_sentence->setObjectName(QStringLiteral("sentence"));
    m_progress = new QProgressBar;
    m_progress->setRange(0, kProgressSteps);
    m_progress->setTextVisible(false);
    m_progress->setMaximumHeight(10);
    m_progress->setAccessibleName(tr("Progress of this phase"));

    auto* words = new QVBoxLayout;
    words->setSpacing(3);
    words->addWidget(m_title);
    words->addWidget(m_place);
    auto* head = new QHBoxLayout;
    head->setSpacing(12);
    head->addWidget(m_sign, 0, Qt::AlignTop);
    head->addLayout(words, 1);

    m_mapPart = new QWidget;
    QVBoxLayout* mapPart = partWithHeading(m_mapPart, tr("MAP OF THE DRIVE"), palette());
    m_map = new DriveMap;
    m_map->setObjectName(QStringLiteral("map"));
    m_legend = new MapLegend;
    mapPart->addWidget(m_map);
    mapPart->addWidget(m_legend);
    m_chartPart = new QWidget;
    QVBoxLayout* chartPart = partWithHeading(m_chartPart, tr("SPEED"), palette());
    m_chart = new SpeedChart;
    m_chart->setObjectName(QStringLiteral("chart"));
    chartPart->addWidget(m_chart);
    m_groundsPart = new QWidget;
    QVBoxLayout* groundsPart = partWithHeading(m_groundsPart, tr("WHAT WAS FOUND"), palette());
    m_figures = new TextBlock;
    m_figures->setObjectName(QStringLiteral("figures"));
    m_grounds = new TextBlock;
    m_grounds->setObjectName(QStringLiteral("grounds"));
    groundsPart->addWidget(m_figures);
    groundsPart->addWidget(m_grounds);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(28, 20, 22, 20);
    layout->setSpacing(8);
    layout->addLayout(head);
    layout->addWidget(m_sentence);
    layout->addWidget(m_progress);
    layout->addWidget(buildButtons());
    layout->addWidget(m_mapPart);
    layout->addWidget(m_chartPart);
    layout->addWidget(m_groundsPart);
    layout->addStretch();

    m_rebuild.setSingleShot(true);
    m_rebuild.setInterval(0);
    connect(&m_rebuild, &QTimer::timeout, this, &VerifyView::showState);
    connect(&m_job, &VerifyJob::started, this, &VerifyView::started);
    connect(&m_job, &VerifyJob::progressed, this, &VerifyView::progressed);
    connect(&m_job, &VerifyJob::finished, this, &VerifyView::finished);
    showState();
}

QWidget* VerifyView::buildButtons()
{
    m_stop = new QPushButton(icon(Glyph::Stop), tr("Sto&p"));
    m_stop->setObjectName(QStringLiteral("stopButton"));
    m_copy = new QPushButton(icon(Glyph::Copy), tr("Cop&y"));
    m_copy->setAccessibleDescription(tr("Copy the verdict and what it rests on"));
    m_save = new QPushButton(icon(Glyph::Export), tr("&Save\u2026"));
    m_save->setAccessibleDescription(tr("Save all that was found as JSON"));
    auto* buttons = new QWidget;
    auto* line = new QHBoxLayout(buttons);
    line->setContentsMargins(0, 0, 0, 0);
    for (QPushButton* button : {m_stop, m_copy, m_save}) {
        button->setAutoDefault(false);
        line->addWidget(button);
    }
    line->addStretch();
    connect(m_stop, &QPushButton::clicked, this, &VerifyView::stopWanted);
    connect(m_copy, &QPushButton::clicked, this, &VerifyView::copyWanted);
    connect(m_save, &QPushButton::clicked, this, &VerifyView::saveWanted);
    return buttons;
}

void VerifyView::started()
{
    m_cells.clear();
    m_history.clear();
    m_map->setCells(m_cells);
    m_legend->setCells(m_cells);
    m_chart->setHistory(m_history);
    showState();
}

void VerifyView::progressed()
{
    if (m_job.capacityStatus()) {
        if (!m_job.capacityStatus()->isRemoving)
            m_cells.note(m_job.capacityStatus()->run, m_job.wish().kind == VerifyKind::Quick);
        m_history.note(*m_job.capacityStatus());
        m_map->setCells(m_cells);
        m_legend->setCells(m_cells);
    } else if (m_job.speedProgress()) {
        m_history.note(*m_job.speedProgress(), m_job.seconds());
    }
    m_chart->setHistory(m_history);
    showState();
}

void VerifyView::finished()
{
    if (m_job.capacity()) {
        m_cells.show(*m_job.capacity());
        m_map->setCells(m_cells);
        m_legend->setCells(m_cells);
    } else if (m_job.speed()) {
        m_history.show(m_job.speed()->report);
        m_chart->setHistory(m_history);
    }
    showState();
    announce();
}

void VerifyView::showHeadline(Glyph glyph, Verdict color, const QString& title, const QString& sentence)
{
    const QColor ink = color == Verdict::NotChecked ? mutedText(palette()) : colorOf(color, palette());
    m_sign->setPixmap(icon(glyph, ink).pixmap(QSize(kHeadSignSize, kHeadSignSize), devicePixelRatioF()));
    m_title->setText(title);
    m_sentence->setText(sentence);
    m_sentence->setVisible(!sentence.isEmpty());
}

void VerifyView::showState()
{
    const bool isRunning = m_job.isRunning();
    const bool isCapacity = m_job.wish().kind != VerifyKind::Speed;
    const bool isAny = isRunning || m_job.hasEnded();
    m_place->setInk(mutedText(palette()));
    if (isRunning) {
        showHeadline(Glyph::Checking, Verdict::NotChecked, titleOf(m_job.wish().kind), lineOf(m_job));
    } else if (m_job.hasEnded()) {
        const VerifyHeadline headline = headlineOf(m_job);
        showHeadline(headline.glyph, headline.color, headline.title, headline.sentence);
    } else {
        showHeadline(Glyph::Drive, Verdict::NotChecked, tr("Is this drive what it claims to be?"),
                     tr("Some drives say that they hold more than they do, and lose what is stored on them. Choose a "
                        "drive, and how thoroughly it is to be verified. Files that are there are not touched; what is "
                        "written is removed at the end, and also when you stop."));
    }
    QString place = isAny ? shownPath(m_job.wish().folder) : QString();
    if (isAny && !isRunning)
        place = tr("%1 \u2014 %2").arg(titleOf(m_job.wish().kind), place);
    m_place->setText(place);
    m_place->setVisible(isAny);
    m_progress->setVisible(isRunning);
    if (isRunning)
        m_progress->setValue(static_cast<int>(std::lround(m_job.share() * kProgressSteps)));
    m_stop->setVisible(isRunning);
    m_stop->setEnabled(isRunning && !m_job.isStopping());
    m_copy->setVisible(m_job.hasEnded());
    m_save->setVisible(m_job.capacity() || m_job.speed());
    m_mapPart->setVisible(isCapacity && isAny && (isRunning || m_cells.span() > 0));
    m_chartPart->setVisible(isAny && (isRunning || !m_history.isEmpty()));
    showSpeed();
    const QStringList grounds = isRunning ? QStringList() : groundsOf(m_job);
    QStringList lines;
    for (const QString& line : grounds)
        lines << QStringLiteral("\u2022 ") + line;
    m_grounds->setText(lines.join(QLatin1Char('\n')));
    m_grounds->setVisible(!lines.isEmpty());
    m_groundsPart->setVisible(!lines.isEmpty() || m_job.speed());
}

void VerifyView::showSpeed()
{
    m_figures->setVisible(m_job.speed().has_value());
    if (!m_job.speed())
        return;
    FactGroup group;
    int number = 0;
    for (const auto& [name, figures] : figuresOf(*m_job.speed(), reportTranslate().report)) {
        ++number; // by which the curve tells its parts
        FactLine line;
        line.name = std::to_string(number) + "  " + name;
        line.value = figures;
        group.lines.push_back(std::move(line));
    }
    constexpr qreal kWidestName = 340;
    m_figures->setFacts({group}, kWidestName);
}

void VerifyView::announce()
{
    m_title->setAccessibleName(m_title->toPlainText() + QStringLiteral(". ") + m_sentence->toPlainText());
    QAccessibleEvent event(m_title, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void VerifyView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_groundsPart)
        m_rebuild.start();
}

} // namespace scratchproof::gui
