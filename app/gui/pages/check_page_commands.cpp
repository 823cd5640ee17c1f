// SPDX-License-Identifier: GPL-3.0-or-later
// The Check page: what the user can have it do.
#include "app/gui/jobs/copied_paths.h"
#include "app/gui/jobs/file_manager.h"
#include "app/gui/jobs/report_writer.h"
#include "app/gui/jobs/rows_text.h"
#include "app/gui/jobs/typed_path.h"
#include "app/gui/pages/check_page.h"
#include "app/gui/widgets/check_as_dialog.h"
#include "app/gui/widgets/details_pane.h"
#include "app/gui/widgets/details_parts.h"
#include "app/gui/widgets/empty_state.h"
#include "app/gui/widgets/folder_chooser.h"
#include "app/gui/widgets/icons.h"
#include "app/gui/widgets/places_panel.h"
#include "app/gui/widgets/portal_chooser.h"
#include "app/gui/widgets/remote_folder_dialog.h"
#include "app/gui/widgets/words.h"

#include <QActionGroup>
#include <QClipboard>
#include <QDate>
#include <QDragEnterEvent>
#include <QGuiApplication>
#include <QHeaderView>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QTableView>

#include <algorithm>

namespace scratchproof::gui {

void CheckPage::buildActions()
{
    const auto make = [this](Glyph glyph, const QString& text, const QKeySequence& keys) {
        auto* action = new QAction(icon(glyph), text, this);
        action->setShortcut(keys);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        if (!keys.isEmpty())
            action->setToolTip(QStringLiteral("%1 (%2)").arg(text, keys.toString(QKeySequence::NativeText)));
        addAction(action);
        return action;
    };
    m_actions.add = make(Glyph::AddFolder, tr("Add folders"), QKeySequence(QKeySequence::Open));
    m_actions.remote = make(Glyph::AddFolder, tr("Add a folder of another computer\u2026"),
                            QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O));
    m_actions.checkAll = make(Glyph::Play, tr("Check all"), QKeySequence(Qt::CTRL | Qt::Key_R));
    m_actions.stop = make(Glyph::Stop, tr("Stop"), QKeySequence(Qt::CTRL | Qt::Key_Period));
    for (QAction* action : {m_actions.add, m_actions.remote, m_actions.checkAll, m_actions.stop})
        action->setShortcutContext(Qt::WindowShortcut);
    m_actions.again = make(Glyph::Again, tr("Check again"), QKeySequence(Qt::Key_F5));
    m_actions.checkAs = make(Glyph::User, tr("Check as another user\u2026"), {});
    m_actions.remove = make(Glyph::Remove, tr("Remove from the list"), QKeySequence(QKeySequence::Delete));
    m_actions.copy = make(Glyph::Copy, tr("Copy rows"), QKeySequence(QKeySequence::Copy));
    m_actions.copyDiagnosis = make(Glyph::Copy, tr("Copy diagnosis"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C));
    m_actions.copyMarkdown = make(Glyph::Copy, tr("Copy rows as Markdown"), {});
    m_actions.copyPath = make(Glyph::Copy, tr("Copy path"), {});
    m_actions.paste = make(Glyph::AddFolder, tr("Paste a list of folders"), QKeySequence(QKeySequence::Paste));
    m_actions.favourite = make(Glyph::Star, tr("Add to favourites"), QKeySequence(Qt::CTRL | Qt::Key_D));
    m_actions.exportJson = make(Glyph::Export, tr("Export as JSON\u2026"), QKeySequence(Qt::CTRL | Qt::Key_E));
    for (int i = 0; i < 3; ++i) {
        auto* separator = new QAction(this);
        separator->setSeparator(true);
        m_actions.separators << separator;
    }
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
            paths.push_back(row->asker.isRemote() ? toString(row->asker) + ":" + row->folder : row->folder);
        copyPaths(paths);
        if (!paths.empty())
            say(tr("Rows copied: %L1").arg(paths.size()));
    });
    connect(m_actions.paste, &QAction::triggered, this, &CheckPage::pasteFolders);
    connect(m_actions.favourite, &QAction::triggered, this, [this] {
        for (const CheckRow* row : selectedRows())
            if (!row->asker.isRemote())
                m_places->addFavourite(row->folder);
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
    return {m_actions.remote,        m_actions.paste,        m_actions.again,         m_actions.checkAs,
            m_actions.remove,        m_actions.favourite,    m_actions.separators[0], m_actions.copy,
            m_actions.copyDiagnosis, m_actions.copyMarkdown, m_actions.exportJson,    m_actions.separators[1],
            m_actions.quick,         m_actions.standard,     m_actions.full};
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
        if (address && address->asker.isRemote() && address->asker.user.empty() && address->folder.front() != '/')
            address = folderAddress(folder, base, Colons::AreNames);
        if (address && !address->folder.empty())
            addresses.push_back(std::move(*address));
        else
            say(tr("Left out, since it names neither a folder here nor one as user@host:/folder: %1")
                    .arg(shortened(gui::shown(folder), 80)));
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
        if (!row->asker.isRemote())
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
    connect(m_chooser, &FolderChooser::ownPickerOpened, this, [this] { m_ownPicker = true; });
    connect(m_chooser, &FolderChooser::chosen, this, [this](const std::vector<Path>& paths) {
        if (!m_choosingExport)
            addFolders(paths);
        else if (!paths.empty())
            exportTo(paths.front(), !m_ownPicker); // the desktop's own dialog has asked already
    });
    return *m_chooser;
}

void CheckPage::chooseFolders()
{
    m_choosingExport = m_ownPicker = false;
    ChooserRequest request;
    request.title = tr("Add folders to check");
    chooser().choose(request);
}

void CheckPage::chooseExport()
{
    m_choosingExport = true;
    m_ownPicker = false;
    ChooserRequest request;
    request.kind = ChooserRequest::Kind::SaveFile;
    request.title = tr("Export the report");
    request.fileName = QStringLiteral("scratchproof-%1.json").arg(QDate::currentDate().toString(Qt::ISODate));
    chooser().choose(request);
}

void CheckPage::exportTo(const Path& file, bool replace)
{
    std::vector<std::shared_ptr<const Check>> checks;
    for (const RowId id : m_model->allIds())
        if (const CheckRow* row = m_model->find(id); row && row->check)
            checks.push_back(row->check);
    ReportWriter* writer = ReportWriter::start(m_system, m_probers.program(), std::move(checks), file, replace);
    connect(writer, &ReportWriter::finished, this, [this, file](ReportWriter::Outcome outcome, const QString& reason) {
        if (outcome == ReportWriter::Outcome::Written) {
            say(tr("The report was saved."));
        } else {
            auto* box = new QMessageBox(QMessageBox::Warning, tr("Export the report"), {}, QMessageBox::Cancel, this);
            box->setAttribute(Qt::WA_DeleteOnClose);
            box->setTextFormat(Qt::PlainText);
            if (outcome == ReportWriter::Outcome::Exists) {
                box->setText(tr("There is a file of this name already. Replace it?"));
                QPushButton* button = box->addButton(tr("Replace"), QMessageBox::DestructiveRole);
                box->setDefaultButton(QMessageBox::Cancel);
                connect(box, &QMessageBox::buttonClicked, this, [this, button, file](QAbstractButton* clicked) {
                    if (clicked == static_cast<QAbstractButton*>(button))
                        exportTo(file, true);
                });
            } else {
                box->setText(tr("The report could not be saved. %1").arg(reason));
            }
            box->open();
        }
        emit exported(outcome == ReportWriter::Outcome::Written, reason);
    });
}

std::vector<RowId> CheckPage::selectedIds() const
{
    std::vector<int> rows;
    for (const QItemSelectionRange& range : m_table->selectionModel()->selection())
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
    menu->addActions({m_actions.again, m_actions.checkAs, m_actions.separators[0], m_actions.copyDiagnosis,
                      m_actions.copy, m_actions.copyMarkdown, m_actions.copyPath, m_actions.separators[1],
                      m_actions.favourite, m_actions.remove});
    menu->popup(m_table->viewport()->mapToGlobal(where));
}

void CheckPage::showColumnMenu(const QPoint& where)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    QHeaderView* header = m_table->horizontalHeader();
    for (int column = CheckModel::VerdictColumn; column < CheckModel::ColumnCount; ++column) {
        QAction* action = menu->addAction(m_model->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
        action->setCheckable(true);
        action->setChecked(!header->isSectionHidden(column));
        connect(action, &QAction::toggled, header,
                [header, column](bool on) { header->setSectionHidden(column, !on); });
    }
    menu->popup(header->mapToGlobal(where));
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
