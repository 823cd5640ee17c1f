// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/check_page.h"

#include "app/gui/check/check_as_dialog.h"
#include "app/gui/check/check_delegate.h"
#include "app/gui/check/details_pane.h"
#include "app/gui/check/details_parts.h"
#include "app/gui/check/places_panel.h"
#include "app/gui/check/remote_folder_dialog.h"
#include "app/gui/check/rows_text.h"
#include "app/gui/desktop/file_manager.h"
#include "app/gui/kit/banner.h"
#include "app/gui/kit/cell_painting.h"
#include "app/gui/kit/copied_paths.h"
#include "app/gui/kit/empty_state.h"
#include "app/gui/kit/error_words.h"
#include "app/gui/kit/icons.h"
#include "app/gui/kit/typed_path.h"
#include "app/gui/kit/words.h"
#include "app/gui/picker/file_saver.h"
#include "app/gui/picker/folder_chooser.h"
#include "app/gui/picker/portal_chooser.h"
#include "core/facts/own_powers.h"

#include <QActionGroup>
#include <QClipboard>
#include <QDate>
#include <QDragEnterEvent>
#include <QGuiApplication>
#include <QHeaderView>
#include <QMenu>
#include <QMimeData>
#include <QScrollArea>
#include <QScrollBar>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>
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
    : TablePage(parent), m_system(system), m_probers(probers), m_model(new CheckModel(this)),
      m_job(new CheckJob(probers, *m_model, this))
{
    setAcceptDrops(true);
    buildActions();
    buildColumns();
    buildLayout();
    wire();
    updateState();
}

CheckPage::~CheckPage() = default;

