// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/causes/situations.h"
#include "tests/support/installed_cli.h"
#include "tests/support/pace.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QTest>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

/// Causes of the catalogue that can be brought about on such a machine as this.
constexpr std::size_t kCauses = 110;

/// Situations whose cause is not named yet. One that is named must be taken off the list.
const std::set<std::string> kNotYetNamed = {};

struct Row
{
    const Situation* situation = nullptr;
    std::string seen;
    std::string problem;
    bool named = false;
    bool isUnknown = false;
};

std::vector<std::string> findingsOf(const Report& report)
{
    std::vector<std::string> ids;
    if (const Json* findings = getArray(report.check(0), "findings")) {
        for (const auto& finding : *findings)
            ids.push_back(getString(finding, "id").value_or("?"));
    }
    return ids;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

Ended checkAsAsked(const InstalledCli& cli, const Situation& situation, const Asked& asked)
{
    Program program = cli.command(
        {"check", "--json", "--level", situation.level, "--timeout", situation.hangs() ? "1" : "20", "--", asked.path});
    program.arguments.insert(program.arguments.begin(), asked.launcher.begin(), asked.launcher.end());
    program.user = asked.user;
    if (!asked.meanwhile)
        return run(program);
    RunningProgram running(program);
    asked.meanwhile(running);
    return running.wait(std::chrono::seconds(60));
}

std::vector<std::string> fixesOf(const Report& report)
{
    std::vector<std::string> ids;
    const Json* findings = getArray(report.check(0), "findings");
    const Json* fixes = findings == nullptr || findings->empty() ? nullptr : getArray(findings->front(), "fixes");
    if (fixes != nullptr) {
        for (const auto& fix : *fixes)
            ids.push_back(getString(fix, "id").value_or("?"));
    }
    return ids;
}

Row look(const Situation& situation, const std::vector<std::string>& findings, const Report& report)
{
    Row row;
    row.situation = &situation;
    row.seen = report.verdict() + ": " + joined(findings);
    row.problem = report.problem();
    const std::string first = findings.empty() ? "" : findings.front();
    const bool isThere = situation.level == "full"
                             ? std::find(findings.begin(), findings.end(), situation.cause) != findings.end()
                             : first == situation.cause;
    row.named = isThere && report.verdict() == situation.verdict;
    row.isUnknown = !isThere && (findings.empty() || first == "unknown" || first == "not-responding");
    return row;
}

/// A table for people; of a cause with several situations the worst counts.
void print(const std::vector<Row>& rows)
{
    std::map<std::string, int> worst; // 0 right, 1 unknown, 2 wrong
    std::printf("\n%-46s %s\n", "cause, really brought about", "seen");
    for (const Row& row : rows) {
        const int state = row.named ? 0 : row.isUnknown ? 1 : 2;
        worst[row.situation->cause] = std::max(worst[row.situation->cause], state);
        std::printf("%-46s %s%s%s\n", row.situation->name().c_str(), state == 0 ? "" : "NOT NAMED ", row.seen.c_str(),
                    row.problem.empty() ? "" : (" (" + row.problem + ")").c_str());
    }
    const auto count = [&](int state) {
        return std::count_if(worst.begin(), worst.end(), [=](const auto& entry) { return entry.second == state; });
    };
    std::printf("%zu causes: named right %td, wrong %td, unknown %td\n", worst.size(), count(0), count(2), count(1));
    std::fflush(stdout);
}

} // namespace

/// Every cause that can be brought about here, checked by the installed console program in an unprivileged user's
/// shoes: the first finding names it. With SCRATCHPROOF_SHOW set in its environment the reports are printed.
class CausesTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<InstalledCli> m_cli;
    std::unique_ptr<Stage> m_accounts;
    std::vector<Row> m_rows;
    std::vector<std::string> m_impossible;
    std::size_t m_seen = 0;

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
        for (const auto& situation : m_impossible)
            std::printf("not possible here: %s\n", situation.c_str());
        print(m_rows);
    }

    void everyReproducibleCauseHasItsSituation()
    {
        std::set<std::string> causes;
        std::set<std::string> names;
        for (const auto& situation : situations()) {
            causes.insert(situation.cause);
            QVERIFY2(names.insert(situation.name()).second, situation.name().c_str());
        }
        QCOMPARE(causes.size(), kCauses);
        for (const auto& name : kNotYetNamed)
            QVERIFY2(names.contains(name), name.c_str());
    }

    void theFirstFindingNamesTheCause_data()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < situations().size(); ++i)
            QTest::addRow("%s", situations()[i].name().c_str()) << static_cast<int>(i);
    }
    void theFirstFindingNamesTheCause()
    {
        QFETCH(int, index);
        const Situation& situation = situations()[static_cast<std::size_t>(index)];
        if (!isTried(m_seen))
            return;
        Ended ended;
        try {
            Stage stage(m_cli->program().substr(0, m_cli->program().rfind("/bin/")));
            ended = checkAsAsked(*m_cli, situation, situation.build(stage));
        } catch (const NotPossibleHere& reason) {
            m_impossible.push_back(situation.name() + ": " + reason.what());
            QSKIP(reason.what());
        } catch (const std::exception& error) {
            QFAIL(error.what());
        }
        const Report report(ended.output);
        if (!kNotYetNamed.contains(situation.name()))
            QVERIFY2(report.isValid(), (ended.errors + ended.output).c_str());
        if (qEnvironmentVariableIsSet("SCRATCHPROOF_SHOW"))
            std::printf("%s\n", ended.output.c_str());
        m_rows.push_back(look(situation, findingsOf(report), report));
        const Row& row = m_rows.back();
        const auto seen = row.seen + " (" + row.problem + ")";
        if (!situation.fixes.empty())
            QCOMPARE(joined(fixesOf(report)), joined(situation.fixes));
        if (!situation.others.empty()) {
            auto others = findingsOf(report);
            others.erase(others.begin());
            QCOMPARE(joined(others), joined(situation.others));
        }
        if (kNotYetNamed.contains(situation.name()))
            QVERIFY2(!row.named, "it is named now: take it off the list");
        else
            QVERIFY2(row.named, seen.c_str());
    }
};

SCRATCHPROOF_TEST_MAIN(CausesTest, PrivateMounts)
#include "tst_causes.moc"
