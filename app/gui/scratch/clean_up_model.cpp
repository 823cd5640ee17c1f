// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/scratch/clean_up_model.h"

#include "app/gui/kit/error_words.h"

#include <QStringList>

#include <algorithm>
#include <iterator>
#include <utility>

namespace scratchproof::gui {

namespace {

QString shownText(const std::string& text)
{
    return QString::fromStdString(displayText(text));
}

const Measure& measureOf(const CleanUpModel::Item& item)
{
    return item.preview->content.measure;
}

QString userText(const UserOfDirectory& user)
{
    const QString name = shownText(user.name);
    if (user.pid != 0)
        return CleanUpModel::tr("%1 (process %2)").arg(name).arg(user.pid);
    if (user.how == Use::LoopDevice)
        return CleanUpModel::tr("the loop device of %1").arg(leftToRight(name));
    if (user.how == Use::SwapFile)
        return CleanUpModel::tr("the system, as swap file %1").arg(leftToRight(name));
    return user.how == Use::Mount ? CleanUpModel::tr("the mount at %1").arg(leftToRight(name)) : name;
}

QString noteText(const ScratchDirectory& directory)
{
    const QString note = shownText(directory.record.note);
    // Of a released one it says nothing: that goes in any case.
    const bool pinned = directory.record.pinned && directory.state != ScratchState::Released;
    if (pinned)
        return note.isEmpty() ? CleanUpModel::tr("Pinned") : CleanUpModel::tr("Pinned. Note: %1").arg(note);
    return note.isEmpty() ? note : CleanUpModel::tr("Note: %1").arg(note);
}

bool liesIn(const Path& path, const Path& folder)
{
    return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

QString resultText(const Cleaned& result)
{
    if (!result.staysRegistered)
        return CleanUpModel::tr("It is gone, or another program removes it at this moment.");
    if (result.cancelled)
        return result.done.entries == 0 ? CleanUpModel::tr("Stopped: nothing of it was removed.")
                                        : CleanUpModel::tr("Stopped: the rest of it is still there.");
    return result.done.entries == 0 ? CleanUpModel::tr("It was kept: see below.")
                                    : CleanUpModel::tr("Not all of it could be removed: see below.");
}

QString usersText(const std::vector<UserOfDirectory>& users)
{
    constexpr std::size_t kMost = 5;
    QStringList names;
    for (const UserOfDirectory& user : users) {
        if (static_cast<std::size_t>(names.size()) == kMost) {
            names << CleanUpModel::tr("and %n more", nullptr, static_cast<int>(users.size() - kMost));
            break;
        }
        names << userText(user);
    }
    return CleanUpModel::tr("In use by %1.").arg(names.join(CleanUpModel::tr(", ")));
}

} // namespace

CleanUpModel::CleanUpModel(std::vector<ScratchDirectory> directories, Nanoseconds now, QObject* parent)
    : QAbstractListModel(parent), m_now(now)
{
    for (ScratchDirectory& directory : directories) {
        Item item;
        item.directory = std::move(directory);
        m_items.push_back(std::move(item));
    }
}

void CleanUpModel::setPreview(int row, const Result<Preview>& preview)
{
    Item& item = m_items.at(static_cast<std::size_t>(row));
    if (!preview) {
        item.stage = Stage::Failed;
        item.failure = errorSentence(preview.error());
    } else {
        item.preview = *preview;
        if (preview->directory.record.id == item.directory.record.id)
            item.directory = preview->directory;
        item.stage = preview->removable ? Stage::Ready : Stage::Refused;
        // Choosing it was the word for one that nobody uses; one in use needs a word of its own.
        item.ticked = preview->removable && !isInUse(*preview);
    }
    changed(row);
}

void CleanUpModel::setRemoving(int row)
{
    m_items.at(static_cast<std::size_t>(row)).stage = Stage::Removing;
    changed(row);
}

void CleanUpModel::setProgress(int row, const ScratchProgress& progress)
{
    Item& item = m_items.at(static_cast<std::size_t>(row));
    if (item.stage != Stage::Removing)
        return;
    item.progress = progress;
    changed(row);
}

void CleanUpModel::setResult(int row, const Result<Cleaned>& result)
{
    Item& item = m_items.at(static_cast<std::size_t>(row));
    if (result)
        item.result = *result;
    else
        item.failure = errorSentence(result.error());
    item.stage = result && result->removed ? Stage::Removed : Stage::Kept;
    changed(row);
}

std::vector<int> CleanUpModel::tickedRows() const
{
    std::vector<int> rows;
    for (int row = 0; row < rowCount(); ++row)
        if (item(row).ticked && item(row).stage == Stage::Ready && staying(item(row)) == nullptr)
            rows.push_back(row);
    return rows;
}

const Path& CleanUpModel::placeOf(const Item& item)
{
    return item.preview && !item.preview->path.empty() ? item.preview->path : item.directory.record.path;
}

const CleanUpModel::Item* CleanUpModel::staying(const Item& item) const
{
    const auto found = std::find_if(m_items.begin(), m_items.end(), [&item](const Item& other) {
        return other.stage >= Stage::Ready && other.stage <= Stage::Failed &&
               !(other.ticked && other.stage == Stage::Ready) && other.directory.state != ScratchState::Lost &&
               liesIn(placeOf(other), placeOf(item));
    });
    return found == m_items.end() ? nullptr : &*found;
}

std::vector<int> CleanUpModel::inside(int row, const std::vector<int>& rows) const
{
    std::vector<int> found;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(found),
                 [&](int other) { return liesIn(placeOf(item(other)), placeOf(item(row))); });
    return found;
}

std::vector<std::string> CleanUpModel::ids() const
{
    std::vector<std::string> ids;
    std::transform(m_items.begin(), m_items.end(), std::back_inserter(ids),
                   [](const Item& item) { return item.directory.record.id; });
    return ids;
}

bool CleanUpModel::isLooking() const
{
    return std::any_of(m_items.begin(), m_items.end(), [](const Item& item) { return item.stage == Stage::Looking; });
}

int CleanUpModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_items.size());
}

