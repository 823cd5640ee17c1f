// SPDX-License-Identifier: GPL-3.0-or-later

// Faults that tests/promise found, each with a twin without its cause.

#include "core/scratch/elapsed_time.h"
#include "core/scratch/finder.h"
#include "core/scratch/sweeper.h"
#include "tests/scratch/store_fixture.h"
#include "tests/support/qt_main.h"

#include <QTest>

#include <sys/file.h>

#include <algorithm>
#include <filesystem>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

/// As the timer does it.
void sweep(ScratchStore store)
{
    const SweepPlan plan = Sweeper(store).plan(SweepMode::Do).value();
    for (const ScratchDirectory& due : plan.due)
        (void)Sweeper(store).purge(due.record.id, SweepMode::Do, {}, {});
}

} // namespace

class TestPromiseFaults : public QObject
{
    Q_OBJECT

private slots:
    /// The clock is behind, and not set by a server; after a restart a server sets it right.
    void whatAClockWasBehindIsNoTimeThatPassed()
    {
        const ClockReading behind{100 * kDay, kDay, 1, false};
        const ClockReading right{120 * kDay, 60 * kNanosecondsPerSecond, 2, true};
        const ElapsedTime wrong = countOn(countOn(std::nullopt, behind), right);
        QCOMPARE(wrong.total, right.sinceBoot + kLongestOff);

        // By a clock that was right before, too, the computer was off that long.
        ClockReading before = behind;
        before.isSynchronized = true;
        const ElapsedTime known = countOn(countOn(std::nullopt, before), right);
        QCOMPARE(known.total, 20 * kDay);
    }

    /// Also over the registry.
    void theRegistryKeepsWhetherTheClockWasSet()
    {
        const OwnFolder folder;
        auto registry = Registry::open(folder / "scratch.db");
        QVERIFY(registry);
        QVERIFY(registry->countTime({100 * kDay, kDay, 1, true}));
        QCOMPARE(registry->countTime({120 * kDay, kNanosecondsPerSecond, 2, true}).value(), 20 * kDay);
        QCOMPARE(registry->countTime({121 * kDay, kDay + kNanosecondsPerSecond, 2, false}).value(), 21 * kDay);
        QCOMPARE(registry->countTime({140 * kDay, kNanosecondsPerSecond, 3, true}).value(),
                 22 * kDay + kNanosecondsPerSecond);
    }

    /// A copy was met, and removed since. Nobody looks but the sweep.
    void whatHadACopyIsPurgedOnceTheCopyIsGone()
    {
        StoreFixture fixture;
        const ScratchRecord row = fixture.make("one", Lifetime{kDay});
        const Path copy = fixture.work + "/copy";
        std::filesystem::copy(row.path, copy, std::filesystem::copy_options::recursive);
        QVERIFY(fixture.find(fixture.work));
        QCOMPARE(fixture.row(row.id).record.copies.size(), std::size_t{1});
        const auto purged = [&] {
            sweep(fixture.store());
            return !isThere(row.path);
        };
        fixture.clock.later = 5 * kDay;
        QVERIFY(!purged()); // the twin: it is there
        QVERIFY(isThere(copy + "/.scratchproof-marker"));
        std::filesystem::remove(copy + "/.scratchproof-marker");
        QVERIFY(purged());
        QVERIFY(isThere(copy));
    }

    /// The folder of the copy was removed, or another one is in its place, on a drive that is here: nobody could remove
    /// the marker that was to be removed, and so neither the sweep nor a clean ever removed anything.
    void aCopyIsGoneWithTheFolderThatItWasIn()
    {
        for (const bool isMadeAnew : {false, true}) {
            StoreFixture fixture;
            const ScratchRecord row = fixture.make("one", Lifetime{kDay});
            const Path outer = fixture.work + "/outer";
            std::filesystem::create_directories(outer + "/inner");
            std::filesystem::copy(row.path, outer + "/inner/copy", std::filesystem::copy_options::recursive);
            QVERIFY(fixture.find(fixture.work));
            QVERIFY(!fixture.store().preview(row.id, {}, {}).value().removable);
            std::filesystem::rename(outer, fixture.folder / "elsewhere");
            if (isMadeAnew)
                std::filesystem::create_directories(outer + "/inner");
            QVERIFY(fixture.store().preview(row.id, {}, {}).value().removable);
            fixture.clock.later = 5 * kDay;
            sweep(fixture.store());
            QVERIFY(!isThere(row.path));
        }
    }

