// SPDX-License-Identifier: GPL-3.0-or-later
// What is passed on without being read, and what is read without being taken apart: the same as if it had been.
#include "core/protocol/messages.h"
#include "core/protocol/result_line.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <string>
#include <vector>

using namespace scratchproof;

namespace {

Check usableCheck()
{
    Check check;
    check.folder = "/a \"folder\"";
    check.level = Level::Quick;
    check.verdict = Verdict::Usable;
    check.steps.push_back({Step::OpenFolder, StepStatus::Passed, {}, 0, 7});
    return check;
}

std::string lineOf(const Check& check, std::uint64_t id = 7)
{
    return toLine(Event(event::CheckFinished{id, check}));
}

bool isTaken(const std::string& line)
{
    const Check check = usableCheck();
    return resultLineOf(line, 7, check.folder, check.level).has_value();
}

} // namespace

class TestResultLine : public QObject
{
    Q_OBJECT
private slots:
    void aUsableFolderIsPassedOnAsItIs();
    void anythingElseIsRead();
    void aFolderThatIsNoTextIsPassedOn();
    void shortEventsAreWrittenAsJsonWritesThem();
    void progressHasItsHeadOnce();
    void shortEventsThatDoNotFitAreRefused_data();
    void shortEventsThatDoNotFitAreRefused();
};

void TestResultLine::aUsableFolderIsPassedOnAsItIs()
{
    const Check check = usableCheck();
    const std::string line = lineOf(check);
    const auto result = resultLineOf(line, 7, check.folder, check.level);
    QVERIFY(result.has_value());
    QVERIFY(result->verdict == Verdict::Usable);
    QCOMPARE(toLine(12, result->result), lineOf(check, 12));
}

void TestResultLine::anythingElseIsRead()
{
    const std::string line = lineOf(usableCheck());
    QVERIFY(isTaken(line));
    QVERIFY(!isTaken(lineOf(usableCheck(), 8)));
    const auto isTakenWith = [](const auto& change) {
        Check check = usableCheck();
        change(check);
        return isTaken(lineOf(check));
    };
    QVERIFY(!isTakenWith([](Check& check) { check.folder = "/another"; }));
    QVERIFY(!isTakenWith([](Check& check) { check.level = Level::Full; }));
    QVERIFY(!isTakenWith([](Check& check) { check.as = "somebody"; }));
    QVERIFY(!isTakenWith([](Check& check) { check.host = "elsewhere"; }));
    for (const Verdict verdict : {Verdict::Unusable, Verdict::NotResponding, Verdict::NotChecked})
        QVERIFY(!isTakenWith([verdict](Check& check) { check.verdict = verdict; }));
    for (std::size_t length = 0; length < line.size(); ++length)
        QVERIFY(!isTaken(line.substr(0, length)));
    QVERIFY(!isTaken(line + "}}"));
    QVERIFY(!isTaken(line.substr(0, line.size() - 2) + ",]}}"));
    QVERIFY(!isTaken(line.substr(0, line.size() - 2) + ",\"more\":\"\xff\"}}"));
}

void TestResultLine::aFolderThatIsNoTextIsPassedOn()
{
    Check check = usableCheck();
    check.folder = "/\xff";
    const std::string line = lineOf(check);
    const auto result = resultLineOf(line, 7, check.folder, check.level);
    QVERIFY(result.has_value());
    QCOMPARE(toLine(7, result->result), line);
}

void TestResultLine::shortEventsAreWrittenAsJsonWritesThem()
{
    const std::vector<Event> events{
        event::StepStarted{1, kFactsStep, {}},
        event::StepStarted{2, "create-file", {}, {"/a", "/b c"}},
        event::StepStarted{2, "create-file", {}, {"/a\"b", "/\xff", "/\n"}},
        event::StepStarted{3, "sync", DeviceNumber{8, 1}, {"/a"}},
        event::Crossing{8, {30, {0, 27}, "/dev/shm"}, "tmpfs"},
        event::Crossing{8, {30, {0, 27}, "/dev/shm"}, "tmpfs", true},
        event::Crossing{8, {30, {8, 1}, "/media/a \"b\""}, "ext4", false, {{17, 5}}},
        event::StepFinished{4, {Step::OpenFolder, StepStatus::Passed, {}, 0, 12345}},
        event::StepFinished{5, {Step::Sync, StepStatus::Failed, "fsync", 5, 12345}},
        event::StepFinished{6, {Step::Sync, StepStatus::Skipped, {}, 0, 0}},
    };
    for (const Event& event : events) {
        const std::string line = toLine(event);
        const auto json = parseJson(line);
        QVERIFY(json.has_value());
        QCOMPARE(toLine(*json), line);
        const auto read = eventFromLine(line);
        QVERIFY(read.has_value());
        QCOMPARE(toLine(*read), line);
        // With a blank in it it is no line of ours, and says the same.
        const auto other = eventFromLine("{ " + line.substr(1));
        QVERIFY(other.has_value());
        QCOMPARE(toLine(*other), line);
    }
}

void TestResultLine::progressHasItsHeadOnce()
{
    const std::string line = R"({"event":"progress","id":2,"bytes":7})";
    const auto event = eventFromLine(line);
    QVERIFY(event.has_value());
    QVERIFY(std::get<event::Progress>(*event).body == (Json{{"bytes", 7}}));
    QCOMPARE(toLine(*event), line);
    QCOMPARE(toLine(event::Progress{2, Json{{"event", "answer"}, {"id", 9}, {"bytes", 7}}}), line);
}

void TestResultLine::shortEventsThatDoNotFitAreRefused_data()
{
    QTest::addColumn<QByteArray>("line");
    const auto row = [](const char* name, const char* line) { QTest::newRow(name) << QByteArray(line); };
    row("a step that is none", R"({"event":"step-started","check":1,"step":"fly"})");
    row("a result of none", R"({"event":"step","check":1,"step":"fly","status":"passed","duration_ns":1})");
    row("a negative duration", R"({"event":"step","check":1,"step":"sync","status":"passed","duration_ns":-1})");
    row("a negative number", R"({"event":"step-started","check":-1,"step":"sync"})");
    row("a duration that fits nowhere",
        R"({"event":"step","check":1,"step":"sync","status":"passed","duration_ns":99999999999999999999})");
    row("no end", R"({"event":"step-started","check":1,"step":"sync","may_leave":["/a")");
    row("an end too many", R"({"event":"step-started","check":1,"step":"sync"}})");
    row("a path that is cut", R"({"event":"step-started","check":1,"step":"sync","may_leave":["/a)");
    row("a control character", "{\"event\":\"step-started\",\"check\":1,\"step\":\"sync\",\"may_leave\":[\"/\x01\"]}");
}

void TestResultLine::shortEventsThatDoNotFitAreRefused()
{
    QFETCH(QByteArray, line);
    QVERIFY(!eventFromLine(line.toStdString()).has_value());
}

SCRATCHPROOF_TEST_MAIN(TestResultLine, Nothing)
#include "tst_result_line.moc"
