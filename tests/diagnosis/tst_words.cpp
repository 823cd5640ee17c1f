// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/finding_json.h"
#include "core/diagnosis/words.h"
#include "tests/diagnosis/recorded.h"

#include <QTest>

#include <set>

using namespace scratchproof;
using namespace recorded;

namespace {

const std::string kHostile = "/mnt/x'; rm -rf ~; '\n\x1b[31m\xff{user}\xe2\x80\xae";

Finding onMount(const Path& mountPoint)
{
    Finding finding;
    finding.id = "mount-readonly-flag";
    finding.arguments = {{"mount", Argument::path(mountPoint)},
                         {"path", Argument::path(mountPoint)},
                         {"mount_role", Argument::name("apart")},
                         {"fs", Argument::name("ext4")}};
    finding.fixes.push_back(makeFix("remount-bind-rw", finding.arguments));
    return finding;
}

} // namespace

class TestWords : public QObject
{
    Q_OBJECT
private slots:
    void theCatalogueIsWholeAndUnique();
    void hostileNamesAreShownHarmless();
    void bracesInANameAreNotFilled();
    void commandsKeepTheBytesOfAPath();
    void commandsAreNotMadeOfUnfitArguments_data();
    void commandsAreNotMadeOfUnfitArguments();
    void aRelativePathCannotBeAnOption();
    void whatIsInBracketsIsLeftOutWithItsArgument();
    void whoseAFixIsGoesByTheOwnersName();
    void anUnknownFindingHasTheWordsOfUnknownAndNoCommand();
    void anUnknownFixIsLeftOut();
    void wordsAreTranslatedBeforeTheyAreFilled();
    void numbersAreFormatted();
    void jsonReadsBackAsItWas();
    void jsonCommandsAreNotBelieved();
    void aFixOfAnotherCauseIsLeftOut();
    void jsonThatDoesNotFitIsRefused_data();
    void jsonThatDoesNotFitIsRefused();
};

void TestWords::theCatalogueIsWholeAndUnique()
{
    std::set<std::string> ids;
    for (const CauseWords* words : allCauseWords()) {
        QVERIFY2(ids.insert(words->id).second, words->id);
        const std::string title = words->title;
        QVERIFY2(!title.empty() && title.back() != '.' && title.size() < 80, words->id);
        QVERIFY2(std::string(words->explanation).back() == '.', words->id);
        QVERIFY(findCauseWords(words->id) == words);
    }
    ids.clear();
    for (const FixWords* words : allFixWords()) {
        QVERIFY2(ids.insert(words->id).second, words->id);
        QVERIFY2(std::string(words->text).back() == '.', words->id);
        QVERIFY(findFixWords(words->id) == words);
    }
    QVERIFY(findCauseWords("no-such-id") == nullptr);
}

void TestWords::hostileNamesAreShownHarmless()
{
    const RenderedFinding words = render(onMount(kHostile));
    QVERIFY(isUtf8(words.explanation));
    for (const char* bad : {"\n", "\x1b", "\xe2\x80\xae"})
        QVERIFY(words.explanation.find(bad) == std::string::npos);
    QVERIFY(words.explanation.find("\\xff") != std::string::npos);
}

void TestWords::bracesInANameAreNotFilled()
{
    Finding finding = onMount("/mnt/{path}{mount");
    QVERIFY(render(finding).explanation.find("/mnt/{path}{mount") != std::string::npos);
}

void TestWords::commandsKeepTheBytesOfAPath()
{
    const RenderedFinding words = render(onMount(kHostile));
    const std::vector<std::string> expected = {"mount", "-o", "remount,bind,rw", "--", kHostile};
    QCOMPARE(words.fixes.at(0).command, expected);
}

void TestWords::commandsAreNotMadeOfUnfitArguments_data()
{
    QTest::addColumn<QByteArray>("user");
    for (const char* user : {"", "-R", "ann,u:eve", "ann:rwx", "ann eve", "ann\n", "ann/x", "number 4242"})
        QTest::newRow(user) << QByteArray(user);
}

