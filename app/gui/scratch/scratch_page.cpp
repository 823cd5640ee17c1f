// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/scratch/scratch_page.h"

#include "app/gui/desktop/file_manager.h"
#include "app/gui/kit/banner.h"
#include "app/gui/kit/cell_painting.h"
#include "app/gui/kit/copied_paths.h"
#include "app/gui/kit/error_words.h"
#include "app/gui/kit/table_header.h"
#include "app/gui/picker/folder_chooser.h"
#include "app/gui/picker/portal_chooser.h"
#include "app/gui/scratch/clean_up_dialog.h"
#include "app/gui/scratch/create_scratch_dialog.h"
#include "app/gui/scratch/drive_totals.h"
#include "app/gui/scratch/forget_dialog.h"
#include "app/gui/scratch/scratch_delegate.h"
#include "app/gui/scratch/scratch_filter.h"
#include "app/gui/scratch/scratch_log_dialog.h"
#include "app/gui/scratch/scratch_model.h"
#include "app/gui/scratch/sweep_job.h"

#include <QAction>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>
#include <initializer_list>
#include <set>
#include <utility>

namespace scratchproof::gui {

namespace {

constexpr int kMinuteMilliseconds = 60'000;
constexpr int kStatusMilliseconds = 100;

constexpr int kPointSide = 20;

} // namespace

ScratchPage::ScratchPage(System& system, ProberService& probers, SweepJob* sweep, QWidget* parent)
    : TablePage(parent), m_system(system), m_probers(probers), m_job(probers), m_model(new ScratchModel(this)),
      m_proxy(new ScratchFilter(this)), m_chooser(new FolderChooser(probers, this)), m_sweep(sweep)
{
    m_proxy->setSourceModel(m_model);
    buildColumns();
    buildActions();
    buildLifeActions();
    m_banner = new Banner;
    connect(m_banner, &Banner::actionWanted, this, [this] {
        const auto does = m_bannerDoes; // it may say something itself
        say({});
        if (does)
            does();
    });
    m_stack = new QStackedWidget;
    m_stack->insertWidget(MessageView, buildMessage());
    m_stack->insertWidget(TableView, &table());
    QWidget* head = buildHead();
    m_stack->insertWidget(NothingView, buildNothing());
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_banner);
    layout->addWidget(head);
    layout->addWidget(m_stack, 1);

    m_minute.setInterval(kMinuteMilliseconds);
    connect(&m_minute, &QTimer::timeout, this, [this] { m_model->setNow(now()); });
    m_minute.start();
    m_statusTimer.setSingleShot(true);
    m_statusTimer.setInterval(kStatusMilliseconds);
    connect(&m_statusTimer, &QTimer::timeout, this, [this] {
        chooseView();
        updateStatus();
    });
    m_model->setNow(now());
    updateActions();
    if (m_sweep != nullptr) {
        connect(m_sweep, &SweepJob::finished, this, &ScratchPage::showSweep);
        if (m_sweep->isFinished())
            showSweep();
    }
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

void ScratchPage::setFilter(const QString& text)
{
    m_proxy->setFilterFixedString(text);
    chooseView();
    updateStatus();
}

QString ScratchPage::filterName() const
{
    return tr("Filter scratch directories");
}

QVariantMap ScratchPage::saveLayout() const
{
    return {{QStringLiteral("columns"), table().horizontalHeader()->saveState()},
            {QStringLiteral("folder"), QByteArray::fromStdString(m_lastFolder)},
            {QStringLiteral("lifetime"), QString::fromStdString(m_lastLifetime)},
            {QStringLiteral("state"), m_states->currentData()}};
}

void ScratchPage::restoreLayout(const QVariantMap& layout)
{
    table().horizontalHeader()->restoreState(layout.value(QStringLiteral("columns")).toByteArray());
    m_lastFolder = layout.value(QStringLiteral("folder")).toByteArray().toStdString();
    if (const QString lifetime = layout.value(QStringLiteral("lifetime")).toString(); !lifetime.isEmpty())
        m_lastLifetime = lifetime.toStdString();
    const QVariant state = layout.value(QStringLiteral("state"));
    m_states->setCurrentIndex(state.isValid() ? std::max(0, m_states->findData(state.toInt())) : 0);
}

void ScratchPage::shown()
{
    refresh();
    table().setFocus();
}

void ScratchPage::refresh()
{
    cancelInspections();
    m_job.cancel(m_listing);
    m_model->setNow(now());
    const quint64 run = ++m_run;
    m_listing = m_job.list(this, [this, run](const Result<std::vector<ScratchDirectory>>& answer) {
        if (run == m_run)
            showList(answer);
    });
    updateStatus();
}

void ScratchPage::showList(const Result<std::vector<ScratchDirectory>>& answer)
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
    for (const ScratchDirectory& directory : *answer)
        inspect(directory);
    if (answer->empty())
        showInvitation();
    chooseView();
    askSpaces();
    if (!m_selectWhenListed.empty()) {
        const auto& ids = m_model->order();
        const auto found = std::find(ids.begin(), ids.end(), std::exchange(m_selectWhenListed, {}));
        if (found != ids.end()) {
            const int row = static_cast<int>(found - ids.begin());
            table().setCurrentIndex(m_proxy->mapFromSource(m_model->index(row, ScratchModel::Name)));
        }
    }
    updateActions();
    updateStatus();
}

