// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDBusConnection>
#include <QDBusUnixFileDescriptor>
#include <QObject>
#include <QString>

namespace scratchproof::gui {

/// Asks the system not to go to sleep by itself (org.freedesktop.login1.Manager.Inhibit, mode "block": systemd's
/// "Inhibitor Locks"). Waits for nothing; where nobody answers, or sleep may not be blocked, nothing happens. The
/// system takes it back by itself when this program ends.
class SleepInhibitor final : public QObject
{
    Q_OBJECT

public:
    /// With the system's bus, connected to when it is first needed.
    explicit SleepInhibitor(QObject* parent = nullptr) : QObject(parent) {}

    /// `why` is what the desktop may show. Once more while it is held changes nothing.
    void hold(const QString& why);
    void release();
    /// The system has agreed.
    [[nodiscard]] bool isHeld() const { return m_lock.isValid(); }

    /// Another bus (tests).
    void setBus(const QDBusConnection& bus) { m_bus = bus; }

private:
    void ask(const QString& what);

    QDBusConnection m_bus{QString()};
    QString m_why;
    bool m_isWanted = false;
    quint64 m_turn = 0; // an answer to an earlier hold() is dropped
    QDBusUnixFileDescriptor m_lock;
};

} // namespace scratchproof::gui
