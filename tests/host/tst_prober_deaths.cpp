// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/prober_host.h"
#include "core/probe/probe_name.h"
#include "core/protocol/requests.h"
#include "tests/support/collector.h"
#include "tests/support/fault_folder.h"
#include "tests/support/installed_cli.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <signal.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

std::string word(Verdict verdict)
{
    return std::string(toString(verdict));
}

/// The operation of the file system in which each step of a probe can be held.
const std::vector<std::pair<std::string, std::string>> kHolds{
    {"facts", "statfs"},       {"create-file", "create"},     {"write", "write"},
    {"sync", "fsync"},         {"read-back", "open"},         {"rename", "rename"},
    {"delete-file", "unlink"}, {"create-directory", "mkdir"}, {"delete-directory", "rmdir"},
};

} // namespace

/// kill -9 of a prober at every step, then a check that leaves the folder empty.
class ProberDeathsTest : public QObject
{
    Q_OBJECT

private slots:
    void aKilledProberCostsItsRowAndTheNextCheckLeavesTheFolderEmpty_data()
    {
        QTest::addColumn<QByteArray>("operation");
        QTest::addColumn<bool>("journal");
        for (const auto& [step, operation] : kHolds) {
            QTest::addRow("%s, found by the journal", step.c_str()) << QByteArray::fromStdString(operation) << true;
            QTest::addRow("%s, found by a look", step.c_str()) << QByteArray::fromStdString(operation) << false;
        }
    }
    void aKilledProberCostsItsRowAndTheNextCheckLeavesTheFolderEmpty()
    {
        QFETCH(QByteArray, operation);
        QFETCH(bool, journal);
        if (!journal && !currentMaker(linuxSystem()).knowsMachine)
            QSKIP("this machine has no id: what a look finds stays for a day");
        const TemporaryFolder base;
        if (journal)
            useFreshHome(base.path());
        else
            useNoHome();
        FaultFolder hanging(base / "hanging");
        hanging.hang(operation.toStdString());
        Collector collector;
        HostSettings settings;
        settings.program = SCRATCHPROOF_CLI;
        ProberHost host(linuxSystem(), settings, collector);
        const WorkId id = host.check(hanging.path(), Level::Standard);
        QVERIFY(hanging.waitUntilStuck(operation.toStdString()));
        const auto probers = probersOf(getpid());
        QCOMPARE(probers.size(), std::size_t{1});
        QCOMPARE(::kill(probers.front(), SIGKILL), 0);
        // The request is with the file system already: it is carried out, and the prober is gone after it.
        hanging.release();
        const auto row = collector.check(id);
        QVERIFY(row.has_value());
        QVERIFY2(row->verdict == Verdict::NotChecked || row->verdict == Verdict::NotResponding,
                 word(row->verdict).c_str());
        QVERIFY(!row->findings.empty());
        QCOMPARE(collector.timesFinished(id), 1);
        QVERIFY(eventually([&] { return !processExists(probers.front()); }));

        // A level that does not look through the folder has the journal alone.
        const auto next = collector.check(host.check(hanging.path(), journal ? Level::Quick : Level::Standard));
        QVERIFY(next.has_value());
        QCOMPARE(word(next->verdict), word(Verdict::Usable));
        QVERIFY(namesIn(hanging.backing()).empty());
    }

