// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stream/json_fields.h"
#include "tests/support/installed_cli.h"
#include "tests/support/pace.h"
#include "tests/support/qt_main.h"
#include "tests/support/quiet_fork.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <set>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr int kProcesses = 20;
constexpr int kTries = 5;

bool isBusy(const Ended& ended)
{
    return ended.exitCode == 4 && ended.errors.find("try again") != std::string::npos;
}

std::chrono::milliseconds duration()
{
    return std::chrono::milliseconds(std::max(3000, scaled(60'000)));
}

} // namespace

/// Twenty console programs on one registry, each a process with probers of its own.
class TestScratchCrowd : public QObject
{
    Q_OBJECT

private slots:
    void twentyAtOnceLeaveRegistryAndDiskInAgreement()
    {
        const InstalledCli cli(SCRATCHPROOF_CLI);
        const TemporaryFolder folder;
        const Path work = folder.makeFolder("work", 0755);
        changeOwner(work, kOrdinaryUser, kOrdinaryUser);
        const auto until = std::chrono::steady_clock::now() + duration();
        std::vector<pid_t> crowd;
        for (int number = 0; number < kProcesses; ++number) {
            const pid_t child = quietFork();
            QVERIFY(child >= 0);
            if (child == 0)
                _exit(live(cli, work, number, until));
            crowd.push_back(child);
        }
        int done = 0;
        for (const pid_t child : crowd) {
            int status = 0;
            QCOMPARE(waitpid(child, &status, 0), child);
            QVERIFY2(WIFEXITED(status) && WEXITSTATUS(status) == 0,
                     ("a member of the crowd ended with " + std::to_string(status)).c_str());
            ++done;
        }
        const Ended listed = run(cli.command({"scratch", "list", "--json"}));
        QCOMPARE(listed.exitCode, 0);
        const Json document = parseJson(listed.output).value_or(Json());
        const Json* directories = getArray(document, "directories");
        QVERIFY(directories != nullptr);
        std::set<std::string> registered;
        for (const Json& one : *directories) {
            QCOMPARE(getString(one, "state"), std::optional<std::string>("active"));
            const Path path = getPath(one, "path").value_or("");
            QCOMPARE(parentPath(path), work);
            registered.insert(std::string(baseName(path)));
        }
        const auto names = namesIn(work);
        QCOMPARE(std::set<std::string>(names.begin(), names.end()), registered);
        QVERIFY(!registered.empty());
        qInfo("crowd: %d processes for %lld ms, %zu directories in the end, registry and disk agree", done,
              static_cast<long long>(duration().count()), registered.size());
    }

private:
    /// Makes, lists, extends, releases, restores and cleans, its own and everybody's, until the time is over. 0, or the
    /// number of what went wrong.
    static int live(const InstalledCli& cli, const Path& work, int number, std::chrono::steady_clock::time_point until)
    {
        std::mt19937 random(static_cast<unsigned>(number));
        std::vector<std::string> mine;
        const auto scratch = [&](std::vector<std::string> words) -> Ended {
            words.insert(words.begin(), "scratch");
            Ended ended = run(cli.command(words));
            // Another one may hold the registry for too long; then nothing was done, and it says to try again.
            for (int again = 0; again < kTries && isBusy(ended); ++again)
                ended = run(cli.command(words));
            if (ended.exitCode != 0)
                qWarning("%d: exit %d: %s", number, ended.exitCode, ended.errors.c_str());
            return ended;
        };
        for (int turn = 0; std::chrono::steady_clock::now() < until; ++turn) {
            const Ended made =
                scratch({"create", "c" + std::to_string(number) + "-" + std::to_string(turn), "--in", work});
            if (made.exitCode != 0)
                return 1;
            mine.push_back(made.output.substr(0, made.output.find('\n')));
            const std::string one = mine[random() % mine.size()];
            switch (random() % 4) {
            case 0:
                if (scratch({"list", "--json"}).exitCode != 0)
                    return 2;
                break;
            case 1:
                if (scratch({"extend", one, "--lifetime", "9d"}).exitCode != 0)
                    return 3;
                break;
            case 2:
                if (scratch({"release", one}).exitCode != 0 || scratch({"restore", one}).exitCode != 0)
                    return 4;
                break;
            default:
                if (scratch({"clean", one, "--yes"}).exitCode != 0)
                    return 5;
                mine.erase(std::find(mine.begin(), mine.end(), one));
            }
        }
        return 0;
    }
};

SCRATCHPROOF_TEST_MAIN(TestScratchCrowd, Root)
#include "tst_scratch_crowd.moc"