    /// The twin: its drive is away, and may come back. What the reason names helps.
    void aCopyOnADriveThatIsAwayStaysInMind()
    {
        if (geteuid() != 0)
            QSKIP("needs to mount");
        StoreFixture fixture;
        const ScratchRecord row = fixture.make("one", Lifetime{kDay});
        const Path drive = fixture.work + "/drive";
        const Path shown = fixture.work + "/shown";
        std::filesystem::create_directory(drive);
        std::filesystem::create_directory(shown);
        for (const bool isBound : {false, true}) {
            // By its own file system, and as a part of the same one: then it is the mount's root that tells.
            const Path kept = fixture.folder / "kept";
            std::filesystem::create_directories(kept);
            const auto plug = [&] {
                return isBound ? mount(kept.c_str(), shown.c_str(), nullptr, MS_BIND, nullptr) == 0
                               : mount("tmpfs", drive.c_str(), "tmpfs", 0, nullptr) == 0;
            };
            QVERIFY(plug());
            const Path at = isBound ? shown : drive;
            std::filesystem::create_directory(at + "/below");
            std::filesystem::copy(row.path, at + "/below/copy", std::filesystem::copy_options::recursive);
            QVERIFY(fixture.find(at));
            QVERIFY(umount(at.c_str()) == 0);
            std::filesystem::create_directories(at + "/below/copy"); // a mount point that somebody filled
            fixture.clock.later += 9 * kDay;
            sweep(fixture.store());
            QVERIFY(isThere(row.path));
            std::filesystem::remove_all(at + "/below");
            const Preview seen = fixture.store().preview(row.id, {}, {}).value();
            QVERIFY(!seen.removable);
            QVERIFY2(toString(seen.reason).find("extend this one") != std::string::npos, toString(seen.reason).c_str());
            QVERIFY(fixture.store().extend(row.id, Lifetime{kDay}));
            QVERIFY(fixture.store().preview(row.id, {}, {}).value().removable);
        }
        // It comes back.
        QVERIFY(mount((fixture.folder / "kept").c_str(), shown.c_str(), nullptr, MS_BIND, nullptr) == 0);
        QVERIFY(fixture.find(shown));
        QVERIFY(!fixture.store().preview(row.id, {}, {}).value().removable);
        // One that is here is no matter of what is extended.
        QVERIFY(fixture.store().extend(row.id, Lifetime{kDay}));
        QVERIFY(!fixture.store().preview(row.id, {}, {}).value().removable);
        QVERIFY(umount(shown.c_str()) == 0);
    }

    /// It was released, and the copy was found first; then the copy was no more. And: it was restored to where a copy
    /// had been.
    void whatTakesThePlaceOfItsCopyIsNoCopyOfItself()
    {
        for (const bool isCopyStill : {true, false}) { // the twin first
            StoreFixture fixture;
            const ScratchRecord row = fixture.make("one", Lifetime{kDay});
            const Path copy = fixture.work + "/copies/one";
            std::filesystem::create_directory(parentPath(copy));
            std::filesystem::copy(row.path, copy, std::filesystem::copy_options::recursive);
            QVERIFY(fixture.store().release(row.id));
            QVERIFY(fixture.store().forget(row.id));
            QVERIFY(fixture.find(parentPath(copy)));
            QVERIFY(fixture.find(fixture.work));
            QCOMPARE(fixture.row(row.id).record.copies.size(), std::size_t{1});
            if (!isCopyStill)
                std::filesystem::remove(copy + "/.scratchproof-marker");
            QVERIFY(fixture.find(fixture.work));
            QCOMPARE(fixture.store().preview(row.id, {}, {}).value().removable, !isCopyStill);
        }
        for (const bool isCopyStill : {true, false}) {
            StoreFixture fixture;
            const ScratchRecord row = fixture.make("one", Lifetime{kDay});
            const ScratchDirectory released = fixture.store().release(row.id).value();
            std::filesystem::copy(released.record.quarantine, row.path, std::filesystem::copy_options::recursive);
            QVERIFY(fixture.find(fixture.work));
            QCOMPARE(fixture.row(row.id).record.copies.size(), std::size_t{1});
            if (isCopyStill) {
                QVERIFY(!fixture.store().preview(row.id, {}, {}).value().removable);
                continue;
            }
            std::filesystem::remove_all(row.path);
            QVERIFY(fixture.store().restore(row.id));
            QVERIFY(isThere(row.path));
            QVERIFY(fixture.store().preview(row.id, {}, {}).value().removable);
        }
    }

