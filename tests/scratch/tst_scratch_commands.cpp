// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/console.h"
#include "core/store/database.h"
#include "core/stream/json_fields.h"
#include "tests/scratch/fixture.h"

#include <QTest>

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
        const Path a = run({"create", "job", "--in", m_work}).path();
        const Path b = run({"create", "job", "--in", m_work}).path();
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
            DatabaseSettings settings;
            settings.file = m_registry;
            settings.applicationId = 0x53507266;
            settings.migrations = {""};
            lock.emplace(std::move(*Database::open(settings)));
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
