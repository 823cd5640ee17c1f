// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/scratch/fixture.h"
#include "tests/support/installed_cli.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <sstream>

using namespace scratchproof;
using namespace scratchproof::test;

/// `scratch run` as an ordinary user types it.
class TestScratchRun : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (geteuid() != 0)
            QSKIP("becoming the ordinary user needs root");
    }
    void init()
    {
        m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI);
        m_folder = std::make_unique<TemporaryFolder>();
        m_work = m_folder->makeFolder("work", 0755);
        changeOwner(m_work, kOrdinaryUser, kOrdinaryUser);
    }
    void cleanup()
    {
        m_folder.reset();
        m_cli.reset();
    }

    void theCommandFindsItsDirectoryLockedAndItGoesAtTheEnd()
    {
        const Ended ended =
            run({"sh", "-c",
                 "echo \"$SCRATCH_DIR\"; test \"$TMPDIR\" = \"$SCRATCH_DIR\" || exit 1; mktemp || exit 2; "
                 "stat -c %a \"$TMPDIR\"; flock -n \"$TMPDIR\" true && exit 3; pwd; exit 42"});
        QVERIFY2(ended.exitCode == 42, (ended.output + ended.errors).c_str());
        QCOMPARE(ended.errors, std::string());
        const Path directory = ended.output.substr(0, ended.output.find('\n'));
        QVERIFY(directory.starts_with(m_work + "/run-"));
        QVERIFY(ended.output.find("\n" + directory + "/tmp.") != std::string::npos);
        QVERIFY(ended.output.find("\n700\n/\n") != std::string::npos);
        nothingIsLeft();
    }

    void wordsOfTheCommandArriveAsTheyAre()
    {
        const Ended ended = run({"printf", "<%s>\n", "[a,b]", "--in", "--", "", "a b", "{x}", "--help"});
        QCOMPARE(ended.output, std::string("<[a,b]>\n<--in>\n<-->\n<>\n<a b>\n<{x}>\n<--help>\n"));
        const Ended undashed = run({"true"}, {}, false);
        QCOMPARE(undashed.exitCode, 125);
    }

    void exitCodesAreThoseOfTheCommandOrSayThatThereWasNone()
    {
        for (const int code : {0, 1, 2, 125, 255})
            QCOMPARE(run({"sh", "-c", "exit " + std::to_string(code)}).exitCode, code);
        for (const int signal : {SIGTERM, SIGKILL, SIGUSR1})
            QCOMPARE(run({"sh", "-c", "kill -" + std::to_string(signal) + " $$"}).exitCode, 128 + signal);
        QCOMPARE(run({"scratchproof-no-such-program"}).exitCode, 127);
        QCOMPARE(run({"/etc/passwd"}).exitCode, 126);
        QCOMPARE(run({}).exitCode, 125);
        const Ended wrong = run({"true"}, {"--wrong"});
        QVERIFY2(wrong.exitCode == 125, wrong.errors.c_str());
        QCOMPARE(run({"true"}, {"--min-free", "much"}).exitCode, 125);
        QCOMPARE(run({"true"}, {"--lifetime", "soon"}).exitCode, 125);
        QCOMPARE(run({"true"}, {"--min-free", "1K"}).exitCode, 0);
        const Ended full = run({"touch", m_work + "/ran"}, {"--min-free", "900P"});
        QCOMPARE(full.exitCode, 125);
        QVERIFY2(full.errors.find("wanted") != std::string::npos, full.errors.c_str());
        nothingIsLeft();
    }

    void signalsAreInheritedAsTheyWere()
    {
        // SigBlk and SigIgn of proc(5): nothing of our own is left to the command.
        const Ended plain = command({"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"});
        const Ended ours = run({"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"});
        QCOMPARE(ours.output, plain.output);
        QVERIFY(!ours.output.empty());
        const Ended ignoring = run({"sh", "-c", "trap '' PIPE; exec \"$@\"", "sh", m_cli->program(), "scratch", "run",
                                    "--in", m_work, "--", "grep", "SigIgn", "/proc/self/status"});
        QCOMPARE(ignoring.exitCode, 0);
        QVERIFY2(ignoring.output.find("1000\n") != std::string::npos, ignoring.output.c_str());
        nothingIsLeft();
    }

    void signalsArePassedOn_data()
    {
        QTest::addColumn<int>("signal");
        for (const int signal : {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2})
            QTest::newRow(strsignal(signal)) << signal;
    }
    void signalsArePassedOn()
    {
        QFETCH(int, signal);
        const std::string number = std::to_string(signal);
        RunningProgram program(
            program_({"sh", "-c",
                      "trap 'echo got; exit 9' " + number +
                          "; echo ready; i=0; while [ $i -lt 1500 ]; do i=$((i+1)); sleep 0.02; done"}));
        QCOMPARE(program.readLine(), std::optional<std::string>("ready"));
        program.signal(signal);
        QCOMPARE(program.readLine(), std::optional<std::string>("got"));
        QCOMPARE(program.wait().exitCode, 9);
        nothingIsLeft();
    }

    void itStopsAndContinuesAsOneJob()
    {
        // A job of a shell: SIGTSTP does nothing in an orphaned process group (setpgid(2)), as that of a test may be.
        const Program words = program_({"sh", "-c", "echo $$ $PPID; read line; echo went on"});
        Program job = words;
        job.arguments = {"bash", "-c", "set -m; \"$@\" & wait -f $!", "bash"};
        job.arguments.insert(job.arguments.end(), words.arguments.begin(), words.arguments.end());
        RunningProgram program(job);
        std::istringstream pids(program.readLine().value_or(""));
        int child = 0;
        int ours = 0;
        pids >> child >> ours;
        QVERIFY(child > 0 && ours > 0);
        ::kill(ours, SIGTSTP);
        QVERIFY(eventually([&] { return stateOf(child) == 'T' && stateOf(ours) == 'T'; }));
        ::kill(ours, SIGCONT);
        QVERIFY(eventually([&] { return stateOf(child) != 'T' && stateOf(ours) != 'T'; }));
        program.send("line\n");
        QCOMPARE(program.readLine(), std::optional<std::string>("went on"));
        QCOMPARE(program.wait().exitCode, 0);
        nothingIsLeft();
    }

    void controlCOnATerminalEndsBothAndTheDirectoryGoes()
    {
        // script(1) gives it a terminal; what is typed arrives there, and the terminal makes SIGINT of ^C.
        Program words = program_({"sh", "-c", "echo ready; exec sleep 60"});
        Program terminal = words;
        terminal.arguments = {"script", "-qec", "trap : INT; " + quoteForShell(words.arguments) + "; echo code $?",
                              "/dev/null"};
        RunningProgram program(terminal);
        QVERIFY(program.readLineWith("ready").has_value());
        program.send("\x03");
        const auto code = program.readLineWith("code");
        QVERIFY2(code && code->find("code 130") != std::string::npos, code.value_or("no code").c_str());
        QVERIFY(!program.wait().timedOut);
        nothingIsLeft();
    }

    void whenWeAreKilledTheLockStaysAsLongAsTheCommand()
    {
        Path directory;
        int child = 0;
        {
            // The very first that the command does.
            RunningProgram program(
                program_({"sh", "-c", "kill -KILL $PPID; echo $$; echo \"$TMPDIR\"; exec sleep 60"}));
            child = std::atoi(program.readLine().value_or("0").c_str());
            directory = program.readLine().value_or("");
            static_cast<void>(program.wait(std::chrono::milliseconds(200)));
        }
        const auto isFree = [&] { return command({"flock", "-n", directory, "true"}).exitCode == 0; };
        QVERIFY(!isFree());
        QVERIFY(isThere(directory + "/.scratchproof-marker"));
        QVERIFY(child > 0);
        ::kill(child, SIGKILL);
        QVERIFY(eventually(isFree));
        const Ended listed = run_({"scratch", "list", "--json"});
        QVERIFY(listed.output.find(directory) != std::string::npos); // registered: it can be cleaned up
        QCOMPARE(run_({"scratch", "clean", directory, "--yes"}).exitCode, 0);
        nothingIsLeft();
    }

    void keepKeepsIt()
    {
        const Ended ended = run({"sh", "-c", "echo x > \"$TMPDIR/file\""}, {"--keep", "--name", "kept"});
        QCOMPARE(ended.exitCode, 0);
        QCOMPARE(entries(), 1);
        QVERIFY(ended.errors.find(m_work + "/kept-") != std::string::npos);
        QCOMPARE(run_({"scratch", "clean", "kept", "--yes"}).exitCode, 0);
        nothingIsLeft();
    }

    void whatTheCommandLeavesRunningDoesNotKeepTheDirectory()
    {
        const Ended ended = run({"sh", "-c", "cd \"$TMPDIR\"; sleep 60 >/dev/null 2>&1 & echo $!"});
        const int left = std::atoi(ended.output.c_str());
        QVERIFY2(left > 0, ended.errors.c_str());
        ::kill(left, SIGKILL);
        QVERIFY2(ended.exitCode == 0, ended.errors.c_str());
        nothingIsLeft();
    }

