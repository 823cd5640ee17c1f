// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/prober_host.h"
#include "tests/host/host_settings.h"
#include "tests/support/collector.h"
#include "tests/support/fault_folder.h"
#include "tests/support/installed_cli.h"
#include "tests/support/pace.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;
using namespace std::chrono_literals;

namespace {

/// What the findings say may be there still.
std::vector<Path> namedIn(const Check& check)
{
    std::vector<Path> paths;
    for (const Finding& finding : check.findings) {
        if (finding.id == "probe-may-stay")
            paths.push_back(finding.arguments.at("leftover").text);
    }
    return paths;
}

bool hasFinding(const Check& check, const std::string& id)
{
    return std::any_of(check.findings.begin(), check.findings.end(), [&](const Finding& one) { return one.id == id; });
}

/// The names in the folder, as paths by which it was checked.
std::vector<Path> pathsIn(const FaultFolder& folder)
{
    std::vector<Path> paths;
    for (const auto& name : namesIn(folder.backing()))
        paths.push_back(folder.path() + "/" + name);
    return paths;
}

bool contains(const std::vector<Path>& paths, const std::vector<Path>& some)
{
    return std::all_of(some.begin(), some.end(),
                       [&](const Path& one) { return std::find(paths.begin(), paths.end(), one) != paths.end(); });
}

} // namespace

/// Folders that answer after the deadline: whoever waited for them takes away what it made.
class LateProbersTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<TemporaryFolder> m_base;

