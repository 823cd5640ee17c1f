// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/made_up_users.h"
#include "tests/support/mounts.h"
#include "tests/support/private_bus.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <set>
#include <sstream>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr unsigned kAlice = 24661;
constexpr unsigned kAliceOfTheMachine = 24662;

/// As it stands in an environment or a table; each line one.
std::set<std::string> linesOf(const std::string& text)
{
    std::set<std::string> lines;
    std::istringstream all(text);
    for (std::string line; std::getline(all, line);)
        lines.insert(line);
    return lines;
}

Program alone(std::vector<std::string> command, const std::vector<std::string>& options = {})
{
    Program program;
    program.arguments = {SCRATCHPROOF_ALONE};
    program.arguments.insert(program.arguments.end(), options.begin(), options.end());
    program.arguments.emplace_back("--");
    program.arguments.insert(program.arguments.end(), command.begin(), command.end());
    return program;
}

Program shell(const std::string& line)
{
    Program program;
    program.arguments = {"sh", "-c", line};
    return program;
}

} // namespace

/// That a test sees only what it made, on a machine where there is more: what the suite is started by, the bus, the
/// users and the processes that tests make themselves. Each with a twin that shows that there was something to see.
class AloneTest : public QObject
{
    Q_OBJECT

private slots:
    void noVariableOfTheCallersIsThere_data()
    {
        QTest::addColumn<bool>("asRoot");
        QTest::newRow("root") << true;
        QTest::newRow("somebody") << false;
    }
    void noVariableOfTheCallersIsThere()
    {
        QFETCH(bool, asRoot);
        const TemporaryFolder folder;
        const Path odd = folder.makeFolder("with a space", 0777);
        const std::vector<std::string> names{"HOME",
                                             "XDG_CONFIG_HOME",
                                             "XDG_STATE_HOME",
                                             "XDG_DATA_HOME",
                                             "XDG_DATA_DIRS",
                                             "XDG_CACHE_HOME",
                                             "XDG_RUNTIME_DIR",
                                             "LANG",
                                             "LANGUAGE",
                                             "LC_ALL",
                                             "LC_TIME",
                                             "TZ",
                                             "TMPDIR",
                                             "SCRATCHPROOF_GRACE",
                                             "DISPLAY",
                                             "WAYLAND_DISPLAY",
                                             "SSH_AUTH_SOCK",
                                             "SSH_CONNECTION",
                                             "QT_SCALE_FACTOR",
                                             "SUDO_USER",
                                             "XAUTHORITY",
                                             "PYTHONPATH",
                                             "QT_QPA_PLATFORMTHEME"};
        Program program = alone({"env"}, {"QT_QPA_PLATFORM=offscreen"});
        for (const auto& name : names)
            program.environment[name] = odd;
        program.environment["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=" + odd;
        program.environment["SCRATCHPROOF_SCALE"] = "0.125";
        program.environment["SCRATCHPROOF_TEST_SWITCH"] = "on";
        program.workingFolder = odd;
        if (!asRoot)
            program.user = kOrdinaryUser;
        const Path tool = folder / "alone"; // the build's may be closed to them
        std::filesystem::copy_file(SCRATCHPROOF_ALONE, tool);
        program.arguments.front() = tool;
        const Ended ended = run(program);
        QVERIFY2(ended.exitCode == 0, ended.errors.c_str());
        QVERIFY2(ended.output.find(odd) == std::string::npos, ended.output.c_str());
        const auto lines = linesOf(ended.output);
        for (const char* line : {"LC_ALL=C.UTF-8", "TZ=UTC", "QT_QPA_PLATFORM=offscreen", "SCRATCHPROOF_SCALE=0.125",
                                 "SCRATCHPROOF_TEST_SWITCH=on"})
            QVERIFY2(lines.contains(line), ended.output.c_str());
        // These, HOME, PATH, TMPDIR, XDG_RUNTIME_DIR and DBUS_SESSION_BUS_ADDRESS; no other.
        QVERIFY2(std::all_of(lines.begin(), lines.end(),
                             [](const std::string& line) {
                                 static const std::set<std::string> kNames{"LC_ALL",
                                                                           "TZ",
                                                                           "HOME",
                                                                           "QT_QPA_PLATFORM",
                                                                           "PATH",
                                                                           "SCRATCHPROOF_SCALE",
                                                                           "TMPDIR",
                                                                           "SCRATCHPROOF_TEST_SWITCH",
                                                                           "ASAN_OPTIONS",
                                                                           "LSAN_OPTIONS",
                                                                           "UBSAN_OPTIONS",
                                                                           "TSAN_OPTIONS",
                                                                           "SCRATCHPROOF_SHOW",
                                                                           "SCRATCHPROOF_SEED",
                                                                           "XDG_RUNTIME_DIR",
                                                                           "DBUS_SESSION_BUS_ADDRESS"};
                                 return kNames.contains(line.substr(0, line.find('=')));
                             }),
                 ended.output.c_str());
        program.arguments = {"env"};
        QVERIFY(run(program).output.find(odd) != std::string::npos);
    }

    void itsFoldersAreFreshAndGoneAfterwards()
    {
        const std::string look = R"(for d in "$HOME" "$XDG_RUNTIME_DIR"; do stat -c '%a %u' "$d"; ls -A "$d"; done
                                    stat -c %a "$TMPDIR"; touch "$HOME/x" "$TMPDIR/x" && ls "$HOME"; umask)";
        const TemporaryFolder elsewhere;
        auto program = alone({"sh", "-c", look}, {"TMPDIR=" + elsewhere.path()});
        const auto oldMask = ::umask(077);
        const Ended ended = run(program);
        ::umask(oldMask);
        QVERIFY2(ended.output == "700 0\n700 0\n1777\nx\n0022\n", (ended.output + ended.errors).c_str());
        QVERIFY(namesIn(elsewhere.path()).empty());
    }

