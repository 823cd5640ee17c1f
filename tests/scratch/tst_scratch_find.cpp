// SPDX-License-Identifier: GPL-3.0-or-later
// Markers that are found: after the registry was lost, moved, copied, a stranger's.
#include "core/scratch/marker.h"
#include "tests/scratch/store_fixture.h"

#include <QTest>

#include <sys/sysmacros.h>

using namespace scratchproof;
using namespace scratchproof::test;

class TestScratchFind : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        qunsetenv("SCRATCHPROOF_GRACE");
        m = std::make_unique<StoreFixture>();
    }
    void cleanup() { m.reset(); }

    void aLostRegistryIsReadAgainFromTheMarkers()
    {
        const auto record = m->make("work", 7 * kDay);
        std::filesystem::create_directories(m->work + "/a/b/c");
        std::filesystem::rename(record.path, m->work + "/a/b/c/moved");
        std::filesystem::remove_all(parentPath(m->registry));
        const auto result = m->find(m->work).value();
        QVERIFY(result.complete);
        QCOMPARE(result.found.size(), std::size_t{1});
        QVERIFY(result.found.front().status == FindStatus::Imported);
        const auto row = m->row(record.id);
        QVERIFY(row.record.path == m->work + "/a/b/c/moved");
        QCOMPARE(row.record.name, std::string("work"));
        QCOMPARE(row.record.note, std::string("a note"));
        QVERIFY(!row.record.adopted && !row.record.expires && !purgedAfter(row.record));
        QCOMPARE(m->store().log(1)->front().what, std::string("imported"));
        // It stays until it is given a lifetime, however late it is.
        m->clock.later = 20 * kDay;
        QVERIFY(m->plan(SweepMode::Do)->due.empty());
        const auto extended = m->store().extend(record.id, kDay).value().directory;
        QVERIFY(extended.record.adopted && purgedAfter(extended.record));
        QVERIFY(m->find(m->work)->found.front().status == FindStatus::Known);
    }

    void aReleasedOneIsFoundInItsQuarantine()
    {
        const auto record = m->make("work", 7 * kDay);
        writeFile(record.path + "/file", "kept");
        QVERIFY(m->store().release(record.id));
        std::filesystem::remove_all(parentPath(m->registry));
        const auto result = m->find(m->work).value();
        QCOMPARE(result.found.size(), std::size_t{1});
        QVERIFY(result.found.front().status == FindStatus::Imported);
        QVERIFY(m->row(record.id).state == ScratchState::Released);
        const auto restored = m->store().restore(record.id);
        QVERIFY2(restored.has_value(), restored ? "" : toString(restored.error()).c_str());
        QVERIFY(isThere(record.path + "/file"));
    }

    void oneThatWasRenamedIsFollowed()
    {
        const auto record = m->make("work", 7 * kDay);
        std::filesystem::rename(record.path, m->work + "/elsewhere");
        const auto result = m->find(m->work).value();
        QVERIFY(result.found.front().status == FindStatus::Moved);
        const auto row = m->row(record.id);
        QVERIFY(row.record.path == m->work + "/elsewhere");
        QVERIFY(!row.record.adopted && !row.record.expires); // whoever moved it knows what for
        QVERIFY(m->store().inspect(record.id, {}, {})->state == ScratchState::Active);
    }

    void ofACopyNeitherIsRemoved()
    {
        const auto record = m->make("work", kDay);
        const Path other = m->work + "/copy";
        std::filesystem::copy(record.path, other, std::filesystem::copy_options::recursive);
        const auto result = m->find(m->work).value();
        QCOMPARE(result.found.size(), std::size_t{2});
        for (const FoundScratch& one : result.found)
            QVERIFY2(one.status == FindStatus::Copy, one.path.c_str());
        const auto preview = m->store().preview(record.id, {}, {}).value();
        QVERIFY(!preview.removable);
        QVERIFY2(toString(preview.reason).find(other) != std::string::npos, toString(preview.reason).c_str());
        struct stat status
        {};
        QCOMPARE(stat(record.path.c_str(), &status), 0);
        const auto token = "1:" + std::to_string(major(status.st_dev)) + ":" + std::to_string(minor(status.st_dev)) +
                           ":" + std::to_string(status.st_ino) + ":" + record.id;
        QVERIFY(!m->store().clean(record.id, token, {}, {})->removed); // a client that insists
        m->clock.later = 10 * kDay;
        const auto plan = m->plan(SweepMode::Do).value();
        for (const auto& due : plan.due)
            QVERIFY(m->purge(due.record.id, SweepMode::Do)->outcome == PurgeOutcome::Kept);
        QVERIFY(isThere(record.path + "/" + kMarkerName) && isThere(other + "/" + kMarkerName));
        // Until there is only one again.
        std::filesystem::remove(other + "/" + kMarkerName);
        const auto again = m->store().preview(record.id, {}, {}).value();
        QVERIFY2(again.removable, toString(again.reason).c_str());
        QVERIFY(m->store().clean(record.id, again.confirmation, {}, {})->removed);
        QVERIFY(isThere(other));
    }

    void aCopyIsTheOnlyOneLeft()
    {
        const auto record = m->make("work", kDay);
        const Path other = m->work + "/copy";
        std::filesystem::copy(record.path, other, std::filesystem::copy_options::recursive);
        std::filesystem::remove_all(record.path);
        const auto found = m->find(m->work)->found;
        QCOMPARE(found.size(), std::size_t{1});
        QVERIFY(found.front().status == FindStatus::Imported);
        QVERIFY(m->row(record.id).record.path == other);
        QVERIFY(!m->row(record.id).record.adopted);
    }

    void linksMountsAndStrangersAreNotFollowed()
    {
        const auto record = m->make("work", kDay);
        OwnFolder outside;
        std::filesystem::rename(record.path, m->folder / "aside");
        std::filesystem::create_directory_symlink(m->folder / "aside", m->work + "/link");
        QVERIFY(m->find(m->work)->found.empty());
        const Path strange = m->work + "/strange";
        std::filesystem::create_directory(strange);
        std::filesystem::create_symlink(m->folder / ("aside/" + std::string(kMarkerName)), strange + "/" + kMarkerName);
        const auto found = m->find(m->work)->found;
        QCOMPARE(found.size(), std::size_t{1});
        QVERIFY(found.front().status == FindStatus::NotOurs);
        if (!m->folder.isMounted())
            QSKIP("mounts and other users need root");
        std::filesystem::create_directory(m->work + "/mount");
        QCOMPARE(mount((m->folder / "aside").c_str(), (m->work + "/mount").c_str(), nullptr, MS_BIND, nullptr), 0);
        QCOMPARE(m->find(m->work)->found.size(), std::size_t{1});
        umount2((m->work + "/mount").c_str(), MNT_DETACH);
        std::filesystem::rename(m->folder / "aside", m->work + "/theirs");
        QCOMPARE(chown((m->work + "/theirs").c_str(), kStranger, kStranger), 0);
        const auto theirs = m->find(m->work + "/theirs")->found;
        QVERIFY(theirs.front().status == FindStatus::NotOurs);
    }

    void anotherComputersRowIsLeftAlone()
    {
        const auto record = m->make("work", kDay);
        {
            auto registry = Registry::open(m->registry).value();
            auto row = *registry.find(record.id).value();
            QVERIFY(registry.remove(record.id).value());
            row.machine = "another";
            row.host = "nas";
            row.place.inode += 1; // its own is somewhere else, where we cannot see it
            QVERIFY(registry.insert(row));
        }
        const auto found = m->find(m->work)->found; // tmpfs here stands for a share: no drive that travels
        QVERIFY(found.front().status == FindStatus::Known);
        QVERIFY2(toString(found.front().reason).find("nas") != std::string::npos,
                 toString(found.front().reason).c_str());
        QCOMPARE(m->row(record.id).record.machine, std::string("another"));
    }

    /// The machine's identity was made anew, or this was a container.
    void whatIsHereBeyondDoubtIsOursWhateverItsRowSays()
    {
        const auto record = m->make("work", kDay);
        {
            auto registry = Registry::open(m->registry).value();
            auto row = *registry.find(record.id).value();
            QVERIFY(registry.remove(record.id).value());
            row.machine = "another";
            QVERIFY(registry.insert(row));
        }
        QVERIFY(m->find(m->work)->found.front().status == FindStatus::Imported);
        const auto row = m->row(record.id);
        QVERIFY(row.state == ScratchState::Active && !row.record.adopted);
    }

    void aRowWhosePlaceIsTakenByAnotherGivesWay()
    {
        const auto old = m->make("old", kDay);
        const auto fresh = m->make("fresh", kDay);
        {
            auto registry = Registry::open(m->registry).value();
            QVERIFY(registry.remove(fresh.id).value());
        }
        std::filesystem::remove_all(old.path);
        std::filesystem::rename(fresh.path, old.path);
        QVERIFY(m->find(m->work)->found.front().status == FindStatus::Imported);
        QCOMPARE(m->rows(), std::size_t{1});
        QVERIFY(m->row(fresh.id).record.path == old.path);
    }

    void whatIsTooDeepIsSaidNotToBeComplete()
    {
        const auto record = m->make("deep", kDay);
        std::filesystem::create_directories(m->work + "/1/2/3/4/5/6/7");
        std::filesystem::rename(record.path, m->work + "/1/2/3/4/5/6/7/deep");
        const auto shallow = m->find(m->work).value();
        QVERIFY(shallow.complete);
        QCOMPARE(shallow.found.size(), std::size_t{1});
        std::filesystem::rename(m->work + "/1", m->work + "/x");
        std::filesystem::create_directories(m->work + "/0");
        std::filesystem::rename(m->work + "/x", m->work + "/0/1");
        const auto deep = m->find(m->work).value();
        QVERIFY(!deep.complete);
        QVERIFY(deep.found.empty());
        std::stop_source stopped;
        stopped.request_stop();
        QCOMPARE(m->find(m->work, stopped.get_token()).error().operation, std::string("cancelled"));
    }

private:
    std::unique_ptr<StoreFixture> m;
};

QTEST_GUILESS_MAIN(TestScratchFind)
#include "tst_scratch_find.moc"
