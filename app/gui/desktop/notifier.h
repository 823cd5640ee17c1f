// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDBusConnection>
#include <QString>

namespace scratchproof::gui {

/// Shows a notification on the desktop (org.freedesktop.Notifications, Desktop Notifications Specification 1.2), and
/// waits for nothing: where nobody shows any, nothing happens. `body` is plain text.
void notifyDesktop(const QDBusConnection& bus, const QString& summary, const QString& body);

} // namespace scratchproof::gui
