// SPDX-License-Identifier: GPL-3.0-or-later
// The quick capacity check against drives of memory whose truth is known.
#include "core/verify/quick_capacity.h"
#include "tests/support/pace.h"
#include "tests/verify/fake_targets.h"

#include <QTest>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <mutex>
#include <random>
#include <string>
#include <thread>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr std::uint64_t kMiB = 1U << 20U;
constexpr std::uint64_t kUnit = 256 * 1024;

/// Room is taken by reserving it, and written to within that only.
class ReservingTarget : public ForwardingTarget
{
public:
    enum class Kind { Honest, Promises, Refuses };

    ReservingTarget(VerifyTarget& below, std::uint64_t size, Kind kind = Kind::Honest)
        : ForwardingTarget(below), m_left(size), m_kind(kind)
    {}

    Result<std::uint64_t> reserve(std::uint64_t offset, std::uint64_t length) override
    {
        if (m_kind == Kind::Refuses)
            return fail("fallocate", "", EOPNOTSUPP);
        if (m_kind == Kind::Promises)
            return length;
        const std::scoped_lock lock(m_mutex);
        length = std::min(length, m_left);
        m_left -= length;
        m_end = std::max(m_end, offset + length);
        return length;
    }
    Result<std::size_t> write(std::uint64_t offset, std::span<const std::byte> data) override
    {
        {
            const std::scoped_lock lock(m_mutex);
            if (m_kind == Kind::Honest && offset + data.size() > m_end)
                return std::size_t{0};
            m_written += data.size();
        }
        return m_below.write(offset, data);
    }
    Result<std::uint64_t> room() override
    {
        const std::scoped_lock lock(m_mutex);
        return m_left;
    }

    std::uint64_t m_written = 0;

private:
    std::mutex m_mutex;
    std::uint64_t m_left;
    std::uint64_t m_end = 0;
    Kind m_kind;
};

QuickCapacityOptions optionsFor(std::uint64_t claimed)
{
    QuickCapacityOptions options;
    options.salt = 99;
    options.claimed = claimed;
    options.unit = kUnit;
    options.sample = 4 * kBlockSize;
    return options;
}

QuickCapacityReport checked(VerifyTarget& target, std::uint64_t claimed)
{
    return checkQuickCapacity(target, optionsFor(claimed), {}, {});
}

std::string words(const QuickCapacityReport& report)
{
    return std::string(toString(report.judgement.verdict)) + ", real " + std::to_string(report.judgement.real) +
           " give or take " + std::to_string(report.judgement.realError) + ", samples " +
           std::to_string(report.samples) + ", bad " + std::to_string(report.badSamples) + ", pushed " +
           std::to_string(report.pushed) + (report.error ? ", " + toString(*report.error) : std::string());
}

} // namespace

class TestQuickCapacity : public QObject
{
    Q_OBJECT
private slots:
    void anHonestDriveShowsNoSign();
    void aCacheOfTheDriveIsPushedOut();
    void whatDropsIsEstimated();
    void whatBeginsAnewIsToldByWhatWasWrittenOn();
    void whatCannotReserveIsLeftToTheFullCheck_data();
    void whatCannotReserveIsLeftToTheFullCheck();
    void whatCannotBeReservedInOneIsReservedInParts();
    void aDriveThatIsGoneIsNoGoodOne_data();
    void aDriveThatIsGoneIsNoGoodOne();
    void whatIsStoppedIsNotFinished();
    void anyDriveIsJudgedAsItIs();
    void eachPhaseIsTimed();
    void theChancesAreThoseOfTheFormula();
};

void TestQuickCapacity::anHonestDriveShowsNoSign()
{
    MemoryTarget memory(64 * kMiB + 3 * kBlockSize);
    ReservingTarget target(memory, 64 * kMiB + 3 * kBlockSize);
    const auto report = checked(target, 64 * kMiB + 3 * kBlockSize);
    QVERIFY2(report.judgement.verdict == CapacityVerdict::NoSignOfCounterfeit, words(report).c_str());
    QCOMPARE(report.samples, std::uint64_t{256});
    QCOMPARE(report.badSamples, std::uint64_t{0});
    QVERIFY2(report.reserved >= 64 * kMiB, words(report).c_str());
    QCOMPARE(report.written, target.m_written);
    QVERIFY(report.pushed >= defaultPush(64 * kMiB, kUnit) / kBlockSize * kBlockSize);
}

