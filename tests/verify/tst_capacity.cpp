// SPDX-License-Identifier: GPL-3.0-or-later
// The capacity check against drives of memory that are honest, false, worn, slow to tell or pulled out.
#include "core/verify/capacity.h"
#include "core/verify/time_left.h"
#include "core/verify/verify_json.h"
#include "tests/support/pace.h"
#include "tests/verify/fake_targets.h"

#include <QTest>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr std::uint64_t kMiB = 1U << 20U;

CapacityOptions smallOptions(std::uint64_t claimed)
{
    CapacityOptions options;
    options.salt = 4711;
    options.claimed = claimed;
    options.piece = 64 * kBlockSize;
    options.firstLook = 2 * kMiB;
    return options;
}

CapacityReport checked(VerifyTarget& target, const CapacityOptions& options, const std::stop_token& stop = {})
{
    return checkCapacity(target, options, {}, stop);
}

std::string words(const CapacityReport& report)
{
    std::string text = std::string(toString(report.judgement.verdict)) + ", real " +
                       std::to_string(report.judgement.real) + ", written " + std::to_string(report.written);
    for (const RegionState state :
         {RegionState::Good, RegionState::Lost, RegionState::Aliased, RegionState::Changed, RegionState::Error})
        text += ", " + std::string(toString(state)) + " " + std::to_string(report.regions.bytes(state));
    return text;
}

bool isNear(std::uint64_t value, std::uint64_t expected)
{
    const std::uint64_t off = value > expected ? value - expected : expected - value;
    return off * 50 <= expected;
}

} // namespace

class TestCapacity : public QObject
{
    Q_OBJECT
private slots:
    void anHonestDriveIsGenuineToItsLastBlock();
    void aFalseDriveIsCounterfeitWithItsRealSize_data();
    void aFalseDriveIsCounterfeitWithItsRealSize();
    void aFalseDriveIsFoundLongBeforeItsEnd();
    void aCacheOfTheDriveHidesNothing();
    void whatChangesOrFailsIsDamaged_data();
    void whatChangesOrFailsIsDamaged();
    void badPlacesAreNamed();
    void aDriveThatIsPulledOutIsNeverGenuine_data();
    void aDriveThatIsPulledOutIsNeverGenuine();
    void whatThisComputerRemembersProvesLess();
    void aSmallPartOfADriveProvesLess();
    void whatIsStoppedIsNotFinished();
    void aDriveThatGivesRoomBackIsFilledUp();
    void whatWasKeptIsVerifiedAgain();
    void whatWasNotWrittenIsNoLossLater();
    void theTimeLeftIsARangeAroundTheRate();
    void resultsAreReadAsTheyWereWritten();
    void anyDriveIsJudgedRight();
    void thousandsOfRegionsStayFew();
};

void TestCapacity::anHonestDriveIsGenuineToItsLastBlock()
{
    // Of no round number: 17 MiB and 3 blocks.
    const std::uint64_t size = 17 * kMiB + 3 * kBlockSize;
    MemoryTarget drive(size);
    std::vector<CapacityProgress> progress;
    const auto report =
        checkCapacity(drive, smallOptions(size), [&](const CapacityProgress& one) { progress.push_back(one); }, {});
    QVERIFY2(report.judgement.verdict == CapacityVerdict::Genuine, words(report).c_str());
    QCOMPARE(report.written, size);
    QCOMPARE(report.regions.list(), (std::vector<Region>{{0, size, RegionState::Good}}));
    QVERIFY(!report.endedEarly && !report.error);
    QVERIFY(progress.size() >= 2);
    QCOMPARE(progress.back().done, size);
    QCOMPARE(progress.back().total, size);
}

void TestCapacity::aFalseDriveIsCounterfeitWithItsRealSize_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("realBlocks");
    const std::array kinds{"wraps around", "drops", "piles up"};
    for (int kind = 0; kind < 3; ++kind) {
        for (const int blocks : {1024, 1000, 2777, 6143})
            QTest::addRow("%s, %d blocks", kinds[static_cast<std::size_t>(kind)], blocks) << kind << blocks;
    }
}

