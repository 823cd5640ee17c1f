// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"
#include "core/diagnosis/finding_json.h"
#include "tests/causes/situations.h"
#include "tests/support/installed_cli.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QTest>

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

/// Situations whose first command cannot be carried out here, and why.
const std::map<std::string, std::string> kNotExecutable = {
    {"fscrypt-no-key", "fscrypt(1) has no protector for a key that is made up"},
    {"ecryptfs-locked", "there is no eCryptfs behind the folder"},
    {"systemd-protectsystem", "systemctl opens an editor, and needs a running manager"},
    {"btrfs-metadata-full", "what it shows first is not enough to delete here: tables are full of tiny files"},
    {"automount-unreachable: its daemon is gone", "systemctl needs a running manager"},
    {"disk-full: of a program's folder, at sync", "what stands for the server stays full"},
    {"overlay-layer-readonly", "it only tells why the layer can be read only"},
};

/// And those in which `rights` cannot know better: it looks at no layers.
const std::set<std::string> kUnseenByRights = {"mode-not-writable: in an overlay whose layer is read-only"};

/// What a check comes to after the command, where that is not simply "usable": "VERDICT: CAUSE".
const std::map<std::string, std::string> kNext = {
    // The sign-in that it counts from is another.
    {"vboxsf-group", "unusable: group-not-active-in-session"},
    // There is nothing in its place.
    {"path-symlink-loop", "unusable: path-missing"},
    {"path-symlink-loop: of two", "unusable: path-missing"},
    {"path-symlink-loop: of ours", "unusable: path-missing"},
    {"disk-full: btrfs", "limited: nearly-full"},
    {"subvolume-stand-in", "unusable: path-missing"},
    {"subvolume-stand-in: of root's", "unusable: path-missing"},
    {"subvolume-stand-in: for root too", "unusable: path-missing"},
    {"subvolume-stand-in: a folder below it", "unusable: path-missing"},
    {"path-symlink-loop: after many links", "unusable: path-too-many-links"},
    {"mode-owner-lacks-write: on a share that goes by its mode", "unusable: fuse-local-mode-check"},
    {"file-system-damaged: a checksum", "unusable: path-missing"},
    {"file-system-damaged: without checksums", "unusable: path-missing"},
    // What is below belongs to root.
    {"overmounted", "unusable: mode-not-writable"},
    // The first of several steps: the drive is away now.
    {"ext4-emergency-ro", "unusable: path-missing"},
    {"ext4-errors-continue", "unusable: path-missing"},
    {"fs-shutdown: ext4", "unusable: path-missing"},
    {"fs-shutdown: xfs", "unusable: path-missing"},
    {"device-unplugged", "unusable: path-missing"},
    {"fuse-daemon-dead", "unusable: mode-not-writable"},
    {"fuse-daemon-dead: below", "unusable: path-missing"},
    {"fuse-daemon-dead: while it was checked", "unusable: path-missing"},
    {"fuse-daemon-hung: stopped", "unusable: path-missing"},
    {"fuse-daemon-hung: in the middle", "unusable: path-missing"},
    {"nfs-server-gone", "unusable: path-missing"},
    // The file itself is another's.
    {"mode-not-writable: and a file that is as closed", "limited: file-not-writable"},
    // The given file is among those that are deleted.
    {"disk-full: of a file that may be written to", "unusable: path-missing"},
};

/// Causes whose first command shows what to delete. It is deleted then.
const std::set<std::string> kShows = {"disk-full", "reserved-blocks", "tmpfs-limit", "inodes-exhausted"};

/// Deletes what the lines "SIZE<tab>PATH" name: the files among them, or else the files in the first folder.
void deleteShown(const std::string& output)
{
    std::istringstream lines(output);
    std::vector<Path> paths;
    for (std::string line; std::getline(lines, line);)
        paths.push_back(line.substr(line.find('\t') + 1));
    if (paths.empty())
        throw SetupError("it shows nothing");
    bool any = false;
    for (const Path& path : paths)
        any = (std::filesystem::is_regular_file(path) && std::filesystem::remove(path)) || any;
    if (any)
        return;
    std::vector<Path> files;
    for (const auto& entry : std::filesystem::directory_iterator(paths.front())) {
        if (entry.is_regular_file())
            files.push_back(entry.path());
    }
    for (const Path& file : files)
        std::filesystem::remove(file);
}

/// The command, and who is to run it.
struct Advice
{
    std::string fix;
    FixBy by = FixBy::User;
    std::vector<std::string> command;
    std::optional<std::string> owner; // whom the finding names
};

