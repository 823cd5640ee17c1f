// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/check_model.h"

#include "app/gui/kit/error_words.h"
#include "app/gui/kit/words.h"

#include <QSet>

#include <algorithm>

namespace scratchproof::gui {

namespace {

constexpr int kArrangeMilliseconds = 250;

QString deviceText(const Facts& facts)
{
    if (facts.device) {
        const QString model = shownPath(facts.device->model).trimmed();
        QString name = shownPath(facts.device->name);
        if (!model.isEmpty() && !name.isEmpty())
            return QStringLiteral("%1 (%2)").arg(model, name);
        if (!name.isEmpty())
            return name;
    }
    return facts.mount ? shownPath(facts.mount->source) : QString();
}

/// Neither a path nor a name holds a NUL.
QByteArray keyOfRow(const Path& folder, const RunAs& runAs)
{
    return QByteArray::fromStdString(folder) + '\0' + QByteArray::fromStdString(runAs.user) + '\0' +
           QByteArray::fromStdString(runAs.host);
}

bool isRightAligned(int column)
{
    return column == CheckModel::FreeColumn || column == CheckModel::TimeColumn;
}

/// What needs a look comes first.
int rankOf(const CheckRow& row)
{
    if (row.state == CheckRow::State::Checking)
        return 5;
    if (row.state == CheckRow::State::Waiting)
        return 6;
    switch (row.verdict()) {
    case Verdict::Unusable:
        return 0;
    case Verdict::NotResponding:
        return 1;
    case Verdict::Limited:
        return 2;
    case Verdict::Usable:
        return 3;
    case Verdict::NotChecked:
        break;
    }
    return 4;
}

template <typename T>
int sign(const T& left, const T& right)
{
    return left < right ? -1 : right < left ? 1 : 0;
}

int compareKeys(const std::optional<QCollatorSortKey>& left, const std::optional<QCollatorSortKey>& right)
{
    return left->compare(*right);
}

struct Comparison
{
    int order = 0;
    bool absent = false; // one of the two is not known: that one comes last either way
};

Comparison compareNumbers(qint64 left, qint64 right)
{
    if ((left < 0) != (right < 0))
        return {sign(left < 0, right < 0), true};
    return {sign(left, right), false};
}

Comparison compareTexts(const QString& left, const QString& right, const std::optional<QCollatorSortKey>& leftKey,
                        const std::optional<QCollatorSortKey>& rightKey)
{
    if (left.isEmpty() != right.isEmpty())
        return {sign(left.isEmpty(), right.isEmpty()), true};
    return {compareKeys(leftKey, rightKey), false};
}

Comparison compare(const CheckRow& a, const CheckRow& b, int column)
{
    switch (column) {
    case CheckModel::FolderColumn:
        return {compareKeys(a.folderKey, b.folderKey), false};
    case CheckModel::VerdictColumn:
        return {sign(rankOf(a), rankOf(b)), false};
    case CheckModel::ReasonColumn:
        return compareTexts(a.reason, b.reason, a.reasonKey, b.reasonKey);
    case CheckModel::FileSystemColumn:
        return compareTexts(a.fileSystem, b.fileSystem, a.fileSystemKey, b.fileSystemKey);
    case CheckModel::DeviceColumn:
        return compareTexts(a.device, b.device, a.deviceKey, b.deviceKey);
    case CheckModel::FreeColumn:
        return compareNumbers(a.freeBytes, b.freeBytes);
    case CheckModel::TimeColumn:
        return compareNumbers(a.time, b.time);
    default:
        return {};
    }
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

std::vector<RowId> CheckModel::add(const std::vector<Path>& folders, const RunAs& runAs)
{
    std::vector<RowId> ids;
    std::vector<std::size_t> seen; // new rows that pass the filter
    for (const Path& folder : folders) {
        RowId& id = m_byFolder[keyOfRow(folder, runAs)];
        if (id == 0) {
            auto row = std::make_unique<CheckRow>();
            id = row->id = ++m_lastId;
            row->folder = folder;
            row->runAs = runAs;
            row->path = runAs.user.empty() || runAs.isRemote()
                            ? QString::fromStdString(displayAddress(runAs, folder))
                            : tr("%1 (as %2)").arg(shownPath(folder), shownPath(runAs.user));
            row->name = folder.empty() ? tr("(empty path)") : shownPath(baseName(folder));
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
        m_byFolder.remove(keyOfRow(row->folder, row->runAs));
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
            row.fileSystem = shownPath(check.facts.mount->fileSystem);
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
        return inReport(wordOf(row.verdict()));
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
        return row.freeBytes < 0 ? QString() : shownBytes(static_cast<std::uint64_t>(row.freeBytes));
    case DeviceColumn:
        return row.device;
    case TimeColumn:
        return row.time < 0 ? QString() : shownDuration(row.time);
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

bool CheckModel::passes(const CheckRow& row) const
{
    return std::all_of(m_filter.begin(), m_filter.end(),
                       [&](const QString& word) { return row.haystack.contains(word); });
}

bool CheckModel::comesBefore(std::size_t left, std::size_t right) const
{
    const Comparison found = compare(*m_rows[left], *m_rows[right], m_sortColumn);
    if (found.order == 0)
        return left < right;
    return m_sortOrder == Qt::AscendingOrder || found.absent ? found.order < 0 : found.order > 0;
}

std::vector<std::size_t> CheckModel::wantedOrder() const
{
    std::vector<std::size_t> order;
    order.reserve(m_rows.size());
    for (std::size_t place = 0; place < m_rows.size(); ++place)
        if (passes(*m_rows[place]))
            order.push_back(place);
    if (m_sortColumn >= 0)
        std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) { return comesBefore(a, b); });
    return order;
}

/// Puts every row where it belongs by now.
void CheckModel::arrange()
{
    m_arrangeTimer.stop();
    std::vector<std::size_t> order = wantedOrder();
    if (order == m_visible)
        return;
    // Layout changes must keep the rows; a changed set of them is a reset, which views take faster than thousands of
    // single removals.
    const bool sameRows = order.size() == m_visible.size() &&
                          std::all_of(order.begin(), order.end(), [this](auto place) { return m_viewRow[place] >= 0; });
    if (sameRows) {
        takeOrder(std::move(order));
        return;
    }
    beginResetModel();
    m_visible = std::move(order);
    numberView();
    endResetModel();
}

void CheckModel::takeOrder(std::vector<std::size_t> order)
{
    emit layoutAboutToBeChanged({}, VerticalSortHint);
    const QModelIndexList before = persistentIndexList();
    std::vector<std::size_t> places;
    places.reserve(static_cast<std::size_t>(before.size()));
    for (const QModelIndex& index : before)
        places.push_back(m_visible[static_cast<std::size_t>(index.row())]);
    m_visible = std::move(order);
    numberView();
    QModelIndexList after;
    after.reserve(before.size());
    for (qsizetype i = 0; i < before.size(); ++i)
        after.push_back(index(m_viewRow[places[static_cast<std::size_t>(i)]], before[i].column()));
    changePersistentIndexList(before, after);
    emit layoutChanged({}, VerticalSortHint);
}

void CheckModel::numberView()
{
    m_viewRow.assign(m_rows.size(), -1);
    for (std::size_t row = 0; row < m_visible.size(); ++row)
        m_viewRow[m_visible[row]] = static_cast<int>(row);
}

void CheckModel::setFilter(const QString& text)
{
    const QStringList words = text.toCaseFolded().split(QLatin1Char(' '), Qt::SkipEmptyParts);
    if (words == m_filter)
        return;
    m_filter = words;
    arrange();
}

void CheckModel::sort(int column, Qt::SortOrder order)
{
    m_sortColumn = column;
    m_sortOrder = order;
    arrange();
}

} // namespace scratchproof::gui
