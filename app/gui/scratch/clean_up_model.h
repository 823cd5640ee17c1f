// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/scratch/scratch_job.h"

#include <QAbstractListModel>

#include <optional>
#include <vector>

namespace scratchproof::gui {

/// The directories of one clean-up: first what would go, to be ticked; then how far it is; then what became of it.
class CleanUpModel : public QAbstractListModel
{
    Q_OBJECT

public:
    enum Role {
        PathTextRole = Qt::UserRole, // QString: the exact path
        FactsRole,                   // QString: files, bytes, newest
        WarningRole,                 // QString: what stands against it; empty if nothing does
        NoteRole,                    // QString: that it is pinned, and its note; empty if there is neither
        StageRole,                   // int: Stage
    };
    enum class Stage : std::uint8_t { Looking, Ready, Refused, Failed, Removing, Removed, Kept };

    struct Item
    {
        ScratchDirectory directory;
        Stage stage = Stage::Looking;
        bool ticked = false;
        std::optional<Preview> preview;
        ScratchProgress progress;
        std::optional<Cleaned> result;
        QString failure;
    };

    CleanUpModel(std::vector<ScratchDirectory> directories, Nanoseconds now, QObject* parent = nullptr);

    void setPreview(int row, const Result<Preview>& preview);
    void setRemoving(int row);
    void setProgress(int row, const ScratchProgress& progress);
    void setResult(int row, const Result<Cleaned>& result);

    [[nodiscard]] const Item& item(int row) const { return m_items.at(static_cast<std::size_t>(row)); }
    /// Rows that are ticked and may go: not those in which another one lies that stays.
    [[nodiscard]] std::vector<int> tickedRows() const;
    [[nodiscard]] bool isLooking() const;
    /// Of `rows`, those that lie in `row`.
    [[nodiscard]] std::vector<int> inside(int row, const std::vector<int>& rows) const;
    /// Ids of all.
    [[nodiscard]] std::vector<std::string> ids() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

private:
    [[nodiscard]] QString facts(const Item& item) const;
    [[nodiscard]] QString warning(const Item& item) const;
    /// One that lies in `item` and is not to go; nullptr: none.
    [[nodiscard]] const Item* staying(const Item& item) const;
    [[nodiscard]] static const Path& placeOf(const Item& item);
    void changed(int row);

    std::vector<Item> m_items;
    Nanoseconds m_now;
};

} // namespace scratchproof::gui