    void aKilledProberCostsOneRowOfThoseThatItWasGivenAhead()
    {
        constexpr int kFolders = 400;
        const TemporaryFolder base;
        useFreshHome(base.path());
        const Path folder = base.makeFolder("folder");
        Collector collector;
        HostSettings settings;
        settings.program = SCRATCHPROOF_CLI;
        ProberHost host(linuxSystem(), settings, collector);
        std::vector<WorkId> ids;
        for (int i = 0; i < kFolders; ++i)
            ids.push_back(host.check(folder, Level::Quick));
        QVERIFY(collector.check(ids.at(20)).has_value());
        const auto probers = probersOf(getpid());
        QCOMPARE(probers.size(), std::size_t{1});
        QCOMPARE(::kill(probers.front(), SIGKILL), 0);
        int lost = 0;
        for (const WorkId id : ids) {
            const auto row = collector.check(id);
            QVERIFY(row.has_value());
            lost += row->verdict == Verdict::Usable || row->verdict == Verdict::Limited ? 0 : 1;
            QCOMPARE(collector.timesFinished(id), 1);
        }
        QVERIFY(lost <= 1);
        QVERIFY(namesIn(folder).empty());
    }

    void whatIsNotOursStaysThoughItsNameHasOurPattern()
    {
        const TemporaryFolder base;
        useNoHome();
        const Path folder = base.makeFolder("folder");
        const std::string stem = folder + "/.scratchproof-probe-";
        writeFile(stem + "nonsense", "kept");
        writeFile(stem + "3ha52f2wtrwdiqvgzd6lz6c-znztzqd7mhvm", "another user's");
        changeOwner(stem + "3ha52f2wtrwdiqvgzd6lz6c-znztzqd7mhvm", kOrdinaryUser, kOrdinaryUser);
        const auto before = namesIn(folder);
        Collector collector;
        HostSettings settings;
        settings.program = SCRATCHPROOF_CLI;
        ProberHost host(linuxSystem(), settings, collector);
        const auto row = collector.check(host.check(folder, Level::Standard));
        QVERIFY(row.has_value());
        QCOMPARE(word(row->verdict), word(Verdict::Usable));
        QVERIFY(namesIn(folder) == before);
    }

    void theEndOfItsInputEndsAProberAfterItHasCleanedUp()
    {
        const TemporaryFolder base;
        useFreshHome(base.path());
        FaultFolder hanging(base / "hanging");
        hanging.hang("fsync");
        Program program;
        program.arguments = {SCRATCHPROOF_CLI, "prober"};
        RunningProgram prober(program);
        QVERIFY(prober.readLineWith("\"started\"").has_value());
        prober.send(toLine(Order{7, request::Check{hanging.path(), Level::Standard, std::nullopt}}) + "\n");
        QVERIFY(hanging.waitUntilStuck("fsync"));
        QCOMPARE(namesIn(hanging.backing()).size(), std::size_t{1});
        prober.closeInput();
        hanging.release();
        const auto ended = prober.wait();
        QVERIFY(!ended.timedOut);
        QCOMPARE(ended.exitCode, 0);
        QVERIFY(namesIn(hanging.backing()).empty());
    }

    void descriptorsAndProcessesAreBackToWhereTheyWere()
    {
        const TemporaryFolder base;
        useFreshHome(base.path());
        const auto round = [&] {
            FaultFolder hanging(base / "hanging");
            const Path well = base.makeFolder("well");
            hanging.hang("create");
            Collector collector;
            HostSettings settings;
            settings.program = SCRATCHPROOF_CLI;
            settings.stepDeadline = 200 * kNanosecondsPerMillisecond;
            ProberHost host(linuxSystem(), settings, collector);
            const WorkId hung = host.check(hanging.path(), Level::Quick);
            const WorkId fine = host.check(well, Level::Quick);
            const bool answered = collector.check(hung).has_value() && collector.check(fine).has_value();
            hanging.kill(); // frees the abandoned one, which its host reaps
            const bool ended = eventually([&] { return host.abandoned().empty(); });
            removeAll(well);
            return answered && ended;
        };
        QVERIFY(round());
        removeAll(base / "hanging");
        const auto before = openDescriptors();
        QVERIFY(round());
        QCOMPARE(openDescriptors(), before);
        QVERIFY(eventually(everyChildHasEnded));
    }
};

SCRATCHPROOF_TEST_MAIN(ProberDeathsTest, PrivateMounts)
#include "tst_prober_deaths.moc"
