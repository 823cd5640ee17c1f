// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/picker/folder_chooser.h"

#include "app/gui/picker/portal_chooser.h"

#include <QGuiApplication>
#include <QWidget>

namespace scratchproof::gui {

FolderChooser::FolderChooser(ProberService& service, QWidget* window)
    : QObject(window), m_service(service), m_window(window), m_places([] { return pickerPlaces(); })
{}

FolderChooser::FolderChooser(ProberService& service, QWidget* window, QDBusConnection bus)
    : FolderChooser(service, window)
{
    m_bus = std::move(bus);
}

FolderChooser::~FolderChooser() = default;

void FolderChooser::choose(const ChooserRequest& request)
{
    if (m_picker) {
        m_picker->raise();
        m_picker->activateWindow();
        return;
    }
    if (m_portal)
        return;
    m_request = request;
    if (!m_bus)
        m_bus = PortalChooser::sessionBus();
    m_portal = new PortalChooser(*m_bus, this);
    connect(m_portal, &PortalChooser::chosen, this, [this](const std::vector<Path>& paths) {
        endPortal();
        emit chosen(paths);
    });
    connect(m_portal, &PortalChooser::cancelled, this, [this] {
        endPortal();
        emit cancelled();
    });
    connect(m_portal, &PortalChooser::unavailable, this, &FolderChooser::openOwnPicker);
    m_portal->start(request, parentWindow());
}

void FolderChooser::endPortal()
{
    m_portal->deleteLater();
    m_portal.clear();
}

void FolderChooser::openOwnPicker()
{
    // The portal object lives on for a while, to close a dialog that still comes after all.
    PortalChooser* late = m_portal;
    m_portal.clear();
    QTimer::singleShot(30'000, late, &QObject::deleteLater);
    m_picker = new FolderPicker(m_service, m_request, m_places(), m_window);
    connect(m_picker, &FolderPicker::chosen, this, &FolderChooser::chosen);
    connect(m_picker, &QDialog::rejected, this, &FolderChooser::cancelled);
    m_picker->open();
    emit ownPickerOpened();
}

QString FolderChooser::parentWindow() const
{
    if (QGuiApplication::platformName() != QLatin1String("xcb") || m_window->window()->windowHandle() == nullptr)
        return {};
    return QStringLiteral("x11:%1").arg(m_window->window()->winId(), 0, 16);
}

} // namespace scratchproof::gui
