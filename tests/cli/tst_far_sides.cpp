// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/installed_cli.h"
#include "tests/support/pace.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QTest>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;
using namespace std::chrono_literals;

namespace {

const std::string kHello =
    R"({"event":"started","schema":"scratchproof.stream/1","program":{"name":"scratchproof-cli","version":"0.1.0"}})";

std::string checkEvent(const std::string& name, const std::string& more = {})
{
    return R"({"event":")" + name + R"(","check":1)" + more + "}";
}

} // namespace

/// What runs in the place of ssh is a program of ours: many far sides at once, and such as come to no end. And what the
/// program says where it may have few descriptors, processes, memory.
class FarSidesTest : public QObject
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
    /// In place of /usr/bin/ssh, for the calls of `body`.
    template <typename Body>
    void withSsh(const std::string& script, const Body& body) const
    {
        writeFile(*m_base / "ssh", "#!/bin/bash\n" + script + "\n", 0755);
        runOrFail({"mount", "-n", "--bind", *m_base / "ssh", "/usr/bin/ssh"});
        body();
        runOrFail({"umount", "-n", "-l", "/usr/bin/ssh"});
    }
    /// Through a shell; $P is the program.
    Program shell(const std::string& words) const
    {
        Program program = m_cli->command({});
        program.arguments = {"/bin/bash", "-c", words};
        program.environment["P"] = m_cli->program();
        program.timeout = kIsQuickBuild ? 100s : 240s;
        return program;
    }
    Path listOf(int hosts, const Path& folder, int missingEach) const
    {
        std::string text;
        for (int i = 1; i <= hosts; ++i)
            text += "host" + std::to_string(i) + ":" + folder + (i % missingEach == 0 ? "/missing" : "") + "\n";
        writeFile(*m_base / "list", text, 0644);
        return *m_base / "list";
    }
    static std::size_t countOf(const Report& report, const std::string& verdict)
    {
        std::size_t count = 0;
        for (std::size_t i = 0; i < report.size(); ++i)
            count += report.verdict(i) == verdict ? 1U : 0U;
        return count;
    }

