// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/scratch/scratch_job.h"

#include <QSortFilterProxyModel>

#include <optional>

namespace scratchproof::gui {

/// Those of a ScratchModel's rows that hold a text and are in a state; sorted by ScratchModel::SortRole.
class ScratchFilter final : public QSortFilterProxyModel
{
    Q_OBJECT

public:
    explicit ScratchFilter(QObject* parent = nullptr);

    /// Nothing: whatever its state.
    void setCondition(std::optional<ScratchState> condition);
    [[nodiscard]] std::optional<ScratchState> condition() const { return m_condition; }

protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    std::optional<ScratchState> m_condition;
};

} // namespace scratchproof::gui
