// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/pages/scratch_page.h"

#include "app/gui/jobs/error_words.h"
#include "app/gui/jobs/file_manager.h"
#include "app/gui/models/scratch_model.h"
#include "app/gui/widgets/cell_painting.h"
#include "app/gui/widgets/clean_up_dialog.h"
#include "app/gui/widgets/create_scratch_dialog.h"
#include "app/gui/widgets/folder_chooser.h"
#include "app/gui/widgets/portal_chooser.h"
#include "app/gui/widgets/scratch_delegate.h"
#include "app/gui/widgets/table_header.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace scratchproof::gui {

namespace {

constexpr int kMinuteMilliseconds = 60'000;
constexpr int kStatusMilliseconds = 100;
constexpr int kPointSide = 20;

QAction* separator(QObject* parent)
{
    auto* action = new QAction(parent);
    action->setSeparator(true);
    return action;
}

} // namespace

ScratchPage::ScratchPage(System& system, ProberService& probers, QWidget* parent)
    : Page(parent), m_system(system), m_probers(probers), m_job(probers), m_model(new ScratchModel(this)),
      m_proxy(new QSortFilterProxyModel(this)), m_chooser(new FolderChooser(probers, this))
{
    m_proxy->setSourceModel(m_model);
    m_proxy->setSortRole(ScratchModel::SortRole);
    m_proxy->setFilterRole(ScratchModel::FilterRole);
    m_proxy->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_proxy->setFilterKeyColumn(ScratchModel::Name);
    buildTable();
    buildActions();
    m_stack = new QStackedWidget;
    m_stack->insertWidget(MessageView, buildMessage());
    m_stack->insertWidget(TableView, m_table);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);

    m_minute.setInterval(kMinuteMilliseconds);
    connect(&m_minute, &QTimer::timeout, this, [this] { m_model->setNow(now()); });
    m_minute.start();
    m_statusTimer.setSingleShot(true);
    m_statusTimer.setInterval(kStatusMilliseconds);
    connect(&m_statusTimer, &QTimer::timeout, this, &ScratchPage::updateStatus);
    m_model->setNow(now());
    updateActions();
}

ScratchPage::~ScratchPage()
{
    cancelInspections();
    m_job.cancel(m_listing);
}

Nanoseconds ScratchPage::now() const
{
    return m_system.clock.wall();
}

QAction* ScratchPage::makeAction(const QString& text, const QString& tip, const QKeySequence& keys,
                                 void (ScratchPage::*slot)())
{
    auto* action = new QAction(text, this);
    action->setToolTip(keys.isEmpty() ? tip : tr("%1 (%2)").arg(tip, keys.toString(QKeySequence::NativeText)));
    action->setShortcut(keys);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(action, &QAction::triggered, this, slot);
    addAction(action);
    return action;
}

void ScratchPage::buildActions()
{
    m_new = makeAction(tr("&New scratch directory…"), tr("Make a directory that is gone again when its time is over"),
                       QKeySequence::New, &ScratchPage::createNew);
    m_new->setIcon(icon(Glyph::AddFolder));
    m_open = makeAction(tr("&Open"), tr("Open in the file manager"), QKeySequence(Qt::CTRL | Qt::Key_O),
                        &ScratchPage::openSelected);
    m_open->setIcon(icon(Glyph::Open));
    m_copy =
        makeAction(tr("&Copy path"), tr("Copy the path to the clipboard"), QKeySequence::Copy, &ScratchPage::copyPaths);
    m_copy->setIcon(icon(Glyph::Copy));
    m_cleanUp = makeAction(tr("Clean &up…"), tr("See what would be removed, and remove it"), QKeySequence::Delete,
                           &ScratchPage::cleanUpSelected);
    m_cleanUp->setIcon(icon(Glyph::Remove));
    m_forget = makeAction(tr("&Forget"), tr("Take a lost directory off this list; nothing on a disk is touched"), {},
                          &ScratchPage::forgetSelected);
    m_forget->setIcon(icon(Glyph::Clear));
    m_again = makeAction(tr("Look &again"), tr("Look at all scratch directories again"), QKeySequence::Refresh,
                         &ScratchPage::refresh);
    m_again->setIcon(icon(Glyph::Again));
}

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

QList<QAction*> ScratchPage::toolBarActions() const
{
    return {m_new, m_open, m_copy, m_cleanUp};
}

