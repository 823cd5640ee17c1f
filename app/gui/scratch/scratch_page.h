// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/kit/table_page.h"
#include "app/gui/scratch/scratch_job.h"
#include "core/facts/mount_table.h"
#include "core/system/system.h"

#include <QTimer>

#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

class QAction;
class QComboBox;
class QLabel;
class QMenu;
class QPushButton;
class QStackedWidget;
class QTableView;

namespace scratchproof::gui {

class Banner;
class CreateScratchDialog;
class DriveTotals;
class FolderChooser;
class ForgetDialog;
class ScratchFilter;
class ScratchModel;
class SweepJob;

/// The Scratch page: the list of scratch directories and what can be done with them. The list comes from the registry
/// first; what the disk says of each arrives row by row, so one that hangs holds up no other.
class ScratchPage final : public TablePage
{
    Q_OBJECT

public:
    /// `sweep`: what it did is told; nullptr, or one that outlives the page.
    ScratchPage(System& system, ProberService& probers, SweepJob* sweep = nullptr, QWidget* parent = nullptr);
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
    enum View { MessageView, TableView, NothingView };

    void buildActions();
    void buildLifeActions();
    QWidget* buildHead();
    QWidget* buildNothing();
    void buildColumns();
    QWidget* buildMessage();
    void setInitialColumns();

    void showList(const Result<std::vector<ScratchDirectory>>& answer);
    void inspect(const ScratchDirectory& directory);
    void cancelInspections();
    void showInvitation();
    void showProblem(const QString& title, const QString& text);
    void chooseView();
    void updateActions();
    void updateStatus();
    void updateTotals();
    void askSpaces();
    void showSweep();
    void showContextMenu(const QPoint& at);
    /// Says `text` above the table; `action` and what it does are what can be done about it.
    void say(const QString& text, const QString& action = {}, std::function<void()> does = {});
    /// One of several sentences about what was chosen at one time: the earlier ones stay.
    void sayToo(const QString& text);

    void createNew();
    void openSelected();
    void copyPaths();
    void cleanUpSelected();
    void forgetSelected();
    void forgetLost();
    void open(ForgetDialog* dialog);
    void extendSelected();
    void extend(const ScratchDirectory& entry, const Lifetime& lifetime);
    void extendAll(const std::vector<ScratchDirectory>& entries, const Lifetime& lifetime);
    void pinSelected();
    void releaseSelected();
    void release(const ScratchDirectory& entry, ScratchJob::InUse inUse);
    void restoreSelected();
    void findHere();
    void findIn(const Path& folder);
    void showLog();
    /// An answer about one directory: its row is renewed and looked at again, or what went wrong is said: `refusal`,
    /// whose %1 is the name and %2 the reason.
    void changed(const ScratchDirectory& entry, const QString& refusal, const Result<ScratchDirectory>& answer);
    void altered(const ScratchDirectory& entry, const QString& refusal, const Result<Altered>& answer);

    [[nodiscard]] std::vector<ScratchDirectory> selected() const;
    [[nodiscard]] Nanoseconds now() const;

    System& m_system;
    ProberService& m_probers;
    ScratchJob m_job;
    ScratchModel* m_model;
    ScratchFilter* m_proxy;
    FolderChooser* m_chooser;
    FolderChooser* m_findChooser = nullptr;
    SweepJob* m_sweep;
    Banner* m_banner = nullptr;
    std::function<void()> m_bannerDoes;
    QStringList m_sentences; // of sayToo()
    QWidget* m_head = nullptr;
    QComboBox* m_states = nullptr;
    DriveTotals* m_totals = nullptr;
    MountTable m_mounts;
    struct Space
    {
        std::uint64_t total = 0;
        std::uint64_t available = 0;
    };
    std::map<Path, Space> m_spaces; // by mount point; of those that answered
    QStackedWidget* m_stack = nullptr;
    QLabel* m_messageTitle = nullptr;
    QLabel* m_messageText = nullptr;
    QWidget* m_points = nullptr;
    QPushButton* m_messageButton = nullptr;

    QAction* m_new = nullptr;
    QAction* m_open = nullptr;
    QAction* m_copy = nullptr;
    QAction* m_cleanUp = nullptr;
    QAction* m_forget = nullptr;
    QAction* m_forgetLost = nullptr;
    QAction* m_again = nullptr;
    QAction* m_extend = nullptr;
    QAction* m_extendBy = nullptr; // has a menu
    QMenu* m_lifetimes = nullptr;
    QAction* m_pin = nullptr;
    QAction* m_release = nullptr;
    QAction* m_restore = nullptr;
    QAction* m_find = nullptr;
    QAction* m_log = nullptr;

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
