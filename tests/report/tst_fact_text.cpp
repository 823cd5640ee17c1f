// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/quantity.h"
#include "core/report/fact_text.h"
#include "tests/report/recorded_check.h"

#include <QTest>

#include <cerrno>
#include <set>

using namespace scratchproof;
using test::checkOfAStick;
using test::component;

namespace {

QByteArray names(const std::vector<PathPlace>& places)
{
    QByteArray text;
    for (const PathPlace& place : places)
        text += QByteArray::fromStdString((text.isEmpty() ? "" : " > ") +
                                          std::string(place.path == "/" ? "/" : baseName(place.path))) +
                (place.stops ? "!" : "") + (place.component ? "" : "?");
    return text;
}

std::string valueOf(const std::vector<FactLine>& lines, const std::string& name)
{
    for (const FactLine& line : lines)
        if (line.name == name)
            return line.value;
    return {};
}

std::string valueOf(const std::vector<FactGroup>& groups, const std::string& title, const std::string& name)
{
    for (const FactGroup& group : groups)
        if (group.title == title)
            return valueOf(group.lines, name);
    return {};
}

} // namespace

class TestFactText : public QObject
{
    Q_OBJECT
private slots:
    void theWalkGoesOnByItsTextWhereItStopped();
    void aPathWithoutAWalkIsShownByItsText();
    void aFolderThatTakesFilesStopsNowhere();
    void missingRightsAreTheFoldersAndAFullDriveIsTheMounts();
    void whatOneFolderRefusesStopsThere();
    void ofAFileAndItsFolderTheRefusedOneStops();
    void aMountBehindALinkIsMarkedWhereItIsEntered();
    void aMountIsMarkedWhereItBegins();
    void modesAreWrittenAsLsWritesThem_data();
    void modesAreWrittenAsLsWritesThem();
    void aPlaceSaysWhoMayDoWhat();
    void aPlaceThatWasNotReachedSaysSo();
    void factsAreGroupedAndWhatIsNotKnownIsLeftOut();
    void bothOptionSetsAndBothListsAreShown();
    void foreignFactsAreDisplayable();
    void quotasSayWhatIsLeft();
    void theDecimalPointIsAWordOfTheReaders();
    void valuesAreNeverFilledAgain();
    void everyAbilityHasAWordOfItsOwn();
    void aFixSaysWhoseItIs();
};

void TestFactText::theWalkGoesOnByItsTextWhereItStopped()
{
    Check check = checkOfAStick("Photos/2024");
    QCOMPARE(names(placesOf(check)), QByteArray("/ > media > stick! > Photos? > 2024?"));
    check.folder = "/elsewhere"; // a walk that is another's
    QCOMPARE(names(placesOf(check)), QByteArray("/ > media > stick!"));
}

void TestFactText::aPathWithoutAWalkIsShownByItsText()
{
    Check check;
    check.folder = "/a//b/./c";
    check.verdict = Verdict::NotResponding;
    QCOMPARE(names(placesOf(check)), QByteArray("/? > a? > b? > c!?"));
    check.folder.clear();
    QVERIFY(placesOf(check).empty());
}

void TestFactText::aFolderThatTakesFilesStopsNowhere()
{
    for (const Verdict verdict : {Verdict::Usable, Verdict::Limited, Verdict::NotChecked}) {
        Check check = checkOfAStick("Photos");
        check.verdict = verdict;
        QVERIFY(!stoppingPlace(check));
        QVERIFY(!names(placesOf(check)).contains('!'));
    }
}

void TestFactText::missingRightsAreTheFoldersAndAFullDriveIsTheMounts()
{
    Check check = checkOfAStick("Photos");
    check.facts.path.back().searchable = true;
    check.findings.front().arguments = {{"mount", Argument::path("/media/stick")}};
    QCOMPARE(names(placesOf(check)), QByteArray("/ > media > stick > Photos!?"));
    check.steps.front().errorCode = ENOSPC;
    QCOMPARE(names(placesOf(check)), QByteArray("/ > media > stick! > Photos?"));
}

