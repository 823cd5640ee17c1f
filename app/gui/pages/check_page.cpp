// SPDX-License-Identifier: GPL-3.0-or-later
// The Check page: what is where, and what happens when. Its commands are in check_page_commands.cpp.
#include "app/gui/pages/check_page.h"

#include "app/gui/widgets/banner.h"
#include "app/gui/widgets/cell_painting.h"
#include "app/gui/widgets/check_delegate.h"
#include "app/gui/widgets/details_pane.h"
#include "app/gui/widgets/empty_state.h"
#include "app/gui/widgets/icons.h"
#include "app/gui/widgets/places_panel.h"
#include "app/gui/widgets/table_header.h"
#include "app/gui/widgets/words.h"
#include "core/facts/own_powers.h"

#include <QHeaderView>
#include <QScrollArea>
#include <QScrollBar>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

#include <array>

namespace scratchproof::gui {

namespace {

constexpr int kSayMilliseconds = 4000;

/// For the first start, by the width of a digit; later the settings say.
int columnWidth(int column, const QFontMetrics& metrics)
{
    constexpr std::array<int, CheckModel::ColumnCount> kDigits = {30, 18, 30, 12, 11, 13, 10};
    return kDigits[static_cast<std::size_t>(column)] * metrics.horizontalAdvance(QLatin1Char('0'));
}

} // namespace

CheckPage::CheckPage(System& system, ProberService& probers, QWidget* parent)
    : Page(parent), m_system(system), m_probers(probers), m_model(new CheckModel(this)),
      m_job(new CheckJob(probers, *m_model, this))
{
    setAcceptDrops(true);
    buildActions();
    buildTable();
    buildLayout();
    wire();
    updateState();
}

CheckPage::~CheckPage() = default;

void CheckPage::buildTable()
{
    m_table = new QTableView;
    m_table->setHorizontalHeader(new TableHeader(m_table));
    m_table->setModel(m_model);
    m_table->setItemDelegate(new CheckDelegate(m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    m_table->setAccessibleName(tr("Folders"));
    m_table->setAccessibleDescription(tr("The folders that were added, with their verdicts"));
    m_table->setCornerButtonEnabled(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(rowHeightFor(m_table->font()));

    QHeaderView* header = m_table->horizontalHeader();
    header->setMinimumSectionSize(48);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    header->setSortIndicatorClearable(true);
    for (int column = 0; column < CheckModel::ColumnCount; ++column)
        header->resizeSection(column, columnWidth(column, m_table->fontMetrics()));
    header->setSectionResizeMode(CheckModel::ReasonColumn, QHeaderView::Stretch);
    header->setSortIndicator(-1, Qt::AscendingOrder);
    m_table->setSortingEnabled(true);
    // In a low window the details take no more than what three rows leave.
    constexpr int kRowsAtLeast = 3;
    m_table->setMinimumHeight(header->sizeHint().height() + kRowsAtLeast * rowHeightFor(m_table->font()));
    for (QAction* action : {m_actions.again, m_actions.remove, m_actions.copy, m_actions.copyPath})
        m_table->addAction(action);
}

void CheckPage::buildLayout()
{
    m_details = new DetailsPane(m_probers);
    m_empty = new EmptyState;
    m_places = new PlacesPanel(m_system, m_probers);
    m_banner = new Banner;

    m_down = new QSplitter(Qt::Vertical);
    m_down->setChildrenCollapsible(false);
    m_down->setHandleWidth(1);
    m_down->addWidget(m_table);
    m_down->addWidget(m_details);
    m_down->setStretchFactor(0, 1);
    m_down->setSizes({320, 300});
    auto* invitation = new QScrollArea; // so that the window may be lower than it
    invitation->setWidget(m_empty);
    invitation->setWidgetResizable(true);
    invitation->setFrameShape(QFrame::NoFrame);
    invitation->setFocusPolicy(Qt::NoFocus);
    m_stack = new QStackedWidget;
    m_stack->addWidget(invitation);
    m_stack->addWidget(m_down);
    m_across = new QSplitter(Qt::Horizontal);
    m_across->setHandleWidth(1);
    m_across->addWidget(m_places);
    m_across->addWidget(m_stack);
    m_across->setStretchFactor(1, 1);
    m_across->setCollapsible(1, false);
    m_across->setSizes({210, 900});
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_banner);
    column->addWidget(m_across, 1);
}

void CheckPage::wire()
{
    m_detailsTimer.setSingleShot(true);
    m_detailsTimer.setInterval(0);
    m_sayTimer.setSingleShot(true);
    m_sayTimer.setInterval(kSayMilliseconds);
    connect(&m_detailsTimer, &QTimer::timeout, this, &CheckPage::showDetails);
    connect(&m_sayTimer, &QTimer::timeout, this, [this] { say({}); });

    connect(m_job, &CheckJob::changed, this, &CheckPage::updateState);
    connect(m_job, &CheckJob::added, this, &CheckPage::select);
    connect(m_model, &QAbstractItemModel::modelAboutToBeReset, this, &CheckPage::keepSelection);
    connect(m_model, &QAbstractItemModel::modelReset, this, &CheckPage::restoreSelection);
    connect(m_model, &QAbstractItemModel::dataChanged, &m_detailsTimer, qOverload<>(&QTimer::start));
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, &m_detailsTimer,
            qOverload<>(&QTimer::start));
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &CheckPage::updateState);
    connect(m_table, &QWidget::customContextMenuRequested, this, &CheckPage::showTableMenu);
    connect(m_table, &QTableView::activated, this, [this] { m_actions.again->trigger(); });
    connect(m_table->horizontalHeader(), &QWidget::customContextMenuRequested, this, &CheckPage::showColumnMenu);
    connect(m_details, &DetailsPane::copied, this, &CheckPage::say);
    connect(m_details, &DetailsPane::openWanted, this, &CheckPage::openFolder);
    connect(m_details, &DetailsPane::checkAsWanted, this,
            [this](const Path& folder, const QString& user) { checkAs({folder}, user); });
    connect(m_banner, &Banner::actionWanted, this, [this] {
        std::vector<Path> folders;
        for (const RowId id : m_model->allIds())
            if (const CheckRow* row = m_model->find(id); row && row->asker.isHere())
                folders.push_back(row->folder);
        checkAs(folders, QString::fromStdString(m_caller));
    });
    connect(m_empty, &EmptyState::addWanted, this, &CheckPage::chooseFolders);
    connect(m_empty, &EmptyState::checkDrivesWanted, this, [this] { addFolders(m_places->drives()); });
    connect(m_places, &PlacesPanel::checkWanted, this, &CheckPage::addFolders);
}

void CheckPage::shown()
{
    showBanner();
    // After the first paint: nothing is started or looked at before the window is there.
    constexpr int kAfterFirstPaint = 150;
    QTimer::singleShot(kAfterFirstPaint, m_places, &PlacesPanel::start);
}

void CheckPage::showBanner()
{
    if (const QString problem = m_probers.problem(); !problem.isEmpty()) {
        m_banner->say(problem);
        return;
    }
    if (m_system.processes.userId() != 0) {
        m_banner->say({});
        return;
    }
    const QString words =
        rootHasItsPowers(m_system)
            ? tr("Scratchproof runs as root, who may do almost everything: these answers hold for root only.")
            : tr("Scratchproof runs as root, without all of root's powers: these answers hold for this root only.");
    // Who called sudo; pkexec and a root login leave no name.
    m_caller = environmentVariable("SUDO_USER").value_or("");
    if (m_caller.empty() || m_caller == "root") {
        m_banner->say(words + QLatin1Char(' ') + tr("To know what holds for you, start it as yourself."));
        return;
    }
    m_banner->say(words, tr("Check as %1").arg(shortened(gui::shown(m_caller), 40)));
    updateState();
}

void CheckPage::setFilter(const QString& text)
{
    m_model->setFilter(text);
    updateState();
}

QString CheckPage::filterName() const
{
    return tr("Filter folders");
}

QVariantMap CheckPage::saveLayout() const
{
    QVariantList favourites;
    for (const Path& path : m_places->model().favourites())
        favourites.push_back(QByteArray::fromStdString(path));
    return {{QStringLiteral("columns"), m_table->horizontalHeader()->saveState()},
            {QStringLiteral("across"), m_across->saveState()},
            {QStringLiteral("down"), m_down->saveState()},
            {QStringLiteral("level"), QString::fromUtf8(toString(m_job->level()).data())},
            {QStringLiteral("favourites"), favourites}};
}

void CheckPage::restoreLayout(const QVariantMap& layout)
{
    m_table->horizontalHeader()->restoreState(layout.value(QStringLiteral("columns")).toByteArray());
    m_across->restoreState(layout.value(QStringLiteral("across")).toByteArray());
    m_down->restoreState(layout.value(QStringLiteral("down")).toByteArray());
    setLevel(levelFromString(layout.value(QStringLiteral("level")).toString().toStdString()).value_or(Level::Standard));
    std::vector<Path> favourites;
    for (const QVariant& path : layout.value(QStringLiteral("favourites")).toList())
        favourites.push_back(path.toByteArray().toStdString());
    m_places->model().setFavourites(favourites);
}

void CheckPage::keepSelection()
{
    m_keptSelection = selectedIds();
    const QModelIndex current = m_table->currentIndex();
    m_keptCurrent = current.isValid() ? m_model->at(current.row()).id : 0;
}

void CheckPage::restoreSelection()
{
    QItemSelection selection;
    for (const RowId id : m_keptSelection) {
        const int row = m_model->viewRowOf(id);
        if (row < 0)
            continue;
        const QModelIndex first = m_model->index(row, 0);
        const bool goesOn = !selection.isEmpty() && selection.last().bottom() == row - 1;
        if (goesOn)
            selection.last() =
                QItemSelectionRange(selection.last().topLeft(), m_model->index(row, CheckModel::ColumnCount - 1));
        else
            selection.append(QItemSelectionRange(first, m_model->index(row, CheckModel::ColumnCount - 1)));
    }
    if (const int row = m_model->viewRowOf(m_keptCurrent); row >= 0)
        m_table->selectionModel()->setCurrentIndex(m_model->index(row, 0), QItemSelectionModel::NoUpdate);
    m_table->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
    m_detailsTimer.start();
}

void CheckPage::select(RowId id)
{
    const int row = m_model->viewRowOf(id);
    if (row < 0)
        return;
    // Not selectRow(): before the first layout it finds no column in a right-to-left window.
    m_table->selectionModel()->setCurrentIndex(m_model->index(row, CheckModel::FolderColumn),
                                               QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    m_table->scrollTo(m_model->index(row, 0));
}

void CheckPage::showDetails()
{
    const QModelIndex current = m_table->currentIndex();
    m_details->setRow(current.isValid() ? &m_model->at(current.row()) : nullptr);
}

void CheckPage::updateState()
{
    const bool any = m_model->total() > 0;
    m_stack->setCurrentIndex(any ? 1 : 0);
    const bool running = m_job->isRunning();
    const bool selected = m_table->selectionModel()->hasSelection();
    m_actions.checkAll->setEnabled(any);
    m_actions.stop->setEnabled(running);
    m_actions.exportJson->setEnabled(any);
    m_banner->setActionEnabled(any);
    for (QAction* action : {m_actions.again, m_actions.checkAs, m_actions.remove, m_actions.copy,
                            m_actions.copyDiagnosis, m_actions.copyMarkdown, m_actions.copyPath, m_actions.favourite})
        action->setEnabled(selected);
    if (!m_probers.problem().isEmpty())
        showBanner();
    if (running)
        emit statusChanged(tr("%L1 of %L2 checked").arg(m_job->done()).arg(m_job->total()), m_job->done(),
                           m_job->total());
    else
        emit statusChanged(m_said.isEmpty() ? summary() : m_said, 0, 0);
}

QString CheckPage::summary() const
{
    if (m_model->total() == 0)
        return {};
    std::array<int, 5> counts{};
    int checked = 0;
    for (const RowId id : m_model->allIds()) {
        const CheckRow* row = m_model->find(id);
        if (!row || !row->check)
            continue;
        ++counts[static_cast<std::size_t>(row->verdict())];
        checked += row->verdict() == Verdict::NotChecked ? 0 : 1;
    }
    QStringList parts{tr("%L1 of %L2 checked").arg(checked).arg(m_model->total())};
    for (const Verdict verdict : {Verdict::Unusable, Verdict::NotResponding, Verdict::Limited, Verdict::Usable})
        if (const int count = counts[static_cast<std::size_t>(verdict)]; count > 0)
            parts << QStringLiteral("%1: %L2").arg(verdictWord(verdict)).arg(count);
    if (const int hidden = static_cast<int>(m_model->total()) - m_model->rowCount(); hidden > 0)
        parts << tr("Hidden by the filter: %L1").arg(hidden);
    return parts.join(QStringLiteral("   \u00b7   "));
}

/// A passing remark in the status bar.
void CheckPage::say(const QString& text)
{
    m_said = text;
    if (!text.isEmpty())
        m_sayTimer.start();
    updateState();
}

} // namespace scratchproof::gui
