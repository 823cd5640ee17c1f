// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/probe.h"
#include "core/probe/probe_journal.h"
#include "tests/support/faults.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr int kErrnos[] = {EPERM, ENOENT, EIO, EEXIST, EINVAL, ENOSPC};

template <typename Enum>
std::string word(Enum value)
{
    return std::string(toString(value));
}

/// Which call belongs to which ability.
struct AbilityRecorder : ProbeListener
{
    explicit AbilityRecorder(FaultPlan& faultPlan) : plan(faultPlan) {}
    void stepStarted(Step) override {}
    void stepFinished(const StepResult&) override { firstCall = plan.calls().size() + 1; }
    void abilityStarted(Ability ability) override { begins.emplace_back(plan.calls().size(), ability); }

    FaultPlan& plan;
    std::size_t firstCall = 0; // after the last step
    std::vector<std::pair<std::size_t, Ability>> begins;
};

/// A file system that says other things of its files.
struct OtherAttributes : ForwardingFileAttributes
{
    using ForwardingFileAttributes::ForwardingFileAttributes;
    Result<FileStatus> status(int fd) override
    {
        auto status = ForwardingFileAttributes::status(fd);
        if (status && change)
            change(*status);
        return status;
    }
    Result<FileSystemSpace> space(int fd) override
    {
        auto space = ForwardingFileAttributes::space(fd);
        if (space && type)
            space->type = *type;
        return space;
    }
    std::function<void(FileStatus&)> change;
    std::optional<std::uint64_t> type;
};

struct Bench
{
    TemporaryFolder base;
    Path folder = base.makeFolder("checked");
    FaultySystem faulty;
    ProbeJournal journal = ProbeJournal::disabled(linuxSystem());

    ProbeResult probe(FaultPlan::Rule rule, ProbeListener* listener = nullptr, std::stop_token stop = {})
    {
        faulty.plan.set(std::move(rule));
        return FolderProbe(faulty.system, journal).run(folder, Level::Full, std::move(stop), listener);
    }
};

const AbilityResult& resultOf(const ProbeResult& probed, Ability ability)
{
    return *std::find_if(probed.abilities.begin(), probed.abilities.end(),
                         [ability](const AbilityResult& one) { return one.ability == ability; });
}

bool hasEveryAbility(const ProbeResult& probed)
{
    const auto all = allAbilities();
    return std::equal(probed.abilities.begin(), probed.abilities.end(), all.begin(), all.end(),
                      [](const AbilityResult& result, Ability ability) { return result.ability == ability; });
}

std::string describe(const Call& call, int code)
{
    return call.call + " '" + call.name + "' (call " + std::to_string(call.index) + ") " + errnoName(code);
}

/// Rules that hold only once the steps are over.
FaultPlan::Rule afterTheSteps(std::size_t firstCall, FaultPlan::Rule rule)
{
    return [firstCall, rule = std::move(rule)](const Call& call) {
        return call.index >= firstCall ? rule(call) : std::nullopt;
    };
}

} // namespace

class AbilityFaultsTest : public QObject
{
    Q_OBJECT

private:
    /// Where the abilities begin, and their calls, in a folder where all goes well.
    static std::size_t record(Bench& bench, std::vector<Call>* calls = nullptr)
    {
        AbilityRecorder recorder(bench.faulty.plan);
        const auto healthy = bench.probe({}, &recorder);
        if (healthy.firstProblem() != nullptr || !hasEveryAbility(healthy))
            throw SetupError("the healthy folder is none");
        if (calls != nullptr)
            *calls = {bench.faulty.plan.calls().begin() + static_cast<std::ptrdiff_t>(recorder.firstCall - 1),
                      bench.faulty.plan.calls().end()};
        return recorder.firstCall;
    }

    /// Every call of the abilities, with many an errno, once.
    static void matrix(Fault::Kind kind)
    {
        Bench bench;
        std::vector<Call> calls;
        static_cast<void>(record(bench, &calls));
        for (const auto& call : calls) {
            for (const int code : kErrnos) {
                // A directory that is made with the answer EEXIST cannot be told from a name that was taken.
                if (kind == Fault::Kind::After && code == EEXIST && call.call == "mkdirat")
                    continue;
                const auto probed = bench.probe(failCallNumber(call.index, {code, kind}));
                const auto words = describe(call, code);
                QVERIFY2(bench.faulty.plan.faults() == 1, words.c_str());
                QVERIFY2(probed.firstProblem() == nullptr, words.c_str());
                QVERIFY2(hasEveryAbility(probed), words.c_str());
                QVERIFY2(namesIn(bench.folder).empty(), ("left something behind: " + words).c_str());
                QVERIFY2(probed.notes.leftBehind.empty(), ("says it left something: " + words).c_str());
                if (kind == Fault::Kind::Nothing)
                    break; // without an errno
            }
        }
        qInfo("%zu calls", calls.size());
        QVERIFY(calls.size() > 150);
    }

private slots:
    void everyCallThatFailsOnceLeavesNothing() { matrix(Fault::Kind::Instead); }
    void everyCallThatFailsAfterItsEffectLeavesNothing() { matrix(Fault::Kind::After); }

