// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/probe.h"
#include "core/probe/probe_journal.h"
#include "core/protocol/requests.h"
#include "core/scratch/scratch_store.h"
#include "core/stream/json_fields.h"
#include "tests/support/fault_folder.h"
#include "tests/support/faults.h"
#include "tests/support/installed_cli.h"
#include "tests/support/pace.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QTest>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

/// A prober that is asked for a check, and is killed or left without input.
std::unique_ptr<RunningProgram> startedCheck(const InstalledCli& cli, const Path& folder, const char* level)
{
    auto prober = std::make_unique<RunningProgram>(cli.command({"prober"}));
    const request::Check check{folder, levelFromString(level).value(), std::nullopt};
    prober->send(toLine(Order{1, check}) + "\n");
    return prober;
}

std::string verdictOf(const InstalledCli& cli, const Path& folder, const char* level = "standard")
{
    return Report(run(cli.command({"check", "--json", "--level", level, folder})).output).verdict();
}

/// Orphans are this process's (PR_SET_CHILD_SUBREAPER): the machine's own first process may take its time.
bool isGone(int pid)
{
    waitpid(pid, nullptr, WNOHANG);
    return !processExists(pid);
}

void killAndWait(int pid)
{
    ::kill(pid, SIGKILL);
    static_cast<void>(eventually([&] { return isGone(pid); }));
}

} // namespace

/// kill -9 of whatever takes part in a check, at each moment; then the next check leaves nothing.
class DeathsTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<InstalledCli> m_cli;
    int m_moments = 0;
    std::size_t m_left = 0;

    void seeThatNothingIsLeft(const Path& checked, const Path& real, const QString& when)
    {
        QCOMPARE(QByteArray::fromStdString(verdictOf(*m_cli, checked)), QByteArray("usable"));
        const auto names = namesIn(real);
        m_left += names.size() - 1;
        QVERIFY2(names == std::vector<std::string>{"letter"}, qPrintable(when + " " + names.front().c_str()));
        QCOMPARE(readFile(real + "/letter"), std::string("kept"));
        ++m_moments;
    }

private slots:
    void initTestCase()
    {
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI);
    }

    void aProberMayDieInAnyRequestToItsFileSystem_data()
    {
        QTest::addColumn<QByteArray>("level");
        QTest::addColumn<int>("stride");
        // Each is a process of its own; with a sanitizer in it that takes a multiple of the time.
        const bool samples = scale() < 1;
        QTest::newRow("standard") << QByteArray("standard") << (!samples ? 1 : kIsQuickBuild ? 2 : 5);
        QTest::newRow("full") << QByteArray("full") << (!samples ? 1 : kIsQuickBuild ? 11 : 31);
    }
    void aProberMayDieInAnyRequestToItsFileSystem()
    {
        QFETCH(QByteArray, level);
        QFETCH(int, stride);
        const TemporaryFolder base;
        FaultFolder faulty(base / "faulty");
        writeFile(faulty.backing() + "/letter", "kept");
        faulty.forget();
        {
            auto healthy = startedCheck(*m_cli, faulty.path(), level);
            QVERIFY(healthy->readLineWith("\"check-finished\""));
        }
        std::vector<std::pair<std::string, std::size_t>> requests;
        for (const std::string operation : {"getattr", "statfs",   "create", "open",  "read",     "write",   "fsync",
                                            "flush",   "rename",   "unlink", "mkdir", "rmdir",    "opendir", "readdir",
                                            "symlink", "readlink", "link",   "chmod", "truncate", "utimens"}) {
            const std::size_t calls = faulty.count(operation);
            for (std::size_t nth = 1; nth <= calls; ++nth)
                requests.emplace_back(operation, nth);
        }
        QVERIFY(requests.size() > 20);
        int at = 0;
        for (const auto& [operation, count] : requests) {
            if (at++ % stride != 0)
                continue;
            const QString when = QString("%1 of %2").arg(count).arg(operation.c_str());
            faulty.on(operation, std::to_string(count), "hang");
            auto prober = startedCheck(*m_cli, faulty.path(), level);
            if (!faulty.waitUntilStuck(operation, std::chrono::seconds(2))) {
                faulty.release(); // not each run makes the very same requests
                continue;
            }
            prober->signal(SIGKILL);
            faulty.release();
            static_cast<void>(prober->wait());
            seeThatNothingIsLeft(faulty.path(), faulty.backing(), when);
            if (QTest::currentTestFailed())
                return;
        }
        QVERIFY(m_moments > 10);
    }

    void theConsoleProgramMayDieAtAnyStep_data()
    {
        QTest::addColumn<QByteArray>("operation");
        for (const char* operation : {"getattr", "statfs", "create", "write", "fsync", "open", "read", "rename",
                                      "unlink", "mkdir", "opendir", "rmdir"})
            QTest::newRow(operation) << QByteArray(operation);
    }
    void theConsoleProgramMayDieAtAnyStep()
    {
        QFETCH(QByteArray, operation);
        const TemporaryFolder base;
        FaultFolder faulty(base / "faulty");
        writeFile(faulty.backing() + "/letter", "kept");
        for (const bool proberToo : {false, true}) {
            faulty.hang(operation.toStdString());
            RunningProgram console(m_cli->command({"check", "--level", "full", faulty.path()}));
            QVERIFY(faulty.waitUntilStuck(operation.toStdString()));
            const auto probers = probersOf(console.pid());
            QCOMPARE(probers.size(), std::size_t{1});
            console.signal(SIGKILL);
            if (proberToo)
                ::kill(probers.front(), SIGKILL);
            faulty.release();
            static_cast<void>(console.wait());
            QVERIFY(eventually([&] { return isGone(probers.front()); }));
            // By itself, it has cleaned up already.
            if (!proberToo)
                QVERIFY(namesIn(faulty.backing()) == std::vector<std::string>{"letter"});
            seeThatNothingIsLeft(faulty.path(), faulty.backing(), operation);
        }
    }

