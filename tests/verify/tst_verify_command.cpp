// SPDX-License-Identifier: GPL-3.0-or-later
// `scratchproof-cli verify capacity` as an unprivileged user, on real file systems: what it says of drives that are
// what they claim and of one that is not, and that nothing is left of it, whatever ends it.
#include "core/diagnosis/finding_json.h"
#include "core/scratch/registry.h"
#include "core/stream/json_fields.h"
#include "core/system/linux.h"
#include "core/verify/manifest.h"
#include "tests/support/installed_cli.h"
#include "tests/support/mounts.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"
#include "tests/verify/mounted_false_drive.h"

#include <QTest>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

/// An honest drive with a folder of the ordinary user's, and a file in that.
class GenuineDrive
{
public:
    explicit GenuineDrive(std::uint64_t size, const std::string& type = "ext4")
        : m_memory(mountTmpfs(m_base.makeFolder("memory"), "mode=0755")),
          m_mount(
              mountImage(type, m_memory->path() + "/image", size, m_base.makeFolder("drive"),
                         type.starts_with("ext") ? std::vector<std::string>{"-m", "0"} : std::vector<std::string>())),
          m_folder(m_mount->path() + "/ours")
    {
        makeFolder(m_folder, 0755);
        changeOwner(m_folder, kOrdinaryUser, kOrdinaryUser);
        writeFile(m_folder + "/theirs", "text");
    }
    [[nodiscard]] const Path& folder() const { return m_folder; }
    [[nodiscard]] const MountedFolder& mount() const { return *m_mount; }
    [[nodiscard]] Path base(const char* name) const { return m_base / name; }

private:
    TemporaryFolder m_base;
    std::unique_ptr<MountedFolder> m_memory;
    std::unique_ptr<MountedFolder> m_mount;
    Path m_folder;
};

const std::vector<std::string> kTheirs{"theirs"};

Json parsed(const std::string& text)
{
    return parseJson(text).value_or(Json());
}

std::string textOf(const Json& json, const char* name)
{
    return getString(json, name).value_or("");
}

std::string wordsOf(const Ended& ended)
{
    return std::to_string(ended.exitCode) + ": " + ended.output + ended.errors;
}

/// The scratch directory of a check in a folder; "" if there is none.
Path checkIn(const Path& folder)
{
    for (const std::string& name : namesIn(folder)) {
        if (name.starts_with("verify-"))
            return joinPath(folder, name);
    }
    return {};
}

void flipBit(const Path& file, std::uint64_t offset)
{
    const int fd = open(file.c_str(), O_RDWR | O_CLOEXEC);
    char byte = 0;
    const auto place = static_cast<off_t>(offset);
    if (fd < 0 || pread(fd, &byte, 1, place) != 1)
        failSetup("read " + file);
    byte = static_cast<char>(byte ^ 1);
    if (pwrite(fd, &byte, 1, place) != 1 || fsync(fd) != 0)
        failSetup("write " + file);
    close(fd);
}

void writeAt(const Path& file, std::uint64_t offset, const std::string& text)
{
    const int fd = open(file.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0 || pwrite(fd, text.data(), text.size(), static_cast<off_t>(offset)) != static_cast<ssize_t>(text.size()))
        failSetup("write " + file);
    close(fd);
}

} // namespace

class TestVerifyCommand : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI); }
    void cleanup() { adoptOrphans(); }

    void aRealDriveIsGenuineAndNothingIsLeft_data();
    void aRealDriveIsGenuineAndNothingIsLeft();
    void storageThatAnswersForWhatItDoesNotHaveIsTold();
    void partOfADriveProvesLess();
    void aFalseDriveIsCalledCounterfeit();
    void whatACheckAdvisesOfItFindsTheFalseDrive();
    void theQuickCheckSaysWhatItMay_data();
    void theQuickCheckSaysWhatItMay();
    void aQuickCheckFindsAFalseDrive();
    void speedIsMeasuredAndNothingIsLeft();
    void speedThatIsStoppedLeavesNothing();
    void aDriveThatIsPulledOutIsNeverCalledGood();
    void withoutYesItAsksOrIsRefused();
    void aTerminalShowsTheProgress();
    void whatIsNotToBeCheckedIsRefusedAndNothingIsWritten();
    void sizesAndTimesThatCannotBeAreWrongUsage();
    void theSystemsOwnDriveNeedsAWord();
    void anOverlayOnTheSystemsDriveNeedsItToo();
    void killedItIsShownAndOneCleanRemovesIt();
    void whenTheCommandAloneIsKilledNothingIsLeft();
    void interruptedItLeavesNothing();
    void aSweepTakesNoCheckThatIsUnderWay();
    void twoAtOnceAndBelowAnotherOneAreRefused();
    void anotherUsersOnTheSameDriveIsSeen_data();
    void anotherUsersOnTheSameDriveIsSeen();
    void whatWasKeptIsVerifiedAgain();
    void whatWasChangedSinceIsNotCalledGood();
    void aManifestThatDoesNotFitIsNoVerdict();

private:
    Ended verify(std::vector<std::string> words, unsigned user = kOrdinaryUser) const
    {
        words.insert(words.begin(), {"verify", "capacity"});
        return run(m_cli->command(std::move(words), user));
    }
    Json listed() const
    {
        const Json list = parsed(run(m_cli->command({"scratch", "list", "--json"})).output);
        const Json* directories = getArray(list, "directories");
        return directories != nullptr ? *directories : Json();
    }
    Path registry() const
    {
        return m_cli->environmentOf(kOrdinaryUser).at("HOME") + "/.local/state/scratchproof/scratch.db";
    }

    /// A check in mid-run: its prober is stopped as soon as something is written.
    struct Running
    {
        std::unique_ptr<RunningProgram> program;
        int prober = -1;
        Path directory;
    };
    Running startAndStop(const Path& folder, const std::vector<std::string>& more = {}) const
    {
        std::vector<std::string> words{"verify", "capacity", "--yes", folder};
        words.insert(words.end(), more.begin(), more.end());
        Running running;
        running.program = std::make_unique<RunningProgram>(m_cli->command(words));
        const bool isWriting = eventually([&] {
            running.directory = checkIn(folder);
            std::error_code none;
            return !running.directory.empty() && fs::file_size(running.directory + "/verify-00000", none) >= 4 * kMiB &&
                   !none;
        });
        const auto probers = probersOf(running.program->pid());
        if (!isWriting || probers.size() != 1)
            return running;
        running.prober = probers.front();
        ::kill(running.prober, SIGSTOP);
        return running;
    }
    /// Its time is over, as far as the registry knows.
    void expire(const std::string& id) const
    {
        auto opened = Registry::open(registry());
        QVERIFY(opened);
        Term term;
        term.expires = linuxSystem().clock.wall();
        term.elapsedEnd = 0;
        term.grace = Nanoseconds{0};
        term.changes = 2;
        const auto done = opened->extend(id, term, {});
        QVERIFY(done && *done);
        changeOwner(registry(), kOrdinaryUser, kOrdinaryUser);
    }

    std::unique_ptr<InstalledCli> m_cli;
};

