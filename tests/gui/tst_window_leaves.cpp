// SPDX-License-Identifier: GPL-3.0-or-later
// The window program as a process, started where something does not answer, and asked to leave.
#include "tests/support/hung_folder.h"
#include "tests/support/installed_cli.h"
#include "tests/support/mounts.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QSettings>
#include <QTest>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr qint64 kClosing = 1000;
constexpr auto kPatience = std::chrono::seconds(20);
constexpr int kTerminated = 128 + SIGTERM;

/// What hangs at the start, besides being among the places. Not what Qt and fontconfig touch by themselves, before
/// anything of ours runs: HOME, XDG_RUNTIME_DIR (QStandardPaths makes it), XDG_CONFIG_HOME, ..._DATA_HOME,
/// ..._CACHE_HOME.
const char* const kWhats[] = {"argument",          "favourite", "scratch directory",
                              "working directory", "TMPDIR",    "XDG_STATE_HOME"};

bool isOurs(int pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
    std::string name;
    return std::getline(file, name) && name.starts_with("scratchproof") && name != "scratchproof_fa";
}

/// This process inherits what the window left behind, as init would.
bool allAreGone()
{
    return eventually([] {
        reapEndedChildren();
        const auto children = childrenOf(getpid());
        return std::none_of(children.begin(), children.end(), isOurs);
    });
}

} // namespace

class WindowLeavesTest : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_base = std::make_unique<TemporaryFolder>();
        m_well = mountTmpfs(m_base->makeFolder("well"));
        m_environment.clear();
        for (const char* name : {"XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "TMPDIR", "DISPLAY",
                                 "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"})
            m_environment[name] = "";
        for (const std::string name : {"HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"}) {
            m_environment[name] = m_well->path() + "/" + name;
            makeFolder(m_environment[name], 0700);
        }
        m_environment["QT_QPA_PLATFORM"] = "offscreen";
        makeFolder(m_well->path() + "/folder", 0755);
    }
    void cleanup()
    {
        m_well.reset();
        m_base.reset();
    }
    void cleanupTestCase()
    {
        qInfo("hangs: process: %d situations, %d survived; longest closing %lld ms; settings saved in %d", m_tried,
              m_survived, m_longest, m_saved);
        QVERIFY(2 * m_saved >= m_survived);
    }

    void itIsGoneWithinASecondWhateverHangs_data()
    {
        QTest::addColumn<QByteArray>("kind");
        QTest::addColumn<QByteArray>("what");
        for (const auto& kind : hangKinds())
            for (const char* what : kWhats)
                QTest::addRow("%s, %s", kind.name, what) << QByteArray(kind.name) << QByteArray(what);
    }
    void itIsGoneWithinASecondWhateverHangs()
    {
        QFETCH(QByteArray, kind);
        QFETCH(QByteArray, what);
        const auto& all = hangKinds();
        const auto way =
            std::find_if(all.begin(), all.end(), [&](const HangKindName& one) { return kind == one.name; });
        if (const auto reason = HungFolder::whyNot(way->kind))
            QSKIP(reason->c_str());
        ++m_tried;
        HungFolder hung(way->kind, *m_base, "hung");
        const Path own = hung.path() + "/own";
        makeFolder(own, 0700);
        remember(what, own, hung.path());
        // Started before it hangs, so that it may stand in it.
        Program program;
        program.arguments = {"/bin/sh",
                             "-c",
                             "echo ready; read -r word; exec \"$@\"",
                             "waiting",
                             SCRATCHPROOF_WINDOW,
                             m_well->path() + "/folder"};
        if (what == "argument")
            program.arguments.push_back(own);
        if (what == "working directory") {
            program.workingFolder = own;
            program.arguments.emplace_back(".");
        }
        program.environment = m_environment;
        RunningProgram window(program);
        QVERIFY(window.readLineWith("ready").has_value());
        hung.hang();
        window.send("\n");
        // It has come so far that it checks.
        QVERIFY(eventually([&] { return !probersOf(window.pid()).empty(); }, kPatience));
        QTest::qWait(400);
        QElapsedTimer clock;
        clock.start();
        window.signal(SIGTERM);
        const Ended ended = window.wait(kPatience);
        const qint64 took = clock.elapsed();
        QVERIFY(!ended.timedOut);
        QVERIFY2(ended.exitCode == kTerminated, (std::to_string(ended.exitCode) + ended.errors).c_str());
        m_longest = qMax(m_longest, took);
        QVERIFY2(took < 3 * kClosing, qPrintable(QString::number(took)));
        // Not where a busy machine did not read them in time.
        m_saved += QSettings(configFile(), QSettings::IniFormat).contains(QStringLiteral("geometry")) ? 1 : 0;
        hung.release();
        QVERIFY2(allAreGone(), "something of ours is left");
        Program check;
        check.arguments = {SCRATCHPROOF_CLI, "check", own};
        check.environment = m_environment;
        QCOMPARE(run(check).exitCode, 0);
        for (const auto& name : namesIn(own))
            QVERIFY2(name.find(".scratchproof-probe") == std::string::npos, name.c_str());
        ++m_survived;
    }

    /// The settings' own place: fontconfig asks for nothing there if nothing but reading waits, so the frozen one only.
    void settingsThatCannotBeWrittenKeepNobodyWaiting()
    {
        ++m_tried;
        HungFolder hung(HangKind::Frozen, *m_base, "hung");
        makeFolder(hung.path() + "/config", 0700);
        m_environment["XDG_CONFIG_HOME"] = hung.path() + "/config";
        Program program;
        program.arguments = {SCRATCHPROOF_WINDOW, m_well->path() + "/folder"};
        program.environment = m_environment;
        hung.hang();
        RunningProgram window(program);
        QVERIFY(eventually([&] { return !probersOf(window.pid()).empty(); }, kPatience));
        QTest::qWait(400);
        QElapsedTimer clock;
        clock.start();
        window.signal(SIGTERM);
        const Ended ended = window.wait(kPatience);
        m_longest = qMax(m_longest, clock.elapsed());
        QVERIFY(!ended.timedOut);
        QVERIFY2(clock.elapsed() < 3 * kClosing, qPrintable(QString::number(clock.elapsed())));
        hung.release();
        QVERIFY(allAreGone());
        // They were written when that was possible again.
        m_saved += QSettings(configFile(), QSettings::IniFormat).contains(QStringLiteral("geometry")) ? 1 : 0;
        ++m_survived;
    }

