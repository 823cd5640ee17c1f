// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/journal_slot.h"
#include "core/probe/leftovers.h"
#include "core/probe/pattern.h"
#include "core/probe/probe.h"
#include "core/probe/probe_journal.h"
#include "core/system/forwarding.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr Nanoseconds kHour = 3600 * kNanosecondsPerSecond;

std::string word(LeftoverJudgement judgement)
{
    switch (judgement) {
    case LeftoverJudgement::Remove:
        return "remove";
    case LeftoverJudgement::KeepYoung:
        return "keep while it is young";
    case LeftoverJudgement::Keep:
        break;
    }
    return "keep";
}

FileStatus ownFile(FileType type = FileType::Regular, Nanoseconds modified = 0)
{
    FileStatus status;
    status.type = type;
    status.uid = linuxSystem().processes.userId();
    status.mode = type == FileType::Directory ? 0700 : 0600;
    status.links = 1;
    status.modified = modified;
    return status;
}

/// A file system whose clock says `now`, that stores permissions, and that one computer has.
LeftoverPlace placeAt(Nanoseconds now)
{
    return {ownFile(FileType::Regular, now), true};
}

/// Files as they are, but for one that has another content or is not there.
class OtherFile final : public ForwardingFiles
{
public:
    OtherFile(std::string which, std::optional<Path> instead)
        : ForwardingFiles(linuxSystem().files), m_which(std::move(which)), m_instead(std::move(instead))
    {}

    Result<UniqueFd> open(int dirFd, const char* name, int flags, std::uint32_t mode) override
    {
        if (name != m_which)
            return ForwardingFiles::open(dirFd, name, flags, mode);
        if (!m_instead)
            return fail("openat", name, ENOENT);
        return ForwardingFiles::open(dirFd, m_instead->c_str(), flags, mode);
    }

private:
    std::string m_which;
    std::optional<Path> m_instead;
};

/// Processes of which nothing can be learnt, for a reason of ours: pidfd_open(2) fails with `code`.
class UnopenedProcesses final : public ForwardingProcesses
{
public:
    UnopenedProcesses(int code, bool readsProc)
        : ForwardingProcesses(linuxSystem().processes), m_code(code), m_readsProc(readsProc)
    {}

    Result<UniqueFd> openProcess(int /*pid*/) override { return fail("pidfd_open", {}, m_code); }
    std::optional<std::uint64_t> startTime(int pid) override
    {
        return m_readsProc ? ForwardingProcesses::startTime(pid) : std::nullopt;
    }

private:
    int m_code;
    bool m_readsProc;
};

/// /proc that shows other users' processes in no way (hidepid=2), or shows that they are there (hidepid=1).
class HiddenProcesses final : public ForwardingProcesses
{
public:
    explicit HiddenProcesses(bool lists) : ForwardingProcesses(linuxSystem().processes), m_lists(lists) {}

    Result<std::vector<int>> all() override { return m_lists ? std::vector<int>{1, getpid()} : std::vector{getpid()}; }
    std::optional<std::uint64_t> startTime(int pid) override
    {
        return pid == getpid() ? ForwardingProcesses::startTime(pid) : std::nullopt;
    }

private:
    bool m_lists;
};

System with(Files& files)
{
    System& real = linuxSystem();
    return {files, real.attributes, real.processes, real.clock};
}

System with(Processes& processes)
{
    System& real = linuxSystem();
    return {real.files, real.attributes, processes, real.clock};
}

Maker self()
{
    return currentMaker(linuxSystem());
}

/// A part of a maker that is surely another.
std::string other(std::string part)
{
    part.front() = part.front() == 'a' ? 'b' : 'a';
    return part;
}

/// The maker that a process of this machine, boot and namespace has.
Maker makerOf(int pid)
{
    Maker maker = self();
    maker.process = processHash({pid, linuxSystem().processes.startTime(pid).value_or(0)});
    return maker;
}

std::string nameOf(const Maker& maker, std::uint64_t random = 1)
{
    return makeProbeName(maker.text(), random).data();
}

Program sleeper()
{
    Program program;
    program.arguments = {"sleep", "60"};
    return program;
}