void TestCapacity::aFalseDriveIsCounterfeitWithItsRealSize()
{
    QFETCH(int, kind);
    QFETCH(int, realBlocks);
    const auto blocks = static_cast<std::uint64_t>(realBlocks);
    const std::uint64_t claimed = 32 * kMiB;
    MemoryTarget below(blocks * kBlockSize);
    FalseTarget drive(below, claimed, kind == 0 ? wrapsAround(blocks) : kind == 1 ? drops(blocks) : pilesUp(blocks));
    for (const bool looksEarly : {true, false}) {
        auto options = smallOptions(claimed);
        options.firstLook = looksEarly ? 2 * kMiB : claimed * 2;
        const auto report = checked(drive, options);
        QVERIFY2(report.judgement.verdict == CapacityVerdict::Counterfeit, words(report).c_str());
        QVERIFY2(isNear(report.judgement.real, blocks * kBlockSize), words(report).c_str());
        QVERIFY(report.judgement.realError <= claimed - report.written + report.written / 4 + kBlockSize);
        QCOMPARE(report.regions.bytes(RegionState::Aliased) > 0, kind != 1);
        QCOMPARE(report.regions.bytes(RegionState::Lost) > 0, kind == 1);
    }
}

void TestCapacity::aFalseDriveIsFoundLongBeforeItsEnd()
{
    MemoryTarget below(3 * kMiB);
    FalseTarget drive(below, 256 * kMiB, wrapsAround(3 * kMiB / kBlockSize));
    const auto report = checked(drive, smallOptions(256 * kMiB));
    QVERIFY(report.endedEarly);
    QVERIFY2(report.written <= 8 * kMiB, words(report).c_str());
    QCOMPARE(report.judgement.real, 3 * kMiB);
}

void TestCapacity::aCacheOfTheDriveHidesNothing()
{
    // The cache is larger than all that was real, and than what the first looks are behind.
    MemoryTarget below(2 * kMiB);
    FalseTarget inner(below, 48 * kMiB, drops(2 * kMiB / kBlockSize));
    CachingTarget drive(inner, 6 * kMiB / kBlockSize);
    const auto report = checked(drive, smallOptions(48 * kMiB));
    QVERIFY2(report.judgement.verdict == CapacityVerdict::Counterfeit, words(report).c_str());
}

void TestCapacity::whatChangesOrFailsIsDamaged_data()
{
    QTest::addColumn<int>("kind");
    const std::array names{"one bit of one block", "zeroes single blocks", "cannot read a block",
                           "cannot read a piece",  "cannot write a piece", "cannot flush"};
    for (int kind = 0; kind < 6; ++kind)
        QTest::newRow(names[static_cast<std::size_t>(kind)]) << kind;
}

void TestCapacity::whatChangesOrFailsIsDamaged()
{
    QFETCH(int, kind);
    const std::uint64_t size = 16 * kMiB;
    MemoryTarget below(size);
    ChangingTarget changing(below, [&](std::uint64_t block, std::span<std::byte> data) {
        if (kind == 0 && block == 3001)
            data[77] ^= std::byte{1};
        if (kind == 1 && block % 1000 == 999)
            std::fill(data.begin(), data.end(), std::byte{0});
    });
    FailingTarget drive(changing, [&](FailingTarget::Call call, std::uint64_t offset, std::size_t length) {
        const auto holds = [&](std::uint64_t place) { return offset <= place && place < offset + length; };
        if (kind == 2 && call == FailingTarget::Call::Read && holds(5 * kMiB))
            return EIO;
        if (kind == 3 && call == FailingTarget::Call::Read && offset >= 5 * kMiB && offset < 6 * kMiB)
            return EIO;
        if (kind == 4 && call == FailingTarget::Call::Write && holds(5 * kMiB))
            return EIO;
        return kind == 5 && call == FailingTarget::Call::Flush ? EIO : 0;
    });
    const auto report = checked(drive, smallOptions(size));
    QVERIFY2(report.judgement.verdict == CapacityVerdict::Damaged, words(report).c_str());
    const std::array<std::uint64_t, 6> bad{kSectorSize, 4 * kBlockSize, kBlockSize, kMiB, 64 * kBlockSize, 0};
    QVERIFY2(report.regions.bad() == bad[static_cast<std::size_t>(kind)], words(report).c_str());
    QCOMPARE(report.error.has_value(), kind >= 2);
    QCOMPARE(report.regions.tested(), report.written);
}

