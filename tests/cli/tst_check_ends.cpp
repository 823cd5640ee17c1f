// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fault_folder.h"
#include "tests/support/installed_cli.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QTest>

#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;
using namespace std::chrono_literals;

/// `check` ends in good order, whatever its streams, its list and its time-out are.
class CheckEndsTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<InstalledCli> m_cli;
    std::unique_ptr<TemporaryFolder> m_base;

    Path own(const std::string& name) const
    {
        Path path = m_base->makeFolder(name, 0755);
        changeOwner(path, kOrdinaryUser, kOrdinaryUser);
        return path;
    }
    /// Through a shell; $P is the program.
    Ended shell(const std::string& words) const
    {
        Program program = m_cli->command({});
        program.arguments = {"/bin/bash", "-c", words};
        program.environment["P"] = m_cli->program();
        return run(program);
    }

private slots:
    void initTestCase() { m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI); }
    void cleanupTestCase() { m_cli.reset(); }
    void init() { m_base = std::make_unique<TemporaryFolder>(); }

    void closedStreamsAreNoFiles()
    {
        const Path folder = own("folder");
        for (const char* closed : {">&-", "2>&-", "<&-", "<&- >&- 2>&-"})
            QCOMPARE(shell("$P check '" + folder + "' " + closed).exitCode, 0);
        QCOMPARE(shell("$P check '" + folder + "/missing' <&- >&- 2>&-").exitCode, 1);
        const auto json = shell("$P check --json '" + folder + "' 2>&- <&-");
        QCOMPARE(Report(json.output).verdict(), std::string("usable"));
        QVERIFY(namesIn(folder).empty());
    }

    void whatCannotBeWrittenIsAFaultWhateverWasFound()
    {
        const Path folder = own("folder");
        for (const char* option : {"", "--json", "--ndjson"}) {
            QCOMPARE(shell("$P check " + std::string(option) + " '" + folder + "' >/dev/full").exitCode, 4);
            QCOMPARE(shell("$P check " + std::string(option) + " '" + folder + "/missing' >/dev/full").exitCode, 4);
        }
        QCOMPARE(shell("$P check '" + folder + "/missing' >/dev/null").exitCode, 1);
    }

    void nobodyWhoReadsIsAReasonToStop()
    {
        FaultFolder slow(*m_base / "slow");
        std::string folders;
        for (int i = 0; i < 40; ++i) {
            makeFolder(slow.backing() + "/" + std::to_string(i), 0777);
            folders += " '" + slow.path() + "/" + std::to_string(i) + "'";
        }
        slow.forget();
        const auto ended = shell("$P check --ndjson --level quick" + folders + " | head -1");
        QVERIFY(!ended.output.empty());
        const std::size_t few = slow.count("create");
        slow.forget();
        static_cast<void>(shell("$P check --ndjson --level quick" + folders + " >/dev/null"));
        QVERIFY2(few < slow.count("create") / 2, std::to_string(few).c_str());
    }

    void aTimeOutOfManyYearsIsForEver()
    {
        const Path folder = own("folder");
        for (const char* time : {"2600w", "1000w", "8000d"})
            QCOMPARE(shell("$P check --timeout " + std::string(time) + " '" + folder + "'").exitCode, 0);
    }

    void whatWasUnderWayIsInTheDocument()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("fsync");
        const Path good = own("good");
        RunningProgram running(m_cli->command({"check", "--json", "--timeout", "60", good, hanging.path()}));
        QVERIFY(hanging.waitUntilStuck("fsync"));
        running.signal(SIGINT);
        const auto ended = running.wait();
        hanging.release();
        QCOMPARE(ended.exitCode, 130);
        const Report report(ended.output);
        QCOMPARE(report.size(), std::size_t{2});
        QCOMPARE(report.folder(0), good);
        QCOMPARE(report.verdict(1), std::string("not-checked"));
        QCOMPARE(report.folder(1), hanging.path());
        QCOMPARE(report.firstFinding(1), std::string("cancelled"));
    }

    void aListWhereNobodyAnswersIsNotWaitedFor()
    {
        FaultFolder place(*m_base / "place");
        const Path folder = own("folder");
        writeFile(place.backing() + "/list", folder + "\n", 0644);
        const auto healthy = run(m_cli->command({"check", "--json", "--from-file", place.path() + "/list"}));
        QCOMPARE(Report(healthy.output).verdict(), std::string("usable"));
        place.hang("getattr");
        place.hang("open");
        const auto started = std::chrono::steady_clock::now();
        const auto ended = run(m_cli->command({"check", "--timeout", "1", "--from-file", place.path() + "/list"}));
        QCOMPARE(ended.exitCode, 2);
        QVERIFY2(ended.errors.find("cannot read") != std::string::npos, ended.errors.c_str());
        QVERIFY(std::chrono::steady_clock::now() - started < 20s);
        place.release();
        place.hang("open");
        RunningProgram running(m_cli->command({"check", "--timeout", "60", "--from-file", place.path() + "/list"}));
        QVERIFY(place.waitUntilStuck("open"));
        running.signal(SIGTERM);
        QCOMPARE(running.wait().exitCode, 143);
        place.release();
    }
};

SCRATCHPROOF_TEST_MAIN(CheckEndsTest, PrivateMounts)
#include "tst_check_ends.moc"
