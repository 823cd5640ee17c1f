// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/probe_journal.h"
#include "core/protocol/requests.h"
#include "core/scratch/scratch_store.h"
#include "core/stream/json_fields.h"
#include "tests/strangers/link_protection.h"
#include "tests/strangers/tree_record.h"
#include "tests/support/installed_cli.h"
#include "tests/support/pace.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr unsigned kStranger = 4321;
/// What was made so long before a check is told from what it makes.
constexpr useconds_t kOldEnough = 6'000'000;

/// Folders as strangers find them, all on one file system, so that everything can be linked and exchanged.
struct Stage
{
    TemporaryFolder base;
    std::unique_ptr<MountedFolder> mount = mountTmpfs(base.path(), "mode=0755,strictatime,size=1g");
    Path victim = base / "victim";
    Path decoy = base.makeFolder("decoy", 0777);   // where the folder leads to when it is swapped
    Path parent = base.makeFolder("parent", 0777); // of `folder`
    Path folder = parent + "/checked";             // everybody may write, and rename
    Path sticky = base.makeFolder("sticky", 01777);
    Path trees = base.makeFolder("trees", 0777);
    Path home = base.makeFolder("home", 0700);
    InstalledCli cli{SCRATCHPROOF_CLI};

    Stage()
    {
        makeFolder(folder, 0777);
        makePrecious(victim, kOrdinaryUser, 0755);
        makePrecious(folder + "/precious", kOrdinaryUser, 0700);
        makePrecious(sticky + "/precious", kOrdinaryUser, 0700);
        writeFile(decoy + "/letter", "kept", 0666);
        std::filesystem::create_symlink("../decoy", parent + "/bait");
        changeOwner(home, kOrdinaryUser, kOrdinaryUser);
        usleep(kOldEnough);
    }

    [[nodiscard]] std::vector<std::string> record() const
    {
        std::vector<std::string> all = recordTree(victim);
        for (const auto& path : {folder + "/precious", sticky + "/precious"}) {
            for (auto& line : recordTree(path))
                all.push_back(path + " " + std::move(line));
        }
        for (auto& line : recordTree(decoy, true))
            all.push_back("decoy " + std::move(line));
        std::sort(all.begin(), all.end());
        return all;
    }
};

/// The one who plays, from construction to stop().
class Game
{
public:
    Game(const Path& program, const Path& folder, const Path& victim, unsigned user)
    {
        Program played;
        played.arguments = {program, folder, victim};
        played.user = user;
        m_stranger = std::make_unique<RunningProgram>(played);
        if (!m_stranger->readLineWith("ready"))
            throw SetupError("the stranger did not come");
    }
    /// Its moves that succeeded.
    long stop()
    {
        m_stranger->closeInput();
        const auto line = m_stranger->readLineWith("moves ");
        if (!line)
            throw SetupError("the stranger did not end");
        return std::atol(line->substr(line->find("moves ") + 6).c_str());
    }

private:
    std::unique_ptr<RunningProgram> m_stranger;
};

/// A prober that is asked for one check after the other, and killed now and then.
class Checker
{
public:
    explicit Checker(const InstalledCli& cli) : m_cli(cli) {}

    /// The verdict; nothing if the prober ended, or did not answer within a minute.
    std::optional<std::string> check(const Path& folder, const char* level)
    {
        send(folder, level);
        const auto line = m_prober->readLineWith("\"check-finished\"", std::chrono::seconds(60));
        const auto json = line ? parseJson(*line) : Result<Json>(fail("read", {}, 0));
        if (!json || !json->contains("result"))
            return std::nullopt;
        return getString((*json)["result"], "verdict");
    }
    /// In the middle of a check, or before or after it.
    void killDuring(const Path& folder, useconds_t after)
    {
        send(folder, "full");
        usleep(after);
        m_prober->signal(SIGKILL);
        static_cast<void>(m_prober->wait());
        m_prober.reset();
    }
    void end() { m_prober.reset(); }

private:
    void send(const Path& folder, const char* level)
    {
        if (!m_prober)
            m_prober = std::make_unique<RunningProgram>(m_cli.command({"prober"}));
        const request::Check check{folder, levelFromString(level).value(), std::nullopt};
        m_prober->send(toLine(Order{++m_last, check}) + "\n");
    }

    const InstalledCli& m_cli;
    std::unique_ptr<RunningProgram> m_prober;
    std::uint64_t m_last = 0;
};

