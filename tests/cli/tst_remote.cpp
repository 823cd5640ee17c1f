// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fault_folder.h"
#include "tests/support/installed_cli.h"
#include "tests/support/mounts.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"
#include "tests/support/ssh_server.h"

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

// What a test puts in place of the program ends with its input, as a supervisor does.
constexpr unsigned kAnn = 24560;
constexpr unsigned kAlice = 24561; // has scratchproof-cli
constexpr unsigned kBea = 24562;   // has what a test puts there in its place
constexpr unsigned kCarl = 24563;  // has none
constexpr unsigned kDora = 24564;  // has it, and a shell that greets

const std::string kHello =
    R"({"event":"started","schema":"scratchproof.stream/1","program":{"name":"scratchproof-cli","version":"0.1.0"}})";

} // namespace

/// `check user@host:/folder` through a real ssh to a real sshd on loopback, with users who are made up.
class RemoteTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<MadeUpUsers> m_users;
    std::unique_ptr<InstalledCli> m_cli;
    std::unique_ptr<SshServer> m_server;
    std::unique_ptr<MutePort> m_mute;
    std::unique_ptr<TemporaryFolder> m_programs; // bea's
    std::unique_ptr<TemporaryFolder> m_base;
    int m_tried = 0;

    Path folderOf(unsigned user, const std::string& name, unsigned mode = 0755) const
    {
        Path path = m_base->makeFolder(name, mode);
        changeOwner(path, user, user);
        return path;
    }

    /// ann's ~/.ssh: one host with everything right, and one for each thing that can be wrong.
    void writeConfiguration() const
    {
        const Path folder = m_users->home("ann") + "/.ssh";
        makeFolder(folder, 0700);
        changeOwner(folder, kAnn, kAnn);
        const auto write = [&](const std::string& name, const std::string& text) {
            writeFile(folder + "/" + name, text, 0600);
            changeOwner(folder + "/" + name, kAnn, kAnn);
        };
        const std::string ours = SshServer::makeKey(folder + "/id", kAnn);
        static_cast<void>(SshServer::makeKey(folder + "/strange", kAnn));
        const std::string other = SshServer::makeKey(folder + "/otherhost", kAnn);
        for (const char* user : {"alice", "bea", "carl", "dora"})
            m_server->authorize(user, ours);
        const std::string port = std::to_string(m_server->port());
        write("known", "[127.0.0.1]:" + port + " " + m_server->hostKey() + "\n");
        write("changed", "[127.0.0.1]:" + port + " " + other.substr(0, other.rfind(' ')) + "\n");
        write("empty", "");
        std::string config;
        const auto host = [&](const std::string& name, const std::string& hostPort, const std::string& known,
                              const std::string& key = "id") {
            config += "Host " + name + "\n  HostName 127.0.0.1\n  Port " + hostPort +
                      "\n  User alice\n  IdentityFile \"" + folder + "/" + key +
                      "\"\n  IdentitiesOnly yes\n  UserKnownHostsFile \"" + folder + "/" + known +
                      "\"\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking ask\n";
        };
        host("nas", port, "known");
        host("unknownkey", port, "empty");
        host("changedkey", port, "changed");
        host("stranger", port, "known", "strange");
        host("down", "1", "known");
        host("mute", std::to_string(m_mute->port()), "known");
        write("config", config + "Host nowhere\n  HostName nowhere.invalid\n");
    }

    Program command(std::vector<std::string> arguments, unsigned user = kAnn) const
    {
        auto program = m_cli->command(std::move(arguments), user);
        program.environment["SSH_AUTH_SOCK"] = "";
        program.environment["HOME"] = m_users->home("ann");
        program.environment["XDG_RUNTIME_DIR"] = "";
        return program;
    }
    Ended check(std::vector<std::string> arguments) const
    {
        arguments.insert(arguments.begin(), {"check", "--json"});
        return run(command(std::move(arguments)));
    }

    void compareRefused(const Ended& ended, const std::string& finding, const std::string& verdict = "not-checked")
    {
        const Report report(ended.output);
        QVERIFY2(report.isValid(), (ended.output + ended.errors).c_str());
        QVERIFY2(report.firstFinding() == finding, ended.output.c_str());
        QCOMPARE(report.verdict(), verdict);
        QCOMPARE(ended.exitCode, 3);
        QVERIFY(!getString(report.check(0), "host").value_or("").empty());
        ++m_tried;
    }

    /// Neither an ssh of ann's nor anything that ran for it on the far side.
    static bool nobodyIsLeft() { return processesOf({kAnn, kAlice, kBea, kCarl, kDora}).empty(); }
    /// Of those who are made up, without the file systems that the tests serve.
    static std::vector<Descendant> processesOf(const std::vector<unsigned>& users)
    {
        auto found = descendants();
        std::erase_if(found, [&](const Descendant& one) {
            return std::find(users.begin(), users.end(), one.user) == users.end();
        });
        return found;
    }
    static long sshsOfAnn()
    {
        const auto all = processesOf({kAnn});
        return std::count_if(all.begin(), all.end(), [](const Descendant& one) { return one.name == "ssh"; });
    }

    void putProgram(const std::string& body) const
    {
        writeFile(*m_programs / "scratchproof-cli", "#!/bin/sh\n" + body + "\n", 0755);
    }

