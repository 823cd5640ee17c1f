// SPDX-License-Identifier: GPL-3.0-or-later

// Registries and markers as version 0.1.0 wrote them: they are taken over, and their directories live on by today's
// rules; and what a newer version wrote is left alone.

#include "core/scratch/marker.h"
#include "core/stream/json_fields.h"
#include "tests/scratch/never_lost.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <filesystem>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr const char* kOldTables1 = R"sql(
CREATE TABLE directories (
    id TEXT PRIMARY KEY NOT NULL,
    name BLOB NOT NULL,
    path BLOB NOT NULL UNIQUE,
    note TEXT NOT NULL,
    machine TEXT NOT NULL,
    host TEXT NOT NULL,
    created INTEGER NOT NULL,
    lifetime INTEGER,
    expires INTEGER,
    phase TEXT NOT NULL,
    released INTEGER,
    restorable_until INTEGER,
    quarantine BLOB,
    pinned INTEGER NOT NULL DEFAULT 0,
    adopted INTEGER NOT NULL DEFAULT 1,
    put_off INTEGER,
    fs_type TEXT NOT NULL,
    fs_identity TEXT NOT NULL,
    inode INTEGER NOT NULL,
    bytes INTEGER,
    files INTEGER,
    folders INTEGER,
    newest INTEGER,
    measured INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX directories_by_expiry ON directories (expires) WHERE expires IS NOT NULL;
CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL);
CREATE TABLE log (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, directory TEXT, what TEXT NOT NULL, detail BLOB);
)sql";
constexpr const char* kOldTables2 = R"sql(
ALTER TABLE directories ADD COLUMN announced INTEGER;
ALTER TABLE directories ADD COLUMN copy_at BLOB;
ALTER TABLE log ADD COLUMN path BLOB;
)sql";
constexpr std::int32_t kApplicationId = 0x53507266;

/// A directory of version 0.1.0.
struct Old
{
    std::string id;
    Path path;
    Path quarantine; // "": it is active
    Nanoseconds lifetime = kDay;
    std::string lifetimeInMarker = "1d";
    Nanoseconds age = 0;
    std::string identity; // of its file system
    Path copy;
};

} // namespace

class TestOldRegistry : public QObject
{
    Q_OBJECT

private slots:
    void init() { m = std::make_unique<World>(); }
    void cleanup() { m.reset(); }