/// A process that is dead, and its number free again.
Maker deadMaker()
{
    RunningProgram program(sleeper());
    Maker maker = makerOf(program.pid());
    program.signal(SIGKILL);
    static_cast<void>(program.wait());
    return maker;
}

UniqueFd openFolder(const Path& path)
{
    return std::move(*linuxSystem().files.open(kWorkingDirectory, path.c_str(), O_PATH | O_DIRECTORY));
}

/// A journal's slot as a prober of that identity would have left it.
void writeSlot(const Path& journal, const std::string& file, const Maker& maker, const ProcessIdentity& process,
               const Path& folder, const std::vector<std::string>& names)
{
    const std::vector<std::string_view> views(names.begin(), names.end());
    writeFile(journal + "/" + file, encodeSlotHead(maker, process) + encodeUnderWay(folder, views), 0600);
}

} // namespace

class LeftoversTest : public QObject
{
    Q_OBJECT

private slots:
    void aLeftoverIsJudgedByItsMaker()
    {
        const Maker own = self();
        LeftoverSweeper sweeper(linuxSystem(), own);
        const Nanoseconds now = 1000 * kHour;
        const auto judge = [&](const Maker& maker, Nanoseconds age, bool knowsNow = true, bool isOfOne = true) {
            LeftoverPlace place = placeAt(now);
            place.isOfOneComputer = isOfOne;
            if (!knowsNow)
                place.newFile.reset();
            return word(sweeper.judge(maker, ownFile(FileType::Regular, now - age), place));
        };
        // This machine, boot and namespace: by whether the process lives, whatever the age and wherever.
        for (const bool isOfOne : {true, false}) {
            QCOMPARE(judge(makerOf(getppid()), 100 * kHour, true, isOfOne), std::string("keep"));
            QCOMPARE(judge(deadMaker(), 0, true, isOfOne), std::string("remove"));
            // This very process sweeps when it has nothing under way.
            QCOMPARE(judge(own, 0, true, isOfOne), std::string("remove"));
        }
        // An earlier boot: dead, whichever namespace it was, where no other computer can have made it.
        Maker boot = own;
        boot.boot = other(own.boot);
        QCOMPARE(judge(boot, 0), std::string("remove"));
        Maker bootOfContainer = boot;
        bootOfContainer.nameSpace = other(own.nameSpace);
        QCOMPARE(judge(bootOfContainer, 0, false), std::string("remove"));
        // Another namespace or machine, and an earlier boot that may be a running clone's: only after a day, by the
        // file system's own clock.
        Maker container = own;
        container.nameSpace = other(own.nameSpace);
        Maker machine = own; // namespaces have the same numbers there
        machine.machine = other(own.machine);
        machine.boot = other(own.boot);
        struct Foreign
        {
            Maker maker;
            bool isOfOne;
        };
        for (const auto& [foreign, isOfOne] :
             {Foreign{container, true}, Foreign{container, false}, Foreign{machine, true}, Foreign{machine, false},
              Foreign{boot, false}, Foreign{bootOfContainer, false}}) {
            QCOMPARE(judge(foreign, 24 * kHour, true, isOfOne), std::string("keep while it is young"));
            QCOMPARE(judge(foreign, 24 * kHour + 1, true, isOfOne), std::string("remove"));
            QCOMPARE(judge(foreign, 100 * kHour, false, isOfOne), std::string("keep while it is young"));
            QCOMPARE(judge(foreign, -100 * kHour, true, isOfOne), std::string("keep while it is young"));
        }
    }