void CheckPage::buildColumns()
{
    buildTable(m_model, new CheckDelegate(this), tr("Folders"));
    table().setAccessibleDescription(tr("The folders that were added, with their verdicts"));
    QHeaderView* header = table().horizontalHeader();
    header->setSortIndicatorClearable(true);
    for (int column = 0; column < CheckModel::ColumnCount; ++column)
        header->resizeSection(column, columnWidth(column, table().fontMetrics()));
    header->setSectionResizeMode(CheckModel::ReasonColumn, QHeaderView::Stretch);
    header->setSortIndicator(-1, Qt::AscendingOrder);
    table().setSortingEnabled(true);
    // In a low window the details take no more than what three rows leave.
    constexpr int kRowsAtLeast = 3;
    table().setMinimumHeight(header->sizeHint().height() + kRowsAtLeast * rowHeightFor(table().font()));
    for (QAction* action : {m_actions.again, m_actions.remove, m_actions.copy, m_actions.copyPath})
        table().addAction(action);
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
    m_down->addWidget(&table());
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
    connect(table().selectionModel(), &QItemSelectionModel::currentRowChanged, &m_detailsTimer,
            qOverload<>(&QTimer::start));
    connect(table().selectionModel(), &QItemSelectionModel::selectionChanged, this, &CheckPage::updateState);
    connect(&table(), &QWidget::customContextMenuRequested, this, &CheckPage::showTableMenu);
    connect(&table(), &QTableView::activated, this, [this] { m_actions.again->trigger(); });
    connect(m_details, &DetailsPane::copied, this, &CheckPage::say);
    connect(m_details, &DetailsPane::openWanted, this, &CheckPage::openFolder);
    connect(m_details, &DetailsPane::verifyWanted, this, &CheckPage::verifyWanted);
    connect(m_details, &DetailsPane::checkAsWanted, this,
            [this](const Path& folder, const QString& user) { checkAs({folder}, user); });
    connect(m_banner, &Banner::actionWanted, this, [this] {
        std::vector<Path> folders;
        for (const RowId id : m_model->allIds())
            if (const CheckRow* row = m_model->find(id); row && row->runAs.isHere())
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
    m_banner->say(words, tr("Check as %1").arg(shortened(shownPath(m_caller), 40)));
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
    return {{QStringLiteral("columns"), table().horizontalHeader()->saveState()},
            {QStringLiteral("across"), m_across->saveState()},
            {QStringLiteral("down"), m_down->saveState()},
            {QStringLiteral("level"), QString::fromUtf8(toString(m_job->level()).data())},
            {QStringLiteral("favourites"), favourites}};
}

void CheckPage::restoreLayout(const QVariantMap& layout)
{
    table().horizontalHeader()->restoreState(layout.value(QStringLiteral("columns")).toByteArray());
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
    const QModelIndex current = table().currentIndex();
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
        table().selectionModel()->setCurrentIndex(m_model->index(row, 0), QItemSelectionModel::NoUpdate);
    table().selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
    m_detailsTimer.start();
}

void CheckPage::select(RowId id)
{
    const int row = m_model->viewRowOf(id);
    if (row < 0)
        return;
    // Not selectRow(): before the first layout it finds no column in a right-to-left window.
    table().selectionModel()->setCurrentIndex(m_model->index(row, CheckModel::FolderColumn),
                                              QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    table().scrollTo(m_model->index(row, 0));
}

void CheckPage::showDetails()
{
    const QModelIndex current = table().currentIndex();
    m_details->setRow(current.isValid() ? &m_model->at(current.row()) : nullptr);
}

void CheckPage::updateState()
{
    const bool any = m_model->total() > 0;
    m_stack->setCurrentIndex(any ? 1 : 0);
    const bool running = m_job->isRunning();
    const bool selected = table().selectionModel()->hasSelection();
    m_actions.checkAll->setEnabled(any);
    m_actions.stop->setEnabled(running);
    m_actions.exportJson->setEnabled(any);
    m_banner->setActionEnabled(any);
    for (QAction* action : {m_actions.again, m_actions.checkAs, m_actions.remove, m_actions.copy,
                            m_actions.copyDiagnosis, m_actions.copyMarkdown, m_actions.copyPath, m_actions.favourite})
        action->setEnabled(selected);
    m_actions.verify->setEnabled(isAnyHereSelected());
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
            parts << QStringLiteral("%1: %L2").arg(inReport(wordOf(verdict))).arg(count);
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

void CheckPage::buildActions()
{
    const auto make = [this](const char* name, Glyph glyph, const QString& text, const QKeySequence& keys) {
        return makeAction({name, text, {}, keys, glyph});
    };
    m_actions.add = make("add", Glyph::AddFolder, tr("Add folders"), QKeySequence(QKeySequence::Open));
    m_actions.remote = make("remote", Glyph::AddFolder, tr("Add a folder of another computer\u2026"),
                            QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O));
    m_actions.checkAll = make("checkAll", Glyph::Play, tr("Check all"), QKeySequence(Qt::CTRL | Qt::Key_R));
    m_actions.stop = make("stop", Glyph::Stop, tr("Stop"), QKeySequence(Qt::CTRL | Qt::Key_Period));
    for (QAction* action : {m_actions.add, m_actions.remote, m_actions.checkAll, m_actions.stop})
        action->setShortcutContext(Qt::WindowShortcut);
    m_actions.again = make("again", Glyph::Again, tr("Check again"), QKeySequence(Qt::Key_F5));
    m_actions.checkAs = make("checkAs", Glyph::User, tr("Check as another user\u2026"), {});
    m_actions.remove = make("remove", Glyph::Remove, tr("Remove from the list"), QKeySequence(QKeySequence::Delete));
    m_actions.copy = make("copy", Glyph::Copy, tr("Copy rows"), QKeySequence(QKeySequence::Copy));
    m_actions.copyDiagnosis =
        make("copyDiagnosis", Glyph::Copy, tr("Copy diagnosis"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C));
    m_actions.copyMarkdown = make("copyMarkdown", Glyph::Copy, tr("Copy rows as Markdown"), {});
    m_actions.copyPath = make("copyPath", Glyph::Copy, tr("Copy path"), {});
    m_actions.paste = make("paste", Glyph::AddFolder, tr("Paste a list of folders"), QKeySequence(QKeySequence::Paste));
    m_actions.favourite = make("favourite", Glyph::Star, tr("Add to favourites"), QKeySequence(Qt::CTRL | Qt::Key_D));
    m_actions.verify = make("verify", Glyph::Drive, tr("Verify this drive\u2026"), {});
    m_actions.exportJson =
        make("exportJson", Glyph::Export, tr("Export as JSON\u2026"), QKeySequence(Qt::CTRL | Qt::Key_E));
    buildLevelActions();

    connect(m_actions.add, &QAction::triggered, this, &CheckPage::chooseFolders);
    connect(m_actions.remote, &QAction::triggered, this, &CheckPage::askForRemoteFolder);
    connect(m_actions.checkAll, &QAction::triggered, this, [this] { m_job->check(m_model->allIds()); });
    connect(m_actions.stop, &QAction::triggered, m_job, &CheckJob::stop);
    connect(m_actions.again, &QAction::triggered, this, [this] { m_job->check(selectedIds()); });
    connect(m_actions.checkAs, &QAction::triggered, this, &CheckPage::chooseUser);
    connect(m_actions.remove, &QAction::triggered, this, [this] { m_job->remove(selectedIds()); });
    connect(m_actions.copy, &QAction::triggered, this, [this] { copyRows(rowsAsTsv); });
    connect(m_actions.copyDiagnosis, &QAction::triggered, this, &CheckPage::copyDiagnoses);
    connect(m_actions.copyMarkdown, &QAction::triggered, this, [this] { copyRows(rowsAsMarkdown); });
    connect(m_actions.copyPath, &QAction::triggered, this, [this] {
        std::vector<Path> paths;
        for (const CheckRow* row : selectedRows())
            paths.push_back(row->runAs.isRemote() ? toString(row->runAs) + ":" + row->folder : row->folder);
        copyPaths(paths);
        if (!paths.empty())
            say(tr("Rows copied: %L1").arg(paths.size()));
    });
    connect(m_actions.paste, &QAction::triggered, this, &CheckPage::pasteFolders);
    connect(m_actions.favourite, &QAction::triggered, this, [this] {
        for (const CheckRow* row : selectedRows())
            if (!row->runAs.isRemote())
                m_places->addFavourite(row->folder);
    });
    connect(m_actions.verify, &QAction::triggered, this, [this] {
        for (const CheckRow* row : selectedRows())
            if (!row->runAs.isRemote())
                return emit verifyWanted(row->folder);
    });
    connect(m_actions.exportJson, &QAction::triggered, this, &CheckPage::chooseExport);
}

void CheckPage::buildLevelActions()
{
    m_levels = new QActionGroup(this);
    m_actions.quick = m_levels->addAction(tr("Quick check: create and delete only"));
    m_actions.standard = m_levels->addAction(tr("Standard check: write, sync, read back, rename"));
    m_actions.full = m_levels->addAction(tr("Full check: also what else the folder can do"));
    for (QAction* action : {m_actions.quick, m_actions.standard, m_actions.full})
        action->setCheckable(true);
    m_actions.quick->setObjectName(QStringLiteral("quick"));
    m_actions.standard->setObjectName(QStringLiteral("standard"));
    m_actions.full->setObjectName(QStringLiteral("full"));
    m_actions.standard->setChecked(true);
    connect(m_levels, &QActionGroup::triggered, this, [this](QAction* chosen) {
        setLevel(chosen == m_actions.quick ? Level::Quick : chosen == m_actions.full ? Level::Full : Level::Standard);
    });
}

void CheckPage::setLevel(Level level)
{
    (level == Level::Quick  ? m_actions.quick
     : level == Level::Full ? m_actions.full
                            : m_actions.standard)
        ->setChecked(true);
    m_job->setLevel(level);
}

QList<QAction*> CheckPage::toolBarActions() const
{
    return {m_actions.add, m_actions.checkAll, m_actions.stop};
}

QList<QAction*> CheckPage::menuActions() const
{
    const Actions& does = m_actions;
    return grouped({{does.remote, does.paste, does.again, does.checkAs, does.verify, does.remove, does.favourite},
                    {does.copy, does.copyDiagnosis, does.copyMarkdown, does.exportJson},
                    {does.quick, does.standard, does.full}});
}

void CheckPage::addFolders(const std::vector<Path>& folders)
{
    // Without a working directory (it was removed) a relative path names nothing.
    const Path base = workingDirectory().value_or(Path());
    std::vector<FolderAddress> addresses;
    addresses.reserve(folders.size());
    for (const Path& folder : folders) {
        auto address = folderAddress(folder, base);
        // A shell's `*` hands over names with colons: without a user and a whole path it is a folder here.
        if (address && address->runAs.isRemote() && address->runAs.user.empty() && address->folder.front() != '/')
            address = folderAddress(folder, base, Colons::AreNames);
        if (address && !address->folder.empty())
            addresses.push_back(std::move(*address));
        else
            say(tr("Left out, since it names neither a folder here nor one as user@host:/folder: %1")
                    .arg(shortened(shownPath(folder), 80)));
    }
    m_job->addAndCheck(addresses);
}

void CheckPage::checkAs(const std::vector<Path>& folders, const QString& user)
{
    m_otherUser = user;
    std::vector<FolderAddress> addresses;
    for (const Path& folder : folders)
        addresses.push_back({{user.toStdString(), {}}, folder});
    m_job->addAndCheck(addresses);
}

void CheckPage::askForRemoteFolder()
{
    auto* dialog = new RemoteFolderDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] { m_job->addAndCheck({dialog->address()}); });
    dialog->open();
}

void CheckPage::chooseUser()
{
    std::vector<Path> folders;
    for (const CheckRow* row : selectedRows())
        if (!row->runAs.isRemote())
            folders.push_back(row->folder);
    if (folders.empty())
        return;
    auto* dialog = new CheckAsDialog(static_cast<qsizetype>(folders.size()), m_otherUser, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog, folders] { checkAs(folders, dialog->user()); });
    dialog->open();
}