void TestVerifyCommand::aRealDriveIsGenuineAndNothingIsLeft_data()
{
    QTest::addColumn<QString>("type");
    QTest::newRow("ext4") << "ext4";
    QTest::newRow("btrfs") << "btrfs";
}

void TestVerifyCommand::aRealDriveIsGenuineAndNothingIsLeft()
{
    QFETCH(QString, type);
    // btrfs gives room back only some time after the files are gone: a fresh drive for each.
    auto first = std::make_unique<GenuineDrive>((type == "ext4" ? 96 : 192) * kMiB, type.toStdString());
    const Ended words = verify({"--yes", first->folder()});
    QVERIFY2(words.exitCode == 0, wordsOf(words).c_str());
    QVERIFY2(words.output.starts_with("This drive is genuine: all "), words.output.c_str());
    QVERIFY2(words.errors.find("may destroy what is stored on it") != std::string::npos, words.errors.c_str());
    QVERIFY2(words.errors.find('\r') == std::string::npos, words.errors.c_str());
    QCOMPARE(namesIn(first->folder()), kTheirs);
    first.reset();

    const GenuineDrive drive((type == "ext4" ? 96 : 192) * kMiB, type.toStdString());
    const Ended ended = verify({"--json", "--yes", drive.folder()});
    QVERIFY2(ended.exitCode == 0, wordsOf(ended).c_str());
    const Json json = parsed(ended.output);
    QCOMPARE(textOf(json, "schema"), std::string("scratchproof.verify/1"));
    QCOMPARE(json.begin().key(), std::string("schema"));
    QCOMPARE(textOf(json, "kind"), std::string("capacity"));
    QCOMPARE(textOf(json, "verdict"), std::string("genuine"));
    QVERIFY(getPath(json, "folder") == drive.folder());
    const std::uint64_t tested = getUnsigned(json, "tested_bytes").value_or(0);
    QVERIFY(tested > getUnsigned(json, "claimed_bytes").value_or(0) / 2);
    QVERIFY(getUnsigned(json, "real_bytes") == tested);
    std::uint64_t sum = 0;
    for (const Json& region : *getArray(json, "regions")) {
        QCOMPARE(textOf(region, "state"), std::string("good"));
        sum += getUnsigned(region, "length").value_or(0);
    }
    QCOMPARE(sum, tested);
    QVERIFY(!json.contains("not_removed") && !json.contains("kept"));
    QCOMPARE(namesIn(drive.folder()), kTheirs);
    QCOMPARE(readFile(drive.folder() + "/theirs"), std::string("text"));
    QVERIFY(listed().empty());
}

void TestVerifyCommand::storageThatAnswersForWhatItDoesNotHaveIsTold()
{
    const GenuineDrive drive(64 * kMiB); // on a file with holes
    const Ended quick = verify({"--quick", "--yes", "--json", drive.folder()});
    QVERIFY2(quick.exitCode == 0, wordsOf(quick).c_str());
    QCOMPARE(parsed(quick.output)["storage"].dump(), std::string(R"(["image","image-with-holes"])"));
    const Ended samples = verify({"--quick", "--yes", drive.folder()});
    QVERIFY2(samples.output.find("samples do not tell whether there is room for all") != std::string::npos,
             samples.output.c_str());
    const Ended full = verify({"--yes", drive.folder()});
    QVERIFY2(full.exitCode == 0, wordsOf(full).c_str());
    QVERIFY2(full.output.find("this tells of what was tested, not of the rest") != std::string::npos,
             full.output.c_str());
    QVERIFY2(full.output.find("this holds for what was tested, and for now") != std::string::npos, full.output.c_str());

    const GenuineDrive compressing(192 * kMiB, "btrfs");
    compressing.mount().remount("compress-force=zstd");
    const Ended compressed = verify({"--yes", "--json", compressing.folder()});
    QVERIFY2(compressed.exitCode == 0, wordsOf(compressed).c_str());
    const Json json = parsed(compressed.output);
    QCOMPARE(textOf(json, "verdict"), std::string("genuine"));
    QCOMPARE(json["storage"].dump(), std::string(R"(["compressed","image","image-with-holes"])"));
    // What is written does not compress: no more of it fits than there is room.
    QVERIFY(getUnsigned(json, "tested_bytes").value_or(0) < getUnsigned(json, "claimed_bytes").value_or(0));
}

void TestVerifyCommand::partOfADriveProvesLess()
{
    const GenuineDrive drive(96 * kMiB);
    const Ended ended = verify({"--size", "8M", "--yes", "--json", drive.folder()});
    QVERIFY2(ended.exitCode == 0, wordsOf(ended).c_str());
    QCOMPARE(textOf(parsed(ended.output), "verdict"), std::string("no-sign-of-counterfeit"));
    QVERIFY(getUnsigned(parsed(ended.output), "tested_bytes") == 8 * kMiB);
    QCOMPARE(namesIn(drive.folder()), kTheirs);
}

void TestVerifyCommand::aFalseDriveIsCalledCounterfeit()
{
    constexpr std::uint64_t kReal = 90 * kMiB + 12288;
    const FalseDrive drive("ext4", 384 * kMiB, kReal, "wraps");
    changeOwner(drive.folder(), kOrdinaryUser, kOrdinaryUser);
    const Ended ended = verify({"--yes", "--json", drive.folder()});
    QVERIFY2(ended.exitCode == 1, wordsOf(ended).c_str());
    const Json json = parsed(ended.output);
    QCOMPARE(textOf(json, "verdict"), std::string("counterfeit"));
    const std::uint64_t real = getUnsigned(json, "real_bytes").value_or(0);
    QVERIFY2((real > kReal ? real - kReal : kReal - real) <= kReal / 50, ended.output.c_str());
    bool isAliased = false;
    for (const Json& region : *getArray(json, "regions"))
        isAliased = isAliased || textOf(region, "state") == "aliased";
    QVERIFY2(isAliased, ended.output.c_str());
    // Its file system may have lost its own blocks, which is told; nothing that can be removed stays.
    if (!json.contains("not_removed")) {
        QCOMPARE(checkIn(drive.folder()), Path());
        QVERIFY(listed().empty());
    } else {
        QVERIFY2(ended.errors.find("could not be removed") != std::string::npos, ended.errors.c_str());
        QVERIFY(run(m_cli->command({"scratch", "forget", textOf(json, "id")})).exitCode != 4);
    }
}