void TestFactText::whatOneFolderRefusesStopsThere()
{
    Check check = checkOfAStick("Photos");
    check.facts.path.back().searchable = true;
    check.findings.front().arguments = {{"mount", Argument::path("/media/stick")}};
    for (const int code : {EACCES, EPERM, EFBIG, ENOENT, EMFILE, EEXIST}) {
        check.steps.front().errorCode = code;
        QCOMPARE(names(placesOf(check)), QByteArray("/ > media > stick > Photos!?"));
    }
    for (const int code : {EIO, EROFS, EDQUOT, ENOTCONN, EUCLEAN, ESTALE}) {
        check.steps.front().errorCode = code;
        QCOMPARE(names(placesOf(check)), QByteArray("/ > media > stick! > Photos?"));
    }
    // Whoever was let in and does not come back waits for the folder; who was not, for the mount.
    check.verdict = Verdict::NotResponding;
    check.steps.at(0) = {Step::OpenFolder, StepStatus::Passed, {}, 0, 1};
    check.steps.at(1) = {Step::CreateFile, StepStatus::TimedOut, {}, 0, 1};
    QCOMPARE(names(placesOf(check)), QByteArray("/ > media > stick > Photos!?"));
    check.steps.at(0).status = check.steps.at(1).status = StepStatus::Skipped;
    QCOMPARE(names(placesOf(check)), QByteArray("/ > media > stick! > Photos?"));
}

void TestFactText::ofAFileAndItsFolderTheRefusedOneStops()
{
    Check check = checkOfAStick("Photos/document");
    check.facts.path.back().searchable = true;
    check.facts.file = FileTarget();
    check.facts.file->isRegular = true;
    for (const Verdict verdict : {Verdict::Limited, Verdict::Unusable}) {
        check.verdict = verdict;
        check.steps.front().errorCode = EACCES;
        check.findings.front().arguments.clear();
        check.findings.front().id = "mode-not-writable";
        QCOMPARE(names(placesOf(check)), QByteArray("/ > media > stick > Photos!? > document?"));
        check.findings.front().id = "file-not-writable";
        QCOMPARE(names(placesOf(check)), QByteArray("/ > media > stick > Photos? > document!?"));
    }
}

void TestFactText::aMountBehindALinkIsMarkedWhereItIsEntered()
{
    Check check = checkOfAStick("Photos");
    check.facts.path.back().searchable = true;
    check.facts.mount->mountPoint = "/srv/far";
    check.facts.mountsOnPath = {*check.facts.mount};
    check.findings.front().arguments = {{"mount", Argument::path("/srv/far")}};
    check.steps.front().errorCode = EIO;
    QCOMPARE(names(placesOf(check)), QByteArray("/ > media > stick! > Photos?"));
}

void TestFactText::aMountIsMarkedWhereItBegins()
{
    Check check = checkOfAStick("Photos");
    std::vector<PathPlace> places = placesOf(check);
    QVERIFY(!places.at(0).beginsMount && !places.at(1).beginsMount && places.at(2).beginsMount);
    QCOMPARE(places.at(2).mount->fileSystem, std::string("ext4"));
    check.facts.mountsOnPath.clear();
    check.facts.mount->id = 7; // another than the walk met
    places = placesOf(check);
    QVERIFY(places.at(2).beginsMount && places.at(2).mount == nullptr);
}

void TestFactText::modesAreWrittenAsLsWritesThem_data()
{
    QTest::addColumn<unsigned>("mode");
    QTest::addColumn<QByteArray>("letters");
    QTest::newRow("plain") << 0750U << QByteArray("drwxr-x---");
    QTest::newRow("sticky") << 01777U << QByteArray("drwxrwxrwt");
    QTest::newRow("sticky without x") << 01770U << QByteArray("drwxrwx--T");
    QTest::newRow("setgid") << 02755U << QByteArray("drwxr-sr-x");
    QTest::newRow("setuid without x") << 04655U << QByteArray("drwSr-xr-x");
    QTest::newRow("none") << 0U << QByteArray("d---------");
}

