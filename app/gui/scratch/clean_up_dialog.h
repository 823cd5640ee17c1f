// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/scratch/scratch_job.h"

#include <QDialog>

#include <unordered_map>
#include <vector>

class QLabel;
class QListView;
class QProgressBar;
class QPushButton;

namespace scratchproof::gui {

class CleanUpModel;
class KeptModel;

/// Shows what a clean-up would remove, has it removed after the user's word, and says what became of it. The default
/// button is Cancel. Use show() or open().
class CleanUpDialog final : public QDialog
{
    Q_OBJECT

public:
    CleanUpDialog(ProberService& service, std::vector<ScratchDirectory> directories, Nanoseconds now,
                  QWidget* parent = nullptr);
    ~CleanUpDialog() override;

    enum class Phase : std::uint8_t { Preview, Removing, Result };
    [[nodiscard]] Phase phase() const { return m_phase; }

signals:
    /// This directory is gone. Comes while others are still being removed.
    void removed(const std::string& id);

public slots:
    /// Cancel before, Stop during, Close after. During, a second time leaves without waiting.
    void reject() override;

private:
    void build();
    void preview();
    void start();
    void cleanNext();
    void cleaned(int row, const Result<Cleaned>& answer);
    void stop();
    void finish();
    void refresh();
    void refreshPreview();
    void refreshRemoving();
    void copyKept();

    ScratchJob m_job;
    CleanUpModel* m_model;
    KeptModel* m_kept;
    Phase m_phase = Phase::Preview;
    std::unordered_map<int, WorkId> m_asked; // by row
    std::vector<int> m_waiting;              // rows that are to go, after what lies in them
    bool m_stopping = false;
    std::uint64_t m_keptUnlisted = 0;

    QLabel* m_title = nullptr;
    QLabel* m_text = nullptr;
    QListView* m_list = nullptr;
    QProgressBar* m_bar = nullptr;
    QLabel* m_keptTitle = nullptr;
    QListView* m_keptList = nullptr;
    QPushButton* m_copy = nullptr;
    QPushButton* m_remove = nullptr;
    QPushButton* m_cancel = nullptr;
};

} // namespace scratchproof::gui
