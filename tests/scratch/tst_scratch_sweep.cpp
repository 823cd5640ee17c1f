// SPDX-License-Identifier: GPL-3.0-or-later
// What goes by itself, when, and above all what does not.
#include "core/scratch/marker.h"
#include "tests/scratch/store_fixture.h"

#include <QTest>

#include <sys/file.h>

#include <array>
#include <ctime>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

/// Everything that is due, purged; what it came to, by name.
std::vector<std::pair<std::string, PurgeOutcome>> sweep(StoreFixture& fixture)
{
    std::vector<std::pair<std::string, PurgeOutcome>> done;
    const auto plan = fixture.plan(SweepMode::Do).value();
    for (const ScratchDirectory& due : plan.due)
        done.emplace_back(due.record.name, fixture.purge(due.record.id, SweepMode::Do).value().outcome);
    return done;
}

using Done = std::vector<std::pair<std::string, PurgeOutcome>>;

} // namespace

class TestScratchSweep : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        qunsetenv("SCRATCHPROOF_GRACE");
        m = std::make_unique<StoreFixture>();
    }
    void cleanup() { m.reset(); }

    void anExpiredOneGoesWhenItsGraceIsOver()
    {
        const auto record = m->make("week", 7 * kDay);
        writeFile(record.path + "/file", "x");
        QVERIFY(purgedAfter(record) == *record.expires + 3 * kDay);
        m->clock.later = 10 * kDay - 60 * kNanosecondsPerSecond;
        QVERIFY(sweep(*m).empty());
        QVERIFY(m->row(record.id).state == ScratchState::Expired);
        QVERIFY(isThere(record.path + "/file"));
        m->clock.later = 10 * kDay + kNanosecondsPerSecond;
        QVERIFY(sweep(*m) == Done({{"week", PurgeOutcome::Purged}}));
        QVERIFY(!isThere(record.path));
        QCOMPARE(m->rows(), std::size_t{0});
        const auto log = m->store().log(10).value();
        QCOMPARE(log.front().what, std::string("purged"));
        QCOMPARE(log.front().directory, record.id);
        QVERIFY(log.front().path == record.path);
        QVERIFY(log.front().at >= m->clock.wall() - 60 * kNanosecondsPerSecond);
    }

    void aReleasedOneGoesWhenItCannotBeRestoredAnyMore()
    {
        const auto record = m->make("done", std::nullopt);
        const auto released = m->store().release(record.id).value();
        m->clock.later = 3 * kDay - 60 * kNanosecondsPerSecond;
        QVERIFY(sweep(*m).empty());
        m->clock.later = 3 * kDay + kNanosecondsPerSecond;
        QVERIFY(sweep(*m) == Done({{"done", PurgeOutcome::Purged}}));
        QVERIFY(!isThere(released.record.quarantine));
        QVERIFY(std::filesystem::is_empty(m->work));
    }

    void whatIsKeptOnPurposeStays()
    {
        const auto pinned = m->make("pinned", kDay);
        QVERIFY(m->store().setPinned(pinned.id, true));
        const auto endless = m->make("endless", std::nullopt);
        const auto extended = m->make("extended", kDay);
        const auto elsewhere = m->make("elsewhere", kDay);
        QVERIFY(setColumn("machine = 'another'", elsewhere.id));
        const auto imported = m->make("imported", kDay);
        QVERIFY(setColumn("adopted = 0", imported.id));
        const auto copied = m->make("copied", kDay);
        QVERIFY(Registry::open(m->registry)->addCopy(copied.id, {"/somewhere", {}}).has_value());
        const auto onFat = m->make("fat", kDay);
        QVERIFY(setColumn("fs_type = 'vfat'", onFat.id));
        m->clock.later = 20 * kDay;
        QVERIFY(m->store().extend(extended.id, 5 * kDay));
        // Whether the copy is there still, a look has to tell.
        QVERIFY(sweep(*m) == Done({{"copied", PurgeOutcome::Kept}}));
        QVERIFY(m->plan(SweepMode::Do)->clock.empty());
        for (const auto* one : {&pinned, &endless, &extended, &elsewhere, &imported, &copied, &onFat}) {
            QVERIFY2(isThere(one->path), one->name.c_str());
            const auto purge = m->purge(one->id, SweepMode::Do).value(); // and not by asking for it either
            QVERIFY2(purge.outcome == PurgeOutcome::Kept && isThere(one->path), one->name.c_str());
        }
    }

    void whatChangedInItsGraceIsPutOffOnce()
    {
        const auto record = m->make("late", kDay);
        writeFile(record.path + "/file", "x");
        m->clock.later = 2 * kDay;
        touch(record.path + "/file", m->clock.wall());
        m->clock.later = 4 * kDay + kNanosecondsPerSecond;
        QVERIFY(sweep(*m) == Done({{"late", PurgeOutcome::PutOff}}));
        QVERIFY(sweep(*m).empty());
        m->clock.later = 6 * kDay;
        touch(record.path + "/file", m->clock.wall());
        m->clock.later = 7 * kDay + 2 * kNanosecondsPerSecond;
        QVERIFY(sweep(*m) == Done({{"late", PurgeOutcome::Purged}}));
        QVERIFY(!isThere(record.path));
    }

    void extendingBeginsAnew()
    {
        const auto record = m->make("again", kDay);
        writeFile(record.path + "/file", "x");
        touch(record.path + "/file", m->clock.wall() + 2 * kDay);
        m->clock.later = 5 * kDay;
        QVERIFY(sweep(*m) == Done({{"again", PurgeOutcome::PutOff}}));
        QVERIFY(m->store().extend(record.id, kDay));
        touch(record.path + "/file", m->clock.wall() + 2 * kDay);
        m->clock.later = 10 * kDay;
        QVERIFY(sweep(*m) == Done({{"again", PurgeOutcome::PutOff}}));
    }

    void aClockThatWasSetBackRemovesNothingInThatRun()
    {
        const auto record = m->make("old", kDay);
        m->clock.later = 6 * kDay;
        const auto newer = m->make("newer", kDay);
        m->clock.later = 5 * kDay; // the row of "newer" is from the future now
        const auto plan = m->plan(SweepMode::Do).value();
        QVERIFY(plan.due.empty());
        QVERIFY2(toString(plan.clock).find("it was wrong then, or is now") != std::string::npos,
                 toString(plan.clock).c_str());
        QCOMPARE(m->store().log(1)->front().what, std::string("clock"));
        QVERIFY(sweep(*m) == Done({{"old", PurgeOutcome::Purged}})); // told once, and from then on it is believed
        // Back behind the last run.
        m->clock.later = 4 * kDay;
        QVERIFY(!m->plan(SweepMode::Do)->clock.empty());
        QVERIFY(m->plan(SweepMode::Do)->clock.empty());
    }

    void aClockThatJumpsRemovesNothingInThatRun()
    {
        const auto record = m->make("old", kDay);
        QVERIFY(sweep(*m).empty());
        m->clock.later = 31 * kDay;
        const auto tried = m->plan(SweepMode::Try).value();
        QVERIFY(!tried.clock.empty());
        const auto plan = m->plan(SweepMode::Do).value(); // trying did not count as a run
        QVERIFY(plan.due.empty());
        QVERIFY2(toString(plan.clock).find("30 days") != std::string::npos, toString(plan.clock).c_str());
        QVERIFY(isThere(record.path));
        // However often the clock says so: that time is not known to have passed.
        QVERIFY(sweep(*m).empty());
        m->clock.later += 3 * kDay;
        QVERIFY(sweep(*m).empty());
        m->clock.later += kDay + kNanosecondsPerSecond;
        QVERIFY(sweep(*m) == Done({{"old", PurgeOutcome::Purged}}));
    }

    void whatIsInUseIsKept()
    {
        const auto record = m->make("used", kDay);
        m->clock.later = 5 * kDay;
        const int held = ::open(record.path.c_str(), O_RDONLY | O_DIRECTORY);
        QCOMPARE(::flock(held, LOCK_SH), 0);
        QVERIFY(sweep(*m) == Done({{"used", PurgeOutcome::Kept}}));
        const auto log = m->store().log(1).value();
        QVERIFY2(log.front().detail.find("lock") != std::string::npos, log.front().detail.c_str());
        QVERIFY(sweep(*m) == Done({{"used", PurgeOutcome::Kept}}));
        QCOMPARE(m->store().log(10)->size(), std::size_t{1}); // the same again is not told again
        QVERIFY(m->row(record.id).record.phase == Phase::Active);
        ::close(held);
        QVERIFY(sweep(*m) == Done({{"used", PurgeOutcome::Purged}}));
    }

    void whoeverExtendsItMeanwhileWins()
    {
        const auto record = m->make("race", kDay);
        m->clock.later = 5 * kDay;
        const auto before = m->row(record.id).record;
        QVERIFY(m->store().extend(record.id, kDay));
        auto registry = Registry::open(m->registry).value();
        const auto claimed = [&](const ScratchRecord& row) {
            const Nanoseconds elapsed = registry.timeCounted(readClocks(m->system)).value();
            return registry.claimForPurge(row, m->clock.wall(), elapsed, "somebody").value();
        };
        QVERIFY(!claimed(before));
        m->clock.later = 10 * kDay;
        QVERIFY(!claimed(before)); // it was changed since
        QVERIFY(claimed(m->row(record.id).record));
        QVERIFY(!registry.extend(record.id, {kDay, {}, {}, {}, 9}, {}).value()); // its removal has begun
    }

    void whatEndsSoonIsAnnouncedOnce()
    {
        const auto record = m->make("week", 7 * kDay);
        const auto announced = [&] { return m->plan(SweepMode::Do)->expiring.size(); };
        QCOMPARE(announced(), std::size_t{0});
        m->clock.later = 6 * kDay + kDay / 2;
        QCOMPARE(m->plan(SweepMode::Try)->expiring.size(), std::size_t{1});
        QCOMPARE(announced(), std::size_t{1});
        QCOMPARE(announced(), std::size_t{0});
        QVERIFY(m->store().extend(record.id, 7 * kDay));
        QCOMPARE(announced(), std::size_t{0});
        m->clock.later += 7 * kDay - 3600 * kNanosecondsPerSecond;
        QCOMPARE(announced(), std::size_t{1});
    }

    void tryingChangesNothing()
    {
        const auto record = m->make("old", kDay);
        writeFile(record.path + "/file", "x");
        touch(record.path + "/file", m->clock.wall() - kDay);
        m->clock.later = 5 * kDay;
        const auto tried = m->purge(record.id, SweepMode::Try).value();
        QVERIFY(tried.outcome == PurgeOutcome::Purged);
        QCOMPARE(tried.done.entries, std::uint64_t{2});
        QVERIFY(isThere(record.path + "/file"));
        QVERIFY(m->row(record.id).state == ScratchState::Expired);
        QVERIFY(m->store().log(10)->empty());
    }

    void whatWasLeftHalfMadeOrHalfRemovedGoes()
    {
        const auto half = m->make("half", std::nullopt);
        QVERIFY(setColumn("phase = 'creating'", half.id));
        std::filesystem::remove(half.path + "/" + kMarkerName);
        const auto gone = m->make("gone", kDay);
        std::filesystem::remove_all(gone.path);
        const auto interrupted = m->make("interrupted", kDay);
        QVERIFY(setColumn("phase = 'cleaning'", interrupted.id));
        m->clock.later = kDay / 2;
        QVERIFY(sweep(*m).empty());
        m->clock.later = 5 * kDay;
        const Done done = sweep(*m);
        QVERIFY(done == Done({{"half", PurgeOutcome::Purged},
                              {"gone", PurgeOutcome::Gone},
                              {"interrupted", PurgeOutcome::Purged}}));
        QCOMPARE(m->rows(), std::size_t{0});
        QVERIFY(std::filesystem::is_empty(m->work));
    }

    void anotherTimeZoneChangesNothing()
    {
        const auto record = m->make("zone", 2 * kDay);
        const QByteArray before = qgetenv("TZ");
        qputenv("TZ", "Pacific/Kiritimati");
        tzset();
        m->clock.later = 5 * kDay - 60 * kNanosecondsPerSecond;
        QVERIFY(sweep(*m).empty());
        qputenv("TZ", "Etc/GMT+12");
        tzset();
        QVERIFY(sweep(*m).empty());
        m->clock.later = 5 * kDay + kNanosecondsPerSecond;
        QCOMPARE(sweep(*m).size(), std::size_t{1});
        before.isNull() ? qunsetenv("TZ") : qputenv("TZ", before);
        tzset();
    }

    void theLogHasABound()
    {
        auto registry = Registry::open(m->registry).value();
        for (int i = 0; i < 2100; ++i)
            QVERIFY(registry.note({i + 1, {}, {}, "kept", std::to_string(i)}));
        const auto log = registry.log(10'000).value();
        QCOMPARE(log.size(), std::size_t{2000});
        QCOMPARE(log.front().detail, std::string("2099"));
    }

private:
    /// Changes a row as no operation does.
    bool setColumn(const std::string& what, const std::string& id) const
    {
        auto database = Database::open(registrySettings(m->registry));
        return database && database->execute(("UPDATE directories SET " + what + " WHERE id = '" + id + "'").c_str()) &&
               database->changes() == 1;
    }
    static void touch(const Path& path, Nanoseconds when)
    {
        const timespec time{when / kNanosecondsPerSecond, when % kNanosecondsPerSecond};
        const std::array<timespec, 2> both{time, time};
        QCOMPARE(utimensat(AT_FDCWD, path.c_str(), both.data(), 0), 0);
    }

    std::unique_ptr<StoreFixture> m;
};

QTEST_GUILESS_MAIN(TestScratchSweep)
#include "tst_scratch_sweep.moc"