private:
    Program program_(std::vector<std::string> words, std::vector<std::string> options = {}, bool dashes = true)
    {
        std::vector<std::string> arguments{"scratch", "run", "--in", m_work};
        arguments.insert(arguments.end(), options.begin(), options.end());
        if (dashes)
            arguments.emplace_back("--");
        arguments.insert(arguments.end(), words.begin(), words.end());
        Program program = m_cli->command(std::move(arguments));
        program.environment["PATH"] =
            "/usr/bin:/bin"; // a folder in it that is closed to the user makes EACCES of ENOENT
        return program;
    }
    Ended run(std::vector<std::string> words, std::vector<std::string> options = {}, bool dashes = true)
    {
        return test::run(program_(std::move(words), std::move(options), dashes));
    }
    Ended run_(std::vector<std::string> arguments) { return test::run(m_cli->command(std::move(arguments))); }
    Ended command(std::vector<std::string> words)
    {
        Program program = m_cli->command({});
        program.arguments = std::move(words);
        return test::run(program);
    }
    static char stateOf(int pid)
    {
        const std::string status = readFile("/proc/" + std::to_string(pid) + "/stat");
        const auto end = status.rfind(") ");
        return end == std::string::npos ? '-' : status[end + 2];
    }
    int entries() const { return int(std::distance(std::filesystem::directory_iterator(m_work), {})); }
    void nothingIsLeft()
    {
        QCOMPARE(entries(), 0);
        QVERIFY(run_({"scratch", "list", "--json"}).output.find("\"id\"") == std::string::npos);
    }

    std::unique_ptr<InstalledCli> m_cli;
    std::unique_ptr<TemporaryFolder> m_folder;
    Path m_work;
};

QTEST_GUILESS_MAIN(TestScratchRun)
#include "tst_scratch_run.moc"