private slots:
    void initTestCase()
    {
        adoptOrphans(); // so that nobody who is left escapes the asking
        if (!SshServer::program())
            QSKIP("no sshd: packaging/dev test fetches one into build/tools");
        m_users = std::make_unique<MadeUpUsers>(std::vector<MadeUpUsers::User>{{"ann", kAnn},
                                                                               {"alice", kAlice},
                                                                               {"bea", kBea},
                                                                               {"carl", kCarl},
                                                                               {"dora", kDora, "/bin/bash"},
                                                                               {"sshd", 23499}});
        m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI);
        m_programs = std::make_unique<TemporaryFolder>();
        const Path bin = std::filesystem::path(m_cli->program()).parent_path();
        m_server =
            std::make_unique<SshServer>("Match User alice,dora\n  SetEnv \"PATH=" + bin +
                                        ":/usr/bin:/bin\"\nMatch User bea\n  SetEnv \"PATH=" + m_programs->path() +
                                        ":/usr/bin:/bin\"\nMatch User carl\n  SetEnv PATH=/usr/bin:/bin\n");
        m_mute = std::make_unique<MutePort>();
        writeConfiguration();
        writeFile(m_users->home("dora") + "/.bashrc", "echo Welcome to the machine\n", 0644);
    }
    void cleanupTestCase()
    {
        if (m_tried > 0)
            printf("remote: %d failures of the other side brought about, each with its own reason\n", m_tried);
        m_server.reset();
        m_cli.reset();
        m_users.reset();
    }
    void init() { m_base = std::make_unique<TemporaryFolder>(); }
    void cleanup()
    {
        QVERIFY2(eventually([] { return nobodyIsLeft(); }), "a process is left");
    }

    void theVerdictsAreThoseOfTheFarSide()
    {
        const Path hers = folderOf(kAlice, "hers");
        const Path anns = folderOf(kAnn, "anns");
        const auto full = mountTmpfs(m_base->makeFolder("full"), "mode=0777,size=64k");
        static_cast<void>(fillUp(full->path()));
        const auto readOnly = mountTmpfs(m_base->makeFolder("read-only"), "mode=0777,ro");
        const std::vector<Path> folders{hers, anns, full->path(), readOnly->path(), *m_base / "gone"};
        std::vector<std::string> remote{"check", "--json"};
        std::vector<std::string> local{"check", "--json"};
        for (const Path& folder : folders) {
            remote.push_back("alice@nas:" + folder);
            local.push_back(folder);
        }
        const auto far = run(command(remote));
        const auto near = run(m_cli->command(local, kAlice));
        const Report there(far.output);
        const Report here(near.output);
        QVERIFY2(there.isValid(), far.errors.c_str());
        QCOMPARE(there.size(), folders.size());
        for (std::size_t i = 0; i < folders.size(); ++i) {
            QVERIFY2(there.verdict(i) == here.verdict(i), (folders[i] + ": " + far.output).c_str());
            QCOMPARE(there.firstFinding(i), here.firstFinding(i));
            QCOMPARE(there.problem(i), here.problem(i));
            QCOMPARE(there.folder(i), folders[i]);
            QCOMPARE(getString(there.check(i), "host").value_or(""), std::string("nas"));
            QCOMPARE(getString(there.check(i), "as").value_or(""), std::string("alice@nas"));
        }
        QCOMPARE(there.verdict(0), std::string("usable"));
        QCOMPARE(there.firstFinding(1), std::string("mode-not-writable"));
        QCOMPARE(far.exitCode, 1);
        QVERIFY(namesIn(hers).empty());
    }

    void localAndRemoteFoldersAreCheckedTogetherAndShownAsTheyWereGiven()
    {
        const Path hers = folderOf(kAlice, "hers");
        const Path own = folderOf(kAnn, "own");
        const auto ended = run(command({"check", "nas:" + hers, own, "nas:" + own, "nas:" + (*m_base / "gone")}));
        QCOMPARE(ended.exitCode, 1);
        QVERIFY2(ended.output.find("nas:" + hers) != std::string::npos, ended.output.c_str());
        QVERIFY2(ended.output.find("What to do on nas:") != std::string::npos, ended.output.c_str());
        QVERIFY(ended.errors.find("4 folders: 2 usable, 2 not usable") != std::string::npos);
    }

    void aRelativeFolderIsBelowTheHomeOverThere()
    {
        const Path home = m_users->home("alice");
        makeFolder(home + "/docs", 0755);
        changeOwner(home + "/docs", kAlice, kAlice);
        const Report report(check({"nas:docs", "nas:~/docs", "nas:"}).output);
        for (std::size_t i = 0; i < 3; ++i)
            QCOMPARE(report.verdict(i), std::string("usable"));
        QCOMPARE(report.folder(0), Path("docs"));
        const Json* facts = getObject(report.check(0), "facts");
        QVERIFY(facts != nullptr && facts->dump().find(home + "/docs") != std::string::npos);
    }

    void aPathIsBytesAndNoShellSeesIt()
    {
        const std::string name = "it's; touch $HOME`touch hit`; touch hit \xff\n\x1b[31m";
        const Path odd = folderOf(kAlice, name);
        const auto ended = check({"nas:" + odd});
        QCOMPARE(Report(ended.output).verdict(), std::string("usable"));
        QCOMPARE(Report(ended.output).folder(), odd);
        QVERIFY(!std::filesystem::exists(m_users->home("alice") + "/hit"));
    }

    void severalFoldersOfAHostShareOneConnection()
    {
        const Path hers = folderOf(kAlice, "hers");
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("create");
        RunningProgram running(command({"check", "--json", "--timeout", "60", "nas:" + hanging.path(), "nas:" + hers}));
        QVERIFY(hanging.waitUntilStuck("create"));
        const long count = sshsOfAnn();
        hanging.release();
        const auto ended = running.wait();
        QCOMPARE(count, 1L);
        QCOMPARE(Report(ended.output).verdict(1), std::string("usable"));
    }

    void whatIsWrongHasItsOwnReason_data()
    {
        QTest::addColumn<QByteArray>("address");
        QTest::addColumn<QByteArray>("finding");
        QTest::newRow("nobody knows the name") << QByteArray("nowhere:/tmp") << QByteArray("remote-host-unknown");
        QTest::newRow("nothing listens") << QByteArray("down:/tmp") << QByteArray("remote-refused");
        QTest::newRow("never answers") << QByteArray("mute:/tmp") << QByteArray("remote-unreachable");
        QTest::newRow("key never seen") << QByteArray("unknownkey:/tmp") << QByteArray("remote-key-unknown");
        QTest::newRow("key changed") << QByteArray("changedkey:/tmp") << QByteArray("remote-key-changed");
        QTest::newRow("no key accepted") << QByteArray("stranger:/tmp") << QByteArray("remote-not-allowed");
        QTest::newRow("no such user") << QByteArray("nobodyatall@nas:/tmp") << QByteArray("remote-not-allowed");
        QTest::newRow("program missing") << QByteArray("carl@nas:/tmp") << QByteArray("remote-program-missing");
        QTest::newRow("the shell greets") << QByteArray("dora@nas:/tmp") << QByteArray("remote-greeting");
    }
    void whatIsWrongHasItsOwnReason()
    {
        QFETCH(QByteArray, address);
        QFETCH(QByteArray, finding);
        compareRefused(check({"--timeout", "1", address.toStdString()}), finding.toStdString());
    }

    void withoutSshItsPackageIsNamed()
    {
        runOrFail({"mount", "-n", "--bind", "/dev/null", "/usr/bin/ssh"});
        const auto ended = check({"nas:/tmp"});
        runOrFail({"umount", "-n", "/usr/bin/ssh"});
        compareRefused(ended, "remote-no-client");
        QVERIFY(ended.output.find("openssh-client") != std::string::npos);
    }

    void aChangedKeyIsCalledAPossibleAttackAndForgettingItIsTheSecondStep()
    {
        const auto ended = run(command({"check", "changedkey:/tmp"}));
        const auto attack = ended.output.find("attack");
        const auto ask = ended.output.find("First ask the administrator");
        const auto forget = ended.output.find("ssh-keygen -R changedkey");
        QVERIFY2(attack != std::string::npos && ask != std::string::npos && forget != std::string::npos,
                 ended.output.c_str());
        QVERIFY(attack < ask && ask < forget);
    }

    void aProgramThatMisbehavesOverThereIsNotBelieved_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("finding");
        const QByteArray hello = "echo '" + QByteArray::fromStdString(kHello) + "'; read line; ";
        QTest::newRow("another schema")
            << QByteArray(
                   R"(echo '{"event":"started","schema":"scratchproof.stream/2","program":{}}'; exec cat >/dev/null)")
            << QByteArray("remote-other-version");
        QTest::newRow("knows no supervise")
            << QByteArray("echo 'The following argument was not expected: supervise' >&2; exit 2")
            << QByteArray("remote-other-version");
        QTest::newRow("ends midway") << hello + "exit 5" << QByteArray("remote-broke-off");
        QTest::newRow("killed midway") << hello + "kill -KILL $$" << QByteArray("remote-broke-off");
        QTest::newRow("fails at once") << QByteArray("echo 'no such library' >&2; exit 1")
                                       << QByteArray("remote-failed");
        QTest::newRow("nonsense midway") << hello + "echo nonsense; exec cat >/dev/null"
                                         << QByteArray("remote-nonsense");
        QByteArray newer = hello;
        newer.replace("0.1.0", "99.0.0");
        QTest::newRow("another version's words")
            << newer + "echo '{\"event\":\"sang\"}'; exec cat >/dev/null" << QByteArray("remote-other-version");
        QTest::newRow("endless bytes") << hello + "exec cat /dev/zero" << QByteArray("remote-nonsense");
        QTest::newRow("its own reason to forget a key")
            << hello +
                   R"(echo '{"event":"check-finished","check":1,"result":{"folder":"/tmp","as":null,)"
                   R"("level":"standard","verdict":"unusable","steps":[],"findings":[{"id":"remote-key-changed",)"
                   R"("severity":"blocking","certainty":"proven","arguments":{"host":{"type":"name",)"
                   R"("value":"bank"}},"fixes":[{"id":"forget-key","by":"user"}]}],"facts":{"path":[],"rights":{"uid":1,"gid":1,"groups":[]}}}}'; exec cat >/dev/null)"
            << QByteArray("remote-nonsense");
    }
    void aProgramThatMisbehavesOverThereIsNotBelieved()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, finding);
        putProgram(body.toStdString());
        compareRefused(check({"bea@nas:/tmp", "bea@nas:/proc"}), finding.toStdString());
    }

    void aSideThatFallsSilentIsGivenUp()
    {
        putProgram("echo '" + kHello + "'; exec cat >/dev/null");
        compareRefused(check({"--timeout", "0.05", "bea@nas:/tmp"}), "remote-silent", "not-responding");
    }

    void aFolderThatHangsOverThereCostsItsRowOnlyAndItsProberIsKilledThere()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("create");
        const Path hers = folderOf(kAlice, "hers");
        const auto ended = check({"--timeout", "1", "nas:" + hanging.path(), "nas:" + hers});
        const Report report(ended.output);
        QCOMPARE(report.verdict(0), std::string("not-responding"));
        QCOMPARE(report.step("create-file"), std::string("timed-out"));
        QCOMPARE(report.verdict(1), std::string("usable"));
        QCOMPARE(ended.exitCode, 3);
    }

    void anInterruptReachesTheFarSideWhichCleansUp()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("fsync");
        RunningProgram running(command({"check", "--json", "--timeout", "60", "nas:" + hanging.path()}));
        QVERIFY(hanging.waitUntilStuck("fsync"));
        QCOMPARE(namesIn(hanging.backing()).size(), std::size_t{1});
        running.signal(SIGINT);
        hanging.release();
        const auto ended = running.wait();
        QVERIFY(!ended.timedOut);
        QCOMPARE(ended.exitCode, 130);
        QVERIFY(eventually([&] { return namesIn(hanging.backing()).empty(); }));
    }

    void noSshIsLeftWhenTheFarSideHangs()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("fsync");
        RunningProgram running(command({"check", "--json", "--timeout", "60", "nas:" + hanging.path()}));
        QVERIFY(hanging.waitUntilStuck("fsync"));
        running.signal(SIGINT);
        const auto ended = running.wait();
        QVERIFY(!ended.timedOut);
        QCOMPARE(sshsOfAnn(), 0L);
        hanging.release();
        QVERIFY(eventually([&] { return namesIn(hanging.backing()).empty(); }));
    }

    void whenTheAskerIsKilledTheFarSideCleansUpAndEnds()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("fsync");
        RunningProgram running(command({"check", "--json", "--timeout", "60", "nas:" + hanging.path()}));
        QVERIFY(hanging.waitUntilStuck("fsync"));
        running.signal(SIGKILL);
        hanging.release();
        QVERIFY(eventually([&] { return namesIn(hanging.backing()).empty(); }));
    }

    void aSupervisorThatIsKilledMidwayBreaksOff()
    {
        FaultFolder hanging(*m_base / "hanging");
        hanging.hang("create");
        RunningProgram running(command({"check", "--json", "--timeout", "60", "nas:" + hanging.path()}));
        QVERIFY(hanging.waitUntilStuck("create"));
        int killed = 0;
        for (const auto& one : processesOf({kAlice}))
            if (!one.arguments.empty() && one.arguments.back() == "supervise" && kill(one.pid, SIGKILL) == 0)
                ++killed;
        QVERIFY(killed > 0);
        const auto ended = running.wait();
        hanging.release();
        compareRefused(ended, "remote-broke-off");
    }

    void whatIsNoAddressIsWrongUsage_data()
    {
        QTest::addColumn<QByteArray>("address");
        QTest::newRow("an option as a host") << QByteArray("-oProxyCommand=touch hit:/tmp");
        QTest::newRow("an option as a host after a user") << QByteArray("ann@-oProxyCommand=hit:/tmp");
        QTest::newRow("an option as a user") << QByteArray("-lroot@nas:/tmp");
        QTest::newRow("no host") << QByteArray(":/tmp");
        QTest::newRow("a URL") << QByteArray("https://nas/tmp");
        QTest::newRow("words") << QByteArray("a b;c:/tmp");
    }
    void whatIsNoAddressIsWrongUsage()
    {
        QFETCH(QByteArray, address);
        const auto ended = run(command({"check", "--", address.toStdString()}));
        QCOMPARE(ended.exitCode, 2);
        QVERIFY(ended.output.empty());
        QVERIFY2(ended.errors.find("expected user@host:/folder") != std::string::npos, ended.errors.c_str());
    }

    void anotherUserIsNamedInTheAddress()
    {
        const auto ended = check({"--as", "alice", "nas:/tmp"});
        QCOMPARE(ended.exitCode, 2);
        QVERIFY2(ended.errors.find("alice@HOST:FOLDER") != std::string::npos, ended.errors.c_str());
    }

    void aColonInALocalNameIsReachedByADotSlash()
    {
        const Path odd = folderOf(kAnn, "a:b");
        auto program = command({"check", "--json", "./a:b"});
        program.workingFolder = m_base->path();
        const auto ended = run(program);
        QCOMPARE(Report(ended.output).verdict(), std::string("usable"));
        QCOMPARE(Report(ended.output).folder(), odd);
    }
};

SCRATCHPROOF_TEST_MAIN(RemoteTest, PrivateMounts)
#include "tst_remote.moc"