void TestCapacity::badPlacesAreNamed()
{
    const std::uint64_t size = 8 * kMiB;
    MemoryTarget below(size);
    ChangingTarget drive(below, [](std::uint64_t block, std::span<std::byte> data) {
        if (block == 1500)
            data[5 * kSectorSize] ^= std::byte{4};
    });
    const auto report = checked(drive, smallOptions(size));
    const std::uint64_t place = 1500 * kBlockSize + 5 * kSectorSize;
    QCOMPARE(report.regions.list(),
             (std::vector<Region>{{0, place, RegionState::Good},
                                  {place, kSectorSize, RegionState::Changed},
                                  {place + kSectorSize, size - place - kSectorSize, RegionState::Good}}));
}

void TestCapacity::aDriveThatIsPulledOutIsNeverGenuine_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<int>("calls");
    for (const int code : {EIO, ENODEV, ENOTCONN, ESTALE}) {
        for (const int calls : {0, 1, 20, 64, 65, 66, 70, 100, 127})
            QTest::addRow("errno %d after %d calls", code, calls) << code << calls;
    }
}

void TestCapacity::aDriveThatIsPulledOutIsNeverGenuine()
{
    QFETCH(int, code);
    QFETCH(int, calls);
    const std::uint64_t size = 16 * kMiB; // 64 pieces
    MemoryTarget below(size);
    std::atomic<int> seen = 0;
    // The file system of a drive that was pulled out says EIO to each call, but its device is no longer there.
    FailingTarget drive(below, [&](FailingTarget::Call call, std::uint64_t, std::size_t) {
        if (call == FailingTarget::Call::Room)
            return seen < calls ? 0 : ENODEV;
        return seen++ < calls ? 0 : code;
    });
    auto options = smallOptions(size);
    options.firstLook = size * 2;
    const auto report = checked(drive, options);
    const auto verdict = report.judgement.verdict;
    QVERIFY2(verdict == CapacityVerdict::Disconnected, words(report).c_str());
    QCOMPARE(report.regions.bytes(RegionState::Lost) + report.regions.bytes(RegionState::Aliased), std::uint64_t{0});
    QVERIFY(report.error);
}

void TestCapacity::whatThisComputerRemembersProvesLess()
{
    MemoryTarget below(8 * kMiB);
    CachedHereTarget drive(below);
    const auto report = checked(drive, smallOptions(8 * kMiB));
    QVERIFY(report.judgement.verdict == CapacityVerdict::NoSignOfCounterfeit);
}

void TestCapacity::aSmallPartOfADriveProvesLess()
{
    MemoryTarget drive(8 * kMiB);
    QVERIFY(checked(drive, smallOptions(64 * kMiB)).judgement.verdict == CapacityVerdict::NoSignOfCounterfeit);
    auto options = smallOptions(8 * kMiB);
    options.size = 3 * kMiB;
    const auto report = checked(drive, options);
    QCOMPARE(report.written, 3 * kMiB);
    QVERIFY(report.judgement.verdict == CapacityVerdict::NoSignOfCounterfeit);
    MemoryTarget none(0);
    QVERIFY(checked(none, smallOptions(8 * kMiB)).judgement.verdict == CapacityVerdict::NotFinished);
}