Program checkAgain(const InstalledCli& cli, const Situation& situation, const Asked& asked)
{
    Program program = cli.command(
        {"check", "--json", "--level", situation.level, "--timeout", situation.hangs() ? "1" : "20", "--", asked.path});
    program.arguments.insert(program.arguments.begin(), asked.launcher.begin(), asked.launcher.end());
    program.user = asked.user;
    return program;
}

Report check(const InstalledCli& cli, const Situation& situation, const Asked& asked, bool first)
{
    const Program program = checkAgain(cli, situation, asked);
    if (!first || !asked.meanwhile)
        return Report(run(program).output);
    RunningProgram running(program);
    asked.meanwhile(running);
    return Report(running.wait(std::chrono::seconds(60)).output);
}

std::optional<Advice> firstCommandOf(const Finding& finding)
{
    for (const Fix& fix : finding.fixes) {
        if (fix.command.empty())
            continue;
        Advice advice{fix.id, fix.by, fix.command, {}};
        if (const auto owner = finding.arguments.find("owner"); owner != finding.arguments.end())
            advice.owner = owner->second.text;
        return advice;
    }
    return std::nullopt;
}

/// The first fix with a command of the finding that names the cause.
std::optional<Advice> adviceOf(const Report& report, const std::string& cause)
{
    const Json* findings = getArray(report.check(0), "findings");
    if (findings == nullptr)
        throw SetupError("no findings");
    for (const Json& json : *findings) {
        const auto finding = findingFromJson(json);
        if (finding && finding->id == cause)
            return firstCommandOf(*finding);
    }
    throw SetupError("the cause is not named");
}

/// What `rights` says to an administrator who asks about the ordinary user; nothing where it does not answer no.
std::optional<Advice> adviceOfRights(const InstalledCli& cli, const Path& folder)
{
    const Ended ended = run(cli.command({"rights", "--json", "ann", "--", folder}, 0));
    const auto json = parseJson(ended.output);
    const Json* answers = json ? getArray(*json, "answers") : nullptr;
    if (answers == nullptr || answers->size() != 1)
        throw SetupError("rights: " + ended.errors + ended.output);
    const Json* told = getObject(answers->front(), "finding");
    const auto finding = told != nullptr ? findingFromJson(*told) : Result<Finding>(fail("parse-finding", {}, 0));
    if (getString(answers->front(), "answer") != "no" || !finding)
        return std::nullopt;
    return firstCommandOf(*finding);
}

/// The number of a user as a finding names one.
unsigned numberOf(const std::string& name)
{
    constexpr std::string_view kNumber = "number ";
    if (name.compare(0, kNumber.size(), kNumber) == 0)
        return static_cast<unsigned>(std::stoul(name.substr(kNumber.size())));
    const passwd* account = getpwnam(name.c_str());
    if (account == nullptr)
        throw SetupError("nobody is called " + name);
    return account->pw_uid;
}

/// "user_id=" of a FUSE file system that is mounted there.
unsigned whoMounted(const Path& point)
{
    const auto options = runOrFail({"findmnt", "-n", "-o", "OPTIONS", "--mountpoint", point});
    const auto at = options.find("user_id=");
    if (at == std::string::npos)
        throw SetupError(point + " is nobody's");
    return static_cast<unsigned>(std::stoul(options.substr(at + 8)));
}

unsigned userOf(const Advice& advice)
{
    switch (advice.by) {
    case FixBy::Admin:
        return 0;
    case FixBy::Owner:
        if (!advice.owner && advice.command.front() == "fusermount3")
            return whoMounted(advice.command.back());
        if (!advice.owner)
            throw SetupError("a command for the owner, who is not named");
        return numberOf(*advice.owner);
    case FixBy::User:
        break;
    }
    return kOrdinaryUser;
}

/// As it is printed, by a shell, as the one whose command it is.
Ended carryOut(const InstalledCli& cli, const Advice& advice)
{
    const unsigned user = userOf(advice);
    Program shell;
    shell.arguments = {"sh", "-c", quoteForShell(advice.command)};
    shell.environment = cli.environmentOf(user == 0 ? 0 : kOrdinaryUser);
    const Path programs = cli.program().substr(0, cli.program().rfind('/'));
    shell.environment["PATH"] =
        programs + (user == 0 ? ":/usr/local/sbin:/usr/sbin:/sbin" : "") + ":/usr/local/bin:/usr/bin:/bin";
    shell.user = user;
    return run(shell);
}

std::string lineOf(const std::string& situation, const Advice& advice)
{
    return situation + ": " + std::string(toString(advice.by)) + ": " + displayText(quoteForShell(advice.command));
}

