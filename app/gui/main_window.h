// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/probers/prober_service.h"
#include "app/gui/probers/settings_store.h"
#include "core/system/system.h"

#include <QMainWindow>
#include <QPointer>
#include <QVariantMap>

#include <functional>
#include <vector>

class QLabel;
class QLineEdit;
class QMenu;
class QMessageBox;
class QProgressBar;
class QStackedWidget;
class QToolBar;

namespace scratchproof::gui {

class Page;
class SweepJob;
class SegmentedSwitch;

/// The window: a toolbar, the pages and a status bar. It wires them, and no more. A page is made when it is first
/// shown.
class MainWindow final : public QMainWindow
{
    Q_OBJECT

public:
    MainWindow(System& system, ProberService& probers, SettingsStore& settings);
    ~MainWindow() override;

    /// Adds folders to the Check page and checks them; bytes, relative ones below the working directory.
    void addFolders(const std::vector<Path>& folders);
    enum PageIndex { CheckIndex, ScratchIndex, VerifyIndex };
    /// Makes the page if need be, and shows it.
    Page* showPage(int index);

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void closeEvent(QCloseEvent* event) override;

private:
    struct Entry
    {
        QString name; // key of its layout in the settings
        std::function<Page*()> make;
        Page* page = nullptr;
        QString statusText;
        int done = 0;
        int total = 0;
    };

    void addPage(const QString& name, const QString& title, const QString& tip, std::function<Page*()> make);
    void buildToolBar();
    void buildStatusBar();
    void buildMenu();
    void fillToolBar(const Page& page);
    void fitToolBar();
    void showStatus(const Entry& entry);
    void showAbout();
    void restore(const QVariantMap& values);
    void fitScreen();
    void announceExpiring();
    void verifyDrive(const Path& folder);
    [[nodiscard]] QString unfinished() const;
    Q_INVOKABLE void closeIfWanted();
    [[nodiscard]] Entry& current();

    System& m_system;
    ProberService& m_probers;
    SettingsStore& m_settings;
    SweepJob* m_sweep;
    QVariantMap m_remembered;
    std::vector<Entry> m_entries;
    QToolBar* m_toolBar = nullptr;
    QStackedWidget* m_stack = nullptr;
    SegmentedSwitch* m_switch = nullptr;
    QLineEdit* m_filter = nullptr;
    QMenu* m_menu = nullptr;
    QLabel* m_status = nullptr;
    QProgressBar* m_progress = nullptr;
    QPointer<QMessageBox> m_closeQuestion;
    QAction* m_firstFixedAction = nullptr; // the page's own actions stand before it
    QList<QAction*> m_pageActions;
};

} // namespace scratchproof::gui
