// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/faults.h"

#include <QTest>

#include <array>
#include <cerrno>

using namespace scratchproof;
using namespace scratchproof::test;

/// Each call of the seam that can fail, made to fail. That none is missing here and in faults.h is one of the
/// architecture's rules.
class TestFaults : public QObject
{
    Q_OBJECT
private slots:
    void everyCallOnFilesFailsAsPlanned();
    void everyQuestionAboutAFileFailsAsPlanned();
    void everyCallOnProcessesFailsAsPlanned();

private:
    /// Makes the one call that `make` makes, which never reaches the system: nothing else answers with this errno.
    template <typename Make>
    void fails(const char* call, const Make& make)
    {
        m_plan.set(failEvery(call, {EOWNERDEAD}));
        const auto result = make();
        QVERIFY2(!result, call);
        QCOMPARE(result.error().code, EOWNERDEAD);
        QCOMPARE(m_plan.calls().size(), std::size_t{1});
    }

    FaultPlan m_plan;
};

void TestFaults::everyCallOnFilesFailsAsPlanned()
{
    FaultyFiles files(linuxSystem().files, m_plan);
    std::array<std::byte, 1024> bytes = {};
    fails("openat", [&] { return files.open(-1, "name", 0); });
    fails("openat2", [&] { return files.openBeneath(-1, "name", 0, {}); });
    fails("close", [&] { return files.close(UniqueFd()); });
    fails("read", [&] { return files.read(-1, bytes); });
    fails("pread", [&] { return files.readAt(-1, bytes, 0); });
    fails("write", [&] { return files.write(-1, bytes); });
    fails("pwrite", [&] { return files.writeAt(-1, bytes, 0); });
    fails("fsync", [&] { return files.sync(-1); });
    fails("posix_fadvise", [&] { return files.dropCachedPages(-1); });
    fails("ftruncate", [&] { return files.truncate(-1, 0); });
    fails("unlinkat", [&] { return files.unlink(-1, "name"); });
    fails("rmdir", [&] { return files.removeDirectory(-1, "name"); });
    fails("mkdirat", [&] { return files.makeDirectory(-1, "name", 0); });
    fails("renameat", [&] { return files.rename(-1, "name", -1, "other", 0); });
    fails("renameat2", [&] { return files.rename(-1, "name", -1, "other", kRenameNoReplace); });
    fails("symlinkat", [&] { return files.makeSymbolicLink("target", -1, "name"); });
    fails("linkat", [&] { return files.makeHardLink(-1, "name", -1, "other"); });
    fails("readlinkat", [&] { return files.readLink(-1, "name"); });
    fails("fchmod", [&] { return files.changeMode(-1, 0); });
    fails("chmod", [&] { return files.changeModeOfPathFd(-1, 0); });
    fails("flock", [&] { return files.tryLock(-1, LockMode::Shared); });
    fails("fcntl", [&] { return files.tryRangeLock(-1, LockMode::Shared); });
    fails("fallocate", [&] { return files.allocate(-1, 1); });
    fails("fallocate", [&] { return files.reserve(-1, 1); });
    fails("mmap", [&] { return files.writeMapped(-1, bytes); });
    fails("utimensat", [&] { return files.changeTimes(-1, 0, 0); });
    fails("inotify_add_watch", [&] { return files.watchCreations(-1); });
    fails("inotify", [&] { return files.sawCreation(-1, "name"); });
    fails("getrlimit", [&] { return files.fileSizeLimit(); });
    fails("getdents64", [&] { return files.readEntries(-1, bytes); });
    fails("lseek", [&] { return files.rewind(-1); });
    fails("fcntl", [&] { return files.duplicate(-1); });
}

void TestFaults::everyQuestionAboutAFileFailsAsPlanned()
{
    FaultyFileAttributes attributes(linuxSystem().attributes, m_plan);
    fails("statx", [&] { return attributes.status(-1); });
    fails("statx", [&] { return attributes.statusAt(-1, "name"); });
    fails("statx", [&] { return attributes.statusFollowing(-1, "name"); });
    fails("statx", [&] { return attributes.exists(-1, "name"); });
    fails("fstatfs", [&] { return attributes.space(-1); });
    fails("faccessat2", [&] { return attributes.access(-1, "name", AccessMode::Exists); });
    fails("getxattr", [&] { return attributes.extendedAttribute(-1, "user.name"); });
    fails("setxattr", [&] { return attributes.setExtendedAttribute(-1, "user.name", "value"); });
    fails("removexattr", [&] { return attributes.removeExtendedAttribute(-1, "user.name"); });
    fails("quotactl", [&] { return attributes.quota(-1, "", QuotaType::User, 0); });
    fails("ioctl(FS_IOC_FSGETXATTR)", [&] { return attributes.project(-1); });
    fails("ioctl(BTRFS_IOC_SUBVOL_GETFLAGS)", [&] { return attributes.isSubvolumeReadOnly(-1); });
    fails("ioctl(BTRFS_IOC_GET_SUBVOL_INFO)", [&] { return attributes.isSubvolumeReceived(-1); });
}

void TestFaults::everyCallOnProcessesFailsAsPlanned()
{
    FaultyProcesses processes(linuxSystem().processes, m_plan);
    fails("posix_spawn", [&] { return processes.start({"/bin/false"}); });
    fails("fork", [&] { return processes.startCopy([] { return 0; }, "copy"); });
    fails("pidfd_send_signal", [&] { return processes.sendSignal(-1, 0); });
    fails("waitid", [&] { return processes.reap(-1); });
    fails("pidfd_open", [&] { return processes.openProcess(1); });
    fails("ppoll", [&] { return processes.waitFor({}, 0); });
    fails("eventfd", [&] { return processes.makeNotifier(); });
    fails("getdents64", [&] { return processes.all(); });
    fails("stat", [&] { return processes.pidNamespace(); });
    fails("getpwnam_r", [&] { return processes.userAccount("ann"); });
    fails("getpwuid_r", [&] { return processes.userAccountOf(0); });
}

QTEST_GUILESS_MAIN(TestFaults)
#include "tst_faults.moc"