void TestFactText::modesAreWrittenAsLsWritesThem()
{
    QFETCH(unsigned, mode);
    QFETCH(QByteArray, letters);
    QCOMPARE(QByteArray::fromStdString(modeLetters(*component("/a", mode, 0, {}, 1).status)), letters);
}

void TestFactText::aPlaceSaysWhoMayDoWhat()
{
    Check check = checkOfAStick("Photos");
    PathComponent& stick = check.facts.path.back();
    stick.owner.reset();
    stick.linkTarget = "/mnt/\x1b[2J";
    stick.accessList = {{AclTag::OwnerUser, 0, 7, {}}, {AclTag::NamedUser, 1000, 5, "ann"}, {AclTag::Mask, 0, 4, {}}};
    const std::vector<PathPlace> places = placesOf(check);
    const std::vector<FactLine> lines = describePlace(places.at(2));
    QCOMPARE(valueOf(lines, "Owner"), std::string("0"));
    QCOMPARE(valueOf(lines, "Group"), std::string("root (0)"));
    QCOMPARE(valueOf(lines, "Mode"), std::string("drwxr-x--- (0750)"));
    QCOMPARE(valueOf(lines, "Access list"), std::string("user::rwx\nuser:ann:r-x\nmask::r--"));
    QCOMPARE(valueOf(lines, "May be passed"), std::string("no"));
    QCOMPARE(valueOf(lines, "Leads to"), std::string("/mnt/\\x1b[2J"));
    QCOMPARE(valueOf(lines, "Mounted here"), std::string("ext4 from /dev/sdb1 (rw,nosuid,relatime)"));
    QVERIFY(valueOf(lines, "The system says").find("EACCES") != std::string::npos);
}

void TestFactText::aPlaceThatWasNotReachedSaysSo()
{
    const Check check = checkOfAStick("Photos");
    const std::vector<PathPlace> places = placesOf(check);
    QCOMPARE(valueOf(describePlace(places.back()), "Seen"), std::string("not reached"));
}

void TestFactText::factsAreGroupedAndWhatIsNotKnownIsLeftOut()
{
    Check nothing;
    nothing.folder = "/a";
    const std::vector<FactGroup> few = describeFacts(nothing);
    QCOMPARE(few.size(), std::size_t{1}); // the check itself
    for (const FactGroup& group : describeFacts(checkOfAStick("Photos"))) {
        QVERIFY2(!group.lines.empty(), group.title.c_str());
        for (const FactLine& line : group.lines)
            QVERIFY2(!line.value.empty(), line.name.c_str());
    }
    Check check = checkOfAStick("Photos");
    check.facts.space = FileSystemSpace{};
    check.facts.space->totalBytes = 1000;
    check.facts.space->availableBytes = 400;
    check.facts.space->freeBytes = 450;
    check.facts.device = DeviceFacts{};
    check.facts.device->name = "sdb1";
    check.facts.device->readOnly = true;
    const std::vector<FactGroup> groups = describeFacts(check);
    QCOMPARE(valueOf(groups, "Space", "Free"), "400 B of " + formatBytes(1000));
    QCOMPARE(valueOf(groups, "Space", "Kept for root"), std::string("50 B"));
    QCOMPARE(valueOf(groups, "Space", "Room for files (inodes)"), std::string()); // 0 in all: no such limit
    QCOMPARE(valueOf(groups, "Device", "Write-protected"), std::string("yes"));
    QCOMPARE(valueOf(groups, "Device", "Removable"), std::string());
}

void TestFactText::bothOptionSetsAndBothListsAreShown()
{
    Check check = checkOfAStick("Photos");
    check.facts.folder = component("/x", 0770, 1000, {}, 1).status;
    check.facts.accessList = {{AclTag::NamedGroup, 24, 6, "cdrom"}};
    check.facts.defaultList = {{AclTag::Other, 0, 0, {}}};
    const std::vector<FactGroup> groups = describeFacts(check);
    QCOMPARE(valueOf(groups, "Mount", "Options of the mount"), std::string("rw,nosuid,relatime"));
    QCOMPARE(valueOf(groups, "Mount", "Options of the file system"), std::string("ro,errors=remount-ro"));
    QCOMPARE(valueOf(groups, "Rights", "Access list"), std::string("group:cdrom:rw-"));
    QCOMPARE(valueOf(groups, "Rights", "Default list"), std::string("other::---"));
}

