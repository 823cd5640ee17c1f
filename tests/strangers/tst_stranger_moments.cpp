// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/leftovers.h"
#include "core/probe/probe.h"
#include "core/probe/probe_journal.h"
#include "tests/strangers/tree_record.h"
#include "tests/support/faults.h"
#include "tests/support/pace.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr useconds_t kOldEnough = 6'000'000; // see tst_strangers.cpp
constexpr Nanoseconds kHour = 3600 * kNanosecondsPerSecond;

/// What a stranger puts in the place of what is there.
enum class Game { Nothing, LinkToFile, LinkToFolder, DanglingLink, Fifo, Socket, HardLink, OwnFile, Folder, Precious };
const std::vector<std::pair<const char*, Game>> kGames{
    {"removed", Game::Nothing},
    {"a link to a file", Game::LinkToFile},
    {"a link to a folder", Game::LinkToFolder},
    {"a link to nothing", Game::DanglingLink},
    {"a FIFO", Game::Fifo},
    {"a socket", Game::Socket},
    {"another name of a file of ours", Game::HardLink},
    {"another file of that size", Game::OwnFile},
    {"another empty folder", Game::Folder},
    {"a folder of ours with things in it", Game::Precious},
};

/// A folder to check, beside (and in) it what nobody may touch; all on one file system.
struct Stage
{
    TemporaryFolder base;
    Path victim = base / "victim";
    Path folder = base.makeFolder("checked", 0777);
    Path precious = folder + "/precious";
    Path aside = base.makeFolder("aside");
    std::size_t moves = 0;

    Stage()
    {
        makePrecious(victim, 0, 0755);
        makePrecious(precious, 0, 0700);
    }

    [[nodiscard]] std::vector<std::string> record() const
    {
        auto all = recordTree(victim);
        for (auto& line : recordTree(precious))
            all.push_back("precious " + std::move(line));
        return all;
    }
    /// What a check has there now.
    [[nodiscard]] std::vector<std::string> ours() const
    {
        auto names = namesIn(folder);
        std::erase_if(names, [](const std::string& name) { return !parseProbeName(name); });
        return names;
    }
    /// Sets `name` aside, and puts something else there.
    void play(const std::string& name, Game game)
    {
        const Path at = folder + "/" + name;
        if (std::filesystem::exists(std::filesystem::symlink_status(at)))
            std::filesystem::rename(at, aside + "/" + std::to_string(++moves));
        put(at, game);
    }
    void put(const Path& at, Game game) const
    {
        switch (game) {
        case Game::Nothing:
            break;
        case Game::LinkToFile:
            std::filesystem::create_symlink(victim + "/open/large", at);
            break;
        case Game::LinkToFolder:
            std::filesystem::create_symlink(victim + "/open", at);
            break;
        case Game::DanglingLink:
            std::filesystem::create_symlink(victim + "/open/made-through-a-link", at);
            break;
        case Game::Fifo:
            mkfifo(at.c_str(), 0666);
            break;
        case Game::Socket:
            mknod(at.c_str(), S_IFSOCK | 0777, 0);
            break;
        case Game::HardLink:
            std::filesystem::create_hard_link(victim + "/open/large", at);
            break;
        case Game::OwnFile:
            writeFile(at, std::string(65536, 's'), 0600);
            break;
        case Game::Folder:
            makeFolder(at, 0700);
            break;
        case Game::Precious:
            std::filesystem::rename(precious, at);
            break;
        }
    }
    /// The precious folder where it belongs, and nothing else there. Throws if it is gone.
    void tidy() const
    {
        for (const auto& name : namesIn(folder)) {
            const Path at = folder + "/" + name;
            if (std::filesystem::is_directory(std::filesystem::symlink_status(at)) && !namesIn(at).empty() &&
                !std::filesystem::exists(precious))
                std::filesystem::rename(at, precious);
        }
        for (const auto& name : namesIn(folder)) {
            if (name != "precious")
                removeAll(folder + "/" + name);
        }
        for (const auto& name : namesIn(aside))
            removeAll(aside + "/" + name);
    }
};

/// Names that can be known in advance: "random" numbers that count.
class Predictable : public ForwardingProcesses
{
public:
    using ForwardingProcesses::ForwardingProcesses;
    void fillRandom(std::span<std::byte> into) override
    {
        for (std::size_t at = 0; at + 8 <= into.size(); at += 8) {
            const std::uint64_t number = ++m_last;
            std::memcpy(into.data() + at, &number, 8);
        }
    }
    void restart() { m_last = 0; }

private:
    std::uint64_t m_last = 0;
};

QString words(const Call& call, const char* game, const ProbeResult& result)
{
    QString text =
        QString::fromStdString(call.call + " " + call.name + " (call " + std::to_string(call.index) + "): ") + game;
    for (const auto& step : result.steps)
        text +=
            QString::fromStdString(" " + std::string(toString(step.step)) + "=" + std::string(toString(step.status)));
    return text;
}

} // namespace