void CheckPage::addFrom(const QMimeData& mime)
{
    const GivenPaths given =
        pathsFromMime(mime, workingDirectory().value_or(Path("/")), environmentVariable("HOME").value_or(Path("/")));
    m_job->addAndCheck(given.folders);
    if (given.others > 0)
        say(tr("Addresses left out: %L1. Only folders that are mounted here can be checked.").arg(given.others));
    else if (given.folders.empty())
        say(tr("There is no path on the clipboard."));
}

void CheckPage::pasteFolders()
{
    if (const QMimeData* mime = QGuiApplication::clipboard()->mimeData())
        addFrom(*mime);
}

FolderChooser& CheckPage::chooser()
{
    if (m_chooser)
        return *m_chooser;
    m_chooser = new FolderChooser(m_probers, this);
    connect(m_chooser, &FolderChooser::chosen, this, &CheckPage::addFolders);
    return *m_chooser;
}

void CheckPage::chooseFolders()
{
    ChooserRequest request;
    request.title = tr("Add folders to check");
    chooser().choose(request);
}

FileSaver::Content CheckPage::report() const
{
    std::vector<std::shared_ptr<const Check>> checks;
    for (const RowId id : m_model->allIds())
        if (const CheckRow* row = m_model->find(id); row && row->check)
            checks.push_back(row->check);
    return [&system = m_system, checks = std::move(checks)] { return reportOf(system, checks); };
}