void TestVerifyCommand::whatACheckAdvisesOfItFindsTheFalseDrive()
{
    const FalseDrive drive("ext4", 384 * kMiB, 151 * kMiB, "drops");
    // ext4 spreads the folders of the top over the drive: of some of them the content lies where nothing is stored.
    const Path top = drive.folder().substr(0, drive.folder().rfind('/'));
    std::vector<std::string> words{"check", "--json", "--"};
    for (int i = 0; i < 24; ++i) {
        words.push_back(top + "/-a b'c \"d\" $(id) \xff\xfe " + std::to_string(i));
        makeFolder(words.back(), 0755);
        changeOwner(words.back(), kOrdinaryUser, kOrdinaryUser);
    }
    const Ended checked = run(m_cli->command(words));
    const Json report = parsed(checked.output);
    const Json* checks = getArray(report, "checks");
    QVERIFY2(checks != nullptr && checks->size() == 24, wordsOf(checked).c_str());
    Path folder;
    std::optional<Finding> finding;
    for (const Json& one : *checks) {
        const Json* findings = getArray(one, "findings");
        const auto first = findings != nullptr && !findings->empty() ? findingFromJson(findings->front())
                                                                     : Result<Finding>(fail("parse-finding", {}, 0));
        if (first && first->id == "fake-capacity") {
            finding = *first;
            folder = getPath(one, "folder").value_or("");
        }
    }
    QVERIFY2(finding, checked.output.c_str());
    const Fix& advice = finding->fixes.back();
    QCOMPARE(advice.id, std::string("verify-capacity"));
    const std::vector<std::string> expected{"scratchproof-cli", "verify", "capacity", "--", folder};
    QCOMPARE(advice.command, expected);

    // As it is printed, in a terminal: it asks, and says what the drive is.
    Program program = m_cli->command({});
    program.arguments = {"script", "-qec", quoteForShell(advice.command), "/dev/null"};
    program.environment["PATH"] = m_cli->program().substr(0, m_cli->program().rfind('/')) + ":/usr/bin:/bin";
    program.environment["SHELL"] = "/bin/sh";
    program.input = "y\n";
    const Ended ended = run(program);
    QVERIFY2(ended.output.find("[y/N]") != std::string::npos, displayText(wordsOf(ended)).c_str());
    QVERIFY2(ended.exitCode == 1, displayText(wordsOf(ended)).c_str());
    QVERIFY2(ended.output.find("This drive is a counterfeit: ") != std::string::npos,
             displayText(wordsOf(ended)).c_str());
    // Where the file system lost its own blocks, what cannot be removed stays.
    for (const Json& row : listed())
        QVERIFY(run(m_cli->command({"scratch", "forget", textOf(row, "id")})).exitCode != 4);
}

void TestVerifyCommand::theQuickCheckSaysWhatItMay_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QString>("verdict");
    QTest::newRow("ext4") << "ext4" << 0 << "no-sign-of-counterfeit";
    QTest::newRow("ext3, which cannot reserve") << "ext3" << 3 << "not-finished";
}

void TestVerifyCommand::theQuickCheckSaysWhatItMay()
{
    QFETCH(QString, type);
    QFETCH(int, exitCode);
    QFETCH(QString, verdict);
    const GenuineDrive drive(192 * kMiB, type.toStdString());
    const Ended ended = verify({"--quick", "--json", "--yes", drive.folder()});
    QVERIFY2(ended.exitCode == exitCode, wordsOf(ended).c_str());
    const Json json = parsed(ended.output);
    QCOMPARE(textOf(json, "kind"), std::string("quick-capacity"));
    QCOMPARE(textOf(json, "verdict"), verdict.toStdString());
    const Json* sampling = getObject(json, "sampling");
    QVERIFY2(sampling != nullptr, wordsOf(ended).c_str());
    const bool isSampled = exitCode == 0;
    QVERIFY(getBool(*sampling, "cannot_reserve") == !isSampled);
    QVERIFY((getUnsigned(*sampling, "samples").value_or(0) > 30) == isSampled);
    QVERIFY(getUnsigned(*sampling, "bad_samples") == 0U);
    for (const char* phase : {"writing_ns", "flushing_ns", "verifying_ns"})
        QVERIFY2((getUnsigned(json, phase).value_or(0) > 0) == (isSampled || phase == std::string("writing_ns")),
                 wordsOf(ended).c_str());
    QCOMPARE(namesIn(drive.folder()), kTheirs);
    QVERIFY(listed().empty());
    const Ended words = verify({"--quick", "--yes", drive.folder()});
    QVERIFY2(words.exitCode == exitCode, wordsOf(words).c_str());
    QVERIFY2(words.output.find(isSampled ? "samples, spread over" : "use the full check") != std::string::npos,
             words.output.c_str());
    QVERIFY2((words.output.find("writing took ") != std::string::npos) == isSampled, words.output.c_str());
    for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--quick", "--keep"},
                                                  {"--quick", "--size", "8M"},
                                                  {"--push", "8M"},
                                                  {"--quick", "--again"}}) {
        auto all = wrong;
        all.insert(all.end(), {"--yes", drive.folder()});
        QCOMPARE(verify(all).exitCode, 2);
    }
    QCOMPARE(namesIn(drive.folder()), kTheirs);
}

void TestVerifyCommand::aQuickCheckFindsAFalseDrive()
{
    const FalseDrive drive("ext4", 384 * kMiB, 151 * kMiB, "drops");
    changeOwner(drive.folder(), kOrdinaryUser, kOrdinaryUser);
    const Ended ended = verify({"--quick", "--yes", "--json", drive.folder()});
    QVERIFY2(ended.exitCode == 1, wordsOf(ended).c_str());
    const Json json = parsed(ended.output);
    QCOMPARE(textOf(json, "verdict"), std::string("counterfeit"));
    QVERIFY(getUnsigned(*getObject(json, "sampling"), "bad_samples").value_or(0) > 20);
    if (json.contains("not_removed"))
        QVERIFY(run(m_cli->command({"scratch", "forget", textOf(json, "id")})).exitCode != 4);
}