QList<QAction*> ScratchPage::menuActions() const
{
    return {m_new, m_again, separator(m_new), m_open, m_copy, m_cleanUp, m_forget};
}

void ScratchPage::setFilter(const QString& text)
{
    m_proxy->setFilterFixedString(text);
    updateStatus();
}

QString ScratchPage::filterName() const
{
    return tr("Filter scratch directories");
}

QVariantMap ScratchPage::saveLayout() const
{
    return {{QStringLiteral("columns"), m_table->horizontalHeader()->saveState()},
            {QStringLiteral("folder"), QByteArray::fromStdString(m_lastFolder)},
            {QStringLiteral("lifetime"), QString::fromStdString(m_lastLifetime)}};
}

void ScratchPage::restoreLayout(const QVariantMap& layout)
{
    m_table->horizontalHeader()->restoreState(layout.value(QStringLiteral("columns")).toByteArray());
    m_lastFolder = layout.value(QStringLiteral("folder")).toByteArray().toStdString();
    if (const QString lifetime = layout.value(QStringLiteral("lifetime")).toString(); !lifetime.isEmpty())
        m_lastLifetime = lifetime.toStdString();
}

void ScratchPage::shown()
{
    refresh();
    m_table->setFocus();
}

void ScratchPage::refresh()
{
    cancelInspections();
    m_job.cancel(m_listing);
    m_model->setNow(now());
    const quint64 run = ++m_run;
    m_listing = m_job.list(this, [this, run](const Result<std::vector<ScratchEntry>>& answer) {
        if (run == m_run)
            showList(answer);
    });
    updateStatus();
}

void ScratchPage::showList(const Result<std::vector<ScratchEntry>>& answer)
{
    m_listing = 0;
    if (!answer) {
        // What is on the screen stays; it was true a moment ago.
        if (m_model->rowCount() == 0)
            showProblem(tr("The list of scratch directories cannot be read"), errorSentence(answer.error()));
        emit statusChanged(errorSentence(answer.error()), 0, 0);
        return;
    }
    m_model->setEntries(*answer);
    for (const ScratchEntry& directory : *answer)
        inspect(directory);
    if (answer->empty())
        showInvitation();
    else
        m_stack->setCurrentIndex(TableView);
    if (!m_selectWhenListed.empty()) {
        const auto& ids = m_model->order();
        const auto found = std::find(ids.begin(), ids.end(), std::exchange(m_selectWhenListed, {}));
        if (found != ids.end()) {
            const int row = static_cast<int>(found - ids.begin());
            m_table->setCurrentIndex(m_proxy->mapFromSource(m_model->index(row, ScratchModel::Name)));
        }
    }
    updateActions();
    updateStatus();
}

void ScratchPage::inspect(const ScratchEntry& directory)
{
    m_model->setWaiting(directory.id);
    const std::string id = directory.id;
    const quint64 run = m_run;
    m_inspecting[id] = m_job.inspect(directory, this, [this, id, run](const Result<ScratchEntry>& answer) {
        if (run != m_run)
            return;
        m_inspecting.erase(id);
        if (answer)
            m_model->setInspected(*answer);
        else if (!isCancelled(answer.error()))
            m_model->setInspectFailed(id, isNotResponding(answer.error()), errorSentence(answer.error()));
        updateStatus();
    });
}

void ScratchPage::cancelInspections()
{
    for (const auto& [id, work] : m_inspecting)
        m_job.cancel(work);
    m_inspecting.clear();
}

void ScratchPage::showInvitation()
{
    m_hasProblem = false;
    m_messageTitle->setText(tr("No scratch directories yet"));
    m_messageText->setText(tr("A scratch directory is a place for files that you need for a while and not for ever. "
                              "Scratchproof tries the folder out, makes the directory, and remembers it for you."));
    m_points->show();
    m_messageButton->setText(tr("New scratch directory…"));
    m_messageButton->setIcon(icon(Glyph::AddFolder));
    m_messageButton->show();
    m_stack->setCurrentIndex(MessageView);
}

void ScratchPage::showProblem(const QString& title, const QString& text)
{
    m_hasProblem = true;
    m_messageTitle->setText(title);
    m_messageText->setText(text);
    m_points->hide();
    m_messageButton->setText(tr("Try again"));
    m_messageButton->setIcon(icon(Glyph::Again));
    m_messageButton->show();
    if (m_stack)
        m_stack->setCurrentIndex(MessageView);
}