    void itsDirectoriesLiveOn_data()
    {
        QTest::addColumn<QString>("type");
        QTest::addColumn<QString>("identity"); // "": as 0.1.0 would have seen it
        QTest::addColumn<QString>("what");
        for (const char* what : {"sweep", "extend", "pin", "release", "restore", "clean", "find", "reuse", "move"}) {
            QTest::addRow("memory, %s", what) << "tmpfs"
                                              << "memory" << what;
            QTest::addRow("ext4, %s", what) << "ext4"
                                            << "" << what;
            QTest::addRow("ext4 by a device's name, %s", what) << "ext4"
                                                               << "source:/dev/loop0" << what;
            QTest::addRow("btrfs, %s", what) << "btrfs"
                                             << "" << what;
        }
    }
    void itsDirectoriesLiveOn()
    {
        QFETCH(QString, type);
        QFETCH(QString, identity);
        QFETCH(QString, what);
        const Path in = type == "tmpfs" ? m->work : m->mountImageAt(type.toStdString(), "in", 200U << 20U);
        Old old;
        old.path = in + "/job-abcdefgh";
        old.lifetime = 7 * kDay;
        old.lifetimeInMarker = "7d";
        old.age = 2 * kDay;
        old.identity = identity.toStdString();
        make(old);
        const auto before = m->store().list().value();
        QCOMPARE(before.size(), std::size_t{1});
        QVERIFY(before.front().state == ScratchState::Active);
        const auto seen = m->look(old.id);
        QVERIFY2(seen.state == ScratchState::Active, toString(seen.reason).c_str());
        QVERIFY(!seen.record.place.byOldRules); // healed
        QVERIFY(seen.record.place.fileSystem.value.find("/dev/") == std::string::npos);
        if (what == "extend") {
            QCOMPARE(toString(m->store().extend(old.id, 60 * kDay)->notWritten), std::string());
            m->pass(20 * kDay);
            QVERIFY(m->sweep().empty());
            QVERIFY(!markerOf(old.path).isOld);
        } else if (what == "pin") {
            QCOMPARE(toString(m->store().setPinned(old.id, true)->notWritten), std::string());
            m->pass(20 * kDay);
            QVERIFY(m->sweep().empty());
        } else if (what == "release" || what == "restore") {
            const auto released = m->store().release(old.id);
            QVERIFY2(released.has_value(), released ? "" : toString(released.error()).c_str());
            QVERIFY(!isThere(old.path));
            if (what == "restore")
                QVERIFY(m->store().restore(old.id));
            m->pass(4 * kDay);
            QCOMPARE(m->isSwept(old.id), what == "release");
            QCOMPARE(isThere(old.path), what == "restore");
        } else if (what == "clean") {
            QCOMPARE(m->clean(old.id), std::string());
            QVERIFY(!isThere(old.path));
            QCOMPARE(m->store().list()->size(), std::size_t{0});
        } else if (what == "find") {
            QVERIFY(m->find(in).front().status == FindStatus::Known);
        } else if (what == "move") {
            std::filesystem::rename(old.path, in + "/else");
            QVERIFY(m->find(in).front().status == FindStatus::Moved);
            m->pass(20 * kDay);
            QVERIFY(m->sweep().empty());
            QVERIFY(isThere(in + "/else/file"));
        } else if (what == "reuse") {
            CreateRequest request;
            request.name = "job";
            request.folder = in;
            request.lifetime = kDay;
            request.reuse = true;
            const auto same = m->create(request);
            QVERIFY(same && same->reused && same->directory.record.path == old.path);
        } else {
            QVERIFY(m->sweep().empty());
            m->pass(4 * kDay);
            QVERIFY(m->sweep().empty());
            m->pass(5 * kDay);
            QVERIFY(m->isSwept(old.id));
            QVERIFY(!isThere(old.path));
        }
    }

    void whatWasOverGetsItsGraceAnew()
    {
        Old old;
        old.path = m->work + "/job-abcdefgh";
        old.age = 20 * kDay;
        make(old);
        for (int day = 0; day < 3; ++day) {
            QVERIFY(m->sweep().empty());
            m->pass(kDay);
        }
        m->pass(kHour);
        // Its files are newer than its end, by the clock of the file system: that may put it off once.
        auto purge = m->sweep().at(old.id);
        QVERIFY(purge.outcome == PurgeOutcome::PutOff || purge.outcome == PurgeOutcome::Purged);
        m->pass(4 * kDay);
        m->sweep();
        QVERIFY(!isThere(old.path));
    }

    void aLifetimeOfNothingIsRead()
    {
        Old old;
        old.path = m->work + "/job-abcdefgh";
        old.lifetime = 400'000;
        old.lifetimeInMarker = "0ms";
        old.age = kDay;
        make(old);
        QVERIFY(m->look(old.id).state == ScratchState::Expired);
        QVERIFY(m->find(m->work).front().status == FindStatus::Known);
        QCOMPARE(m->clean(old.id), std::string());
        QVERIFY(!isThere(old.path));
        // Today's markers do not say that.
        Old newer = old;
        newer.path = m->work + "/job-bcdefghi";
        make(newer);
        const Path marker = newer.path + "/" + kMarkerName;
        std::string text = readFile(marker);
        text.replace(text.find("marker/1"), 8, "marker/2");
        writeFile(marker, text, 0600);
        QVERIFY(m->look(newer.id).state == ScratchState::Offline); // of such a row nothing says more
        QVERIFY(!m->clean(newer.id).empty());
    }