void TestVerifyCommand::speedIsMeasuredAndNothingIsLeft()
{
    const GenuineDrive drive(96 * kMiB);
    const auto speed = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"verify", "speed", "--time", "100ms", "--size", "32M"});
        return run(m_cli->command(std::move(words)));
    };
    const Ended ended = speed({"--json", drive.folder()});
    QVERIFY2(ended.exitCode == 0, wordsOf(ended).c_str());
    const Json json = parsed(ended.output);
    QCOMPARE(textOf(json, "schema"), std::string("scratchproof.verify/1"));
    QCOMPARE(textOf(json, "kind"), std::string("speed"));
    const Json* jobs = getArray(json, "jobs");
    QVERIFY2(jobs != nullptr && jobs->size() == 8, ended.output.c_str());
    for (const Json& job : *jobs) {
        QVERIFY(getBool(job, "direct") == true);
        QVERIFY(getUnsigned(job, "bytes_per_second").value_or(0) > 0);
        QVERIFY(getUnsigned(job, "queue_depth") == 1U || getUnsigned(job, "queue_depth") == 32U);
    }
    const Json* curve = getArray(json, "curve");
    QVERIFY2(curve != nullptr && curve->size() >= 8, ended.output.c_str());
    QVERIFY(getUnsigned(json, "flushes").value_or(0) > 0);
    QCOMPARE(namesIn(drive.folder()), kTheirs);
    QVERIFY(listed().empty());
    const Ended words = speed({drive.folder()});
    QVERIFY2(words.exitCode == 0 && words.output.find("random read, 4 KiB, 32 at once") != std::string::npos,
             wordsOf(words).c_str());
    const Ended memory = speed({"/dev/shm"});
    QVERIFY2(memory.exitCode == 2 && memory.errors.find("this computer's memory") != std::string::npos,
             wordsOf(memory).c_str());
    QCOMPARE(run(m_cli->command({"verify", "speed", "--time", "1ms", drive.folder()})).exitCode, 2);
    const GenuineDrive small(16 * kMiB);
    const Ended full = speed({small.folder()});
    QVERIFY2(full.exitCode == 3 && full.errors.find("32 MiB that are free") != std::string::npos,
             wordsOf(full).c_str());
    QCOMPARE(namesIn(drive.folder()), kTheirs);
}

void TestVerifyCommand::speedThatIsStoppedLeavesNothing()
{
    const GenuineDrive drive(96 * kMiB);
    for (const int signal : {SIGINT, SIGTERM}) {
        RunningProgram running(m_cli->command({"verify", "speed", drive.folder()}));
        QVERIFY(eventually([&] {
            const Path directory = checkIn(drive.folder());
            return !directory.empty() && fs::exists(directory + "/verify-speed");
        }));
        running.signal(signal);
        const Ended ended = running.wait();
        QVERIFY2(ended.exitCode == 128 + signal, wordsOf(ended).c_str());
        QVERIFY(eventually([&] { return namesIn(drive.folder()) == kTheirs; }));
        QVERIFY(listed().empty());
    }
}

void TestVerifyCommand::aDriveThatIsPulledOutIsNeverCalledGood()
{
    auto drive = std::make_unique<FalseDrive>("ext4", 256 * kMiB, 256 * kMiB, "drops");
    changeOwner(drive->folder(), kOrdinaryUser, kOrdinaryUser);
    Running running = startAndStop(drive->folder(), {"--json"});
    QVERIFY(running.prober > 0);
    drive->pullOut();
    ::kill(running.prober, SIGCONT);
    const Ended ended = running.program->wait();
    const std::string verdict = textOf(parsed(ended.output), "verdict");
    QVERIFY2(verdict == "disconnected" || verdict == "damaged", wordsOf(ended).c_str());
    QVERIFY2(ended.exitCode == 1 || ended.exitCode == 3, wordsOf(ended).c_str());
    // It is known still, for when the drive is back.
    QCOMPARE(listed().size(), std::size_t{1});
    const std::string id = textOf(listed()[0], "id");
    QVERIFY2(ended.errors.find(id.substr(0, 8)) != std::string::npos, ended.errors.c_str());
    running.program.reset();
    drive.reset();
    const auto opened = Registry::open(registry());
    QVERIFY(opened && Registry(*opened).remove(id));
}

void TestVerifyCommand::withoutYesItAsksOrIsRefused()
{
    const GenuineDrive drive(64 * kMiB);
    const Ended refused = verify({drive.folder()});
    QVERIFY2(refused.exitCode == 2, wordsOf(refused).c_str());
    QVERIFY2(refused.errors.find("expected --yes") != std::string::npos, refused.errors.c_str());
    QVERIFY(refused.output.empty());
    for (const std::string& answer : {std::string(""), std::string("n"), std::string("what"), std::string("y")}) {
        Program program = m_cli->command({});
        program.arguments = {"script", "-qec",
                             quoteForShell({m_cli->program(), "verify", "capacity", "--size", "4M", drive.folder()}),
                             "/dev/null"};
        program.input = answer + "\n";
        const Ended ended = run(program);
        QVERIFY2(ended.output.find("[y/N]") != std::string::npos, ended.output.c_str());
        QVERIFY2(ended.exitCode == (answer == "y" ? 0 : 3), wordsOf(ended).c_str());
        QCOMPARE(ended.output.find("Nothing was written.") == std::string::npos, answer == "y");
        QCOMPARE(namesIn(drive.folder()), kTheirs);
    }
    QVERIFY(listed().empty());
}

void TestVerifyCommand::aTerminalShowsTheProgress()
{
    const GenuineDrive drive(128 * kMiB);
    Program program = m_cli->command({});
    program.arguments = {"script", "-qec",
                         quoteForShell({m_cli->program(), "verify", "capacity", "--yes", drive.folder()}), "/dev/null"};
    const Ended ended = run(program);
    QVERIFY2(ended.exitCode == 0, wordsOf(ended).c_str());
    QVERIFY2(ended.output.find("\r\033[Kwriting ") != std::string::npos, displayText(ended.output).c_str());
    QVERIFY2(ended.output.find("\r\033[Kverifying ") != std::string::npos, displayText(ended.output).c_str());
    // The line is gone before the verdict.
    QVERIFY2(ended.output.find("\r\033[KThis drive is genuine: ") != std::string::npos,
             displayText(ended.output).c_str());
}