    void withoutAnIdOfThisMachineOnlyADayTells_data()
    {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<bool>("isThere");
        QTest::addColumn<bool>("tells");
        const auto row = [](const char* name, const char* file, const char* content, bool isThere, bool tells) {
            QTest::newRow(name) << QByteArray(file) << QByteArray(content) << isThere << tells;
        };
        const char* id = "/etc/machine-id";
        row("missing", id, "", false, false);
        row("empty", id, "", true, false);
        row("an empty line", id, "\n", true, false);
        row("uninitialized", id, "uninitialized\n", true, false);
        row("nothing but zeros", id, "00000000000000000000000000000000\n", true, false);
        row("cut short", id, "3d1219c7c4c5404aaa1f\n", true, false);
        row("an id", id, "3d1219c7c4c5404aaa1f6d2a48adfda4\n", true, true);
        row("no id of the boot", "/proc/sys/kernel/random/boot_id", "", false, false);
    }
    void withoutAnIdOfThisMachineOnlyADayTells()
    {
        QFETCH(QByteArray, file);
        QFETCH(QByteArray, content);
        QFETCH(bool, isThere);
        QFETCH(bool, tells);
        const TemporaryFolder base;
        writeFile(base / "file", content.toStdString());
        OtherFile files(file.toStdString(), isThere ? std::optional<Path>(base / "file") : std::nullopt);
        System system = with(files);
        const Maker own = currentMaker(system);
        if (file != "/etc/machine-id" && !self().knowsMachine)
            QSKIP("this machine has no id");
        QCOMPARE(own.knowsMachine, tells);
        QVERIFY(parseProbeName(nameOf(own)).has_value());
        QCOMPARE(nameOf(currentMaker(system)), nameOf(own)); // of one process
        LeftoverSweeper sweeper(system, own);
        const Nanoseconds now = 1000 * kHour;
        const auto judge = [&](Maker maker, Nanoseconds age) {
            return word(sweeper.judge(maker, ownFile(FileType::Regular, now - age), placeAt(now)));
        };
        Maker dead = own;
        dead.process = deadMaker().process;
        Maker earlier = dead;
        earlier.boot = other(own.boot);
        for (const Maker& maker : {dead, earlier}) {
            QCOMPARE(judge(maker, 0), std::string(tells ? "remove" : "keep while it is young"));
            QCOMPARE(judge(maker, 25 * kHour), std::string("remove"));
        }
        // What this very process left is its own.
        QCOMPARE(judge(own, 0), std::string("remove"));
    }

    void whereProcessesAreHiddenOnlyADayTells()
    {
        const Nanoseconds now = 1000 * kHour;
        const Maker dead = deadMaker();
        const auto judge = [&](Processes& processes, Nanoseconds age) {
            System system = with(processes);
            LeftoverSweeper sweeper(system, self());
            return word(sweeper.judge(dead, ownFile(FileType::Regular, now - age), placeAt(now)));
        };
        HiddenProcesses unlisted(false);
        HiddenProcesses unreadable(true);
        UnopenedProcesses noDescriptors(EMFILE, false);
        for (Processes* hiding : {static_cast<Processes*>(&unlisted), static_cast<Processes*>(&unreadable),
                                  static_cast<Processes*>(&noDescriptors)}) {
            QCOMPARE(judge(*hiding, 0), std::string("keep while it is young"));
            QCOMPARE(judge(*hiding, 25 * kHour), std::string("remove"));
        }
        QCOMPARE(judge(linuxSystem().processes, 0), std::string("remove"));
    }

    void whatIsNoFileOrFolderOfOursIsKept()
    {
        const Maker own = self();
        LeftoverSweeper sweeper(linuxSystem(), own);
        const Maker dead = deadMaker();
        const LeftoverPlace unknown;
        QCOMPARE(word(sweeper.judge(dead, ownFile(FileType::Directory), unknown)), std::string("remove"));
        for (const FileType type : {FileType::SymbolicLink, FileType::Fifo, FileType::Socket, FileType::CharacterDevice,
                                    FileType::BlockDevice, FileType::Unknown})
            QCOMPARE(word(sweeper.judge(dead, ownFile(type), unknown)), std::string("keep"));
        FileStatus strangers = ownFile();
        ++strangers.uid;
        QCOMPARE(word(sweeper.judge(dead, strangers, unknown)), std::string("keep"));
    }