    void whatWasReleasedIsRestoredOrPurged_data()
    {
        QTest::addColumn<bool>("isRestored");
        QTest::newRow("restored") << true;
        QTest::newRow("left") << false;
    }
    void whatWasReleasedIsRestoredOrPurged()
    {
        QFETCH(bool, isRestored);
        Old old;
        old.path = m->work + "/job-abcdefgh";
        old.quarantine = m->work + "/.scratchproof-released-abcdefgh/job-abcdefgh";
        old.lifetime = 30 * kDay;
        old.lifetimeInMarker = "30d";
        make(old);
        QVERIFY(m->look(old.id).state == ScratchState::Released);
        QVERIFY(m->sweep().empty());
        if (isRestored) {
            QVERIFY(m->store().restore(old.id));
            QVERIFY(isThere(old.path + "/file") && !isThere(parentPath(old.quarantine)));
        }
        m->pass(5 * kDay);
        QCOMPARE(m->isSwept(old.id), !isRestored);
        QCOMPARE(isThere(old.path + "/file"), isRestored);
        QVERIFY(!isThere(parentPath(old.quarantine)));
    }

    void ofItsCopiesNoneIsRemoved_data()
    {
        QTest::addColumn<bool>("isThereStill");
        QTest::newRow("there") << true;
        QTest::newRow("no copy any more") << false;
    }
    void ofItsCopiesNoneIsRemoved()
    {
        QFETCH(bool, isThereStill);
        Old old;
        old.path = m->work + "/job-abcdefgh";
        old.copy = m->work + "/copy";
        make(old);
        must("cp -a " + old.path + ' ' + old.copy);
        if (!isThereStill)
            std::filesystem::remove(old.copy + "/" + kMarkerName);
        QCOMPARE(m->clean(old.id).empty(), !isThereStill);
        QCOMPARE(isThere(old.path), isThereStill);
        QVERIFY(isThere(old.copy + "/file"));
        m->pass(10 * kDay);
        m->sweep();
        m->pass(5 * kDay);
        m->sweep();
        QCOMPARE(isThere(old.path), isThereStill);
    }

    void whatANewerVersionWroteIsLeftAlone_data()
    {
        QTest::addColumn<bool>("isNewer");
        QTest::newRow("newer") << true;
        QTest::newRow("today's") << false;
    }
    void whatANewerVersionWroteIsLeftAlone()
    {
        QFETCH(bool, isNewer);
        const auto record = m->make("work", kDay);
        writeFile(record.path + "/file", "x");
        if (isNewer) {
            DatabaseSettings settings;
            settings.file = m->registry;
            settings.applicationId = kApplicationId;
            settings.migrations = {"", "", "", "CREATE TABLE of_another_time (x INTEGER);"};
            QVERIFY(Database::open(settings));
        }
        const std::string before = readFile(m->registry);
        m->pass(10 * kDay);
        if (!isNewer) {
            QVERIFY(m->isSwept(record.id));
            return;
        }
        const auto plan = m->plan(SweepMode::Do);
        QVERIFY(!plan);
        QCOMPARE(plan.error().operation, std::string("store-newer"));
        QVERIFY(!m->store().list() && !m->store().extend(record.id, kDay) && !m->store().forget(record.id));
        CreateRequest request;
        request.name = "other";
        request.folder = m->work;
        request.lifetime = kDay;
        QVERIFY(!m->create(request));
        QCOMPARE(readFile(m->registry), before);
        QCOMPARE(namesIn(m->work).size(), std::size_t{1});
        QVERIFY(isThere(record.path + "/file"));
    }

