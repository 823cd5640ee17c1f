// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/kit/page.h"
#include "app/gui/verify/leftovers_job.h"
#include "app/gui/verify/verify_job.h"
#include "core/system/system.h"

#include <QDBusConnection>

#include <optional>

class QBoxLayout;
class QScrollArea;

namespace scratchproof::gui {

class Banner;
class FileSaver;
class FolderChooser;
class SleepInhibitor;
class VerifyForm;
class VerifyView;

/// The Verify page: whether a drive holds what it says that it holds, and how fast it is.
class VerifyPage final : public Page
{
    Q_OBJECT

public:
    VerifyPage(System& system, ProberService& probers, QWidget* parent = nullptr);
    ~VerifyPage() override;

    /// Proposes a folder's drive; nothing begins. While one is verified, nothing changes.
    void propose(const Path& folder, VerifyKind kind);

    [[nodiscard]] QList<QAction*> toolBarActions() const override;
    [[nodiscard]] QList<QAction*> menuActions() const override;
    void setFilter(const QString&) override {}
    [[nodiscard]] QString filterName() const override { return {}; }
    [[nodiscard]] QVariantMap saveLayout() const override;
    void restoreLayout(const QVariantMap& layout) override;
    void shown() override;
    [[nodiscard]] QString unfinished() const override;

    /// For tests.
    [[nodiscard]] VerifyJob& job() { return *m_job; }
    [[nodiscard]] LeftoversJob& leftovers() { return *m_leftovers; }
    [[nodiscard]] SleepInhibitor& inhibitor() { return *m_inhibitor; }
    [[nodiscard]] VerifyForm& form() { return *m_form; }
    void setSessionBus(const QDBusConnection& bus) { m_sessionBus = bus; }
    void saveTo(const Path& file, bool replace);

signals:
    /// A saving ended: the file is there, or why not.
    void saved(bool written, const QString& reason);

protected:
    void resizeEvent(QResizeEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void buildActions();
    void buildLayout();
    void wire();
    /// Asks first where it writes all over the drive.
    void start();
    void begin(const VerifyWish& wish);
    void ended();
    void notify();
    void copyReport();
    void save();
    void showLeftovers();
    void updateState();
    void arrange();
    [[nodiscard]] FileSaver& saver();

    System& m_system;
    ProberService& m_probers;
    VerifyJob* m_job;
    LeftoversJob* m_leftovers;
    SleepInhibitor* m_inhibitor;
    FolderChooser* m_chooser;
    FileSaver* m_saver = nullptr; // made when first wanted
    std::optional<QDBusConnection> m_sessionBus;
    Banner* m_banner = nullptr;
    QString m_leftoverProblem;
    QScrollArea* m_scroll = nullptr;
    QBoxLayout* m_columns = nullptr;
    VerifyForm* m_form = nullptr;
    VerifyView* m_view = nullptr;
    QAction* m_start = nullptr;
    QAction* m_stop = nullptr;
    QAction* m_copy = nullptr;
    QAction* m_save = nullptr;
};

} // namespace scratchproof::gui