/// A stranger's move at each single moment of a check, and names and leftovers that he made up.
class StrangerMomentsTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<Stage> m_stage;
    int m_moments = 0;

    /// Each call of a check, and each game before it.
    void playBeforeEachCall(Level level, std::size_t stride)
    {
        Stage& stage = *m_stage;
        FaultySystem faulty;
        ProbeJournal journal = ProbeJournal::disabled(linuxSystem());
        FolderProbe probe(faulty.system, journal);
        faulty.plan.set({});
        QVERIFY(probe.run(stage.folder, level, {}).firstProblem() == nullptr);
        const auto calls = faulty.plan.calls();
        const auto before = stage.record();
        // The last call that may still meet what was put in the file's place before it is read.
        const auto reading = std::find_if(calls.begin(), calls.end(), [](const Call& call) {
            return call.call == "openat" && (call.flags & (O_CREAT | O_DIRECTORY)) == 0;
        });
        QVERIFY(reading != calls.end());
        for (std::size_t at = 0; at < calls.size(); ++at) {
            if (calls[at].index > 40 && at % stride != 0)
                continue;
            for (const auto& [name, game] : kGames) {
                bool replacedFile = false;
                faulty.plan.set([&, game = game, index = calls[at].index](const Call& call) -> std::optional<Fault> {
                    if (call.index != index)
                        return std::nullopt;
                    for (const auto& ours : stage.ours()) {
                        replacedFile = replacedFile || std::filesystem::is_regular_file(stage.folder + "/" + ours);
                        stage.play(ours, game);
                        if (game == Game::Precious)
                            break; // there is one
                    }
                    return std::nullopt;
                });
                const auto result = probe.run(stage.folder, level, {});
                faulty.plan.heal();
                const auto text = words(calls[at], name, result);
                for (const auto& step : result.steps) {
                    const bool passed = step.step == Step::ReadBack && step.status == StepStatus::Passed;
                    QVERIFY2(!passed || !replacedFile || calls[at].index > reading->index, qPrintable(text));
                }
                stage.tidy();
                const auto changed = differences(before, stage.record());
                QVERIFY2(changed.empty(), qPrintable(text + "\n" + changed.c_str()));
                ++m_moments;
            }
        }
    }

