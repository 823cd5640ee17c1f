// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/scratch/scratch_job.h"

#include <QDialog>

#include <set>
#include <vector>

class QLabel;
class QListWidget;
class QPushButton;

namespace scratchproof::gui {

/// Asks once whether the records of these directories are to be dropped, and drops them. No folder is touched. The
/// default button is Cancel. Use show() or open(). Blocks nothing.
class ForgetDialog final : public QDialog
{
    Q_OBJECT

public:
    enum class Which : std::uint8_t {
        These,   // as they are
        LostOnes // looks at each on the disk first; one that does not answer is not lost
    };
    ForgetDialog(ProberService& probers, std::vector<ScratchDirectory> directories, Which which,
                 QWidget* parent = nullptr);
    ~ForgetDialog() override;

signals:
    /// After the last answer; `problem` is what went wrong, in sentences, or empty.
    void forgotten(const QString& problem);

private:
    void build();
    void look();
    void looked(const ScratchDirectory& directory, const Result<ScratchDirectory>& answer);
    void add(const ScratchDirectory& directory);
    void refresh();
    void forget();

    ScratchJob m_job;
    Which m_which;
    std::vector<ScratchDirectory> m_directories; // These; of LostOnes those that are found to be lost
    std::multiset<WorkId> m_asked;
    int m_unseen = 0; // could not be looked at
    QStringList m_problems;

    QLabel* m_title = nullptr;
    QLabel* m_text = nullptr;
    QListWidget* m_list = nullptr;
    QPushButton* m_forget = nullptr;
    QPushButton* m_cancel = nullptr;
};

} // namespace scratchproof::gui