void TestVerifyCommand::whatIsNotToBeCheckedIsRefusedAndNothingIsWritten()
{
    const GenuineDrive drive(64 * kMiB);
    const auto refuse = [&](const std::vector<std::string>& words, int code, const std::string& says) {
        const Ended ended = verify(words);
        const std::string& path = words.back();
        const bool isRight = ended.exitCode == code && ended.output.empty() &&
                             ended.errors.find(says) != std::string::npos &&
                             ended.errors.find("'" + displayPath(path) + "'") != std::string::npos;
        if (!isRight)
            qWarning("%s", wordsOf(ended).c_str());
        return isRight;
    };
    QVERIFY(refuse({"--yes", drive.folder() + "/theirs"}, 2, "it is a file"));
    QVERIFY(refuse({"--yes", drive.folder() + "/missing"}, 2, "there is no such folder"));
    QVERIFY(refuse({"--yes", "--size", "1G", drive.folder()}, 2, "1.07 GB were asked for by --size"));
    QCOMPARE(verify({"--yes", "--size", "0", drive.folder()}).exitCode, 2);
    QCOMPARE(verify({"--yes", "--size", "much", drive.folder()}).exitCode, 2);
    QCOMPARE(verify({"--yes", "--keep", "--again", drive.folder()}).exitCode, 2);
    QCOMPARE(verify({"--yes", ""}).exitCode, 2);
    QVERIFY(refuse({"--again", drive.folder()}, 2, "no kept check is there"));
    QCOMPARE(namesIn(drive.folder()), kTheirs);

    makeFolder(drive.base("more"), 0755);
    const auto memory = mountTmpfs(drive.base("more"), "mode=1777");
    QVERIFY(refuse({"--yes", memory->path()}, 2, "tmpfs"));
    QVERIFY(namesIn(memory->path()).empty());
    QVERIFY(refuse({"--yes", "/proc/self"}, 2, "proc"));

    drive.mount().remount("ro");
    QVERIFY(refuse({"--yes", drive.folder()}, 3, "EROFS"));
    drive.mount().remount("rw");
    makeFolder(drive.mount().path() + "/roots", 0755);
    QVERIFY(refuse({"--yes", drive.mount().path() + "/roots"}, 3, "EACCES"));
    const Path filling = fillUp(drive.folder());
    QVERIFY(refuse({"--yes", drive.folder()}, 3, "ENOSPC"));
    fs::remove(filling);
    QCOMPARE(namesIn(drive.folder()), kTheirs);
    QVERIFY(listed().empty());
}

void TestVerifyCommand::sizesAndTimesThatCannotBeAreWrongUsage()
{
    const GenuineDrive drive(96 * kMiB);
    struct Wrong
    {
        std::vector<std::string> words;
        const char* says; // what was given, and what was expected
    };
    for (const Wrong& wrong : {
             Wrong{{"speed", "--size", "8M"}, "--size: '8M' is too little; expected 16M at least"},
             {{"speed", "--size", "16777215"}, "'16777215' is too little; expected 16M at least"},
             {{"speed", "--size", "0"}, "'0' is too little; expected 16M at least"},
             {{"speed", "--size", "8E"}, "'8E' is not a size"},
             {{"speed", "--size", "99999999P"}, "'99999999P' is too large"},
             {{"speed", "--size", "1T"}, "1.10 TB were asked for by --size, and half of what may be written there is "},
             {{"speed", "--time", "99ms"}, "'99ms' is not a time for a part; expected 100ms to 10m"},
             {{"speed", "--time", "601"}, "'601' is not a time for a part; expected 100ms to 10m"},
             {{"speed", "--time", "0"}, "'0' is not a time for a part"},
             {{"speed", "--time", "99999999w"}, "'99999999w' is longer than"},
             {{"capacity", "--yes", "--size", "4095"}, "'4095' is too little; expected 4096 bytes at least"},
             {{"capacity", "--yes", "--size", "99999999P"}, "'99999999P' is too large"},
             {{"capacity", "--yes", "--size", "1T"}, "1.10 TB were asked for by --size, and "},
             {{"capacity", "--yes", "--quick", "--push", "0"}, "'0' is too little; expected 4096 bytes at least"},
             {{"capacity", "--yes", "--quick", "--push", "1T"}, "1.10 TB were asked for by --push, and "},
         }) {
        auto words = wrong.words;
        words.insert(words.begin(), "verify");
        words.push_back(drive.folder());
        const Ended ended = run(m_cli->command(words));
        QVERIFY2(ended.exitCode == 2 && ended.output.empty() && ended.errors.find(wrong.says) != std::string::npos,
                 (wrong.says + (" <- " + wordsOf(ended))).c_str());
    }
    // Nor may a prober be asked for less: rounded down to blocks that would be all there is.
    for (const char* wish :
         {R"("request":"verify-capacity","size":100)", R"("request":"verify-capacity","quick":true,"push":4095)",
          R"("request":"verify-speed","size":8388608)", R"("request":"verify-speed","job_time_ns":1)",
          R"("request":"verify-speed","job_time_ns":18446744073709551615)"}) {
        RunningProgram prober(m_cli->command({"prober"}));
        prober.send("{\"id\":1,\"folder\":\"" + drive.folder() + "\"," + wish + "}\n");
        const std::string answer = prober.readLineWith("answer").value_or("");
        QVERIFY2(answer.find("\"bad-input\"") != std::string::npos, (wish + answer).c_str());
        QVERIFY2(answer.find("were asked for by --") != std::string::npos, (wish + answer).c_str());
    }
    QCOMPARE(namesIn(drive.folder()), kTheirs);
    QVERIFY(listed().empty());
}

