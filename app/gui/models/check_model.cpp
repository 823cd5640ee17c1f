// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/models/check_model.h"

#include "app/gui/jobs/error_words.h"
#include "app/gui/widgets/words.h"

#include <QSet>

namespace scratchproof::gui {

namespace {

constexpr int kArrangeMilliseconds = 250;

QString deviceText(const Facts& facts)
{
    if (facts.device) {
        const QString model = shown(facts.device->model).trimmed();
        QString name = shown(facts.device->name);
        if (!model.isEmpty() && !name.isEmpty())
            return QStringLiteral("%1 (%2)").arg(model, name);
        if (!name.isEmpty())
            return name;
    }
    return facts.mount ? shown(facts.mount->source) : QString();
}

/// Neither a path nor a name holds a NUL.
QByteArray keyOfRow(const Path& folder, const Asker& asker)
{
    return QByteArray::fromStdString(folder) + '\0' + QByteArray::fromStdString(asker.user) + '\0' +
           QByteArray::fromStdString(asker.host);
}

bool isRightAligned(int column)
{
    return column == CheckModel::FreeColumn || column == CheckModel::TimeColumn;
}

} // namespace

// The C locale's collation knows no numbers and no case.
CheckModel::CheckModel(QObject* parent)
    : QAbstractTableModel(parent),
      m_collator(QLocale().language() == QLocale::C ? QLocale(QLocale::English) : QLocale())
{
    m_collator.setNumericMode(true);
    m_collator.setCaseSensitivity(Qt::CaseInsensitive);
    m_arrangeTimer.setSingleShot(true);
    m_arrangeTimer.setInterval(kArrangeMilliseconds);
    connect(&m_arrangeTimer, &QTimer::timeout, this, &CheckModel::arrange);
}

std::vector<RowId> CheckModel::add(const std::vector<Path>& folders, const Asker& asker)
{
    std::vector<RowId> ids;
    std::vector<std::size_t> seen; // new rows that pass the filter
    for (const Path& folder : folders) {
        RowId& id = m_byFolder[keyOfRow(folder, asker)];
        if (id == 0) {
            auto row = std::make_unique<CheckRow>();
            id = row->id = ++m_lastId;
            row->folder = folder;
            row->asker = asker;
            row->path = asker.user.empty() || asker.isRemote() ? QString::fromStdString(displayAddress(asker, folder))
                                                               : tr("%1 (as %2)").arg(shown(folder), shown(asker.user));
            row->name = folder.empty() ? tr("(empty path)") : shown(baseName(folder));
            fill(*row);
            m_byId.insert(id, m_rows.size());
            if (passes(*row))
                seen.push_back(m_rows.size());
            m_viewRow.push_back(-1);
            m_rows.push_back(std::move(row));
        }
        ids.push_back(id);
    }
    if (!seen.empty()) {
        const int first = rowCount();
        beginInsertRows({}, first, first + static_cast<int>(seen.size()) - 1);
        for (const std::size_t place : seen) {
            m_viewRow[place] = static_cast<int>(m_visible.size());
            m_visible.push_back(place);
        }
        endInsertRows();
        if (!m_arrangeTimer.isActive())
            m_arrangeTimer.start();
    }
    return ids;
}

void CheckModel::remove(const std::vector<RowId>& ids)
{
    const QSet<RowId> gone(ids.begin(), ids.end());
    beginResetModel();
    std::erase_if(m_rows, [&](const std::unique_ptr<CheckRow>& row) {
        if (!gone.contains(row->id))
            return false;
        m_byFolder.remove(keyOfRow(row->folder, row->asker));
        m_byWork.remove(row->work);
        return true;
    });
    m_byId.clear();
    for (std::size_t place = 0; place < m_rows.size(); ++place)
        m_byId.insert(m_rows[place]->id, place);
    m_visible = wantedOrder();
    numberView();
    endResetModel();
}

void CheckModel::setWaiting(const std::vector<std::pair<RowId, WorkId>>& works)
{
    std::vector<std::size_t> changed;
    for (const auto& [id, work] : works) {
        const auto place = m_byId.constFind(id);
        if (place == m_byId.constEnd())
            continue;
        CheckRow& row = *m_rows[*place];
        m_byWork.remove(row.work);
        row.work = work;
        row.state = CheckRow::State::Waiting;
        row.step.clear();
        if (work != 0)
            m_byWork.insert(work, id);
        makeHaystack(row);
        changed.push_back(*place);
    }
    announce(changed);
}

void CheckModel::setIdle(const std::vector<RowId>& ids)
{
    std::vector<std::size_t> changed;
    for (const RowId id : ids) {
        const auto place = m_byId.constFind(id);
        if (place == m_byId.constEnd())
            continue;
        CheckRow& row = *m_rows[*place];
        m_byWork.remove(row.work);
        row.work = 0;
        row.state = row.check ? CheckRow::State::Done : CheckRow::State::Idle;
        makeHaystack(row);
        changed.push_back(*place);
    }
    announce(changed);
}

void CheckModel::applySteps(const std::vector<CheckStep>& steps)
{
    std::vector<std::size_t> changed;
    for (const CheckStep& step : steps) {
        const RowId id = m_byWork.value(step.work);
        if (id == 0)
            continue;
        const std::size_t place = m_byId.value(id);
        m_rows[place]->state = CheckRow::State::Checking;
        m_rows[place]->step = step.step;
        changed.push_back(place);
    }
    announce(changed);
}

std::vector<RowId> CheckModel::applyFinished(const std::vector<FinishedCheck>& checks)
{
    std::vector<std::size_t> changed;
    std::vector<RowId> ids;
    for (const FinishedCheck& finished : checks) {
        const RowId id = m_byWork.take(finished.work);
        if (id == 0)
            continue;
        const std::size_t place = m_byId.value(id);
        CheckRow& row = *m_rows[place];
        row.work = 0;
        row.step.clear();
        row.state = CheckRow::State::Done;
        row.check = finished.check;
        fill(row);
        changed.push_back(place);
        ids.push_back(id);
    }
    announce(changed);
    return ids;
}

/// Makes what is shown, sorted by and searched in, of a row's answer.
void CheckModel::fill(CheckRow& row)
{
    row.reason.clear();
    row.fileSystem.clear();
    row.device.clear();
    row.freeBytes = row.time = -1;
    if (row.check) {
        const Check& check = *row.check;
        if (!check.findings.empty())
            row.reason = QString::fromStdString(renderFinding(check.findings.front()).title);
        if (check.facts.mount)
            row.fileSystem = shown(check.facts.mount->fileSystem);
        row.device = deviceText(check.facts);
        if (check.facts.space && check.facts.space->isSizeKnown())
            row.freeBytes = static_cast<qint64>(check.facts.space->availableBytes);
        if (check.verdict != Verdict::NotChecked)
            row.time = check.duration;
    }
    if (!row.folderKey)
        row.folderKey = m_collator.sortKey(row.path);
    row.reasonKey = keyOf(row.reason);
    row.fileSystemKey = keyOf(row.fileSystem);
    row.deviceKey = keyOf(row.device);
    makeHaystack(row);
}

void CheckModel::makeHaystack(CheckRow& row)
{
    row.haystack = QStringList{row.path, stateText(row), row.reason, row.fileSystem, row.device}
                       .join(QLatin1Char('\n'))
                       .toCaseFolded();
}

std::optional<QCollatorSortKey> CheckModel::keyOf(const QString& text)
{
    constexpr qsizetype kMostKeys = 4096;
    if (m_keys.size() > kMostKeys)
        m_keys.clear();
    auto& key = m_keys[text];
    if (!key)
        key = m_collator.sortKey(text);
    return key;
}

/// One signal for all that changed, and a fresh look at order and filter soon.
void CheckModel::announce(const std::vector<std::size_t>& changed)
{
    int first = -1;
    int last = -1;
    for (const std::size_t place : changed) {
        const int row = m_viewRow[place];
        if (row < 0)
            continue;
        first = first < 0 ? row : qMin(first, row);
        last = qMax(last, row);
    }
    if (first >= 0)
        emit dataChanged(index(first, 0), index(last, ColumnCount - 1));
    if (!changed.empty() && (m_sortColumn > FolderColumn || !m_filter.isEmpty()) && !m_arrangeTimer.isActive())
        m_arrangeTimer.start();
}

const CheckRow* CheckModel::find(RowId id) const
{
    const auto place = m_byId.constFind(id);
    return place == m_byId.constEnd() ? nullptr : m_rows[*place].get();
}

int CheckModel::viewRowOf(RowId id) const
{
    const auto place = m_byId.constFind(id);
    return place == m_byId.constEnd() ? -1 : m_viewRow[*place];
}

std::vector<RowId> CheckModel::allIds() const
{
    std::vector<RowId> ids;
    ids.reserve(m_rows.size());
    for (const auto& row : m_rows)
        ids.push_back(row->id);
    return ids;
}

int CheckModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_visible.size());
}

int CheckModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(ColumnCount);
}

QString CheckModel::stateText(const CheckRow& row)
{
    switch (row.state) {
    case CheckRow::State::Waiting:
        return tr("Waiting");
    case CheckRow::State::Checking:
        return tr("Checking");
    default:
        return verdictWord(row.verdict());
    }
}

QString CheckModel::text(const CheckRow& row, int column)
{
    switch (column) {
    case FolderColumn:
        return row.path;
    case VerdictColumn:
        return stateText(row);
    case ReasonColumn:
        if (row.state == CheckRow::State::Checking)
            return stepWord(row.step);
        return row.state == CheckRow::State::Waiting ? QString() : row.reason;
    case FileSystemColumn:
        return row.fileSystem;
    case FreeColumn:
        return row.freeBytes < 0 ? QString() : bytesText(static_cast<std::uint64_t>(row.freeBytes));
    case DeviceColumn:
        return row.device;
    case TimeColumn:
        return row.time < 0 ? QString() : durationText(row.time);
    default:
        return {};
    }
}

QVariant CheckModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const CheckRow& row = at(index.row());
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        return text(row, column);
    case Qt::ToolTipRole:
        return column == FolderColumn || column == ReasonColumn ? plainToolTip(text(row, column)) : QString();
    case Qt::AccessibleTextRole: {
        const QString cell = text(row, column);
        return cell.isEmpty() ? tr("unknown") : cell;
    }
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(
            Qt::Alignment((isRightAligned(column) ? Qt::AlignTrailing : Qt::AlignLeading) | Qt::AlignVCenter));
    default:
        return {};
    }
}

QVariant CheckModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            Qt::Alignment((isRightAligned(section) ? Qt::AlignTrailing : Qt::AlignLeading) | Qt::AlignVCenter));
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case FolderColumn:
        return tr("Folder");
    case VerdictColumn:
        return tr("Verdict");
    case ReasonColumn:
        return tr("Reason");
    case FileSystemColumn:
        return tr("File system");
    case FreeColumn:
        return tr("Free");
    case DeviceColumn:
        return tr("Device");
    case TimeColumn:
        return tr("Time");
    default:
        return {};
    }
}

} // namespace scratchproof::gui
