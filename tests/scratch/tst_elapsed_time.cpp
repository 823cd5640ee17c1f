// SPDX-License-Identifier: GPL-3.0-or-later

// How much time has passed for certain, whatever the clocks say.

#include "core/scratch/elapsed_time.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <algorithm>
#include <random>

using namespace scratchproof;

namespace {

constexpr Nanoseconds kSecond = kNanosecondsPerSecond;
constexpr Nanoseconds kHour = 3600 * kSecond;
constexpr Nanoseconds kDay = 24 * kHour;
constexpr Nanoseconds kToday = 56 * 365 * kDay; // wall clock

/// A computer with true time, and a wall clock that may be wrong.
struct Computer
{
    Nanoseconds truth = 0;
    Nanoseconds wrong = 0; // how far its wall clock is ahead
    Nanoseconds bootedAt = 0;
    std::int64_t boot = 1;
    bool isSynchronized = false;
    std::optional<ElapsedTime> counted;
    Nanoseconds begun = 0;

    Nanoseconds count()
    {
        if (!counted)
            begun = truth;
        counted = countOn(counted, {kToday + truth + wrong, truth - bootedAt, boot, isSynchronized});
        return counted->total;
    }
    void pass(Nanoseconds time) { truth += time; }
    void restart(Nanoseconds off)
    {
        truth += off;
        bootedAt = truth;
        ++boot;
    }
    [[nodiscard]] Nanoseconds passed() const { return truth - begun; }
};

} // namespace

class TestElapsedTime : public QObject
{
    Q_OBJECT

private slots:
    void stepsAreCounted_data()
    {
        QTest::addColumn<qint64>("wallStep"); // of the wall clock
        QTest::addColumn<qint64>("bootStep"); // of CLOCK_BOOTTIME; or where another boot: what it says
        QTest::addColumn<qint64>("boot");     // before, it is 1
        QTest::addColumn<bool>("isSynchronized");
        QTest::addColumn<qint64>("counted");
        constexpr qint64 h = kHour;
        constexpr qint64 d = kDay;
        QTest::newRow("an hour") << h << h << qint64{1} << true << h;
        QTest::newRow("nothing") << qint64{0} << qint64{0} << qint64{1} << true << qint64{0};
        QTest::newRow("an hour, and the clock is set a year on") << 365 * d << h << qint64{1} << true << h;
        QTest::newRow("an hour, and the clock is set back") << -365 * d << h << qint64{1} << true << h;
        QTest::newRow("a month asleep") << 30 * d << 30 * d << qint64{1} << false << 30 * d;
        QTest::newRow("more than a month at once") << 31 * d << 31 * d << qint64{1} << true << qint64{0};
        QTest::newRow("back within a boot") << -h / 2 << -h / 2 << qint64{1} << true << qint64{0};
        QTest::newRow("restart, off for ten hours") << 11 * h << h << qint64{2} << false << 11 * h;
        QTest::newRow("restart, off for ten days by a clock of its own")
            << 10 * d + h << h << qint64{2} << false << d + h;
        QTest::newRow("restart, off for ten days by a time server")
            << 10 * d + h << h << qint64{2} << true << 10 * d + h;
        QTest::newRow("restart, off for a year by a time server") << 365 * d << h << qint64{2} << true << h;
        QTest::newRow("restart, and the clock is behind") << -365 * d << h << qint64{2} << false << h;
        QTest::newRow("restart, long ago") << 31 * d << 31 * d << qint64{2} << true << qint64{0};
        QTest::newRow("no boot is known") << h << h << qint64{0} << true << qint64{0};
    }
    void stepsAreCounted()
    {
        QFETCH(qint64, wallStep);
        QFETCH(qint64, bootStep);
        QFETCH(qint64, boot);
        QFETCH(bool, isSynchronized);
        QFETCH(qint64, counted);
        const Nanoseconds base = 5 * kHour;
        const ElapsedTime before = countOn(std::nullopt, {kToday, base, 1, isSynchronized});
        QCOMPARE(before.total, Nanoseconds{0});
        const auto after =
            countOn(before, {kToday + wallStep, boot == 1 ? base + bootStep : bootStep, boot, isSynchronized});
        QCOMPARE(qint64{after.total}, counted);
    }