    void onlyWhatACheckMakesIsALeftover()
    {
        LeftoverSweeper sweeper(linuxSystem(), self());
        const Maker dead = deadMaker();
        const auto judge = [&](const FileStatus& status, std::optional<std::uint32_t> modeHere = 0600) {
            LeftoverPlace place;
            if (modeHere) {
                place.newFile = ownFile();
                place.newFile->mode = *modeHere;
            }
            return word(sweeper.judge(dead, status, place));
        };
        FileStatus file = ownFile();
        file.size = kProbeBytes;
        QCOMPARE(judge(file), std::string("remove"));
        ++file.size;
        QCOMPARE(judge(file), std::string("keep"));
        file = ownFile();
        file.links = 2;
        QCOMPARE(judge(file), std::string("keep"));
        // A umask, or an access list of the folder's, takes permissions and never gives any.
        for (const std::uint32_t mode : {0U, 0200U, 0400U, 0600U}) {
            file = ownFile();
            file.mode = mode;
            QCOMPARE(judge(file), std::string("remove"));
            QCOMPARE(judge(file, std::nullopt), std::string("remove"));
        }
        for (const std::uint32_t mode : {0644U, 0640U, 0700U, 04600U}) {
            file = ownFile();
            file.mode = mode;
            QCOMPARE(judge(file), std::string("keep"));
            // Not known yet: on FAT all files look like that.
            QCOMPARE(judge(file, std::nullopt), std::string("keep while it is young"));
        }
        file.mode = 0755;
        QCOMPARE(judge(file, 0755), std::string("remove"));
        QCOMPARE(judge(file, 0777), std::string("keep"));
        FileStatus directory = ownFile(FileType::Directory);
        for (const std::uint32_t mode : {0700U, 0500U, 02700U}) {
            directory.mode = mode;
            QCOMPARE(judge(directory), std::string("remove"));
        }
        directory.mode = 0755;
        QCOMPARE(judge(directory), std::string("keep"));
        QCOMPARE(judge(directory, 0755), std::string("remove"));
        // Its size and links are the file system's own affair.
        directory.mode = 0700;
        directory.links = 2;
        directory.size = 4U << 20U;
        QCOMPARE(judge(directory), std::string("remove"));
    }

    void whatWasRemovedIsTold_data()
    {
        QTest::addColumn<bool>("byJournal");
        QTest::addColumn<int>("level");
        QTest::newRow("found by a look") << false << static_cast<int>(Level::Standard);
        QTest::newRow("found by the journal") << true << static_cast<int>(Level::Standard);
        QTest::newRow("found by the journal, quick") << true << static_cast<int>(Level::Quick);
    }
    void whatWasRemovedIsTold()
    {
        QFETCH(bool, byJournal);
        QFETCH(int, level);
        if (!self().knowsMachine)
            QSKIP("this machine has no id");
        const TemporaryFolder base;
        const Path folder = base.makeFolder("folder");
        const Path journalFolder = base.makeFolder("journal", 0700);
        const Maker dead = deadMaker();
        const std::string gone = nameOf(dead, 1);
        const std::string linked = nameOf(dead, 2);
        const std::string neverMade = nameOf(dead, 3);
        writeFile(folder + "/" + gone, std::string(kProbeBytes, 'x'), 0600);
        writeFile(folder + "/" + linked, "x", 0600);
        std::filesystem::create_hard_link(folder + "/" + linked, folder + "/mine");
        if (byJournal)
            writeSlot(journalFolder, "slot-dead", dead, {1, 1}, folder, {gone, linked, neverMade});
        auto journal =
            byJournal ? ProbeJournal::openIn(linuxSystem(), journalFolder) : ProbeJournal::disabled(linuxSystem());
        const auto result = FolderProbe(linuxSystem(), journal).run(folder, static_cast<Level>(level), {});
        QVERIFY(result.firstProblem() == nullptr);
        QVERIFY(result.notes.swept == std::vector<Path>{folder + "/" + gone});
        QVERIFY(namesIn(folder) == (std::vector<std::string>{linked, "mine"}));
        QVERIFY(journal.leftIn(folder).empty());
        const auto again = FolderProbe(linuxSystem(), journal).run(folder, static_cast<Level>(level), {});
        QVERIFY(again.notes.swept.empty());
    }

