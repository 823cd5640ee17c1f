// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/journal_slot.h"
#include "core/probe/leftovers.h"
#include "core/probe/probe_journal.h"
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
    status.modified = modified;
    return status;
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
        const auto judge = [&](const Maker& maker, Nanoseconds age, bool knowsNow = true) {
            return word(sweeper.judge(maker, ownFile(FileType::Regular, now - age),
                                      knowsNow ? std::optional(now) : std::nullopt));
        };
        // This machine, boot and namespace: by whether the process lives, whatever the age.
        QCOMPARE(judge(makerOf(getppid()), 100 * kHour), std::string("keep"));
        QCOMPARE(judge(deadMaker(), 0), std::string("remove"));
        // This very process sweeps when it has nothing under way.
        QCOMPARE(judge(own, 0), std::string("remove"));
        // An earlier boot: dead, whichever namespace it was.
        Maker maker = own;
        maker.boot = other(own.boot);
        QCOMPARE(judge(maker, 0), std::string("remove"));
        maker.nameSpace = other(own.nameSpace);
        QCOMPARE(judge(maker, 0, false), std::string("remove"));
        // Another namespace or machine: only after a day, by the file system's own clock.
        Maker container = own;
        container.nameSpace = other(own.nameSpace);
        Maker machine = own;
        machine.machine = other(own.machine);
        machine.boot = other(own.boot);
        for (const Maker& foreign : {container, machine}) {
            QCOMPARE(judge(foreign, 24 * kHour), std::string("keep while it is young"));
            QCOMPARE(judge(foreign, 24 * kHour + 1), std::string("remove"));
            QCOMPARE(judge(foreign, 100 * kHour, false), std::string("keep while it is young"));
            QCOMPARE(judge(foreign, -100 * kHour), std::string("keep while it is young"));
        }
    }

    void whatIsNoFileOrFolderOfOursIsKept()
    {
        const Maker own = self();
        LeftoverSweeper sweeper(linuxSystem(), own);
        const Maker dead = deadMaker();
        QCOMPARE(word(sweeper.judge(dead, ownFile(FileType::Directory), {})), std::string("remove"));
        for (const FileType type : {FileType::SymbolicLink, FileType::Fifo, FileType::Socket, FileType::CharacterDevice,
                                    FileType::BlockDevice, FileType::Unknown})
            QCOMPARE(word(sweeper.judge(dead, ownFile(type), {})), std::string("keep"));
        FileStatus strangers = ownFile();
        ++strangers.uid;
        QCOMPARE(word(sweeper.judge(dead, strangers, {})), std::string("keep"));
    }

    void onlyNamesOfThePatternAreLookedFor()
    {
        const TemporaryFolder base;
        const std::string name = nameOf(deadMaker());
        for (const std::string& found :
             {name, name + "x", name.substr(0, name.size() - 1), std::string(".scratchproof-probe-"),
              std::string("scratchproof-probe-x"), std::string(".hidden"), std::string("letter")})
            writeFile(base / found, "");
        const UniqueFd folder = openFolder(base.path());
        const Maker own = self();
        LeftoverSweeper sweeper(linuxSystem(), own);
        QVERIFY(sweeper.look(folder.get(), {}) == std::vector<std::string>{name});
        for (const auto& kept : {name + "x", std::string("letter")}) {
            const auto removed = sweeper.removeIfDead(folder.get(), kept, {});
            QVERIFY(removed && !*removed);
            QVERIFY(std::filesystem::exists(base / kept));
        }
        const auto removed = sweeper.removeIfDead(folder.get(), name, {});
        QVERIFY(removed && *removed);
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
            auto removed = sweeper.removeIfDead(folder.get(), name, {});
            QVERIFY(removed && !*removed);
            removed = sweeper.removeVouched(folder.get(), name);
            QVERIFY(removed && !*removed);
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
        const auto removed = sweeper.removeIfDead(openFolder(base.path()).get(), name, {});
        QVERIFY(removed && !*removed);
        QCOMPARE(namesIn(base / name).size(), std::size_t{2}); // nothing of it: it may be a stranger's game
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