    void aCallThatIsRefusedOrDoesNothingIsNeverAGoodAnswer_data()
    {
        QTest::addColumn<int>("ability");
        QTest::addColumn<QByteArray>("call");
        QTest::addColumn<int>("code");
        const auto add = [](Ability ability, const char* call, int code) {
            QTest::addRow("%s, %s", word(ability).c_str(), call)
                << static_cast<int>(ability) << QByteArray(call) << code;
        };
        add(Ability::SymbolicLinks, "symlinkat", EPERM);
        add(Ability::SymbolicLinks, "readlinkat", EINVAL);
        add(Ability::HardLinks, "linkat", EPERM);
        add(Ability::ExecutableFiles, "fchmod", EPERM);
        add(Ability::ExecutableFiles, "faccessat2", EACCES);
        add(Ability::PermissionBits, "fchmod", EPERM);
        add(Ability::ExtendedAttributes, "setxattr", EOPNOTSUPP);
        add(Ability::ExtendedAttributes, "removexattr", EPERM);
        add(Ability::AccessLists, "setxattr", EOPNOTSUPP);
        add(Ability::WholeFileLocks, "flock", ENOLCK);
        add(Ability::ByteRangeLocks, "fcntl", ENOLCK);
        add(Ability::LargeFiles, "ftruncate", EFBIG);
        add(Ability::Preallocation, "fallocate", EOPNOTSUPP);
        add(Ability::MemoryMapping, "mmap", ENODEV);
        add(Ability::TimeStamps, "utimensat", EPERM);
        add(Ability::ChangeNotification, "inotify_add_watch", ENOSYS);
        add(Ability::ChangeNotification, "inotify", EINVAL);
    }
    void aCallThatIsRefusedOrDoesNothingIsNeverAGoodAnswer()
    {
        QFETCH(int, ability);
        QFETCH(QByteArray, call);
        QFETCH(int, code);
        Bench bench;
        const auto firstCall = record(bench);
        const auto tried = static_cast<Ability>(ability);
        auto probed = bench.probe(afterTheSteps(firstCall, failEvery(call.toStdString(), {code})));
        const auto& refused = resultOf(probed, tried);
        QVERIFY(refused.status != AbilityStatus::Present);
        QCOMPARE(refused.errorCode, code);
        QCOMPARE(refused.call, call.toStdString());
        QVERIFY(namesIn(bench.folder).empty());
        if (call == "faccessat2")
            return; // it only asks
        probed = bench.probe(afterTheSteps(firstCall, failEvery(call.toStdString(), {0, Fault::Kind::Nothing})));
        QVERIFY(resultOf(probed, tried).status != AbilityStatus::Present);
        QVERIFY(namesIn(bench.folder).empty());
    }

    void whatComesBetweenIsNotTheFolders_data()
    {
        QTest::addColumn<int>("code");
        for (const int code : {ENOSPC, EDQUOT, EIO, EMFILE, EROFS, ESTALE})
            QTest::addRow("%s", errnoName(code).c_str()) << code;
    }
    void whatComesBetweenIsNotTheFolders()
    {
        QFETCH(int, code);
        Bench bench;
        const auto firstCall = record(bench);
        const auto probed = bench.probe(afterTheSteps(firstCall, [code](const Call& call) {
            const bool makes = call.creates() || call.call == "symlinkat" || call.call == "linkat" ||
                               call.call == "fallocate" || call.call == "inotify_add_watch";
            return makes ? std::optional(Fault{code}) : std::nullopt;
        }));
        QVERIFY(hasEveryAbility(probed));
        for (const auto& result : probed.abilities)
            QVERIFY2(result.status != AbilityStatus::Missing, word(result.ability).c_str());
        QCOMPARE(resultOf(probed, Ability::HardLinks).errorCode, code);
        QVERIFY(namesIn(bench.folder).empty());
    }

