// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fault_folder.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

/// errno of creating a file there, 0 if it works.
int tryToCreate(const Path& path)
{
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

Program shell(const std::string& line)
{
    Program program;
    program.arguments = {"sh", "-c", line};
    return program;
}

} // namespace

/// The tests stand on these; so they are looked at first.
class SupportTest : public QObject
{
    Q_OBJECT
private slots:
    void programsGiveTheirOutputErrorsAndExitCode()
    {
        const auto ended = run(shell("cat; echo wrong >&2; exit 7"));
        QCOMPARE(ended.exitCode, 7);
        QCOMPARE(ended.errors, std::string("wrong\n"));
        Program echo = shell("cat");
        echo.input = std::string(1U << 20U, 'x');
        QCOMPARE(run(echo).output.size(), echo.input.size());
        QCOMPARE(run(shell("kill -TERM $$")).exitCode, 128 + SIGTERM);
        Program slow = shell("sleep 60");
        slow.timeout = std::chrono::milliseconds(100);
        QVERIFY(run(slow).timedOut);
    }

    void anOrdinaryUserIsRefusedWhatRootIsNot()
    {
        const TemporaryFolder folder;
        const Path closed = folder.makeFolder("closed", 0755);
        QCOMPARE(tryToCreate(closed + "/root"), 0);
        QCOMPARE(runAsUser(kOrdinaryUser, [&] { return tryToCreate(closed + "/ordinary"); }), EACCES);
        Program program = shell("id -u; id -G");
        program.user = kOrdinaryUser;
        QCOMPARE(run(program).output, std::string("12345\n12345\n"));
    }

    void imagesAreMountedAndAreWhatTheySay_data()
    {
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<quint64>("megabytes");
        QTest::newRow("ext4") << QByteArray("ext4") << quint64{16};
        QTest::newRow("xfs") << QByteArray("xfs") << quint64{320};
        QTest::newRow("btrfs") << QByteArray("btrfs") << quint64{128};
    }
    void imagesAreMountedAndAreWhatTheySay()
    {
        QFETCH(QByteArray, type);
        QFETCH(quint64, megabytes);
        const TemporaryFolder base;
        const auto store = mountTmpfs(base.makeFolder("store"));
        const Path place = base.makeFolder("place");
        const auto mounted = mountImage(type.toStdString(), store->path() + "/image", megabytes << 20U, place);
        QCOMPARE(runOrFail({"findmnt", "-n", "-o", "FSTYPE", "--mountpoint", place}), type.toStdString() + "\n");
        QCOMPARE(tryToCreate(place + "/file"), 0);
        mounted->remount("ro");
        QCOMPARE(tryToCreate(place + "/other"), EROFS);
    }

    void aFullDiskIsFull()
    {
        const TemporaryFolder base;
        const auto mounted = mountTmpfs(base.makeFolder("small"), "size=1m");
        static_cast<void>(fillUp(mounted->path()));
        struct statvfs space
        {};
        QCOMPARE(statvfs(mounted->path().c_str(), &space), 0);
        QCOMPARE(space.f_bavail, fsblkcnt_t{0});
    }

    void aFaultFolderHangsItsCallersUntilItIsReleased()
    {
        const TemporaryFolder base;
        FaultFolder hanging(base / "hanging");
        QCOMPARE(tryToCreate(hanging.path() + "/before"), 0);
        QVERIFY(namesIn(hanging.backing()) == std::vector<std::string>{"before"});
        hanging.hang("create");
        RunningProgram caller(shell(": > " + hanging.path() + "/during; echo done"));
        QVERIFY(hanging.waitUntilStuck("create"));
        QVERIFY2(!caller.readLine(std::chrono::milliseconds(300)), "it was to hang");
        hanging.release();
        QCOMPARE(caller.readLine().value_or(""), std::string("done"));
        hanging.failWith("mkdir", EDQUOT);
        QCOMPARE(mkdir((hanging.path() + "/folder").c_str(), 0700), -1);
        QCOMPARE(errno, EDQUOT);
    }

    void killingTheDaemonFreesItsCallers()
    {
        const TemporaryFolder base;
        FaultFolder hanging(base / "hanging");
        hanging.hang("create");
        RunningProgram caller(shell(": > " + hanging.path() + "/file; echo freed"));
        QVERIFY(hanging.waitUntilStuck("create"));
        // As it is on Linux: not even SIGKILL ends a caller whose request was taken.
        caller.signal(SIGKILL);
        QVERIFY(!eventually([&] { return caller.wait(std::chrono::milliseconds(0)).timedOut == false; },
                            std::chrono::milliseconds(300)));
        hanging.kill();
        QVERIFY(!caller.wait().timedOut);
    }

    void whatAFaultFolderMakesBelongsToWhoAsked()
    {
        const TemporaryFolder base;
        FaultFolder hanging(base / "hanging");
        QCOMPARE(runAsUser(kOrdinaryUser, [&] { return tryToCreate(hanging.path() + "/mine"); }), 0);
        struct stat status
        {};
        QCOMPARE(lstat((hanging.backing() + "/mine").c_str(), &status), 0);
        QCOMPARE(status.st_uid, kOrdinaryUser);
    }
};

SCRATCHPROOF_TEST_MAIN(SupportTest, PrivateMounts)
#include "tst_support.moc"
