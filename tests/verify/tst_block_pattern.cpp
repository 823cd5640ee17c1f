// SPDX-License-Identifier: GPL-3.0-or-later
// What a verification writes: other content in each sector and each run, and what was done to it is told.
#include "core/verify/block_pattern.h"

#include <QTest>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace scratchproof;

namespace {

constexpr std::uint64_t kPlace = 40 * kBlockSize;

std::vector<std::byte> sectorAt(const BlockPattern& pattern, std::uint64_t offset)
{
    std::vector<std::byte> sector(kSectorSize);
    pattern.fill(sector, offset);
    return sector;
}

} // namespace

class TestBlockPattern : public QObject
{
    Q_OBJECT
private slots:
    void anyPartCanBeMadeAgain();
    void everySectorOfEveryRunDiffers();
    void whatWasDoneToASectorIsTold_data();
    void whatWasDoneToASectorIsTold();
    void whatIsStampedTellsItsPlaceElsewhere();
    void aSingleBitIsSeenWhereverItIs();
    void otherDataIsNeverTakenForOurs();
};

void TestBlockPattern::anyPartCanBeMadeAgain()
{
    const BlockPattern pattern(7);
    std::vector<std::byte> whole(16 * kBlockSize);
    pattern.fill(whole, kPlace);
    for (std::size_t at = 0; at < whole.size(); at += kSectorSize) {
        const auto sector = sectorAt(pattern, kPlace + at);
        QVERIFY(std::equal(sector.begin(), sector.end(), whole.begin() + static_cast<std::ptrdiff_t>(at)));
    }
    QVERIFY(pattern.matches(whole, kPlace));
    QVERIFY(!pattern.matches(whole, kPlace + kSectorSize));
    QVERIFY(!BlockPattern(8).matches(whole, kPlace));
}

void TestBlockPattern::everySectorOfEveryRunDiffers()
{
    std::set<std::vector<std::byte>> seen;
    for (std::uint64_t salt = 0; salt < 8; ++salt) {
        for (std::uint64_t number = 0; number < 512; ++number)
            seen.insert(sectorAt(BlockPattern(salt), number * kSectorSize));
    }
    QCOMPARE(seen.size(), std::size_t{8 * 512});
    // The bodies too, whose sectors share no eight bytes at the same place.
    const auto first = sectorAt(BlockPattern(1), 0);
    const auto second = sectorAt(BlockPattern(1), kSectorSize);
    for (std::size_t at = 0; at < kSectorSize; at += 8) {
        const auto from = static_cast<std::ptrdiff_t>(at);
        QVERIFY(!std::equal(first.begin() + from, first.begin() + from + 8, second.begin() + from));
    }
}

void TestBlockPattern::whatWasDoneToASectorIsTold_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<int>("state");
    QTest::addColumn<qulonglong>("origin");
    const BlockPattern pattern(99);
    const auto row = [](const char* name, const std::vector<std::byte>& content, SectorState state,
                        std::uint64_t origin = 0) {
        QTest::newRow(name) << QByteArray(reinterpret_cast<const char*>(content.data()),
                                          static_cast<qsizetype>(content.size()))
                            << static_cast<int>(state) << qulonglong{origin};
    };
    const auto own = sectorAt(pattern, kPlace);
    row("nothing", own, SectorState::Good);
    row("zeroed", std::vector<std::byte>(kSectorSize), SectorState::Zeroed);
    row("erased flash", std::vector<std::byte>(kSectorSize, std::byte{0xff}), SectorState::Zeroed);
    row("of an earlier place", sectorAt(pattern, 512), SectorState::Aliased, 512);
    row("of a later place", sectorAt(pattern, kPlace * 1000), SectorState::Aliased, kPlace * 1000);
    row("of another run", sectorAt(BlockPattern(98), kPlace), SectorState::Foreign);
    auto changed = own;
    changed[300] ^= std::byte{0x10};
    row("one bit", changed, SectorState::Changed);
    changed = own;
    std::fill(changed.begin() + 256, changed.end(), std::byte{0});
    row("cut in its middle", changed, SectorState::Changed);
    changed = own;
    std::fill(changed.begin(), changed.begin() + 16, std::byte{0});
    row("without its number", changed, SectorState::Changed);
    changed = own;
    std::rotate(changed.begin(), changed.begin() + 1, changed.end());
    row("shifted by a byte", changed, SectorState::Foreign);
}

void TestBlockPattern::whatWasDoneToASectorIsTold()
{
    QFETCH(QByteArray, content);
    QFETCH(int, state);
    QFETCH(qulonglong, origin);
    const auto bytes = std::as_bytes(std::span(content.constData(), static_cast<std::size_t>(content.size())));
    const SectorFinding found = BlockPattern(99).examine(bytes, kPlace);
    QCOMPARE(static_cast<int>(found.state), state);
    QCOMPARE(found.origin, std::uint64_t{origin});
    QCOMPARE(found.wrongBits > 0, found.state == SectorState::Changed);
}

void TestBlockPattern::whatIsStampedTellsItsPlaceElsewhere()
{
    const BlockPattern pattern(7);
    std::vector<std::byte> data(4 * kSectorSize);
    pattern.fill(data, kPlace * 3);
    pattern.stamp(data, kPlace * 5);
    for (std::size_t at = 0; at < data.size(); at += kSectorSize) {
        const auto sector = std::span<const std::byte>(data).subspan(at, kSectorSize);
        const SectorFinding found = pattern.examine(sector, kPlace * 9 + at);
        QVERIFY(found.state == SectorState::Aliased);
        QCOMPARE(found.origin, kPlace * 5 + at);
        QVERIFY(pattern.examine(sector, kPlace * 5 + at).state != SectorState::Good);
        QVERIFY(BlockPattern(8).examine(sector, kPlace * 9 + at).state == SectorState::Foreign);
    }
}

void TestBlockPattern::aSingleBitIsSeenWhereverItIs()
{
    const BlockPattern pattern(5);
    auto sector = sectorAt(pattern, kPlace);
    for (std::size_t bit = 0; bit < kSectorSize * 8; ++bit) {
        const auto flip = static_cast<std::byte>(1U << (bit % 8));
        sector[bit / 8] ^= flip;
        const SectorFinding found = pattern.examine(sector, kPlace);
        QVERIFY(found.state == SectorState::Changed && found.wrongBits == 1);
        QVERIFY(!pattern.matches(sector, kPlace));
        sector[bit / 8] ^= flip;
    }
}

void TestBlockPattern::otherDataIsNeverTakenForOurs()
{
    const BlockPattern pattern(5);
    std::mt19937_64 random(1);
    for (int i = 0; i < 2000; ++i) {
        std::vector<std::byte> sector(kSectorSize);
        std::generate(sector.begin(), sector.end(), [&] { return static_cast<std::byte>(random()); });
        QCOMPARE(static_cast<int>(pattern.examine(sector, kPlace).state), static_cast<int>(SectorState::Foreign));
    }
}

QTEST_APPLESS_MAIN(TestBlockPattern)
#include "tst_block_pattern.moc"
