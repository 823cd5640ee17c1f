// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/check/check_model.h"
#include "app/gui/probers/prober_service.h"

#include <QObject>
#include <QSet>
#include <QTimer>

#include <deque>
#include <vector>

namespace scratchproof::gui {

/// Gets the rows of a CheckModel checked: hands them over in slices, so that 10,000 folders at once do not stall the
/// window, counts, and stops.
class CheckJob final : public QObject
{
    Q_OBJECT

public:
    CheckJob(ProberService& probers, CheckModel& model, QObject* parent = nullptr);

    void setLevel(Level level) { m_level = level; }
    [[nodiscard]] Level level() const { return m_level; }

    /// Adds folders to the model, and has them checked; one that runs already goes on.
    void addAndCheck(const std::vector<FolderAddress>& folders);
    void check(const std::vector<RowId>& ids);
    /// Takes back all that waits or runs.
    void stop();
    void remove(const std::vector<RowId>& ids);

    [[nodiscard]] bool isRunning() const { return !m_run.isEmpty() || !m_toAdd.empty(); }
    /// Of the present run: how many are done, of how many.
    [[nodiscard]] int done() const { return m_done; }
    [[nodiscard]] int total() const
    {
        return m_done + static_cast<int>(m_run.size() + static_cast<qsizetype>(m_toAdd.size()));
    }

signals:
    void changed();
    /// The first of the folders that addAndCheck() was given has its row.
    void added(scratchproof::gui::RowId first);
    /// These rows have got an answer.
    void answered(const std::vector<scratchproof::gui::RowId>& rows);

private:
    void slice();
    bool addSome();
    bool handOverSome();
    bool cancelSome();
    void takeAnswers(const std::vector<FinishedCheck>& checks);

    ProberService& m_probers;
    CheckModel& m_model;
    Level m_level = Level::Standard;
    std::deque<FolderAddress> m_toAdd;
    std::deque<RowId> m_toHandOver;
    std::deque<WorkId> m_toCancel;
    QSet<RowId> m_run; // rows that wait or run
    int m_done = 0;
    QTimer m_slices;
};

} // namespace scratchproof::gui
