// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/check/check_job.h"
#include "app/gui/check/check_model.h"
#include "app/gui/kit/table_page.h"
#include "app/gui/picker/file_saver.h"
#include "app/gui/probers/prober_service.h"
#include "core/system/system.h"

#include <QTimer>

#include <vector>

class QActionGroup;
class QMimeData;
class QSplitter;
class QStackedWidget;
class QTableView;

namespace scratchproof::gui {

class Banner;
class DetailsPane;
class EmptyState;
class FolderChooser;
class PlacesPanel;

/// The Check page: places at the left, the table of folders, and the details of the one that is selected.
class CheckPage final : public TablePage
{
    Q_OBJECT

public:
    CheckPage(System& system, ProberService& probers, QWidget* parent = nullptr);
    ~CheckPage() override;

    /// Adds folders and checks them; one that is there already is checked again, and selected. Bytes, relative ones
    /// below the working directory; or addresses of folders of other computers (core/host/run_as.h).
    void addFolders(const std::vector<Path>& folders);
    /// What a drop or the clipboard holds.
    void addFrom(const QMimeData& mime);

    [[nodiscard]] QList<QAction*> toolBarActions() const override;
    [[nodiscard]] QList<QAction*> menuActions() const override;
    void setFilter(const QString& text) override;
    [[nodiscard]] QString filterName() const override;
    [[nodiscard]] QVariantMap saveLayout() const override;
    void restoreLayout(const QVariantMap& layout) override;
    void shown() override;

    /// For tests.
    [[nodiscard]] CheckModel& model() { return *m_model; }
    [[nodiscard]] CheckJob& job() { return *m_job; }
    [[nodiscard]] DetailsPane& details() { return *m_details; }
    void exportTo(const Path& file, bool replace);

signals:
    /// An export ended: the file is there, or why not.
    void exported(bool written, const QString& reason);
    /// The drive of this folder of this computer is to be verified.
    void verifyWanted(const scratchproof::Path& folder);

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    struct Actions
    {
        QAction* add;
        QAction* remote;
        QAction* checkAll;
        QAction* stop;
        QAction* again;
        QAction* checkAs;
        QAction* remove;
        QAction* copy;
        QAction* copyDiagnosis;
        QAction* copyMarkdown;
        QAction* copyPath;
        QAction* paste;
        QAction* favourite;
        QAction* verify;
        QAction* exportJson;
        QAction* quick;
        QAction* standard;
        QAction* full;
    };

    void buildActions();
    void buildLevelActions();
    void buildColumns();
    void buildLayout();
    void wire();
    void showBanner();
    void showTableMenu(const QPoint& where);
    void checkAs(const std::vector<Path>& folders, const QString& user);
    void chooseUser();
    void askForRemoteFolder();
    void chooseFolders();
    void chooseExport();
    void copyRows(QString (*format)(const std::vector<const CheckRow*>&));
    void copyDiagnoses();
    void openFolder(const Path& folder);
    void pasteFolders();
    void setLevel(Level level);
    void keepSelection();
    void restoreSelection();
    void select(RowId id);
    void showDetails();
    void updateState();
    void say(const QString& text);
    [[nodiscard]] QString summary() const;
    [[nodiscard]] std::vector<RowId> selectedIds() const;
    [[nodiscard]] std::vector<const CheckRow*> selectedRows() const;
    [[nodiscard]] bool isAnyHereSelected() const;
    [[nodiscard]] FolderChooser& chooser();
    [[nodiscard]] FileSaver& saver();
    [[nodiscard]] FileSaver::Content report() const;

    System& m_system;
    ProberService& m_probers;
    CheckModel* m_model;
    CheckJob* m_job;
    Actions m_actions{};
    QActionGroup* m_levels = nullptr;
    Banner* m_banner = nullptr;
    std::string m_caller; // of sudo, where we run as root
    PlacesPanel* m_places = nullptr;
    QStackedWidget* m_stack = nullptr;
    EmptyState* m_empty = nullptr;
    QSplitter* m_across = nullptr;
    QSplitter* m_down = nullptr;
    DetailsPane* m_details = nullptr;
    QString m_otherUser;                // who was asked for last
    FolderChooser* m_chooser = nullptr; // made when first wanted
    FileSaver* m_saver = nullptr;
    QTimer m_detailsTimer;
    QTimer m_sayTimer; // till the passing remark gives way to the summary
    QString m_said;
    std::vector<RowId> m_keptSelection;
    RowId m_keptCurrent = 0;
};

} // namespace scratchproof::gui
