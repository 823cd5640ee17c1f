// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/check/check.h"
#include "core/check/check_json.h"
#include "core/system/forwarding.h"

#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

using namespace scratchproof;
namespace fs = std::filesystem;

namespace {

/// Refuses one kind of call.
struct RefusingFiles : ForwardingFiles
{
    using ForwardingFiles::ForwardingFiles;
    Result<UniqueFd> open(int dirFd, const char* name, int flags, std::uint32_t mode) override
    {
        if ((flags & O_CREAT) != 0 && createCode != 0)
            return fail("openat", name, createCode);
        return ForwardingFiles::open(dirFd, name, flags, mode);
    }
    Result<void> sync(int fd) override
    {
        if (syncCode != 0)
            return fail("fsync", {}, syncCode);
        return ForwardingFiles::sync(fd);
    }
    int createCode = 0;
    int syncCode = 0;
};

struct Recorder : CheckListener
{
    void factsStarted() override { seen.emplace_back("facts"); }
    void factsFinished(const Facts&) override { seen.emplace_back("facts done"); }
    void stepStarted(Step step) override { seen.emplace_back(toString(step)); }
    void stepFinished(const StepResult&) override {}
    std::vector<std::string> seen;
};

Check checked(System& system, const Path& folder, Level level = Level::Standard, std::stop_token stop = {},
              CheckListener* listener = nullptr)
{
    ProbeJournal journal = ProbeJournal::disabled(system);
    FolderChecker checker(system, journal);
    return checker.run(folder, level, stop, listener);
}

std::string verdict(const Check& check)
{
    return std::string(toString(check.verdict));
}

} // namespace

