// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/probers/settings_store.h"
#include "app/gui/startup.h"
#include "core/base/exit_code.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace scratchproof;
using namespace scratchproof::gui;

namespace {

Arguments read(const std::vector<const char*>& words)
{
    return readArguments(static_cast<int>(words.size()), words.data());
}

struct Ended
{
    int code = -1;
    QString output;
    QString errors;
};

Ended runProgram(const QStringList& arguments, const QProcessEnvironment& environment)
{
    QProcess process;
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral(SCRATCHPROOF_WINDOW), arguments);
    if (!process.waitForFinished(30'000))
        return {};
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
            QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
}

QProcessEnvironment withoutDisplay()
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char* name : {"QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"})
        environment.remove(QString::fromLatin1(name));
    return environment;
}

} // namespace

class StartupTest : public QObject
{
    Q_OBJECT

private slots:
    void foldersAreTakenAsTheyAre()
    {
        const Arguments arguments = read({"scratchproof", "a", "/b\xff", "-style", "fusion", "--", "-odd"});
        QVERIFY(arguments.problem.empty());
        QCOMPARE(arguments.folders, (std::vector<Path>{"a", "/b\xff", "-odd"}));
    }

    void anUnknownOptionIsAProblem()
    {
        QVERIFY(read({"scratchproof", "--frob"}).problem.find("--frob") != std::string::npos);
        QVERIFY(read({"scratchproof", "--help"}).help);
        QVERIFY(read({"scratchproof", "-platform=xcb"}).problem.empty());
    }

    void withoutADisplayItSaysSoAndNamesTheConsoleProgram()
    {
        const Ended ended = runProgram({QStringLiteral("/tmp")}, withoutDisplay());
        QCOMPARE(ended.code, toInt(ExitCode::Fault));
        QVERIFY2(ended.errors.contains(QStringLiteral("scratchproof-cli")), qPrintable(ended.errors));
    }

    void aDisplayThatRefusesUsIsSaidTheSameWay()
    {
        QProcessEnvironment environment = withoutDisplay();
        environment.insert(QStringLiteral("DISPLAY"), QStringLiteral(":7654"));
        const Ended ended = runProgram({}, environment);
        QCOMPARE(ended.code, toInt(ExitCode::Fault));
        QVERIFY2(ended.errors.contains(QStringLiteral("scratchproof-cli")), qPrintable(ended.errors));
    }

    /// No file or socket that is opened later becomes what messages are written to.
    void closedStandardStreamsAreNoFiles()
    {
        for (const bool isClosed : {true, false}) {
            const QTemporaryDir home;
            QProcessEnvironment environment = withoutDisplay();
            environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
            environment.insert(QStringLiteral("HOME"), home.path());
            QProcess process;
            process.setProcessEnvironment(environment);
            process.start(QStringLiteral("/bin/sh"),
                          {QStringLiteral("-c"),
                           QStringLiteral("exec \"$0\" %1").arg(QLatin1String(isClosed ? "<&- >&- 2>&-" : "")),
                           QStringLiteral(SCRATCHPROOF_WINDOW)});
            QVERIFY(process.waitForStarted());
            const QString of = QStringLiteral("/proc/%1/").arg(process.processId());
            // It is there once its threads are.
            QTRY_VERIFY_WITH_TIMEOUT(QDir(of + QStringLiteral("task")).entryList(QDir::Dirs).size() > 5, 20'000);
            for (int stream = 0; stream <= 2; ++stream) {
                const QString target = QFile::symLinkTarget(of + QStringLiteral("fd/%1").arg(stream));
                QVERIFY2((target == QStringLiteral("/dev/null")) == isClosed, qPrintable(target));
            }
            process.terminate();
            QVERIFY(process.waitForFinished(20'000));
        }
    }

    void wrongUsageAndVersionNeedNoDisplay()
    {
        const Ended wrong = runProgram({QStringLiteral("--frob")}, withoutDisplay());
        QCOMPARE(wrong.code, toInt(ExitCode::BadUsage));
        QVERIFY(wrong.errors.contains(QStringLiteral("usage:")));
        const Ended version = runProgram({QStringLiteral("--version")}, withoutDisplay());
        QCOMPARE(version.code, 0);
        QVERIFY(version.output.startsWith(QStringLiteral("scratchproof ")));
    }

    void settingsAreWrittenAndReadBack()
    {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("settings.ini"));
        {
            SettingsStore store(linuxSystem(), SCRATCHPROOF_WINDOW, file);
            QVERIFY(store.read().isEmpty());
            store.write({{QStringLiteral("check"), QVariantMap{{QStringLiteral("level"), QStringLiteral("quick")}}}});
        }
        SettingsStore again(linuxSystem(), SCRATCHPROOF_WINDOW, file);
        QCOMPARE(again.read().value(QStringLiteral("check")).toMap().value(QStringLiteral("level")).toString(),
                 QStringLiteral("quick"));
    }

    void settingsThatNeverComeAreGoneWithoutInTime()
    {
        const QTemporaryDir folder;
        const QString pipe = folder.filePath(QStringLiteral("pipe"));
        QCOMPARE(QProcess::execute(QStringLiteral("mkfifo"), {pipe}), 0);
        QElapsedTimer clock;
        clock.start();
        {
            SettingsStore store(linuxSystem(), SCRATCHPROOF_WINDOW, pipe); // opening it for reading waits for a writer
            QVERIFY(store.read().isEmpty());
            QVERIFY(!store.wasRead());
            // What did not come is not to be overwritten.
            store.write({{QStringLiteral("level"), QStringLiteral("quick")}});
        }
        QVERIFY2(clock.elapsed() < 3000, qPrintable(QString::number(clock.elapsed())));
        // Frees the keeper.
        QFile writer(pipe);
        QVERIFY(writer.open(QIODevice::ReadWrite));
    }
};

QTEST_GUILESS_MAIN(StartupTest)
#include "tst_startup.moc"
