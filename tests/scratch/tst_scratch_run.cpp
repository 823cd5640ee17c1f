// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/scratch/fixture.h"
#include "tests/support/installed_cli.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <sys/file.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

using namespace scratchproof;
using namespace scratchproof::test;

/// In Python, for the command to run: leaves a process behind that holds the registry (argument 1: BEGIN ...) for so
/// many seconds (argument 2), and prints its number. "at-once", or from the moment that the directory begins to be
/// emptied.
constexpr const char* kHoldRegistry = R"(
import os, sqlite3, sys, time
how, seconds, when = sys.argv[1], float(sys.argv[2]), sys.argv[3]
folder = os.environ["SCRATCH_DIR"]
if when == "while-removing":
    for i in range(30000):
        open(f"{folder}/{i}", "w").close()
ready, tell = os.pipe()
child = os.fork()
if child == 0:
    os.setsid()
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    registry = sqlite3.connect(os.environ["HOME"] + "/.local/state/scratchproof/scratch.db", timeout=30,
                               isolation_level=None)
    before = os.stat(folder).st_mtime_ns
    if when == "while-removing":
        os.write(tell, b"x")
        while os.stat(folder).st_mtime_ns == before:
            pass
    registry.execute("BEGIN " + how)
    os.write(tell, b"x")
    time.sleep(seconds)
    os._exit(0)