    void aDirectoryThatCannotBeMadeLeavesEverythingUntried()
    {
        Bench bench;
        const auto firstCall = record(bench);
        const auto probed = bench.probe(afterTheSteps(firstCall, failEvery("mkdirat", {EMLINK})));
        QVERIFY(hasEveryAbility(probed));
        for (const auto& result : probed.abilities) {
            QCOMPARE(word(result.status), word(AbilityStatus::NotTried));
            QCOMPARE(result.errorCode, EMLINK);
        }
        QVERIFY(namesIn(bench.folder).empty());
    }

    void whatCannotBeRemovedIsNamed_data()
    {
        QTest::addColumn<QByteArray>("call");
        QTest::newRow("files") << QByteArray("unlinkat");
        QTest::newRow("the directory") << QByteArray("rmdir");
    }
    void whatCannotBeRemovedIsNamed()
    {
        QFETCH(QByteArray, call);
        Bench bench;
        const auto firstCall = record(bench);
        const auto probed = bench.probe(afterTheSteps(firstCall, failEvery(call.toStdString(), {EACCES})));
        QVERIFY(probed.firstProblem() == nullptr);
        QCOMPARE(probed.notes.leftBehind.size(), std::size_t{1});
        QVERIFY(namesIn(bench.folder) == std::vector<std::string>{std::string(baseName(probed.notes.leftBehind[0]))});
    }

    void theLongestNameIsFoundAndCostsFewFiles_data()
    {
        QTest::addColumn<int>("longest");
        for (const int longest : {64, 100, 143, 175, 254, 255})
            QTest::addRow("%d bytes", longest) << longest;
    }
    void theLongestNameIsFoundAndCostsFewFiles()
    {
        QFETCH(int, longest);
        Bench bench;
        const auto probed = bench.probe([longest](const Call& call) {
            return call.creates() && call.name.size() > static_cast<std::size_t>(longest)
                       ? std::optional(Fault{ENAMETOOLONG})
                       : std::nullopt;
        });
        const auto& result = resultOf(probed, Ability::LongNames);
        QCOMPARE(word(result.status), word(longest < 255 ? AbilityStatus::Missing : AbilityStatus::Present));
        QCOMPARE(result.number.value_or(0), static_cast<std::uint64_t>(longest));
        const auto& calls = bench.faulty.plan.calls();
        const auto tried = std::count_if(calls.begin(), calls.end(),
                                         [](const Call& call) { return call.creates() && call.name.size() > 60; });
        QVERIFY2(tried <= 12, std::to_string(tried).c_str());
        QVERIFY(namesIn(bench.folder).empty());
    }

    void eachCharacterThatIsRefusedIsNamed()
    {
        Bench bench;
        const auto probed = bench.probe([](const Call& call) {
            const bool bad =
                call.name.find_first_of(":\n") != std::string::npos || call.name == "AUX" || call.name.back() == ' ';
            return call.creates() && bad ? std::optional(Fault{EINVAL}) : std::nullopt;
        });
        const auto& characters = resultOf(probed, Ability::SpecialCharacters);
        QCOMPARE(word(characters.status), word(AbilityStatus::Missing));
        QVERIFY((characters.refused == std::vector<std::string>{":", "\n"}));
        QCOMPARE(characters.errorCode, EINVAL);
        QVERIFY((resultOf(probed, Ability::ReservedNames).refused == std::vector<std::string>{"AUX"}));
        QVERIFY((resultOf(probed, Ability::TrailingDotsAndSpaces).refused == std::vector<std::string>{" "}));
    }

    void whereFilesAreNotSparseNoLargeOneIsMade_data()
    {
        QTest::addColumn<qulonglong>("type");
        QTest::addColumn<bool>("counts");
        QTest::addColumn<QByteArray>("sparse");
        QTest::addColumn<QByteArray>("large");
        QTest::addColumn<int>("code");
        QTest::newRow("FAT") << 0x4d44ULL << true << QByteArray("missing") << QByteArray("missing") << EFBIG;
        QTest::newRow("another") << 0x2011bab0ULL << true << QByteArray("missing") << QByteArray("not-tried") << 0;
        QTest::newRow("one that counts no blocks")
            << 0x65735546ULL << false << QByteArray("not-tried") << QByteArray("not-tried") << 0;
    }
    void whereFilesAreNotSparseNoLargeOneIsMade()
    {
        QFETCH(qulonglong, type);
        QFETCH(bool, counts);
        QFETCH(QByteArray, sparse);
        QFETCH(QByteArray, large);
        QFETCH(int, code);
        Bench bench;
        OtherAttributes attributes(bench.faulty.attributes);
        attributes.type = type;
        attributes.change = [counts](FileStatus& status) { status.diskBytes = counts ? status.size : 0; };
        System system{bench.faulty.files, attributes, linuxSystem().processes, linuxSystem().clock};
        bench.faulty.plan.set({});
        const auto probed = FolderProbe(system, bench.journal).run(bench.folder, Level::Full, {});
        QCOMPARE(word(resultOf(probed, Ability::SparseFiles).status), sparse.toStdString());
        QCOMPARE(word(resultOf(probed, Ability::LargeFiles).status), large.toStdString());
        QCOMPARE(resultOf(probed, Ability::LargeFiles).errorCode, code);
        const auto& calls = bench.faulty.plan.calls();
        QVERIFY(std::none_of(calls.begin(), calls.end(), [](const Call& call) { return call.call == "ftruncate"; }));
        QVERIFY(namesIn(bench.folder).empty());
    }

