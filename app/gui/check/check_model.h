// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/probers/prober_service.h"

#include <QAbstractTableModel>
#include <QCollator>
#include <QHash>
#include <QTimer>

#include <memory>
#include <optional>
#include <vector>

namespace scratchproof::gui {

using RowId = quint64; // never 0, never used twice

/// One folder of the table.
struct CheckRow
{
    enum class State : std::uint8_t { Idle, Waiting, Checking, Done };

    RowId id = 0;
    Path folder; // bytes
    RunAs runAs;
    QString name;
    QString path;
    State state = State::Idle;
    WorkId work = 0;                    // what runs for it now; answers of any other are dropped
    std::string step;                   // where that is
    std::shared_ptr<const Check> check; // the newest answer

    // What the columns show of `check`, made once.
    QString reason;
    QString fileSystem;
    QString device;
    qint64 freeBytes = -1;
    Nanoseconds time = -1;

    // What sorting and filtering compare, made once.
    std::optional<QCollatorSortKey> folderKey;
    std::optional<QCollatorSortKey> reasonKey;
    std::optional<QCollatorSortKey> fileSystemKey;
    std::optional<QCollatorSortKey> deviceKey;
    QString haystack;

    [[nodiscard]] Verdict verdict() const { return check ? check->verdict : Verdict::NotChecked; }
    [[nodiscard]] bool isRunning() const { return state == State::Waiting || state == State::Checking; }
};

/// The folders and their answers. Sorts and filters by itself, over keys that are made when a row changes: with 10,000
/// rows a proxy that asks data() for each comparison would stall the window.
class CheckModel final : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column {
        FolderColumn,
        VerdictColumn,
        ReasonColumn,
        FileSystemColumn,
        FreeColumn,
        DeviceColumn,
        TimeColumn,
        ColumnCount
    };

    explicit CheckModel(QObject* parent = nullptr);

    /// The row of each folder, new ones at the end of the view (till the next sorting); the same text of the same
    /// place is the same row.
    std::vector<RowId> add(const std::vector<Path>& folders, const RunAs& runAs = {});
    void remove(const std::vector<RowId>& ids);

    /// `work` 0: it waits to be handed over.
    void setWaiting(const std::vector<std::pair<RowId, WorkId>>& works);
    /// Taken back before it was handed over: shows what it showed before.
    void setIdle(const std::vector<RowId>& ids);
    void applySteps(const std::vector<CheckStep>& steps);
    /// The rows that changed; answers of an older run are dropped.
    std::vector<RowId> applyFinished(const std::vector<FinishedCheck>& checks);

    /// Rows that hold every word of `text` in any column. Resets the model if others are to be seen.
    void setFilter(const QString& text);
    void sort(int column, Qt::SortOrder order) override;
    [[nodiscard]] int sortColumn() const { return m_sortColumn; }

    [[nodiscard]] const CheckRow& at(int viewRow) const
    {
        return *m_rows[m_visible[static_cast<std::size_t>(viewRow)]];
    }
    [[nodiscard]] const CheckRow* find(RowId id) const;
    [[nodiscard]] int viewRowOf(RowId id) const; // -1: filtered out
    [[nodiscard]] std::vector<RowId> allIds() const;
    [[nodiscard]] std::size_t total() const { return m_rows.size(); }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    /// What a cell says, as text.
    [[nodiscard]] static QString text(const CheckRow& row, int column);
    /// "Usable", or where the check is at.
    [[nodiscard]] static QString stateText(const CheckRow& row);

private:
    void fill(CheckRow& row);
    static void makeHaystack(CheckRow& row);
    std::optional<QCollatorSortKey> keyOf(const QString& text);
    [[nodiscard]] bool passes(const CheckRow& row) const;
    [[nodiscard]] bool comesBefore(std::size_t left, std::size_t right) const;
    [[nodiscard]] std::vector<std::size_t> wantedOrder() const;
    void arrange();
    void takeOrder(std::vector<std::size_t> order);
    void announce(const std::vector<std::size_t>& changed);
    void numberView();

    std::vector<std::unique_ptr<CheckRow>> m_rows; // as they were added
    std::vector<std::size_t> m_visible;            // view row -> place in m_rows
    std::vector<int> m_viewRow;                    // place in m_rows -> view row, -1 if filtered out
    QHash<RowId, std::size_t> m_byId;
    QHash<QByteArray, RowId> m_byFolder;
    QHash<WorkId, RowId> m_byWork;
    QHash<QString, std::optional<QCollatorSortKey>> m_keys; // of texts that many rows share
    QCollator m_collator;
    QStringList m_filter;
    int m_sortColumn = -1;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
    RowId m_lastId = 0;
    QTimer m_arrangeTimer; // what arrived is put in its place a few times a second
};

} // namespace scratchproof::gui
