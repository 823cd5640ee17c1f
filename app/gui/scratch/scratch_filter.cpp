// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/scratch/scratch_filter.h"

#include "app/gui/scratch/scratch_model.h"

namespace scratchproof::gui {

ScratchFilter::ScratchFilter(QObject* parent) : QSortFilterProxyModel(parent)
{
    setSortRole(ScratchModel::SortRole);
    setFilterRole(ScratchModel::FilterRole);
    setFilterCaseSensitivity(Qt::CaseInsensitive);
    setFilterKeyColumn(ScratchModel::Name);
}

void ScratchFilter::setCondition(std::optional<ScratchState> condition)
{
    if (m_condition == condition)
        return;
    m_condition = condition;
    invalidateFilter();
}

bool ScratchFilter::filterAcceptsRow(int row, const QModelIndex& parent) const
{
    if (m_condition) {
        const auto condition = sourceModel()->index(row, 0, parent).data(ScratchModel::ConditionRole).toInt();
        if (condition != static_cast<int>(*m_condition))
            return false;
    }
    return QSortFilterProxyModel::filterAcceptsRow(row, parent);
}

} // namespace scratchproof::gui