private slots:
    void initTestCase()
    {
        m_stage = std::make_unique<Stage>();
        usleep(kOldEnough);
    }
    void cleanupTestCase() { qInfo("stranger moments: %d moves at exact moments, 0 foreign changes", m_moments); }

    void aMoveAtAnyMomentOfAStandardCheckTouchesNothing() { playBeforeEachCall(Level::Standard, 1); }
    void aMoveAtAnyMomentOfAFullCheckTouchesNothing() { playBeforeEachCall(Level::Full, scale() < 1 ? 7 : 1); }

    void namesThatAreTakenAreTriedAgainAndLeftAlone_data()
    {
        QTest::addColumn<int>("game");
        for (const auto& [name, game] : kGames) {
            // Another name of a file of ours counts as ours, and goes before anything is made.
            if (game != Game::Nothing && game != Game::Precious && game != Game::HardLink)
                QTest::newRow(name) << static_cast<int>(game);
        }
    }
    void namesThatAreTakenAreTriedAgainAndLeftAlone()
    {
        QFETCH(int, game);
        Stage& stage = *m_stage;
        Predictable processes(linuxSystem().processes);
        System system{linuxSystem().files, linuxSystem().attributes, processes, linuxSystem().clock};
        ProbeJournal journal = ProbeJournal::disabled(system);
        const auto recordAll = [&] {
            auto all = recordTree(stage.folder, true);
            for (auto& line : recordTree(stage.victim))
                all.push_back("victim " + std::move(line));
            return all;
        };
        // Every name but one in three of all that a full check may come to, so that each kind meets taken ones.
        for (std::uint64_t i = 1; i <= 90; ++i) {
            const Path at = stage.folder + "/" + makeProbeName(journal.makerText(), i).data();
            if (i % 3 != 0) {
                stage.put(at, static_cast<Game>(game));
                changeOwner(at, kOrdinaryUser, kOrdinaryUser);
            }
        }
        const auto before = recordAll();
        for (const Level level : {Level::Quick, Level::Standard, Level::Full}) {
            processes.restart();
            const auto result = FolderProbe(system, journal).run(stage.folder, level, {});
            const auto changed = differences(before, recordAll());
            QVERIFY2(changed.empty(), changed.c_str());
            QVERIFY(result.firstProblem() == nullptr);
            QVERIFY(result.notes.leftBehind.empty());
            QCOMPARE(result.abilities.empty(), level != Level::Full);
            for (const auto& ability : result.abilities)
                QVERIFY(ability.status != AbilityStatus::NotTried);
        }
        stage.tidy();
    }

    void madeUpLeftoversAreJudgedByMakerAgeOwnerAndContent()
    {
        struct Case
        {
            const char* what;
            Maker maker;
            Nanoseconds age;
            unsigned owner;
            Game game;
            bool goes;
        };
        const Maker self = currentMaker(linuxSystem());
        const auto with = [&](std::string Maker::*part) {
            Maker maker = self;
            (maker.*part).front() = (maker.*part).front() == 'a' ? 'b' : 'a';
            return maker;
        };
        Maker elsewhere = with(&Maker::machine);
        elsewhere.boot = with(&Maker::boot).boot;
        const Maker dead = with(&Maker::process);
        Maker alive = self;
        alive.process = processHash({getppid(), linuxSystem().processes.startTime(getppid()).value_or(0)});
        const std::vector<Case> cases{
            {"a dead maker's", dead, 0, 0, Game::OwnFile, true},
            {"a living process's", alive, 100 * kHour, 0, Game::OwnFile, false},
            {"an earlier boot's", with(&Maker::boot), 0, 0, Game::OwnFile, true},
            {"an earlier boot's folder", with(&Maker::boot), 0, 0, Game::Folder, true},
            {"a container's, young", with(&Maker::nameSpace), 23 * kHour, 0, Game::OwnFile, false},
            {"a container's, old", with(&Maker::nameSpace), 25 * kHour, 0, Game::OwnFile, true},
            {"another machine's, young", elsewhere, 23 * kHour, 0, Game::OwnFile, false},
            {"another machine's, from the future", elsewhere, -48 * kHour, 0, Game::OwnFile, false},
            {"another machine's, old", elsewhere, 25 * kHour, 0, Game::OwnFile, true},
            {"another machine's folder, old", elsewhere, 25 * kHour, 0, Game::Folder, true},
            {"another user's", dead, 48 * kHour, kOrdinaryUser, Game::OwnFile, false},
            {"another user's folder", dead, 48 * kHour, kOrdinaryUser, Game::Folder, false},
            {"a link", dead, 48 * kHour, 0, Game::LinkToFile, false},
            {"a link to a folder", dead, 48 * kHour, 0, Game::LinkToFolder, false},
            {"a FIFO", dead, 48 * kHour, 0, Game::Fifo, false},
            {"a socket", dead, 48 * kHour, 0, Game::Socket, false},
            {"another name of a file", dead, 48 * kHour, 0, Game::HardLink, false},
            {"a folder with things in it", dead, 48 * kHour, 0, Game::Precious, false},
        };
        Stage& stage = *m_stage;
        const auto before = stage.record();
        const Nanoseconds now = linuxSystem().clock.wall();
        std::uint64_t random = 1000;
        for (const auto& one : cases) {
            const std::string name = makeProbeName(one.maker.text(), ++random).data();
            const Path at = stage.folder + "/" + name;
            stage.put(at, one.game);
            if (one.owner != 0)
                changeOwner(at, one.owner, one.owner);
            if (one.game == Game::OwnFile || one.game == Game::Folder) {
                const Nanoseconds time = now - one.age;
                const std::array<timespec, 2> times{timespec{time / kNanosecondsPerSecond, 0},
                                                    timespec{time / kNanosecondsPerSecond, 0}};
                utimensat(AT_FDCWD, at.c_str(), times.data(), AT_SYMLINK_NOFOLLOW);
            }
            ProbeJournal journal = ProbeJournal::disabled(linuxSystem());
            const auto result = FolderProbe(linuxSystem(), journal).run(stage.folder, Level::Standard, {});
            QVERIFY2(result.firstProblem() == nullptr, one.what);
            QVERIFY2(std::filesystem::exists(std::filesystem::symlink_status(at)) == !one.goes, one.what);
            QCOMPARE(result.notes.swept.size(), one.goes ? std::size_t{1} : std::size_t{0});
            stage.tidy();
            const auto changed = differences(before, stage.record());
            QVERIFY2(changed.empty(), changed.c_str());
        }
    }

    void namesThatOnlyLookLikeOursStay()
    {
        Stage& stage = *m_stage;
        Maker dead = currentMaker(linuxSystem());
        dead.boot = dead.boot == "aaaaa" ? "bbbbb" : "aaaaa";
        const std::string real = makeProbeName(dead.text(), 5).data();
        std::string upper = real;
        upper[kProbePrefix.size()] = 'A';
        std::string digit = real;
        digit.back() = '1'; // base32 has none
        std::string plus = real;
        plus[kProbePrefix.size() + kMakerLength] = '+';
        const std::vector<std::string> names{real + "a",
                                             real + ".bak",
                                             real.substr(0, real.size() - 1),
                                             upper,
                                             digit,
                                             plus,
                                             "x" + real,
                                             real + "\n",
                                             ".scratchproof-probe-",
                                             ".scratchproof-probe-x-y",
                                             ".scratchproof-marker"};
        for (const auto& name : names)
            writeFile(stage.folder + "/" + name, "kept");
        ProbeJournal journal = ProbeJournal::disabled(linuxSystem());
        QVERIFY(FolderProbe(linuxSystem(), journal).run(stage.folder, Level::Standard, {}).firstProblem() == nullptr);
        for (const auto& name : names)
            QVERIFY2(std::filesystem::exists(stage.folder + "/" + name), name.c_str());
        stage.tidy();
    }
};

SCRATCHPROOF_TEST_MAIN(StrangerMomentsTest, PrivateMounts)
#include "tst_stranger_moments.moc"
