// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/cli/hostile_words.h"
#include "tests/support/fault_folder.h"
#include "tests/support/installed_cli.h"
#include "tests/support/made_up_users.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QTest>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;
using namespace std::chrono_literals;

namespace {

constexpr unsigned kAlice = 23456;

const std::string kHello =
    R"({"event":"started","schema":"scratchproof.stream/1","program":{"name":"scratchproof-cli","version":"0.1.0"}})";

/// sudoers(5): what a path may not hold as it is.
std::string inSudoRules(const Path& path)
{
    std::string text;
    for (const char byte : path) {
        if (std::string_view(" ,:=\\").find(byte) != std::string_view::npos)
            text += '\\';
        text += byte;
    }
    return text;
}

} // namespace

/// `check --as USER`, with the real sudo of this machine and users who are made up; and with programs in sudo's and
/// pkexec's place that misbehave.
class CheckAsTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<MadeUpUsers> m_users;
    std::unique_ptr<InstalledCli> m_cli;
    std::unique_ptr<TemporaryFolder> m_base;

    Path folderOf(unsigned user, const std::string& name, unsigned mode = 0755) const
    {
        Path path = m_base->makeFolder(name, mode);
        changeOwner(path, user, user);
        return path;
    }

    Ended check(std::vector<std::string> arguments, unsigned user) const
    {
        arguments.insert(arguments.begin(), {"check", "--json"});
        auto program = m_cli->command(std::move(arguments), user);
        program.environment["DISPLAY"] = "";
        program.environment["WAYLAND_DISPLAY"] = "";
        return run(program);
    }

    /// The same with a program of our own in sudo's or pkexec's place.
    Ended checkWith(const std::string& name, const std::string& body, std::vector<std::string> arguments) const
    {
        const Path bin = m_base->makeFolder("bin-" + name);
        writeFile(bin + "/" + name, "#!/bin/sh\n" + body + "\n", 0755);
        arguments.insert(arguments.begin(), {"check", "--json", "--as", "alice"});
        auto program = m_cli->command(std::move(arguments));
        program.environment["PATH"] = bin + ":/usr/bin:/bin";
        program.environment["DISPLAY"] = name == "pkexec" ? ":99" : "";
        program.environment["WAYLAND_DISPLAY"] = "";
        return run(program);
    }

    void compareRefused(const Ended& ended, const std::string& finding)
    {
        const Report report(ended.output);
        QVERIFY2(report.isValid(), (ended.output + ended.errors).c_str());
        QCOMPARE(report.firstFinding(), finding);
        QCOMPARE(report.verdict(), std::string("not-checked"));
        QCOMPARE(getString(report.check(0), "as").value_or(""), std::string("alice"));
        QCOMPARE(ended.exitCode, 3);
    }