QVariant CleanUpModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Item& item = m_items[static_cast<std::size_t>(index.row())];
    const QString path = shownPath(item.preview ? item.preview->path : item.directory.record.path);
    switch (role) {
    case Qt::DisplayRole:
        return shownText(item.directory.record.name);
    case Qt::AccessibleTextRole: {
        QStringList all{shownText(item.directory.record.name), path, noteText(item.directory), facts(item),
                        warning(item)};
        all.removeAll(QString());
        return all.join(QStringLiteral(". "));
    }
    case Qt::CheckStateRole:
        return item.stage == Stage::Ready ? QVariant(item.ticked ? Qt::Checked : Qt::Unchecked) : QVariant();
    case PathTextRole:
        return path;
    case FactsRole:
        return facts(item);
    case WarningRole:
        return warning(item);
    case NoteRole:
        return noteText(item.directory);
    case StageRole:
        return static_cast<int>(item.stage);
    default:
        return {};
    }
}

bool CleanUpModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::CheckStateRole || !checkIndex(index, CheckIndexOption::IndexIsValid))
        return false;
    Item& item = m_items[static_cast<std::size_t>(index.row())];
    if (item.stage != Stage::Ready)
        return false;
    item.ticked = value.toInt() == Qt::Checked;
    // Also what it lies in may go now, or not any more.
    emit dataChanged(this->index(0), this->index(rowCount() - 1));
    return true;
}

Qt::ItemFlags CleanUpModel::flags(const QModelIndex& index) const
{
    if (!index.isValid())
        return Qt::NoItemFlags;
    const Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
    return item(index.row()).stage == Stage::Ready ? flags | Qt::ItemIsUserCheckable : flags;
}

QString CleanUpModel::facts(const Item& item) const
{
    const auto filesText = [](std::uint64_t files) { return tr("%1 files").arg(shownCount(files)); };
    switch (item.stage) {
    case Stage::Looking:
        return tr("Looking into it…");
    case Stage::Removing:
        return tr("Removing: %1 of %2 entries")
            .arg(shownCount(item.progress.entries), shownCount(measureOf(item).files + measureOf(item).directories));
    case Stage::Removed:
        return tr("Removed: %1 entries, %2")
            .arg(shownCount(item.result->done.entries), shownBytes(item.result->done.bytes));
    default:
        break;
    }
    if (!item.preview)
        return {};
    const TreeMeasure& content = item.preview->content;
    const Measure& measure = content.measure;
    if (measure.files == 0)
        return item.stage == Stage::Ready ? tr("It is empty") : QString();
    QString text = tr("%1, %2").arg(filesText(measure.files), shownBytes(measure.bytes));
    if (measure.newest != 0)
        text = tr("%1; newest change %2 ago: %3")
                   .arg(text, shownSpan(m_now - measure.newest), shownPath(content.newestPath));
    return text;
}

QString CleanUpModel::warning(const Item& item) const
{
    QStringList sentences;
    if (!item.failure.isEmpty())
        sentences << item.failure;
    if (item.stage == Stage::Kept && item.result)
        sentences << resultText(*item.result);
    const bool before = item.stage == Stage::Ready || item.stage == Stage::Refused;
    if (before && !item.preview->users.empty())
        sentences << usersText(item.preview->users);
    else if (before && item.preview->lock == DirectoryLock::Held)
        sentences << tr("A program holds its lock.");
    if (item.stage == Stage::Ready && item.preview->lock == DirectoryLock::Unknown)
        sentences << tr("Whether a program holds its lock cannot be asked there.");
    if (before && !item.preview->reason.empty())
        sentences << reasonSentence(item.preview->reason);
    if (item.stage == Stage::Ready && item.directory.isHalfRemoved)
        sentences << tr("It is half removed already.");
    if (const Item* other = item.stage == Stage::Ready ? staying(item) : nullptr)
        sentences << tr("It stays: %1 lies in it and is not to be removed.")
                         .arg(leftToRight(shownText(other->directory.record.name)));
    if (item.stage == Stage::Refused)
        sentences << tr("It will not be touched.");
    return sentences.join(QLatin1Char(' '));
}

void CleanUpModel::changed(int row)
{
    emit dataChanged(index(row), index(row));
}

} // namespace scratchproof::gui