    void aMarkerOfANewerVersionIsKept_data()
    {
        QTest::addColumn<bool>("isNewer");
        QTest::newRow("newer") << true;
        QTest::newRow("today's") << false;
    }
    void aMarkerOfANewerVersionIsKept()
    {
        QFETCH(bool, isNewer);
        const auto record = m->make("work", kDay);
        const Path marker = record.path + "/" + kMarkerName;
        std::string text = readFile(marker);
        QVERIFY(text.find("marker/2") != std::string::npos);
        if (isNewer)
            text.replace(text.find("marker/2"), 8, "marker/3");
        writeFile(marker, text, 0600);
        QCOMPARE(m->find(m->work).front().status == FindStatus::NotOurs, isNewer);
        m->pass(10 * kDay);
        QCOMPARE(m->isSwept(record.id), !isNewer);
        QCOMPARE(isThere(marker), isNewer);
        QVERIFY(!isNewer || readFile(marker) == text);
        QVERIFY(!m->clean(record.id).empty());
        QCOMPARE(isThere(marker), isNewer);
    }

private:
    static Marker markerOf(const Path& path)
    {
        return markerFromText(readFile(path + "/" + kMarkerName)).value_or(Marker{});
    }

    /// Makes it on the disk, and its row.
    void make(Old& old)
    {
        System& system = *m->system;
        static int count = 0;
        old.id = "0123456789abcdef0123456789abcd" + std::to_string(10 + ++count % 90);
        const Path at = old.quarantine.empty() ? old.path : old.quarantine;
        if (!old.quarantine.empty())
            makeFolder(parentPath(at), 0700);
        makeFolder(at, 0700);
        writeFile(at + "/file", "kept");
        const Nanoseconds created = m->clock.wall() - old.age;
        Json json = Json::object();
        json["schema"] = "scratchproof.marker/1";
        json["about"] = "Scratchproof made this directory";
        json["id"] = old.id;
        json["name"] = "job";
        json["note"] = "a note";
        json["created"] = toIso8601(created);
        json["lifetime"] = old.lifetimeInMarker;
        json["machine"] = machineIdentity(system);
        json["program"] = "scratchproof 0.1.0";
        writeFile(at + "/" + kMarkerName, toLine(json) + "\n", 0600);

        const auto parent = system.files.open(kWorkingDirectory, parentPath(old.path).c_str(), O_PATH | O_DIRECTORY);
        const auto status = system.attributes.status(parent->get());
        MountTable mounts;
        QVERIFY(mounts.refresh());
        const auto place = placeIdentity(system, mounts, parent->get(), *status);
        struct stat inode = {};
        QVERIFY(stat(at.c_str(), &inode) == 0);

        DatabaseSettings settings;
        settings.file = m->registry;
        settings.applicationId = kApplicationId;
        settings.migrations = {kOldTables1, kOldTables2};
        if (isThere(m->registry))
            settings.migrations.push_back(""); // it was taken over already
        auto database = Database::open(settings);
        QVERIFY2(database.has_value(), database ? "" : toString(database.error()).c_str());
        auto statement = database->prepare(
            "INSERT INTO directories (id, name, path, note, machine, host, created, lifetime, expires, phase, "
            "released, restorable_until, quarantine, fs_type, fs_identity, inode, copy_at) VALUES "
            "(?1, ?2, ?3, 'a note', ?4, 'here', ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)");
        QVERIFY(statement.has_value());
        statement->bindText(1, old.id).bindBytes(2, "job").bindBytes(3, old.path).bindText(4, machineIdentity(system));
        statement->bind(5, created).bind(6, old.lifetime).bind(7, created + old.lifetime);
        statement->bindText(8, old.quarantine.empty() ? "active" : "released");
        if (!old.quarantine.empty())
            statement->bind(9, created + kSecond).bind(10, created + 3 * kDay).bindBytes(11, old.quarantine);
        statement->bindText(12, place.type).bindText(13, old.identity.empty() ? place.oldValue : old.identity);
        statement->bind(14, static_cast<std::int64_t>(inode.st_ino));
        if (!old.copy.empty())
            statement->bindBytes(15, old.copy);
        QVERIFY(statement->run());
    }

    std::unique_ptr<World> m;
};

SCRATCHPROOF_TEST_MAIN(TestOldRegistry, PrivateMounts)
#include "tst_old_registry.moc"