    void theResolutionOfTimeStampsIsWhatIsLeftOfThem_data()
    {
        QTest::addColumn<qlonglong>("resolution");
        QTest::addColumn<bool>("present");
        QTest::newRow("1 ns") << 1LL << true;
        QTest::newRow("100 ns") << 100LL << true;
        QTest::newRow("1 us") << 1000LL << true;
        QTest::newRow("1 ms") << 1'000'000LL << true;
        QTest::newRow("10 ms") << 10'000'000LL << true;
        QTest::newRow("1 s") << 1'000'000'000LL << false;
        QTest::newRow("2 s") << 2'000'000'000LL << false;
    }
    void theResolutionOfTimeStampsIsWhatIsLeftOfThem()
    {
        QFETCH(qlonglong, resolution);
        QFETCH(bool, present);
        Bench bench;
        OtherAttributes attributes(linuxSystem().attributes);
        attributes.change = [resolution](FileStatus& status) { status.modified -= status.modified % resolution; };
        System system{linuxSystem().files, attributes, linuxSystem().processes, linuxSystem().clock};
        const auto probed = FolderProbe(system, bench.journal).run(bench.folder, Level::Full, {});
        const auto& result = resultOf(probed, Ability::TimeStamps);
        QCOMPARE(result.number.value_or(0), static_cast<std::uint64_t>(resolution));
        QCOMPARE(result.status == AbilityStatus::Present, present);
    }

    void aDirectoryThatIsNotOursIsNotUsed()
    {
        // As if somebody had put another in its place: of the step's directory, or of the abilities'.
        Bench bench;
        OtherAttributes attributes(bench.faulty.attributes);
        const auto folder = linuxSystem().attributes.statusAt(kWorkingDirectory, bench.folder.c_str());
        std::set<std::pair<std::uint64_t, Nanoseconds>> directories; // an inode may come again
        std::size_t replaced = 1;
        attributes.change = [&, inode = folder->inode](FileStatus& status) {
            if (!status.isDirectory() || status.inode == inode)
                return;
            directories.insert({status.inode, status.born.value_or(0)});
            if (directories.size() == replaced)
                ++status.uid;
        };
        System system{bench.faulty.files, attributes, linuxSystem().processes, linuxSystem().clock};
        auto probed = FolderProbe(system, bench.journal).run(bench.folder, Level::Full, {});
        QVERIFY(probed.firstProblem() != nullptr);
        QCOMPARE(probed.firstProblem()->errorCode, ESTALE);
        QVERIFY(probed.abilities.empty());
        QVERIFY(namesIn(bench.folder).empty());
        directories.clear();
        replaced = 2;
        probed = FolderProbe(system, bench.journal).run(bench.folder, Level::Full, {});
        QVERIFY(probed.firstProblem() == nullptr);
        QVERIFY(hasEveryAbility(probed));
        for (const auto& result : probed.abilities)
            QCOMPARE(word(result.status), word(AbilityStatus::NotTried));
        QVERIFY(namesIn(bench.folder).empty());
    }

    void abilitiesAreTriedAtLevelFullAlone()
    {
        Bench bench;
        for (const Level level : {Level::Quick, Level::Standard})
            QVERIFY(FolderProbe(bench.faulty.system, bench.journal).run(bench.folder, level, {}).abilities.empty());
        QCOMPARE(bench.probe({}).abilities.size(), allAbilities().size());
    }

    void aFolderThatFailsAStepIsNotTriedFurther()
    {
        Bench bench;
        const auto probed = bench.probe(failEvery("fsync", {EIO}));
        QVERIFY(probed.firstProblem() != nullptr);
        QVERIFY(probed.abilities.empty());
        QVERIFY(namesIn(bench.folder).empty());
    }