    void onlyNamesOfThePatternAreLookedFor()
    {
        const TemporaryFolder base;
        const std::string name = nameOf(deadMaker());
        for (const std::string& found :
             {name, name + "x", name.substr(0, name.size() - 1), std::string(".scratchproof-probe-"),
              std::string("scratchproof-probe-x"), std::string(".hidden"), std::string("letter")})
            writeFile(base / found, "", 0600);
        const UniqueFd folder = openFolder(base.path());
        const Maker own = self();
        LeftoverSweeper sweeper(linuxSystem(), own);
        QVERIFY(sweeper.look(folder.get(), {}) == std::vector<std::string>{name});
        for (const auto& kept : {name + "x", std::string("letter")}) {
            QVERIFY(sweeper.removeIfDead(folder.get(), kept, {}) == LeftoverFate::Kept);
            QVERIFY(std::filesystem::exists(base / kept));
        }
        QVERIFY(sweeper.removeIfDead(folder.get(), name, {}) == LeftoverFate::Removed);
        QVERIFY(sweeper.removeIfDead(folder.get(), name, {}) == LeftoverFate::NotThere);
        QVERIFY(!std::filesystem::exists(base / name));
    }

    void aLinkByOurNameIsNeitherFollowedNorRemoved()
    {
        const TemporaryFolder base;
        writeFile(base / "precious", "content");
        base.makeFolder("folder");
        const std::string file = nameOf(deadMaker(), 1);
        const std::string directory = nameOf(deadMaker(), 2);
        std::filesystem::create_symlink("precious", base / file);
        std::filesystem::create_symlink("folder", base / directory);
        writeFile(base / "folder/" + file, "");
        const Maker own = self();
        LeftoverSweeper sweeper(linuxSystem(), own);
        const UniqueFd folder = openFolder(base.path());
        for (const auto& name : {file, directory}) {
            QVERIFY(sweeper.removeIfDead(folder.get(), name, {}) == LeftoverFate::Kept);
            QVERIFY(sweeper.removeVouched(folder.get(), name, {}) == LeftoverFate::Kept);
            QVERIFY(sweeper.removeMade(folder.get(), name) == LeftoverFate::Kept);
        }
        QCOMPARE(readFile(base / "precious"), std::string("content"));
        QCOMPARE(namesIn(base / "folder").size(), std::size_t{1});
    }

    void aDirectoryThatSomebodyUsesIsKeptWithItsContents()
    {
        const TemporaryFolder base;
        const std::string name = nameOf(deadMaker());
        base.makeFolder(name, 0700);
        writeFile(base / (name + "/work"), "content");
        writeFile(base / (name + "/" + nameOf(deadMaker(), 2)), "ours");
        const Maker own = self();
        LeftoverSweeper sweeper(linuxSystem(), own);
        const UniqueFd folder = openFolder(base.path());
        QVERIFY(sweeper.removeIfDead(folder.get(), name, {}) == LeftoverFate::Kept);
        QCOMPARE(namesIn(base / name).size(), std::size_t{2}); // nothing of it: it may be a stranger's game
    }

    void aDirectoryOfTrialsGoesWithThemUnlessOneIsAnothersFile_data()
    {
        QTest::addColumn<QByteArray>("what");
        QTest::addColumn<bool>("goes");
        QTest::newRow("a file") << QByteArray("file") << true;
        QTest::newRow("a link") << QByteArray("link") << true;
        QTest::newRow("a sparse file of over 4 GiB") << QByteArray("large") << true;
        QTest::newRow("a file of 2 MiB") << QByteArray("written") << false;
        QTest::newRow("two names in it") << QByteArray("two") << true;
        QTest::newRow("names elsewhere") << QByteArray("three") << false;
        QTest::newRow("a directory") << QByteArray("directory") << false;
    }
    void aDirectoryOfTrialsGoesWithThemUnlessOneIsAnothersFile()
    {
        QFETCH(QByteArray, what);
        QFETCH(bool, goes);
        const TemporaryFolder base;
        const Maker dead = deadMaker();
        const std::string name = nameOf(dead);
        const Path place = base.makeFolder(name, 0700);
        const Path inner = place + "/" + nameOf(dead, 2);
        if (what == "link")
            std::filesystem::create_symlink(".", inner);
        else if (what == "directory")
            makeFolder(inner, 0700);
        else
            writeFile(inner, what == "written" ? std::string(2U << 20U, 'x') : std::string("x"), 0600);
        if (what == "large")
            std::filesystem::resize_file(inner, (std::uint64_t{4} << 30U) + 1);
        if (what == "two" || what == "three")
            std::filesystem::create_hard_link(inner, place + "/" + nameOf(dead, 3));
        if (what == "three")
            std::filesystem::create_hard_link(inner, base / "mine");
        LeftoverSweeper sweeper(linuxSystem(), self());
        const UniqueFd folder = openFolder(base.path());
        QVERIFY(sweeper.removeVouched(folder.get(), name, {}) == (goes ? LeftoverFate::Removed : LeftoverFate::Kept));
        QCOMPARE(std::filesystem::exists(place), !goes);
    }
};

class JournalTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<TemporaryFolder> m_base;

    [[nodiscard]] Path journal() const { return m_base->path() + "/journal"; }

private slots:
    void init()
    {
        m_base = std::make_unique<TemporaryFolder>();
        makeFolder(journal(), 0700);
    }

    void whatLivingProbersHaveUnderWayIsNotLeft()
    {
        const RunningProgram alive(sleeper());
        writeSlot(journal(), "slot-alive", makerOf(alive.pid()),
                  {alive.pid(), linuxSystem().processes.startTime(alive.pid()).value_or(0)}, "/folder",
                  {nameOf(self())});
        auto reader = ProbeJournal::openIn(linuxSystem(), journal());
        QVERIFY(reader.leftIn("/folder").empty());
        alive.signal(SIGKILL);
        QVERIFY(eventually([&] { return !reader.leftIn("/folder").empty(); }));
        QVERIFY(reader.leftIn("/folder") == std::vector<std::string>{nameOf(self())});
        QVERIFY(reader.leftIn("/other").empty());
        reader.forget("/folder");
        QVERIFY(namesIn(journal()).empty());
    }

    void aProberThatCannotBeLookedAtLives_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<bool>("readsProc");
        QTest::addColumn<bool>("lives");
        for (const int code : {EMFILE, ENFILE, ENOMEM, EPERM, ENOSYS, EINVAL}) {
            QTest::addRow("%s", errnoName(code).c_str()) << code << true << true;
            QTest::addRow("%s, and nothing of /proc", errnoName(code).c_str()) << code << false << true;
        }
        QTest::newRow("there is none") << ESRCH << true << false;
    }
    void aProberThatCannotBeLookedAtLives()
    {
        QFETCH(int, code);
        QFETCH(bool, readsProc);
        QFETCH(bool, lives);
        RunningProgram alive(sleeper());
        writeSlot(journal(), "slot-alive", makerOf(alive.pid()),
                  {alive.pid(), linuxSystem().processes.startTime(alive.pid()).value_or(0)}, "/folder",
                  {nameOf(self())});
        UnopenedProcesses processes(code, readsProc);
        System system = with(processes);
        auto reader = ProbeJournal::openIn(system, journal());
        QCOMPARE(reader.leftIn("/folder").empty(), lives);
        QCOMPARE(namesIn(journal()).size(), std::size_t{1});
        if (!readsProc)
            return;
        // It is looked at again each time: once it has ended, what it had under way is left.
        alive.signal(SIGKILL);
        static_cast<void>(alive.wait());
        auto sound = ProbeJournal::openIn(linuxSystem(), journal());
        QCOMPARE(sound.leftIn("/folder").size(), std::size_t{1});
    }

    void withoutAnIdOfThisMachineTheJournalWorksOn()
    {
        OtherFile files("/etc/machine-id", std::nullopt);
        System system = with(files);
        const RunningProgram alive(sleeper());
        Maker maker = currentMaker(system);
        maker.process = makerOf(alive.pid()).process;
        writeSlot(journal(), "slot-alive", maker,
                  {alive.pid(), linuxSystem().processes.startTime(alive.pid()).value_or(0)}, "/folder",
                  {nameOf(maker)});
        auto reader = ProbeJournal::openIn(system, journal());
        QVERIFY(reader.leftIn("/folder").empty());
        alive.signal(SIGKILL);
        QVERIFY(eventually([&] { return !reader.leftIn("/folder").empty(); }));
    }

    void aNumberThatWasGivenAgainIsAnotherProcess()
    {
        writeSlot(journal(), "slot-old", self(), {getpid(), 1}, "/folder", {nameOf(self())});
        auto reader = ProbeJournal::openIn(linuxSystem(), journal());
        QCOMPARE(reader.leftIn("/folder").size(), std::size_t{1});
    }

    void slotsOfOtherComputersAndContainersAreLeftAlone()
    {
        Maker machine = self();
        machine.machine = other(machine.machine);
        Maker container = self();
        container.nameSpace = other(container.nameSpace);
        writeSlot(journal(), "slot-machine", machine, {1, 1}, "/folder", {nameOf(machine)});
        writeSlot(journal(), "slot-container", container, {1, 1}, "/folder", {nameOf(container)});
        auto reader = ProbeJournal::openIn(linuxSystem(), journal());
        QVERIFY(reader.leftIn("/folder").empty());
        QCOMPARE(namesIn(journal()).size(), std::size_t{2});
    }

    void aSlotOfAnEarlierBootIsLeft()
    {
        Maker earlier = self();
        earlier.boot = other(earlier.boot);
        writeSlot(journal(), "slot-earlier", earlier, {getpid(), 1}, "/folder", {nameOf(earlier)});
        auto reader = ProbeJournal::openIn(linuxSystem(), journal());
        QVERIFY(reader.leftIn("/folder") == std::vector<std::string>{nameOf(earlier)});
    }

    void whatCouldNotBeRemovedIsRememberedBeyondTheProber()
    {
        {
            auto writer = ProbeJournal::openIn(linuxSystem(), journal());
            writer.keep("/folder", {nameOf(self())});
        }
        auto reader = ProbeJournal::openIn(linuxSystem(), journal());
        QVERIFY(reader.leftIn("/folder") == std::vector<std::string>{nameOf(self())});
        reader.forget("/folder");
        QVERIFY(reader.leftIn("/folder").empty());
        QVERIFY(namesIn(journal()).empty());
    }

    void aSlotThatIsTornOrForgedCountsAsNothing_data()
    {
        QTest::addColumn<QByteArray>("slot");
        Maker dead = self();
        dead.boot = other(dead.boot);
        const std::string name = nameOf(dead);
        const std::vector<std::string_view> names{name};
        const std::string whole = encodeSlotHead(dead, {1, 1}) + encodeUnderWay("/folder", names);
        const auto row = [](const char* what, const std::string& bytes) {
            QTest::newRow(what) << QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size()));
        };
        row("empty", "");
        row("head alone", whole.substr(0, kSlotHeadBytes));
        row("half", whole.substr(0, whole.size() / 2 + 20));
        std::string flipped = whole;
        flipped.back() = flipped.back() == 'a' ? 'b' : 'a';
        row("another name than was hashed", flipped);
        const std::vector<std::string_view> foreign{"../precious"};
        row("a name that is not ours", encodeSlotHead(dead, {1, 1}) + encodeUnderWay("/folder", foreign));
        row("something else", std::string(8192, 'x'));
    }
    void aSlotThatIsTornOrForgedCountsAsNothing()
    {
        QFETCH(QByteArray, slot);
        writeFile(journal() + "/slot-x", slot.toStdString(), 0600);
        auto reader = ProbeJournal::openIn(linuxSystem(), journal());
        QVERIFY(reader.leftIn("/folder").empty());
    }

    void aPlaceThatOthersMayWriteToIsNotUsed()
    {
        ::chmod(journal().c_str(), 0770);
        auto refused = ProbeJournal::openIn(linuxSystem(), journal());
        QVERIFY(!refused.isEnabled());
        const std::string name = nameOf(self());
        const std::vector<std::string_view> names{name};
        refused.note("/folder", names);
        QVERIFY(namesIn(journal()).empty());
    }

    void theSlotGoesWithItsProber()
    {
        const std::string name = nameOf(self());
        const std::vector<std::string_view> names{name};
        {
            auto writer = ProbeJournal::openIn(linuxSystem(), journal());
            writer.note("/folder", names);
            QCOMPARE(namesIn(journal()).size(), std::size_t{1});
            writer.clear();
        }
        QVERIFY(namesIn(journal()).empty());
    }
};

int main(int argc, char** argv)
{
    if (const int code = prepare(Needs::Nothing); code != 0)
        return code;
    QCoreApplication application(argc, argv);
    LeftoversTest leftovers;
    JournalTest journal;
    return QTest::qExec(&leftovers, argc, argv) + QTest::qExec(&journal, argc, argv);
}
#include "tst_leftovers.moc"