void TestVerifyCommand::theSystemsOwnDriveNeedsAWord()
{
    const Path home = m_cli->environmentOf(kOrdinaryUser).at("HOME");
    const Ended refused = verify({"--yes", home});
    QVERIFY2(refused.exitCode == 2, wordsOf(refused).c_str());
    if (refused.errors.find("--allow-system") == std::string::npos)
        QSKIP("the home lies in memory here, which is refused anyway");
    struct statvfs space = {};
    QCOMPARE(::statvfs(home.c_str(), &space), 0);
    const std::uint64_t total = std::uint64_t{space.f_blocks} * space.f_frsize;
    const std::uint64_t room = std::uint64_t{space.f_bavail} * space.f_frsize;
    const std::uint64_t left = std::max(1024 * kMiB, total / 20);
    const auto before = namesIn(home);
    // More than may be written: what is to be left is left.
    const std::string most = std::to_string(room > left ? room - left + 64 * kMiB : room);
    const Ended tooMuch = verify({"--yes", "--allow-system", "--size", most, home});
    QVERIFY2(tooMuch.exitCode == 2 || tooMuch.exitCode == 3, wordsOf(tooMuch).c_str());
    QCOMPARE(namesIn(home), before);
    if (room < left + 64 * kMiB)
        return;
    const Ended allowed = verify({"--yes", "--allow-system", "--size", "4M", home});
    QVERIFY2(allowed.exitCode == 0, wordsOf(allowed).c_str());
    QVERIFY2(allowed.output.starts_with("No sign of a counterfeit: "), allowed.output.c_str());
    QCOMPARE(namesIn(home), before);
}

void TestVerifyCommand::anOverlayOnTheSystemsDriveNeedsItToo()
{
    const TemporaryFolder base; // where the system's folders are, too
    const GenuineDrive drive(96 * kMiB);
    const auto overlay = [&](const Path& below) {
        for (const char* name : {"/lower", "/upper", "/work"})
            makeFolder(below + name, 0755);
        changeOwner(below + "/upper", kOrdinaryUser, kOrdinaryUser);
        return std::make_unique<MountedFolder>("overlay", "overlay", below + "/place",
                                               "lowerdir=" + below + "/lower,upperdir=" + below +
                                                   "/upper,workdir=" + below + "/work");
    };
    std::unique_ptr<MountedFolder> systems;
    makeFolder(base / "place", 0755);
    try {
        systems = overlay(base.path());
    } catch (const SetupError& reason) {
        QSKIP(reason.what());
    }
    const Ended refused = verify({"--yes", "--size", "4M", systems->path()});
    QVERIFY2(refused.exitCode == 2, wordsOf(refused).c_str());
    if (refused.errors.find("--allow-system") == std::string::npos)
        QSKIP("temporary folders lie in memory here, which is refused anyway");
    QVERIFY(namesIn(systems->path()).empty());
    makeFolder(drive.mount().path() + "/place", 0755);
    const auto apart = overlay(drive.mount().path());
    const Ended checked = verify({"--yes", "--size", "4M", apart->path()});
    QVERIFY2(checked.exitCode == 0, wordsOf(checked).c_str());
}

void TestVerifyCommand::killedItIsShownAndOneCleanRemovesIt()
{
    const GenuineDrive drive(128 * kMiB);
    Running running = startAndStop(drive.folder());
    QVERIFY(running.prober > 0);
    ::kill(running.prober, SIGKILL);
    const Ended ended = running.program->wait();
    QVERIFY2(ended.exitCode == 4, wordsOf(ended).c_str());
    QVERIFY2(ended.errors.find(running.directory) != std::string::npos, ended.errors.c_str());
    QVERIFY(fs::exists(running.directory + "/verify-00000"));

    const Json left = listed();
    QCOMPARE(left.size(), std::size_t{1});
    QVERIFY(getPath(left[0], "path") == running.directory);
    const Ended cleaned = run(m_cli->command({"scratch", "clean", "--yes", textOf(left[0], "id")}));
    QVERIFY2(cleaned.exitCode == 0, wordsOf(cleaned).c_str());
    QCOMPARE(namesIn(drive.folder()), kTheirs);
    QVERIFY(listed().empty());

    // And by a sweep, once its time is over.
    running = startAndStop(drive.folder());
    QVERIFY(running.prober > 0);
    ::kill(running.prober, SIGKILL);
    static_cast<void>(running.program->wait());
    QCOMPARE(listed().size(), std::size_t{1});
    expire(textOf(listed()[0], "id"));
    const Ended swept = run(m_cli->command({"scratch", "sweep"}));
    QVERIFY2(swept.exitCode == 0, wordsOf(swept).c_str());
    QVERIFY2(namesIn(drive.folder()) == kTheirs, wordsOf(swept).c_str());
    QCOMPARE(readFile(drive.folder() + "/theirs"), std::string("text"));
    QVERIFY(listed().empty());

    // Also where it was killed between the removal of the directory and that of its record.
    running = startAndStop(drive.folder());
    QVERIFY(running.prober > 0);
    ::kill(running.prober, SIGKILL);
    static_cast<void>(running.program->wait());
    const std::string id = textOf(listed()[0], "id");
    {
        auto opened = Registry::open(registry());
        QVERIFY(opened);
        const auto row = opened->find(id);
        QVERIFY(row && *row && opened->beginCleaning(**row, "somebody else").value_or(false));
    }
    fs::remove_all(running.directory);
    const Ended dropped = run(m_cli->command({"scratch", "clean", "--yes", id}));
    QVERIFY2(dropped.exitCode == 0, wordsOf(dropped).c_str());
    QVERIFY(listed().empty());
}

void TestVerifyCommand::whenTheCommandAloneIsKilledNothingIsLeft()
{
    const GenuineDrive drive(128 * kMiB);
    Running running = startAndStop(drive.folder());
    QVERIFY(running.prober > 0);
    running.program->signal(SIGKILL);
    static_cast<void>(running.program->wait());
    ::kill(running.prober, SIGCONT);
    QVERIFY(eventually([&] { return namesIn(drive.folder()) == kTheirs && listed().empty(); }));
}

void TestVerifyCommand::interruptedItLeavesNothing()
{
    const GenuineDrive drive(128 * kMiB);
    for (const int signal : {SIGINT, SIGTERM}) {
        Running running = startAndStop(drive.folder(), {"--keep"});
        QVERIFY(running.prober > 0);
        ::kill(running.prober, SIGCONT);
        running.program->signal(signal);
        const Ended ended = running.program->wait(std::chrono::seconds(5));
        QVERIFY2(ended.exitCode == 128 + signal, wordsOf(ended).c_str());
        QVERIFY2(ended.output.find("enuine") == std::string::npos, ended.output.c_str());
        QVERIFY(eventually([&] { return namesIn(drive.folder()) == kTheirs && listed().empty(); }));
    }
    // One that does not answer is not waited for, and takes away what it made once it does.
    Running running = startAndStop(drive.folder());
    QVERIFY(running.prober > 0);
    running.program->signal(SIGINT);
    const Ended ended = running.program->wait(std::chrono::seconds(5));
    QVERIFY2(ended.exitCode == 130, wordsOf(ended).c_str());
    QVERIFY2(ended.errors.find("is removed as soon as the drive answers") != std::string::npos, ended.errors.c_str());
    ::kill(running.prober, SIGCONT);
    QVERIFY(eventually([&] { return namesIn(drive.folder()) == kTheirs && listed().empty(); }));
}

