// SPDX-License-Identifier: GPL-3.0-or-later
// Capacity checks of drives that lie, through real file systems on loop devices: whatever the drive does to the file
// system's own blocks, its false size is found, and a drive that is pulled out is never called anything good.
#include "core/system/linux.h"
#include "core/verify/capacity.h"
#include "core/verify/file_target.h"
#include "core/verify/quick_capacity.h"
#include "tests/support/qt_main.h"
#include "tests/verify/mounted_false_drive.h"

#include <QTest>

#include <sys/statvfs.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

CapacityOptions optionsFor(const Path& folder)
{
    struct statvfs status = {};
    CapacityOptions options;
    options.salt = 20261129;
    options.claimed = ::statvfs(folder.c_str(), &status) == 0 ? std::uint64_t{status.f_blocks} * status.f_frsize : 0;
    options.piece = kMiB;
    options.firstLook = 16 * kMiB;
    return options;
}

Result<std::unique_ptr<FilesTarget>> openTarget(const Path& folder)
{
    const auto opened = linuxSystem().files.open(kWorkingDirectory, folder.c_str(), O_RDONLY | O_DIRECTORY);
    return FilesTarget::open(linuxSystem(), opened ? opened->get() : -1, {0, 64 * kMiB, true});
}

std::string words(const CapacityReport& report)
{
    return std::string(toString(report.judgement.verdict)) + ", real " + std::to_string(report.judgement.real) +
           " give or take " + std::to_string(report.judgement.realError) + ", written " +
           std::to_string(report.written) + ", good " + std::to_string(report.regions.bytes(RegionState::Good)) +
           ", lost " + std::to_string(report.regions.bytes(RegionState::Lost)) + ", aliased " +
           std::to_string(report.regions.bytes(RegionState::Aliased)) + ", error " +
           std::to_string(report.regions.bytes(RegionState::Error)) +
           (report.error ? ", " + toString(*report.error) : std::string());
}

} // namespace

class TestFalseDrives : public QObject
{
    Q_OBJECT
private slots:
    void theRealSizeIsFound_data();
    void theRealSizeIsFound();
    void theQuickCheckTellsThem_data();
    void theQuickCheckTellsThem();
    void aDriveThatIsPulledOutIsNeverCalledGood_data();
    void aDriveThatIsPulledOutIsNeverCalledGood();
};

void TestFalseDrives::theRealSizeIsFound_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<qulonglong>("real");
    const auto row = [](const char* type, const char* kind, std::uint64_t real) {
        QTest::addRow("%s, %s, %d MiB", type, kind, static_cast<int>(real / kMiB)) << type << kind << qulonglong{real};
    };
    // No powers of two.
    row("ext4", "wraps", 90 * kMiB + 12288);
    row("ext4", "wraps", 151 * kMiB);
    row("ext4", "drops", 151 * kMiB);
    row("xfs", "wraps", 90 * kMiB + 12288);
    row("xfs", "wraps", 151 * kMiB);
    row("btrfs", "wraps", 151 * kMiB);
    row("btrfs", "drops", 90 * kMiB + 12288);
}

void TestFalseDrives::theRealSizeIsFound()
{
    QFETCH(QString, type);
    QFETCH(QString, kind);
    QFETCH(qulonglong, real);
    FalseDrive drive(type.toStdString(), 384 * kMiB, real, kind.toStdString());
    const auto target = openTarget(drive.folder());
    QVERIFY2(target, target ? "" : toString(target.error()).c_str());
    const auto report = checkCapacity(**target, optionsFor(drive.folder()), {}, {});
    qInfo("%s", words(report).c_str());
    QVERIFY2(report.judgement.verdict == CapacityVerdict::Counterfeit, words(report).c_str());
    const std::uint64_t off =
        report.judgement.real > real ? report.judgement.real - real : real - report.judgement.real;
    QVERIFY2(off <= real / 50 || off <= report.judgement.realError, words(report).c_str());
}

void TestFalseDrives::theQuickCheckTellsThem_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<qulonglong>("real");
    for (const char* type : {"ext4", "xfs", "btrfs"})
        QTest::addRow("%s, wraps", type) << QString(type) << QString("wraps") << qulonglong{151 * kMiB};
    for (const char* type : {"ext4", "btrfs"})
        QTest::addRow("%s, drops", type) << QString(type) << QString("drops") << qulonglong{151 * kMiB};
    for (const char* type : {"ext4", "xfs", "btrfs"})
        QTest::addRow("%s, honest", type) << QString(type) << QString("drops") << qulonglong{384 * kMiB};
}

