// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fault_folder.h"
#include "tests/support/installed_cli.h"
#include "tests/support/pace.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
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
    /// VmHWM of proc(5) in kB; 0 once it has ended.
    static std::uint64_t highestMemory(int pid)
    {
        std::ifstream status("/proc/" + std::to_string(pid) + "/status");
        for (std::string line; std::getline(status, line);) {
            if (line.starts_with("VmHWM:"))
                return std::strtoull(line.c_str() + 6, nullptr, 10);
        }
        return 0;
    }
    static std::uint64_t sizeOf(const Path& file)
    {
        std::error_code none;
        const auto size = std::filesystem::file_size(file, none);
        return none ? 0 : size;
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
        static_cast<void>(shell("$P check --level quick" + folders + " >/dev/null"));
        const std::size_t all = slow.count("create");
        for (const std::string option : {"--ndjson", "--json", ""}) {
            slow.forget();
            const auto ended = shell("$P check " + option + " --level quick" + folders + " | head -1");
            QVERIFY(!ended.output.empty());
            const std::size_t few = slow.count("create");
            QVERIFY2(few < all / 2, (option + ' ' + std::to_string(few)).c_str());
        }
    }

    /// A document of many folders is written as they are checked, and not kept until the end.
    void aLongReportTakesLittleMemory()
    {
        const int folders = scaled(kIsQuickBuild ? 40'000 : 2'000);
        std::string list;
        for (int i = 0; i < folders; ++i)
            list += m_base->path() + "/missing/" + std::to_string(i) + '\n';
        writeFile(*m_base / "list", list, 0644);
        Program program = m_cli->command({});
        const Path document = m_base->makeFolder("out", 0777) + "/document";
        program.arguments = {"/bin/sh",
                             "-c",
                             "exec \"$0\" check --json --level quick --from-file \"$1\" > \"$2\"",
                             m_cli->program(),
                             *m_base / "list",
                             document};
        RunningProgram running(program);
        std::uint64_t most = 0; // kB
        bool wasWrittenBefore = false;
        const auto deadline = std::chrono::steady_clock::now() + 300s;
        while (std::chrono::steady_clock::now() < deadline) {
            const std::uint64_t now = highestMemory(running.pid());
            if (now == 0)
                break;
            most = std::max(most, now);
            wasWrittenBefore = wasWrittenBefore || sizeOf(document) > 100'000;
            std::this_thread::sleep_for(5ms);
        }
        QCOMPARE(running.wait().exitCode, 1);
        qInfo("%d folders: %llu kB at most", folders, static_cast<unsigned long long>(most));
        QVERIFY(wasWrittenBefore);
        QVERIFY2(most > 0 && (!kIsQuickBuild || most < 64 * 1024), std::to_string(most).c_str());
        // Not as JSON: that would take the memory that is saved here.
        std::ifstream written(document);
        int next = 0;
        std::array<std::string, 3> last;
        for (std::string line; std::getline(written, line);) {
            if (line.starts_with("      \"folder\": "))
                QCOMPARE(line, "      \"folder\": \"" + (*m_base / ("missing/" + std::to_string(next++))) + "\",");
            std::rotate(last.begin(), last.begin() + 1, last.end());
            last.back() = line;
        }
        QCOMPARE(next, folders);
        // What is known at the end stands at the end.
        QVERIFY2(last[0].starts_with("  \"finished\": "), last[0].c_str());
        QCOMPARE(last[1] + last[2], std::string("  \"exit_code\": 1}"));
    }

    /// A folder that does not answer keeps the others back, and no more of them than fit.
    void aReportKeepsTheOrderBehindAFolderThatHangs()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("create");
        const auto memory = mountTmpfs(m_base->makeFolder("memory"), "mode=0777");
        std::vector<Path> folders{hanging.path()};
        for (int i = 0; i < 1100; ++i)
            folders.push_back(memory->path() + "/missing" + std::to_string(i));
        std::string list;
        for (const Path& folder : folders)
            list += folder + '\n';
        writeFile(*m_base / "list", list, 0644);
        const auto ended = run(
            m_cli->command({"check", "--json", "--level", "quick", "--timeout", "1", "--from-file", *m_base / "list"}));
        hanging.release();
        QCOMPARE(ended.exitCode, 1);
        const Report report(ended.output);
        QCOMPARE(report.size(), folders.size());
        for (std::size_t i = 0; i < folders.size(); ++i)
            QCOMPARE(report.folder(i), folders[i]);
        QCOMPARE(report.verdict(0), std::string("not-responding"));
    }

    /// A terminal obeys what is in a name, if one lets it: C1 characters (CSI is U+009B), marks that turn the text
    /// around, escapes in an option.
    void nothingInANameReachesATerminal()
    {
        const std::string evil = "\xc2\x9b"
                                 "2Jx\xe2\x80\xae\x1b]0;y\a\x7f";
        const Path folder = own(evil);
        writeFile(*m_base / "list", folder + "\n", 0644);
        for (const std::vector<std::string>& words : {std::vector<std::string>{"check", folder},
                                                      {"check", "--json", folder},
                                                      {"check", "--ndjson", folder},
                                                      {"check", folder + "/missing"},
                                                      {"check", "--json", "--from-file", *m_base / "list"},
                                                      {"check", "--as", evil, folder},
                                                      {"check", "--level", evil, folder},
                                                      {"check", "--" + evil, folder},
                                                      {"check", "-" + evil},
                                                      {"check", "--from-file", folder + "/no"},
                                                      {evil},
                                                      {"explain", evil},
                                                      {"rights", evil, folder},
                                                      {"rights", "daemon", folder},
                                                      {"rights", "--json", "daemon", folder},
                                                      {"scratch", "show", evil},
                                                      {"scratch", "create", "--in", folder, "--", "a" + evil},
                                                      {"scratch", "create", "--in", folder, "--note", evil, "noted"},
                                                      {"scratch", "list", "--json"},
                                                      {"scratch", "list"},
                                                      {"scratch", "best", folder},
                                                      {"scratch", "find", folder},
                                                      {"scratch", "run", "--", evil},
                                                      {"volumes", evil}}) {
            std::string line = quoteForShell(m_cli->program());
            for (const std::string& word : words)
                line += ' ' + quoteForShell(word);
            Program program = m_cli->command({});
            program.arguments = {"script", "-qec", line, "/dev/null"};
            const auto ended = run(program);
            const std::string& said = ended.output;
            QVERIFY2(!said.empty(), line.c_str());
            for (const char* raw : {"\xc2\x9b", "\xe2\x80\xae", "\x1b]", "\a", "\x7f"})
                QVERIFY2(said.find(raw) == std::string::npos, (line + "\n" + displayText(said)).c_str());
        }
        // Our own colours get there, and what is shown of a name is what it holds.
        Program program = m_cli->command({});
        program.arguments = {"script", "-qec", quoteForShell({m_cli->program(), "check", folder}), "/dev/null"};
        const std::string said = run(program).output;
        QVERIFY2(said.find("\x1b[32m") != std::string::npos, displayText(said).c_str());
        QVERIFY2(said.find("\\u009b2Jx\\u202e") != std::string::npos, displayText(said).c_str());
        // Not to a terminal: data is data.
        const Report report(run(m_cli->command({"check", "--json", folder})).output);
        QVERIFY(report.folder() == folder);
    }

    void aTimeOutOfManyYearsIsForEver()
    {
        const Path folder = own("folder");
        for (const char* time : {"2600w", "1000w", "8000d", "36600d"})
            QCOMPARE(shell("$P check --timeout " + std::string(time) + " '" + folder + "'").exitCode, 0);
        for (const std::string time : {"36601d", "999999999999w", "99999999999999999999999"}) {
            const auto ended = shell("$P check --timeout " + time + " '" + folder + "'");
            QCOMPARE(ended.exitCode, 2);
            QVERIFY2(ended.errors.find("'" + time + "' is longer than 36600d") != std::string::npos,
                     ended.errors.c_str());
        }
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
        QVERIFY2(ended.errors.find("/list', which does not answer") != std::string::npos, ended.errors.c_str());
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