void TestVerifyCommand::aSweepTakesNoCheckThatIsUnderWay()
{
    const GenuineDrive drive(128 * kMiB);
    Running running = startAndStop(drive.folder());
    QVERIFY(running.prober > 0);
    QCOMPARE(listed().size(), std::size_t{1});
    const std::string id = textOf(listed()[0], "id");
    expire(id);
    const Ended swept = run(m_cli->command({"scratch", "sweep"}));
    QVERIFY2(fs::exists(running.directory + "/verify-00000"), wordsOf(swept).c_str());
    QVERIFY2(wordsOf(swept).find("verify-") != std::string::npos, wordsOf(swept).c_str());
    // Nor does a clean, without a word for that.
    const Ended cleaned = run(m_cli->command({"scratch", "clean", "--yes", id}));
    QVERIFY2(cleaned.exitCode == 1, wordsOf(cleaned).c_str());
    QVERIFY(fs::exists(running.directory + "/verify-00000"));
    ::kill(running.prober, SIGCONT);
    const Ended ended = running.program->wait();
    QVERIFY2(ended.exitCode == 0, wordsOf(ended).c_str());
    QCOMPARE(namesIn(drive.folder()), kTheirs);
    QVERIFY(listed().empty());
}

void TestVerifyCommand::twoAtOnceAndBelowAnotherOneAreRefused()
{
    const GenuineDrive drive(128 * kMiB);
    const GenuineDrive other(64 * kMiB);
    Running running = startAndStop(drive.folder());
    QVERIFY(running.prober > 0);
    const Ended second = verify({"--yes", drive.folder()});
    const Ended below = verify({"--yes", running.directory});
    const Ended elsewhere = verify({"--yes", "--size", "4M", other.folder()});
    const Ended again = verify({"--again", running.directory});
    ::kill(running.prober, SIGCONT);
    QVERIFY2(second.exitCode == 3, wordsOf(second).c_str());
    QVERIFY2(second.errors.find("under way in '" + running.directory + "'") != std::string::npos,
             second.errors.c_str());
    QVERIFY2(below.exitCode == 2, wordsOf(below).c_str());
    QVERIFY2(below.errors.find("it lies in '" + running.directory + "'") != std::string::npos, below.errors.c_str());
    QVERIFY2(elsewhere.exitCode == 0, wordsOf(elsewhere).c_str());
    QVERIFY2(again.exitCode == 2 || again.exitCode == 3, wordsOf(again).c_str());
    const Ended ended = running.program->wait();
    QVERIFY2(ended.exitCode == 0, wordsOf(ended).c_str());
    QCOMPARE(namesIn(drive.folder()), kTheirs);
}

void TestVerifyCommand::anotherUsersOnTheSameDriveIsSeen_data()
{
    QTest::addColumn<QString>("type");
    QTest::newRow("ext4") << "ext4";
    QTest::newRow("btrfs") << "btrfs"; // whose files have other device numbers than its locks
}

void TestVerifyCommand::anotherUsersOnTheSameDriveIsSeen()
{
    QFETCH(QString, type);
    const GenuineDrive drive(192 * kMiB, type.toStdString());
    const GenuineDrive other(64 * kMiB);
    const Path roots = drive.mount().path() + "/roots";
    const Path otherRoots = other.mount().path() + "/roots";
    makeFolder(roots, 0700);
    makeFolder(otherRoots, 0700);
    Running running = startAndStop(drive.folder(), {"--size", "48M"});
    QVERIFY(running.prober > 0);
    const Ended refused = verify({"--yes", roots}, 0);
    const Ended speed = run(m_cli->command({"verify", "speed", roots}, 0));
    const Ended elsewhere = verify({"--yes", "--size", "4M", otherRoots}, 0);
    ::kill(running.prober, SIGCONT);
    for (const Ended* one : {&refused, &speed}) {
        QVERIFY2(one->exitCode == 3 && one->output.empty(), wordsOf(*one).c_str());
        QVERIFY2(one->errors.find("has a directory of this drive to itself (process " + std::to_string(running.prober) +
                                  ")") != std::string::npos,
                 one->errors.c_str());
    }
    QVERIFY(namesIn(roots).empty());
    QVERIFY2(elsewhere.exitCode == 0, wordsOf(elsewhere).c_str());
    const Ended ended = running.program->wait();
    QVERIFY2(ended.exitCode == 0, wordsOf(ended).c_str());
    // It is over.
    const Ended after = verify({"--yes", "--size", "4M", roots}, 0);
    QVERIFY2(after.exitCode == 0, wordsOf(after).c_str());
    // A lock of a program that is another one says nothing.
    Program flock;
    flock.arguments = {"flock", drive.folder(), "sh", "-c", "echo locked; read line"};
    flock.user = kOrdinaryUser;
    RunningProgram locker(flock);
    QVERIFY(locker.readLineWith("locked"));
    const Ended beside = verify({"--yes", "--size", "4M", roots}, 0);
    locker.closeInput();
    QVERIFY2(beside.exitCode == 0, wordsOf(beside).c_str());
}

