// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/main_window.h"
#include "app/gui/probers/prober_bridge.h"
#include "app/gui/probers/settings_store.h"
#include "app/gui/startup.h"
#include "core/base/exit_code.h"
#include "core/host/prober_host.h"
#include "core/system/folder_ban.h"
#include "core/system/system.h"
#include "core/system/termination_signals.h"

#include <QApplication>
#include <QFile>
#include <QIcon>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

void print(std::FILE* stream, const std::string& text)
{
    std::fputs(text.c_str(), stream);
}

/// Qt aborts where it can open no window (a display that is set, but refuses us). Say so in words, and what to use
/// instead.
void onMessage(QtMsgType type, const QMessageLogContext&, const QString& message)
{
    print(stderr, message.toStdString() + "\n");
    if (type != QtFatalMsg)
        return;
    print(stderr, "scratchproof: the window could not be opened. In a terminal, use the console program instead: "
                  "scratchproof-cli check FOLDER\n");
    std::_Exit(scratchproof::toInt(scratchproof::ExitCode::Fault));
}

QIcon applicationIcon()
{
    QIcon icon;
    for (const int size : {16, 32, 48, 128})
        icon.addFile(QStringLiteral(":/application/%1x%1/apps/scratchproof.png").arg(size), QSize(size, size));
    return icon;
}

} // namespace

int main(int argc, char** argv)
{
    using namespace scratchproof;
    openClosedStandardStreams();
    if (argc > 1 && std::string_view(argv[1]) == gui::kKeepSettingsOption)
        return gui::keepSettings(argc > 2 ? QFile::decodeName(argv[2]) : QString());
    const gui::Arguments arguments = gui::readArguments(argc, argv);
    if (!arguments.problem.empty()) {
        print(stderr, "scratchproof: " + arguments.problem + "\n" + gui::usageText());
        return toInt(ExitCode::BadUsage);
    }
    if (arguments.help || arguments.version) {
        print(stdout, arguments.help ? gui::usageText() : "scratchproof " SCRATCHPROOF_VERSION "\n");
        return 0;
    }
    if (const auto reason = gui::whyNoDisplay(argc, argv, environmentVariable)) {
        print(stderr, *reason);
        return toInt(ExitCode::Fault);
    }
    ignoreSignalsThatAreErrors();
    qInstallMessageHandler(onMessage);
    gui::SettingsStore settings(linuxSystem()); // reads while Qt starts
    // Before any other thread, so that all leave the signals to this one.
    std::atomic<int> endedBy = 0;
    const TerminationSignals terminations([&endedBy](int signal) {
        endedBy = signal;
        if (qApp)
            QMetaObject::invokeMethod(qApp, &QApplication::closeAllWindows, Qt::QueuedConnection);
    });
    QApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("scratchproof"));
    QCoreApplication::setApplicationVersion(QStringLiteral(SCRATCHPROOF_VERSION));
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Scratchproof"));
    QGuiApplication::setDesktopFileName(QStringLiteral("scratchproof"));
    QGuiApplication::setWindowIcon(applicationIcon());

    gui::ProberBridge probers(linuxSystem());
    gui::MainWindow window(linuxSystem(), probers, settings);
    window.show();
    window.addFolders(arguments.folders);
    static_cast<void>(findProberProgram()); // it is kept
    const FolderBan ban;                    // from here on, whatever a click leads to
    const int code = QApplication::exec();
    return endedBy != 0 ? kInterruptedBase + endedBy : code;
}
