// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stream/line_framing.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <string>
#include <vector>

using namespace scratchproof;

namespace {

using Lines = std::vector<std::string>;

Lines takeAll(LineSplitter& splitter)
{
    Lines lines;
    while (auto line = splitter.next())
        lines.push_back(std::move(*line));
    return lines;
}

} // namespace

class LineSplitterTest : public QObject
{
    Q_OBJECT
private slots:
    void linesAreTheSameHoweverTheBytesArrive()
    {
        const std::string text("one\n\ntwo\xff\0x\nthree\n", 18);
        const Lines expected{"one", "", std::string("two\xff\0x", 6), "three"};
        for (std::size_t piece = 1; piece <= text.size(); ++piece) {
            LineSplitter splitter;
            Lines lines;
            for (std::size_t at = 0; at < text.size(); at += piece) {
                QVERIFY(splitter.append(text.substr(at, piece)).has_value());
                for (auto& line : takeAll(splitter))
                    lines.push_back(std::move(line));
            }
            QVERIFY(lines == expected);
            QVERIFY(!splitter.hasPartialLine());
        }
    }

    void linesMayBeTakenLate()
    {
        LineSplitter splitter;
        QVERIFY(!splitter.hasLine());
        QVERIFY(splitter.append("a\nb\nc").has_value());
        QVERIFY(splitter.hasLine() && splitter.hasLine());
        QCOMPARE(splitter.next().value(), std::string("a"));
        QVERIFY(splitter.hasLine());
        QVERIFY(splitter.append("d\ne\n").has_value());
        QVERIFY(takeAll(splitter) == (Lines{"b", "cd", "e"}));
        QVERIFY(!splitter.hasLine());
        QVERIFY(splitter.append("f").has_value());
        QVERIFY(!splitter.hasLine());
        QVERIFY(splitter.append("\n").has_value());
        QVERIFY(splitter.hasLine());
        QVERIFY(takeAll(splitter) == Lines{"f"});
    }

    void anUnfinishedLineWaits()
    {
        LineSplitter splitter;
        QVERIFY(splitter.append("half").has_value());
        QVERIFY(!splitter.next().has_value());
        QVERIFY(splitter.hasPartialLine());
        QVERIFY(splitter.append("\n").has_value());
        QCOMPARE(splitter.next().value(), std::string("half"));
        QVERIFY(!splitter.hasPartialLine());
    }

    void aLineOfExactlyTheLongestIsTaken()
    {
        LineSplitter splitter(8);
        QVERIFY(splitter.append("12345678").has_value());
        QVERIFY(splitter.append("\n").has_value());
        QCOMPARE(splitter.next().value(), std::string("12345678"));
    }

    void aLineThatIsTooLongIsAnErrorBeforeItsEndArrives()
    {
        LineSplitter splitter(8);
        const auto refused = splitter.append("123456789");
        QVERIFY(!refused.has_value());
        QCOMPARE(refused.error().operation, std::string("line-framing"));
    }

    void aLineThatIsTooLongIsAnErrorWithItsEndToo()
    {
        LineSplitter splitter(8);
        QVERIFY(!splitter.append("123456789\n").has_value());
        LineSplitter second(8);
        QVERIFY(!second.append("ok\n123456789\n").has_value());
    }

    void theFramingFailsForGood()
    {
        LineSplitter splitter(8);
        QVERIFY(!splitter.append("123456789").has_value());
        QVERIFY(!splitter.append("\nok\n").has_value());
    }

    void manyLinesAtOnceAreNotALongLine()
    {
        LineSplitter splitter(8);
        std::string batch;
        for (int i = 0; i < 1000; ++i)
            batch += "1234567\n";
        QVERIFY(splitter.append(batch).has_value());
        QCOMPARE(takeAll(splitter).size(), std::size_t{1000});
    }

    void manyLinesAreCutInLinearTime()
    {
        // Quadratic work would take minutes here; the test's time limit is the judge.
        LineSplitter splitter;
        std::size_t lines = 0;
        const std::string batch(1U << 16U, '\n');
        for (int i = 0; i < 50; ++i) {
            QVERIFY(splitter.append(batch).has_value());
            lines += takeAll(splitter).size();
        }
        QCOMPARE(lines, batch.size() * 50);
        std::size_t accepted = 0;
        while (accepted < kLongestLine && splitter.append("x").has_value() && !splitter.next().has_value())
            ++accepted;
        QCOMPARE(accepted, kLongestLine);
    }
};

SCRATCHPROOF_TEST_MAIN(LineSplitterTest, Nothing)
#include "tst_line_splitter.moc"
