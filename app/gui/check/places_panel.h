// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/check/places_model.h"
#include "app/gui/probers/prober_service.h"
#include "core/system/system.h"

#include <QWidget>

#include <vector>

class QListView;
class QPushButton;

namespace scratchproof::gui {

class MountWatcher;

/// The list of places at the left, with their free space, which a prober is asked for.
class PlacesPanel final : public QWidget
{
    Q_OBJECT

public:
    PlacesPanel(System& system, ProberService& probers, QWidget* parent = nullptr);

    /// Begins to watch the mounts. For after the first paint: till then the list has no drives.
    void start();
    [[nodiscard]] PlacesModel& model() { return *m_model; }
    void addFavourite(const Path& folder);
    /// The drives and shares, as "check all drives" wants them.
    [[nodiscard]] std::vector<Path> drives() const;

signals:
    void checkWanted(const std::vector<scratchproof::Path>& folders);
    void favouritesChanged();

private:
    void askForSpace();
    void checkCurrent();
    void showMenu(const QPoint& where);
    [[nodiscard]] const Place* current() const;

    ProberService& m_probers;
    PlacesModel* m_model;
    MountWatcher* m_watcher;
    QListView* m_list;
    QPushButton* m_check;
};

} // namespace scratchproof::gui
