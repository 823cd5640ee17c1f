// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stream/json_fields.h"
#include "tests/support/installed_cli.h"
#include "tests/support/private_bus.h"
#include "tests/support/qt_main.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <memory>

using namespace scratchproof;
using namespace scratchproof::test;

/// What `scratch sweep` shows on the desktop of whoever does not see its output.
class TestSweepNotice : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI);
        m_folder = std::make_unique<TemporaryFolder>();
        m_work = m_folder->makeFolder("work", 0755);
    }
    void cleanup()
    {
        m_desktop.reset();
        m_bus.reset();
        m_folder.reset();
        m_cli.reset();
    }

    void whatEndsSoonIsAnnouncedOnce()
    {
        startBus();
        startDesktop();
        create("<b>build", 5);
        create("later", 200);
        const Ended swept = sweep({});
        QVERIFY2(swept.exitCode == 0, swept.errors.c_str());
        QCOMPARE(swept.errors, std::string());
        const auto call = m_desktop->readLineWith("Notify");
        QVERIFY(call.has_value());
        QVERIFY2(call->find("Scratchproof") != std::string::npos, call->c_str());
        QVERIFY2(call->find("ends soon") != std::string::npos, call->c_str());
        QVERIFY2(call->find("&lt;b&gt;build") != std::string::npos, call->c_str());
        QVERIFY2(call->find("later") == std::string::npos, call->c_str());
        QCOMPARE(sweep({}).exitCode, 0);
        QVERIFY(!m_desktop->readLineWith("Notify", std::chrono::milliseconds(500)));
    }

    void aDryRunAnnouncesNothing()
    {
        startBus();
        startDesktop();
        create("build", 5);
        QCOMPARE(sweep({"--dry-run"}).exitCode, 0);
        QVERIFY(!m_desktop->readLineWith("Notify", std::chrono::milliseconds(500)));
    }

    void withoutADesktopTheSweepIsAsGood_data()
    {
        QTest::addColumn<bool>("bus");
        QTest::newRow("no bus") << false;
        QTest::newRow("nobody who shows notifications") << true;
    }
    void withoutADesktopTheSweepIsAsGood()
    {
        QFETCH(bool, bus);
        if (bus)
            startBus();
        create("build", 5);
        const Ended swept = sweep({});
        QCOMPARE(swept.exitCode, 0);
        QCOMPARE(swept.errors, std::string());
        QVERIFY(swept.output.find("'build' ends") != std::string::npos);
    }

private:
    /// As root: a bus wants an account.
    [[nodiscard]] Program onOurBus(std::vector<std::string> arguments) const
    {
        Program program;
        program.environment = m_cli->environmentOf(0);
        program.arguments = std::move(arguments);
        program.environment["DBUS_SESSION_BUS_ADDRESS"] = m_address;
        return program;
    }
    void startBus()
    {
        m_bus = std::make_unique<PrivateBus>();
        m_address = m_bus->address();
    }
    void startDesktop()
    {
        m_desktop = std::make_unique<RunningProgram>(
            onOurBus({"/usr/bin/python3", "-u", "-m", "dbusmock", "--session", "--template", "notification_daemon"}));
        QVERIFY(eventually([this] {
            const Ended asked =
                run(onOurBus({"dbus-send", "--print-reply", "--dest=org.freedesktop.DBus", "/",
                              "org.freedesktop.DBus.GetNameOwner", "string:org.freedesktop.Notifications"}));
            return asked.exitCode == 0;
        }));
    }
    /// One that ends in `hours` of its 20 days.
    void create(const std::string& name, int hours) const
    {
        const Ended made =
            run(onOurBus({m_cli->program(), "scratch", "create", name, "--in", m_work, "--lifetime", "20d"}));
        QVERIFY2(made.exitCode == 0, made.errors.c_str());
        runOrFail({"python3", "-c",
                   "import sqlite3, sys, time\n"
                   "database = sqlite3.connect(sys.argv[1])\n"
                   "end = time.time_ns() + int(sys.argv[3]) * 3600 * 10**9\n"
                   "database.execute('UPDATE directories SET expires = ?1, elapsed_end = elapsed_end + ?1 - expires "
                   "WHERE name = ?2', (end, sys.argv[2].encode()))\n"
                   "database.commit()\n",
                   m_cli->environmentOf(0).at("HOME") + "/.local/state/scratchproof/scratch.db", name,
                   std::to_string(hours)});
    }
    [[nodiscard]] Ended sweep(const std::vector<std::string>& options) const
    {
        std::vector<std::string> words{m_cli->program(), "scratch", "sweep"};
        words.insert(words.end(), options.begin(), options.end());
        return run(onOurBus(std::move(words)));
    }

    std::unique_ptr<InstalledCli> m_cli;
    std::unique_ptr<TemporaryFolder> m_folder;
    Path m_work;
    std::string m_address;
    std::unique_ptr<PrivateBus> m_bus;
    std::unique_ptr<RunningProgram> m_desktop;
};

SCRATCHPROOF_TEST_MAIN(TestSweepNotice, Root)
#include "tst_sweep_notice.moc"