    void aCancelledCheckLeavesTheRestUntried()
    {
        struct StopAt : ProbeListener
        {
            void stepStarted(Step) override {}
            void stepFinished(const StepResult&) override {}
            void abilityStarted(Ability ability) override
            {
                if (ability == Ability::AccessLists)
                    source.request_stop();
            }
            std::stop_source source;
        };
        Bench bench;
        StopAt listener;
        const auto probed = bench.probe({}, &listener, listener.source.get_token());
        QVERIFY(probed.notes.cancelled);
        QVERIFY(hasEveryAbility(probed));
        QCOMPARE(word(resultOf(probed, Ability::HardLinks).status), word(AbilityStatus::Present));
        QCOMPARE(word(resultOf(probed, Ability::WholeFileLocks).status), word(AbilityStatus::NotTried));
        QVERIFY(namesIn(bench.folder).empty());
    }

    void whatAKilledFullCheckLeftIsRemovedByTheNext_data()
    {
        QTest::addColumn<int>("level");
        QTest::newRow("quick") << static_cast<int>(Level::Quick);
        QTest::newRow("standard") << static_cast<int>(Level::Standard);
    }
    void whatAKilledFullCheckLeftIsRemovedByTheNext()
    {
        QFETCH(int, level);
        Bench bench;
        std::vector<Call> calls;
        static_cast<void>(record(bench, &calls));
        const Path journals = bench.base / "journal";
        std::set<std::size_t> seen; // how much there was to remove
        for (std::size_t at = 0; at < calls.size(); at += 3) {
            const int code = runAsUser(geteuid(), [&] {
                FaultySystem faulty;
                faulty.plan.set([index = calls[at].index](const Call& call) -> std::optional<Fault> {
                    // Of the journal's calls before the probe's own there are none here: it goes the straight way.
                    if (call.index >= index)
                        raise(SIGKILL);
                    return std::nullopt;
                });
                auto journal = ProbeJournal::openIn(linuxSystem(), journals);
                static_cast<void>(FolderProbe(faulty.system, journal).run(bench.folder, Level::Full, {}));
                return 1;
            });
            QCOMPARE(code, 128 + SIGKILL);
            seen.insert(namesIn(bench.folder).size());
            auto journal = ProbeJournal::openIn(linuxSystem(), journals);
            const auto next = FolderProbe(linuxSystem(), journal).run(bench.folder, static_cast<Level>(level), {});
            QVERIFY(next.firstProblem() == nullptr);
            QVERIFY2(namesIn(bench.folder).empty(), describe(calls[at], 0).c_str());
        }
        QVERIFY2(seen.contains(1), "nothing was ever left: the checks were not killed in the middle");
        QVERIFY(namesIn(journals).empty());
    }

    void whatNoCheckMakesIsKeptInADeadChecksDirectory()
    {
        // By the name of a check of an earlier boot, so that its maker is dead.
        Bench bench;
        Maker dead = currentMaker(linuxSystem());
        dead.boot = dead.boot == "aaaaa" ? "bbbbb" : "aaaaa";
        const std::string name = makeProbeName(dead.text(), 1).data();
        const Path left = bench.folder + "/" + name;
        makeFolder(left, 0700);
        writeFile(bench.base / "precious", "content");
        writeFile(left + "/CON", "not empty");
        writeFile(left + "/letter", "");
        makeFolder(left + "/" + name, 0700);
        writeFile(left + "/NUL", "");
        writeFile(left + "/" + name + ".", "");
        std::filesystem::create_symlink(bench.base / "precious", left + "/" + name + ":x");
        static_cast<void>(FolderProbe(linuxSystem(), bench.journal).run(bench.folder, Level::Standard, {}));
        QCOMPARE(namesIn(left).size(), std::size_t{6}); // somebody uses it: then nothing in it is touched
        QCOMPARE(readFile(bench.base / "precious"), std::string("content"));
        removeAll(left + "/CON");
        removeAll(left + "/letter");
        removeAll(left + "/" + name);
        static_cast<void>(FolderProbe(linuxSystem(), bench.journal).run(bench.folder, Level::Standard, {}));
        QVERIFY(namesIn(bench.folder).empty());
    }

    void descriptorsAreBackToWhereTheyWere()
    {
        Bench bench;
        std::vector<Call> calls;
        static_cast<void>(record(bench, &calls));
        const auto before = openDescriptors();
        for (const auto& call : calls) {
            static_cast<void>(bench.probe(failCallNumber(call.index, {EIO})));
            QVERIFY2(openDescriptors() == before, call.call.c_str());
        }
    }
};

SCRATCHPROOF_TEST_MAIN(AbilityFaultsTest, Nothing)
#include "tst_ability_faults.moc"
