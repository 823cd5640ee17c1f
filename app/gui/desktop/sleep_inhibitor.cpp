// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/desktop/sleep_inhibitor.h"

#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>

#include <utility>

namespace scratchproof::gui {

namespace {

const QString kAllSleep = QStringLiteral("sleep:idle");
/// Who is not at the computer, as over ssh, may block only this.
const QString kOnlyIdle = QStringLiteral("idle");

} // namespace

void SleepInhibitor::hold(const QString& why)
{
    if (std::exchange(m_isWanted, true))
        return;
    m_why = why;
    ++m_turn;
    if (!m_bus.isConnected())
        m_bus = QDBusConnection::systemBus();
    ask(kAllSleep);
}

void SleepInhibitor::ask(const QString& what)
{
    if (!m_bus.isConnected())
        return;
    auto call = QDBusMessage::createMethodCall(
        QStringLiteral("org.freedesktop.login1"), QStringLiteral("/org/freedesktop/login1"),
        QStringLiteral("org.freedesktop.login1.Manager"), QStringLiteral("Inhibit"));
    call << what << QStringLiteral("Scratchproof") << m_why << QStringLiteral("block");
    auto* watcher = new QDBusPendingCallWatcher(m_bus.asyncCall(call), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this,
            [this, what, turn = m_turn](QDBusPendingCallWatcher* done) {
                done->deleteLater();
                const QDBusPendingReply<QDBusUnixFileDescriptor> reply = *done;
                if (turn != m_turn || !m_isWanted)
                    return; // the descriptor goes with the reply
                if (reply.isError()) {
                    if (what == kAllSleep)
                        ask(kOnlyIdle);
                    return;
                }
                m_lock = reply.value();
            });
}

void SleepInhibitor::release()
{
    m_isWanted = false;
    m_lock = {};
}

} // namespace scratchproof::gui
