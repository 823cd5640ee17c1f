// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/console.h"
#include "core/store/database.h"
#include "core/stream/json_fields.h"
#include "tests/scratch/fixture.h"

#include <QTest>

#include <sys/file.h>

#include <memory>
#include <sstream>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

struct Outcome
{
    int code = -1;
    std::string out;
    std::string err;
    [[nodiscard]] Json json() const { return parseJson(out).value_or(Json()); }
    [[nodiscard]] Path path() const { return out.substr(0, out.find('\n')); }
};

} // namespace

/// The commands as they are typed, with real probers below.
class TestScratchCommands : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<OwnFolder>();
        m_work = *m_folder / "work";
        std::filesystem::create_directory(m_work);
        std::filesystem::create_directory(*m_folder / "home");
        qputenv("HOME", QByteArray::fromStdString(*m_folder / "home"));
        qunsetenv("XDG_STATE_HOME");
        qunsetenv("XDG_RUNTIME_DIR");
        m_registry = *m_folder / "home/.local/state/scratchproof/scratch.db";
    }
    void cleanup() { m_folder.reset(); }

    void createPrintsThePathAndListShowsIt()
    {
        const Outcome created = run({"create", "job", "--in", m_work, "--lifetime", "2d", "--note", "a note"});
        QCOMPARE(created.err, std::string());
        QCOMPARE(created.code, 0);
        QVERIFY(created.path().starts_with(m_work + "/job-"));
        QVERIFY(std::filesystem::is_directory(created.path()));
        const Outcome listed = run({"list"});
        QCOMPARE(listed.code, 0);
        QVERIFY(listed.out.find(created.path()) != std::string::npos);
        const Json document = run({"list", "--json"}).json();
        QCOMPARE(getString(document, "schema"), std::optional<std::string>("scratchproof.scratch/1"));
        const Json* directories = getArray(document, "directories");
        QVERIFY(directories != nullptr && directories->size() == 1);
        const Json& one = directories->at(0);
        for (const char* key : {"id", "name", "path", "state", "note", "created", "expires", "restorable_until",
                                "pinned", "bytes", "files"})
            QVERIFY2(one.contains(key), key);
        QCOMPARE(getString(one, "name"), std::optional<std::string>("job"));
        QCOMPARE(getString(one, "note"), std::optional<std::string>("a note"));
        QCOMPARE(getString(one, "state"), std::optional<std::string>("active"));
    }

    void relativeFoldersStartAtTheWorkingFolder()
    {
        const Outcome created = run({"create", "job", "--in", "work"});
        QCOMPARE(created.code, 0);
        QVERIFY(created.path().starts_with(m_work + "/job-"));
    }

    void withoutAFolderTmpdirIsTaken()
    {
        qputenv("TMPDIR", QByteArray::fromStdString(m_work));
        const Outcome created = run({"create", "job"});
        qunsetenv("TMPDIR");
        QVERIFY(created.path().starts_with(m_work + "/job-"));
    }

    void showMeasures()
    {
        const Outcome created = run({"create", "job", "--in", m_work, "--json"});
        const Json* directory = getObject(created.json(), "directory");
        QVERIFY(directory != nullptr);
        const Path path = created.json()["directory"]["path"].get<std::string>();
        const std::string id = created.json()["directory"]["id"].get<std::string>();
        writeFile(path + "/file", std::string(50000, 'x'));
        for (const std::string& word : {id, id.substr(0, 8), std::string("job"), path,
                                        "work/" + std::string(baseName(path)), std::string(baseName(path))}) {
            const Outcome shown = run({"show", word, "--json"});
            QVERIFY2(shown.code == 0, shown.err.c_str());
            const Json document = shown.json();
            QCOMPARE(getUnsigned(document["directory"], "files"), std::optional<std::uint64_t>(1));
            QVERIFY(getUnsigned(document["directory"], "bytes").value_or(0) >= 50000);
        }
        QVERIFY(run({"show", "job"}).out.find(path) != std::string::npos);
    }

    void releasedOnesComeBack()
    {
        const Path one = run({"create", "one", "--in", m_work}).path();
        run({"create", "two", "--in", m_work});
        writeFile(one + "/file", "kept");
        const Outcome released = run({"release", "one", "two"});
        QVERIFY2(released.code == 0, released.err.c_str());
        QVERIFY2(released.err.find("'one' is released, and can be restored until ") == 0, released.err.c_str());
        QVERIFY(!isThere(one));
        const Json listed = run({"list", "--json"}).json();
        for (const Json& row : listed["directories"]) {
            QCOMPARE(getString(row, "state"), std::optional<std::string>("released"));
            QVERIFY(getString(row, "quarantine") && getString(row, "restorable_until"));
        }
        QCOMPARE(run({"release", "one"}).code, 1);
        QCOMPARE(run({"extend", "one"}).code, 1);
        const Outcome restored = run({"restore", "one", "--lifetime", "30d", "--json"});
        QVERIFY2(restored.code == 0, restored.err.c_str());
        QCOMPARE(getPath(restored.json()["directory"], "path"), std::optional<Path>(one));
        QVERIFY(isThere(one + "/file"));
        QCOMPARE(run({"restore", "one"}).code, 1);
        QCOMPARE(run({"clean", "one", "two", "--yes"}).code, 0);
        QVERIFY(std::filesystem::is_empty(m_work));
    }

    void oneInUseNeedsItsOwnWord()
    {
        const Path path = run({"create", "job", "--in", m_work}).path();
        const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const Outcome open = run({"clean", "job", "--yes"});
        QCOMPARE(open.code, 1);
        QVERIFY2(open.err.find("tst_scratch_com") != std::string::npos, open.err.c_str());
        QVERIFY2(open.err.find("--in-use") != std::string::npos, open.err.c_str());
        QVERIFY(isThere(path));
        QCOMPARE(flock(fd, LOCK_SH), 0);
        const Outcome kept = run({"clean", "job", "--yes"});
        QCOMPARE(kept.code, 1);
        QVERIFY2(kept.err.find("--in-use") != std::string::npos, kept.err.c_str());
        QVERIFY(isThere(path));
        QCOMPARE(getString(run({"show", "job", "--json"}).json()["directory"], "state"),
                 std::optional<std::string>("busy"));
        QCOMPARE(run({"clean", "job", "--yes", "--in-use"}).code, 0);
        QVERIFY(!isThere(path));
        close(fd);
    }

    void manyAreExtendedAndOneUnknownStopsAll()
    {
        run({"create", "one", "--in", m_work, "--lifetime", "1h"});
        run({"create", "two", "--in", m_work, "--lifetime", "2h"});
        QCOMPARE(run({"extend", "one", "three"}).code, 2);
        const Outcome extended = run({"extend", "one", "two", "--lifetime", "30d", "--json"});
        QVERIFY2(extended.code == 0, extended.err.c_str());
        const Json document = extended.json();
        const Json* directories = getArray(document, "directories");
        QVERIFY(directories != nullptr && directories->size() == 2);
        for (const Json& one : *directories)
            QCOMPARE(getString(one, "lifetime"), std::optional<std::string>("30d"));
        const Outcome own = run({"extend", "one"});
        QCOMPARE(own.code, 0);
        QVERIFY2(own.err.find("'one' is kept until ") != std::string::npos, own.err.c_str());
        QCOMPARE(getString(run({"extend", "one", "--lifetime", "never", "--json"}).json()["directory"], "lifetime"),
                 std::optional<std::string>("never"));
        QCOMPARE(run({"extend", "one", "--lifetime", "soon"}).code, 2);
    }

    void sweepRemovesWhatIsDueAndTheLogTellsOfIt()
    {
        qputenv("SCRATCHPROOF_GRACE", "1s"); // is kept with the end of each
        const Path due = run({"create", "due", "--in", m_work, "--lifetime", "1s"}).path();
        qunsetenv("SCRATCHPROOF_GRACE");
        const Path kept = run({"create", "kept", "--in", m_work, "--lifetime", "1s", "--pin"}).path();
        QTest::qSleep(2200);
        const Outcome tried = run({"sweep", "--dry-run"});
        QCOMPARE(tried.code, 0);
        QVERIFY2(tried.out.starts_with("'due' would be removed: 1 entries"), tried.out.c_str());
        QVERIFY(isThere(due));
        const Outcome swept = run({"sweep", "--json"});
        QVERIFY2(swept.code == 0, swept.err.c_str());
        const Json document = swept.json();
        QCOMPARE(document["swept"].size(), std::size_t{1});
        QCOMPARE(getString(document["swept"][0], "outcome"), std::optional<std::string>("purged"));
        QVERIFY(!isThere(due) && isThere(kept));
        const Outcome log = run({"log"});
        QVERIFY2(log.code == 0 && log.out.find("purged     " + due) != std::string::npos, log.out.c_str());
        QCOMPARE(run({"log", "--json"}).json()["entries"].size(), std::size_t{1});
        QCOMPARE(run({"log", "--most", "0"}).code, 2);
    }

    void findReadsALostRegistryAgain()
    {
        const Path path = run({"create", "one", "--in", m_work}).path();
        std::filesystem::remove(m_registry);
        QVERIFY(run({"list"}).out.empty());
        const Outcome found = run({"find", m_work});
        QVERIFY2(found.code == 0, found.err.c_str());
        QVERIFY2(found.out.starts_with("imported  " + path), found.out.c_str());
        QVERIFY(run({"list"}).out.find(path) != std::string::npos);
        const Outcome again = run({"find", m_work, "--json"});
        QCOMPARE(getString(again.json()["found"][0], "status"), std::optional<std::string>("known"));
        QCOMPARE(getBool(again.json(), "complete"), std::optional<bool>(true));
        QVERIFY(run({"find", m_work + "/missing"}).code != 0);
    }

    void listShowsTheStatesThatAreAskedFor()
    {
        run({"create", "one", "--in", m_work});
        run({"create", "two", "--in", m_work});
        run({"release", "two"});
        const auto names = [&](const std::string& states) {
            const Json document = run({"list", "--json", "--state", states}).json();
            std::string all;
            for (const Json& one : document["directories"])
                all += getPath(one, "name").value_or("?") + " ";
            return all;
        };
        QCOMPARE(names("active"), std::string("one "));
        QCOMPARE(names("released"), std::string("two "));
        QCOMPARE(names("released,active"), std::string("one two "));
        QCOMPARE(names("expired"), std::string());
        const Outcome wrong = run({"list", "--state", "active,odd"});
        QCOMPARE(wrong.code, 2);
        QVERIFY2(wrong.err.find("odd") != std::string::npos && wrong.err.find("expired") != std::string::npos,
                 wrong.err.c_str());
    }

    void pinnedOnesAreShownSo()
    {
        run({"create", "one", "--in", m_work, "--lifetime", "1h", "--pin"});
        QVERIFY(run({"list"}).out.find(" pinned ") != std::string::npos);
        const Outcome off = run({"pin", "one", "--off", "--json"});
        QCOMPARE(off.code, 0);
        QCOMPARE(getBool(off.json()["directory"], "pinned"), std::optional<bool>(false));
        QVERIFY(run({"list"}).out.find(" pinned ") == std::string::npos);
        QCOMPARE(run({"pin", "one"}).err, std::string("'one' is pinned\n"));
    }

    void cleanNeedsAnExplicitWordWithoutATerminal()
    {
        const Path path = run({"create", "job", "--in", m_work}).path();
        const Outcome refused = run({"clean", "job"});
        QCOMPARE(refused.code, 2);
        QVERIFY(refused.err.find("--yes") != std::string::npos);
        QVERIFY(isThere(path));
        const Outcome dry = run({"clean", "job", "--dry-run"});
        QCOMPARE(dry.code, 0);
        QVERIFY(dry.out.find(path) != std::string::npos);
        QVERIFY(isThere(path));
        const Outcome cleaned = run({"clean", "job", "--yes", "--json"});
        QCOMPARE(cleaned.code, 0);
        QVERIFY(!isThere(path));
        const Json document = cleaned.json();
        QCOMPARE(document["removed"].size(), std::size_t{1});
        QCOMPARE(document["removed"][0]["path"].get<std::string>(), path);
        QVERIFY(document["kept"].empty());
    }

    void onATerminalTheAnswerIsNoUnlessItIsYes_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<bool>("removed");
        QTest::newRow("enter") << QByteArray("\n") << false;
        QTest::newRow("end of input") << QByteArray() << false;
        QTest::newRow("n") << QByteArray("n\n") << false;
        QTest::newRow("anything") << QByteArray("ysomething\n") << false;
        QTest::newRow("y") << QByteArray("y\n") << true;
    }
    void onATerminalTheAnswerIsNoUnlessItIsYes()
    {
        QFETCH(QByteArray, answer);
        QFETCH(bool, removed);
        const Path path = run({"create", "job", "--in", m_work}).path();
        const Outcome asked = run({"clean", "job"}, true, answer.toStdString());
        QVERIFY(asked.err.find(path) != std::string::npos);
        QCOMPARE(asked.code, removed ? 0 : 3);
        QCOMPARE(isThere(path), !removed);
    }

    void severalAreCleanedAndAnUnknownNameStopsAllOfThem()
    {
        const Path a = run({"create", "a", "--in", m_work}).path();
        const Path b = run({"create", "b", "--in", m_work}).path();
        QCOMPARE(run({"clean", "a", "missing", "--yes"}).code, 2);
        QVERIFY(isThere(a));
        QCOMPARE(run({"clean", "a", "b", a, "--yes"}).code, 0);
        QVERIFY(!isThere(a) && !isThere(b));
    }

    void aNameThatMeansTwoIsNotGuessed()
    {
        const Path other = *m_folder / "other";
        std::filesystem::create_directory(other);
        const Path a = run({"create", "job", "--in", m_work}).path();
        const Path b = run({"create", "job", "--in", other}).path();
        const Outcome refused = run({"clean", "job", "--yes"});
        QCOMPARE(refused.code, 2);
        QVERIFY(refused.err.find(a) != std::string::npos && refused.err.find(b) != std::string::npos);
        QVERIFY(isThere(a) && isThere(b));
    }

    void whatIsNotOursIsKeptWithItsReason()
    {
        const Path path = run({"create", "job", "--in", m_work}).path();
        writeFile(path + "/file", "mine");
        unlink((path + "/.scratchproof-marker").c_str());
        const Outcome kept = run({"clean", "job", "--yes", "--json"});
        QCOMPARE(kept.code, 1);
        QVERIFY(kept.json()["removed"].empty());
        QCOMPARE(kept.json()["kept"][0]["path"].get<std::string>(), path);
        QVERIFY(!kept.json()["kept"][0]["reason"].get<std::string>().empty());
        QCOMPARE(readFile(path + "/file"), std::string("mine"));
    }

    void whatIsLostCanBeForgottenAndWhatIsThereCannot()
    {
        const Path path = run({"create", "job", "--in", m_work}).path();
        QCOMPARE(run({"forget", "job"}).code, 1);
        std::filesystem::remove_all(path);
        QCOMPARE(run({"clean", "job", "--yes"}).code, 1);
        QCOMPARE(run({"forget", "job"}).code, 0);
        QCOMPARE(run({"list"}).out, std::string());
    }

    void wrongInputSaysWhatWasExpected_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("lifetime") << QStringList{"create", "job", "--lifetime", "soon"};
        QTest::newRow("lifetime of nothing") << QStringList{"create", "job", "--lifetime", "0s"};
        QTest::newRow("slash") << QStringList{"create", "a/b"};
        QTest::newRow("dots") << QStringList{"create", ".."};
        QTest::newRow("empty name") << QStringList{"create", ""};
        QTest::newRow("unknown") << QStringList{"show", "missing"};
        QTest::newRow("no name") << QStringList{"create"};
        QTest::newRow("no subcommand") << QStringList{};
        QTest::newRow("unknown option") << QStringList{"list", "--wrong"};
    }
    void wrongInputSaysWhatWasExpected()
    {
        QFETCH(QStringList, arguments);
        std::vector<std::string> words;
        for (const QString& word : arguments)
            words.push_back(word.toStdString());
        const Outcome refused = run(words);
        QCOMPARE(refused.code, 2);
        QVERIFY(!refused.err.empty());
        QCOMPARE(refused.out, std::string());
    }

    void aFolderThatCannotBeUsedIsOne()
    {
        QCOMPARE(run({"create", "job", "--in", m_work + "/missing"}).code, 1);
        QCOMPARE(run({"create", "job", "--in", "/proc"}).code, 1);
        chmod(m_work.c_str(), 0777);
        const Outcome unsafe = run({"create", "job", "--in", m_work});
        QCOMPARE(unsafe.code, 1);
        QVERIFY(unsafe.err.find("may rename") != std::string::npos);
    }

    void aRegistryThatCannotBeUsedIsFourAndLosesNothing_data()
    {
        QTest::addColumn<QString>("how");
        for (const char* how : {"damaged", "newer", "locked", "a folder", "read-only", "home absent"})
            QTest::newRow(how) << QString(how);
    }
    void aRegistryThatCannotBeUsedIsFourAndLosesNothing()
    {
        QFETCH(QString, how);
        if (how == "read-only" && !m_folder->isMounted())
            QSKIP("mounting needs root");
        const Path path = run({"create", "job", "--in", m_work}).path();
        std::optional<Database> lock;
        std::string before;
        if (how == "damaged") {
            writeFile(m_registry, "noise, and not a database, at great length");
            before = readFile(m_registry);
        } else if (how == "locked" || how == "newer") {
            auto opened = Database::open(registrySettings(m_registry));
            QVERIFY(opened.has_value());
            lock.emplace(std::move(*opened));
            // Read before it is locked: closing a file gives up this process's locks on it (fcntl(2)).
            before = how == "locked" ? readFile(m_registry) : std::string();
            QVERIFY(lock->execute(how == "newer" ? "PRAGMA user_version = 99" : "BEGIN EXCLUSIVE"));
        } else if (how == "a folder") {
            rename(m_registry.c_str(), (m_registry + "-away").c_str());
            std::filesystem::create_directory(m_registry);
        } else if (how == "read-only") {
            QCOMPARE(mount(m_folder->path().c_str(), (*m_folder / "home").c_str(), nullptr, MS_BIND, nullptr), 0);
            umount2((*m_folder / "home").c_str(), MNT_DETACH);
            QCOMPARE(mount((*m_folder / "home").c_str(), (*m_folder / "home").c_str(), nullptr, MS_BIND, nullptr), 0);
            QCOMPARE(mount(nullptr, (*m_folder / "home").c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr),
                     0);
        } else {
            qputenv("HOME", QByteArray::fromStdString(*m_folder / "nobody"));
        }
        const Outcome created = run({"create", "other", "--in", m_work});
        const Outcome cleaned = run({"clean", path, "--yes"});
        lock.reset();
        umount2((*m_folder / "home").c_str(), MNT_DETACH);
        QVERIFY(!isThere(*m_folder / "nobody"));
        QVERIFY2(created.code == 4, created.err.c_str());
        QVERIFY2(cleaned.code == 4, cleaned.err.c_str());
        QVERIFY(created.err.find("registry") != std::string::npos);
        QVERIFY(isThere(path + "/.scratchproof-marker"));
        QCOMPARE(int(std::distance(std::filesystem::directory_iterator(m_work), {})), 1);
        if (!before.empty())
            QVERIFY(readFile(m_registry) == before);
    }

private:
    Outcome run(const std::vector<std::string>& words, bool terminal = false, const std::string& input = {})
    {
        std::istringstream in(input);
        std::ostringstream out;
        std::ostringstream err;
        Console console{in,   out, err, terminal, false, terminal, linuxSystem(), SCRATCHPROOF_CLI, m_folder->path(),
                        false};
        std::vector<std::string> arguments{"scratch"};
        arguments.insert(arguments.end(), words.begin(), words.end());
        const int code = runConsole(arguments, console);
        return {code, out.str(), err.str()};
    }

    std::unique_ptr<OwnFolder> m_folder;
    Path m_work;
    Path m_registry;
};

QTEST_GUILESS_MAIN(TestScratchCommands)
#include "tst_scratch_commands.moc"
