// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/scratch/scratch_job.h"

#include <QAbstractListModel>

#include <vector>

namespace scratchproof::gui {

/// The paths that a clean-up could not remove, each with its reason.
class KeptModel : public QAbstractListModel
{
    Q_OBJECT

public:
    explicit KeptModel(QObject* parent = nullptr) : QAbstractListModel(parent) {}

    void add(const std::vector<Kept>& kept);
    /// A line each, to be pasted elsewhere.
    [[nodiscard]] QString asText() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    [[nodiscard]] static QString line(const Kept& kept);

    std::vector<Kept> m_kept;
};

} // namespace scratchproof::gui
