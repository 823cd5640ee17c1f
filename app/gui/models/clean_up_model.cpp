// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/models/clean_up_model.h"

#include "app/gui/jobs/error_words.h"

#include <QStringList>

#include <algorithm>
#include <utility>

namespace scratchproof::gui {

namespace {

QString shownText(const std::string& text)
{
    return QString::fromStdString(displayText(text));
}

QString usersText(const std::vector<CleanPreview::User>& users)
{
    constexpr std::size_t kMost = 5;
    QStringList names;
    for (const CleanPreview::User& user : users) {
        if (static_cast<std::size_t>(names.size()) == kMost) {
            names << CleanUpModel::tr("and %n more", nullptr, static_cast<int>(users.size() - kMost));
            break;
        }
        // No process stands for a mount, a loop device or a swap file.
        names << (user.pid != 0 ? CleanUpModel::tr("%1 (process %2)").arg(shownText(user.name)).arg(user.pid)
                                : shownText(user.name));
    }
    return CleanUpModel::tr("In use by %1.").arg(names.join(CleanUpModel::tr(", ")));
}

} // namespace

CleanUpModel::CleanUpModel(std::vector<ScratchEntry> directories, Nanoseconds now, QObject* parent)
    : QAbstractListModel(parent), m_now(now)
{
    for (ScratchEntry& directory : directories) {
        Item item;
        item.directory = std::move(directory);
        m_items.push_back(std::move(item));
    }
}

void CleanUpModel::setPreview(int row, const Result<CleanPreview>& preview)
{
    Item& item = m_items.at(static_cast<std::size_t>(row));
    if (!preview) {
        item.stage = Stage::Failed;
        item.failure = errorSentence(preview.error());
    } else {
        item.preview = *preview;
        item.stage = preview->removable ? Stage::Ready : Stage::Refused;
        // Choosing it was the word for one that nobody uses; one in use needs a word of its own.
        item.ticked = preview->removable && !preview->isInUse();
    }
    changed(row);
}

void CleanUpModel::setRemoving(int row)
{
    m_items.at(static_cast<std::size_t>(row)).stage = Stage::Removing;
    changed(row);
}

void CleanUpModel::setProgress(int row, const CleanProgress& progress)
{
    Item& item = m_items.at(static_cast<std::size_t>(row));
    if (item.stage != Stage::Removing)
        return;
    item.progress = progress;
    changed(row);
}

void CleanUpModel::setResult(int row, const Result<CleanResult>& result)
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
        if (item(row).ticked && item(row).stage == Stage::Ready)
            rows.push_back(row);
    return rows;
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
    const QString path = shownPath(item.preview ? item.preview->path : item.directory.path);
    switch (role) {
    case Qt::DisplayRole:
        return shownText(item.directory.name);
    case Qt::AccessibleTextRole:
        return QStringList{shownText(item.directory.name), path, facts(item), warning(item)}.join(QStringLiteral(". "));
    case Qt::CheckStateRole:
        return item.stage == Stage::Ready ? QVariant(item.ticked ? Qt::Checked : Qt::Unchecked) : QVariant();
    case PathTextRole:
        return path;
    case FactsRole:
        return facts(item);
    case WarningRole:
        return warning(item);
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
    changed(index.row());
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
            .arg(shownCount(item.progress.entries), shownCount(item.preview->files + item.preview->directories));
    case Stage::Removed:
        return tr("Removed: %1 entries, %2").arg(shownCount(item.result->entries), shownBytes(item.result->bytes));
    default:
        break;
    }
    if (!item.preview)
        return {};
    if (item.preview->files == 0)
        return item.stage == Stage::Ready ? tr("It is empty") : QString();
    QString text = tr("%1, %2").arg(filesText(item.preview->files), shownBytes(item.preview->bytes));
    if (item.preview->newestModified)
        text = tr("%1; newest change %2 ago: %3")
                   .arg(text, shownSpan(m_now - *item.preview->newestModified), shownPath(item.preview->newest));
    return text;
}

QString CleanUpModel::warning(const Item& item)
{
    QStringList sentences;
    if (!item.failure.isEmpty())
        sentences << item.failure;
    if (item.stage == Stage::Kept && item.result)
        sentences << (item.result->cancelled ? tr("Stopped: the rest of it is still there.")
                                             : tr("Not all of it could be removed: see below."));
    const bool before = item.stage == Stage::Ready || item.stage == Stage::Refused;
    if (before && !item.preview->usedBy.empty())
        sentences << usersText(item.preview->usedBy);
    else if (before && item.preview->lock == CleanPreview::Lock::Held)
        sentences << tr("A program holds its lock.");
    if (item.stage == Stage::Ready && item.preview->lock == CleanPreview::Lock::Unknown)
        sentences << tr("Whether a program holds its lock cannot be asked there.");
    if (before && !item.preview->reason.empty())
        sentences << shownText(item.preview->reason);
    if (item.stage == Stage::Refused)
        sentences << tr("It will not be touched.");
    return sentences.join(QLatin1Char(' '));
}

void CleanUpModel::changed(int row)
{
    emit dataChanged(index(row), index(row));
}

} // namespace scratchproof::gui