void TestQuickCapacity::aCacheOfTheDriveIsPushedOut()
{
    MemoryTarget memory(16 * kMiB);
    FalseTarget falseDrive(memory, 64 * kMiB, drops(16 * kMiB / kBlockSize));
    // Less than is written on.
    CachingTarget caching(falseDrive, 64 * kMiB / 50 / kBlockSize - 1);
    ReservingTarget target(caching, 64 * kMiB);
    const auto report = checked(target, 64 * kMiB);
    QVERIFY2(report.judgement.verdict == CapacityVerdict::Counterfeit, words(report).c_str());
    QCOMPARE(report.badSamples, std::uint64_t{192});
}

void TestQuickCapacity::whatDropsIsEstimated()
{
    for (const std::uint64_t real : {std::uint64_t{5}, std::uint64_t{16}, std::uint64_t{41}}) {
        MemoryTarget memory(real * kMiB);
        FalseTarget falseDrive(memory, 64 * kMiB, drops(real * kMiB / kBlockSize));
        ReservingTarget target(falseDrive, 64 * kMiB);
        const auto report = checked(target, 64 * kMiB);
        QVERIFY2(report.judgement.verdict == CapacityVerdict::Counterfeit, words(report).c_str());
        const double off = std::abs(static_cast<double>(report.judgement.real) - static_cast<double>(real * kMiB));
        QVERIFY2(off <= static_cast<double>(report.judgement.realError), words(report).c_str());
    }
}

void TestQuickCapacity::whatBeginsAnewIsToldByWhatWasWrittenOn()
{
    // No multiples of a unit, so that no two samples fall on each other; up to a shortfall of two units.
    for (const unsigned blocks : {5137U, 9999U, 12345U, 15803U, 16243U}) {
        const std::uint64_t real = blocks * kBlockSize;
        MemoryTarget memory(real);
        FalseTarget falseDrive(memory, 64 * kMiB, wrapsAround(blocks));
        ReservingTarget target(falseDrive, 64 * kMiB);
        // As for a drive so large that 2 % are no more than the least.
        auto options = optionsFor(64 * kMiB);
        options.push = defaultPush(0, kUnit);
        options.sample = 16 * kBlockSize;
        const auto report = checkQuickCapacity(target, options, {}, {});
        QVERIFY2(report.judgement.verdict == CapacityVerdict::Counterfeit, words(report).c_str());
        QVERIFY2(report.judgement.real + report.judgement.realError == real, words(report).c_str());
    }
}

void TestQuickCapacity::whatCannotReserveIsLeftToTheFullCheck_data()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("refuses") << static_cast<int>(ReservingTarget::Kind::Refuses);
    QTest::newRow("only says so") << static_cast<int>(ReservingTarget::Kind::Promises);
}

void TestQuickCapacity::whatCannotReserveIsLeftToTheFullCheck()
{
    QFETCH(int, kind);
    MemoryTarget memory(8 * kMiB);
    ReservingTarget target(memory, 8 * kMiB, static_cast<ReservingTarget::Kind>(kind));
    const auto report = checked(target, 8 * kMiB);
    QVERIFY(report.cannotReserve);
    QVERIFY2(report.judgement.verdict == CapacityVerdict::NotFinished, words(report).c_str());
    QCOMPARE(report.samples, std::uint64_t{0});
}

/// A false drive that lost some of the file system.
void TestQuickCapacity::whatCannotBeReservedInOneIsReservedInParts()
{
    class PartlyLostTarget : public ReservingTarget
    {
    public:
        using ReservingTarget::ReservingTarget;
        Result<std::uint64_t> reserve(std::uint64_t offset, std::uint64_t length) override
        {
            if (offset >= kMiB && length > kUnit)
                return fail("fallocate", "", EUCLEAN);
            return ReservingTarget::reserve(offset, length);
        }
    };
    MemoryTarget memory(64 * kMiB);
    PartlyLostTarget target(memory, 8 * kMiB);
    auto options = optionsFor(8 * kMiB);
    options.span = kMiB;
    const auto report = checkQuickCapacity(target, options, {}, {});
    QVERIFY2(report.judgement.verdict == CapacityVerdict::NoSignOfCounterfeit, words(report).c_str());
    QCOMPARE(report.samples, std::uint64_t{32});
}