FileSaver& CheckPage::saver()
{
    if (!m_saver) {
        m_saver = new FileSaver(m_system, m_probers, this);
        connect(m_saver, &FileSaver::saved, this, [this](bool written, const QString& reason) {
            if (written)
                say(tr("The report was saved."));
            emit exported(written, reason);
        });
    }
    return *m_saver;
}

void CheckPage::chooseExport()
{
    saver().save(tr("Export the report"),
                 QStringLiteral("scratchproof-%1.json").arg(QDate::currentDate().toString(Qt::ISODate)), report());
}

void CheckPage::exportTo(const Path& file, bool replace)
{
    saver().saveTo(file, replace, tr("Export the report"), report());
}

std::vector<RowId> CheckPage::selectedIds() const
{
    std::vector<int> rows;
    for (const QItemSelectionRange& range : table().selectionModel()->selection())
        for (int row = range.top(); row <= range.bottom(); ++row)
            rows.push_back(row);
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    std::vector<RowId> ids;
    ids.reserve(rows.size());
    for (const int row : rows)
        ids.push_back(m_model->at(row).id);
    return ids;
}

/// Asked at every answer, so no list of all of them is made.
bool CheckPage::isAnyHereSelected() const
{
    for (const QItemSelectionRange& range : table().selectionModel()->selection())
        for (int row = range.top(); row <= range.bottom(); ++row)
            if (!m_model->at(row).runAs.isRemote())
                return true;
    return false;
}

