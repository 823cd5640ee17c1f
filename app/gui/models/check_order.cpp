// SPDX-License-Identifier: GPL-3.0-or-later
// CheckModel: which rows are seen, and in which order.
#include "app/gui/models/check_model.h"

#include <algorithm>

namespace scratchproof::gui {

namespace {

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
