// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/desktop/file_manager.h"

#include "app/gui/kit/typed_path.h"

#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QProcess>
#include <QTimer>

#include <csignal>
#include <utility>

namespace scratchproof::gui {

namespace {

// A file manager that has to be started first takes a while; after this it is taken to be absent.
constexpr int kStartMilliseconds = 10'000;

} // namespace

void openInFileManager(const QDBusConnection& bus, const Path& folder, QObject* context, std::function<void()> failed)
{
    const QString uri = QString::fromStdString(uriFromPath(folder));
    const auto fallBack = [uri, failed = std::move(failed)] {
        QProcess opener;
        opener.setProgram(QStringLiteral("xdg-open"));
        opener.setArguments({uri});
        opener.setWorkingDirectory(QStringLiteral("/")); // ours may be on what hangs
        // This program's threads leave signals to one of them; what it starts is to get them.
        opener.setChildProcessModifier([] {
            sigset_t none;
            sigemptyset(&none);
            sigprocmask(SIG_SETMASK, &none, nullptr);
        });
        if (!opener.startDetached() && failed)
            failed();
    };
    if (!bus.isConnected()) {
        QTimer::singleShot(0, context, fallBack);
        return;
    }
    auto message = QDBusMessage::createMethodCall(
        QStringLiteral("org.freedesktop.FileManager1"), QStringLiteral("/org/freedesktop/FileManager1"),
        QStringLiteral("org.freedesktop.FileManager1"), QStringLiteral("ShowFolders"));
    message << QStringList{uri} << QString();
    auto* call = new QDBusPendingCallWatcher(bus.asyncCall(message, kStartMilliseconds), context);
    QObject::connect(call, &QDBusPendingCallWatcher::finished, context, [call, fallBack] {
        call->deleteLater();
        if (call->isError())
            fallBack();
    });
}

} // namespace scratchproof::gui