    void itEndsAsItsProgramDid()
    {
        QCOMPARE(run(alone({"sh", "-c", "exit 77"})).exitCode, 77);
        QCOMPARE(run(alone({"sh", "-c", "exit 0"})).exitCode, 0);
        QCOMPARE(run(alone({"sh", "-c", "kill -ABRT $$"})).exitCode, 128 + SIGABRT);
        QCOMPARE(run(alone({"/no/such/program"})).exitCode, 127);
    }

    void ignoredSignalsAndATerminalAreNotInherited()
    {
        const std::string look =
            "grep -E '^Sig(Blk|Ign)' /proc/self/status; ps -o tty= -p $$; readlink /proc/self/fd/0";
        auto program = alone({"sh", "-c", look});
        program.arguments.insert(program.arguments.begin(), {"sh", "-c", "trap '' HUP USR1; exec \"$@\"", "x"});
        const Ended ended = run(program);
        QCOMPARE(linesOf(ended.output),
                 (std::set<std::string>{"SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000", "?", "/dev/null"}));
    }

    void nobodyElsesProcessesAreSeenAndNoneStays()
    {
        RunningProgram other(shell("exec sleep 987654"));
        const std::string look = "ps ax -o args=";
        // It is a shell until it becomes the other program.
        QTRY_VERIFY(run(shell(look)).output.find("\nsleep 987654") != std::string::npos);
        // Its own are, and an orphan ends with the test.
        const TemporaryFolder folder;
        const Path pipe = folder / "pipe";
        runOrFail({"mkfifo", pipe});
        RunningProgram held(shell("cat '" + pipe + "'; echo ended"));
        const Ended ended =
            run(alone({"sh", "-c", "(exec 3>\"$1\"; exec sleep 876543) & sleep 0.2; " + look + "; kill -0 $0",
                       std::to_string(other.pid()), pipe}));
        QVERIFY2(ended.output.find("sleep 987654") == std::string::npos, ended.output.c_str());
        QVERIFY2(ended.output.find("sleep 876543") != std::string::npos, ended.output.c_str());
        QVERIFY(ended.exitCode != 0); // nobody has that process id in there
        QCOMPARE(held.readLine().value_or(""), std::string("ended"));
        QVERIFY(processExists(other.pid()));
    }

    void nobodyElseListensOnItsLoopback()
    {
        const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        QVERIFY(bind(fd, generic, length) == 0 && listen(fd, 4) == 0 && getsockname(fd, generic, &length) == 0);
        const std::string tryIt = "import socket, sys\n"
                                  "try:\n"
                                  "    socket.create_connection(('127.0.0.1', int(sys.argv[1])), 5)\n"
                                  "except ConnectionRefusedError:\n"
                                  "    sys.exit(42)\n";
        Program here;
        here.arguments = {"python3", "-c", tryIt, std::to_string(ntohs(address.sin_port))};
        QCOMPARE(run(here).exitCode, 0);
        QCOMPARE(run(alone(here.arguments)).exitCode, 42);
        close(fd);
    }

    void nothingAndNobodyStaysWhereItIsEnded()
    {
        for (const int number : {SIGTERM, SIGINT}) {
            const TemporaryFolder folder;
            RunningProgram running(alone({"sh", "-c", "echo ready; exec sleep 765432"}, {"TMPDIR=" + folder.path()}));
            QVERIFY(running.readLineWith("ready").has_value());
            running.signal(number);
            const Ended ended = running.wait();
            QVERIFY2(ended.exitCode == 128 + number, (std::to_string(ended.exitCode) + ended.errors).c_str());
            QVERIFY(namesIn(folder.path()).empty());
            QVERIFY(descendants().empty());
        }
        RunningProgram running(alone({"sh", "-c", "echo \"$TMPDIR\"; exec sleep 765432"}));
        const auto place = running.readLine();
        QVERIFY(place.has_value());
        QCOMPARE(descendants().size(), std::size_t{3});
        running.signal(SIGKILL);
        QVERIFY(eventually([] { return descendants().empty(); }));
        removeAll(*place); // which nobody could do who was killed so
    }