std::string summaryOf(const Report& report)
{
    return report.verdict() + ": " + report.firstFinding();
}

} // namespace

/// Every situation whose first command can be carried out here: by the one who is said to, exactly as it is printed.
/// Then the folder is usable, or the next true cause is named.
class ExecutedFixesTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<InstalledCli> m_cli;
    std::unique_ptr<Stage> m_accounts;
    std::vector<std::string> m_table;
    int m_executed = 0;
    int m_passed = 0;
    int m_withoutCommand = 0;
    int m_notExecutable = 0;
    int m_rightsExecuted = 0;
    int m_rightsPassed = 0;

    /// Into the table at the end. Returns what is said where it is not right.
    std::string note(const char* kind, bool isRight, const std::string& line, const Ended& ended, const Report& after)
    {
        m_table.push_back(kind + std::string(isRight ? "executed: " : "FAILED: ") + line + " -> " + summaryOf(after));
        return line + " -> " + std::to_string(ended.exitCode) + " " + ended.errors + ", then " + summaryOf(after) +
               " (" + after.problem() + ")";
    }

private slots:
    void initTestCase()
    {
        m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI);
        m_accounts = std::make_unique<Stage>("");
        // Over the system's own: usermod(8) has to put new files in their place.
        const Path store = m_accounts->store();
        makeFolder(store + "/upper", 0755);
        makeFolder(store + "/work", 0755);
        static_cast<void>(m_accounts->mountAt(
            "/etc", {"-t", "overlay", "-o", "lowerdir=/etc,upperdir=" + store + "/upper,workdir=" + store + "/work",
                     "overlay"}));
        writeAccounts();
    }
    void cleanupTestCase()
    {
        m_accounts.reset();
        m_cli.reset();
        std::printf("\n");
        for (const auto& line : m_table)
            std::printf("%s\n", line.c_str());
        std::printf("executed %d, passed %d, not executable %d, without a command %d\n", m_executed, m_passed,
                    m_notExecutable, m_withoutCommand);
        std::printf("rights: executed %d, passed %d\n", m_rightsExecuted, m_rightsPassed);
        std::fflush(stdout);
    }

    void enoughOfThemCanBeCarriedOut()
    {
        // Twelve at most are for people and machines that are not here.
        QVERIFY(kNotExecutable.size() <= 12);
        for (const auto& [name, reason] : kNotExecutable) {
            const bool isThere = std::any_of(situations().begin(), situations().end(),
                                             [&](const auto& situation) { return situation.name() == name; });
            QVERIFY2(isThere && !reason.empty(), name.c_str());
        }
        for (const auto& [name, next] : kNext) {
            const bool isThere = std::any_of(situations().begin(), situations().end(),
                                             [&](const auto& situation) { return situation.name() == name; });
            QVERIFY2(isThere, name.c_str());
        }
    }

    void theFirstCommandHelps_data()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < situations().size(); ++i)
            QTest::addRow("%s", situations()[i].name().c_str()) << static_cast<int>(i);
    }
    void theFirstCommandHelps()
    {
        QFETCH(int, index);
        const Situation& situation = situations()[static_cast<std::size_t>(index)];
        const std::string name = situation.name();
        try {
            Stage stage(m_cli->program().substr(0, m_cli->program().rfind("/bin/")));
            const Asked asked = situation.build(stage);
            const auto advice = adviceOf(check(*m_cli, situation, asked, true), situation.cause);
            const auto reason = kNotExecutable.find(name);
            QVERIFY2(reason == kNotExecutable.end() || advice, "it has no command: take it off the list");
            if (!advice) {
                ++m_withoutCommand;
                return;
            }
            const std::string line = lineOf(name, *advice);
            if (reason != kNotExecutable.end()) {
                ++m_notExecutable;
                m_table.push_back("not executable: " + line + " (" + reason->second + ")");
                return;
            }
            ++m_executed;
            const Ended ended = carryOut(*m_cli, *advice);
            if (kShows.contains(situation.cause) && ended.exitCode == 0)
                deleteShown(ended.output);
            const Report after = check(*m_cli, situation, asked, false);
            const auto next = kNext.find(name);
            const bool isRight = ended.exitCode == 0 &&
                                 (next == kNext.end() ? after.verdict() == "usable" : summaryOf(after) == next->second);
            m_passed += isRight ? 1 : 0;
            const std::string told = note("", isRight, line, ended, after);
            QVERIFY2(isRight, told.c_str());
        } catch (const NotPossibleHere& reason) {
            QSKIP(reason.what());
        } catch (const std::exception& error) {
            QFAIL(error.what());
        }
    }

    /// The same situations, asked about by an administrator: `rights` computes, and nothing was tried.
    void theFirstCommandOfRightsHelps_data()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < situations().size(); ++i) {
            const Situation& situation = situations()[i];
            if (!situation.hangs() && situation.level == "standard")
                QTest::addRow("%s", situation.name().c_str()) << static_cast<int>(i);
        }
    }
    void theFirstCommandOfRightsHelps()
    {
        QFETCH(int, index);
        const Situation& situation = situations()[static_cast<std::size_t>(index)];
        const std::string name = situation.name();
        try {
            Stage stage(m_cli->program().substr(0, m_cli->program().rfind("/bin/")));
            Asked asked = situation.build(stage);
            if (!asked.launcher.empty() || asked.user != kOrdinaryUser || asked.meanwhile)
                return;
            const auto advice = adviceOfRights(*m_cli, asked.path);
            if (!advice || kNotExecutable.contains(name) || kUnseenByRights.contains(name))
                return;
            ++m_rightsExecuted;
            const std::string line = lineOf(name, *advice);
            const Ended ended = carryOut(*m_cli, *advice);
            const Report after = check(*m_cli, situation, asked, false);
            const auto next = kNext.find(name);
            const bool isRight = ended.exitCode == 0 && (after.verdict() == "usable" ||
                                                         (next != kNext.end() && summaryOf(after) == next->second));
            m_rightsPassed += isRight ? 1 : 0;
            const std::string told = note("rights, ", isRight, line, ended, after);
            QVERIFY2(isRight, told.c_str());
        } catch (const NotPossibleHere& reason) {
            QSKIP(reason.what());
        } catch (const std::exception& error) {
            QFAIL(error.what());
        }
    }

    /// In a home that a chmod has closed sleeps an entry of somebody else: what lets one pass must not let them in.
    void aGrantDoesNotWakeWhatSleeps()
    {
        Stage stage(m_cli->program().substr(0, m_cli->program().rfind("/bin/")));
        const Path home = stage.folder("home", 0755, kOtherUser, kOtherUser);
        const Path own = stage.own(home + "/own");
        runOrFail({"setfacl", "-m", "u:nobody:rwx", home});
        runOrFail({"chmod", "700", home});
        const Situation situation{"parent-no-search", "", {}};
        const auto advice = adviceOf(check(*m_cli, situation, Asked(own), false), "parent-no-search");
        QVERIFY(advice);
        QCOMPARE(carryOut(*m_cli, *advice).exitCode, 0);
        QCOMPARE(check(*m_cli, situation, Asked(own), false).verdict(), std::string("usable"));
        const auto mayList = [&](unsigned user) {
            return runAsUser(user, [&] { return access(home.c_str(), R_OK) == 0 ? 1 : 0; }) == 1;
        };
        const auto mayWrite = [&](unsigned user) {
            return runAsUser(user, [&] { return access(home.c_str(), W_OK) == 0 ? 1 : 0; }) == 1;
        };
        constexpr unsigned kNobody = 65534;
        QVERIFY(!mayList(kNobody) && !mayWrite(kNobody));
        QVERIFY(!mayList(kOrdinaryUser));
        // What setfacl does by itself: the twin that shows that it would have been woken.
        runOrFail({"setfacl", "-m", "u:ann:x", home});
        QVERIFY(mayList(kNobody) && mayWrite(kNobody));
    }

    /// As people read it: whose command it is stands before it, in both commands.
    void theTerminalSaysWhoseCommandItIs()
    {
        Stage stage(m_cli->program().substr(0, m_cli->program().rfind("/bin/")));
        const Path beas = stage.folder("beas", 0755, kOtherUser, kOtherUser);
        const Path roots = stage.folder("roots", 0755);
        const std::string command = "setfacl -m u:ann:rwx -- ";
        for (const Program& program :
             {m_cli->command({"check", "--", beas, roots}), m_cli->command({"rights", "ann", "--", beas, roots}, 0)}) {
            const std::string text = run(program).output;
            QVERIFY2(text.find("      To be run by bea:\n        " + command + beas + "\n") != std::string::npos,
                     text.c_str());
            QVERIFY2(text.find("\n        sudo " + command + roots + "\n") != std::string::npos, text.c_str());
            QVERIFY2(text.find("sudo " + command + beas) == std::string::npos, text.c_str());
        }
        const std::string text = run(m_cli->command({"check", "--", beas})).output;
        QVERIFY2(text.find("The folder belongs to somebody else (proven).") != std::string::npos, text.c_str());
    }
};

SCRATCHPROOF_TEST_MAIN(ExecutedFixesTest, PrivateMounts)
#include "tst_executed_fixes.moc"
