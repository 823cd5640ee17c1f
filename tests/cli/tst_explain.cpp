// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/diagnosis/catalogue.h"
#include "core/diagnosis/words.h"
#include "core/probe/steps.h"
#include "core/stream/json_fields.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"

#include <QTest>

#include <set>
#include <string>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

Ended explain(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), {SCRATCHPROOF_CLI, "explain"});
    Program program;
    program.arguments = std::move(arguments);
    return run(program);
}

bool has(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

class ExplainTest : public QObject
{
    Q_OBJECT

private slots:
    void everyCauseThatHasWordsHasItsPlaceInTheCatalogueAndOnlyOne()
    {
        std::set<std::string> rows;
        for (const CauseWords* words : catalogue())
            QVERIFY2(rows.insert(words->id).second, words->id);
        for (const CauseWords* words : allCauseWords())
            QVERIFY2(rows.contains(words->id), words->id);
        std::set<std::string> sections;
        for (const auto& section : catalogueSections())
            sections.insert(section.id);
        for (const CauseWords* words : allCauseWords()) {
            QVERIFY2(sections.contains(words->listed.section), words->id);
            for (const auto& step : wordsOf(words->listed.steps))
                QVERIFY2(step == "any" || stepFromString(step).has_value(), words->id);
            for (const auto& name : wordsOf(words->listed.errnos))
                QVERIFY2(errnoFromName(name).has_value() && errnoName(*errnoFromName(name)) == name, words->id);
        }
    }

    void withoutANameAllAreListed()
    {
        const auto ended = explain({});
        QCOMPARE(ended.exitCode, 0);
        for (const CauseWords* words : allCauseWords())
            QVERIFY2(has(ended.output, words->id), words->id);
    }

    void aCauseIsExplainedWithWhatToDo()
    {
        const auto ended = explain({"mount-readonly-flag"});
        QCOMPARE(ended.exitCode, 0);
        for (const char* part : {"mount-readonly-flag", "blocking", "proven", "create-file", "EROFS", "{mount}"})
            QVERIFY2(has(ended.output, part), (part + std::string(" is not in ") + ended.output).c_str());
    }

    void anErrnoIsExplainedByNameAndByNumber_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::newRow("name") << QByteArray("EACCES");
        QTest::newRow("small letters") << QByteArray("eacces");
        QTest::newRow("number") << QByteArray("13");
    }
    void anErrnoIsExplainedByNameAndByNumber()
    {
        QFETCH(QByteArray, name);
        const auto ended = explain({name.toStdString()});
        QCOMPARE(ended.exitCode, 0);
        for (const char* part : {"EACCES (13)", "Permission denied", "mode-not-writable", "parent-no-search"})
            QVERIFY2(has(ended.output, part), ended.output.c_str());
        QVERIFY(!has(ended.output, "disk-full"));
    }

    void anUnknownNameIsWrongUsageWithSuggestions_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("suggestion");
        QTest::newRow("misspelled") << QByteArray("mount-redonly-flag") << QByteArray("mount-readonly-flag");
        QTest::newRow("a part") << QByteArray("readonly-flag") << QByteArray("mount-readonly-flag");
        QTest::newRow("nothing like it") << QByteArray("xyzzy") << QByteArray("all are listed");
        QTest::newRow("no errno") << QByteArray("4000") << QByteArray("4000");
        QTest::newRow("huge number") << QByteArray("99999999999999999999") << QByteArray("no errno");
        QTest::newRow("hostile") << QByteArray("\x1b[2J\xff") << QByteArray("\\x1b[2J\\xff");
    }
    void anUnknownNameIsWrongUsageWithSuggestions()
    {
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, suggestion);
        const auto ended = explain({name.toStdString()});
        QCOMPARE(ended.exitCode, 2);
        QVERIFY(ended.output.empty());
        QVERIFY2(has(ended.errors, suggestion.toStdString()), ended.errors.c_str());
        QVERIFY(!has(ended.errors, "\x1b"));
    }

    void jsonHasTheSame()
    {
        const auto all = parseJson(explain({"--json"}).output);
        QVERIFY(all.has_value());
        QCOMPARE(getString(*all, "schema").value_or(""), std::string("scratchproof.causes/1"));
        QCOMPARE(getArray(*all, "causes")->size(), allCauseWords().size());
        const auto one = parseJson(explain({"EROFS", "--json"}).output);
        QVERIFY(one.has_value());
        const Json* code = getObject(*one, "errno");
        QVERIFY(code != nullptr);
        QCOMPARE(getInteger(*code, "number").value_or(0), std::int64_t{30});
        QVERIFY(!getArray(*one, "causes")->empty());
        for (const auto& cause : *getArray(*one, "causes"))
            QVERIFY(has(getArray(cause, "errnos")->dump(), "EROFS"));
    }

    void linesFitATerminal()
    {
        for (const auto& arguments : std::vector<std::vector<std::string>>{{}, {"EACCES"}}) {
            std::string line;
            for (const char c : explain(arguments).output) {
                if (c != '\n') {
                    line += c;
                    continue;
                }
                QVERIFY2(line.size() <= 100, line.c_str());
                line.clear();
            }
        }
    }
};

SCRATCHPROOF_TEST_MAIN(ExplainTest, Nothing)
#include "tst_explain.moc"