void TestCapacity::whatIsStoppedIsNotFinished()
{
    const std::uint64_t size = 16 * kMiB;
    for (int after = 0; after < 130; after += 13) {
        MemoryTarget below(size);
        std::stop_source stop;
        std::atomic<int> seen = 0;
        // A false drive too: who stops has not seen all, and what was seen is in the regions.
        FalseTarget inner(below, size, wrapsAround(1000));
        FailingTarget drive(inner, [&](FailingTarget::Call, std::uint64_t, std::size_t) {
            if (seen++ == after)
                stop.request_stop();
            return 0;
        });
        auto options = smallOptions(size);
        options.firstLook = size * 2;
        const auto report = checked(drive, options, stop.get_token());
        QVERIFY2(report.judgement.verdict == CapacityVerdict::NotFinished, words(report).c_str());
        QVERIFY(seen < after + 20);
    }
}

void TestCapacity::aDriveThatGivesRoomBackIsFilledUp()
{
    /// Says that it is full too early, until it was flushed: as btrfs does, and ext4 with delayed allocation.
    class Reluctant : public ForwardingTarget
    {
    public:
        using ForwardingTarget::ForwardingTarget;
        Result<std::size_t> write(std::uint64_t offset, std::span<const std::byte> data) override
        {
            const std::uint64_t limit = m_limit;
            if (offset >= limit)
                return std::size_t{0};
            return m_below.write(offset, data.first(std::min<std::size_t>(data.size(), limit - offset)));
        }
        Result<void> flush() override
        {
            m_limit += kMiB;
            return m_below.flush();
        }

    private:
        std::atomic<std::uint64_t> m_limit = 6 * kMiB + 5 * kBlockSize;
    };
    const std::uint64_t size = 8 * kMiB + 7 * kBlockSize;
    MemoryTarget below(size);
    Reluctant drive(below);
    auto options = smallOptions(size);
    options.firstLook = size * 2;
    const auto report = checked(drive, options);
    QCOMPARE(report.written, size);
    QVERIFY(report.judgement.verdict == CapacityVerdict::Genuine);
}

void TestCapacity::whatWasKeptIsVerifiedAgain()
{
    const std::uint64_t size = 4 * kMiB + kBlockSize;
    MemoryTarget drive(size);
    const auto options = smallOptions(size);
    QCOMPARE(checked(drive, options).written, size);
    QVERIFY(verifyAgain(drive, options, {size}, {}, {}).judgement.verdict == CapacityVerdict::Genuine);
    ChangingTarget rotten(drive, [](std::uint64_t block, std::span<std::byte> data) {
        if (block == 7)
            data[0] ^= std::byte{128};
    });
    QVERIFY(verifyAgain(rotten, options, {size}, {}, {}).judgement.verdict == CapacityVerdict::Damaged);
}

void TestCapacity::whatWasNotWrittenIsNoLossLater()
{
    const std::uint64_t size = 4 * kMiB;
    MemoryTarget drive(size);
    const auto options = smallOptions(size);
    const BlockPattern pattern(options.salt);
    const Extent gap{3 * kMiB, 5 * kBlockSize};
    std::vector<std::byte> data(size);
    pattern.fill(data, 0);
    QVERIFY(drive.write(0, std::span(data).first(gap.offset)));
    const std::uint64_t behind = gap.offset + gap.length;
    QVERIFY(drive.write(behind, std::span(data).subspan(behind)));
    const auto report = verifyAgain(drive, options, {size, {gap}}, {}, {});
    QVERIFY2(report.judgement.verdict == CapacityVerdict::Genuine, words(report).c_str());
    QCOMPARE(report.written, size - gap.length);
    QVERIFY(report.space.end == size && report.space.gaps == std::vector<Extent>{gap});
    QVERIFY(verifyAgain(drive, options, {size}, {}, {}).judgement.verdict != CapacityVerdict::Genuine);
}

