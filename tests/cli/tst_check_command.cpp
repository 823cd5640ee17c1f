// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fault_folder.h"
#include "tests/support/file_content.h"
#include "tests/support/installed_cli.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QTest>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;
using namespace std::chrono_literals;

namespace {

std::vector<Json> linesOf(const std::string& output)
{
    std::vector<Json> lines;
    std::istringstream stream(output);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(parseJson(line).value_or(Json()));
    return lines;
}

std::vector<std::string> eventsOf(const std::vector<Json>& lines)
{
    std::vector<std::string> events;
    for (const auto& line : lines)
        events.push_back(getString(line, "event").value_or("?"));
    return events;
}

} // namespace

class CheckCommandTest : public QObject
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

private slots:
    void initTestCase() { m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI); }
    void cleanupTestCase() { m_cli.reset(); }
    void init() { m_base = std::make_unique<TemporaryFolder>(); }

    void aReportHasItsHead()
    {
        const auto ended = run(m_cli->command({"check", "--json", own("folder")}));
        QCOMPARE(ended.exitCode, 0);
        const Report report(ended.output);
        QVERIFY(report.isValid());
        const Json* program = getObject(report.json(), "program");
        QVERIFY(program != nullptr);
        QCOMPARE(getString(*program, "name").value_or(""), std::string("scratchproof-cli"));
        const Json* user = getObject(report.json(), "user");
        QVERIFY(user != nullptr);
        QCOMPARE(getUnsigned(*user, "uid").value_or(0), std::uint64_t{kOrdinaryUser});
        QVERIFY(getObject(report.json(), "host") != nullptr);
        QVERIFY(getString(report.json(), "started") <= getString(report.json(), "finished"));
        QCOMPARE(getInteger(report.json(), "exit_code").value_or(-1), std::int64_t{0});
        QCOMPARE(getString(report.check(0), "level").value_or(""), std::string("standard"));
        for (const char* step : {"open-folder", "create-file", "write", "sync", "read-back", "rename", "delete-file",
                                 "create-directory", "delete-directory"})
            QCOMPARE(report.step(step), std::string("passed"));
    }

    void quickTakesFiveSteps()
    {
        const auto ended = run(m_cli->command({"check", "--json", "--level", "quick", own("folder")}));
        const Report report(ended.output);
        QCOMPARE(getArray(report.check(0), "steps")->size(), std::size_t{5});
        QCOMPARE(report.step("write"), std::string());
        QCOMPARE(report.step("delete-directory"), std::string("passed"));
    }

    void theStreamTellsEachStepInOrder()
    {
        const auto ended =
            run(m_cli->command({"check", "--ndjson", "--level", "quick", own("folder"), m_base->path() + "/missing"}));
        QCOMPARE(ended.exitCode, 1);
        const auto lines = linesOf(ended.output);
        const auto events = eventsOf(lines);
        QVERIFY(events.size() > 8);
        QCOMPARE(events.front(), std::string("started"));
        QCOMPARE(getString(lines.front(), "schema").value_or(""), std::string("scratchproof.stream/1"));
        QCOMPARE(events.back(), std::string("finished"));
        QCOMPARE(getInteger(lines.back(), "exit_code").value_or(-1), std::int64_t{1});
        std::map<std::uint64_t, std::vector<std::string>> perCheck;
        for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
            const auto check = getUnsigned(lines[i], "check");
            QVERIFY2(check.has_value(), toLine(lines[i]).c_str());
            perCheck[*check].push_back(events[i]);
        }
        QCOMPARE(perCheck.size(), std::size_t{2});
        for (const auto& [check, seen] : perCheck) {
            QCOMPARE(seen.front(), std::string("check-started"));
            QCOMPARE(seen.back(), std::string("check-finished"));
            QCOMPARE(std::count(seen.begin(), seen.end(), "check-finished"), std::ptrdiff_t{1});
        }
    }

    void wordsAreForPeopleAndGoWhereTheyBelong()
    {
        const Path good = own("good");
        const auto ended = run(m_cli->command({"check", good, m_base->path() + "/missing"}));
        QCOMPARE(ended.exitCode, 1);
        QVERIFY(ended.output.find(good) != std::string::npos);
        QVERIFY(ended.output.find("missing") != std::string::npos);
        // Not to a terminal: no colours.
        QVERIFY(ended.output.find('\x1b') == std::string::npos);
        QVERIFY(ended.errors.find('\x1b') == std::string::npos);
    }

    /// What is said of root above the answers is true of the root who asked.
    void rootWithoutItsPowersIsNotSaidToHaveThem()
    {
        const Path folder = m_base->makeFolder("another's", 0700);
        changeOwner(folder, kOrdinaryUser, kOrdinaryUser);
        auto program = m_cli->command({"check", folder});
        program.user.reset();
        const auto mighty = run(program);
        QCOMPARE(mighty.exitCode, 0);
        QVERIFY2(mighty.errors.find("almost everything") != std::string::npos, mighty.errors.c_str());
        QVERIFY2(mighty.output.find("Root without its usual powers") == std::string::npos, mighty.output.c_str());
        program.arguments.insert(program.arguments.begin(), {"setpriv", "--bounding-set=-all", "--inh-caps=-all"});
        const auto powerless = run(program);
        QCOMPARE(powerless.exitCode, 1);
        QVERIFY2(powerless.errors.find("almost everything") == std::string::npos, powerless.errors.c_str());
        QVERIFY2(powerless.errors.find("this root only") != std::string::npos, powerless.errors.c_str());
        QVERIFY2(powerless.output.find("Root without its usual powers (proven)") != std::string::npos,
                 powerless.output.c_str());
    }

    void aHostileNameDoesNotReachTheTerminalRaw()
    {
        const Path folder = m_base->makeFolder("\x1b[2Jevil\n\xe2\x80\xae", 0755);
        const auto ended = run(m_cli->command({"check", folder}));
        QVERIFY((ended.output + ended.errors).find('\x1b') == std::string::npos);
        QVERIFY((ended.output + ended.errors).find("\xe2\x80\xae") == std::string::npos);
    }

    void foldersComeFromAFile()
    {
        const Path first = own("first");
        const Path second = own("with space");
        writeFile(m_base->path() + "/list", first + "\n\n" + second + "\n");
        const auto ended = run(m_cli->command({"check", "--json", "--from-file", m_base->path() + "/list"}));
        const Report report(ended.output);
        QVERIFY2(report.isValid(), ended.errors.c_str());
        QCOMPARE(report.size(), std::size_t{2});
        QCOMPARE(report.folder(0), first);
        QCOMPARE(report.folder(1), second);
        QCOMPARE(ended.exitCode, 0);
    }

    void foldersComeFromStandardInput()
    {
        auto program = m_cli->command({"check", "--json", "--from-file", "-"});
        program.input = own("first") + "\n" + own("last"); // no newline at the end
        const auto ended = run(program);
        const Report report(ended.output);
        QVERIFY2(report.isValid(), ended.errors.c_str());
        QCOMPARE(report.size(), std::size_t{2});
    }

    void rowsKeepTheOrderTheyWereAskedIn()
    {
        const auto other = mountTmpfs(m_base->makeFolder("other"), "mode=0777");
        std::vector<std::string> arguments{"check", "--json", "--level", "quick"};
        std::vector<Path> folders;
        for (int i = 0; i < 20; ++i) {
            const Path folder =
                i % 2 == 0 ? own("f" + std::to_string(i)) : other->path() + "/missing" + std::to_string(i);
            folders.push_back(folder);
            arguments.push_back(folder);
        }
        const Report report(run(m_cli->command(arguments)).output);
        QCOMPARE(report.size(), folders.size());
        for (std::size_t i = 0; i < folders.size(); ++i)
            QCOMPARE(report.folder(i), folders[i]);
    }

    void aHungFolderIsNotRespondingAfterItsTimeAndTheRestIsAnswered()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("create");
        const auto started = std::chrono::steady_clock::now();
        auto program = m_cli->command({"check", "--json", "--timeout", "1", hanging.path(), own("good")});
        program.timeout = 30s;
        const auto ended = run(program);
        QVERIFY(!ended.timedOut);
        QVERIFY(std::chrono::steady_clock::now() - started < 10s);
        const Report report(ended.output);
        QVERIFY2(report.isValid(), ended.errors.c_str());
        QCOMPARE(report.verdict(0), std::string("not-responding"));
        QCOMPARE(report.step("create-file"), std::string("timed-out"));
        QCOMPARE(report.verdict(1), std::string("usable"));
        QCOMPARE(ended.exitCode, 3);
    }

    /// fusermount3 unmounts for the one who connected it.
    void whoeverConnectedAHungMountIsToldToUnmountIt()
    {
        FaultFolder hanging(*m_base / "hanging"); // root connected it
        hanging.hang("create");
        const std::string own = "\n        fusermount3 -u -z -- " + hanging.path();
        const std::string administrators = "\n        sudo umount -l -- " + hanging.path();
        const auto others = run(m_cli->command({"check", "--timeout", "1", hanging.path()})).output;
        QVERIFY2(others.find(administrators) != std::string::npos, others.c_str());
        QVERIFY2(others.find("fusermount3") == std::string::npos, others.c_str());
        const auto roots = run(m_cli->command({"check", "--timeout", "1", hanging.path()}, 0)).output;
        QVERIFY2(roots.find(own) != std::string::npos, roots.c_str());
        QVERIFY2(roots.find("umount -l") == std::string::npos, roots.c_str());
    }

    void unusableWinsOverNotResponding()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("create");
        const auto ended = run(m_cli->command({"check", "--json", "--timeout", "0.5", hanging.path(), "/nonexistent"}));
        QCOMPARE(ended.exitCode, 1);
    }

    void anInterruptEndsItAndLeavesTheFolderEmpty_data()
    {
        QTest::addColumn<int>("signal");
        QTest::addColumn<int>("exitCode");
        QTest::newRow("Ctrl-C") << SIGINT << 130;
        QTest::newRow("SIGTERM") << SIGTERM << 143;
    }
    void anInterruptEndsItAndLeavesTheFolderEmpty()
    {
        QFETCH(int, signal);
        QFETCH(int, exitCode);
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("fsync");
        RunningProgram check(m_cli->command({"check", "--json", "--timeout", "60", hanging.path()}));
        QVERIFY(hanging.waitUntilStuck("fsync"));
        QCOMPARE(namesIn(hanging.backing()).size(), std::size_t{1});
        check.signal(signal);
        // It does not wait for ever for a folder that does not answer; this one does so soon.
        hanging.release();
        const auto ended = check.wait(5s);
        QVERIFY(!ended.timedOut);
        QCOMPARE(ended.exitCode, exitCode);
        QVERIFY(eventually([&] { return namesIn(hanging.backing()).empty(); }));
    }

    void anInterruptIsObeyedWhateverHangs()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("create");
        RunningProgram check(m_cli->command({"check", "--json", "--timeout", "60", hanging.path()}));
        QVERIFY(hanging.waitUntilStuck("create"));
        check.signal(SIGINT);
        const auto ended = check.wait(5s);
        QVERIFY2(!ended.timedOut, "it waits for the folder");
        QCOMPARE(ended.exitCode, 130);
    }

    void theFirstProberIsAProcessLikeAnyOther()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("create");
        RunningProgram check(m_cli->command({"check", "--json", "--timeout", "60", hanging.path()}));
        QVERIFY(hanging.waitUntilStuck("create"));
        const auto probers = probersOf(check.pid()); // those that are listed as one
        QCOMPARE(probers.size(), std::size_t{1});
        const Path process = "/proc/" + std::to_string(probers.front());
        QVERIFY(contentOf(process + "/cmdline").value_or("hanging").find("hanging") == std::string::npos);
        QCOMPARE(std::filesystem::read_symlink(process + "/cwd").string(), std::string("/"));
        QCOMPARE(getpgid(probers.front()), probers.front());
        const auto status = contentOf(process + "/status").value_or("");
        QVERIFY2(status.find("SigBlk:\t0000000000000000") != std::string::npos, status.c_str());
        for (int fd = 0; fd <= 2; ++fd)
            QVERIFY(std::filesystem::read_symlink(process + "/fd/" + std::to_string(fd)).string().starts_with("pipe:"));
        check.signal(SIGINT);
        QCOMPARE(check.wait(5s).exitCode, 130);
    }

    void withoutAHomeItChecksAllTheSame()
    {
        auto program = m_cli->command({"check", "--json", own("folder")});
        program.environment["HOME"] = "/nonexistent";
        program.environment["XDG_RUNTIME_DIR"] = "";
        const auto ended = run(program);
        QCOMPARE(ended.exitCode, 0);
        QCOMPARE(Report(ended.output).verdict(), std::string("usable"));
    }

    void aReaderThatGoesAwayEndsIt()
    {
        auto program = m_cli->command({});
        std::string line = "'" + program.arguments.front() + "' check --ndjson";
        for (int i = 0; i < 50; ++i)
            line += " '" + own("f" + std::to_string(i)) + "'";
        program.arguments = {"sh", "-c", line + " | head -n 1 > /dev/null; exit 0"};
        const auto ended = run(program);
        QVERIFY(!ended.timedOut);
        for (int i = 0; i < 50; ++i)
            QVERIFY(namesIn(*m_base / ("f" + std::to_string(i))).empty());
    }

    void asRootItSaysThatTheAnswerIsForRootOnly()
    {
        const auto ended = run(m_cli->command({"check", own("folder")}, 0));
        QCOMPARE(ended.exitCode, 0);
        QVERIFY2((ended.output + ended.errors).find("root") != std::string::npos, ended.output.c_str());
    }
};

SCRATCHPROOF_TEST_MAIN(CheckCommandTest, PrivateMounts)
#include "tst_check_command.moc"