std::vector<ScratchEntry> ScratchPage::selected() const
{
    std::vector<ScratchEntry> entries;
    QModelIndexList rows = m_table->selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end());
    for (const QModelIndex& index : std::as_const(rows))
        if (const ScratchEntry* entry = m_model->entry(m_proxy->mapToSource(index).row()))
            entries.push_back(*entry);
    return entries;
}

void ScratchPage::updateActions()
{
    const auto entries = selected();
    const bool any = !entries.empty();
    m_open->setEnabled(entries.size() == 1);
    m_copy->setEnabled(any);
    m_cleanUp->setEnabled(any);
    m_forget->setEnabled(any && std::all_of(entries.begin(), entries.end(), [](const ScratchEntry& entry) {
                             return entry.condition == ScratchCondition::Lost;
                         }));
}

void ScratchPage::updateStatus()
{
    const int all = m_model->rowCount();
    if (all == 0) {
        emit statusChanged({}, 0, 0);
        return;
    }
    const int visible = m_proxy->rowCount();
    const int seen = all - static_cast<int>(m_inspecting.size());
    const QString count = visible == all
                              ? (all == 1 ? tr("1 scratch directory") : tr("%n scratch directories", nullptr, all))
                              : tr("%1 of %n shown", nullptr, all).arg(shownCount(static_cast<std::uint64_t>(visible)));
    emit statusChanged(tr("%1, %2").arg(count, shownBytes(m_model->totalBytes())), m_inspecting.empty() ? 0 : seen,
                       m_inspecting.empty() ? 0 : all);
}

void ScratchPage::showContextMenu(const QPoint& at)
{
    if (!m_table->indexAt(at).isValid())
        return;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addActions({m_open, m_copy});
    menu->addSeparator();
    menu->addActions({m_cleanUp, m_forget});
    menu->popup(m_table->viewport()->mapToGlobal(at));
}

void ScratchPage::createNew()
{
    auto* dialog = new CreateScratchDialog(m_probers, *m_chooser, m_lastFolder, m_lastLifetime, this);
    connect(dialog, &CreateScratchDialog::created, this, [this, dialog](const ScratchEntry& directory) {
        m_lastFolder = dialog->wish().folder;
        m_lastLifetime = dialog->wish().lifetime;
        m_selectWhenListed = directory.id;
        refresh();
    });
    dialog->open();
}

void ScratchPage::openSelected()
{
    const auto entries = selected();
    if (entries.size() != 1)
        return;
    openInFileManager(PortalChooser::sessionBus(), entries.front().path, this,
                      [this] { emit statusChanged(tr("No file manager was found to open it with"), 0, 0); });
}

void ScratchPage::copyPaths()
{
    QByteArray text;
    for (const ScratchEntry& entry : selected()) {
        if (!text.isEmpty())
            text += '\n';
        text += QByteArray::fromStdString(entry.path);
    }
    if (text.isEmpty())
        return;
    auto* copied = new QMimeData;
    // A path that is no UTF-8 cannot be text; in that case what is copied is what is shown.
    const bool exact = isUtf8(text.toStdString());
    copied->setText(exact ? QString::fromUtf8(text) : shownPath(text.toStdString()));
    QGuiApplication::clipboard()->setMimeData(copied);
    emit statusChanged(exact ? tr("Copied") : tr("Copied as shown: this path is not plain text"), 0, 0);
}

void ScratchPage::cleanUpSelected()
{
    auto entries = selected();
    if (entries.empty())
        return;
    auto* dialog = new CleanUpDialog(m_probers, std::move(entries), now(), this);
    connect(dialog, &CleanUpDialog::removed, m_model, &ScratchModel::remove);
    connect(dialog, &QDialog::finished, this, &ScratchPage::refresh);
    dialog->open();
}

void ScratchPage::forgetSelected()
{
    for (const ScratchEntry& entry : selected())
        if (entry.condition == ScratchCondition::Lost)
            m_job.forget(entry, this, [this](const Result<bool>& answer) {
                if (!answer)
                    emit statusChanged(errorSentence(answer.error()), 0, 0);
                refresh();
            });
}

} // namespace scratchproof::gui
