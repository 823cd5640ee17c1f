// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/prober_host.h"
#include "tests/host/host_settings.h"
#include "tests/support/collector.h"
#include "tests/support/fault_folder.h"
#include "tests/support/installed_cli.h"
#include "tests/support/pace.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;
using namespace std::chrono_literals;

/// Folders on a file system that takes a request and never answers.
class ProberHangsTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<TemporaryFolder> m_base;

private slots:
    void init()
    {
        m_base = std::make_unique<TemporaryFolder>();
        useFreshHome(m_base->path());
    }

    void aHungFolderIsNotRespondingAndTheOthersGoOn_data()
    {
        QTest::addColumn<QByteArray>("operation");
        QTest::addColumn<QByteArray>("step");
        QTest::newRow("facts") << QByteArray("statfs") << QByteArray("facts");
        QTest::newRow("create-file") << QByteArray("create") << QByteArray("create-file");
        QTest::newRow("write") << QByteArray("write") << QByteArray("write");
        QTest::newRow("sync") << QByteArray("fsync") << QByteArray("sync");
        QTest::newRow("read-back") << QByteArray("open") << QByteArray("read-back");
        QTest::newRow("rename") << QByteArray("rename") << QByteArray("rename");
        QTest::newRow("delete-file") << QByteArray("unlink") << QByteArray("delete-file");
        QTest::newRow("create-directory") << QByteArray("mkdir") << QByteArray("create-directory");
        QTest::newRow("delete-directory") << QByteArray("rmdir") << QByteArray("delete-directory");
    }
    void aHungFolderIsNotRespondingAndTheOthersGoOn()
    {
        QFETCH(QByteArray, operation);
        QFETCH(QByteArray, step);
        FaultFolder hanging(*m_base / "hanging");
        const auto other = mountTmpfs(m_base->makeFolder("other"));
        hanging.hang(operation.toStdString());
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        const auto started = std::chrono::steady_clock::now();
        const WorkId hung = host.check(hanging.path(), Level::Standard);
        std::vector<WorkId> fine;
        for (int i = 0; i < 20; ++i) {
            const Path folder = other->path() + "/" + std::to_string(i);
            makeFolder(folder, 0755);
            fine.push_back(host.check(folder, Level::Standard));
        }
        for (const WorkId id : fine) {
            const auto row = collector.check(id);
            QVERIFY(row.has_value());
            QCOMPARE(word(row->verdict), word(Verdict::Usable));
        }
        const auto row = collector.check(hung);
        const auto took = std::chrono::steady_clock::now() - started;
        QVERIFY(row.has_value());
        QCOMPARE(word(row->verdict), word(Verdict::NotResponding));
        QVERIFY(!row->findings.empty());
        QVERIFY(row->findings.front().severity == Severity::Blocking);
        if (step != "facts") {
            const auto late = std::find_if(row->steps.begin(), row->steps.end(), [](const StepResult& result) {
                return result.status == StepStatus::TimedOut;
            });
            QVERIFY(late != row->steps.end());
            QCOMPARE(std::string(toString(late->step)), step.toStdString());
            QVERIFY(late->duration >= kShortDeadline);
        }
        // The deadline is for each step; sync may have six of them.
        QVERIFY(took < 15s);
        QCOMPARE(collector.timesFinished(hung), 1);
    }

    void atMostTwoProbersAreStuckAMountAndTheRestIsNotChecked()
    {
        FaultFolder hanging(*m_base / "hanging");
        std::vector<Path> folders;
        for (int i = 0; i < 6; ++i) {
            makeFolder(hanging.backing() + "/" + std::to_string(i), 0777);
            folders.push_back(hanging.path() + "/" + std::to_string(i));
        }
        hanging.hang("create");
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        std::vector<WorkId> ids;
        for (const auto& folder : folders)
            ids.push_back(host.check(folder, Level::Standard));
        std::size_t late = 0;
        std::size_t unseen = 0;
        for (const WorkId id : ids) {
            const auto row = collector.check(id);
            QVERIFY(row.has_value());
            QVERIFY(!row->findings.empty());
            late += row->verdict == Verdict::NotResponding ? 1U : 0U;
            unseen += row->verdict == Verdict::NotChecked ? 1U : 0U;
        }
        QCOMPARE(late, std::size_t{2});
        QCOMPARE(unseen, std::size_t{4});
        QCOMPARE(host.abandoned().size(), std::size_t{2});
        QVERIFY(eventually([] { return probersOf(getpid()).size() == 2; }));
        for (const auto& abandoned : host.abandoned())
            QCOMPARE(abandoned.mountPoint, hanging.path());

        // While they live, this mount answers at once and costs no further process.
        const WorkId again = host.check(folders.front(), Level::Standard);
        const auto row = collector.check(again, 400ms);
        QVERIFY2(row.has_value(), "it waited for a deadline");
        QCOMPARE(word(row->verdict), word(Verdict::NotResponding));
        QVERIFY(eventually([] { return probersOf(getpid()).size() == 2; }));

        // It comes back: the abandoned end, and what they left is gone by the next check.
        hanging.release();
        QVERIFY(eventually([&] { return host.abandoned().empty(); }));
        QVERIFY(eventually([&] { return probersOf(getpid()).empty(); }));
        for (const auto& folder : folders) {
            const auto healthy = collector.check(host.check(folder, Level::Standard));
            QVERIFY(healthy.has_value());
            QCOMPARE(word(healthy->verdict), word(Verdict::Usable));
        }
        for (int i = 0; i < 6; ++i)
            QVERIFY(namesIn(hanging.backing() + "/" + std::to_string(i)).empty());
    }

    /// A prober that answers at once has its next checks before it begins them.
    void whatAQuickProberHadNotBegunIsDoneByAnother()
    {
        constexpr int kFolders = 400;
        FaultFolder hanging(*m_base / "hanging");
        std::vector<Path> folders;
        for (int i = 0; i < kFolders; ++i) {
            makeFolder(hanging.backing() + "/" + std::to_string(i), 0777);
            folders.push_back(hanging.path() + "/" + std::to_string(i));
        }
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        std::vector<WorkId> ids;
        for (const auto& folder : folders)
            ids.push_back(host.check(folder, Level::Quick));
        QVERIFY(collector.check(ids.at(20)).has_value());
        hanging.hang("create");
        QVERIFY(hanging.waitUntilStuck("create"));
        std::vector<int> counts(5);
        const auto started = std::chrono::steady_clock::now();
        for (const WorkId id : ids) {
            const auto row = collector.check(id);
            QVERIFY(row.has_value());
            ++counts.at(static_cast<std::size_t>(row->verdict));
            QCOMPARE(collector.timesFinished(id), 1);
        }
        // One after the other: each has a deadline of its own, which begins with it.
        QVERIFY(std::chrono::steady_clock::now() - started >= 1ns * kShortDeadline);
        QCOMPARE(counts.at(static_cast<std::size_t>(Verdict::NotResponding)), 2);
        QVERIFY(counts.at(static_cast<std::size_t>(Verdict::NotChecked)) > 0);
        QCOMPARE(counts.at(static_cast<std::size_t>(Verdict::Unusable)), 0);
        QCOMPARE(host.abandoned().size(), std::size_t{2});
    }

    void whatWaitsInABusyProberIsTakenBackAtOnce()
    {
        constexpr int kFolders = 400;
        FaultFolder hanging(*m_base / "hanging");
        makeFolder(hanging.backing() + "/0", 0777);
        Collector collector;
        HostSettings patient = settings();
        patient.stepDeadline = 60 * kNanosecondsPerSecond;
        ProberHost host(linuxSystem(), patient, collector);
        std::vector<WorkId> ids;
        for (int i = 0; i < kFolders; ++i)
            ids.push_back(host.check(hanging.path() + "/0", Level::Quick));
        QVERIFY(collector.check(ids.at(20)).has_value());
        hanging.hang("create");
        QVERIFY(hanging.waitUntilStuck("create"));
        host.cancelAll();
        int unanswered = 0;
        for (const WorkId id : ids)
            unanswered += collector.check(id, 200ms).has_value() ? 0 : 1;
        QCOMPARE(unanswered, 1); // the one that is under way
        hanging.release();
        for (const WorkId id : ids) {
            QVERIFY(collector.check(id).has_value());
            QCOMPARE(collector.timesFinished(id), 1);
        }
        const auto healthy = collector.check(host.check(hanging.path(), Level::Quick));
        QCOMPARE(word(healthy.value().verdict), word(Verdict::Usable));
        for (const WorkId id : ids)
            QCOMPARE(collector.timesFinished(id), 1);
    }

    void oneHungFolderIsNotADeadMount()
    {
        FaultFolder hanging(*m_base / "hanging");
        const Path well = hanging.path() + "/well";
        makeFolder(hanging.backing() + "/well", 0777);
        hanging.hang("create");
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        const WorkId hung = host.check(hanging.path(), Level::Standard);
        QVERIFY(hanging.waitUntilStuck("create"));
        const WorkId next = host.check(well, Level::Standard);
        QCOMPARE(word(collector.check(hung).value().verdict), word(Verdict::NotResponding));
        // Slow at one place only: the second prober gets through.
        hanging.release();
        const auto row = collector.check(next);
        QVERIFY(row.has_value());
        QCOMPARE(word(row->verdict), word(Verdict::Usable));
    }

    void aRequestOnAHungMountIsAnsweredInTime()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("statfs");
        hanging.hang("getattr");
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        const auto answer = collector.answer(host.ask(request::Space{hanging.path()}));
        QVERIFY(answer.has_value());
        QVERIFY(!answer->has_value());
        QCOMPARE(answer->error().operation, std::string("not-responding"));
    }

    void closingTakesLessThanASecondWhateverHangs()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("create");
        Collector collector;
        auto host = std::make_unique<ProberHost>(linuxSystem(), settings(), collector);
        const WorkId hung = host->check(hanging.path(), Level::Standard);
        QVERIFY(hanging.waitUntilStuck("create"));
        const auto started = std::chrono::steady_clock::now();
        host.reset();
        QVERIFY(std::chrono::steady_clock::now() - started < 1s);
        QVERIFY(collector.timesFinished(hung) <= 1);
    }

    void cancellingWhatRunsStopsItAfterCleaningUp()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("fsync");
        HostSettings patient = settings();
        patient.stepDeadline = 60 * kNanosecondsPerSecond;
        Collector collector;
        ProberHost host(linuxSystem(), patient, collector);
        const WorkId running = host.check(hanging.path(), Level::Standard);
        const WorkId waiting = host.check(hanging.path() + "/", Level::Standard);
        QVERIFY(hanging.waitUntilStuck("fsync"));
        host.cancel(waiting);
        QCOMPARE(word(collector.check(waiting, 2s).value().verdict), word(Verdict::NotChecked));
        host.cancel(running);
        hanging.release();
        const auto row = collector.check(running);
        QVERIFY(row.has_value());
        QCOMPARE(word(row->verdict), word(Verdict::NotChecked));
        QVERIFY(eventually([&] { return namesIn(hanging.backing()).empty(); }));
    }

    void aDeadDaemonIsAnUnusableFolderAndNoHang()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.kill();
        Collector collector;
        ProberHost host(linuxSystem(), settings(), collector);
        const auto row = collector.check(host.check(hanging.path(), Level::Standard));
        QVERIFY(row.has_value());
        QCOMPARE(word(row->verdict), word(Verdict::Unusable));
        QVERIFY(!row->findings.empty());
    }
};

SCRATCHPROOF_TEST_MAIN(ProberHangsTest, PrivateMounts)
#include "tst_prober_hangs.moc"