void TestFactText::foreignFactsAreDisplayable()
{
    Check check = checkOfAStick("Photos");
    check.facts.mount->source = test::kHostile;
    check.facts.device = DeviceFacts{};
    check.facts.device->label = test::kHostile;
    check.findings.front().evidence = {test::kHostile};
    for (const FactGroup& group : describeFacts(check))
        for (const FactLine& line : group.lines)
            QVERIFY2(isUtf8(line.value) && line.value.find_first_of("\x1b\r") == std::string::npos &&
                         line.value.find("\xe2\x80\xae") == std::string::npos,
                     line.name.c_str());
}

void TestFactText::quotasSayWhatIsLeft()
{
    Check check = checkOfAStick("Photos");
    Quota quota;
    quota.id = 1000;
    quota.usedBytes = 900;
    quota.hardBytes = 1000;
    quota.usedFiles = 3;
    check.facts.quota.quotas = {quota};
    QCOMPARE(valueOf(describeFacts(check), "Quota", "User 1000"),
             "900 B of " + formatBytes(1000) + "; files: 3 of no limit");
}

void TestFactText::theDecimalPointIsAWordOfTheReaders()
{
    const auto translate = [](const char* text) { return std::string(text) == kDecimalPoint ? "," : text; };
    Check check = test::checkThatTakesFiles("a");
    QCOMPARE(valueOf(describeFacts(check, translate), "Space", "Free"), std::string("41,2 GB of 512 GB"));
    QCOMPARE(valueOf(describeFacts(check, translate), "This check", "Took"), std::string("1,2 s"));
    QCOMPARE(noteOf({Ability::TimeStamps, AbilityStatus::Present, {}, 0, 4'000'000, {}}, translate),
             std::string("4,0 ms"));
    const Finding full = makeFinding("reserved-blocks", {{"reserved", Argument::size(41'234'000'000)}});
    const std::string explanation = render(full, translate).explanation;
    QVERIFY2(explanation.find("41,2 GB") != std::string::npos, explanation.c_str());
}

void TestFactText::valuesAreNeverFilledAgain()
{
    QCOMPARE(filled("%1 and %2, 100%", {"%2", "b"}), std::string("%2 and b, 100%"));
    QCOMPARE(filled("%3 %", {"a"}), std::string("%3 %"));
}

void TestFactText::everyAbilityHasAWordOfItsOwn()
{
    std::set<std::string> words;
    for (int i = 0; i <= static_cast<int>(Ability::Trash); ++i)
        QVERIFY2(words.insert(wordOf(static_cast<Ability>(i))).second, wordOf(static_cast<Ability>(i)));
    AbilityResult result;
    result.ability = Ability::SpecialCharacters;
    result.refused = {":", "\n"};
    QCOMPARE(noteOf(result), std::string("refused: :  \\n"));
    result = {Ability::LongNames, AbilityStatus::Missing, {}, 0, 143, {}};
    QCOMPARE(noteOf(result), std::string("up to 143 bytes"));
}

void TestFactText::aFixSaysWhoseItIs()
{
    RenderedFix fix;
    QCOMPARE(doerOf(fix), std::string("You can do this"));
    fix.whose = Whose::Owners;
    QCOMPARE(doerOf(fix), std::string("For the folder's owner"));
    fix.owner = "{owner}";
    QCOMPARE(doerOf(fix), std::string("For {owner}"));
    fix.owner = "bea";
    QCOMPARE(doerOf(fix), std::string("For bea"));
    QCOMPARE(doerOf(fix, [](const char* text) { return "<" + std::string(text) + ">"; }), std::string("<For bea>"));
    fix.whose = Whose::Administrators;
    QCOMPARE(doerOf(fix), std::string("For an administrator"));
}

QTEST_GUILESS_MAIN(TestFactText)
#include "tst_fact_text.moc"
