// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/jobs/scratch_job.h"
#include "app/gui/pages/page.h"
#include "core/system/system.h"

#include <QTimer>

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

class QAction;
class QLabel;
class QPushButton;
class QSortFilterProxyModel;
class QStackedWidget;
class QTableView;

namespace scratchproof::gui {

class CleanUpDialog;
class CreateScratchDialog;
class FolderChooser;
class ScratchModel;

/// The Scratch page: the list of scratch directories and what can be done with them. The list comes from the registry
/// first; what the disk says of each arrives row by row, so one that hangs holds up no other.
class ScratchPage final : public Page
{
    Q_OBJECT

public:
    ScratchPage(System& system, ProberService& probers, QWidget* parent = nullptr);
    ~ScratchPage() override;

    [[nodiscard]] QList<QAction*> toolBarActions() const override;
    [[nodiscard]] QList<QAction*> menuActions() const override;
    void setFilter(const QString& text) override;
    [[nodiscard]] QString filterName() const override;
    [[nodiscard]] QVariantMap saveLayout() const override;
    void restoreLayout(const QVariantMap& layout) override;
    void shown() override;

    /// Asks for the list again, and looks at every directory.
    void refresh();

private:
    enum View { MessageView, TableView };

    void buildActions();
    QAction* makeAction(const QString& text, const QString& tip, const QKeySequence& keys, void (ScratchPage::*slot)());
    void buildTable();
    QWidget* buildMessage();
    void setInitialColumns();

    void showList(const Result<std::vector<ScratchEntry>>& answer);
    void inspect(const ScratchEntry& directory);
    void cancelInspections();
    void showInvitation();
    void showProblem(const QString& title, const QString& text);
    void updateActions();
    void updateStatus();
    void showContextMenu(const QPoint& at);

    void createNew();
    void openSelected();
    void copyPaths();
    void cleanUpSelected();
    void forgetSelected();

    [[nodiscard]] std::vector<ScratchEntry> selected() const;
    [[nodiscard]] Nanoseconds now() const;

    System& m_system;
    ProberService& m_probers;
    ScratchJob m_job;
    ScratchModel* m_model;
    QSortFilterProxyModel* m_proxy;
    FolderChooser* m_chooser;
    QStackedWidget* m_stack = nullptr;
    QTableView* m_table = nullptr;
    QLabel* m_messageTitle = nullptr;
    QLabel* m_messageText = nullptr;
    QWidget* m_points = nullptr;
    QPushButton* m_messageButton = nullptr;

    QAction* m_new = nullptr;
    QAction* m_open = nullptr;
    QAction* m_copy = nullptr;
    QAction* m_cleanUp = nullptr;
    QAction* m_forget = nullptr;
    QAction* m_again = nullptr;

    WorkId m_listing = 0;
    std::unordered_map<std::string, WorkId> m_inspecting; // by directory
    quint64 m_run = 0;
    Path m_lastFolder;
    std::string m_lastLifetime = "7d";
    std::string m_selectWhenListed;
    bool m_hasProblem = false;
    QTimer m_minute;
    QTimer m_statusTimer;
};

} // namespace scratchproof::gui
