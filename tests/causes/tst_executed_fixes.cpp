// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"
#include "core/diagnosis/finding_json.h"
#include "tests/causes/situations.h"
#include "tests/support/installed_cli.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QTest>

#include <pwd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

/// Situations whose first command cannot be carried out here, and why.
const std::map<std::string, std::string> kNotExecutable = {};

/// What a check comes to after the command, where that is not simply "usable": "VERDICT: CAUSE".
const std::map<std::string, std::string> kNext = {};

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

/// The first fix with a command of the finding that names the cause.
std::optional<Advice> adviceOf(const Report& report, const std::string& cause)
{
    const Json* findings = getArray(report.check(0), "findings");
    if (findings == nullptr)
        throw SetupError("no findings");
    for (const Json& json : *findings) {
        const auto finding = findingFromJson(json);
        if (!finding || finding->id != cause)
            continue;
        for (const Fix& fix : finding->fixes) {
            if (fix.command.empty())
                continue;
            Advice advice{fix.id, fix.by, fix.command, {}};
            if (const auto owner = finding->arguments.find("owner"); owner != finding->arguments.end())
                advice.owner = owner->second.text;
            return advice;
        }
        return std::nullopt;
    }
    throw SetupError("the cause is not named");
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

unsigned userOf(const Advice& advice)
{
    switch (advice.by) {
    case FixBy::Admin:
        return 0;
    case FixBy::Owner:
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

private slots:
    void initTestCase()
    {
        m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI);
        m_accounts = std::make_unique<Stage>("");
        useOwnAccounts(*m_accounts);
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
        std::fflush(stdout);
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
            const std::string line =
                name + ": " + std::string(toString(advice->by)) + ": " + displayText(quoteForShell(advice->command));
            if (reason != kNotExecutable.end()) {
                ++m_notExecutable;
                m_table.push_back("not executable: " + line + " (" + reason->second + ")");
                return;
            }
            ++m_executed;
            const Ended ended = carryOut(*m_cli, *advice);
            const Report after = check(*m_cli, situation, asked, false);
            const auto next = kNext.find(name);
            const bool isRight = ended.exitCode == 0 &&
                                 (next == kNext.end() ? after.verdict() == "usable" : summaryOf(after) == next->second);
            m_passed += isRight ? 1 : 0;
            m_table.push_back((isRight ? "executed: " : "FAILED: ") + line + " -> " + summaryOf(after));
            QVERIFY2(isRight, (line + " -> " + std::to_string(ended.exitCode) + " " + ended.errors + ", then " +
                               summaryOf(after) + " (" + after.problem() + ")")
                                  .c_str());
        } catch (const NotPossibleHere& reason) {
            QSKIP(reason.what());
        } catch (const std::exception& error) {
            QFAIL(error.what());
        }
    }
};

SCRATCHPROOF_TEST_MAIN(ExecutedFixesTest, PrivateMounts)
#include "tst_executed_fixes.moc"
