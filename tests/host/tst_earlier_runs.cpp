// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fault_folder.h"
#include "tests/support/installed_cli.h"
#include "tests/support/mounts.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QTest>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;
using namespace std::chrono_literals;

/// Probers that got stuck stay when their run has ended. A later run knows of them.
class EarlierRunsTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<InstalledCli> m_cli;
    std::unique_ptr<TemporaryFolder> m_base;

    std::vector<Path> foldersOf(FaultFolder& hanging, int count) const
    {
        std::vector<Path> folders;
        for (int i = 0; i < count; ++i) {
            makeFolder(hanging.backing() + "/" + std::to_string(i), 0777);
            folders.push_back(hanging.path() + "/" + std::to_string(i));
        }
        return folders;
    }
    Report check(const std::vector<Path>& folders, const Path& runtime = {}) const
    {
        std::vector<std::string> arguments{"check", "--json", "--timeout", "1"};
        arguments.insert(arguments.end(), folders.begin(), folders.end());
        Program program = m_cli->command(arguments);
        if (!runtime.empty())
            program.environment["XDG_RUNTIME_DIR"] = runtime;
        return Report(run(program).output);
    }
    static std::size_t probers()
    {
        const auto all = descendants();
        return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const Descendant& one) {
            return one.user == kOrdinaryUser &&
                   std::find(one.arguments.begin(), one.arguments.end(), "prober") != one.arguments.end();
        }));
    }
    static bool hasFinding(const Report& report, std::size_t index, const std::string& id)
    {
        const Json* findings = getArray(report.check(index), "findings");
        return findings != nullptr && std::any_of(findings->begin(), findings->end(),
                                                  [&](const Json& one) { return getString(one, "id") == id; });
    }

private slots:
    void initTestCase()
    {
        adoptOrphans();
        m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI);
    }
    void cleanupTestCase() { m_cli.reset(); }
    void init() { m_base = std::make_unique<TemporaryFolder>(); }
    void cleanup()
    {
        m_base.reset();
        QVERIFY2(eventually([] {
                     reapEndedChildren();
                     return probers() == 0;
                 }),
                 "a prober is left");
    }

    void atMostTwoGetStuckOverAllRuns_data()
    {
        QTest::addColumn<QByteArray>("operation");
        QTest::newRow("killed, and not dead") << QByteArray("statfs");
        QTest::newRow("left to clean up") << QByteArray("fsync");
    }
    void atMostTwoGetStuckOverAllRuns()
    {
        QFETCH(QByteArray, operation);
        FaultFolder hanging(*m_base / "hanging");
        const auto folders = foldersOf(hanging, 6);
        const auto other = mountTmpfs(m_base->makeFolder("other"), "mode=0777");
        FaultFolder healthy(*m_base / "healthy");
        hanging.hang(operation.toStdString());

        const Report first = check({folders[0]});
        QCOMPARE(first.verdict(), std::string("not-responding"));
        QVERIFY(!hasFinding(first, 0, "still-stuck"));
        QCOMPARE(probers(), std::size_t{1});
        // One more may find out whether it is the whole mount.
        const Report second = check({folders[1], folders[2]});
        QCOMPARE(second.verdict(0), std::string("not-responding"));
        QVERIFY(!hasFinding(second, 0, "still-stuck"));
        QCOMPARE(probers(), std::size_t{2});
        for (int round = 0; round < 3; ++round) {
            const auto started = std::chrono::steady_clock::now();
            const Report later = check({folders[3], folders[4], folders[5], other->path(), healthy.path()});
            for (std::size_t i = 0; i < 3; ++i) {
                QCOMPARE(later.verdict(i), std::string("not-responding"));
                QVERIFY(hasFinding(later, i, "still-stuck"));
            }
            QCOMPARE(later.verdict(3), std::string("usable"));
            QCOMPARE(later.verdict(4), std::string("usable"));
            QVERIFY(eventually([] { return probers() == 2; }));
            QVERIFY(std::chrono::steady_clock::now() - started < 5s);
        }
        hanging.release();
        QVERIFY(eventually([] { return probers() == 0; }));
        const Report thawed = check(folders);
        for (std::size_t i = 0; i < folders.size(); ++i)
            QCOMPARE(thawed.verdict(i), std::string("usable"));
    }

    void twoRunsAtOnceThatAreWellDoNotKeepEachOtherWaiting()
    {
        FaultFolder slow(*m_base / "slow");
        const auto folders = foldersOf(slow, 4);
        slow.on("fsync", "1+", "delay 500");
        RunningProgram one(m_cli->command({"check", "--json", folders[0], folders[1]}));
        RunningProgram two(m_cli->command({"check", "--json", folders[2]}));
        const Report third = check({folders[3]});
        QCOMPARE(third.verdict(), std::string("usable"));
        for (RunningProgram* running : {&one, &two}) {
            const auto ended = running->wait();
            QCOMPARE(ended.exitCode, 0);
        }
    }

    void aRunWithoutAJournalKnowsOfNobody()
    {
        FaultFolder hanging(*m_base / "hanging");
        const auto folders = foldersOf(hanging, 3);
        hanging.hang("statfs");
        static_cast<void>(check({folders[0], folders[1]}));
        QCOMPARE(probers(), std::size_t{2});
        Program program = m_cli->command({"check", "--json", "--timeout", "1", folders[2]});
        program.environment["XDG_RUNTIME_DIR"] = "";
        program.environment["HOME"] = "";
        const Report report(run(program).output);
        QCOMPARE(report.verdict(), std::string("not-responding"));
        QVERIFY(!hasFinding(report, 0, "still-stuck"));
    }
};

SCRATCHPROOF_TEST_MAIN(EarlierRunsTest, PrivateMounts)
#include "tst_earlier_runs.moc"