    void aPrivateBusStartsNoServiceOfTheMachine()
    {
        if (!PrivateBus::isThere())
            QSKIP("dbus-daemon is not installed");
        // As a desktop has one: whoever asks for the name has the program started.
        const TemporaryFolder data;
        data.makeFolder("dbus-1");
        const Path services = data.makeFolder("dbus-1/services");
        const std::string name = "org.freedesktop.portal.Desktop";
        writeFile(services + "/" + name + ".service",
                  "[D-BUS Service]\nName=" + name + "\nExec=/bin/sh -c \"touch " + (data / "started") + "; exit 1\"\n");
        qputenv("XDG_DATA_DIRS", QByteArray::fromStdString(data.path()));
        const auto ask = [&](const std::string& address) {
            Program program;
            program.arguments = {"dbus-send",
                                 "--bus=" + address,
                                 "--print-reply",
                                 "--dest=" + name,
                                 "/",
                                 "org.freedesktop.DBus.Peer.Ping"};
            return run(program);
        };
        PrivateBus bus;
        const Ended refused = ask(bus.address());
        Program plain;
        plain.arguments = {"dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address"};
        RunningProgram ofASession(plain);
        const auto address = ofASession.readLine();
        QVERIFY(refused.exitCode != 0);
        QVERIFY2(refused.errors.find("ServiceUnknown") != std::string::npos, refused.errors.c_str());
        QVERIFY(!std::filesystem::exists(data / "started"));
        QVERIFY(address.has_value());
        static_cast<void>(ask(*address));
        qunsetenv("XDG_DATA_DIRS");
        QVERIFY(eventually([&] { return std::filesystem::exists(data / "started"); }));
    }

    void usersOfTheMachineAreNotThoseWhoAreMadeUp()
    {
        // The machine's own alice, who may everything.
        const TemporaryFolder folder;
        const auto lay = [&](const Path& file, const std::string& more, unsigned mode) {
            const Path ours = folder / std::filesystem::path(file).filename().string();
            writeFile(ours, more + readFile(file), mode);
            runOrFail({"mount", "-n", "--bind", ours, file});
        };
        const std::string number = std::to_string(kAliceOfTheMachine);
        lay("/etc/passwd", "alice:x:" + number + ":" + number + "::/:/bin/sh\n", 0644);
        lay("/etc/shadow", "alice:*:19000:0:99999:7:::\n", 0600);
        if (std::filesystem::exists("/etc/sudoers"))
            lay("/etc/sudoers", "ALL ALL=(ALL) NOPASSWD: ALL\n", 0440);
        const auto idOfAlice = [] { return runOrFail({"id", "-u", "alice"}); };
        const auto mayBecomeRoot = [](unsigned user) {
            Program sudo;
            sudo.arguments = {"sudo", "-n", "true"};
            sudo.user = user;
            return run(sudo).exitCode == 0;
        };
        const bool hasSudo = std::filesystem::exists("/etc/sudoers");
        QCOMPARE(idOfAlice(), number + "\n");
        QVERIFY(!hasSudo || mayBecomeRoot(kAliceOfTheMachine));
        {
            const MadeUpUsers users({{"alice", kAlice}});
            QCOMPARE(idOfAlice(), std::to_string(kAlice) + "\n");
            QVERIFY(!hasSudo || !mayBecomeRoot(kAlice));
            QVERIFY(linesOf(runOrFail({"getent", "passwd"})).size() == 3);
            users.setSudoRules("alice ALL=(ALL) NOPASSWD: ALL\n");
            QVERIFY(!hasSudo || mayBecomeRoot(kAlice));
        }
        QCOMPARE(idOfAlice(), number + "\n");
    }

    void processesOfOthersAreNoDescendants()
    {
        // One that somebody else started, of the same user: a grandchild whose parent left it to init before.
        runOrFail({"setpriv", "--reuid", std::to_string(kAlice), "--clear-groups", "--", "sh", "-c",
                   "sleep 7 </dev/null >/dev/null 2>&1 &"});
        const auto ofAlice = [] {
            const auto all = descendants();
            return std::count_if(all.begin(), all.end(), [](const Descendant& one) { return one.user == kAlice; });
        };
        QCOMPARE(ofAlice(), 0L);
        Program ours = shell("sleep 7 & echo ready; wait");
        ours.user = kAlice;
        RunningProgram running(ours);
        QVERIFY(running.readLineWith("ready").has_value());
        QVERIFY(eventually([&] {
            const auto all = descendants();
            return ofAlice() == 2 && std::any_of(all.begin(), all.end(), [](const Descendant& one) {
                       return one.name == "sleep" && one.arguments == std::vector<std::string>{"sleep", "7"};
                   });
        }));
        adoptOrphans();
        running.signal(SIGKILL);
        QVERIFY(eventually([&] { return ofAlice() == 1; })); // it is ours now
        for (const auto& one : descendants())
            kill(one.pid, SIGKILL);
    }
};

SCRATCHPROOF_TEST_MAIN(AloneTest, PrivateMounts)
#include "tst_alone.moc"
