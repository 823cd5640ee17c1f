// SPDX-License-Identifier: GPL-3.0-or-later

// What the Scratch page does when its actions are chosen.

#include "app/gui/jobs/copied_paths.h"
#include "app/gui/jobs/error_words.h"
#include "app/gui/jobs/file_manager.h"
#include "app/gui/jobs/sweep_job.h"
#include "app/gui/models/scratch_filter.h"
#include "app/gui/models/scratch_model.h"
#include "app/gui/pages/scratch_page.h"
#include "app/gui/widgets/clean_up_dialog.h"
#include "app/gui/widgets/create_scratch_dialog.h"
#include "app/gui/widgets/folder_chooser.h"
#include "app/gui/widgets/forget_dialog.h"
#include "app/gui/widgets/portal_chooser.h"
#include "app/gui/widgets/scratch_log_dialog.h"

#include <QMenu>
#include <QTableView>

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace scratchproof::gui {

namespace {

QAction* separator(QObject* parent)
{
    auto* action = new QAction(parent);
    action->setSeparator(true);
    return action;
}

} // namespace

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
    m_new = makeAction(tr("&New scratch directory…"), tr("Make a private directory with a lifetime"), QKeySequence::New,
                       &ScratchPage::createNew);
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
    m_forget = makeAction(tr("&Forget…"),
                          tr("Take what is lost, offline or elsewhere off this list; nothing on a disk is touched"), {},
                          &ScratchPage::forgetSelected);
    m_forget->setIcon(icon(Glyph::Clear));
    m_forgetLost = makeAction(tr("Forget all that are &lost…"),
                              tr("Look at all, and take those off this list whose folder is gone or not ours any more"),
                              {}, &ScratchPage::forgetLost);
    m_again = makeAction(tr("Look &again"), tr("Look at all scratch directories again"), QKeySequence::Refresh,
                         &ScratchPage::refresh);
    m_again->setIcon(icon(Glyph::Again));
}

void ScratchPage::buildLifeActions()
{
    m_extend = makeAction(tr("E&xtend"), tr("Its lifetime begins again, now"), QKeySequence(Qt::CTRL | Qt::Key_E),
                          &ScratchPage::extendSelected);
    m_extend->setIcon(icon(Glyph::Clock));
    m_extendBy = new QAction(tr("Extend &to"), this);
    m_lifetimes = new QMenu(this);
    const std::pair<QString, const char*> kLifetimes[] = {{tr("1 day from now"), "1d"},
                                                          {tr("7 days from now"), "7d"},
                                                          {tr("30 days from now"), "30d"},
                                                          {tr("No end"), "never"}};
    for (const auto& [words, lifetime] : kLifetimes)
        m_lifetimes->addAction(words, this,
                               [this, lifetime = std::string(lifetime)] { extendAll(selected(), lifetime); });
    m_extendBy->setMenu(m_lifetimes);
    m_pin = makeAction(tr("&Pinned"), tr("Keep it until it is unpinned, whatever its lifetime"),
                       QKeySequence(Qt::CTRL | Qt::Key_P), &ScratchPage::pinSelected);
    m_pin->setCheckable(true);
    m_release = makeAction(tr("&Release"), tr("You are done with it; for a while it can still be restored"), {},
                           &ScratchPage::releaseSelected);
    m_release->setIcon(icon(Glyph::Dash));
    m_restore = makeAction(tr("Re&store"), tr("Bring a released directory back to its place"), {},
                           &ScratchPage::restoreSelected);
    m_restore->setIcon(icon(Glyph::Up));
    m_find = makeAction(tr("&Find scratch directories…"),
                        tr("Look for them on a drive: after the list was lost, or on another computer's drive"), {},
                        &ScratchPage::findHere);
    m_find->setIcon(icon(Glyph::Search));
    m_log = makeAction(tr("What was done by itse&lf…"), tr("What was removed, kept or put off without being asked"), {},
                       &ScratchPage::showLog);
}

QList<QAction*> ScratchPage::toolBarActions() const
{
    return {m_new, m_open, m_extend, m_release, m_restore, m_cleanUp};
}

QList<QAction*> ScratchPage::menuActions() const
{
    return {m_new,     m_find,    m_again,          m_log,     m_forgetLost, separator(m_new),
            m_open,    m_copy,    separator(m_new), m_extend,  m_extendBy,   m_pin,
            m_release, m_restore, separator(m_new), m_cleanUp, m_forget};
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
    const auto allAre = [&](std::initializer_list<ScratchCondition> conditions) {
        return any && std::all_of(entries.begin(), entries.end(), [&](const ScratchEntry& entry) {
                   return std::find(conditions.begin(), conditions.end(), entry.condition) != conditions.end();
               });
    };
    using C = ScratchCondition;
    // Of one that is away, nobody can tell whether its removal goes on.
    const bool lives = allAre({C::Active, C::Expired, C::Busy, C::Offline}) &&
                       std::none_of(entries.begin(), entries.end(), [](const ScratchEntry& one) {
                           return one.halfRemoved && one.condition == C::Offline;
                       });
    m_extend->setEnabled(lives);
    m_extendBy->setEnabled(lives);
    m_pin->setEnabled(lives);
    m_pin->setChecked(any &&
                      std::all_of(entries.begin(), entries.end(), [](const ScratchEntry& one) { return one.pinned; }));
    const bool isWhole =
        std::none_of(entries.begin(), entries.end(), [](const ScratchEntry& one) { return one.halfRemoved; });
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
    if (!m_table->indexAt(at).isValid())
        return;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addActions({m_open, m_copy});
    menu->addSeparator();
    menu->addActions({m_extend, m_extendBy, m_pin});
    menu->addActions({m_release, m_restore});
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
    openInFileManager(PortalChooser::sessionBus(), usablePath(entries.front()), this,
                      [this] { emit statusChanged(tr("No file manager was found to open it with"), 0, 0); });
}

