// SPDX-License-Identifier: GPL-3.0-or-later
// Releasing and restoring: by descriptors, without replacing anything, and found again wherever one was stopped.
#include "core/probe/probe_journal.h"
#include "core/scratch/marker.h"
#include "core/scratch/scratch_store.h"
#include "core/system/forwarding.h"
#include "tests/scratch/fixture.h"

#include <QTest>

#include <sys/file.h>

#include <cerrno>
#include <memory>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

class LaterClock : public ClockSource
{
public:
    Nanoseconds monotonic() override { return linuxSystem().clock.monotonic(); }
    Nanoseconds wall() override { return linuxSystem().clock.wall() + m_later; }
    Nanoseconds sinceBoot() override { return linuxSystem().clock.sinceBoot() + m_later; }
    bool isSynchronized() override { return true; }
    Nanoseconds m_later = 0;
};

/// Fails renaming, or ends the process before or after it.
class RenamingFiles : public ForwardingFiles
{
public:
    enum class At { Never, Before, After };
    using ForwardingFiles::ForwardingFiles;
    Result<void> rename(int fromDirFd, const char* from, int toDirFd, const char* to, unsigned flags) override
    {
        if (m_error != 0 || (m_breaksAfterMove && m_isBroken))
            return fail("renameat2", from, m_error != 0 ? m_error : EIO);
        if (m_dies == At::Before)
            _exit(7);
        auto done = ForwardingFiles::rename(fromDirFd, from, toDirFd, to, flags);
        if (m_dies == At::After)
            _exit(7);
        m_isBroken = m_breaksAfterMove;
        return done;
    }
    Result<UniqueFd> open(int dirFd, const char* name, int flags, std::uint32_t mode) override
    {
        if (m_breaksAfterMove && m_isBroken && std::string_view(name).find("/work") != std::string_view::npos)
            return fail("openat", name, EIO);
        return ForwardingFiles::open(dirFd, name, flags, mode);
    }
    bool m_breaksAfterMove = false;
    bool m_isBroken = false;
    int m_error = 0;
    At m_dies = At::Never;
};

/// Nothing below the folder can be looked at while the files are broken.
class BreakingAttributes : public ForwardingFileAttributes
{
public:
    BreakingAttributes(FileAttributes& target, RenamingFiles& files) : ForwardingFileAttributes(target), m_files(files)
    {}
    Result<FileStatus> statusAt(int dirFd, const char* name) override
    {
        if (m_files.m_breaksAfterMove && m_files.m_isBroken)
            return fail("statx", name, EIO);
        return ForwardingFileAttributes::statusAt(dirFd, name);
    }

private:
    RenamingFiles& m_files;
};

constexpr Nanoseconds kDay = 24 * 3600 * kNanosecondsPerSecond;

} // namespace

