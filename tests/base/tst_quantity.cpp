// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/quantity.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <string>

using namespace scratchproof;

namespace {
constexpr Nanoseconds kSecond = kNanosecondsPerSecond;
constexpr Nanoseconds kHour = 3600 * kSecond;
} // namespace

class QuantityTest : public QObject
{
    Q_OBJECT
private slots:
    void durationsAreRead_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<qint64>("value");
        QTest::newRow("seconds without a unit") << QByteArray("10") << qint64{10 * kSecond};
        QTest::newRow("fraction") << QByteArray("2.5") << qint64{2'500'000'000};
        QTest::newRow("zero") << QByteArray("0") << qint64{0};
        QTest::newRow("ms") << QByteArray("500ms") << qint64{500'000'000};
        QTest::newRow("s") << QByteArray("90s") << qint64{90 * kSecond};
        QTest::newRow("m") << QByteArray("15m") << qint64{900 * kSecond};
        QTest::newRow("h") << QByteArray("12h") << qint64{12 * kHour};
        QTest::newRow("d") << QByteArray("7d") << qint64{168 * kHour};
        QTest::newRow("w") << QByteArray("2w") << qint64{336 * kHour};
        QTest::newRow("half an hour") << QByteArray("0.5h") << qint64{1800 * kSecond};
    }
    void durationsAreRead()
    {
        QFETCH(QByteArray, text);
        QFETCH(qint64, value);
        const auto parsed = parseDuration(text.toStdString());
        QVERIFY(parsed.has_value());
        QCOMPARE(qint64{*parsed}, value);
    }

    void otherDurationsAreRefusedWithTheirText()
    {
        for (const std::string text :
             {"",      " ",    "s",    "-1", "+1", "1 s",   " 1s",   "1s ", "1e3",
              "inf",   "nan",  "0x10", "1x", "1S", "7days", "1h30m", "1,5", "99999999999999999999d",
              "1e400", "never"}) {
            const auto parsed = parseDuration(text);
            QVERIFY2(!parsed.has_value(), text.c_str());
            QVERIFY2(parsed.error().detail.find("'" + text + "'") != std::string::npos, text.c_str());
        }
    }

    void lifetimesAreReadAndWrittenBackTheSame()
    {
        for (const std::string text : {"never", "12h", "7d", "30d", "90s", "1m", "1500ms", "14d"}) {
            const auto parsed = parseLifetime(text);
            QVERIFY2(parsed.has_value(), text.c_str());
            QCOMPARE(formatLifetime(*parsed), text);
        }
        QVERIFY(!parseLifetime("never")->has_value());
        QCOMPARE(formatLifetime(*parseLifetime("2w")), std::string("14d"));
        QCOMPARE(formatLifetime(*parseLifetime("0.5h")), std::string("30m"));
    }

    void aLifetimeOfNothingIsRefused()
    {
        for (const std::string text : {"0", "0d", "", "Never", "soon", "-1d", "0.0000000001s"}) {
            const auto parsed = parseLifetime(text);
            QVERIFY2(!parsed.has_value(), text.c_str());
            QVERIFY2(parsed.error().detail.find("'" + text + "'") != std::string::npos, text.c_str());
        }
    }