void TestCapacity::theTimeLeftIsARangeAroundTheRate()
{
    constexpr auto kSecond = kNanosecondsPerSecond;
    TimeLeft left;
    CapacityProgress progress;
    progress.total = 1000 * kMiB;
    left.note(progress);
    QVERIFY(!left.range());
    for (int second = 1; second <= 60; ++second) { // 10 MiB/s, then 5
        progress.elapsed = second * kSecond;
        progress.done += (second <= 30 ? 10 : 5) * kMiB;
        left.note(progress);
        QVERIFY(left.range() && left.range()->least <= left.range()->most);
    }
    // 550 MiB to write at 5 to 7.5 MiB/s, and all of it to read as fast or four times as fast.
    const auto writing = *left.range();
    QVERIFY(writing.least < 107 * kSecond && writing.least > 60 * kSecond);
    QVERIFY(writing.most > 310 * kSecond && writing.most < 400 * kSecond);
    // A new phase begins anew.
    progress.phase = CapacityPhase::Verifying;
    progress.done = 0;
    progress.elapsed = 0;
    left.note(progress);
    QVERIFY(!left.range());
    progress.done = 100 * kMiB;
    progress.elapsed = 2 * kSecond;
    left.note(progress);
    QVERIFY(left.range()->least < 18 * kSecond && left.range()->most > 18 * kSecond);
    QVERIFY(left.range()->most < 25 * kSecond);
    // Where nothing moves any more it takes longer, and no division fails.
    for (int i = 0; i < 100; ++i) {
        progress.elapsed += kSecond;
        left.note(progress);
    }
    QVERIFY(left.range()->most > 900 * kSecond);
    progress.foundBadEarly = true;
    left.note(progress);
    QVERIFY(!left.range());
}

void TestCapacity::resultsAreReadAsTheyWereWritten()
{
    CapacityResult result;
    result.verdict = CapacityVerdict::Damaged;
    result.isAgain = result.isCoarse = result.isPastCache = result.endedEarly = true;
    result.folder = "/x/\xff";
    result.claimed = 7;
    result.tested = 6;
    result.real = 5;
    result.realError = 4;
    result.found = {1, 2, 3, 4, 5};
    result.regions = {{0, 4096, RegionState::Good}, {8192, 512, RegionState::Changed}};
    result.writing = 11;
    result.flushing = 12;
    result.verifying = 13;
    result.error = Error("read", "/x", EIO);
    result.kept = "/k/\xfe";
    result.directory = "/d";
    result.id = "0123";
    result.notKept = "why";
    result.notRemoved = "why not";
    const Json json = toJson(result);
    const auto read = capacityResultFromJson(json);
    QVERIFY(read);
    QCOMPARE(toJson(*read).dump(), json.dump());
    QVERIFY(read->kept == result.kept && read->regions == result.regions && read->found == result.found);
    for (const char* needed : {"kind", "verdict", "regions", "found_bytes"}) {
        Json less = json;
        less.erase(needed);
        QVERIFY2(!capacityResultFromJson(less), needed);
    }
    Json wrong = json;
    wrong["regions"][0]["state"] = "fine";
    QVERIFY(!capacityResultFromJson(wrong));

    CapacityStatus status;
    status.run = {CapacityPhase::Verifying, 1, 2, 3, 4, true, 0};
    status.left = TimeLeft::Range{5, 6};
    status.directory = "/d/\xff";
    status.id = "0123";
    QCOMPARE(toJson(capacityStatusFromJson(toJson(status))).dump(), toJson(status).dump());
    status.isRemoving = true;
    QVERIFY(capacityStatusFromJson(toJson(status)).isRemoving);
}