void TestWords::commandsAreNotMadeOfUnfitArguments()
{
    QFETCH(QByteArray, user);
    const Arguments arguments = {{"user", Argument::user(user.toStdString())},
                                 {"owner", Argument::user("root")},
                                 {"path", Argument::path("/mnt")}};
    QVERIFY(makeFix("ask-for-access", arguments).command.empty());
    QVERIFY(makeFix("ask-for-access", {}).command.empty());
    QVERIFY(!makeFix("ask-for-access", {{"user", Argument::user("ann")}, {"path", Argument::path("/mnt")}})
                 .command.empty());
}

void TestWords::aRelativePathCannotBeAnOption()
{
    QCOMPARE(makeFix("own-chmod", {{"path", Argument::path("-R")}}).command.back(), std::string("./-R"));
    QVERIFY(makeFix("own-chmod", {{"path", Argument::path(std::string("/a\0b", 4))}}).command.empty());
    QVERIFY(makeFix("own-chmod", {{"path", Argument::plain("/a")}}).command.empty());
}

void TestWords::whatIsInBracketsIsLeftOutWithItsArgument()
{
    Arguments arguments = {{"user", Argument::user("ann")}, {"path", Argument::path("/mnt")}};
    QCOMPARE(makeFix("ask-for-access", arguments).command.at(2), std::string("u:ann:rwx"));
    arguments.emplace("mask", Argument::name("rx"));
    QCOMPARE(makeFix("ask-for-access", arguments).command.at(2), std::string("u:ann:rwx,m::rx"));
    // Brackets in a name mean nothing.
    arguments.at("path") = Argument::path("/mnt/[{mask}]");
    QCOMPARE(makeFix("ask-for-access", arguments).command.back(), std::string("/mnt/[{mask}]"));
    arguments.at("mask") = Argument::plain("x; rm");
    QVERIFY(makeFix("ask-for-access", arguments).command.empty());
}

void TestWords::whoseAFixIsGoesByTheOwnersName()
{
    Finding finding;
    finding.id = "mode-not-writable";
    finding.arguments = {{"user", Argument::user("ann")}, {"path", Argument::path("/mnt")}};
    finding.fixes = {makeFix("ask-for-access", finding.arguments)};
    const auto fixFor = [&](const char* owner) {
        finding.arguments["owner"] = Argument::user(owner);
        return render(finding).fixes.at(0);
    };
    QVERIFY(render(finding).fixes.at(0).whose == Whose::Owners);
    QCOMPARE(render(finding).fixes.at(0).owner, std::string());
    QVERIFY(fixFor("bea").whose == Whose::Owners);
    QCOMPARE(fixFor("be\na").owner, displayText("be\na"));
    QVERIFY(fixFor("root").whose == Whose::Administrators);
    QVERIFY(fixFor("number 4242").whose == Whose::Administrators);
    QVERIFY(fixFor("ann").whose == Whose::Readers);
    finding.fixes = {makeFix("have-access-given", finding.arguments)};
    QVERIFY(fixFor("bea").whose == Whose::Administrators);
}

void TestWords::anUnknownFindingHasTheWordsOfUnknownAndNoCommand()
{
    Finding finding = onMount("/mnt");
    finding.id = "from-the-future";
    const RenderedFinding words = render(finding);
    QCOMPARE(words.title, std::string(findCauseWords("unknown")->title));
    QVERIFY(words.fixes.at(0).command.empty());
}

void TestWords::anUnknownFixIsLeftOut()
{
    Finding finding = onMount("/mnt");
    finding.fixes.push_back({"format-everything", FixBy::User, {"rm", "-rf", "/"}});
    QCOMPARE(render(finding).fixes.size(), std::size_t{1});
}

