// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/leftovers.h"
#include "tests/support/fault_folder.h"
#include "tests/support/installed_cli.h"
#include "tests/support/mounts.h"
#include "tests/support/qt_main.h"
#include "tests/support/report.h"

#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr Nanoseconds kHour = 3600 * kNanosecondsPerSecond;

std::string other(std::string part)
{
    part.front() = part.front() == 'a' ? 'b' : 'a';
    return part;
}

/// The process part of one that has been and is no more.
std::string deadProcess()
{
    Program sleeper;
    sleeper.arguments = {"sleep", "60"};
    RunningProgram program(sleeper);
    std::string process = processHash({program.pid(), linuxSystem().processes.startTime(program.pid()).value_or(0)});
    program.signal(SIGKILL);
    static_cast<void>(program.wait());
    return process;
}

std::string nameOf(const Maker& maker, std::uint64_t random)
{
    return makeProbeName(maker.text(), random).data();
}

/// A file as a check makes it, of the ordinary user, last written so long ago.
void leave(const Path& path, Nanoseconds age)
{
    writeFile(path, "left", 0600);
    changeOwner(path, kOrdinaryUser, kOrdinaryUser);
    const Nanoseconds time = linuxSystem().clock.wall() - age;
    const std::array<timespec, 2> times{timespec{time / kNanosecondsPerSecond, 0},
                                        timespec{time / kNanosecondsPerSecond, 0}};
    if (utimensat(AT_FDCWD, path.c_str(), times.data(), 0) != 0)
        failSetup("utimensat");
}

std::vector<Path> removedBy(const Report& report)
{
    return getPaths(report.check(0), "removed_leftovers", 1000).value_or(std::vector<Path>{"unreadable"});
}

} // namespace

/// Probe files that other computers, containers and clones have left in a folder, or have under way there, met by the
/// installed console program as an unprivileged user without a journal.
class ForeignLeftoversTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<InstalledCli> m_cli;
    std::unique_ptr<TemporaryFolder> m_base;

    Report check(const Path& folder) const
    {
        Program program = m_cli->command({"check", "--json", "--", folder});
        program.environment["XDG_RUNTIME_DIR"] = "";
        program.environment["HOME"] = "";
        return Report(run(program).output);
    }

    /// A process of this machine shows in the folder at `way`, its files lie at `backing`.
    void expectFate(const Path& way, const Path& backing, const Maker& maker, bool goesYoung) const
    {
        const std::string young = nameOf(maker, 1);
        const std::string old = nameOf(maker, 2);
        leave(backing + "/" + young, 0);
        leave(backing + "/" + old, 25 * kHour);
        const Report report = check(way);
        QCOMPARE(report.verdict(), std::string("usable"));
        std::vector<std::string> kept;
        std::vector<Path> gone{way + "/" + old};
        if (goesYoung)
            gone.push_back(way + "/" + young);
        else
            kept.push_back(young);
        auto removed = removedBy(report);
        std::sort(removed.begin(), removed.end());
        std::sort(gone.begin(), gone.end());
        QVERIFY2(namesIn(backing) == kept, "another one stays");
        QVERIFY2(removed == gone, "the result says something else");
        if (!goesYoung)
            std::filesystem::remove(backing + "/" + young);
        QVERIFY(removedBy(check(way)).empty());
    }

private slots:
    void initTestCase() { m_cli = std::make_unique<InstalledCli>(SCRATCHPROOF_CLI); }
    void cleanupTestCase() { m_cli.reset(); }
    void init() { m_base = std::make_unique<TemporaryFolder>(); }
    void cleanup() { m_base.reset(); }

    void aCloneIsToldFromAnEarlierBootWhereOnlyOneComputerCanBe_data()
    {
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<bool>("goesYoung");
        QTest::newRow("tmpfs") << QByteArray("tmpfs") << true;
        QTest::newRow("ext4") << QByteArray("ext4") << true;
        QTest::newRow("xfs") << QByteArray("xfs") << true;
        QTest::newRow("btrfs") << QByteArray("btrfs") << true;
        QTest::newRow("a program's, FUSE") << QByteArray("fuse") << false;
    }
    void aCloneIsToldFromAnEarlierBootWhereOnlyOneComputerCanBe()
    {
        QFETCH(QByteArray, type);
        QFETCH(bool, goesYoung);
        Maker clone = currentMaker(linuxSystem());
        if (!clone.knowsMachine)
            QSKIP("this machine has no id");
        clone.boot = other(clone.boot);
        if (type == "fuse") {
            const FaultFolder shared(*m_base / "shared");
            return expectFate(shared.path(), shared.backing(), clone, goesYoung);
        }
        const auto store = mountTmpfs(m_base->makeFolder("store"), "mode=0755,size=1g");
        const Path place = m_base->makeFolder("place");
        const auto mount = type == "tmpfs" ? mountTmpfs(place)
                                           : mountImage(type.toStdString(), store->path() + "/image",
                                                        std::uint64_t{320} << 20U, place);
        makeFolder(place + "/own", 0755);
        changeOwner(place + "/own", kOrdinaryUser, kOrdinaryUser);
        expectFate(place + "/own", place + "/own", clone, goesYoung);
    }

    void ofADeadMakerHereTheFileGoesAtOnceWhereverItIs()
    {
        Maker dead = currentMaker(linuxSystem());
        if (!dead.knowsMachine)
            QSKIP("this machine has no id");
        dead.process = deadProcess();
        const FaultFolder shared(*m_base / "shared");
        expectFate(shared.path(), shared.backing(), dead, true);
    }

    void anotherMachinesFileStaysForADay()
    {
        Maker elsewhere = currentMaker(linuxSystem()); // with the number of our PID namespace: they repeat
        elsewhere.machine = other(elsewhere.machine);
        const FaultFolder shared(*m_base / "shared");
        expectFate(shared.path(), shared.backing(), elsewhere, false);
    }

    void aMachineWithoutAnIdMeetsOnlyOthers_data()
    {
        QTest::addColumn<QByteArray>("id");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("uninitialized") << QByteArray("uninitialized\n");
    }
    void aMachineWithoutAnIdMeetsOnlyOthers()
    {
        QFETCH(QByteArray, id);
        if (!std::filesystem::exists("/etc/machine-id"))
            QSKIP("this machine has no file for its id");
        writeFile(*m_base / "id", id.toStdString());
        const MountedFolder noId("none", *m_base / "id", "/etc/machine-id", "bind");
        const Maker self = currentMaker(linuxSystem());
        QVERIFY(!self.knowsMachine);
        Maker dead = self;
        dead.process = deadProcess();
        Maker otherBoot = dead;
        otherBoot.boot = other(dead.boot);
        const Path place = m_base->makeFolder("place");
        const auto mount = mountTmpfs(place);
        changeOwner(place, kOrdinaryUser, kOrdinaryUser);
        for (const Maker& maker : {dead, otherBoot})
            expectFate(place, place, maker, false);
    }
};

SCRATCHPROOF_TEST_MAIN(ForeignLeftoversTest, PrivateMounts)
#include "tst_foreign_leftovers.moc"