void ScratchPage::inspect(const ScratchDirectory& directory)
{
    m_model->setWaiting(directory.record.id);
    const std::string id = directory.record.id;
    const quint64 run = m_run;
    m_inspecting[id] = m_job.inspect(
        directory, ScratchJob::Look::Whole, this, [this, id, run](const Result<ScratchDirectory>& answer) {
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

void ScratchPage::chooseView()
{
    const bool any = m_model->rowCount() > 0;
    m_head->setVisible(any);
    if (any)
        m_stack->setCurrentIndex(m_proxy->rowCount() > 0 ? TableView : NothingView);
    updateTotals();
}

void ScratchPage::askSpaces()
{
    static_cast<void>(m_mounts.refresh()); // of the system's own list; a stale one is as good
    std::set<Path> places;
    for (const std::string& id : m_model->order())
        if (const ScratchDirectory* entry = m_model->entry(m_model->rowOf(id)))
            if (const Mount* mount = m_mounts.byPathText(entry->record.path))
                places.insert(mount->mountPoint);
    for (const Path& place : places) {
        m_probers.askFor(request::Space{place}, this, [this, place](const Result<SpaceAnswer>& answer) {
            if (!answer || !answer->totalBytes || !answer->availableBytes)
                return;
            m_spaces[place] = {*answer->totalBytes, *answer->availableBytes};
            updateTotals();
        });
    }
    updateTotals();
}

void ScratchPage::updateTotals()
{
    std::map<Path, DriveTotal> totals;
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const ScratchDirectory& entry = *m_model->entry(row);
        const Mount* mount = m_mounts.byPathText(entry.record.path);
        if (mount == nullptr || entry.state == ScratchState::Offline || entry.state == ScratchState::Lost ||
            entry.state == ScratchState::Elsewhere)
            continue;
        DriveTotal& total = totals[mount->mountPoint];
        total.scratchBytes += entry.record.measure ? entry.record.measure->bytes : 0;
        total.place = shownPath(mount->mountPoint);
        total.name = mount->mountPoint == "/" ? tr("System") : shownPath(baseName(mount->mountPoint));
        if (const auto space = m_spaces.find(mount->mountPoint); space != m_spaces.end()) {
            total.totalBytes = space->second.total;
            total.availableBytes = space->second.available;
        }
    }
    std::vector<DriveTotal> list;
    for (auto& [place, total] : totals)
        list.push_back(std::move(total));
    m_totals->setTotals(std::move(list));
}

void ScratchPage::say(const QString& text, const QString& action, std::function<void()> does)
{
    m_sentences.clear();
    m_bannerDoes = std::move(does);
    m_banner->say(text, action);
}

void ScratchPage::sayToo(const QString& text)
{
    constexpr qsizetype kMost = 6;
    QStringList sentences = m_sentences;
    sentences << text;
    say(sentences.size() > kMost ? (sentences.mid(0, kMost) << tr("…")).join(QLatin1Char('\n'))
                                 : sentences.join(QLatin1Char('\n')));
    m_sentences = std::move(sentences);
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

void ScratchPage::buildColumns()
{
    buildTable(m_proxy, new ScratchDelegate(this), tr("Scratch directories"));
    table().setObjectName(QStringLiteral("scratchTable"));
    setInitialColumns();
    table().setSortingEnabled(true);
    table().sortByColumn(ScratchModel::TimeLeft, Qt::AscendingOrder);
    connect(&table(), &QTableView::customContextMenuRequested, this, &ScratchPage::showContextMenu);
    connect(&table(), &QTableView::doubleClicked, this, &ScratchPage::openSelected);
    connect(table().selectionModel(), &QItemSelectionModel::selectionChanged, this, &ScratchPage::updateActions);
    connect(m_model, &QAbstractItemModel::dataChanged, this, [this] {
        updateActions();
        if (!m_statusTimer.isActive())
            m_statusTimer.start();
    });
}

void ScratchPage::setInitialColumns()
{
    const int digit = fontMetrics().horizontalAdvance(QLatin1Char('0'));
    QHeaderView* header = table().horizontalHeader();
    const std::pair<int, int> kWidths[] = {
        {ScratchModel::Name, 37}, {ScratchModel::State, 23},    {ScratchModel::Size, 11}, {ScratchModel::Files, 9},
        {ScratchModel::Age, 17},  {ScratchModel::TimeLeft, 23}, {ScratchModel::Note, 18}};
    for (const auto& [column, digits] : kWidths)
        header->resizeSection(column, digits * digit);
    header->setStretchLastSection(true);
}

QWidget* ScratchPage::buildHead()
{
    const std::pair<QString, ScratchState> kStates[] = {
        {tr("Active"), ScratchState::Active},       {tr("Busy"), ScratchState::Busy},
        {tr("Expired"), ScratchState::Expired},     {tr("Released"), ScratchState::Released},
        {tr("Offline"), ScratchState::Offline},     {tr("Lost"), ScratchState::Lost},
        {tr("Elsewhere"), ScratchState::Elsewhere}, {tr("Half removed"), ScratchState::HalfRemoved},
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
        m_proxy->setCondition(chosen.isValid() ? std::optional(static_cast<ScratchState>(chosen.toInt()))
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

void ScratchPage::buildActions()
{
    m_new = makeAction({"new", tr("&New scratch directory…"), tr("Make a private directory with a lifetime"),
                        QKeySequence(QKeySequence::New), Glyph::AddFolder},
                       this, &ScratchPage::createNew);
    m_open = makeAction(
        {"open", tr("&Open"), tr("Open in the file manager"), QKeySequence(Qt::CTRL | Qt::Key_O), Glyph::Open}, this,
        &ScratchPage::openSelected);
    m_copy = makeAction(
        {"copy", tr("&Copy path"), tr("Copy the path to the clipboard"), QKeySequence(QKeySequence::Copy), Glyph::Copy},
        this, &ScratchPage::copyPaths);
    m_cleanUp = makeAction({"cleanUp", tr("Clean &up…"), tr("See what would be removed, and remove it"),
                            QKeySequence(QKeySequence::Delete), Glyph::Remove},
                           this, &ScratchPage::cleanUpSelected);
    m_forget = makeAction({"forget",
                           tr("&Forget…"),
                           tr("Take what is lost, offline or elsewhere off this list; nothing on a disk is touched"),
                           {},
                           Glyph::Clear},
                          this, &ScratchPage::forgetSelected);
    m_forgetLost =
        makeAction({"forgetLost",
                    tr("Forget all that are &lost…"),
                    tr("Look at all, and take those off this list whose folder is gone or not ours any more"),
                    {},
                    {}},
                   this, &ScratchPage::forgetLost);
    m_again = makeAction({"again", tr("Look &again"), tr("Look at all scratch directories again"),
                          QKeySequence(QKeySequence::Refresh), Glyph::Again},
                         this, &ScratchPage::refresh);
}

void ScratchPage::buildLifeActions()
{
    m_extend = makeAction({"extend", tr("E&xtend"), tr("Its lifetime begins again, now"),
                           QKeySequence(Qt::CTRL | Qt::Key_E), Glyph::Clock},
                          this, &ScratchPage::extendSelected);
    m_extendBy = new QAction(tr("Extend &to"), this);
    m_extendBy->setObjectName(QStringLiteral("extendBy"));
    m_lifetimes = new QMenu(this);
    constexpr Nanoseconds kDay = 24 * 3600 * kNanosecondsPerSecond;
    const std::pair<QString, Lifetime> kLifetimes[] = {{tr("1 day from now"), kDay},
                                                       {tr("7 days from now"), 7 * kDay},
                                                       {tr("30 days from now"), 30 * kDay},
                                                       {tr("No end"), std::nullopt}};
    for (const auto& [words, lifetime] : kLifetimes)
        m_lifetimes->addAction(words, this, [this, lifetime = lifetime] { extendAll(selected(), lifetime); });
    m_extendBy->setMenu(m_lifetimes);
    m_pin = makeAction({"pin",
                        tr("&Pinned"),
                        tr("Keep it until it is unpinned, whatever its lifetime"),
                        QKeySequence(Qt::CTRL | Qt::Key_P),
                        {}},
                       this, &ScratchPage::pinSelected);
    m_pin->setCheckable(true);
    m_release = makeAction(
        {"release", tr("&Release"), tr("You are done with it; for a while it can still be restored"), {}, Glyph::Dash},
        this, &ScratchPage::releaseSelected);
    m_restore =
        makeAction({"restore", tr("Re&store"), tr("Bring a released directory back to its place"), {}, Glyph::Up}, this,
                   &ScratchPage::restoreSelected);
    m_find = makeAction({"find",
                         tr("&Find scratch directories…"),
                         tr("Look for them on a drive: after the list was lost, or on another computer's drive"),
                         {},
                         Glyph::Search},
                        this, &ScratchPage::findHere);
    m_log = makeAction(
        {"log", tr("What was done by itse&lf…"), tr("What was removed, kept or put off without being asked"), {}, {}},
        this, &ScratchPage::showLog);
}

QList<QAction*> ScratchPage::toolBarActions() const
{
    return {m_new, m_open, m_extend, m_release, m_restore, m_cleanUp};
}

QList<QAction*> ScratchPage::menuActions() const
{
    return grouped({{m_new, m_find, m_again, m_log, m_forgetLost},
                    {m_open, m_copy},
                    {m_extend, m_extendBy, m_pin, m_release, m_restore},
                    {m_cleanUp, m_forget}});
}

std::vector<ScratchDirectory> ScratchPage::selected() const
{
    std::vector<ScratchDirectory> entries;
    QModelIndexList rows = table().selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end());
    for (const QModelIndex& index : std::as_const(rows))
        if (const ScratchDirectory* entry = m_model->entry(m_proxy->mapToSource(index).row()))
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
    const auto allAre = [&](std::initializer_list<ScratchState> conditions) {
        return any && std::all_of(entries.begin(), entries.end(), [&](const ScratchDirectory& entry) {
                   return std::find(conditions.begin(), conditions.end(), entry.state) != conditions.end();
               });
    };
    using C = ScratchState;
    // Of one that is away, nobody can tell whether its removal goes on.
    const bool lives = allAre({C::Active, C::Expired, C::Busy, C::Offline}) &&
                       std::none_of(entries.begin(), entries.end(), [](const ScratchDirectory& one) {
                           return one.isHalfRemoved && one.state == C::Offline;
                       });
    m_extend->setEnabled(lives);
    m_extendBy->setEnabled(lives);
    m_pin->setEnabled(lives);
    m_pin->setChecked(any && std::all_of(entries.begin(), entries.end(),
                                         [](const ScratchDirectory& one) { return one.record.pinned; }));
    const bool isWhole =
        std::none_of(entries.begin(), entries.end(), [](const ScratchDirectory& one) { return one.isHalfRemoved; });
    m_release->setEnabled(isWhole && allAre({C::Active, C::Expired, C::Busy}));
    m_restore->setEnabled(allAre({C::Released}));
    m_forget->setEnabled(allAre({C::Lost, C::Offline, C::Elsewhere}));
    m_forgetLost->setEnabled(m_model->rowCount() > 0);
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
    if (!table().indexAt(at).isValid())
        return;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addActions(
        grouped({{m_open, m_copy}, {m_extend, m_extendBy, m_pin, m_release, m_restore}, {m_cleanUp, m_forget}}));
    menu->popup(table().viewport()->mapToGlobal(at));
}

void ScratchPage::createNew()
{
    auto* dialog = new CreateScratchDialog(m_probers, *m_chooser, m_lastFolder, m_lastLifetime, this);
    connect(dialog, &CreateScratchDialog::created, this, [this, dialog](const ScratchDirectory& directory) {
        m_lastFolder = dialog->wish().folder;
        m_lastLifetime = formatLifetime(dialog->wish().lifetime);
        m_selectWhenListed = directory.record.id;
        refresh();
    });
    dialog->open();
}

void ScratchPage::openSelected()
{
    const auto entries = selected();
    if (entries.size() != 1)
        return;
    openInFileManager(PortalChooser::sessionBus(), usablePath(entries.front()), this,
                      [this] { emit statusChanged(tr("No file manager was found to open it with"), 0, 0); });
}

void ScratchPage::copyPaths()
{
    std::vector<Path> paths;
    for (const ScratchDirectory& entry : selected())
        paths.push_back(usablePath(entry));
    if (paths.empty())
        return;
    gui::copyPaths(paths);
    emit statusChanged(tr("Copied"), 0, 0);
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
    open(new ForgetDialog(m_probers, selected(), ForgetDialog::Which::These, this));
}

void ScratchPage::forgetLost()
{
    std::vector<ScratchDirectory> all;
    for (int row = 0; row < m_model->rowCount(); ++row)
        all.push_back(*m_model->entry(row));
    open(new ForgetDialog(m_probers, std::move(all), ForgetDialog::Which::LostOnes, this));
}

void ScratchPage::open(ForgetDialog* dialog)
{
    connect(dialog, &ForgetDialog::forgotten, this, [this](const QString& problem) {
        if (!problem.isEmpty())
            say(problem);
    });
    connect(dialog, &QDialog::finished, this, &ScratchPage::refresh);
    dialog->open();
}

void ScratchPage::changed(const ScratchDirectory& entry, const QString& refusal, const Result<ScratchDirectory>& answer)
{
    if (!answer) {
        if (!isCancelled(answer.error()))
            sayToo(refusal.arg(leftToRight(QString::fromStdString(displayText(entry.record.name))),
                               errorSentence(answer.error())));
        updateActions(); // what was ticked is not so
        return;
    }
    m_model->setChanged(*answer);
    inspect(*answer);
    chooseView();
    updateActions();
}

void ScratchPage::altered(const ScratchDirectory& entry, const QString& refusal, const Result<Altered>& answer)
{
    changed(entry, refusal, answer.map([](const Altered& one) { return one.directory; }));
    if (!answer || answer->notWritten.empty())
        return;
    sayToo(
        tr("%1: Only this computer knows of it: its marker could not be written: %2")
            .arg(leftToRight(QString::fromStdString(displayText(entry.record.name))), reasonText(answer->notWritten)));
}

void ScratchPage::extendSelected()
{
    m_sentences.clear();
    for (const ScratchDirectory& entry : selected())
        extend(entry, entry.record.lifetime);
}

void ScratchPage::extendAll(const std::vector<ScratchDirectory>& entries, const Lifetime& lifetime)
{
    m_sentences.clear();
    for (const ScratchDirectory& entry : entries)
        extend(entry, lifetime);
}

void ScratchPage::extend(const ScratchDirectory& entry, const Lifetime& lifetime)
{
    m_job.extend(entry, lifetime, this, [this, entry](const Result<Altered>& answer) {
        altered(entry, tr("%1 was not extended. %2"), answer);
    });
}

void ScratchPage::pinSelected()
{
    m_sentences.clear();
    const bool pinned = m_pin->isChecked();
    for (const ScratchDirectory& entry : selected())
        m_job.setPinned(entry, pinned, this, [this, entry, pinned](const Result<Altered>& answer) {
            altered(entry, pinned ? tr("%1 was not pinned. %2") : tr("%1 was not unpinned. %2"), answer);
        });
}

void ScratchPage::releaseSelected()
{
    m_sentences.clear();
    for (const ScratchDirectory& entry : selected())
        release(entry, ScratchJob::InUse::Keep);
}

void ScratchPage::release(const ScratchDirectory& entry, ScratchJob::InUse inUse)
{
    const QString refusal = tr("%1 was not released. %2");
    m_job.release(entry, inUse, this, [this, entry, refusal](const Result<ScratchDirectory>& answer) {
        if (answer || answer.error().kind != ErrorKind::InUse) {
            changed(entry, refusal, answer);
            return;
        }
        say(refusal.arg(leftToRight(QString::fromStdString(displayText(entry.record.name))),
                        errorSentence(answer.error())),
            tr("Release all the same"), [this, entry] { release(entry, ScratchJob::InUse::RemoveAllTheSame); });
    });
}

void ScratchPage::restoreSelected()
{
    m_sentences.clear();
    for (const ScratchDirectory& entry : selected())
        m_job.restore(entry, this, [this, entry](const Result<Altered>& answer) {
            altered(entry, tr("%1 was not restored. %2"), answer);
        });
}

void ScratchPage::findHere()
{
    if (m_findChooser == nullptr) {
        m_findChooser = new FolderChooser(m_probers, this);
        connect(m_findChooser, &FolderChooser::chosen, this, [this](const std::vector<Path>& folders) {
            for (const Path& folder : folders)
                findIn(folder);
        });
    }
    ChooserRequest request;
    request.title = tr("Where to look for scratch directories");
    request.acceptLabel = tr("Look here");
    m_findChooser->choose(request);
}

void ScratchPage::findIn(const Path& folder)
{
    emit statusChanged(tr("Looking in %1…").arg(leftToRight(shownPath(folder))), 0, 0);
    m_job.find(folder, this, [this, folder](const Result<FindResult>& answer) {
        const QString where = leftToRight(shownPath(folder));
        if (!answer) {
            say(tr("%1 could not be looked through. %2").arg(where, errorSentence(answer.error())));
            return;
        }
        int added = 0;
        int left = 0;
        QString reason;
        for (const FoundScratch& one : answer->found) {
            if (one.status == FindStatus::Imported || one.status == FindStatus::Moved)
                ++added;
            if (one.status != FindStatus::Copy && one.status != FindStatus::NotOurs)
                continue;
            ++left;
            if (reason.isEmpty())
                reason = tr("%1: %2").arg(leftToRight(shownPath(one.path)), reasonText(one.reason));
        }
        QString text = answer->found.empty() ? tr("No scratch directory was found in %1.").arg(where)
                                             : tr("%n scratch directories were found in %1", nullptr,
                                                  static_cast<int>(answer->found.size()))
                                                       .arg(where) +
                                                   tr("; %n of them had to be added to the list.", nullptr, added);
        if (added > 0)
            text += QLatin1Char(' ') + tr("What was added has no end until you extend it.");
        if (left > 0)
            text += QLatin1Char('\n') + tr("%n are left alone.", nullptr, left) + QLatin1Char(' ') + reason;
        if (!answer->complete)
            text += QLatin1Char('\n') + tr("Not everything there could be looked at.");
        say(text);
        refresh();
    });
}

void ScratchPage::showLog()
{
    auto* dialog = new ScratchLogDialog(m_probers, this);
    dialog->open();
}

void ScratchPage::showSweep()
{
    const SweepResult& result = m_sweep->result();
    QStringList lines;
    if (!result.clock.empty())
        lines << tr("Nothing was removed by itself: %1").arg(reasonText(result.clock));
    if (!result.purged.empty())
        lines << tr("%n scratch directories whose time was over were removed (%1).", nullptr,
                    static_cast<int>(result.purged.size()))
                     .arg(shownBytes(result.purgedBytes));
    for (const SweepResult::Kept& kept : result.kept)
        lines << (kept.failed ? tr("%1 could not be removed: %2") : tr("%1 was kept: %2"))
                     .arg(leftToRight(QString::fromStdString(displayText(kept.directory.record.name))), kept.reason);
    for (const ScratchDirectory& entry : result.expiring)
        if (entry.expires)
            lines << tr("%1 ends in %2.")
                         .arg(leftToRight(QString::fromStdString(displayText(entry.record.name))),
                              shownSpan(std::max(*entry.expires - now(), Nanoseconds{0})));
    constexpr int kMostLines = 6;
    if (lines.size() > kMostLines)
        lines = lines.mid(0, kMostLines) << tr("…");
    if (lines.isEmpty())
        return;
    const QString text = lines.join(QLatin1Char('\n'));
    if (result.expiring.empty())
        say(text, tr("Show the log"), [this] { showLog(); });
    else
        say(text, tr("Extend"), [this, expiring = result.expiring] {
            for (const ScratchDirectory& entry : expiring)
                extend(entry, entry.record.lifetime);
        });
}

} // namespace scratchproof::gui