void TestQuickCapacity::aDriveThatIsGoneIsNoGoodOne_data()
{
    QTest::addColumn<int>("call");
    QTest::addColumn<int>("error");
    QTest::addColumn<QString>("verdict");
    using Call = FailingTarget::Call;
    const auto row = [](const char* name, Call call, int error, const char* verdict) {
        QTest::newRow(name) << static_cast<int>(call) << error << verdict;
    };
    row("gone while writing", Call::Write, ENODEV, "disconnected");
    row("gone while flushing", Call::Flush, ENODEV, "disconnected");
    row("gone while reading", Call::Read, ENODEV, "disconnected");
    row("bad to write", Call::Write, EIO, "damaged");
    row("bad to flush", Call::Flush, EIO, "damaged");
    row("bad to read", Call::Read, EIO, "damaged");
}

void TestQuickCapacity::aDriveThatIsGoneIsNoGoodOne()
{
    QFETCH(int, call);
    QFETCH(int, error);
    QFETCH(QString, verdict);
    MemoryTarget memory(8 * kMiB);
    std::atomic<int> calls = 0;
    FailingTarget failing(memory, [&](FailingTarget::Call one, std::uint64_t, std::size_t) {
        const bool isThis = static_cast<int>(one) == call;
        // Flushing is called twice only.
        return isThis && ++calls >= (one == FailingTarget::Call::Flush ? 2 : 12) ? error : 0;
    });
    ReservingTarget target(failing, 8 * kMiB);
    const auto report = checked(target, 8 * kMiB);
    QVERIFY2(toString(report.judgement.verdict) == verdict.toStdString(), words(report).c_str());
    QVERIFY(report.error && report.error->code == error);
}

void TestQuickCapacity::whatIsStoppedIsNotFinished()
{
    using Call = FailingTarget::Call;
    for (const Call call : {Call::Write, Call::Flush, Call::Read}) {
        MemoryTarget memory(8 * kMiB);
        std::stop_source stop;
        std::atomic<int> calls = 0;
        FailingTarget stopping(memory, [&](Call one, std::uint64_t, std::size_t) {
            if (one == call && ++calls == 2)
                stop.request_stop();
            return 0;
        });
        ReservingTarget target(stopping, 8 * kMiB);
        const auto report = checkQuickCapacity(target, optionsFor(8 * kMiB), {}, stop.get_token());
        QVERIFY2(report.judgement.verdict == CapacityVerdict::NotFinished, words(report).c_str());
        // Those under way come back.
        QVERIFY(calls >= 2 && calls <= 2 + static_cast<int>(optionsFor(0).threads));
    }
}