std::vector<const CheckRow*> CheckPage::selectedRows() const
{
    std::vector<const CheckRow*> rows;
    for (const RowId id : selectedIds())
        rows.push_back(m_model->find(id));
    return rows;
}

void CheckPage::copyRows(QString (*format)(const std::vector<const CheckRow*>&))
{
    const std::vector<const CheckRow*> rows = selectedRows();
    if (rows.empty())
        return;
    QGuiApplication::clipboard()->setText(format(rows));
    say(tr("Rows copied: %L1").arg(rows.size()));
}

void CheckPage::copyDiagnoses()
{
    // As a mail or a ticket takes it; all of ten thousand would be no diagnosis but a report.
    constexpr int kMost = 200;
    QStringList texts;
    int left = 0;
    for (const CheckRow* row : selectedRows()) {
        if (!row->check)
            continue;
        if (texts.size() < kMost)
            texts << diagnosisMarkdown(*row->check);
        else
            ++left;
    }
    if (texts.isEmpty()) {
        say(tr("There is no diagnosis yet."));
        return;
    }
    QGuiApplication::clipboard()->setText(texts.join(QLatin1Char('\n')));
    if (left > 0)
        say(tr("Diagnoses copied: %L1. Left out: %L2; export all as a report.").arg(texts.size()).arg(left));
    else
        say(texts.size() == 1 ? tr("The diagnosis was copied.") : tr("Diagnoses copied: %L1").arg(texts.size()));
}

void CheckPage::openFolder(const Path& folder)
{
    openInFileManager(PortalChooser::sessionBus(), folder, this,
                      [this] { say(tr("No file manager was found to open it with.")); });
}

void CheckPage::showTableMenu(const QPoint& where)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const Actions& does = m_actions;
    menu->addActions(grouped({{does.again, does.checkAs, does.verify},
                              {does.copyDiagnosis, does.copy, does.copyMarkdown, does.copyPath},
                              {does.favourite, does.remove}}));
    menu->popup(table().viewport()->mapToGlobal(where));
}

void CheckPage::dragEnterEvent(QDragEnterEvent* event)
{
    if (!event->mimeData()->hasUrls() && !event->mimeData()->hasText())
        return;
    event->acceptProposedAction();
    m_empty->setDropping(true);
}

void CheckPage::dragLeaveEvent(QDragLeaveEvent*)
{
    m_empty->setDropping(false);
}

void CheckPage::dropEvent(QDropEvent* event)
{
    m_empty->setDropping(false);
    event->acceptProposedAction();
    addFrom(*event->mimeData());
}

} // namespace scratchproof::gui