class TestScratchLife : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<OwnFolder>();
        m_work = *m_folder / "work";
        std::filesystem::create_directory(m_work);
        m_registry = *m_folder / "state/scratch.db";
        m_clock.m_later = 0;
        m_files.m_error = 0;
        m_files.m_dies = RenamingFiles::At::Never;
        qunsetenv("SCRATCHPROOF_GRACE");
    }
    void cleanup() { m_folder.reset(); }

    void aReleasedOneWaitsInAPrivateQuarantineBesideIt()
    {
        const auto record = make();
        writeFile(record.path + "/file", "kept");
        const Nanoseconds before = m_clock.wall();
        const auto released = store().release(record.id);
        QVERIFY2(released.has_value(), released ? "" : toString(released.error()).c_str());
        QVERIFY(released->state == ScratchState::Released);
        QVERIFY(*released->record.restorableUntil >= before + 3 * kDay);
        const Path& there = released->record.quarantine;
        QVERIFY2(there.starts_with(m_work + "/.scratchproof-released-"), there.c_str());
        QVERIFY(isThere(there + "/file"));
        QVERIFY(!isThere(record.path));
        struct stat status
        {};
        QCOMPARE(stat(parentPath(there).c_str(), &status), 0);
        QCOMPARE(status.st_mode & 07777U, 0700U);
        QCOMPARE(store().release(record.id).error().operation, std::string("is-released"));
        QCOMPARE(store().extend(record.id, kDay).error().operation, std::string("is-released"));
        const auto seen = store().inspect(record.id, {}, {});
        QVERIFY(seen && seen->state == ScratchState::Released);
        QCOMPARE(seen->record.measure->files, std::uint64_t{1});
    }

    void aRestoredOneIsAsItWas()
    {
        const auto record = make();
        writeFile(record.path + "/file", "kept");
        const Path quarantine = store().release(record.id)->record.quarantine;
        const auto restored = store().restore(record.id);
        QVERIFY2(restored.has_value(), restored ? "" : toString(restored.error()).c_str());
        QVERIFY(restored->directory.state == ScratchState::Active);
        QVERIFY(restored->directory.record.expires == record.expires);
        QVERIFY(!restored->directory.record.restorableUntil && restored->directory.record.quarantine.empty());
        QVERIFY(isThere(record.path + "/file"));
        QVERIFY(!isThere(parentPath(quarantine)));
        QCOMPARE(store().restore(record.id).error().operation, std::string("not-released"));
        // And once more: a new quarantine.
        const auto again = store().release(record.id);
        QVERIFY(again && again->record.quarantine != quarantine);
    }

    void aLifetimeThatIsOverBeginsAnewWhenRestored()
    {
        const auto record = make("job", "1h");
        QVERIFY(store().release(record.id));
        m_clock.m_later = kDay;
        const auto restored = store().restore(record.id);
        QVERIFY(restored && restored->directory.state == ScratchState::Active);
        QVERIFY(*restored->directory.record.expires > m_clock.wall());
        QVERIFY(store().release(record.id));
        const auto forGood = store().restore(record.id, Lifetime());
        QVERIFY(forGood && !forGood->directory.record.expires);
    }

    void theGracePeriodCanBeSet()
    {
        qputenv("SCRATCHPROOF_GRACE", "1h");
        const auto record = make();
        const auto released = store().release(record.id);
        QVERIFY(released && *released->record.restorableUntil < m_clock.wall() + 2 * 3600 * kNanosecondsPerSecond);
        qputenv("SCRATCHPROOF_GRACE", "nonsense");
        QCOMPARE(gracePeriod().error().operation, std::string("bad-input"));
        QCOMPARE(store().restore(record.id).error().operation, std::string("bad-input"));
        qputenv("SCRATCHPROOF_GRACE", "30"); // of what?
        QCOMPARE(gracePeriod().error().operation, std::string("bad-input"));
        qputenv("SCRATCHPROOF_GRACE", "never");
        QVERIFY(gracePeriod().has_value() && !gracePeriod().value());
        QVERIFY(store().restore(record.id).has_value());
        const auto forGood = store().release(record.id);
        QVERIFY(forGood && !forGood->restorableUntil && !forGood->purgedAfter);
        qunsetenv("SCRATCHPROOF_GRACE");
        QCOMPARE(gracePeriod().value(), Lifetime(3 * kDay));
    }

    void nothingIsReplacedByRestoring()
    {
        const auto record = make();
        writeFile(record.path + "/file", "kept");
        const Path quarantine = store().release(record.id)->record.quarantine;
        std::filesystem::create_directory(record.path); // empty: a plain rename would replace it
        QCOMPARE(store().restore(record.id).error().operation, std::string("name-taken"));
        QVERIFY(isThere(quarantine + "/file"));
        QVERIFY(isThere(record.path));
        rmdir(record.path.c_str());
        QVERIFY(store().restore(record.id));
        QVERIFY(isThere(record.path + "/file"));
    }

    void aReleasedOneIsCleanedUpInItsQuarantine()
    {
        const auto record = make();
        writeFile(record.path + "/file", "x");
        const Path quarantine = store().release(record.id)->record.quarantine;
        const auto preview = store().preview(record.id, {}, {});
        QVERIFY(preview && preview->removable);
        QCOMPARE(preview->path, quarantine);
        const auto cleaned = store().clean(record.id, preview->confirmation, {}, {});
        QVERIFY(cleaned && cleaned->removed);
        QVERIFY(!isThere(parentPath(quarantine)));
        QVERIFY(std::filesystem::is_empty(m_work));
        QVERIFY(store().list()->empty());
    }

    void oneInUseIsReleasedOnlyWhenToldSo()
    {
        const auto record = make();
        const int fd = open(record.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        QCOMPARE(flock(fd, LOCK_SH), 0);
        QCOMPARE(store().release(record.id).error().operation, std::string("in-use"));
        QVERIFY(isThere(record.path));
        QVERIFY(store().release(record.id, ScratchStore::InUse::RemoveAllTheSame));
        close(fd);
    }

    void whatIsNotTheRegisteredOneIsNotMoved()
    {
        const auto record = make();
        const auto other = m_work + "/mine";
        QCOMPARE(rename(record.path.c_str(), other.c_str()), 0);
        std::filesystem::create_directory(record.path);
        writeFile(record.path + "/precious", "x");
        QCOMPARE(store().release(record.id).error().operation, std::string("is-not-here"));
        QVERIFY(isThere(record.path + "/precious"));
        QVERIFY(isThere(other));
        QCOMPARE(int(std::distance(std::filesystem::directory_iterator(m_work), {})), 2);
    }

    void whereItCannotBeMovedSafelyItStays_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("operation");
        QTest::newRow("no such flag") << EINVAL << "release-unsupported";
        QTest::newRow("no such call") << ENOSYS << "release-unsupported";
        QTest::newRow("refused") << EACCES << "renameat2";
        QTest::newRow("broken") << EIO << "renameat2";
    }
    void whereItCannotBeMovedSafelyItStays()
    {
        QFETCH(int, code);
        QFETCH(QString, operation);
        const auto record = make();
        m_files.m_error = code;
        const auto released = store().release(record.id);
        m_files.m_error = 0;
        QVERIFY(!released);
        QCOMPARE(QString::fromStdString(released.error().operation), operation);
        QVERIFY(isThere(record.path));
        QCOMPARE(int(std::distance(std::filesystem::directory_iterator(m_work), {})), 1); // no quarantine either
        const auto row = store().list()->front();
        QVERIFY(row.state == ScratchState::Active && row.record.quarantine.empty());
        QVERIFY(store().release(record.id));
    }

    void oneThatWasStoppedIsFoundWhereverItIs_data()
    {
        QTest::addColumn<bool>("releasing");
        QTest::addColumn<bool>("moved");
        QTest::addColumn<QString>("then");
        for (const char* then : {"look", "release", "restore", "clean"}) {
            QTest::addRow("releasing, not moved; %s", then) << true << false << then;
            QTest::addRow("releasing, moved; %s", then) << true << true << then;
            QTest::addRow("restoring, not moved; %s", then) << false << false << then;
            QTest::addRow("restoring, moved; %s", then) << false << true << then;
        }
    }
    void oneThatWasStoppedIsFoundWhereverItIs()
    {
        QFETCH(bool, releasing);
        QFETCH(bool, moved);
        QFETCH(QString, then);
        const auto record = make();
        writeFile(record.path + "/file", "kept");
        if (!releasing)
            QVERIFY(store().release(record.id));
        const pid_t child = quietFork();
        if (child == 0) {
            m_files.m_dies = moved ? RenamingFiles::At::After : RenamingFiles::At::Before;
            static_cast<void>(releasing ? store().release(record.id).has_value()
                                        : store().restore(record.id).has_value());
            _exit(1);
        }
        int status = 0;
        waitpid(child, &status, 0);
        QVERIFY(WIFEXITED(status) && WEXITSTATUS(status) == 7);
        const bool isInPlace = releasing != moved;
        if (then == QLatin1String("look")) {
            const auto seen = store().inspect(record.id, {}, {});
            QVERIFY(seen.has_value());
            QVERIFY(seen->state == (isInPlace ? ScratchState::Active : ScratchState::Released));
            QVERIFY(store().list()->front().state == seen->state);
        } else if (then == QLatin1String("release")) {
            QCOMPARE(store().release(record.id).has_value(), isInPlace);
            QVERIFY(store().list()->front().state == ScratchState::Released);
        } else if (then == QLatin1String("restore")) {
            QVERIFY(store().restore(record.id));
            QVERIFY(isThere(record.path + "/file"));
            QVERIFY(store().list()->front().state == ScratchState::Active);
        } else {
            const auto preview = store().preview(record.id, {}, {});
            QVERIFY(preview && preview->removable);
            const auto cleaned = store().clean(record.id, preview->confirmation, {}, {});
            QVERIFY(cleaned && cleaned->removed);
        }
        if (then != QLatin1String("clean")) {
            QVERIFY(isThere(record.path + "/file") || isThere(store().list()->front().record.quarantine + "/file"));
            const auto preview = store().preview(record.id, {}, {});
            QVERIFY(store().clean(record.id, preview->confirmation, {}, {})->removed);
        }
        QVERIFY(std::filesystem::is_empty(m_work));
    }

    /// The drive goes away in the moment after the move: where it went to stays noted.
    void aMoveThatCannotBeSeenIsNotForgotten()
    {
        const auto record = make();
        writeFile(record.path + "/file", "kept");
        m_files.m_breaksAfterMove = true;
        QVERIFY(!store().release(record.id));
        m_files.m_breaksAfterMove = false;
        QVERIFY(!isThere(record.path));
        const auto seen = store().inspect(record.id, {}, {});
        QVERIFY(seen && seen->state == ScratchState::Released);
        QVERIFY(isThere(seen->record.quarantine + "/file"));
        QVERIFY(store().restore(record.id));
        QVERIFY(isThere(record.path + "/file"));
    }

    void nothingIsLostWhereOthersReleaseAndRestoreAtOnce()
    {
        const auto record = make();
        writeFile(record.path + "/file", "kept");
        for (int round = 0; round < 25; ++round) {
            std::vector<pid_t> children;
            for (int i = 0; i < 4; ++i) {
                const pid_t child = quietFork();
                if (child == 0) {
                    const auto inUse = i < 2 ? ScratchStore::InUse::Keep : ScratchStore::InUse::RemoveAllTheSame;
                    static_cast<void>(i % 2 == 0 ? store().release(record.id, inUse).has_value()
                                                 : store().restore(record.id).has_value());
                    _exit(0);
                }
                children.push_back(child);
            }
            for (const pid_t child : children)
                waitpid(child, nullptr, 0);
            const auto row = store().inspect(record.id, {}, {});
            QVERIFY(row.has_value());
            const bool released = row->state == ScratchState::Released;
            QVERIFY2(released || row->state == ScratchState::Active, toString(row->reason).c_str());
            const Path place = released ? row->record.quarantine : record.path;
            QVERIFY2(isThere(place + "/file"), place.c_str());
        }
    }

private:
    ScratchStore store() { return {m_system, m_registry}; }
    ScratchRecord make(const std::string& name = "job", const char* lifetime = "7d")
    {
        ProbeJournal journal = ProbeJournal::disabled(m_system);
        auto created = store().create({name, m_work, *parseLifetime(lifetime), {}}, journal, {});
        if (!created)
            qFatal("%s", toString(created.error()).c_str());
        return created->directory.record;
    }

    std::unique_ptr<OwnFolder> m_folder;
    Path m_work;
    Path m_registry;
    LaterClock m_clock;
    RenamingFiles m_files{linuxSystem().files};
    BreakingAttributes m_attributes{linuxSystem().attributes, m_files};
    System m_system{m_files, m_attributes, linuxSystem().processes, m_clock};
};

QTEST_GUILESS_MAIN(TestScratchLife)
#include "tst_scratch_life.moc"