/// Random drives, with the right answer known: SCRATCHPROOF_SEED tries others.
void TestCapacity::anyDriveIsJudgedRight()
{
    const char* seedText = std::getenv("SCRATCHPROOF_SEED");
    const unsigned seed = seedText != nullptr ? static_cast<unsigned>(std::atoi(seedText)) : 20261129U;
    std::mt19937 random(seed);
    const auto between = [&](std::uint64_t least, std::uint64_t most) {
        return std::uniform_int_distribution<std::uint64_t>(least, most)(random);
    };
    for (int number = 0; number < scaled(300); ++number) {
        const std::uint64_t claimedBlocks = between(1500, 6000);
        const std::uint64_t realBlocks = between(200, claimedBlocks * 9 / 10);
        const auto kind = between(0, 5);
        const bool isFalse = kind < 3;
        const std::uint64_t claimed = claimedBlocks * kBlockSize;
        MemoryTarget below((isFalse ? realBlocks : claimedBlocks) * kBlockSize);
        FalseTarget whole(
            below, claimed,
            kind == 0   ? wrapsAround(realBlocks)
            : kind == 1 ? drops(realBlocks)
            : kind == 2 ? pilesUp(realBlocks)
                        : [](std::uint64_t block) { return std::optional(block); });
        const std::uint64_t cachedBlocks = between(1, realBlocks / 8);
        CachingTarget cached(whole, static_cast<std::size_t>(cachedBlocks));
        const std::uint64_t badBlock = between(0, claimedBlocks - 1);
        ChangingTarget drive(cached, [&](std::uint64_t block, std::span<std::byte> data) {
            if (kind == 3 && block == badBlock)
                data[static_cast<std::size_t>(badBlock % kBlockSize)] ^= std::byte{32};
        });
        auto options = smallOptions(claimed);
        options.salt = random();
        options.threads = static_cast<unsigned>(between(1, 4));
        options.piece = kBlockSize * between(1, 300);
        options.firstLook = kBlockSize * between(16, claimedBlocks * 2);
        const auto report = checked(drive, options);
        const auto verdict = report.judgement.verdict;
        const std::string what = "seed " + std::to_string(seed) + ", number " + std::to_string(number) + ", kind " +
                                 std::to_string(kind) + ", real blocks " + std::to_string(realBlocks) + " of " +
                                 std::to_string(claimedBlocks) + ": " + words(report);
        if (isFalse) {
            QVERIFY2(verdict == CapacityVerdict::Counterfeit, what.c_str());
            const std::uint64_t real = realBlocks * kBlockSize;
            QVERIFY2(report.judgement.real + report.judgement.realError >= real &&
                         report.judgement.real <= real + report.judgement.realError,
                     what.c_str());
            // A cache that holds more than is written at the very end can make a little look real.
            QVERIFY2(isNear(report.judgement.real, real) ||
                         (report.judgement.real > real && report.judgement.real <= real + cachedBlocks * kBlockSize),
                     what.c_str());
        } else {
            QVERIFY2(verdict == (kind == 3 ? CapacityVerdict::Damaged : CapacityVerdict::Genuine), what.c_str());
            QCOMPARE(report.written, claimed);
        }
    }
}

void TestCapacity::thousandsOfRegionsStayFew()
{
    CapacityRegions regions;
    const std::uint64_t count = 100'000;
    std::uint64_t offset = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const bool isGood = i % 2 == 0;
        const std::uint64_t length = (isGood ? 64 : 1) * kBlockSize;
        regions.add(offset, length, isGood ? RegionState::Good : RegionState::Changed);
        offset += length;
    }
    QVERIFY(regions.list().size() <= CapacityRegions::kMostRegions);
    QVERIFY(regions.isCoarse());
    QCOMPARE(regions.tested(), offset);
    QCOMPARE(regions.bad(), count / 2 * kBlockSize);
    QCOMPARE(regions.list().front().offset, std::uint64_t{0});
    QCOMPARE(regions.list().back().end(), offset);
    for (std::size_t i = 1; i < regions.list().size(); ++i)
        QCOMPARE(regions.list()[i].offset, regions.list()[i - 1].end());
}

QTEST_APPLESS_MAIN(TestCapacity)
#include "tst_capacity.moc"