void ScratchPage::copyPaths()
{
    std::vector<Path> paths;
    for (const ScratchEntry& entry : selected())
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
    std::vector<ScratchEntry> all;
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

void ScratchPage::changed(const ScratchEntry& entry, const QString& refusal, const Result<ScratchEntry>& answer)
{
    if (!answer) {
        if (!isCancelled(answer.error()))
            sayToo(refusal.arg(leftToRight(QString::fromStdString(displayText(entry.name))),
                               errorSentence(answer.error())));
        updateActions(); // what was ticked is not so
        return;
    }
    m_model->setChanged(*answer);
    inspect(*answer);
    chooseView();
    updateActions();
}

void ScratchPage::altered(const ScratchEntry& entry, const QString& refusal, const Result<AlteredScratch>& answer)
{
    changed(entry, refusal, answer.map([](const AlteredScratch& one) { return one.directory; }));
    if (!answer || answer->notWritten.empty())
        return;
    sayToo(tr("%1: Only this computer knows of it: its marker could not be written: %2")
               .arg(leftToRight(QString::fromStdString(displayText(entry.name))),
                    QString::fromStdString(displayText(answer->notWritten))));
}

void ScratchPage::extendSelected()
{
    m_sentences.clear();
    for (const ScratchEntry& entry : selected())
        extend(entry, entry.lifetime.empty() ? m_lastLifetime : entry.lifetime);
}

void ScratchPage::extendAll(const std::vector<ScratchEntry>& entries, const std::string& lifetime)
{
    m_sentences.clear();
    for (const ScratchEntry& entry : entries)
        extend(entry, lifetime);
}

void ScratchPage::extend(const ScratchEntry& entry, const std::string& lifetime)
{
    m_job.extend(entry, lifetime, this, [this, entry](const Result<AlteredScratch>& answer) {
        altered(entry, tr("%1 was not extended. %2"), answer);
    });
}

void ScratchPage::pinSelected()
{
    m_sentences.clear();
    const bool pinned = m_pin->isChecked();
    for (const ScratchEntry& entry : selected())
        m_job.setPinned(entry, pinned, this, [this, entry, pinned](const Result<AlteredScratch>& answer) {
            altered(entry, pinned ? tr("%1 was not pinned. %2") : tr("%1 was not unpinned. %2"), answer);
        });
}

void ScratchPage::releaseSelected()
{
    m_sentences.clear();
    for (const ScratchEntry& entry : selected())
        release(entry, ScratchJob::InUse::Leave);
}

void ScratchPage::release(const ScratchEntry& entry, ScratchJob::InUse inUse)
{
    const QString refusal = tr("%1 was not released. %2");
    m_job.release(entry, inUse, this, [this, entry, refusal](const Result<ScratchEntry>& answer) {
        if (answer || answer.error().operation != "in-use") {
            changed(entry, refusal, answer);
            return;
        }
        say(refusal.arg(leftToRight(QString::fromStdString(displayText(entry.name))), errorSentence(answer.error())),
            tr("Release all the same"), [this, entry] { release(entry, ScratchJob::InUse::ReleaseAllTheSame); });
    });
}

void ScratchPage::restoreSelected()
{
    m_sentences.clear();
    for (const ScratchEntry& entry : selected())
        m_job.restore(entry, this, [this, entry](const Result<AlteredScratch>& answer) {
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
    m_job.find(folder, this, [this, folder](const Result<FoundDirectories>& answer) {
        const QString where = leftToRight(shownPath(folder));
        if (!answer) {
            say(tr("%1 could not be looked through. %2").arg(where, errorSentence(answer.error())));
            return;
        }
        int added = 0;
        int left = 0;
        QString reason;
        for (const FoundDirectory& one : answer->found) {
            if (one.status == "imported" || one.status == "moved")
                ++added;
            if (one.status != "copy" && one.status != "not-ours")
                continue;
            ++left;
            if (reason.isEmpty())
                reason =
                    tr("%1: %2").arg(leftToRight(shownPath(one.path)), QString::fromStdString(displayText(one.reason)));
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
        lines << tr("Nothing was removed by itself: %1").arg(QString::fromStdString(displayText(result.clock)));
    if (!result.purged.empty())
        lines << tr("%n scratch directories whose time was over were removed (%1).", nullptr,
                    static_cast<int>(result.purged.size()))
                     .arg(shownBytes(result.purgedBytes));
    for (const SweepResult::Kept& kept : result.kept)
        lines << (kept.failed ? tr("%1 could not be removed: %2") : tr("%1 was kept: %2"))
                     .arg(leftToRight(QString::fromStdString(displayText(kept.directory.name))), kept.reason);
    for (const ScratchEntry& entry : result.expiring)
        if (entry.expires)
            lines << tr("%1 ends in %2.")
                         .arg(leftToRight(QString::fromStdString(displayText(entry.name))),
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
            for (const ScratchEntry& entry : expiring)
                extend(entry, entry.lifetime.empty() ? m_lastLifetime : entry.lifetime);
        });
}

} // namespace scratchproof::gui