/// Random drives: honest ones show nothing, and of false ones whatever a sample shows is never passed over.
void TestQuickCapacity::anyDriveIsJudgedAsItIs()
{
    const char* given = std::getenv("SCRATCHPROOF_SEED");
    const auto seed = static_cast<std::mt19937::result_type>(given != nullptr ? std::atoi(given) : 20261129);
    std::mt19937 random(seed);
    const auto upTo = [&](std::uint64_t most) { return std::uniform_int_distribution<std::uint64_t>(0, most)(random); };
    for (int round = 0; round < scaled(300); ++round) {
        const std::uint64_t claimed = (64 + upTo(2000)) * 4 * kBlockSize;
        const std::uint64_t blocks = claimed / kBlockSize;
        const std::uint64_t real = upTo(3) == 0 ? blocks : 16 + upTo(blocks - 16);
        const bool wraps = upTo(1) == 0;
        MemoryTarget memory(claimed);
        FalseTarget drive(memory, claimed, wraps ? wrapsAround(real) : drops(real));
        ReservingTarget target(drive, claimed);
        auto options = optionsFor(claimed);
        options.threads = 1 + static_cast<unsigned>(upTo(4));
        options.span = kUnit * upTo(4);
        const auto report = checkQuickCapacity(target, options, {}, {});
        // What the drive did to each sample.
        bool isHit = false;
        for (std::uint64_t sample = 0; sample < claimed; sample += kUnit) {
            const std::uint64_t last = std::min(sample + options.sample, claimed) - 1;
            isHit = isHit || (!wraps && last / kBlockSize >= real) ||
                    (wraps && last / kBlockSize >= real &&
                     last / kBlockSize % real < options.sample / kBlockSize + report.pushed / kBlockSize &&
                     report.pushed < kUnit - options.sample);
        }
        const std::string all = "seed " + std::to_string(seed) + ", round " + std::to_string(round) + ", blocks " +
                                std::to_string(blocks) + ", real " + std::to_string(real) +
                                (wraps ? ", wraps: " : ", drops: ") + words(report);
        if (real == blocks)
            QVERIFY2(report.judgement.verdict == CapacityVerdict::NoSignOfCounterfeit, all.c_str());
        if (isHit && report.badSamples > 1)
            QVERIFY2(report.judgement.verdict == CapacityVerdict::Counterfeit ||
                         report.judgement.verdict == CapacityVerdict::Damaged,
                     all.c_str());
        if (isHit)
            QVERIFY2(report.badSamples > 0, all.c_str());
        if (report.judgement.verdict == CapacityVerdict::Counterfeit && real * kBlockSize + kUnit < claimed) {
            const double off =
                std::abs(static_cast<double>(report.judgement.real) - static_cast<double>(real * kBlockSize));
            QVERIFY2(off <= static_cast<double>(report.judgement.realError), all.c_str());
        }
    }
}

/// A phase takes as long as the calls of the target that belong to it.
void TestQuickCapacity::eachPhaseIsTimed()
{
    using Call = FailingTarget::Call;
    constexpr Nanoseconds kWait = 30 * kNanosecondsPerMillisecond;
    MemoryTarget memory(8 * kMiB);
    const auto takes = [&](Call slow, Nanoseconds QuickCapacityReport::*phase) {
        std::atomic<bool> hasWaited = false;
        FailingTarget waiting(memory, [&](Call call, std::uint64_t, std::size_t) {
            if (call == slow && !hasWaited.exchange(true))
                std::this_thread::sleep_for(std::chrono::nanoseconds(kWait));
            return 0;
        });
        ReservingTarget target(waiting, 8 * kMiB);
        return checked(target, 8 * kMiB).*phase;
    };
    QVERIFY(takes(Call::Write, &QuickCapacityReport::writing) >= kWait);
    QVERIFY(takes(Call::Flush, &QuickCapacityReport::flushing) >= kWait);
    QVERIFY(takes(Call::Read, &QuickCapacityReport::verifying) >= kWait);
}

void TestQuickCapacity::theChancesAreThoseOfTheFormula()
{
    QCOMPARE(chanceOfMissing(0, 0.5), 1.0);
    QCOMPARE(chanceOfMissing(2, 0.5), 0.25);
    QVERIFY(chanceOfMissing(540, 0.01) < 0.0045 && chanceOfMissing(540, 0.01) > 0.0043);
    QCOMPARE(quickUnit(4096 * kMiB), 8 * kMiB);
    QCOMPARE(quickUnit(kMiB), 4 * kMiB);
    QVERIFY(quickUnit(std::uint64_t{2} << 40U) < std::uint64_t{4} << 30U);
    QCOMPARE(defaultPush(std::uint64_t{4} << 30U, 8 * kMiB), (std::uint64_t{4} << 30U) / 50);
    QCOMPARE(defaultPush(std::uint64_t{1} << 38U, 512 * kMiB), std::uint64_t{1} << 30U);
    QCOMPARE(defaultPush(std::uint64_t{1} << 40U, 1900 * kMiB), 2850 * kMiB);
}

QTEST_APPLESS_MAIN(TestQuickCapacity)
#include "tst_quick_capacity.moc"