private slots:
    void init()
    {
        ignoreSignalsThatAreErrors(); // again: Qt Test has put handlers of its own in their place
        m_base = std::make_unique<TemporaryFolder>();
        useFreshHome(m_base->path());
    }

    void aLateProberIsNamedAndCleansUpWhenItIsAnswered_data()
    {
        QTest::addColumn<QByteArray>("operation");
        QTest::addColumn<int>("level");
        for (const char* operation : {"create", "write", "fsync", "open", "rename", "unlink", "mkdir", "rmdir"})
            QTest::newRow(operation) << QByteArray(operation) << static_cast<int>(Level::Standard);
        QTest::newRow("create, quick") << QByteArray("create") << static_cast<int>(Level::Quick);
        QTest::newRow("rmdir, quick") << QByteArray("rmdir") << static_cast<int>(Level::Quick);
        QTest::newRow("symlink, full") << QByteArray("symlink") << static_cast<int>(Level::Full);
        QTest::newRow("link, full") << QByteArray("link") << static_cast<int>(Level::Full);
    }
    void aLateProberIsNamedAndCleansUpWhenItIsAnswered()
    {
        QFETCH(QByteArray, operation);
        QFETCH(int, level);
        FaultFolder slow(*m_base / "slow");
        slow.hang(operation.toStdString());
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        const auto late = collector.check(host.check(slow.path(), static_cast<Level>(level)));
        QVERIFY(late.has_value());
        QCOMPARE(word(late->verdict), word(Verdict::NotResponding));
        // What is there is named; what the call that hangs is about to make is named as well.
        QVERIFY(!namedIn(*late).empty());
        QVERIFY(contains(namedIn(*late), pathsIn(slow)));
        QCOMPARE(host.abandoned().size(), std::size_t{1});
        QVERIFY(processExists(host.abandoned().front().pid));

        const auto meanwhile = collector.check(host.check(slow.path(), static_cast<Level>(level)), 2s);
        QVERIFY(meanwhile.has_value());
        QVERIFY(hasFinding(*meanwhile, "still-stuck"));
        QVERIFY(namedIn(*meanwhile) == namedIn(*late));

        slow.release();
        QVERIFY(eventually([&] { return host.abandoned().empty(); }));
        QVERIFY(namesIn(slow.backing()).empty());
        const auto again = collector.check(host.check(slow.path(), static_cast<Level>(level)));
        QVERIFY(again.has_value());
        QVERIFY2(again->verdict == Verdict::Usable || again->verdict == Verdict::Limited, word(again->verdict).c_str());
        QVERIFY(namedIn(*again).empty());
        QVERIFY(again->removedLeftovers.empty());
    }

    void aFolderThatIsOnlySlowIsEmptyInTheEnd()
    {
        FaultFolder slow(*m_base / "slow");
        const auto deadline = std::chrono::nanoseconds(kShortDeadline);
        const auto delay = std::chrono::duration_cast<std::chrono::milliseconds>(2 * deadline).count();
        slow.on("write", "1+", "delay " + std::to_string(delay));
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        const auto late = collector.check(host.check(slow.path(), Level::Standard));
        QCOMPARE(word(late.value().verdict), word(Verdict::NotResponding));
        QVERIFY(eventually([&] { return host.abandoned().empty(); }, 30s));
        QVERIFY(namesIn(slow.backing()).empty());
    }

    void aProberThatMadeNothingIsEndedAtOnce()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("statfs");
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        const auto late = collector.check(host.check(hanging.path(), Level::Standard));
        QCOMPARE(word(late.value().verdict), word(Verdict::NotResponding));
        QVERIFY(namedIn(*late).empty());
        hanging.release();
        QVERIFY(eventually([&] { return host.abandoned().empty(); }));
    }

    void severalAreNamedEachInItsAnswerAndAllCleanUp()
    {
        FaultFolder slow(*m_base / "slow");
        std::vector<Path> folders;
        for (const char* name : {"a", "b", "c"}) {
            makeFolder(slow.backing() + "/" + name, 0777);
            folders.push_back(slow.path() + "/" + name);
        }
        slow.hang("write");
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        std::vector<WorkId> ids;
        for (const auto& folder : folders)
            ids.push_back(host.check(folder, Level::Standard));
        for (const std::size_t i : {0U, 1U}) {
            const auto late = collector.check(ids[i]);
            QCOMPARE(word(late.value().verdict), word(Verdict::NotResponding));
            QCOMPARE(namedIn(*late).size(), std::size_t{1});
            QCOMPARE(parentPath(namedIn(*late).front()), folders[i]);
        }
        // Nobody was there: nothing can be left.
        const auto notTried = collector.check(ids[2]);
        QCOMPARE(word(notTried.value().verdict), word(Verdict::NotChecked));
        QVERIFY(namedIn(*notTried).empty());
        QCOMPARE(host.abandoned().size(), std::size_t{2});
        slow.release();
        QVERIFY(eventually([&] { return host.abandoned().empty(); }));
        for (const char* name : {"a", "b", "c"})
            QVERIFY(namesIn(slow.backing() + "/" + name).empty());
    }

    void aHostThatEndsLeavesItToCleanUp_data()
    {
        QTest::addColumn<bool>("isKilled");
        QTest::newRow("in good order") << false;
        QTest::newRow("by SIGKILL") << true;
    }
    void aHostThatEndsLeavesItToCleanUp()
    {
        QFETCH(bool, isKilled);
        FaultFolder slow(*m_base / "slow");
        slow.hang("write");
        int prober = 0;
        if (isKilled) {
            Program program;
            program.arguments = {SCRATCHPROOF_CLI, "check", slow.path()};
            RunningProgram host(program);
            QVERIFY(slow.waitUntilStuck("write"));
            prober = probersOf(host.pid()).front();
            host.signal(SIGKILL);
            static_cast<void>(host.wait());
        } else {
            Collector collector;
            auto host = std::make_unique<ProberHost>(linuxSystem(), settings(), collector);
            static_cast<void>(collector.check(host->check(slow.path(), Level::Standard)));
            prober = host->abandoned().front().pid;
            const auto started = std::chrono::steady_clock::now();
            host.reset();
            QVERIFY(std::chrono::steady_clock::now() - started < 1s);
        }
        QVERIFY(processExists(prober));
        QCOMPARE(namesIn(slow.backing()).size(), std::size_t{1});
        slow.release();
        QVERIFY(eventually([&] { return namesIn(slow.backing()).empty(); }));
        QVERIFY(eventually([&] {
            reapEndedChildren();
            return !processExists(prober);
        }));
    }

    void whatAKilledOneLeftIsRemovedAndToldByTheNextCheck()
    {
        FaultFolder slow(*m_base / "slow\xff"); // told byte by byte
        slow.hang("write");
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        const auto late = collector.check(host.check(slow.path(), Level::Standard));
        QVERIFY(late.has_value());
        QCOMPARE(::kill(host.abandoned().front().pid, SIGKILL), 0);
        slow.release();
        QVERIFY(eventually([&] { return host.abandoned().empty(); }));
        QVERIFY(pathsIn(slow) == namedIn(*late));
        const auto next = collector.check(host.check(slow.path(), Level::Standard));
        QCOMPARE(word(next.value().verdict), word(Verdict::Usable));
        QVERIFY(next->removedLeftovers == namedIn(*late));
        QVERIFY(namesIn(slow.backing()).empty());
    }

    void aProberThatDiesNamesWhatItLeft()
    {
        FaultFolder slow(*m_base / "slow");
        slow.hang("fsync");
        Collector collector;
        HostSettings patient = settings();
        patient.stepDeadline = 60 * kNanosecondsPerSecond;
        ProberHost host(linuxSystem(), patient, collector);
        const WorkId id = host.check(slow.path(), Level::Standard);
        QVERIFY(slow.waitUntilStuck("fsync"));
        QCOMPARE(::kill(probersOf(getpid()).front(), SIGKILL), 0);
        slow.release();
        const auto row = collector.check(id);
        QCOMPARE(word(row.value().verdict), word(Verdict::NotChecked));
        QVERIFY(namedIn(*row) == pathsIn(slow));
    }

    void aLateProberIsReadOnUntilItEndsUnlessItNeverEnds_data()
    {
        QTest::addColumn<QByteArray>("then");
        QTest::addColumn<bool>("cleansUp");
        // More than a pipe holds: if nobody read it, it would never come to its end.
        QTest::newRow("has much to say") << QByteArray("head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2")
                                         << true;
        QTest::newRow("talks for ever") << QByteArray("yes") << false;
        QTest::newRow("closes its output and goes on") << QByteArray("exec >&-; sleep 100") << false;
    }
    void aLateProberIsReadOnUntilItEndsUnlessItNeverEnds()
    {
        QFETCH(QByteArray, then);
        QFETCH(bool, cleansUp);
        const Path folder = m_base->makeFolder("folder");
        const Path made = folder + "/made";
        const Path program = *m_base / "prober-program";
        writeFile(program,
                  "#!/bin/sh\n"
                  R"(echo '{"event":"started","schema":"scratchproof.stream/1","program":{}}')"
                  "\nread line\n: > '" +
                      made + "'\n" + R"(echo '{"event":"step-started","check":1,"step":"write","may_leave":[")" + made +
                      R"("]}')"
                      "\nsleep 2\n" +
                      then.toStdString() + "\nrm '" + made + "'\n",
                  0755);
        Collector collector;
        HostSettings chosen = settings();
        chosen.program = program;
        chosen.stepDeadline = 700 * kNanosecondsPerMillisecond;
        ProberHost host(linuxSystem(), chosen, collector);
        const auto late = collector.check(host.check(folder, Level::Standard));
        QCOMPARE(word(late.value().verdict), word(Verdict::NotResponding));
        QVERIFY(namedIn(*late) == std::vector<Path>{made});
        QVERIFY(eventually([&] { return host.abandoned().empty(); }, 20s));
        QCOMPARE(namesIn(folder).empty(), cleansUp);
    }
};

SCRATCHPROOF_TEST_MAIN(LateProbersTest, PrivateMounts)
#include "tst_late_probers.moc"
