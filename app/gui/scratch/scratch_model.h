// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/kit/icons.h"
#include "app/gui/scratch/scratch_job.h"

#include <QAbstractTableModel>

#include <unordered_map>
#include <vector>

namespace scratchproof::gui {

/// How a state is shown: a word and a drawing, in the colour of the verdict that is like it; a sentence for the tool
/// tip.
struct StateLook
{
    QString word;
    QString sentence;
    Glyph glyph = Glyph::NotChecked;
    Verdict tone = Verdict::NotChecked;
};

/// The scratch directories as a table. Rows come from the registry first; what the disk says arrives a row at a time.
class ScratchModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Name, State, Size, Files, Age, TimeLeft, Note, ColumnCount };
    enum Role {
        SortRole = Qt::UserRole, // a number where the column is one; to be compared as it is
        PathRole,                // QByteArray: the bytes
        ShownPathRole,           // QString: the second line of a name
        IdRole,
        FilterRole,    // all that the filter looks through
        GlyphRole,     // int: a Glyph, the sign of the state
        ToneRole,      // int: the Verdict whose colour the sign has
        ConditionRole, // int: a ScratchState, as shownState() says
    };
    /// How far looking at the disk has come.
    enum class Look : std::uint8_t { Waiting, Seen, NotResponding, Failed };

    explicit ScratchModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

    /// Takes the registry's list: rows that stay keep what was measured, and their place.
    void setEntries(std::vector<ScratchDirectory> directories);
    /// What the disk says of one; passed over if it is not in the list any more.
    void setInspected(const ScratchDirectory& directory);
    void setInspectFailed(const std::string& id, bool notResponding, const QString& why);
    void setWaiting(const std::string& id);
    /// What the registry says of one after it was changed; what was measured stays.
    void setChanged(ScratchDirectory directory);
    void remove(const std::string& id);
    /// The time that ages and times left are told by (wall clock).
    void setNow(Nanoseconds now);

    [[nodiscard]] const ScratchDirectory* entry(int row) const;
    [[nodiscard]] const std::vector<std::string>& order() const { return m_ids; }
    /// -1 where there is none.
    [[nodiscard]] int rowOf(const std::string& id) const;
    [[nodiscard]] std::uint64_t totalBytes() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row
    {
        ScratchDirectory directory;
        Look look = Look::Waiting;
        QString why; // of NotResponding and Failed
        QString shownName;
        QString shownPath;
        QString shownNote;
    };
    [[nodiscard]] static Row makeRow(ScratchDirectory directory);
    [[nodiscard]] static StateLook lookOf(const Row& row);
    [[nodiscard]] QString text(const Row& row, int column) const;
    [[nodiscard]] QVariant sortKey(const Row& row, int column) const;
    [[nodiscard]] QString toolTip(const Row& row, int column) const;
    [[nodiscard]] QString timeLeft(const ScratchDirectory& directory) const;
    void indexRows();
    void changed(int row);
    /// Another directory for a row, which keeps what was measured.
    static void renew(Row& row, ScratchDirectory directory);

    std::vector<Row> m_rows;
    std::vector<std::string> m_ids;
    std::unordered_map<std::string, int> m_rowById;
    Nanoseconds m_now = 0;
};

} // namespace scratchproof::gui