void TestVerifyCommand::whatWasKeptIsVerifiedAgain()
{
    const GenuineDrive drive(64 * kMiB); // filled to the last block, and the manifest still has room
    const Ended kept = verify({"--yes", "--keep", "--json", drive.folder()});
    QVERIFY2(kept.exitCode == 0, wordsOf(kept).c_str());
    const Json json = parsed(kept.output);
    const Path directory = getPath(json, "kept").value_or("");
    QCOMPARE(directory, checkIn(drive.folder()));
    QVERIFY(fs::exists(directory + "/verify-manifest.json"));
    QVERIFY(!fs::exists(directory + "/verify-reserve"));
    QCOMPARE(listed().size(), std::size_t{1});
    QVERIFY2(!listed()[0].contains("expires") || listed()[0]["expires"].is_null(), listed().dump().c_str());
    const auto files = namesIn(directory);

    for (const Path& named : {directory, drive.folder()}) {
        const Ended again = verify({"--again", "--json", named});
        QVERIFY2(again.exitCode == 0, wordsOf(again).c_str());
        QCOMPARE(textOf(parsed(again.output), "verdict"), std::string("genuine"));
        QVERIFY(getBool(parsed(again.output), "again") == true);
        QVERIFY(getUnsigned(parsed(again.output), "tested_bytes") == getUnsigned(json, "tested_bytes"));
    }
    // On a computer that knows nothing of it, as another user, and where nothing can be written.
    drive.mount().remount("ro");
    const Ended elsewhere = verify({"--again", directory}, 0);
    QVERIFY2(elsewhere.exitCode == 0, wordsOf(elsewhere).c_str());
    QVERIFY2(elsewhere.output.starts_with("This drive is genuine: "), elsewhere.output.c_str());
    drive.mount().remount("rw");
    QCOMPARE(namesIn(directory), files);

    // Kept is kept; one clean takes all of it.
    QCOMPARE(run(m_cli->command({"scratch", "sweep"})).exitCode, 0);
    QCOMPARE(namesIn(directory), files);
    const Ended cleaned = run(m_cli->command({"scratch", "clean", "--yes", textOf(json, "id")}));
    QVERIFY2(cleaned.exitCode == 0, wordsOf(cleaned).c_str());
    QCOMPARE(namesIn(drive.folder()), kTheirs);
}

void TestVerifyCommand::whatWasChangedSinceIsNotCalledGood()
{
    const GenuineDrive drive(64 * kMiB);
    const Ended kept = verify({"--yes", "--keep", drive.folder()});
    QVERIFY2(kept.exitCode == 0, wordsOf(kept).c_str());
    const Path directory = checkIn(drive.folder());
    const Path file = directory + "/verify-00000";

    flipBit(file, 5 * kMiB + 77);
    const Ended flipped = verify({"--again", "--json", directory});
    QVERIFY2(flipped.exitCode == 1, wordsOf(flipped).c_str());
    const Json damage = parsed(flipped.output);
    QCOMPARE(textOf(damage, "verdict"), std::string("damaged"));
    bool isNamed = false;
    for (const Json& region : *getArray(damage, "regions"))
        isNamed = isNamed || (textOf(region, "state") == "changed" && getUnsigned(region, "offset") == 5 * kMiB);
    QVERIFY2(isNamed, flipped.output.c_str());
    flipBit(file, 5 * kMiB + 77);
    QCOMPARE(verify({"--again", directory}).exitCode, 0);

    writeAt(file, 9 * kMiB, std::string(8192, 'x'));
    const Ended foreign = verify({"--again", "--json", directory});
    QVERIFY2(foreign.exitCode == 1, wordsOf(foreign).c_str());
    QCOMPARE(textOf(parsed(foreign.output), "verdict"), std::string("damaged"));

    // What somebody deleted or cut says nothing of the drive.
    fs::resize_file(file, 12 * kMiB);
    const Ended cut = verify({"--again", directory});
    QVERIFY2(cut.exitCode == 2 && cut.output.empty(), wordsOf(cut).c_str());
    QVERIFY2(cut.errors.find("'" + file + "'") != std::string::npos, cut.errors.c_str());
    fs::remove(file);
    fs::create_symlink("/dev/zero", file);
    const Ended linked = verify({"--again", directory});
    QVERIFY2(linked.exitCode == 2 && linked.output.empty(), wordsOf(linked).c_str());
    QCOMPARE(run(m_cli->command({"scratch", "clean", "--yes", directory})).exitCode, 0);
}

void TestVerifyCommand::aManifestThatDoesNotFitIsNoVerdict()
{
    const GenuineDrive drive(64 * kMiB);
    const GenuineDrive other(64 * kMiB);
    for (const GenuineDrive* one : {&drive, &other}) {
        const Ended kept = verify({"--yes", "--keep", "--size", "24M", one->folder()});
        QVERIFY2(kept.exitCode == 0, wordsOf(kept).c_str());
    }
    const Path directory = checkIn(drive.folder());
    const Path manifest = directory + "/verify-manifest.json";
    const std::string right = readFile(manifest);
    const std::string others = readFile(checkIn(other.folder()) + "/verify-manifest.json");
    const auto refused = [&](const std::string& text, const char* says) {
        writeFile(manifest, text, 0644);
        const Ended ended = verify({"--again", directory});
        const bool isRight = ended.exitCode == 2 && ended.output.empty() &&
                             ended.errors.find(says) != std::string::npos &&
                             ended.errors.find("'" + manifest + "'") != std::string::npos;
        if (!isRight)
            qWarning("%s", wordsOf(ended).c_str());
        return isRight;
    };
    const auto replaced = [&](const std::string& from, const std::string& to) {
        std::string text = right;
        return text.replace(text.find(from), from.size(), to);
    };
    QVERIFY(refused(replaced("\"end\": 25", "\"end\": 12"), "was changed"));
    QVERIFY(refused(replaced("\"salt\": \"", "\"salt\": \"0"), "was changed"));
    QVERIFY(refused(replaced("\"verdict\"", "\"verdicts\""), "was changed"));
    QVERIFY(refused("", "no manifest of a capacity check"));
    QVERIFY(refused("{}", "no manifest of a capacity check"));
    QVERIFY(refused(right.substr(0, right.size() / 2), "no manifest of a capacity check"));
    QVERIFY(refused(std::string(3 * kMiB, ' '), "larger than any"));
    QVERIFY(refused(others, "manifest of another directory"));
    // One that is whole, and has the salt of another run: its places hold nothing of that.
    auto forged = manifestFromText(right);
    QVERIFY(forged);
    forged->salt ^= 1U;
    QVERIFY(refused(manifestText(*forged), "not those that the manifest is about"));
    auto huge = *manifestFromText(right);
    huge.written.end = ~std::uint64_t{0};
    QVERIFY(refused(manifestText(huge), "sizes that no check writes"));
    QVERIFY(!fs::remove(manifest) || verify({"--again", directory}).exitCode == 2);
    writeFile(manifest, right, 0644);
    QCOMPARE(verify({"--again", directory}).exitCode, 0);
    for (const GenuineDrive* one : {&drive, &other})
        QCOMPARE(run(m_cli->command({"scratch", "clean", "--yes", checkIn(one->folder())})).exitCode, 0);
}

SCRATCHPROOF_TEST_MAIN(TestVerifyCommand, PrivateMounts)
#include "tst_verify_command.moc"
