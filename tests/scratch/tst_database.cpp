// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/registry.h"
#include "core/store/database.h"
#include "tests/scratch/fixture.h"

#include <QTest>

#include <csignal>
#include <memory>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

DatabaseSettings settingsFor(const Path& file)
{
    DatabaseSettings settings;
    settings.file = file;
    settings.applicationId = 77;
    settings.migrations = {"CREATE TABLE t (a INTEGER, b BLOB)"};
    settings.busyTimeout = 50 * kNanosecondsPerMillisecond;
    return settings;
}

std::string problemOf(const Result<Database>& database)
{
    return database ? std::string("none") : database.error().operation;
}

ScratchRecord recordOf(const std::string& id)
{
    ScratchRecord record;
    record.id = id;
    record.name = "na\nme";
    record.path = "/tmp/\xff-" + id;
    record.note = "a note";
    record.machine = "0011";
    record.host = "here";
    record.created = 1;
    record.lifetime = 5 * kNanosecondsPerSecond;
    record.expires = 6 * kNanosecondsPerSecond;
    record.phase = Phase::Creating;
    record.grace = Lifetime();
    record.elapsedEnd = 17;
    record.changes = 3;
    record.content = "na\nme";
    record.place = {{"ext4", "uuid:x"}, false, 5, "/ro\not", 0xffffffffffffffffULL};
    return record;
}

} // namespace