/// What is left. In a sticky folder that includes none of the names that a stranger gave our files by linking them
/// (fs.protected_hardlinks forbids it, where it is on): nobody can find them; they are removed here.
std::vector<std::string> namesOfOursIn(const Path& folder)
{
    auto left = namesIn(folder);
    std::erase(left, "precious");
    for (const auto& name : left) {
        if (name.starts_with("aside-"))
            removeAll(folder + "/" + name);
    }
    std::erase_if(left, [](const std::string& name) { return name.starts_with("aside-"); });
    return left;
}

std::string describe(const Path& folder, const std::vector<std::string>& names)
{
    std::string text;
    for (const auto& name : names) {
        struct stat status = {};
        lstat((folder + "/" + name).c_str(), &status);
        text += fmt::format("{} mode {:o} owner {} links {} size {}\n", name, status.st_mode, status.st_uid,
                            status.st_nlink, status.st_size);
    }
    return text;
}

/// Files and folders that everybody may write to, by descriptors: strangers are at work here, too.
void fill(int folder, int depth)
{
    for (const char* name : {"a", "b", "c"}) {
        const UniqueFd file(openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
        static_cast<void>(!file || write(file.get(), "content", 7) == 7);
    }
    for (const char* name : {"one", "two"}) {
        mkdirat(folder, name, 0700);
        const UniqueFd below(openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (below && depth > 0)
            fill(below.get(), depth - 1);
    }
    fchmod(folder, 0777);
}

/// Why it stays; "" if it is removed.
std::string cleanOnce(ScratchStore& store, const std::string& id)
{
    const auto preview = store.preview(id, {}, {});
    if (!preview)
        return toString(preview.error());
    const auto cleaned = store.clean(id, preview->confirmation, {}, {});
    if (!cleaned)
        return toString(cleaned.error());
    if (cleaned->removed)
        return {};
    return toString(preview->reason) +
           (cleaned->kept.empty() ? "" : cleaned->kept.front().path + " " + toString(cleaned->kept.front().reason));
}

/// Through the store: made, filled, looked at, removed. What cannot be removed now is named in `pending`.
int cleanUpThroughTheStore(const Stage& stage, int rounds, const Path& pending)
{
    ScratchStore store(linuxSystem(), stage.home + "/registry.sqlite");
    ProbeJournal journal = ProbeJournal::disabled(linuxSystem());
    std::ofstream left(pending);
    for (int i = 0; i < rounds; ++i) {
        const auto created = store.create({"build", stage.sticky, {}, ""}, journal, {});
        if (!created) {
            std::fprintf(stderr, "create: %s\n", toString(created.error()).c_str());
            return 1;
        }
        const auto& record = created->directory.record;
        {
            const UniqueFd folder(open(record.path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
            fill(folder.get(), 3);
            fchmod(folder.get(), 0755); // others come in, and to the folders in it
        }
        if (!cleanOnce(store, record.id).empty())
            left << record.id << "\n";
    }
    return 0;
}

int cleanUpPending(const Stage& stage, const Path& pending)
{
    ScratchStore store(linuxSystem(), stage.home + "/registry.sqlite");
    std::ifstream left(pending);
    for (std::string id; std::getline(left, id);) {
        const auto whyNot = cleanOnce(store, id);
        if (!whyNot.empty()) {
            std::fprintf(stderr, "%s stays: %s\n", id.c_str(), whyNot.c_str());
            return 1;
        }
    }
    return 0;
}

Removal removeIn(const Path& folder)
{
    const auto fd = linuxSystem().files.open(kWorkingDirectory, folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    return fd ? removeContents(linuxSystem(), fd->get(), folder, nullptr, {}, {}) : Removal();
}

int removeTrees(const Path& trees, int rounds)
{
    for (int i = 0; i < rounds; ++i) {
        const Path tree = trees + "/tree-" + std::to_string(i);
        mkdir(tree.c_str(), 0700);
        {
            const UniqueFd folder(open(tree.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
            if (folder)
                fill(folder.get(), 3);
        }
        static_cast<void>(removeIn(tree));
        rmdir(tree.c_str());
    }
    return 0;
}

} // namespace

/// Strangers play in the folder while it is checked, and in scratch directories while they are removed.
class StrangersTest : public QObject
{
    Q_OBJECT

private:
    NoLinkProtection m_noProtection; // forks, so before there are threads
    std::unique_ptr<Stage> m_stage;
    std::map<std::string, int> m_verdicts;
    int m_probes = 0;
    int m_cleanUps = 0;
    long m_moves = 0;
    std::size_t m_leftovers = 0;
    std::ptrdiff_t m_changes = 0;

    /// Checks `folder` so often while `user` plays in it, then once more in quiet.
    void checkAmongStrangers(const Path& folder, unsigned user, int checks)
    {
        std::mt19937 random(7);
        Game game(stranger(), folder, m_stage->victim, user);
        Checker checker(m_stage->cli);
        for (int i = 0; i < checks; ++i) {
            if (i % 50 == 49) {
                checker.killDuring(folder, static_cast<useconds_t>(random() % 3000));
                ++m_probes;
                continue;
            }
            const auto verdict = checker.check(folder, i % 10 == 0 ? "full" : "standard");
            QVERIFY2(verdict, qPrintable(QString("check %1 was not answered").arg(i)));
            ++m_verdicts[*verdict];
            ++m_probes;
        }
        checker.end();
        m_moves += game.stop();
        Checker quiet(m_stage->cli);
        for (const Path& checked : {folder, m_stage->decoy}) {
            const auto verdict = quiet.check(checked, "standard");
            QCOMPARE(QByteArray::fromStdString(verdict.value_or("none")), QByteArray("usable"));
        }
        auto left = namesOfOursIn(folder);
        // What a killed prober left is not surely ours as long as a stranger's link leads to it, too; now none does.
        if (!left.empty()) {
            static_cast<void>(quiet.check(folder, "standard"));
            left = namesOfOursIn(folder);
        }
        m_leftovers += left.size();
        QVERIFY2(left.empty(), describe(folder, left).c_str());
    }

    void seeThatNothingChanged(const std::vector<std::string>& before)
    {
        const auto changed = differences(before, m_stage->record());
        m_changes += std::count(changed.begin(), changed.end(), '\n');
        QVERIFY2(changed.empty(), changed.c_str());
    }

    [[nodiscard]] Path stranger() const { return m_stage->base / "stranger"; }

private slots:
    void initTestCase()
    {
        m_stage = std::make_unique<Stage>();
        std::filesystem::copy_file(SCRATCHPROOF_STRANGER, stranger());
        std::filesystem::permissions(stranger(), std::filesystem::perms(0755));
        if (!m_noProtection.isOff())
            qInfo("fs.protected_* cannot be turned off here: links to others' files are refused by the kernel");
    }

    void checksTouchNothingThatIsNotTheirs()
    {
        const auto before = m_stage->record();
        checkAmongStrangers(m_stage->folder, kStranger, scaled(7000));
        seeThatNothingChanged(before);
        if (QTest::currentTestFailed())
            return;
        checkAmongStrangers(m_stage->sticky, kStranger, scaled(1000));
        seeThatNothingChanged(before);
        if (QTest::currentTestFailed())
            return;
        checkAmongStrangers(m_stage->folder, kOrdinaryUser, scaled(2000));
        seeThatNothingChanged(before);
        if (QTest::currentTestFailed())
            return;
        std::string words;
        for (const auto& [verdict, count] : m_verdicts)
            words += " " + verdict + " " + std::to_string(count);
        qInfo("verdicts:%s", words.c_str());
    }

    void cleanUpsTouchNothingThatIsNotTheirs()
    {
        const auto before = m_stage->record();
        const int rounds = scaled(500);
        const Path pending = m_stage->home + "/pending";
        {
            Game game(stranger(), m_stage->sticky, m_stage->victim, kStranger);
            QCOMPARE(runAsUser(kOrdinaryUser, [&] { return cleanUpThroughTheStore(*m_stage, rounds, pending); }), 0);
            m_moves += game.stop();
        }
        QCOMPARE(runAsUser(kOrdinaryUser, [&] { return cleanUpPending(*m_stage, pending); }), 0);
        const auto left = namesOfOursIn(m_stage->sticky);
        m_leftovers += left.size();
        QVERIFY2(left.empty(), describe(m_stage->sticky, left).c_str());
        m_cleanUps += rounds;
        seeThatNothingChanged(before);
        if (QTest::currentTestFailed())
            return;

        {
            Game game(stranger(), m_stage->trees, m_stage->victim, kStranger);
            QCOMPARE(runAsUser(kOrdinaryUser, [&] { return removeTrees(m_stage->trees, rounds); }), 0);
            m_moves += game.stop();
        }
        m_cleanUps += rounds;
        QCOMPARE(runAsUser(kOrdinaryUser, [&] { return removeIn(m_stage->trees).complete() ? 0 : 1; }), 0);
        QVERIFY(namesIn(m_stage->trees).empty());
        seeThatNothingChanged(before);
        if (QTest::currentTestFailed())
            return;
    }

    void cleanupTestCase()
    {
        qInfo("strangers: %d probes, %d clean-ups, %ld adversary moves, %td foreign changes, %zu leftovers", m_probes,
              m_cleanUps, m_moves, m_changes, m_leftovers);
    }
};

SCRATCHPROOF_TEST_MAIN(StrangersTest, PrivateMounts)
#include "tst_strangers.moc"
