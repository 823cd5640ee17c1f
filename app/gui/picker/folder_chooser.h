// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/picker/folder_picker.h"

#include <QDBusConnection>
#include <QObject>
#include <QPointer>

#include <functional>
#include <optional>
#include <vector>

namespace scratchproof::gui {

class PortalChooser;

/// Lets the user choose folders, or where to save: by the desktop's portal, or by our own picker where no portal
/// answers. One choice at a time; asking again while one is open brings that to the front.
class FolderChooser final : public QObject
{
    Q_OBJECT

public:
    /// `window` is the parent of dialogs and of this object.
    FolderChooser(ProberService& service, QWidget* window);
    /// With a bus of the caller's choice (tests).
    FolderChooser(ProberService& service, QWidget* window, QDBusConnection bus);
    ~FolderChooser() override;

    /// Where the own picker takes its places from, when it opens; pickerPlaces() unless set.
    void setPlaces(std::function<std::vector<PickerPlace>()> places) { m_places = std::move(places); }

    void choose(const ChooserRequest& request);
    /// Our own picker, while it is open.
    [[nodiscard]] FolderPicker* picker() const { return m_picker; }

signals:
    /// For SaveFile one path: a file that may be there already. The desktop's dialog asks before one is replaced, our
    /// own picker does not: whoever saves looks (O_EXCL) and asks.
    void chosen(const std::vector<scratchproof::Path>& paths);
    void cancelled();
    void ownPickerOpened();

private:
    void openOwnPicker();
    void endPortal();
    [[nodiscard]] QString parentWindow() const;

    ProberService& m_service;
    QWidget* m_window;
    std::optional<QDBusConnection> m_bus; // connected to when first needed
    ChooserRequest m_request;
    std::function<std::vector<PickerPlace>()> m_places;
    QPointer<PortalChooser> m_portal;
    QPointer<FolderPicker> m_picker;
};

} // namespace scratchproof::gui
