// SPDX-License-Identifier: GPL-3.0-or-later
// A capacity check of real file systems: filled to the last block, read past the cache, nothing of others touched, and
// nothing left.
#include "core/system/linux.h"
#include "core/verify/capacity.h"
#include "core/verify/file_target.h"
#include "tests/support/faults.h"
#include "tests/support/mounts.h"
#include "tests/support/qt_main.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <sys/resource.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

using namespace scratchproof;
using namespace scratchproof::test;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

std::uint64_t availableIn(const std::string& folder)
{
    struct statvfs status = {};
    return ::statvfs(folder.c_str(), &status) == 0 ? std::uint64_t{status.f_bavail} * status.f_frsize : 0;
}

std::uint64_t sizeOf(const std::string& folder)
{
    struct statvfs status = {};
    return ::statvfs(folder.c_str(), &status) == 0 ? std::uint64_t{status.f_blocks} * status.f_frsize : 0;
}

UniqueFd openFolder(const std::string& folder)
{
    return linuxSystem().files.open(kWorkingDirectory, folder.c_str(), O_RDONLY | O_DIRECTORY).value_or(UniqueFd());
}

CapacityOptions optionsFor(const std::string& folder)
{
    CapacityOptions options;
    options.salt = 20261129;
    options.claimed = sizeOf(folder);
    options.piece = kMiB;
    return options;
}

/// As exfat does since Linux 6.8: no fallocate(2), and a longer file has its room. Or as others do: it has none.
class RoomByLength : public ForwardingFiles
{
public:
    RoomByLength(Files& target, bool takesRoom) : ForwardingFiles(target), m_takesRoom(takesRoom) {}
    Result<void> reserve(int, std::uint64_t) override { return fail("fallocate", "", EOPNOTSUPP); }
    Result<void> truncate(int fd, std::uint64_t size) override
    {
        auto done = ForwardingFiles::truncate(fd, size);
        return done && m_takesRoom && size > 0 ? ForwardingFiles::reserve(fd, size) : done;
    }

private:
    bool m_takesRoom;
};

/// A kernel of another age.
class OtherRelease : public ForwardingFiles
{
public:
    OtherRelease(Files& target, Path release) : ForwardingFiles(target), m_release(std::move(release)) {}
    Result<UniqueFd> open(int dirFd, const char* name, int flags, std::uint32_t mode = 0) override
    {
        const bool asks = std::string_view(name) == "/proc/sys/kernel/osrelease";
        return ForwardingFiles::open(dirFd, asks ? m_release.c_str() : name, flags, mode);
    }

private:
    Path m_release;
};

} // namespace

class TestFileTarget : public QObject
{
    Q_OBJECT
private slots:
    void aRealDriveIsGenuineAndEmptyAfterwards_data();
    void aRealDriveIsGenuineAndEmptyAfterwards();
    void whatTheDriveIsToKeepFreeStaysFree();
    void aFileOfOthersIsNotTouched();
    void aLimitOfFileSizesMakesMoreFiles();
    void throughACacheItSaysSo();
    void theErrorsOfTheSystemAreTheDrives();
    void roomIsReservedByLengthWhereThatTakesIt();
    void onlyNewKernelsReserveByLengthOnExfat();
};

void TestFileTarget::aRealDriveIsGenuineAndEmptyAfterwards_data()
{
    QTest::addColumn<QString>("type");
    QTest::newRow("ext4") << "ext4";
    QTest::newRow("xfs") << "xfs";
    QTest::newRow("btrfs") << "btrfs";
}

void TestFileTarget::aRealDriveIsGenuineAndEmptyAfterwards()
{
    QFETCH(QString, type);
    const TemporaryFolder base;
    const std::uint64_t size = (type == "ext4" ? 96 : 320) * kMiB;
    const auto mount = mountImage(type.toStdString(), base / "image", size, base.makeFolder("drive"));
    const std::string folder = mount->path() + "/ours";
    fs::create_directory(folder);
    std::ofstream(mount->path() + "/theirs") << "text";
    const std::uint64_t before = availableIn(folder);
    auto target = FilesTarget::open(linuxSystem(), openFolder(folder).get(), {0, 32 * kMiB, true});
    QVERIFY2(target, target ? "" : toString(target.error()).c_str());
    const auto report = checkCapacity(**target, optionsFor(folder), {}, {});
    const std::string words = std::string(toString(report.judgement.verdict)) + ", written " +
                              std::to_string(report.written) + " of " + std::to_string(before) + ", " +
                              (report.error ? toString(*report.error) : "no error");
    QCOMPARE((*target)->readsPastCache(), true);
    QVERIFY2(report.judgement.verdict == CapacityVerdict::Genuine, words.c_str());
    QCOMPARE(report.regions.tested(), report.written);
    // Full: what is left is what file systems keep for themselves.
    QVERIFY2(availableIn(folder) < before / 50 + kMiB, words.c_str());
    QVERIFY((*target)->remove());
    QVERIFY(fs::is_empty(folder));
    QVERIFY(fs::exists(mount->path() + "/theirs"));
}