    /// A command took all of it away, the marker too, and works on in it.
    void anEmptyOneThatIsInUseStays()
    {
        StoreFixture fixture;
        const ScratchRecord row = fixture.make("one", Lifetime{kDay});
        std::filesystem::remove(row.path + "/.scratchproof-marker");
        const auto cleaned = [&] {
            const Preview seen = fixture.store().preview(row.id, {}, {}).value();
            return fixture.store().clean(row.id, seen.confirmation, {}, {}).value().removed;
        };
        const int lock = open(row.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        QVERIFY(flock(lock, LOCK_SH) == 0);
        QVERIFY(!cleaned());
        QVERIFY(isThere(row.path));
        close(lock);
        QVERIFY(cleaned()); // the twin
        QVERIFY(!isThere(row.path));
    }

    /// Found by another registry, then pinned by the first; the other one's extend wrote its own old pin over it.
    void aPinOutlivesTheExtendOfARegistryThatOnlyFoundIt()
    {
        StoreFixture fixture;
        const ScratchRecord row = fixture.make("one", Lifetime{kDay});
        ScratchStore other(fixture.system, fixture.folder / "other/scratch.db");
        QVERIFY(Finder(other).find(fixture.work, {}, {}));
        for (const bool pinned : {true, false}) { // the twin: what was taken back is not pinned
            QVERIFY(fixture.store().setPinned(row.id, pinned));
            const auto extended = other.extend(row.id, Lifetime{kDay});
            QVERIFY(extended);
            QCOMPARE(extended->directory.record.pinned, pinned);
            QVERIFY(fixture.store().preview(row.id, {}, {}));
            QCOMPARE(fixture.row(row.id).record.pinned, pinned);
        }
    }

    /// A registry that only found it has no end for it; its pin wrote that into the marker, and so it was kept for good
    /// by the registry that had made it.
    void aPinOfWhatWasOnlyFoundLeavesItsEnd()
    {
        StoreFixture fixture;
        const ScratchRecord row = fixture.make("one", Lifetime{kDay});
        ScratchStore other(fixture.system, fixture.folder / "other/scratch.db");
        QVERIFY(Finder(other).find(fixture.work, {}, {}));
        for (const bool pinned : {true, false}) {
            QVERIFY(other.setPinned(row.id, pinned));
            const auto seen = fixture.store().preview(row.id, {}, {});
            QVERIFY(seen);
            QCOMPARE(seen->directory.record.pinned, pinned);
            QVERIFY(seen->directory.record.expires); // the marker has it in milliseconds
            QVERIFY(*row.expires - *seen->directory.record.expires < kNanosecondsPerSecond);
            QCOMPARE(seen->directory.record.lifetime, row.lifetime);
        }
        // The twin: what it is given there on purpose counts here.
        QVERIFY(other.extend(row.id, Lifetime()));
        const auto kept = fixture.store().preview(row.id, {}, {});
        QVERIFY(kept);
        QCOMPARE(kept->directory.record.expires, std::optional<Nanoseconds>());
    }

    /// Found in its quarantine, and restored with a lifetime: that was shown as over, and never swept.
    void whatIsRestoredWithALifetimeIsAdopted()
    {
        for (const bool isGiven : {true, false}) {
            StoreFixture fixture;
            const ScratchRecord row = fixture.make("one", Lifetime{kDay});
            QVERIFY(fixture.store().release(row.id));
            std::filesystem::remove_all(parentPath(fixture.registry));
            QVERIFY(fixture.find(fixture.work));
            const auto restored =
                fixture.store().restore(row.id, isGiven ? std::optional<Lifetime>(Lifetime{kDay}) : std::nullopt);
            QVERIFY(restored);
            QCOMPARE(restored->directory.record.adopted, isGiven);
            fixture.clock.later = 9 * kDay;
            sweep(fixture.store());
            QCOMPARE(isThere(row.path), !isGiven); // the twin has no end
        }
    }

    /// TMPDIR leads into one that was released meanwhile.
    void nothingIsMadeInAQuarantine()
    {
        StoreFixture fixture;
        const ScratchRecord outer = fixture.make("outer", Lifetime{kDay});
        const auto released = fixture.store().release(outer.id);
        QVERIFY(released);
        ProbeJournal journal = ProbeJournal::disabled(fixture.system);
        CreateRequest wish{"inner", released->record.quarantine, Lifetime{kDay}, {}};
        wish.isDefaultFolder = true;
        const auto made = fixture.store().create(wish, journal, {});
        QVERIFY(made);
        QCOMPARE(parentPath(made->directory.record.path), fixture.work);
        wish.isDefaultFolder = false; // asked for
        const auto inside = fixture.store().create(wish, journal, {});
        QVERIFY(inside);
        QCOMPARE(parentPath(inside->directory.record.path), released->record.quarantine);
    }

    /// It was moved out by hand, and the registry that knew of the quarantine is lost.
    void findRemovesAnEmptyQuarantine()
    {
        StoreFixture fixture;
        const ScratchRecord row = fixture.make("one", Lifetime{kDay});
        const ScratchRecord other = fixture.make("other", Lifetime{kDay});
        const Path quarantine = parentPath(fixture.store().release(row.id).value().record.quarantine);
        const Path full = parentPath(fixture.store().release(other.id).value().record.quarantine);
        std::filesystem::rename(joinPath(quarantine, baseName(row.path)), row.path);
        std::filesystem::remove(row.path + "/.scratchproof-marker");
        std::filesystem::remove_all(parentPath(fixture.registry));
        QVERIFY(fixture.find(fixture.work));
        QVERIFY(!isThere(quarantine));
        QVERIFY(isThere(joinPath(full, baseName(other.path))));
    }
};

SCRATCHPROOF_TEST_MAIN(TestPromiseFaults, Nothing)
#include "tst_promise_faults.moc"