void TestFalseDrives::theQuickCheckTellsThem()
{
    QFETCH(QString, type);
    QFETCH(QString, kind);
    QFETCH(qulonglong, real);
    FalseDrive drive(type.toStdString(), 384 * kMiB, real, kind.toStdString());
    const auto opened = linuxSystem().files.open(kWorkingDirectory, drive.folder().c_str(), O_RDONLY | O_DIRECTORY);
    QVERIFY(opened);
    const std::uint64_t unit = quickUnit(384 * kMiB);
    const auto target = FilesTarget::open(linuxSystem(), opened->get(), {0, unit, true});
    QVERIFY(target);
    QuickCapacityOptions options;
    options.salt = 20261129;
    options.claimed = optionsFor(drive.folder()).claimed;
    options.unit = unit;
    // How files lie on the drive differs from one file system made to the next; so much hits several samples.
    if (kind == "wraps")
        options.push = 48 * kMiB;
    const auto report = checkQuickCapacity(**target, options, {}, {});
    const std::string words =
        std::string(toString(report.judgement.verdict)) + ", real " + std::to_string(report.judgement.real) +
        " give or take " + std::to_string(report.judgement.realError) + ", samples " + std::to_string(report.samples) +
        ", bad " + std::to_string(report.badSamples) + ", reserved " + std::to_string(report.reserved) + ", written " +
        std::to_string(report.written) + (report.error ? ", " + toString(*report.error) : std::string());
    qInfo("%s", words.c_str());
    const auto expected = real == 384 * kMiB ? CapacityVerdict::NoSignOfCounterfeit : CapacityVerdict::Counterfeit;
    QVERIFY2(report.judgement.verdict == expected, words.c_str());
    if (expected == CapacityVerdict::Counterfeit) {
        const std::uint64_t off =
            report.judgement.real > real ? report.judgement.real - real : real - report.judgement.real;
        QVERIFY2(off <= report.judgement.realError, words.c_str());
    }
    QVERIFY2((*target)->remove(), words.c_str());
    QVERIFY(fs::is_empty(drive.folder()));
}

void TestFalseDrives::aDriveThatIsPulledOutIsNeverCalledGood_data()
{
    QTest::addColumn<int>("phase");
    QTest::addColumn<qulonglong>("after");
    QTest::newRow("while writing") << static_cast<int>(CapacityPhase::Writing) << qulonglong{40 * kMiB};
    QTest::newRow("at the first byte that is verified") << static_cast<int>(CapacityPhase::Verifying) << qulonglong{0};
    QTest::newRow("while verifying") << static_cast<int>(CapacityPhase::Verifying) << qulonglong{40 * kMiB};
}

void TestFalseDrives::aDriveThatIsPulledOutIsNeverCalledGood()
{
    QFETCH(int, phase);
    QFETCH(qulonglong, after);
    FalseDrive drive("ext4", 192 * kMiB, 192 * kMiB, "drops");
    const auto target = openTarget(drive.folder());
    QVERIFY(target);
    /// Pulls at the place, in whichever thread comes there.
    class Pulled : public VerifyTarget
    {
    public:
        Pulled(VerifyTarget& below, FalseDrive& drive, bool atWriting, std::uint64_t place)
            : m_below(below), m_drive(drive), m_atWriting(atWriting), m_place(place)
        {}
        Result<std::size_t> write(std::uint64_t offset, std::span<const std::byte> data) override
        {
            pullAt(offset, m_atWriting);
            return m_below.write(offset, data);
        }
        Result<void> read(std::uint64_t offset, std::span<std::byte> out) override
        {
            pullAt(offset, !m_atWriting);
            return m_below.read(offset, out);
        }
        Result<void> flush() override { return m_below.flush(); }
        Result<std::uint64_t> room() override { return m_below.room(); }
        bool readsPastCache() const override { return true; }

    private:
        void pullAt(std::uint64_t offset, bool isThatCall)
        {
            if (isThatCall && offset >= m_place && !m_isPulled.exchange(true))
                m_drive.pullOut();
        }
        VerifyTarget& m_below;
        FalseDrive& m_drive;
        bool m_atWriting;
        std::uint64_t m_place;
        std::atomic<bool> m_isPulled = false;
    };
    Pulled pulled(**target, drive, phase == static_cast<int>(CapacityPhase::Writing), after);
    auto options = optionsFor(drive.folder());
    options.firstLook = options.claimed * 2;
    const auto report = checkCapacity(pulled, options, {}, {});
    const auto verdict = report.judgement.verdict;
    qInfo("%s", words(report).c_str());
    QVERIFY2(verdict == CapacityVerdict::Disconnected || verdict == CapacityVerdict::Damaged, words(report).c_str());
    if (phase == static_cast<int>(CapacityPhase::Verifying) && after > 0)
        QVERIFY2(verdict == CapacityVerdict::Disconnected, words(report).c_str());
}

SCRATCHPROOF_TEST_MAIN(TestFalseDrives, PrivateMounts)
#include "tst_false_drives.moc"