private slots:
    void initTestCase()
    {
        adoptOrphans(); // so that nobody who is left escapes the asking
        m_users =
            std::make_unique<MadeUpUsers>(std::vector<MadeUpUsers::User>{{"alice", kAlice}, {"ann", kOrdinaryUser}});
        m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI);
    }
    void cleanupTestCase()
    {
        m_cli.reset();
        m_users.reset();
    }
    void init()
    {
        m_users->setSudoRules("");
        m_base = std::make_unique<TemporaryFolder>();
    }

    void rootChecksInAlicesPlaceAndHearsWhatHoldsForHer()
    {
        const Path hers = folderOf(kAlice, "hers");
        const Path anns = folderOf(kOrdinaryUser, "anns");
        const Path locked = folderOf(kOrdinaryUser, "locked", 0700);
        const auto ended = check({"--as", "alice", hers, anns, locked + "/below"}, 0);
        const Report report(ended.output);
        QVERIFY2(report.isValid(), ended.errors.c_str());
        QCOMPARE(ended.exitCode, 1);
        QCOMPARE(report.verdict(0), std::string("usable"));
        QCOMPARE(report.verdict(1), std::string("unusable"));
        QCOMPARE(report.firstFinding(1), std::string("mode-not-writable"));
        QCOMPARE(report.firstFinding(2), std::string("parent-no-search"));
        for (std::size_t i = 0; i < 3; ++i) {
            QCOMPARE(getString(report.check(i), "as").value_or(""), std::string("alice"));
            const Json* rights = getObject(*getObject(report.check(i), "facts"), "rights");
            QVERIFY(rights != nullptr);
            QCOMPARE(getUnsigned(*rights, "uid").value_or(0), std::uint64_t{kAlice});
        }
        QVERIFY(namesIn(hers).empty());
    }

    void commandsAreForTheOtherUser()
    {
        const Path anns = folderOf(kOrdinaryUser, "anns");
        const auto ended = check({"--as", "alice", anns}, 0);
        QVERIFY2(ended.output.find("u:alice:rwx") != std::string::npos, ended.output.c_str());
    }

    void theStreamIsTheSame()
    {
        const Path hers = folderOf(kAlice, "hers");
        const auto ended = run(m_cli->command({"check", "--ndjson", "--as", "alice", hers}, 0));
        QCOMPARE(ended.exitCode, 0);
        for (const char* part : {"\"check-started\"", "\"step-started\"", "\"step\":\"sync\"", "\"as\":\"alice\"",
                                 "\"event\":\"finished\""})
            QVERIFY2(ended.output.find(part) != std::string::npos, part);
    }

    void aNameThatNobodyHasIsWrongUsage()
    {
        const auto ended = check({"--as", "nobody-of-that-name", m_base->path()}, 0);
        QCOMPARE(ended.exitCode, 2);
        QVERIFY(ended.output.empty());
        QVERIFY(ended.errors.find("nobody-of-that-name") != std::string::npos);
    }

    void oneselfNeedsNoSudo()
    {
        const Path own = folderOf(kOrdinaryUser, "own");
        const auto ended = check({"--as", "ann", own}, kOrdinaryUser);
        QCOMPARE(ended.exitCode, 0);
        QCOMPARE(Report(ended.output).verdict(), std::string("usable"));
        QCOMPARE(getString(Report(ended.output).check(0), "as").value_or(""), std::string("ann"));
    }

    void withoutARuleSudoWantsAPasswordAndTheFolderIsNotTouched()
    {
        const Path hers = folderOf(kAlice, "hers");
        compareRefused(check({"--as", "alice", hers}, kOrdinaryUser), "as-password-needed");
        QVERIFY(namesIn(hers).empty());
    }

    // The thread that reads the requests may begin only when the program is ending already: several at once make it
    // late.
    void supervisorsToWhomNobodyListensEndWell()
    {
        for (int round = 0; round < 6; ++round) {
            std::vector<std::unique_ptr<RunningProgram>> supervisors;
            for (int i = 0; i < 8; ++i) {
                auto program = m_cli->command({"supervise"}, kAlice);
                program.arguments = {"sh", "-c", "exec \"$0\" supervise >/dev/full", program.arguments.front()};
                supervisors.push_back(std::make_unique<RunningProgram>(program));
            }
            for (auto& supervisor : supervisors) {
                const auto ended = supervisor->wait();
                QVERIFY2(ended.exitCode == 0, ended.errors.c_str());
            }
        }
    }

    void withARuleForTheSupervisorItIsDone()
    {
        m_users->setSudoRules("ann ALL=(alice) NOPASSWD: " + inSudoRules(m_cli->program()) + " supervise\n");
        const auto ended = check({"--as", "alice", folderOf(kAlice, "hers")}, kOrdinaryUser);
        QCOMPARE(Report(ended.output).verdict(), std::string("usable"));
        QCOMPARE(ended.exitCode, 0);
    }

    void aRuleForSomethingElseDoesNotHelp()
    {
        m_users->setSudoRules("Defaults:ann !authenticate\nann ALL=(alice) /bin/true\n");
        compareRefused(check({"--as", "alice", folderOf(kAlice, "hers")}, kOrdinaryUser), "as-not-allowed");
    }

    void whereNoRightsCanBeGainedThatIsSaid()
    {
        auto program = m_cli->command({"check", "--json", "--as", "alice", m_base->path()});
        program.arguments.insert(program.arguments.begin(), {"setpriv", "--no-new-privs"});
        program.environment["DISPLAY"] = "";
        compareRefused(run(program), "as-may-gain-nothing");
    }

    void aProgramInAPrivateHomeCannotBeReached()
    {
        m_users->setSudoRules("ann ALL=(alice) NOPASSWD: ALL\n");
        const Path home = folderOf(kOrdinaryUser, "home", 0700);
        std::filesystem::copy_file(m_cli->program(), home + "/scratchproof-cli");
        auto program = m_cli->command({"check", "--json", "--as", "alice", m_base->path()});
        program.arguments.front() = home + "/scratchproof-cli";
        changeOwner(program.arguments.front(), kOrdinaryUser, kOrdinaryUser);
        compareRefused(run(program), "as-program-unreachable");
    }

    void withoutSudoRootGoesByRunuserAndOthersAreToldSo()
    {
        runOrFail({"mount", "-n", "--bind", "/dev/null", "/usr/bin/sudo"});
        const auto byRoot = check({"--as", "alice", folderOf(kAlice, "hers")}, 0);
        const auto byAnn = check({"--as", "alice", m_base->path()}, kOrdinaryUser);
        runOrFail({"umount", "-n", "/usr/bin/sudo"});
        QCOMPARE(Report(byRoot.output).verdict(), std::string("usable"));
        QCOMPARE(byRoot.exitCode, 0);
        compareRefused(byAnn, "as-no-way");
    }

    void pkexecFollowsWhereSudoRefusesInADesktopSession()
    {
        // sudo refuses for want of a rule; pkexec, here a program that grants it, is asked for the other user.
        const auto ended =
            checkWith("pkexec", "[ \"$2\" = --user ] && [ \"$3\" = alice ] || exit 9\nshift 3\nexec \"$@\"",
                      {folderOf(kOrdinaryUser, "own")});
        QCOMPARE(Report(ended.output).verdict(), std::string("usable"));
        QCOMPARE(getString(Report(ended.output).check(0), "as").value_or(""), std::string("alice"));
    }

    void pkexecsRefusalsAreToldApart_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("finding");
        QTest::newRow("dismissed")
            << QByteArray("echo 'Error executing command as another user: Request dismissed' >&2; exit 126")
            << QByteArray("as-dismissed");
        QTest::newRow("not authorized")
            << QByteArray("echo 'Error executing command as another user: Not authorized' >&2; exit 127")
            << QByteArray("as-not-allowed");
        QTest::newRow("no agent") << QByteArray("echo 'Error getting authority: No such file' >&2; exit 127")
                                  << QByteArray("as-failed");
    }
    void pkexecsRefusalsAreToldApart()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, finding);
        compareRefused(checkWith("pkexec", body.toStdString(), {m_base->path()}), finding.toStdString());
    }

    void anotherSideThatMisbehavesIsNotBelieved_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("finding");
        const QByteArray hello = "echo '" + QByteArray::fromStdString(kHello) + "'; read line; ";
        QTest::newRow("a greeting of the shell")
            << QByteArray("echo Welcome; exec sleep 60") << QByteArray("as-nonsense");
        QTest::newRow("endless bytes") << QByteArray("exec cat /dev/zero") << QByteArray("as-nonsense");
        QTest::newRow("another version")
            << QByteArray(R"(echo '{"event":"started","schema":"scratchproof.stream/2","program":{}}'; exec sleep 60)")
            << QByteArray("as-other-version");
        QTest::newRow("a check that was not asked for")
            << hello + R"(echo '{"event":"check-started","check":77,"folder":"/x"}'; exec sleep 60)"
            << QByteArray("as-nonsense");
        QTest::newRow("an answer in place of a check")
            << hello + R"(echo '{"event":"answer","id":1,"result":{}}'; exec sleep 60)" << QByteArray("as-nonsense");
        QTest::newRow("two beginnings") << hello + "echo '" + QByteArray::fromStdString(kHello) + "'; exec sleep 60"
                                        << QByteArray("as-nonsense");
        QTest::newRow("ends in the middle") << hello + "exit 5" << QByteArray("as-broke-off");
        QTest::newRow("killed in the middle") << hello + "kill -KILL $$" << QByteArray("as-broke-off");
        QTest::newRow("ends at once") << QByteArray("exit 1") << QByteArray("as-failed");
        QTest::newRow("steps without end")
            << hello + R"(exec yes '{"event":"step-started","check":1,"step":"write"}')" << QByteArray("as-nonsense");
        QTest::newRow("one check that begins again and again")
            << hello + R"(exec yes '{"event":"check-started","check":1,"folder":"/"}')" << QByteArray("as-nonsense");
        QTest::newRow("an object of very many members")
            << hello + QByteArray::fromStdString(veryManyMembers()) << QByteArray("as-nonsense");
        QTest::newRow("a line of more than 1 MiB")
            << hello + "head -c 1100000 /dev/zero | tr '\\0' ' '; echo; exec cat" << QByteArray("as-nonsense");
        QTest::newRow("nested without end")
            << hello + "head -c 500000 /dev/zero | tr '\\0' '['; echo; exec cat" << QByteArray("as-nonsense");
        QTest::newRow("a finding that is ours to make")
            << hello + QByteArray::fromStdString(answerWith("remote-key-changed", "bank")) << QByteArray("as-nonsense");
    }
    void anotherSideThatMisbehavesIsNotBelieved()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, finding);
        compareRefused(checkWith("sudo", body.toStdString(), {m_base->path(), "/proc"}), finding.toStdString());
    }

    void aFaultOfTheOtherSideIsNoneOfOurs()
    {
        const auto ended =
            checkWith("sudo", "echo '" + kHello + "'; read line; " + answerWith("prober-start", "x"), {m_base->path()});
        QCOMPARE(Report(ended.output).firstFinding(), std::string("prober-start"));
        QCOMPARE(ended.exitCode, 3);
    }

    void theWordsOfAnotherDriveNoTerminal()
    {
        // ESC and OSC, C1's CSI, an override of the direction, a new line: as JSON writes them.
        const std::string hostile = R"(\u001b[2J\u001b]0;title\u0007\u009b31m\u202egpj\u2066\n\rroot#)";
        const Path bin = m_base->makeFolder("bin-sudo");
        const std::string body = "echo '" + kHello + "'; read line; " + answerWith("path-missing", hostile);
        writeFile(bin + "/sudo", "#!/bin/sh\n" + body + "\n", 0755);
        auto program = m_cli->command({"check", "--as", "alice", m_base->path()});
        program.environment["PATH"] = bin + ":/usr/bin:/bin";
        const auto ended = run(program);
        QVERIFY2(ended.output.find("The folder does not exist") != std::string::npos, ended.output.c_str());
        QVERIFY2(ended.output.find("u202egpj") != std::string::npos, ended.output.c_str());
        for (const char* raw : {"\x1b", "\x07", "\r", "\xc2\x9b", "\xe2\x80\xae", "\xe2\x81\xa6", "\nroot#"})
            QVERIFY2(ended.output.find(raw) == std::string::npos, ended.output.c_str());
    }

    void anotherSideThatFallsSilentIsGivenUp()
    {
        const auto ended =
            checkWith("sudo", "echo '" + kHello + "'; exec sleep 60", {"--timeout", "0.05", m_base->path()});
        const Report report(ended.output);
        QCOMPARE(report.firstFinding(), std::string("as-silent"));
        QCOMPARE(report.verdict(), std::string("not-responding"));
        QCOMPARE(ended.exitCode, 3);
    }

    void aFolderThatHangsForHerCostsItsRowOnly()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("create");
        const auto ended = check({"--as", "alice", "--timeout", "1", hanging.path(), folderOf(kAlice, "hers")}, 0);
        const Report report(ended.output);
        QCOMPARE(report.verdict(0), std::string("not-responding"));
        QCOMPARE(report.step("create-file"), std::string("timed-out"));
        QCOMPARE(report.verdict(1), std::string("usable"));
        QCOMPARE(ended.exitCode, 3);
    }

    void anInterruptReachesTheOtherSideWhichCleansUp()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("fsync");
        RunningProgram running(
            m_cli->command({"check", "--json", "--as", "alice", "--timeout", "60", hanging.path()}, 0));
        QVERIFY(hanging.waitUntilStuck("fsync"));
        QCOMPARE(namesIn(hanging.backing()).size(), std::size_t{1});
        running.signal(SIGINT);
        hanging.release();
        const auto ended = running.wait(5s);
        QVERIFY(!ended.timedOut);
        QCOMPARE(ended.exitCode, 130);
        QVERIFY(eventually([&] { return namesIn(hanging.backing()).empty(); }));
    }

    void whenTheAskerIsKilledTheOtherSideCleansUpAndEnds()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("fsync");
        RunningProgram running(
            m_cli->command({"check", "--json", "--as", "alice", "--timeout", "60", hanging.path()}, 0));
        QVERIFY(hanging.waitUntilStuck("fsync"));
        running.signal(SIGKILL);
        hanging.release();
        QVERIFY(eventually([&] { return namesIn(hanging.backing()).empty(); }));
        QVERIFY(eventually([&] {
            const auto left = descendants();
            return std::none_of(left.begin(), left.end(), [](const Descendant& one) { return one.user == kAlice; });
        }));
    }

    void rootIsToldThatTheAnswerIsForRoot()
    {
        auto program = m_cli->command({"check", m_base->path()}, 0);
        program.environment["SUDO_USER"] = "ann";
        const auto ended = run(program);
        QVERIFY2(ended.errors.find("You are root") != std::string::npos, ended.errors.c_str());
        QVERIFY2(ended.errors.find("--as ann") != std::string::npos, ended.errors.c_str());
        QVERIFY2(ended.output.find("scratchproof-cli check --as ann -- " + quoteForShell(m_base->path())) !=
                     std::string::npos,
                 ended.output.c_str());
        const auto byAnn = run(m_cli->command({"check", m_base->path()}));
        QVERIFY(byAnn.errors.find("root") == std::string::npos);
    }
};

SCRATCHPROOF_TEST_MAIN(CheckAsTest, PrivateMounts)
#include "tst_check_as.moc"
