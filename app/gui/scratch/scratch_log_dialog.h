// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/scratch/scratch_job.h"

#include <QDialog>

class QLabel;
class QStackedWidget;
class QTableWidget;

namespace scratchproof::gui {

/// What was done to scratch directories without being asked, the newest first. Goes when it is closed.
class ScratchLogDialog final : public QDialog
{
    Q_OBJECT

public:
    ScratchLogDialog(ProberService& probers, QWidget* parent);
    ~ScratchLogDialog() override;

private:
    void show(const Result<std::vector<LogEntry>>& answer);

    ScratchJob m_job;
    WorkId m_work = 0;
    QStackedWidget* m_stack;
    QLabel* m_message;
    QTableWidget* m_table;
};

} // namespace scratchproof::gui