void TestFileTarget::whatTheDriveIsToKeepFreeStaysFree()
{
    const TemporaryFolder base;
    const auto mount = mountImage("ext4", base / "image", 64 * kMiB, base.makeFolder("drive"));
    auto target = FilesTarget::open(linuxSystem(), openFolder(mount->path()).get(), {24 * kMiB, kMiB * 16, true});
    QVERIFY(target);
    const auto report = checkCapacity(**target, optionsFor(mount->path()), {}, {});
    QVERIFY(report.written > 8 * kMiB);
    // Threads that ask at the same time may each take a piece.
    QVERIFY(availableIn(mount->path()) >= 20 * kMiB);
    QVERIFY((*target)->remove());
}

void TestFileTarget::aFileOfOthersIsNotTouched()
{
    const TemporaryFolder base;
    const Path folder = base.makeFolder("ours");
    for (const char* name : {"verify-00000", "verify-00001"}) {
        std::ofstream(folder + "/" + name) << "theirs";
        const auto target = FilesTarget::open(linuxSystem(), openFolder(folder).get(), {0, 4 * kMiB, true});
        if (std::string(name) == "verify-00000") {
            QVERIFY(!target);
            QCOMPARE(target.error().code, EEXIST);
            fs::remove(folder + "/" + name);
            continue;
        }
        QVERIFY(target);
        auto options = optionsFor(folder);
        options.size = 12 * kMiB;
        QVERIFY(checkCapacity(**target, options, {}, {}).judgement.verdict != CapacityVerdict::Genuine);
        QVERIFY((*target)->remove());
        std::string text;
        std::ifstream(folder + "/" + name) >> text;
        QCOMPARE(text, std::string("theirs"));
    }
}

void TestFileTarget::aLimitOfFileSizesMakesMoreFiles()
{
    const TemporaryFolder base;
    const Path folder = base.makeFolder("ours");
    struct rlimit before = {};
    QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit low = before;
    low.rlim_cur = 9 * kMiB;
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &low), 0);
    auto target = FilesTarget::open(linuxSystem(), openFolder(folder).get(), {});
    auto options = optionsFor(folder);
    options.size = 20 * kMiB;
    const auto report = target ? checkCapacity(**target, options, {}, {}) : CapacityReport();
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &before), 0);
    QVERIFY(target);
    QCOMPARE(report.written, 20 * kMiB);
    QCOMPARE(report.regions.bytes(RegionState::Good), 20 * kMiB);
    QVERIFY(fs::exists(folder + "/verify-00002"));
    QVERIFY((*target)->remove());
    QVERIFY(fs::is_empty(folder));
}

void TestFileTarget::throughACacheItSaysSo()
{
    const TemporaryFolder base;
    const Path folder = base.makeFolder("ours");
    auto target = FilesTarget::open(linuxSystem(), openFolder(folder).get(), {0, 4 * kMiB, false});
    QVERIFY(target);
    QVERIFY(!(*target)->readsPastCache());
    auto options = optionsFor(folder);
    options.size = options.claimed = 8 * kMiB;
    QVERIFY(checkCapacity(**target, options, {}, {}).judgement.verdict == CapacityVerdict::NoSignOfCounterfeit);
    QVERIFY((*target)->remove());
}