private:
    [[nodiscard]] QString configFile()
    {
        return QString::fromStdString(m_environment["XDG_CONFIG_HOME"] + "/scratchproof/scratchproof.ini");
    }

    void remember(const QByteArray& what, const Path& own, const Path& mount)
    {
        if (what == "favourite") {
            QSettings settings(configFile(), QSettings::IniFormat);
            settings.setValue(QStringLiteral("check"), QVariantMap{{QStringLiteral("favourites"),
                                                                    QVariantList{QByteArray::fromStdString(own)}}});
        } else if (what == "scratch directory") {
            std::filesystem::permissions(mount, std::filesystem::perms(0755));
            Program create;
            create.arguments = {SCRATCHPROOF_CLI, "scratch", "create", "held", "--in", own};
            create.environment = m_environment;
            const auto ended = run(create);
            QVERIFY2(ended.exitCode == 0, ended.errors.c_str());
        } else if (what == "TMPDIR" || what.startsWith("XDG_")) {
            m_environment[what.toStdString()] = own;
        }
    }

    std::unique_ptr<TemporaryFolder> m_base;
    std::unique_ptr<MountedFolder> m_well;
    std::map<std::string, std::string> m_environment;
    int m_tried = 0;
    int m_survived = 0;
    int m_saved = 0;
    qint64 m_longest = 0;
};

int main(int argc, char** argv)
{
    if (const int code = prepare(Needs::PrivateMounts); code != 0)
        return code;
    adoptOrphans();
    QCoreApplication application(argc, argv);
    WindowLeavesTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_window_leaves.moc"
