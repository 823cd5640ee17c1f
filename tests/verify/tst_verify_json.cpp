// SPDX-License-Identifier: GPL-3.0-or-later
// Documents of scratchproof.verify/1 with all that they can hold: docs/verify-schema.md describes each member, no
// other, and what is read back is what was written. And the lists of locks that verifications read.
#include "core/verify/other_users.h"
#include "core/verify/speed_json.h"
#include "core/verify/verify_json.h"

#include <QTest>

#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>

using namespace scratchproof;

namespace {

using Members = std::map<std::string, std::string>; // with their types

/// The table whose head begins so, the first behind `after`.
Members described(const std::string& head, const std::string& after = "")
{
    std::ifstream file(SCRATCHPROOF_VERIFY_SCHEMA);
    std::stringstream all;
    all << file.rdbuf();
    std::string text = all.str();
    text.erase(0, after.empty() ? 0 : text.find("\n" + after));
    text.erase(0, text.find("\n| " + head + " |") + 1);
    Members members;
    std::istringstream lines(text);
    const std::regex quoted("`(\\w+)`");
    for (std::string line; std::getline(lines, line) && line.starts_with('|');) {
        const std::size_t names = line.find('|', 1);
        const std::size_t type = line.find('|', names + 1);
        const std::string cell = line.substr(1, names - 1);
        const std::string kind = line.substr(names + 2, type - names - 3);
        if (!cell.starts_with(" `"))
            continue;
        for (std::sregex_iterator one(cell.begin(), cell.end(), quoted), end; one != end; ++one)
            members[(*one)[1]] = kind == "path" ? "string" : kind;
    }
    return members;
}

std::string typeOf(const Json& value)
{
    return value.is_boolean() ? "bool" : value.type_name();
}

Members membersOf(const Json& json)
{
    Members members;
    for (const auto& [name, value] : json.items())
        members[name] = typeOf(value);
    return members;
}

std::string listed(const Members& members)
{
    std::string text;
    for (const auto& [name, type] : members)
        text += name + ": " + type + "\n";
    return text;
}

CapacityResult fullResult()
{
    CapacityResult result;
    result.verdict = CapacityVerdict::Damaged;
    result.isAgain = true;
    result.quick = QuickSampling{100, 3, 1000, 2000, 500, false};
    result.folder = "/mnt/x";
    result.storage = {StorageTrait::Compressed, StorageTrait::Program};
    result.claimed = 11;
    result.tested = 12;
    result.real = 13;
    result.realError = 14;
    result.found = {1, 2, 3, 4, 5};
    result.regions = {{0, 4096, RegionState::Good}, {4096, 8192, RegionState::Changed}};
    result.isCoarse = result.isPastCache = result.endedEarly = true;
    result.writing = 15;
    result.flushing = 16;
    result.verifying = 17;
    result.error = Error("read", "/mnt/x/file", 5, "a detail");
    result.kept = "/mnt/x/kept";
    result.notKept = "for a reason";
    result.notRemoved = "for another";
    result.directory = "/mnt/x/directory";
    result.id = "0123";
    return result;
}

SpeedResult fullSpeed()
{
    SpeedResult result;
    result.folder = "/mnt/x";
    SpeedOfJob job{kSpeedJobs[0]};
    job.bytes = 1000;
    job.requests = 10;
    job.time = kNanosecondsPerSecond;
    job.curve = {{kNanosecondsPerSecond / 2, 600}, {kNanosecondsPerSecond, 1000}};
    result.report.jobs.push_back(job);
    result.report.error = Error("write", "/mnt/x/file", 28, "a detail");
    result.notRemoved = "for a reason";
    result.directory = "/mnt/x/directory";
    result.id = "0123";
    return result;
}

} // namespace

class TestVerifyJson : public QObject
{
    Q_OBJECT
private slots:
    void eachMemberIsDescribedAndEachDescribedIsThere();
    void whatIsReadBackIsWhatWasWritten();
    void storageOfAnotherVersionIsLeftOut();
    void locksAreReadAsTheKernelListsThem();
};

void TestVerifyJson::eachMemberIsDescribedAndEachDescribedIsThere()
{
    Json capacity = toJson(fullResult());
    capacity["schema"] = kVerifySchema;
    Members documented = described("member");
    documented["sampling"] = "object"; // has a table of its own
    QCOMPARE(listed(membersOf(capacity)), listed(documented));
    QCOMPARE(listed(membersOf(capacity["sampling"])), listed(described("member of `sampling`")));
    Json speed = toJson(fullSpeed());
    speed["schema"] = kVerifySchema;
    QCOMPARE(listed(membersOf(speed)), listed(described("member", "## Speed")));
    QCOMPARE(listed(membersOf(speed["jobs"][0])), listed(described("member of a job")));

    std::ifstream file(SCRATCHPROOF_VERIFY_SCHEMA);
    std::stringstream text;
    text << file.rdbuf();
    for (int i = 0; i <= static_cast<int>(StorageTrait::Program); ++i) {
        const std::string id(toString(static_cast<StorageTrait>(i)));
        QVERIFY2(text.str().find("`" + id + "`") != std::string::npos, id.c_str());
    }
}

void TestVerifyJson::whatIsReadBackIsWhatWasWritten()
{
    const Json capacity = toJson(fullResult());
    const auto result = capacityResultFromJson(capacity);
    QVERIFY(result);
    QCOMPARE(toJson(*result).dump(), capacity.dump());
    const Json speed = toJson(fullSpeed());
    const auto measured = speedResultFromJson(speed);
    QVERIFY(measured);
    QCOMPARE(toJson(*measured).dump(), speed.dump());
}

void TestVerifyJson::storageOfAnotherVersionIsLeftOut()
{
    Json json = toJson(fullResult());
    json["storage"] = {"thin", "unheard-of", 7, "thin", nullptr};
    const auto result = capacityResultFromJson(json);
    QVERIFY(result && result->storage == std::vector<StorageTrait>{StorageTrait::Thin});
    json.erase("storage");
    QVERIFY(capacityResultFromJson(json) && capacityResultFromJson(json)->storage.empty());
}

void TestVerifyJson::locksAreReadAsTheKernelListsThem()
{
    const auto locks = exclusiveLocks("1: FLOCK  ADVISORY  WRITE 1234 fd:1a:131076 0 EOF\n"
                                      "1: -> FLOCK  ADVISORY  WRITE 1235 fd:1a:131076 0 EOF\n"
                                      "2: POSIX  ADVISORY  WRITE 1236 08:11:7 0 EOF\n"
                                      "3: FLOCK  ADVISORY  READ  1237 08:11:8 0 EOF\n"
                                      "4: FLOCK  ADVISORY  WRITE -1 08:11:9 0 EOF\n"
                                      "5: FLOCK  ADVISORY  WRITE 12 <none>:0 0 EOF\n"
                                      "6: FLOCK  ADVISORY  WRITE 12\n\n7:\n"
                                      "8: FLOCK  ADVISORY  WRITE 77 00:2b:18446744073709551615 0 EOF");
    const std::vector<ExclusiveLock> expected{{1234, {0xfd, 0x1a}, 131076}, {77, {0, 0x2b}, ~std::uint64_t{0}}};
    QVERIFY(locks == expected);
    QVERIFY(exclusiveLocks("").empty());
}

QTEST_APPLESS_MAIN(TestVerifyJson)
#include "tst_verify_json.moc"