class TestDatabase : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<OwnFolder>();
        m_file = *m_folder / "state/of/mine/store.db";
    }
    void cleanup() { m_folder.reset(); }

    void openingMakesAPrivateFolderAndFile()
    {
        QCOMPARE(problemOf(Database::open(settingsFor(m_file))), std::string("none"));
        struct stat status = {};
        for (const char* folder : {"state", "state/of", "state/of/mine"}) {
            QCOMPARE(stat((*m_folder / folder).c_str(), &status), 0);
            QCOMPARE(status.st_mode & 0777U, 0700U);
        }
        QCOMPARE(stat(m_file.c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777U, 0600U);
    }

    void valuesOfEveryKindComeBack()
    {
        auto database = Database::open(settingsFor(m_file));
        QVERIFY(database);
        const std::string bytes("\0\xff'\n", 4);
        auto insert = database->prepare("INSERT INTO t VALUES (?1, ?2), (NULL, ?3)");
        QVERIFY(insert);
        QVERIFY(insert->bind(1, std::int64_t{-5}).bindBytes(2, bytes).bindBytes(3, "").run());
        QCOMPARE(database->changes(), 2);
        auto select = database->prepare("SELECT a, b FROM t");
        QVERIFY(*select->step());
        QCOMPARE(select->integer(0), std::int64_t{-5});
        QCOMPARE(select->bytes(1), bytes);
        QVERIFY(*select->step());
        QVERIFY(!select->optionalInteger(0));
        QVERIFY(select->bytes(1).empty());
        QVERIFY(!*select->step());
    }

    void aTransactionThatIsDroppedChangesNothing()
    {
        auto database = Database::open(settingsFor(m_file));
        QVERIFY(database);
        {
            auto transaction = Transaction::begin(*database);
            QVERIFY(transaction);
            QVERIFY(database->execute("INSERT INTO t VALUES (1, 1)"));
        }
        auto transaction = Transaction::begin(*database);
        QVERIFY(transaction);
        QVERIFY(database->execute("INSERT INTO t VALUES (2, 2)"));
        QVERIFY(transaction->commit());
        auto select = database->prepare("SELECT sum(a) FROM t");
        QVERIFY(*select->step());
        QCOMPARE(select->integer(0), std::int64_t{2});
    }

    void aMissingFileIsToldWhereItMustExist()
    {
        auto settings = settingsFor(m_file);
        settings.create = false;
        const auto database = Database::open(settings);
        QCOMPARE(problemOf(database), std::string("store-unreachable"));
        QCOMPARE(database.error().code, ENOENT);
        QVERIFY(!isThere(*m_folder / "state"));
    }

    void aLockedFileIsBusy()
    {
        auto first = Database::open(settingsFor(m_file));
        auto second = Database::open(settingsFor(m_file));
        QVERIFY(first && second);
        auto transaction = Transaction::begin(*first);
        QVERIFY(transaction);
        const auto refused = second->execute("INSERT INTO t VALUES (1, 1)");
        QVERIFY(!refused);
        QVERIFY(refused.error().kind == ErrorKind::StoreBusy);
        QVERIFY(transaction->commit());
        QVERIFY(second->execute("INSERT INTO t VALUES (1, 1)"));
        QVERIFY(first->execute("BEGIN EXCLUSIVE"));
        QCOMPARE(problemOf(Database::open(settingsFor(m_file))), std::string("store-busy"));
    }

    void aDamagedFileIsToldAndLeftAsItIs_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("text") << QByteArray("this is no database at all, but a rather long line of text").repeated(100);
        QByteArray torn("SQLite format 3");
        torn.append('\0');
        QTest::newRow("header, then noise") << torn + QByteArray(8192, '\x5a');
    }
    void aDamagedFileIsToldAndLeftAsItIs()
    {
        QFETCH(QByteArray, content);
        std::filesystem::create_directories(parentPath(m_file));
        writeFile(m_file, content.toStdString());
        QCOMPARE(problemOf(Database::open(settingsFor(m_file))), std::string("store-damaged"));
        QCOMPARE(readFile(m_file), content.toStdString());
    }

    void aFileCutShortIsDamaged()
    {
        {
            auto database = Database::open(settingsFor(m_file));
            QVERIFY(database);
            QVERIFY(database->execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
                                      "INSERT INTO t SELECT i, randomblob(50) FROM n"));
        }
        const auto size = std::filesystem::file_size(m_file);
        std::filesystem::resize_file(m_file, size / 2 / 4096 * 4096);
        auto database = Database::open(settingsFor(m_file));
        auto used = database ? database->execute("SELECT sum(a) FROM t") : Result<void>(fail(database.error()));
        QVERIFY(!used);
        QVERIFY(used.error().kind == ErrorKind::StoreDamaged);
        QCOMPARE(std::filesystem::file_size(m_file), size / 2 / 4096 * 4096);
    }

    void anotherProgramsDatabaseIsRefused()
    {
        auto theirs = settingsFor(m_file);
        theirs.applicationId = 78;
        QCOMPARE(problemOf(Database::open(theirs)), std::string("none"));
        const auto before = readFile(m_file);
        QCOMPARE(problemOf(Database::open(settingsFor(m_file))), std::string("store-damaged"));
        QVERIFY(readFile(m_file) == before);
    }

    void aNewerVersionIsRefusedAndAnOlderOneBroughtUpToDate()
    {
        auto newer = settingsFor(m_file);
        QCOMPARE(problemOf(Database::open(settingsFor(m_file))), std::string("none"));
        newer.migrations.push_back("ALTER TABLE t ADD COLUMN c");
        {
            auto database = Database::open(newer);
            QVERIFY(database);
            QVERIFY(database->execute("INSERT INTO t VALUES (1, 2, 3)"));
        }
        const auto before = readFile(m_file);
        QCOMPARE(problemOf(Database::open(settingsFor(m_file))), std::string("store-newer"));
        QVERIFY(readFile(m_file) == before);
    }

    void aMigrationThatFailsChangesNothing()
    {
        QCOMPARE(problemOf(Database::open(settingsFor(m_file))), std::string("none"));
        auto broken = settingsFor(m_file);
        broken.migrations.push_back("CREATE TABLE u (x); CREATE TABLE t (again)");
        QCOMPARE(problemOf(Database::open(broken)), std::string("store-failed"));
        auto database = Database::open(settingsFor(m_file));
        QVERIFY(database);
        QVERIFY(!database->prepare("SELECT * FROM u"));
    }

    void anUnwritableFileCanBeReadOnly()
    {
        if (geteuid() != 0)
            QSKIP("needs a second user, so root");
        QCOMPARE(problemOf(Database::open(settingsFor(m_file))), std::string("none"));
        for (const char* folder : {"state", "state/of", "state/of/mine"})
            chmod((*m_folder / folder).c_str(), 0755);
        chmod(m_file.c_str(), 0644);
        const int code = inChild(kStranger, [&] {
            auto database = Database::open(settingsFor(m_file));
            if (!database)
                return 1;
            auto written = database->execute("INSERT INTO t VALUES (1, 1)");
            if (written || written.error().kind != ErrorKind::StoreReadOnly)
                return 2;
            if (!database->isReadOnly() || !database->execute("SELECT * FROM t"))
                return 3;
            auto elsewhere = settingsFor(*m_folder / "state/new/store.db");
            auto refused = Database::open(elsewhere);
            return !refused && refused.error().kind == ErrorKind::StoreReadOnly ? 0 : 4;
        });
        QCOMPARE(code, 0);
    }

    /// What is said of a folder of the path that cannot be had, to an ordinary user, and which part is named.
    void aPartOfThePathThatCannotBeHadIsNamed_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("problem");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("named");
        const QString tooLong(300, 'x');
        QTest::newRow("a folder (none of these)") << "folder"
                                                  << "" << 0 << "";
        QTest::newRow("a link to a folder (none either)") << "link"
                                                          << "" << 0 << "";
        QTest::newRow("a closed folder") << "closed"
                                         << "store-read-only" << EACCES << "closed/mine";
        QTest::newRow("a link into a closed folder") << "into"
                                                     << "store-read-only" << EACCES << "into/mine";
        QTest::newRow("somebody else's folder") << "foreign"
                                                << "store-read-only" << EACCES << "foreign/mine";
        QTest::newRow("a link to itself") << "loop"
                                          << "store-unreachable" << ELOOP << "loop";
        QTest::newRow("a link to nothing") << "nothing"
                                           << "store-unreachable" << ENOENT << "nothing";
        QTest::newRow("a file") << "file"
                                << "store-unreachable" << ENOTDIR << "file";
        QTest::newRow("a name too long") << tooLong << "store-unreachable" << ENAMETOOLONG << tooLong;
    }
    void aPartOfThePathThatCannotBeHadIsNamed()
    {
        if (geteuid() != 0)
            QSKIP("needs a second user, so root");
        QFETCH(QString, name);
        QFETCH(QString, problem);
        QFETCH(int, code);
        QFETCH(QString, named);
        const Path base = *m_folder / "base";
        for (const char* folder : {"", "/folder", "/closed", "/closed/there", "/foreign"})
            mkdir((base + folder).c_str(), 0755);
        for (const char* folder : {"", "/folder"})
            QCOMPARE(chown((base + folder).c_str(), kStranger, kStranger), 0);
        QCOMPARE(symlink("folder", (base + "/link").c_str()), 0);
        QCOMPARE(symlink("closed/there", (base + "/into").c_str()), 0);
        QCOMPARE(symlink("loop", (base + "/loop").c_str()), 0);
        QCOMPARE(symlink("nowhere", (base + "/nothing").c_str()), 0);
        writeFile(base + "/file", "");
        QCOMPARE(chmod((base + "/closed").c_str(), 0700), 0);
        const Path file = base + '/' + name.toStdString() + "/mine/store.db";
        const Path expected = base + '/' + named.toStdString();
        const auto what = problem.toStdString();
        const int ended = inChild(kStranger, [&] {
            const auto database = Database::open(settingsFor(file));
            if (what.empty())
                return database ? 0 : 1;
            if (database)
                return 2;
            const Error& error = database.error();
            if (error.operation != what || error.code != code)
                return 3;
            return error.path == expected && !error.detail.empty() ? 0 : 4;
        });
        QCOMPARE(ended, 0);
    }

    void aPathLongerThanSqliteTakesIsToldAndNothingIsMade()
    {
        const auto fileOf = [&](std::size_t length) {
            Path file = *m_folder / "long";
            while (file.size() + 2 < length)
                file += '/' + std::string(std::min<std::size_t>(100, length - file.size() - 1), 'd');
            return file;
        };
        for (const std::size_t length : {505U, 600U, 5000U}) {
            const auto refused = Database::open(settingsFor(fileOf(length)));
            QCOMPARE(problemOf(refused), std::string("store-unreachable"));
            QCOMPARE(refused.error().code, ENAMETOOLONG);
            QVERIFY(!isThere(*m_folder / "long"));
        }
        const Path longest = fileOf(504);
        auto database = Database::open(settingsFor(longest));
        QCOMPARE(problemOf(database), std::string("none"));
        auto transaction = Transaction::begin(*database);
        QVERIFY(transaction && database->execute("INSERT INTO t VALUES (1, 1)") && transaction->commit());
    }

    /// mkdir(2) and open(2) give what the umask leaves, and with these it is nothing, or nothing to write.
    void whatIsMadeCanBeUsedWhateverTheUmask_data()
    {
        QTest::addColumn<unsigned>("mask");
        for (const unsigned mask : {0U, 0022U, 0077U, 0277U, 0777U})
            QTest::newRow(qPrintable(QString::number(mask, 8))) << mask;
    }
    void whatIsMadeCanBeUsedWhateverTheUmask()
    {
        QFETCH(unsigned, mask);
        const bool isRoot = geteuid() == 0;
        const Path base = *m_folder / "base";
        QCOMPARE(mkdir(base.c_str(), 0700), 0);
        if (isRoot)
            QCOMPARE(chown(base.c_str(), kStranger, kStranger), 0);
        const Path file = base + "/of/mine/store.db";
        for (int round = 0; round < 2; ++round) {
            const int ended = inChild(isRoot ? kStranger : 0, [&] {
                umask(static_cast<mode_t>(mask));
                auto database = Database::open(settingsFor(file));
                if (!database)
                    return 1;
                auto transaction = Transaction::begin(*database);
                if (!transaction || !database->execute("INSERT INTO t VALUES (1, 1)") || !transaction->commit())
                    return 2;
                auto select = database->prepare("SELECT sum(a) FROM t");
                return select && select->step().value_or(false) && select->integer(0) == round + 1 ? 0 : 3;
            });
            QCOMPARE(ended, 0);
        }
        struct stat status = {};
        for (const char* folder : {"/of", "/of/mine"}) {
            QCOMPARE(stat((base + folder).c_str(), &status), 0);
            QCOMPARE(status.st_mode & 0777U, 0700U);
        }
        QCOMPARE(stat(file.c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777U, 0600U);
    }

    void aReadOnlyMountIsReadOnly()
    {
        if (!m_folder->isMounted())
            QSKIP("mounting needs root");
        QCOMPARE(problemOf(Database::open(settingsFor(m_file))), std::string("none"));
        QCOMPARE(mount(nullptr, m_folder->path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
        auto database = Database::open(settingsFor(m_file));
        QVERIFY(database);
        const auto written = database->execute("INSERT INTO t VALUES (1, 1)");
        QVERIFY(!written);
        QVERIFY(written.error().kind == ErrorKind::StoreReadOnly);
        QCOMPARE(problemOf(Database::open(settingsFor(*m_folder / "other/store.db"))), std::string("store-read-only"));
    }

    void aFullDiskIsToldAndNothingIsLost()
    {
        if (!m_folder->isMounted())
            QSKIP("mounting needs root");
        const OwnFolder small("mode=0755,size=128k");
        const Path file = small / "store.db";
        auto database = Database::open(settingsFor(file));
        QVERIFY(database);
        QVERIFY(database->execute("INSERT INTO t VALUES (1, 'one')"));
        const auto written = database->execute("INSERT INTO t VALUES (2, zeroblob(1000000))");
        QVERIFY(!written);
        QVERIFY(written.error().kind == ErrorKind::StoreFull);
        auto select = database->prepare("SELECT sum(a) FROM t");
        QVERIFY(*select->step());
        QCOMPARE(select->integer(0), std::int64_t{1});
        writeFile(small / "filler", std::string(200000, 'x'));
        QCOMPARE(problemOf(Database::open(settingsFor(small / "new/store.db"))), std::string("store-full"));
    }

    void theRegistryKeepsEveryField()
    {
        auto registry = Registry::open(m_file);
        QVERIFY(registry);
        ScratchRecord record = recordOf("a1");
        QVERIFY(registry->insert(record));
        QVERIFY(!registry->insert(record));
        QVERIFY(registry->find("a1")->value().place == record.place);
        QVERIFY(registry->activate("a1", 7, 8));
        QVERIFY(!registry->activate("a1", 7, 8));
        const Measure measure{1, 2, 3, 4};
        QVERIFY(registry->setMeasure("a1", measure, 99));
        const auto found = registry->find("a1");
        QVERIFY(found && *found);
        const ScratchRecord& row = **found;
        QCOMPARE(row.name, record.name);
        QCOMPARE(row.path, record.path);
        QCOMPARE(row.note, record.note);
        QCOMPARE(row.host, record.host);
        QCOMPARE(row.expires, record.expires);
        QCOMPARE(row.lifetime, record.lifetime);
        QVERIFY(row.phase == Phase::Active);
        record.place.inode = 7;
        QVERIFY(row.place == record.place);
        QCOMPARE(row.ownChange, Nanoseconds{8});
        QVERIFY(row.grace && !*row.grace && row.elapsedEnd == record.elapsedEnd);
        QCOMPARE(row.changes, record.changes);
        QCOMPARE(row.content, record.content);
        QVERIFY(row.measure && *row.measure == measure);
        QCOMPARE(row.measured, Nanoseconds{99});
        QVERIFY(*registry->remove("a1"));
        QVERIFY(!*registry->remove("a1"));
        QVERIFY(registry->all()->empty());
    }

    void aRegistryOfTheFirstVersionKeepsItsRows()
    {
        // As that version wrote it.
        DatabaseSettings first = registrySettings(m_file);
        first.migrations = {
            "CREATE TABLE directories (id TEXT PRIMARY KEY NOT NULL, name BLOB NOT NULL, path BLOB NOT NULL UNIQUE, "
            "note TEXT NOT NULL, machine TEXT NOT NULL, host TEXT NOT NULL, created INTEGER NOT NULL, lifetime "
            "INTEGER, expires INTEGER, phase TEXT NOT NULL, released INTEGER, restorable_until INTEGER, quarantine "
            "BLOB, pinned INTEGER NOT NULL DEFAULT 0, adopted INTEGER NOT NULL DEFAULT 1, put_off INTEGER, fs_type "
            "TEXT NOT NULL, fs_identity TEXT NOT NULL, inode INTEGER NOT NULL, bytes INTEGER, files INTEGER, folders "
            "INTEGER, newest INTEGER, measured INTEGER NOT NULL DEFAULT 0); CREATE INDEX directories_by_expiry ON "
            "directories (expires) WHERE expires IS NOT NULL; CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, "
            "value INTEGER NOT NULL); CREATE TABLE log (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, directory "
            "TEXT, what TEXT NOT NULL, detail BLOB);"};
        {
            auto database = Database::open(first);
            QVERIFY(database.has_value());
            QVERIFY(database->execute(
                "INSERT INTO directories (id, name, path, note, machine, host, created, lifetime, expires, phase, "
                "fs_type, fs_identity, inode) VALUES ('a1', 'old', '/old', '', 'm', 'h', 1, 2, 3, 'active', 'ext4', "
                "'uuid:x', 7)"));
        }
        auto registry = Registry::open(m_file);
        QVERIFY2(registry.has_value(), registry ? "" : toString(registry.error()).c_str());
        const auto rows = registry->all();
        QVERIFY(rows && rows->size() == 1);
        QCOMPARE(rows->front().path, Path("/old"));
        QVERIFY(rows->front().copies.empty() && !rows->front().putOff);
        QVERIFY(rows->front().place.byOldRules && !rows->front().grace && !rows->front().elapsedEnd);
        QVERIFY(registry->note({1, "a1", "/old", "kept", "for a test"}));
        QCOMPARE(registry->log(5)->front().path, Path("/old"));
        QVERIFY(!Database::open(first)); // and the older program leaves the newer one alone
    }

    void twoProcessesAtOnceLoseNothing()
    {
        constexpr int kEach = 40;
        const auto work = [&](const std::string& who) {
            for (int i = 0; i < kEach; ++i) {
                auto registry = Registry::open(m_file);
                const auto done =
                    registry ? registry->insert(recordOf(who + std::to_string(i))) : fail(registry.error());
                if (!done) {
                    qWarning("%s", toString(done.error()).c_str());
                    return 1;
                }
            }
            return 0;
        };
        // Both make the file and bring it up to date, too.
        const pid_t a = startChild(0, [&] { return work("a"); });
        const pid_t b = startChild(0, [&] { return work("b"); });
        QCOMPARE(waitForChild(a), 0);
        QCOMPARE(waitForChild(b), 0);
        QCOMPARE(Registry::open(m_file)->all()->size(), std::size_t{2 * kEach});
    }

    void aWriterKilledInItsTransactionLeavesTheOldState()
    {
        QVERIFY(Registry::open(m_file)->insert(recordOf("a")));
        const int died = inChild(0, [&] {
            auto database = Database::open(registrySettings(m_file));
            if (!database)
                return 1;
            // A small cache, so that changed pages reach the file before the commit.
            (void)database->execute("PRAGMA cache_size=1; PRAGMA cache_spill=1; BEGIN IMMEDIATE; "
                                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
                                    "INSERT INTO meta SELECT i, i FROM n; DELETE FROM directories");
            raise(SIGKILL);
            return 0;
        });
        QCOMPARE(died, -1);
        const auto rows = Registry::open(m_file)->all();
        QVERIFY(rows);
        QCOMPARE(rows->size(), std::size_t{1});
    }

private:
    std::unique_ptr<OwnFolder> m_folder;
    Path m_file;
};

QTEST_GUILESS_MAIN(TestDatabase)
#include "tst_database.moc"