class TestCheck : public QObject
{
    Q_OBJECT
private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void cleanup() { fs::remove_all(path()); } // QTemporaryDir cannot remove names that are no text
    void aRealFolderIsUsableAndLeftEmpty();
    void whatCannotBeCheckedSaysWhy_data();
    void whatCannotBeCheckedSaysWhy();
    void aFileMeansItsFolderAndIsNotTouched();
    void aLinkToAFileMeansTheFolderOfTheLink();
    void whatFailedIsLookedAtMoreDeeply();
    void aRefusedCreateIsUnusableWithItsErrno();
    void aMissingSyncIsALimit();
    void aCancelledCheckIsNotChecked();
    void theFactsComeBeforeTheSteps();
    void jsonReadsBackAsItWas();
    void jsonHasTheMembersOfTheSchema();
    void jsonKeepsAFolderThatIsNoText();
    void jsonKeepsAbilities();
    void abilitiesThatDoNotFitAreRefused_data();
    void abilitiesThatDoNotFitAreRefused();
    void jsonThatDoesNotFitIsRefused_data();
    void jsonThatDoesNotFitIsRefused();

private:
    std::string path() const { return m_folder->path().toStdString(); }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestCheck::aRealFolderIsUsableAndLeftEmpty()
{
    for (const Level level : {Level::Quick, Level::Standard}) {
        const Check check = checked(linuxSystem(), path(), level);
        // The disk of the machine that tests may be nearly full, which is no fault of the folder.
        QVERIFY2(verdict(check) == "usable" || check.findings.front().id == "nearly-full", verdict(check).c_str());
        QCOMPARE(check.steps.size(), stepsOf(level).size());
        for (const StepResult& step : check.steps)
            QVERIFY(step.status == StepStatus::Passed);
        QVERIFY(check.started > 0 && check.duration > 0);
        QVERIFY(fs::is_empty(path()));
    }
}

void TestCheck::whatCannotBeCheckedSaysWhy_data()
{
    QTest::addColumn<QByteArray>("end");
    QTest::addColumn<QByteArray>("id");
    QTest::newRow("missing") << QByteArray("/gone") << QByteArray("path-missing");
    QTest::newRow("missing, with bytes that are no text") << QByteArray("/a\xff\n") << QByteArray("path-missing");
    QTest::newRow("a file, asked for as a folder") << QByteArray("/file/") << QByteArray("path-not-directory");
    QTest::newRow("a pipe") << QByteArray("/pipe") << QByteArray("path-not-directory");
    QTest::newRow("below a file") << QByteArray("/file/x") << QByteArray("path-not-directory");
    QTest::newRow("a link to nowhere") << QByteArray("/dangling") << QByteArray("path-dangling-symlink");
    QTest::newRow("a link in a circle") << QByteArray("/loop") << QByteArray("path-symlink-loop");
    QTest::newRow("5000 bytes") << ("/" + QByteArray(100, 'n')).repeated(50) << QByteArray("path-too-long");
    QTest::newRow("a name of 300 bytes") << "/" + QByteArray(300, 'n') << QByteArray("path-too-long");
    QTest::newRow("with a NUL") << QByteArray("/a\0b", 4) << QByteArray("path-invalid");
    QTest::newRow("empty") << QByteArray() << QByteArray("path-empty");
    QTest::newRow("proc") << QByteArray("PROC") << QByteArray("pseudo-filesystem");
}

void TestCheck::whatCannotBeCheckedSaysWhy()
{
    QFETCH(QByteArray, end);
    QFETCH(QByteArray, id);
    std::ofstream(path() + "/file") << "x";
    QCOMPARE(mkfifo((path() + "/pipe").c_str(), 0600), 0);
    fs::create_symlink("nowhere", path() + "/dangling");
    fs::create_symlink("loop", path() + "/loop");
    const Path folder = end.isEmpty() ? Path() : end == "PROC" ? Path("/proc") : path() + end.toStdString();
    const Check check = checked(linuxSystem(), folder);
    QCOMPARE(verdict(check), std::string("unusable"));
    QCOMPARE(check.findings.front().id, id.toStdString());
    QCOMPARE(check.folder, folder);
}

void TestCheck::aFileMeansItsFolderAndIsNotTouched()
{
    const Path file = path() + "/letter";
    std::ofstream(file) << "x";
    const auto before = fs::last_write_time(file);
    const Check check = checked(linuxSystem(), file);
    QVERIFY2(verdict(check) == "usable" || check.findings.front().id == "nearly-full", verdict(check).c_str());
    QCOMPARE(check.folder, file);
    QVERIFY(check.facts.folder && check.facts.folder->isDirectory());
    QCOMPARE(check.facts.path.back().path, path());
    QVERIFY(check.facts.file.has_value());
    QCOMPARE(check.facts.file->name, std::string("letter"));
    QVERIFY(check.facts.file->isRegular && !check.facts.file->isMountPoint && !check.facts.file->isSwapFile);
    QCOMPARE(check.facts.file->owner, std::optional(linuxSystem().processes.userId()));
    QVERIFY(!check.facts.isDeep);
    QCOMPARE(fs::file_size(file), std::uintmax_t{1});
    QVERIFY(fs::last_write_time(file) == before);
    QCOMPARE(std::distance(fs::directory_iterator(path()), {}), std::ptrdiff_t{1});
}

void TestCheck::aLinkToAFileMeansTheFolderOfTheLink()
{
    fs::create_directory(path() + "/a");
    std::ofstream(path() + "/letter") << "x";
    fs::create_symlink("../letter", path() + "/a/link");
    const Check check = checked(linuxSystem(), path() + "/a/link");
    QCOMPARE(check.facts.path.back().path, path() + "/a");
    QVERIFY(check.facts.file && check.facts.file->isRegular);
    QCOMPARE(check.facts.file->name, std::string("link"));
}

void TestCheck::whatFailedIsLookedAtMoreDeeply()
{
    QVERIFY(!checked(linuxSystem(), path()).facts.isDeep);
    QVERIFY(checked(linuxSystem(), path(), Level::Full).facts.isDeep);
    const Check check = checked(linuxSystem(), path() + "/gone");
    QVERIFY(check.facts.isDeep);
    QVERIFY(!check.facts.mountsOnPath.empty());
    QVERIFY(check.facts.limits.openFiles.has_value());
    QVERIFY(!check.facts.rights);
    const auto read = checkFromJson(toJson(check));
    QVERIFY(read.has_value());
    QCOMPARE(toLine(toJson(*read)), toLine(toJson(check)));
}

void TestCheck::aRefusedCreateIsUnusableWithItsErrno()
{
    System& real = linuxSystem();
    RefusingFiles files(real.files);
    files.createCode = EROFS;
    System system{files, real.attributes, real.processes, real.clock};
    const Check check = checked(system, path());
    QCOMPARE(verdict(check), std::string("unusable"));
    const Json json = toJson(check);
    QCOMPARE(json["steps"][1]["call"].get<std::string>(), std::string("openat"));
    QCOMPARE(json["steps"][1]["errno"].get<std::string>(), std::string("EROFS"));
    QCOMPARE(json["steps"][2]["status"].get<std::string>(), std::string("skipped"));
}

void TestCheck::aMissingSyncIsALimit()
{
    System& real = linuxSystem();
    RefusingFiles files(real.files);
    files.syncCode = EINVAL;
    System system{files, real.attributes, real.processes, real.clock};
    const Check check = checked(system, path());
    QCOMPARE(verdict(check), std::string("limited"));
    QVERIFY(fs::is_empty(path()));
}

void TestCheck::aCancelledCheckIsNotChecked()
{
    std::stop_source stop;
    stop.request_stop();
    const Check check = checked(linuxSystem(), path(), Level::Standard, stop.get_token());
    QCOMPARE(verdict(check), std::string("not-checked"));
    QCOMPARE(check.findings.front().id, std::string("cancelled"));
}

void TestCheck::theFactsComeBeforeTheSteps()
{
    Recorder recorder;
    (void)checked(linuxSystem(), path(), Level::Quick, {}, &recorder);
    const std::vector<std::string> expected = {"facts",       "facts done",       "open-folder",     "create-file",
                                               "delete-file", "create-directory", "delete-directory"};
    QCOMPARE(recorder.seen, expected);
}

void TestCheck::jsonReadsBackAsItWas()
{
    for (const Path& folder : {path(), path() + "/gone", Path("/proc"), Path()}) {
        Check check = checked(linuxSystem(), folder);
        check.as = "alice@host";
        const Json json = toJson(check);
        const auto parsed = parseJson(toLine(json));
        QVERIFY(parsed.has_value());
        const auto read = checkFromJson(*parsed);
        QVERIFY2(read.has_value(), read ? "" : read.error().detail.c_str());
        QCOMPARE(toLine(toJson(*read)), toLine(json));
    }
}

void TestCheck::jsonHasTheMembersOfTheSchema()
{
    const Json json = toJson(checked(linuxSystem(), path() + "/gone"));
    for (const char* key : {"folder", "as", "level", "verdict", "steps", "findings", "facts", "started", "duration_ns"})
        QVERIFY2(json.contains(key), key);
    QVERIFY(json["as"].is_null());
    for (const char* key : {"id", "severity", "certainty", "arguments", "title", "explanation", "fixes", "evidence"})
        QVERIFY2(json["findings"][0].contains(key), key);
    const Json& fix = json["findings"][0]["fixes"][0];
    QCOMPARE(fix["argv"].at(0).get<std::string>(), std::string("mkdir"));
    QCOMPARE(fix["by"].get<std::string>(), std::string("user"));
    const Json healthy = toJson(checked(linuxSystem(), path()));
    for (const char* key : {"mount", "space", "path", "rights", "confinement"})
        QVERIFY2(healthy["facts"].contains(key), key);
}

void TestCheck::jsonKeepsAFolderThatIsNoText()
{
    const Path folder = path() + "/a\xff\n";
    fs::create_directory(folder);
    const Check check = checked(linuxSystem(), folder);
    const auto parsed = parseJson(toLine(toJson(check)));
    QVERIFY(parsed.has_value());
    QVERIFY(parsed->contains("folder_bytes"));
    const auto read = checkFromJson(*parsed);
    QVERIFY(read.has_value());
    QCOMPARE(read->folder, folder);
    QCOMPARE(read->facts.path.back().path, folder);
}

void TestCheck::jsonKeepsAbilities()
{
    Check check = checked(linuxSystem(), path(), Level::Full);
    QCOMPARE(check.abilities.size(), allAbilities().size());
    check.abilities[0] = {Ability::SymbolicLinks, AbilityStatus::Missing, "symlinkat", EPERM, {}, {}};
    check.abilities[1] = {Ability::SpecialCharacters, AbilityStatus::Missing, "compare", 0, 143,
                          {":", "\n", "\xff\xfe"}};
    check.abilities[2] = {};
    Json json = toJson(check);
    QCOMPARE(json["abilities"][1]["refused"][0].get<std::string>(), std::string(":"));
    QVERIFY(json["abilities"][1]["refused"][2].contains("name_bytes"));
    auto read = checkFromJson(*parseJson(toLine(json)));
    QVERIFY2(read.has_value(), read ? "" : read.error().detail.c_str());
    QCOMPARE(read->abilities[1].refused, check.abilities[1].refused);
    QCOMPARE(toLine(toJson(*read)), toLine(json));
    // A later version may know more of them.
    json["abilities"].push_back({{"ability", "telepathy"}, {"status", "sometimes"}});
    read = checkFromJson(json);
    QVERIFY(read.has_value());
    QCOMPARE(read->abilities.size(), check.abilities.size());
    QVERIFY(!toJson(checked(linuxSystem(), path())).contains("abilities"));
}

void TestCheck::abilitiesThatDoNotFitAreRefused_data()
{
    QTest::addColumn<QByteArray>("ability");
    QTest::newRow("no object") << QByteArray("7");
    QTest::newRow("no name") << QByteArray(R"({"status": "present"})");
    QTest::newRow("no status") << QByteArray(R"({"ability": "trash"})");
    QTest::newRow("unknown status") << QByteArray(R"({"ability": "trash", "status": "maybe"})");
    QTest::newRow("unknown errno") << QByteArray(R"({"ability": "trash", "status": "missing", "errno": "EHUH"})");
    QTest::newRow("refused numbers") << QByteArray(R"({"ability": "trash", "status": "missing", "refused": [1]})");
}

void TestCheck::abilitiesThatDoNotFitAreRefused()
{
    QFETCH(QByteArray, ability);
    Json json = toJson(checked(linuxSystem(), path()));
    json["abilities"] = Json::array({*parseJson(ability.toStdString())});
    QVERIFY(!checkFromJson(json).has_value());
    json["abilities"] = Json::array();
    QVERIFY(checkFromJson(json).has_value());
}

void TestCheck::jsonThatDoesNotFitIsRefused_data()
{
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("value");
    const auto row = [](const char* key, const char* value) {
        QTest::addRow("%s %s", key, value) << QByteArray(key) << QByteArray(value);
    };
    row("folder", "7");
    row("level", R"("deep")");
    row("verdict", R"("fine")");
    row("steps", "{}");
    row("steps", R"([{"step":"dance","status":"passed","duration_ns":1}])");
    row("steps", R"([{"step":"write","status":"passed"}])");
    row("steps", R"([{"step":"write","status":"passed","duration_ns":-1}])");
    row("steps", R"([{"step":"write","status":"failed","duration_ns":1}])");
    row("steps", R"([{"step":"write","status":"failed","call":"write","errno":"EWHAT","duration_ns":1}])");
    row("findings", "[1]");
    row("facts", "[]");
    row("facts", "{}");
}

void TestCheck::jsonThatDoesNotFitIsRefused()
{
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, value);
    Json json = toJson(checked(linuxSystem(), path(), Level::Quick));
    QVERIFY(checkFromJson(json).has_value());
    json[key.toStdString()] = *parseJson(value.toStdString());
    QVERIFY(!checkFromJson(json).has_value());
    json.erase(key.toStdString());
    QVERIFY(!checkFromJson(json).has_value());
}

QTEST_APPLESS_MAIN(TestCheck)
#include "tst_check.moc"