#ifdef SCRATCHPROOF_WINDOW
    void theWindowMayDieAtAnyStep_data()
    {
        QTest::addColumn<QByteArray>("operation");
        for (const char* operation : {"create", "write", "fsync", "rename", "unlink", "mkdir", "rmdir"})
            QTest::newRow(operation) << QByteArray(operation);
    }
    void theWindowMayDieAtAnyStep()
    {
        QFETCH(QByteArray, operation);
        const TemporaryFolder base;
        FaultFolder faulty(base / "faulty");
        writeFile(faulty.backing() + "/letter", "kept");
        faulty.hang(operation.toStdString());
        Program program;
        program.arguments = {SCRATCHPROOF_WINDOW, faulty.path()};
        program.environment = m_cli->environmentOf(0);
        program.environment["QT_QPA_PLATFORM"] = "offscreen";
        RunningProgram window(program);
        QVERIFY(faulty.waitUntilStuck(operation.toStdString(), std::chrono::seconds(60)));
        const auto probers = probersOf(window.pid());
        QVERIFY(!probers.empty());
        window.signal(SIGKILL);
        faulty.release();
        static_cast<void>(window.wait());
        QVERIFY(
            eventually([&] { return std::all_of(probers.begin(), probers.end(), isGone); }, std::chrono::seconds(60)));
        QVERIFY(namesIn(faulty.backing()) == std::vector<std::string>{"letter"});
        seeThatNothingIsLeft(faulty.path(), faulty.backing(), operation);
    }