void TestWords::wordsAreTranslatedBeforeTheyAreFilled()
{
    const auto words = render(onMount("/mnt"), [](const char*) { return std::string("<{mount}>"); });
    QCOMPARE(words.title, std::string("</mnt>"));
    QCOMPARE(words.fixes.at(0).text, std::string("</mnt>"));
}

void TestWords::numbersAreFormatted()
{
    Finding finding;
    finding.id = "nearly-full";
    finding.arguments = {{"available", Argument::size(512)}, {"total", Argument::size(2'000'000'000)}};
    QVERIFY(render(finding).explanation.find("512 B of 2") != std::string::npos);
}

void TestWords::jsonReadsBackAsItWas()
{
    Finding finding = onMount(kHostile);
    finding.severity = Severity::Limit;
    finding.certainty = Certainty::Likely;
    finding.evidence = {"openat: EROFS"};
    finding.arguments.emplace("count", Argument::count(-3));
    const auto parsed = parseJson(toLine(toJson(finding)));
    QVERIFY(parsed.has_value());
    const auto read = findingFromJson(*parsed);
    QVERIFY(read.has_value());
    QCOMPARE(read->id, finding.id);
    QVERIFY(read->severity == finding.severity && read->certainty == finding.certainty);
    QVERIFY(read->arguments == finding.arguments);
    QCOMPARE(read->fixes.at(0).command, finding.fixes.at(0).command);
    QCOMPARE(read->evidence, finding.evidence);
}

void TestWords::jsonCommandsAreNotBelieved()
{
    Json json = toJson(onMount("/mnt"));
    json["title"] = "Run this";
    json["fixes"][0]["argv"] = {"rm", "-rf", "/"};
    json["fixes"].push_back({{"id", "evil"}, {"by", "user"}, {"text", "x"}, {"argv", {"rm", "-rf", "/"}}});
    const auto read = findingFromJson(json);
    QVERIFY(read.has_value());
    QCOMPARE(read->fixes.at(0).command.at(0), std::string("mount"));
    QVERIFY(read->fixes.at(1).command.empty());
    QCOMPARE(render(*read).title, std::string(findCauseWords("mount-readonly-flag")->title));
}

void TestWords::aFixOfAnotherCauseIsLeftOut()
{
    Json json = toJson(onMount("/mnt"));
    QVERIFY(findFixWords("ask-for-access") != nullptr);
    const Json other{{"id", "ask-for-access"}, {"by", "user"}, {"text", "x"}};
    json["fixes"] = Json::array({other, json["fixes"][0]});
    const auto read = findingFromJson(json);
    QVERIFY(read.has_value());
    QCOMPARE(read->fixes.size(), std::size_t{1});
    QCOMPARE(read->fixes.at(0).id, std::string("remount-bind-rw"));
}

void TestWords::jsonThatDoesNotFitIsRefused_data()
{
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char* name, const char* text) { QTest::newRow(name) << QByteArray(text); };
    row("a text", R"("x")");
    row("empty", "{}");
    row("no severity", R"({"id":"x","certainty":"proven"})");
    row("odd id", R"({"id":"../x","severity":"note","certainty":"proven"})");
    row("odd argument", R"({"id":"x","severity":"note","certainty":"proven","arguments":{"a":1}})");
    row("argument of another type",
        R"({"id":"x","severity":"note","certainty":"proven","arguments":{"a":{"type":"size","value":"5"}}})");
    row("odd fix", R"({"id":"x","severity":"note","certainty":"proven","fixes":[7]})");
    row("odd evidence", R"({"id":"x","severity":"note","certainty":"proven","evidence":[{}]})");
}

void TestWords::jsonThatDoesNotFitIsRefused()
{
    QFETCH(QByteArray, text);
    const auto json = parseJson(text.toStdString());
    QVERIFY(json.has_value());
    QVERIFY(!findingFromJson(*json));
}

QTEST_APPLESS_MAIN(TestWords)
#include "tst_words.moc"
