// SPDX-License-Identifier: GPL-3.0-or-later

// What the Scratch page is made of.

#include "app/gui/models/scratch_filter.h"
#include "app/gui/models/scratch_model.h"
#include "app/gui/pages/scratch_page.h"
#include "app/gui/widgets/cell_painting.h"
#include "app/gui/widgets/drive_totals.h"
#include "app/gui/widgets/scratch_delegate.h"
#include "app/gui/widgets/table_header.h"

#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>

#include <utility>

namespace scratchproof::gui {

namespace {

constexpr int kPointSide = 20;

} // namespace

void ScratchPage::buildTable()
{
    m_table = new QTableView;
    m_table->setObjectName(QStringLiteral("scratchTable"));
    m_table->setAccessibleName(tr("Scratch directories"));
    m_table->setHorizontalHeader(new TableHeader(m_table));
    m_table->setModel(m_proxy);
    m_table->setItemDelegate(new ScratchDelegate(m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setShowGrid(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    m_table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(rowHeightFor(m_table->font()));
    setInitialColumns();
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(ScratchModel::TimeLeft, Qt::AscendingOrder);
    connect(m_table, &QTableView::customContextMenuRequested, this, &ScratchPage::showContextMenu);
    connect(m_table, &QTableView::doubleClicked, this, &ScratchPage::openSelected);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &ScratchPage::updateActions);
    connect(m_model, &QAbstractItemModel::dataChanged, this, [this] {
        updateActions();
        if (!m_statusTimer.isActive())
            m_statusTimer.start();
    });
}

void ScratchPage::setInitialColumns()
{
    const int digit = fontMetrics().horizontalAdvance(QLatin1Char('0'));
    QHeaderView* header = m_table->horizontalHeader();
    header->setMinimumSectionSize(48);
    const std::pair<int, int> kWidths[] = {
        {ScratchModel::Name, 37}, {ScratchModel::State, 23},    {ScratchModel::Size, 11}, {ScratchModel::Files, 9},
        {ScratchModel::Age, 17},  {ScratchModel::TimeLeft, 23}, {ScratchModel::Note, 18}};
    for (const auto& [column, digits] : kWidths)
        header->resizeSection(column, digits * digit);
    header->setStretchLastSection(true);
}

QWidget* ScratchPage::buildHead()
{
    const std::pair<QString, ScratchCondition> kStates[] = {
        {tr("Active"), ScratchCondition::Active},       {tr("Busy"), ScratchCondition::Busy},
        {tr("Expired"), ScratchCondition::Expired},     {tr("Released"), ScratchCondition::Released},
        {tr("Offline"), ScratchCondition::Offline},     {tr("Lost"), ScratchCondition::Lost},
        {tr("Elsewhere"), ScratchCondition::Elsewhere}, {tr("Half removed"), ScratchCondition::HalfRemoved},
    };
    m_states = new QComboBox;
    m_states->setObjectName(QStringLiteral("states"));
    m_states->setAccessibleName(tr("States that are shown"));
    m_states->setToolTip(tr("Show only directories in this state"));
    m_states->addItem(tr("All states"));
    for (const auto& [word, condition] : kStates)
        m_states->addItem(word, static_cast<int>(condition));
    connect(m_states, &QComboBox::currentIndexChanged, this, [this] {
        const QVariant chosen = m_states->currentData();
        m_proxy->setCondition(chosen.isValid() ? std::optional(static_cast<ScratchCondition>(chosen.toInt()))
                                               : std::nullopt);
        chooseView();
        updateStatus();
    });
    m_totals = new DriveTotals;
    m_totals->setObjectName(QStringLiteral("totals"));
    m_head = new QWidget;
    auto* row = new QHBoxLayout(m_head);
    row->setContentsMargins(kCellMargin, 8, kCellMargin, 8);
    row->setSpacing(24);
    row->addWidget(m_states, 0, Qt::AlignVCenter);
    row->addWidget(m_totals, 1);
    m_head->hide();
    return m_head;
}

QWidget* ScratchPage::buildNothing()
{
    auto* words = new QLabel(tr("No scratch directory is like that."));
    words->setObjectName(QStringLiteral("nothingText"));
    words->setAlignment(Qt::AlignCenter);
    auto* all = new QPushButton(tr("Show all states"));
    all->setObjectName(QStringLiteral("showAll"));
    connect(all, &QPushButton::clicked, m_states, [this] { m_states->setCurrentIndex(0); });
    auto* nothing = new QWidget;
    auto* layout = new QVBoxLayout(nothing);
    layout->setSpacing(16);
    layout->addStretch(2);
    layout->addWidget(words);
    layout->addWidget(all, 0, Qt::AlignCenter);
    layout->addStretch(3);
    return nothing;
}

QWidget* ScratchPage::buildMessage()
{
    m_messageTitle = new QLabel;
    QFont big = font();
    big.setPointSizeF(big.pointSizeF() * 1.5);
    big.setBold(true);
    m_messageTitle->setFont(big);
    m_messageText = new QLabel;
    for (QLabel* label : {m_messageTitle, m_messageText}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setAlignment(Qt::AlignCenter);
    }
    m_messageText->setObjectName(QStringLiteral("messageText"));
    m_points = new QWidget;
    auto* points = new QVBoxLayout(m_points);
    points->setSpacing(8);
    const std::pair<Glyph, QString> kPoints[] = {
        {Glyph::Tick, tr("Room for a big job: a build, a video export, an archive to unpack")},
        {Glyph::Home, tr("Private: nobody else on this computer can look into it")},
        {Glyph::Clock, tr("Known by name, with its size and the time it has left")},
        {Glyph::Remove, tr("Cleaned up safely: never through a link, never beyond its own folder")},
    };
    for (const auto& [glyph, text] : kPoints) {
        auto* row = new QHBoxLayout;
        auto* mark = new QLabel;
        mark->setPixmap(icon(glyph).pixmap(QSize(kPointSide, kPointSide), devicePixelRatioF()));
        auto* label = new QLabel(text);
        label->setTextFormat(Qt::PlainText);
        row->addWidget(mark);
        row->addWidget(label, 1);
        points->addLayout(row);
    }
    m_messageButton = new QPushButton;
    m_messageButton->setObjectName(QStringLiteral("messageButton"));
    connect(m_messageButton, &QPushButton::clicked, this, [this] { m_hasProblem ? refresh() : createNew(); });
    auto* message = new QWidget;
    auto* layout = new QVBoxLayout(message);
    layout->setContentsMargins(40, 20, 40, 20);
    layout->setSpacing(16);
    layout->addStretch(2);
    layout->addWidget(m_messageTitle);
    layout->addWidget(m_messageText);
    layout->addWidget(m_points, 0, Qt::AlignCenter);
    layout->addWidget(m_messageButton, 0, Qt::AlignCenter);
    layout->addStretch(3);
    showProblem(tr("Scratch directories"), tr("Reading the list…"));
    m_messageButton->hide();
    return message;
}

} // namespace scratchproof::gui