#endif

    void deathComesAtAnyMoment()
    {
        const TemporaryFolder base;
        const Path folder = base.makeFolder("folder", 0777);
        writeFile(folder + "/letter", "kept");
        std::mt19937 random(3);
        const int rounds = std::max(10, static_cast<int>(400 * scale()));
        for (int i = 0; i < rounds; ++i) {
            const bool consoleDies = i % 2 == 0;
            if (consoleDies) {
                RunningProgram console(m_cli->command({"check", "--level", "full", folder}));
                usleep(static_cast<useconds_t>(random() % 30000));
                const auto probers = probersOf(console.pid());
                console.signal(SIGKILL);
                static_cast<void>(console.wait());
                for (const int prober : probers) {
                    if (i % 4 == 0)
                        killAndWait(prober);
                    QVERIFY(eventually([&] { return isGone(prober); }));
                }
            } else {
                auto prober = startedCheck(*m_cli, folder, "full");
                usleep(static_cast<useconds_t>(random() % 15000));
                prober->signal(SIGKILL);
                static_cast<void>(prober->wait());
            }
            seeThatNothingIsLeft(folder, folder, QString("round %1").arg(i));
            if (QTest::currentTestFailed())
                return;
        }
    }

    /// Dies before each of its system calls on files; what the registry does in between is SQLite's own.
    void aScratchDirectoryMayDieWithItsMakerOrItsRemover_data()
    {
        QTest::addColumn<bool>("cleaning");
        QTest::newRow("create") << false;
        QTest::newRow("clean") << true;
    }
    void aScratchDirectoryMayDieWithItsMakerOrItsRemover()
    {
        QFETCH(bool, cleaning);
        const TemporaryFolder base;
        const auto disk = mountTmpfs(base.path());
        const Path folder = base.makeFolder("folder");
        const Path registry = base.makeFolder("state", 0700) + "/registry.sqlite";
        writeFile(folder + "/letter", "kept");
        const auto fill = [](const Path& path) {
            makeFolder(path + "/sub", 0755);
            writeFile(path + "/sub/file", "x");
            writeFile(path + "/file", "x");
        };
        std::size_t finished = 0;
        // Most of them ask /proc who has it open: as many as the computer has processes.
        const std::size_t stride = scale() < 1 && !kIsQuickBuild ? 3 : 1;
        for (std::size_t at = 1; finished < 3 && at < 2000; at += stride) {
            std::string id;
            std::string confirmation;
            if (cleaning) {
                ScratchStore store(linuxSystem(), registry);
                ProbeJournal journal = ProbeJournal::disabled(linuxSystem());
                const auto created = store.create({"build", folder, {}, ""}, journal, {});
                QVERIFY(created);
                id = created->directory.record.id;
                fill(created->directory.record.path);
                const auto seen = store.preview(id, {}, {});
                QVERIFY(seen && seen->removable);
                confirmation = seen->confirmation;
            }
            const int code = runAsUser(0, [&] {
                FaultySystem faulty;
                faulty.plan.set([&](const Call& call) -> std::optional<Fault> {
                    if (call.index == at)
                        raise(SIGKILL);
                    return std::nullopt;
                });
                ScratchStore store(faulty.system, registry);
                if (!cleaning) {
                    auto journal = ProbeJournal::openIn(linuxSystem(), base / "journal");
                    return store.create({"build", folder, {}, ""}, journal, {}) ? 0 : 1;
                }
                const auto cleaned = store.clean(id, confirmation, {}, {});
                if (!cleaned)
                    std::fprintf(stderr, "not cleaned: %s\n", toString(cleaned.error()).c_str());
                return cleaned ? 0 : 1;
            });
            QVERIFY2(code == 0 || code == 128 + SIGKILL, qPrintable(QString("call %1: code %2").arg(at).arg(code)));
            finished += code == 0 ? 1 : 0;
            // The next check takes away what the probe left; what is left then is known, and can be removed.
            ProbeJournal journal = ProbeJournal::openIn(linuxSystem(), base / "journal");
            QVERIFY(FolderProbe(linuxSystem(), journal).run(folder, Level::Standard, {}).firstProblem() == nullptr);
            ScratchStore store(linuxSystem(), registry);
            const auto known = store.list();
            QVERIFY(known);
            for (const auto& one : *known) {
                const auto seen = store.preview(one.record.id, {}, {});
                QVERIFY(seen);
                if (seen->removable) {
                    const auto cleaned = store.clean(one.record.id, seen->confirmation, {}, {});
                    QVERIFY(cleaned && cleaned->removed);
                } else {
                    QVERIFY2(!std::filesystem::exists(one.record.path), toString(seen->reason).c_str());
                    QVERIFY(store.forget(one.record.id));
                }
            }
            const auto names = namesIn(folder);
            m_left += names.size() - 1;
            QVERIFY2(names == std::vector<std::string>{"letter"},
                     qPrintable(QString("call %1: %2").arg(at).arg(names.front().c_str())));
            ++m_moments;
        }
        QVERIFY2(finished == 3, "it never came to an end");
    }

    void cleanupTestCase()
    {
        qInfo("deaths: %d moments, %zu left behind", m_moments, m_left);
    }
};

SCRATCHPROOF_TEST_MAIN(DeathsTest, PrivateMounts)
#include "tst_deaths.moc"