    void aReadingThatIsLateChangesNothing()
    {
        const ElapsedTime first = countOn(std::nullopt, {kToday, kHour, 1, true});
        const ElapsedTime second = countOn(first, {kToday + kHour, 2 * kHour, 1, true});
        const ElapsedTime late = countOn(second, {kToday + kHour - kSecond, 2 * kHour - kSecond, 1, true});
        QVERIFY(late == second);
        QCOMPARE(countOn(late, {kToday + 2 * kHour, 3 * kHour, 1, true}).total, 2 * kHour);
    }

    void howeverTheClockJumpsNeverTooMuch_data()
    {
        QTest::addColumn<int>("seed");
        for (int seed = 0; seed < 20; ++seed)
            QTest::addRow("%d", seed) << seed;
    }
    void howeverTheClockJumpsNeverTooMuch()
    {
        QFETCH(int, seed);
        constexpr int kHistories = 500;
        constexpr int kSteps = 200;
        std::mt19937_64 random(static_cast<unsigned>(seed) + 1);
        const auto upTo = [&](Nanoseconds most) { return std::uniform_int_distribution<Nanoseconds>(0, most)(random); };
        for (int history = 0; history < kHistories; ++history) {
            Computer computer;
            Nanoseconds restarts = 0;
            Nanoseconds before = computer.count();
            for (int step = 0; step < kSteps; ++step) {
                switch (upTo(6)) {
                case 0:
                    computer.wrong += upTo(800 * kDay) - 400 * kDay;
                    break;
                case 1:
                    computer.wrong = 0;
                    break;
                case 2:
                    computer.restart(upTo(3 * kDay));
                    ++restarts;
                    break;
                case 3:
                    computer.pass(upTo(40 * kDay));
                    break;
                default:
                    computer.pass(upTo(kHour));
                    break;
                }
                const Nanoseconds now = computer.count();
                QVERIFY(now >= before);
                QVERIFY2(now <= computer.passed() + restarts * kLongestOff,
                         qPrintable(QString("history %1, step %2").arg(history).arg(step)));
                before = now;
            }
        }
    }

    void withAClockThatIsRightItIsTrueTime_data()
    {
        QTest::addColumn<bool>("isSynchronized");
        QTest::newRow("by a time server") << true;
        QTest::newRow("by its own clock") << false;
    }
    void withAClockThatIsRightItIsTrueTime()
    {
        QFETCH(bool, isSynchronized);
        std::mt19937_64 random(7);
        Computer computer;
        computer.isSynchronized = isSynchronized;
        computer.count();
        for (int day = 0; day < 365; ++day) { // on by day, asleep or off at night
            computer.pass(6 * kHour);
            computer.count();
            computer.pass(2 * kHour);
            if (random() % 2 == 0)
                computer.restart(16 * kHour);
            else
                computer.pass(16 * kHour);
        }
        computer.count();
        QCOMPARE(computer.counted->total, computer.passed());
    }

    void oneThatWasAheadLosesNoMoreThanItSaid()
    {
        // What lies before the newest time that was ever read does not count over a restart: an hour of wrong time
        // ahead delays, and time within a boot counts all the same.
        Computer computer;
        computer.count();
        computer.wrong = 100 * kDay;
        computer.pass(kHour);
        computer.count();
        computer.wrong = 0;
        for (int day = 0; day < 30; ++day) {
            computer.pass(8 * kHour);
            computer.count();
            computer.restart(16 * kHour);
        }
        QVERIFY(computer.count() >= 30 * 8 * kHour);
        // A time server says that it was wrong: from there on it counts again.
        computer.isSynchronized = true;
        computer.count();
        const Nanoseconds then = computer.count();
        computer.restart(16 * kHour);
        QCOMPARE(computer.count(), then + 16 * kHour);
    }
};

SCRATCHPROOF_TEST_MAIN(TestElapsedTime, Nothing)
#include "tst_elapsed_time.moc"
