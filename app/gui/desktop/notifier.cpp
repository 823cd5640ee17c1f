// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/desktop/notifier.h"

#include <QDBusMessage>
#include <QDBusPendingCall>
#include <QVariantMap>

namespace scratchproof::gui {

void notifyDesktop(const QDBusConnection& bus, const QString& summary, const QString& body)
{
    if (!bus.isConnected())
        return;
    auto message = QDBusMessage::createMethodCall(
        QStringLiteral("org.freedesktop.Notifications"), QStringLiteral("/org/freedesktop/Notifications"),
        QStringLiteral("org.freedesktop.Notifications"), QStringLiteral("Notify"));
    const QString icon = QStringLiteral("scratchproof");
    // Servers may read the body as markup. The last number, -1: it stays as long as the server likes.
    message << QStringLiteral("Scratchproof") << 0U << icon << summary << body.toHtmlEscaped() << QStringList()
            << QVariantMap{{QStringLiteral("desktop-entry"), icon}} << -1;
    bus.asyncCall(message);
}

} // namespace scratchproof::gui