private slots:
    void initTestCase()
    {
        if (!std::filesystem::exists("/usr/bin/ssh"))
            QSKIP("no /usr/bin/ssh to put something in the place of");
        m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI);
    }
    void cleanupTestCase() { m_cli.reset(); }
    void init() { m_base = std::make_unique<TemporaryFolder>(); }

    void manyComputersOfAListHaveTheirRightAnswers_data()
    {
        QTest::addColumn<int>("files");
        QTest::addColumn<int>("most");
        QTest::newRow("as usual") << 1024 << 16;
        QTest::newRow("few descriptors") << 64 << 4;
    }
    void manyComputersOfAListHaveTheirRightAnswers()
    {
        QFETCH(int, files);
        QFETCH(int, most);
        constexpr int kHosts = kIsQuickBuild ? 230 : 60;
        const Path folder = own("folder");
        const Path list = listOf(kHosts, folder, 10);
        const Path begun = *m_base / "begun";
        const Path living = *m_base / "living";
        writeFile(begun, "", 0666);
        writeFile(living, "", 0666);
        // Each counts, once it has told of itself, who of those that had begun by then lives: the end of one may never
        // be told, for a far side that takes its time to end is killed.
        withSsh("echo $$ >>'" + begun + "'; mapfile -t all <'" + begun +
                    "'; n=; for p in ${all[@]}; do [ -d /proc/$p ] && n+=x; done; echo $n >>'" + living + "'; '" +
                    m_cli->program() + "' supervise; :",
                [&] {
                    const auto ended =
                        run(shell("ulimit -n " + std::to_string(files) + "; exec $P check --json --level quick" +
                                  (kIsQuickBuild ? "" : " --timeout 60s") + " --remote --from-file '" + list + "'"));
                    const Report report(ended.output);
                    QCOMPARE(report.size(), std::size_t{kHosts});
                    QVERIFY2(countOf(report, "usable") == kHosts - kHosts / 10, ended.output.substr(0, 3000).c_str());
                    QCOMPARE(countOf(report, "unusable"), std::size_t{kHosts / 10});
                    QCOMPARE(ended.exitCode, 1);
                });
        std::size_t told = 0;
        std::size_t highest = 0;
        std::istringstream lines(readFile(living));
        for (std::string line; std::getline(lines, line);) {
            ++told;
            highest = std::max(highest, line.size());
        }
        QCOMPARE(told, std::size_t{kHosts});
        // A sanitizer looks for leaks at the end of each.
        QVERIFY2(!kIsQuickBuild || highest <= static_cast<std::size_t>(most), std::to_string(highest).c_str());
        QVERIFY2(highest > 1, "one after the other");
    }

    void aComputerWhereNothingCanBeDoneIsAskedOnce()
    {
        std::string text;
        for (int round = 0; round < 3; ++round) {
            for (int i = 0; i < 40; ++i)
                text += "host" + std::to_string(i) + ":/tmp\n";
        }
        writeFile(*m_base / "list", text, 0644);
        writeFile(*m_base / "log", "", 0666);
        withSsh("echo + >>'" + (*m_base / "log") + "'; echo 'Permission denied (publickey)' >&2; exit 255", [&] {
            const auto ended = run(shell("exec $P check --json --remote --from-file '" + (*m_base / "list") + "'"));
            const Report report(ended.output);
            QCOMPARE(report.size(), std::size_t{120});
            for (std::size_t i = 0; i < report.size(); ++i)
                QCOMPARE(report.firstFinding(i), std::string("remote-not-allowed"));
        });
        QCOMPARE(readFile(*m_base / "log").size(), std::size_t{2 * 40});
    }

    void anInterruptEndsItHoweverManyAreSilent()
    {
        const Path list = listOf(230, own("folder"), 1000);
        withSsh("exec cat >/dev/null", [&] {
            for (const char* files : {"1024", "64", "20"}) {
                RunningProgram running(shell("ulimit -n " + std::string(files) +
                                             "; exec $P check --json --remote --from-file '" + list + "'"));
                QVERIFY(eventually([&] { return !childrenOf(running.pid()).empty(); }));
                std::this_thread::sleep_for(500ms);
                running.signal(SIGINT);
                const auto ended = running.wait(10s);
                QVERIFY2(!ended.timedOut, files);
                QCOMPARE(ended.exitCode, 130);
                const Report report(ended.output);
                QVERIFY(report.isValid());
                QCOMPARE(countOf(report, "not-checked"), report.size());
            }
        });
    }

    void whereLittleIsAllowedItEndsWithASentence_data()
    {
        QTest::addColumn<QByteArray>("limit");
        for (const char* limit : {"-n 64",    "-n 14", "-n 12", "-n 10",     "-n 9",     "-n 8",     "-n 7",
                                  "-n 6",     "-n 5",  "-n 4",  "-v 262144", "-v 60000", "-v 40000", "-v 30000",
                                  "-v 25000", "-u 1",  "-u 2",  "-u 3",      "-u 4",     "-u 5",     "-u 6"})
            if (kIsQuickBuild || limit[1] != 'v') // a sanitizer takes all addresses
                QTest::newRow(limit) << QByteArray(limit);
    }
    void whereLittleIsAllowedItEndsWithASentence()
    {
        QFETCH(QByteArray, limit);
        const Path folder = own("folder");
        for (const bool alone : {true, false}) {
            const std::string folders = " '" + folder + "'" + (alone ? "" : " /tmp /proc /sys /dev/shm /missing");
            const auto ended = run(shell("ulimit " + limit.toStdString() + "; exec $P check --level quick" + folders));
            const std::string said = ended.output + ended.errors;
            QVERIFY2(!ended.timedOut, said.c_str());
            // 127: the loader found no place for the libraries.
            const std::vector<int> allowed{0, 1, 3, 4, 127};
            QVERIFY2(std::find(allowed.begin(), allowed.end(), ended.exitCode) != allowed.end(),
                     (std::to_string(ended.exitCode) + ": " + said).c_str());
            QVERIFY2(said.find("installed beside") == std::string::npos, said.c_str());
            if (ended.exitCode > 1) {
                QVERIFY2(!ended.errors.empty() || !ended.output.empty(), "no word");
                QVERIFY2(said.find("terminate called") == std::string::npos, said.c_str());
            }
            if (alone && ended.exitCode == 4)
                QVERIFY2(said.find("Too many open files") != std::string::npos ||
                             said.find("temporarily unavailable") != std::string::npos ||
                             said.find("emory") != std::string::npos,
                         said.c_str());
        }
        QVERIFY(namesIn(folder).empty());
    }

    void aLineOfManyObjectsKeepsNobodyWaiting()
    {
        const Path folder = own("folder");
        withSsh("echo '" + kHello +
                    "'; read line; printf '[{}'; head -c 900000 /dev/zero | sed 's/\\x00\\x00\\x00/,{}/g'"
                    "; echo ']'; exec cat >/dev/null",
                [&] {
                    const auto started = std::chrono::steady_clock::now();
                    const auto ended = run(m_cli->command({"check", "--json", "host:/tmp", folder}));
                    const Report report(ended.output);
                    QCOMPARE(report.firstFinding(0), std::string("remote-nonsense"));
                    QCOMPARE(report.verdict(1), std::string("usable"));
                    QVERIFY(std::chrono::steady_clock::now() - started < 8s);
                });
    }

    void aCheckThatGoesOnAndNeverEndsIsGivenUp()
    {
        const std::string step = checkEvent("step-started", R"(,"step":"facts")");
        withSsh("echo '" + kHello + "'; read line; echo '" + checkEvent("check-started", R"(,"folder":"/tmp")") +
                    "'; for i in {1..60}; do echo '" + step + "'; sleep 1; done",
                [&] {
                    const auto started = std::chrono::steady_clock::now();
                    const auto ended = run(m_cli->command({"check", "--json", "--timeout", "0.05", "host:/tmp"}));
                    const Report report(ended.output);
                    QCOMPARE(report.firstFinding(0), std::string("remote-silent"));
                    QCOMPARE(report.verdict(0), std::string("not-responding"));
                    QVERIFY(std::chrono::steady_clock::now() - started < 40s);
                });
    }

    void aPipeThatOthersHoldIsNotWaitedForWhenSshHasEnded()
    {
        const Path folder = own("folder");
        withSsh("echo '" + kHello + "'; read line; sleep 50 & exit 3", [&] {
            const auto started = std::chrono::steady_clock::now();
            const auto ended = run(m_cli->command({"check", "--json", "host:/tmp", folder}));
            const Report report(ended.output);
            QCOMPARE(report.firstFinding(0), std::string("remote-broke-off"));
            QCOMPARE(report.verdict(1), std::string("usable"));
            QVERIFY(std::chrono::steady_clock::now() - started < 10s);
        });
        // One that has not ended is heard to its last word, whoever holds the pipe besides.
        withSsh("sleep 5 & '" + m_cli->program() + "' supervise", [&] {
            const Report report(run(m_cli->command({"check", "--json", "host:" + folder})).output);
            QCOMPARE(report.verdict(0), std::string("usable"));
        });
    }
};

SCRATCHPROOF_TEST_MAIN(FarSidesTest, PrivateMounts)
#include "tst_far_sides.moc"
