// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/jobs/prober_bridge.h"
#include "app/gui/jobs/settings_store.h"
#include "app/gui/main_window.h"
#include "app/gui/startup.h"
#include "core/system/system.h"

#include <QApplication>
#include <QIcon>

#include <cstdio>
#include <cstdlib>

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
    std::_Exit(scratchproof::gui::kExitOwnFault);
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
    const gui::Arguments arguments = gui::readArguments(argc, argv);
    if (!arguments.problem.empty()) {
        print(stderr, "scratchproof: " + arguments.problem + "\n" + gui::usageText());
        return gui::kExitUsage;
    }
    if (arguments.help || arguments.version) {
        print(stdout, arguments.help ? gui::usageText() : "scratchproof " SCRATCHPROOF_VERSION "\n");
        return 0;
    }
    if (const auto reason = gui::whyNoDisplay(argc, argv, environmentVariable)) {
        print(stderr, *reason);
        return gui::kExitOwnFault;
    }
    ignoreSignalsThatAreErrors();
    qInstallMessageHandler(onMessage);
    QApplication application(argc, argv);
    gui::SettingsStore settings; // not earlier: Qt takes the first thread that uses it for the main one
    QCoreApplication::setApplicationName(QStringLiteral("scratchproof"));
    QCoreApplication::setApplicationVersion(QStringLiteral(SCRATCHPROOF_VERSION));
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Scratchproof"));
    QGuiApplication::setDesktopFileName(QStringLiteral("scratchproof"));
    QGuiApplication::setWindowIcon(applicationIcon());

    gui::ProberBridge probers(linuxSystem());
    gui::MainWindow window(linuxSystem(), probers, settings);
    window.show();
    window.addFolders(arguments.folders);
    return QApplication::exec();
}