void TestFileTarget::theErrorsOfTheSystemAreTheDrives()
{
    const TemporaryFolder base;
    const Path folder = base.makeFolder("ours");
    const struct
    {
        const char* call;
        int code;
        Fault::Kind kind;
        CapacityVerdict verdict;
    } cases[] = {
        {"pwrite", EIO, Fault::Kind::Instead, CapacityVerdict::Damaged},
        {"pwrite", 0, Fault::Kind::Short, CapacityVerdict::NoSignOfCounterfeit},
        {"pread", EIO, Fault::Kind::Instead, CapacityVerdict::Damaged},
        {"pread", 0, Fault::Kind::Short, CapacityVerdict::NoSignOfCounterfeit},
        {"pread", 0, Fault::Kind::Flipped, CapacityVerdict::Damaged},
        {"fsync", EIO, Fault::Kind::Instead, CapacityVerdict::Damaged},
        {"fsync", EINVAL, Fault::Kind::Instead, CapacityVerdict::NoSignOfCounterfeit},
        {"pwrite", ENODEV, Fault::Kind::Instead, CapacityVerdict::Disconnected},
        {"pread", ENODEV, Fault::Kind::Instead, CapacityVerdict::Disconnected},
    };
    for (const auto& one : cases) {
        FaultySystem faulty;
        FaultPlan& plan = faulty.plan;
        auto target = FilesTarget::open(faulty.system, openFolder(folder).get(), {0, 4 * kMiB, false});
        QVERIFY(target);
        plan.set([&](const Call& call) -> std::optional<Fault> {
            if (call.call == one.call && call.nth == 3)
                return Fault{one.code, one.kind};
            return std::nullopt;
        });
        auto options = optionsFor(folder);
        options.size = options.claimed = 10 * kMiB;
        const auto report = checkCapacity(**target, options, {}, {});
        const std::string words = std::string(one.call) + " " + std::to_string(one.code) + ": " +
                                  std::string(toString(report.judgement.verdict));
        QVERIFY2(report.judgement.verdict == one.verdict, words.c_str());
        plan.heal();
        QVERIFY((*target)->remove());
        QVERIFY(fs::is_empty(folder));
    }
}

void TestFileTarget::roomIsReservedByLengthWhereThatTakesIt()
{
    const TemporaryFolder base;
    const auto mount = mountImage("ext4", base / "image", 64 * kMiB, base.makeFolder("drive"));
    const Path folder = mount->path() + "/ours";
    fs::create_directory(folder);
    const std::uint64_t before = availableIn(folder);
    for (const bool takesRoom : {true, false}) {
        System& real = linuxSystem();
        RoomByLength files(real.files, takesRoom);
        System system{files, real.attributes, real.processes, real.clock};
        FilesTargetOptions options{0, 8 * kMiB, true};
        auto unasked = FilesTarget::open(system, openFolder(folder).get(), options);
        QVERIFY(unasked);
        QVERIFY(!(*unasked)->reserve(0, 8 * kMiB));
        QVERIFY((*unasked)->remove());
        options.lengthReserves = true;
        auto target = FilesTarget::open(system, openFolder(folder).get(), options);
        QVERIFY(target);
        const auto reserved = (*target)->reserve(0, 8 * kMiB);
        const std::uint64_t taken = before - std::min(before, availableIn(folder));
        if (takesRoom) {
            QVERIFY(reserved && *reserved == 8 * kMiB);
            QVERIFY(taken >= 8 * kMiB);
        } else {
            QVERIFY(!reserved && reserved.error().code == EOPNOTSUPP);
            QVERIFY(taken < kMiB);
        }
        QVERIFY((*target)->remove());
        QVERIFY(fs::is_empty(folder));
    }
}

void TestFileTarget::onlyNewKernelsReserveByLengthOnExfat()
{
    const TemporaryFolder base;
    const Path file = base / "osrelease";
    System& real = linuxSystem();
    OtherRelease files(real.files, file);
    System system{files, real.attributes, real.processes, real.clock};
    FileSystemSpace exfat;
    exfat.type = 0x2011bab0;
    FileSystemSpace ext4;
    ext4.type = 0xef53;
    for (const auto& [release, reserves] :
         std::initializer_list<std::pair<const char*, bool>>{{"6.8.0-45-generic", true},
                                                             {"6.12.57", true},
                                                             {"7.0-rc1", true},
                                                             {"6.7.12-amd64", false},
                                                             {"5.10.0-30-amd64", false},
                                                             {"6.1.0", false},
                                                             {"", false},
                                                             {"six", false}}) {
        writeFile(file, std::string(release) + "\n");
        QCOMPARE(reservesByLength(system, exfat), reserves);
        QVERIFY(!reservesByLength(system, ext4));
    }
    fs::remove(file);
    QVERIFY(!reservesByLength(system, exfat));
}

SCRATCHPROOF_TEST_MAIN(TestFileTarget, PrivateMounts)
#include "tst_file_target.moc"