os.read(ready, 1)
print(child, flush=True)
)";

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

    void aCommandStoppedAloneIsContinuedAlone_data()
    {
        QTest::addColumn<int>("signal");
        QTest::newRow("SIGSTOP") << SIGSTOP; // cpulimit(1), batch systems
        QTest::newRow("SIGTSTP") << SIGTSTP; // likewise, where there is no terminal
    }
    void aCommandStoppedAloneIsContinuedAlone()
    {
        QFETCH(int, signal);
        const Program words = program_({"sh", "-c", "echo $$ $PPID; read line; echo went on; exit 7"});
        Program job = words;
        job.arguments = {"setsid", "-w", "bash", "-c", "set -m; \"$@\" & wait -f $!", "bash"}; // without a terminal
        job.arguments.insert(job.arguments.end(), words.arguments.begin(), words.arguments.end());
        RunningProgram program(job);
        const auto [child, ours] = readPids(program);
        QVERIFY(child > 0 && ours > 0);
        for (int time = 0; time < 20; ++time) {
            ::kill(child, signal);
            QVERIFY(eventually([&, pid = child] { return stateOf(pid) == 'T'; }));
            ::kill(child, SIGCONT);
            QVERIFY(eventually([&, pid = child] { return stateOf(pid) != 'T'; }));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        QVERIFY(stateOf(ours) != 'T');
        program.send("line\n");
        QCOMPARE(program.readLine(), std::optional<std::string>("went on"));
        QCOMPARE(program.wait().exitCode, 7);
        nothingIsLeft();
    }

    void controlZStopsTheWholeJobAndFgContinuesIt_data()
    {
        QTest::addColumn<QString>("how");
        QTest::newRow("typed") << "";
        QTest::newRow("by itself, as editors do") << "kill -TSTP $$;";
    }
    void controlZStopsTheWholeJobAndFgContinuesIt()
    {
        QFETCH(QString, how);
        RunningProgram program(inTerminal("echo $$ $PPID; " + how.toStdString() + " read line; echo went on; exit 7"));
        program.send(m_typed);
        const auto [child, ours] = readPids(program);
        QVERIFY(child > 0 && ours > 0);
        if (how.isEmpty())
            program.send("\x1a");
        QVERIFY(eventually([&, a = child, b = ours] { return stateOf(a) == 'T' && stateOf(b) == 'T'; }));
        program.send("fg\n");
        QVERIFY(eventually([&, a = child, b = ours] { return stateOf(a) != 'T' && stateOf(b) != 'T'; }));
        program.send("line\n");
        QVERIFY(program.readLineWith("went on").has_value());
        program.send("echo code=$?\n");
        const auto code = program.readLineWith("code=");
        QVERIFY2(code && code->find("code=7") != std::string::npos, code.value_or("no code").c_str());
        program.send("exit\n");
        QVERIFY(!program.wait().timedOut);
        nothingIsLeft();
    }

    void aShellThatSuspendsItselfStopsTheJob()
    {
        // By SIGSTOP to its own process group, which has the terminal.
        RunningProgram program(inTerminal("echo $$ $PPID; exec bash --norc --noprofile --noediting -i"));
        program.send(m_typed);
        const auto [child, ours] = readPids(program);
        QVERIFY(child > 0 && ours > 0);
        program.send("echo be\"\"gun\nsuspend\n");
        QVERIFY(program.readLineWith("begun").has_value());
        QVERIFY(eventually([&, a = child, b = ours] { return stateOf(a) == 'T' && stateOf(b) == 'T'; }));
        program.send("fg\n");
        QVERIFY(eventually([&, a = child, b = ours] { return stateOf(a) != 'T' && stateOf(b) != 'T'; }));
        program.send("echo in\"\"side $$\n"); // a shell sets the terminal's echo again
        const auto inside = program.readLineWith("inside ");
        QVERIFY2(inside && inside->find(std::to_string(child)) != std::string::npos,
                 inside.value_or("no line").c_str());
        program.send("exit\nexit\n");
        QVERIFY(!program.wait().timedOut);
        nothingIsLeft();
    }

    void aCommandStoppedAloneInATerminalDoesNotStopTheJob()
    {
        RunningProgram program(inTerminal("echo $$ $PPID; read line; echo went on"));
        program.send(m_typed);
        const auto [child, ours] = readPids(program);
        QVERIFY(child > 0 && ours > 0);
        ::kill(child, SIGSTOP);
        QVERIFY(eventually([&, pid = child] { return stateOf(pid) == 'T'; }));
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        QVERIFY(stateOf(ours) != 'T');
        program.send("\x1a"); // and then it is the job that is to stop
        QVERIFY(eventually([&, pid = ours] { return stateOf(pid) == 'T'; }));
        program.send("fg\nline\n");
        QVERIFY(program.readLineWith("went on").has_value());
        program.send("exit\n");
        QVERIFY(!program.wait().timedOut);
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

    void aLockWhoseHolderIsKilledIsTakenAgain()
    {
        Path directory;
        int child = 0;
        {
            RunningProgram program(program_({"sh", "-c", "echo $$; echo \"$TMPDIR\"; exec sleep 60"}));
            child = std::atoi(program.readLine().value_or("0").c_str());
            directory = program.readLine().value_or("");
            QVERIFY(child > 0);
            for (int time = 0; time < 3; ++time) {
                // One that comes too early for the lock ends, and another one follows.
                int holder = 0;
                QVERIFY(eventually([&] { return (holder = holderOf(program.pid())) > 0; }));
                ::kill(holder, SIGKILL);
                QVERIFY(eventually([&] {
                    const int next = holderOf(program.pid());
                    return next > 0 && next != holder;
                }));
                QVERIFY(eventually([&] { return !isFree(directory); }));
            }
            program.signal(SIGKILL); // the new one knows of the command, too
            const Ended ended = program.wait(std::chrono::milliseconds(200));
            QVERIFY2(ended.errors.empty(), ended.errors.c_str());
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        QVERIFY(!isFree(directory));
        ::kill(child, SIGKILL);
        QVERIFY(eventually([&] { return isFree(directory); }));
        QCOMPARE(run_({"scratch", "clean", directory, "--yes"}).exitCode, 0);
        nothingIsLeft();
    }

    void aLockThatCannotBeHadAgainIsMissedAloud()
    {
        RunningProgram program(program_({"sh", "-c", "echo \"$TMPDIR\"; read line; exit 6"}));
        const Path directory = program.readLine().value_or("");
        int holder = 0;
        QVERIFY(eventually([&] { return (holder = holderOf(program.pid())) > 0; }));
        const Path away = m_cli->program() + "-away"; // no holder can be started
        std::filesystem::rename(m_cli->program(), away);
        ::kill(holder, SIGKILL);
        std::this_thread::sleep_for(std::chrono::seconds(6));
        std::filesystem::rename(away, m_cli->program());
        QVERIFY(isFree(directory));
        program.send("line\n");
        const Ended ended = program.wait();
        QCOMPARE(ended.exitCode, 6);
        const std::string words = "no lock is held on '" + directory + "'";
        const auto first = ended.errors.find(words);
        QVERIFY2(first != std::string::npos, ended.errors.c_str());
        QVERIFY2(ended.errors.find("lock", first + words.size()) == std::string::npos, ended.errors.c_str());
        nothingIsLeft();
    }

    void aLockThatAnotherProgramHasForAMomentIsWaitedFor()
    {
        // As a prober or systemd-tmpfiles does that asks: from the moment that the directory is there.
        std::optional<Exclusive> other;
        std::thread runAs([&] { other.emplace(firstEntry()); });
        RunningProgram program(program_({"sh", "-c", "flock -n \"$TMPDIR\" true && echo free || echo held"}));
        runAs.join();
        QVERIFY(other->isHeld());
        QVERIFY(!program.readLine(std::chrono::milliseconds(1000))); // the command waits
        other.reset();
        QCOMPARE(program.readLine(), std::optional<std::string>("held"));
        const Ended ended = program.wait();
        QVERIFY2(ended.exitCode == 0 && ended.errors.empty(), ended.errors.c_str());
        nothingIsLeft();
    }

    void aLockThatAnotherProgramKeepsIsMissedAloudAndTakenLater()
    {
        std::optional<Exclusive> other;
        std::thread runAs([&] { other.emplace(firstEntry()); });
        RunningProgram program(program_({"sh", "-c", "echo \"$TMPDIR\"; read line"}));
        runAs.join();
        QVERIFY(other->isHeld());
        const Path directory = program.readLine().value_or(""); // it runs all the same
        QVERIFY(!directory.empty());
        other.reset();
        const auto isHeld = [&] { return !isFree(directory); };
        QVERIFY(eventually(isHeld));
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        QVERIFY(isHeld());
        program.send("line\n");
        const Ended ended = program.wait();
        QVERIFY2(ended.errors.find("no lock is held on '" + directory + "' yet") != std::string::npos,
                 ended.errors.c_str());
        QVERIFY2(ended.errors.find("is held now") != std::string::npos, ended.errors.c_str());
        nothingIsLeft();
    }

    void onlyTheNameOfTheProgramIsStored()
    {
        const std::vector<std::string> words{"/bin/sh", "-c", "\"$0\" scratch list --json", m_cli->program(),
                                             "password=open-sesame"};
        const Ended ended = run(words);
        QVERIFY2(ended.output.find("\"note\": \"sh\"") != std::string::npos, ended.output.c_str());
        QVERIFY2(ended.output.find("sesame") == std::string::npos, ended.output.c_str());
        nothingIsLeft();
    }

    void aBusyRegistryIsWaitedForAtTheEnd_data()
    {
        QTest::addColumn<QString>("how");
        QTest::addColumn<QString>("when");
        QTest::newRow("closed to readers") << "EXCLUSIVE"
                                           << "at-once";
        QTest::newRow("closed to writers") << "IMMEDIATE"
                                           << "at-once";
        QTest::newRow("closed when the directory is gone") << "IMMEDIATE"
                                                           << "while-removing";
    }
    void aBusyRegistryIsWaitedForAtTheEnd()
    {
        QFETCH(QString, how);
        QFETCH(QString, when);
        const Ended ended = run({"/usr/bin/python3", "-c", kHoldRegistry, how.toStdString(), "5", when.toStdString()});
        QVERIFY2(ended.exitCode == 0, ended.errors.c_str());
        QVERIFY2(ended.errors.find("waiting for the registry") != std::string::npos, ended.errors.c_str());
        QCOMPARE(std::count(ended.errors.begin(), ended.errors.end(), '\n'), 1);
        nothingIsLeft();
    }

    void controlCEndsTheWaitAndWhatIsLeftIsSaid_data()
    {
        QTest::addColumn<QString>("when");
        QTest::addColumn<QString>("sentence");
        QTest::addColumn<int>("directories");
        QTest::newRow("all") << "at-once"
                             << "was not removed: stopped; `scratch clean " << 1;
        QTest::newRow("the record") << "while-removing"
                                    << "was removed, and is registered still: stopped; `scratch forget " << 0;
    }
    void controlCEndsTheWaitAndWhatIsLeftIsSaid()
    {
        QFETCH(QString, when);
        QFETCH(QString, sentence);
        QFETCH(int, directories);
        Program words = program_({"/usr/bin/python3", "-c", kHoldRegistry, "IMMEDIATE", "60", when.toStdString()});
        words.arguments.insert(words.arguments.begin(), {"sh", "-c", "exec \"$@\" 2>&1", "sh"});
        RunningProgram program(words);
        int holder = 0;
        for (int line = 0; line < 5 && holder <= 0; ++line) // errors go the same way
            holder = std::atoi(program.readLine().value_or("0").c_str());
        QVERIFY(holder > 0);
        QVERIFY(program.readLineWith("waiting for the registry").has_value());
        program.signal(SIGINT);
        const auto before = std::chrono::steady_clock::now();
        const Ended ended = program.wait();
        QVERIFY(std::chrono::steady_clock::now() - before < std::chrono::seconds(3));
        ::kill(holder, SIGKILL);
        QCOMPARE(ended.exitCode, 0);
        const auto found = ended.output.find(sentence.toStdString());
        QVERIFY2(found != std::string::npos, ended.output.c_str());
        QCOMPARE(entries(), directories);
        // And what it says is what helps.
        const auto id = ended.output.substr(found + std::size_t(sentence.size()), 8);
        const std::vector<std::string> clean{"scratch", "clean", id, "--yes"};
        const std::vector<std::string> forget{"scratch", "forget", id};
        const Ended helped = run_(directories == 1 ? clean : forget);
        QVERIFY2(helped.exitCode == 0, helped.errors.c_str());
        nothingIsLeft();
    }

    void whatTheCommandReleasedCanBeRestored()
    {
        const Ended ended =
            run({"sh", "-c", "echo x > \"$SCRATCH_DIR/file\"; exec \"$0\" scratch release --in-use \"$SCRATCH_DIR\"",
                 m_cli->program()},
                {"--name", "mine"});
        QVERIFY2(ended.errors.find("`scratch restore") != std::string::npos, ended.errors.c_str());
        QVERIFY2(ended.errors.find("removed") == std::string::npos, ended.errors.c_str());
        QCOMPARE(run_({"scratch", "restore", "mine"}).exitCode, 0);
        QCOMPARE(entries(), 1);
        QCOMPARE(run_({"scratch", "clean", "mine", "--yes"}).exitCode, 0);
        nothingIsLeft();
    }

    void whatIsGoneIsNotCalledRegistered()
    {
        const Ended cleaned =
            run({"sh", "-c", "exec \"$0\" scratch clean --in-use --yes \"$SCRATCH_DIR\"", m_cli->program()});
        QVERIFY2(cleaned.errors.find("is not registered any more") != std::string::npos, cleaned.errors.c_str());
        nothingIsLeft();
        const Ended removed = run({"sh", "-c", "rm -r \"$SCRATCH_DIR\""});
        const std::string advice = "`scratch forget ";
        const auto found = removed.errors.find(advice);
        QVERIFY2(found != std::string::npos, removed.errors.c_str());
        QVERIFY2(removed.errors.find("scratch clean") == std::string::npos, removed.errors.c_str());
        QCOMPARE(run_({"scratch", "forget", removed.errors.substr(found + advice.size(), 8)}).exitCode, 0);
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
    /// An exclusive lock of this process.
    class Exclusive
    {
    public:
        explicit Exclusive(const Path& directory) : m_fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY))
        {
            m_isHeld = ::flock(m_fd, LOCK_EX | LOCK_NB) == 0;
        }
        ~Exclusive() { ::close(m_fd); }
        Exclusive(const Exclusive&) = delete;
        Exclusive& operator=(const Exclusive&) = delete;
        [[nodiscard]] bool isHeld() const { return m_isHeld; }

    private:
        int m_fd;
        bool m_isHeld;
    };

    /// What is made next in the work folder; waits for it.
    [[nodiscard]] Path firstEntry() const
    {
        for (;;) {
            for (const auto& entry : std::filesystem::directory_iterator(m_work)) {
                if (entry.path().filename().string().starts_with("run-"))
                    return entry.path().string();
            }
        }
    }
    [[nodiscard]] bool isFree(const Path& directory)
    {
        return command({"flock", "-n", directory, "true"}).exitCode == 0;
    }
    /// The process that holds the lock for the run `pid`; 0 where there is none.
    static int holderOf(int pid)
    {
        for (const int child : childrenOf(pid)) {
            if (readFile("/proc/" + std::to_string(child) + "/cmdline").find("hold-lock") != std::string::npos)
                return child;
        }
        return 0;
    }
    /// The numbers of the command and of the run, which it prints.
    static std::pair<int, int> readPids(RunningProgram& program)
    {
        for (;;) {
            std::istringstream line(program.readLine().value_or("0 0"));
            std::pair<int, int> pids;
            if (line >> pids.first >> pids.second)
                return pids;
        }
    }
    /// An interactive shell in a terminal of its own (script(1)), which runs the command as a job. Without echo.
    Program inTerminal(const std::string& shellWords)
    {
        const Program words = program_({"sh", "-c", shellWords});
        Program terminal = words;
        terminal.arguments = {"script", "-qec", "stty -echo; exec bash --norc --noprofile --noediting -i", "/dev/null"};
        terminal.environment["PS1"] = "\n"; // so that nothing stands before what is printed
        terminal.environment["SHELL"] = "/bin/sh";
        // The shell reads it as soon as it is there.
        m_typed = quoteForShell(words.arguments) + "\n";
        return terminal;
    }
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
    std::string m_typed;
};

QTEST_GUILESS_MAIN(TestScratchRun)
#include "tst_scratch_run.moc"