    void aWrittenLifetimeReadsBackToTheSameValue()
    {
        for (const Nanoseconds value :
             {Nanoseconds{1'000'000}, Nanoseconds{1'500'000'000}, kSecond + 1'000'000, 36 * kHour}) {
            const auto back = parseLifetime(formatLifetime(Lifetime{value}));
            QVERIFY2(back.has_value() && back->has_value(), formatLifetime(Lifetime{value}).c_str());
            QCOMPARE(qint64{**back}, qint64{value});
        }
    }

    void sizesAreRead_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<quint64>("value");
        QTest::newRow("bytes") << QByteArray("4096") << quint64{4096};
        QTest::newRow("B") << QByteArray("10B") << quint64{10};
        QTest::newRow("zero") << QByteArray("0") << quint64{0};
        QTest::newRow("K") << QByteArray("64K") << quint64{65536};
        QTest::newRow("k") << QByteArray("64k") << quint64{65536};
        QTest::newRow("KiB") << QByteArray("64KiB") << quint64{65536};
        QTest::newRow("kB") << QByteArray("64kB") << quint64{64000};
        QTest::newRow("M") << QByteArray("500M") << quint64{500} * 1048576;
        QTest::newRow("G") << QByteArray("20G") << quint64{20} * 1073741824;
        QTest::newRow("GB") << QByteArray("20GB") << quint64{20'000'000'000};
        QTest::newRow("fraction") << QByteArray("1.5T") << quint64{1649267441664};
        QTest::newRow("P") << QByteArray("1P") << (quint64{1} << 50);
    }
    void sizesAreRead()
    {
        QFETCH(QByteArray, text);
        QFETCH(quint64, value);
        const auto parsed = parseSize(text.toStdString());
        QVERIFY(parsed.has_value());
        QCOMPARE(quint64{*parsed}, value);
    }

    void otherSizesAreRefusedWithTheirText()
    {
        for (const std::string text :
             {"", "G", "-1", "+5", "1 G", "5X", "5Gi", "5GBs", "20g", "1e3", "0x10", "99999999P", "nan"}) {
            const auto parsed = parseSize(text);
            QVERIFY2(!parsed.has_value(), text.c_str());
            QVERIFY2(parsed.error().detail.find("'" + text + "'") != std::string::npos, text.c_str());
        }
    }

    void bytesAreShownWithThreeDigits()
    {
        QCOMPARE(formatBytes(0), std::string("0 B"));
        QCOMPARE(formatBytes(999), std::string("999 B"));
        QCOMPARE(formatBytes(1000), std::string("1.00 kB"));
        QCOMPARE(formatBytes(999'499), std::string("999 kB"));
        QCOMPARE(formatBytes(999'500), std::string("1.00 MB"));
        QCOMPARE(formatBytes(41'200'000'000), std::string("41.2 GB"));
        QCOMPARE(formatBytes(9'999'000), std::string("10.0 MB"));
        QCOMPARE(formatBytes(UINT64_MAX), std::string("18.4 EB"));
    }

    void durationsAreShownWithTwoDigits()
    {
        QCOMPARE(formatDuration(0), std::string("0 ns"));
        QCOMPARE(formatDuration(85'000), std::string("85 µs"));
        QCOMPARE(formatDuration(3'000'000), std::string("3.0 ms"));
        QCOMPARE(formatDuration(25'400'000), std::string("25 ms"));
        QCOMPARE(formatDuration(1'200'000'000), std::string("1.2 s"));
        QCOMPARE(formatDuration(120 * kSecond), std::string("2 min"));
        QCOMPARE(formatDuration(3 * kHour), std::string("3.0 h"));
    }

    void theDecimalPointIsTheReaders()
    {
        QCOMPARE(formatBytes(41'200'000'000, ","), std::string("41,2 GB"));
        QCOMPARE(formatBytes(512, ","), std::string("512 B"));
        QCOMPARE(formatBytes(412'000, ","), std::string("412 kB"));
        QCOMPARE(formatDuration(1'200'000'000, ","), std::string("1,2 s"));
        QCOMPARE(formatDuration(25'400'000, ","), std::string("25 ms"));
    }

    void aSpanIsItsLargestUnitRoundedToTheNearest()
    {
        QCOMPARE(formatSpan(7 * 24 * kHour - kSecond), std::string("7 days"));
        QCOMPARE(formatSpan(48 * kHour - 1), std::string("2 days"));
        QCOMPARE(formatSpan(47 * kHour), std::string("47 h"));
        QCOMPARE(formatSpan(60 * kSecond), std::string("1 min"));
        QCOMPARE(formatSpan(60 * kSecond - 1), std::string("under a minute"));
        QCOMPARE(formatSpan(-5), std::string("under a minute"));
        QCOMPARE(formatSpan(3 * 365 * 24 * kHour), std::string("3 years"));
    }
};

SCRATCHPROOF_TEST_MAIN(QuantityTest, Nothing)
#include "tst_quantity.moc"
