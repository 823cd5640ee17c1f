// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/probe_journal.h"
#include "core/scratch/marker.h"
#include "core/scratch/scratch_store.h"
#include "core/system/forwarding.h"
#include "tests/scratch/fixture.h"

#include <QTest>

#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <memory>
#include <mutex>
#include <regex>

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

/// Fails one call in a directory of ours, or ends the process there.
class FailingFiles : public ForwardingFiles
{
public:
    enum class At { Never, MakeDirectory, Marker, MarkerSync, Unlink, RemoveDirectory };
    using ForwardingFiles::ForwardingFiles;
    Result<void> makeDirectory(int dirFd, const char* name, std::uint32_t mode) override
    {
        if (std::string_view(name).starts_with("job-") && hit(At::MakeDirectory))
            return fail("mkdirat", name, ENOSPC);
        return ForwardingFiles::makeDirectory(dirFd, name, mode);
    }
    Result<UniqueFd> open(int dirFd, const char* name, int flags, std::uint32_t mode) override
    {
        const bool marker = std::string_view(name) == kMarkerName;
        m_inMarker = m_inMarker || marker;
        if (marker && (flags & O_CREAT) != 0 && hit(At::Marker))
            return fail("openat", name, ENOSPC);
        return ForwardingFiles::open(dirFd, name, flags, mode);
    }
    Result<void> sync(int fd) override
    {
        if (m_inMarker && hit(At::MarkerSync))
            return fail("fsync", {}, EIO);
        return ForwardingFiles::sync(fd);
    }
    Result<void> unlink(int dirFd, const char* name) override
    {
        if (std::string_view(name) == kMarkerName && hit(At::Unlink))
            return fail("unlinkat", name, EIO);
        return ForwardingFiles::unlink(dirFd, name);
    }
    Result<void> removeDirectory(int dirFd, const char* name) override
    {
        if (std::string_view(name).starts_with("job-") && hit(At::RemoveDirectory))
            return fail("unlinkat", name, EIO);
        return ForwardingFiles::removeDirectory(dirFd, name);
    }
    At m_at = At::Never;
    bool m_die = false;

private:
    bool hit(At at)
    {
        if (at == m_at && m_die)
            _exit(7);
        return at == m_at;
    }
    bool m_inMarker = false;
};

} // namespace

class TestScratchStore : public QObject
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
        m_files.m_at = FailingFiles::At::Never;
        m_files.m_die = false;
    }
    void cleanup() { m_folder.reset(); }

    void aNewDirectoryIsPrivateUnguessableMarkedAndRegistered()
    {
        const auto created = create("job", "7d", "for the tests");
        QVERIFY2(created, created ? "" : toString(created.error()).c_str());
        const ScratchRecord& record = created->directory.record;
        QVERIFY(std::regex_match(record.path, std::regex(m_work + "/job-[a-z2-7]{12}")));
        struct stat status = {};
        QCOMPARE(stat(record.path.c_str(), &status), 0);
        QCOMPARE(status.st_mode & 07777U, 0700U);
        QCOMPARE(stat((record.path + "/" + kMarkerName).c_str(), &status), 0);
        QCOMPARE(status.st_mode & 07777U, 0600U);
        const auto marker = markerFromText(readFile(record.path + "/" + kMarkerName));
        QVERIFY(marker);
        QCOMPARE(marker->id, record.id);
        QCOMPARE(marker->note, std::string("for the tests"));
        QCOMPARE(marker->lifetime, record.lifetime);
        const auto listed = store().list();
        QVERIFY(listed);
        QCOMPARE(listed->size(), std::size_t{1});
        QVERIFY(listed->at(0).state == ScratchState::Active);
        QVERIFY(listed->at(0).record.phase == Phase::Active);
        QCOMPARE(entriesOf(m_work), 1); // the probe left nothing behind
    }

    void namesAreCheckedBeforeAnythingIsTouched_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<bool>("good");
        for (const char* bad : {"", ".", "..", "a/b", "/", "a\nb", "a\x1b[1m", "\xff", "a\u202e"})
            QTest::newRow(("bad " + QByteArray(bad).toHex()).constData()) << QByteArray(bad) << false;
        QTest::newRow("201 bytes") << QByteArray(201, 'a') << false;
        QTest::newRow("200 bytes") << QByteArray(200, 'a') << true;
        QTest::newRow("blanks and more") << QByteArray("-a b $x ü") << true;
    }
    void namesAreCheckedBeforeAnythingIsTouched()
    {
        QFETCH(QByteArray, name);
        QFETCH(bool, good);
        const auto created = create(name.toStdString(), "1h");
        QCOMPARE(bool(created), good);
        if (good)
            return;
        QCOMPARE(created.error().operation, std::string("bad-input"));
        QCOMPARE(entriesOf(m_work), 0);
        QVERIFY(!isThere(m_registry));
    }

    void aFolderThatTakesNothingIsRefused()
    {
        const auto missing = create("job", "1h", "", m_work + "/missing");
        QVERIFY(!missing);
        QCOMPARE(missing.error().operation, std::string("folder-unusable"));
        QCOMPARE(missing.error().code, ENOENT);
        const auto proc = create("job", "1h", "", "/proc");
        QVERIFY(!proc);
        QCOMPARE(proc.error().operation, std::string("folder-unusable"));
        QVERIFY(store().list()->empty());
    }

    void placesWhereOthersMayRenameAreRefused_data()
    {
        QTest::addColumn<int>("mode");
        QTest::addColumn<int>("owner");
        QTest::addColumn<bool>("onParent");
        QTest::addColumn<bool>("good");
        QTest::newRow("private") << 0700 << 0 << false << true;
        QTest::newRow("world writable") << 0777 << 0 << false << false;
        QTest::newRow("group writable") << 0770 << 0 << false << false;
        QTest::newRow("sticky") << 01777 << 0 << false << true;
        QTest::newRow("parent world writable") << 0777 << 0 << true << false;
        QTest::newRow("parent sticky") << 01777 << 0 << true << true;
        QTest::newRow("somebody else's") << 0755 << int(kStranger) << false << false;
        QTest::newRow("somebody else's parent") << 0755 << int(kStranger) << true << false;
        QTest::newRow("somebody else's, sticky") << 01777 << int(kStranger) << false << false;
    }
    void placesWhereOthersMayRenameAreRefused()
    {
        QFETCH(int, mode);
        QFETCH(int, owner);
        QFETCH(bool, onParent);
        QFETCH(bool, good);
        if (owner != 0 && geteuid() != 0)
            QSKIP("needs a second user, so root");
        const Path inner = m_work + "/inner";
        std::filesystem::create_directory(inner);
        const Path changed = onParent ? m_work : inner;
        QVERIFY(owner == 0 || chown(changed.c_str(), unsigned(owner), unsigned(owner)) == 0);
        chmod(changed.c_str(), unsigned(mode));
        const auto created = create("job", "1h", "", inner);
        QCOMPARE(bool(created), good);
        if (!good) {
            QCOMPARE(created.error().operation, std::string("unsafe-folder"));
            QCOMPARE(created.error().path, changed);
            QCOMPARE(entriesOf(inner), 0);
            QVERIFY(store().list()->empty());
        }
    }

    void aFolderReachedThroughALinkIsRegisteredWhereItIs()
    {
        std::filesystem::create_directory_symlink(m_work, *m_folder / "link");
        const auto created = create("job", "1h", "", *m_folder / "link");
        QVERIFY(created);
        QCOMPARE(parentPath(created->directory.record.path), m_work);
    }

    void aFailedCreationLeavesNothing_data() { addSteps({"mkdir", "marker", "sync"}); }
    void aFailedCreationLeavesNothing()
    {
        QFETCH(int, at);
        m_files.m_at = FailingFiles::At(at);
        QVERIFY(!create("job", "1h"));
        QCOMPARE(entriesOf(m_work), 0);
        QVERIFY(store().list()->empty());
    }

    void aCreationThatIsKilledLeavesAtWorstWhatCanBeCleaned_data() { addSteps({"mkdir", "marker", "sync"}); }
    void aCreationThatIsKilledLeavesAtWorstWhatCanBeCleaned()
    {
        QFETCH(int, at);
        const int code = inChild(0, [&] {
            m_files.m_at = FailingFiles::At(at);
            m_files.m_die = true;
            (void)create("job", "1h");
            return 0;
        });
        QCOMPARE(code, 7);
        const auto listed = store().list();
        QVERIFY(listed);
        QCOMPARE(listed->size(), std::size_t{1});
        const std::string id = listed->at(0).record.id;
        QCOMPARE(entriesOf(m_work), FailingFiles::At(at) == FailingFiles::At::MakeDirectory ? 0 : 1);
        const auto preview = store().preview(id, {}, {});
        QVERIFY(preview);
        if (!preview->removable) {
            QCOMPARE(entriesOf(m_work), 0);
            QVERIFY(*store().forget(id));
        } else {
            const auto cleaned = store().clean(id, preview->confirmation, {}, {});
            QVERIFY(cleaned && cleaned->removed);
        }
        QCOMPARE(entriesOf(m_work), 0);
        QVERIFY(store().list()->empty());
    }

    void previewAndCleanRemoveWhatWasShown()
    {
        const auto record = make();
        std::filesystem::create_directories(record.path + "/sub/deep");
        writeFile(record.path + "/sub/deep/file", std::string(10000, 'x'));
        writeFile(record.path + "/other", "y");
        const auto preview = store().preview(record.id, {}, {});
        QVERIFY(preview);
        QVERIFY2(preview->removable, toString(preview->reason).c_str());
        QCOMPARE(preview->content.measure.files, std::uint64_t{2});
        QCOMPARE(preview->content.measure.directories, std::uint64_t{2});
        const auto brief = store().preview(record.id, {}, {}, ScratchStore::Look::Brief);
        QVERIFY(brief && brief->isBrief && brief->removable);
        QCOMPARE(brief->confirmation, preview->confirmation);
        QCOMPARE(brief->content.measure.files, std::uint64_t{0});
        const auto cleaned = store().clean(record.id, preview->confirmation, {}, {});
        QVERIFY(cleaned);
        QVERIFY(cleaned->removed);
        QCOMPARE(cleaned->keptCount, std::uint64_t{0});
        QCOMPARE(cleaned->done.entries, std::uint64_t{5});
        QVERIFY(!isThere(record.path));
        QVERIFY(store().list()->empty());
        QCOMPARE(store().preview(record.id, {}, {}).error().operation, std::string("unknown-directory"));
    }

    void whoUsesItIsShown()
    {
        const auto record = make();
        writeFile(record.path + "/file", "x");
        const int fd = open((record.path + "/file").c_str(), O_RDONLY);
        int pipes[2];
        QCOMPARE(pipe(pipes), 0);
        const pid_t child = quietFork();
        if (child == 0) {
            char byte = 0;
            close(pipes[1]);
            _exit(read(pipes[0], &byte, 1) == 0 ? 0 : 1);
        }
        const auto preview = store().preview(record.id, {}, {});
        close(fd);
        close(pipes[0]);
        close(pipes[1]);
        waitpid(child, nullptr, 0);
        QVERIFY(preview);
        QCOMPARE(preview->users.size(), std::size_t{1});
        QCOMPARE(preview->users.at(0).pid, int(child));
        QVERIFY(preview->directory.state == ScratchState::Busy);
    }

    /// The lock of another description of the same directory, as another process has it.
    void aLockedOneIsKeptUnlessToldOtherwise()
    {
        const auto record = make();
        writeFile(record.path + "/file", "x");
        QVERIFY(store().preview(record.id, {}, {})->lock == DirectoryLock::Free);
        const int fd = open(record.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        QCOMPARE(flock(fd, LOCK_SH), 0);
        const auto preview = store().preview(record.id, {}, {});
        QVERIFY(preview && preview->lock == DirectoryLock::Held && preview->removable);
        QVERIFY(preview->directory.state == ScratchState::Busy);
        const auto kept = store().clean(record.id, preview->confirmation, {}, {});
        QVERIFY(kept && !kept->removed);
        QCOMPARE(toString(kept->kept.at(0).reason), std::string("a program holds its lock"));
        QVERIFY(isThere(record.path + "/file"));
        QVERIFY(store().list()->front().state == ScratchState::Active);
        const auto removed =
            store().clean(record.id, preview->confirmation, {}, {}, ScratchStore::InUse::RemoveAllTheSame);
        QVERIFY(removed && removed->removed);
        close(fd);
    }

    /// While it goes nobody can begin to use it.
    void whatIsBeingRemovedIsLocked()
    {
        const auto record = make();
        for (int i = 0; i < 2000; ++i)
            writeFile(record.path + "/file" + std::to_string(i), "x");
        const int fd = open(record.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const auto preview = store().preview(record.id, {}, {});
        int refused = -1;
        class LookingFiles : public ForwardingFiles
        {
        public:
            using ForwardingFiles::ForwardingFiles;
            Result<void> unlink(int dirFd, const char* name) override
            {
                m_unlinking();
                return ForwardingFiles::unlink(dirFd, name);
            }
            std::function<void()> m_unlinking;
        } files(linuxSystem().files);
        std::once_flag once;
        files.m_unlinking = [&] {
            std::call_once(once, [&] { refused = flock(fd, LOCK_SH | LOCK_NB) == 0 ? 0 : errno; });
        };
        System system{files, m_system.attributes, m_system.processes, m_system.clock};
        const auto cleaned = ScratchStore(system, m_registry).clean(record.id, preview->confirmation, {}, {});
        QVERIFY(cleaned && cleaned->removed);
        QCOMPARE(refused, EWOULDBLOCK);
        close(fd);
    }

    void whatDoesNotAgreeIsNeverRemoved_data()
    {
        QTest::addColumn<QString>("what");
        for (const char* what :
             {"no marker", "marker of another", "marker is a link", "marker is nonsense", "marker is a FIFO",
              "marker has a second link", "copied directory in its place", "another directory in its place",
              "link in its place", "file in its place", "mount in its place", "somebody else's"})
            QTest::newRow(what) << QString(what);
    }
    void whatDoesNotAgreeIsNeverRemoved()
    {
        QFETCH(QString, what);
        const bool needsRoot = what.startsWith("mount") || what.startsWith("somebody");
        if (needsRoot && !m_folder->isMounted())
            QSKIP("needs root");
        const auto record = make();
        const auto other = make("other");
        writeFile(record.path + "/file", "mine");
        const auto seen = store().preview(record.id, {}, {});
        QVERIFY(seen && seen->removable);
        const Path marker = record.path + "/" + kMarkerName;
        const Path away = record.path + "-away";
        if (what == "no marker") {
            unlink(marker.c_str());
        } else if (what == "marker of another") {
            std::filesystem::copy_file(other.path + "/" + kMarkerName, marker,
                                       std::filesystem::copy_options::overwrite_existing);
        } else if (what == "marker is a link") {
            rename(marker.c_str(), (m_work + "/marker").c_str());
            std::filesystem::create_symlink(m_work + "/marker", marker);
        } else if (what == "marker is nonsense") {
            writeFile(marker, "{\"id\": 1}");
        } else if (what == "marker is a FIFO") {
            unlink(marker.c_str());
            mkfifo(marker.c_str(), 0600);
        } else if (what == "marker has a second link") {
            std::filesystem::create_hard_link(marker, m_work + "/marker");
        } else if (what == "copied directory in its place") {
            rename(record.path.c_str(), away.c_str());
            std::filesystem::copy(away, record.path, std::filesystem::copy_options::recursive);
        } else if (what == "another directory in its place") {
            rename(record.path.c_str(), away.c_str());
            rename(other.path.c_str(), record.path.c_str());
            writeFile(record.path + "/file", "mine");
        } else if (what == "link in its place") {
            rename(record.path.c_str(), away.c_str());
            std::filesystem::create_directory_symlink(away, record.path);
        } else if (what == "file in its place") {
            rename(record.path.c_str(), away.c_str());
            writeFile(record.path, "mine");
        } else if (what == "mount in its place") {
            std::filesystem::create_directory(away);
            QCOMPARE(mount(record.path.c_str(), away.c_str(), nullptr, MS_BIND, nullptr), 0);
            QCOMPARE(mount(away.c_str(), record.path.c_str(), nullptr, MS_BIND, nullptr), 0);
        } else {
            QCOMPARE(chown(record.path.c_str(), kStranger, kStranger), 0);
        }
        const auto preview = store().preview(record.id, {}, {});
        QVERIFY(preview);
        QVERIFY(!preview->removable);
        QVERIFY(!preview->reason.empty());
        QVERIFY(preview->confirmation.empty());
        const auto cleaned = store().clean(record.id, seen->confirmation, {}, {});
        QVERIFY(cleaned);
        QVERIFY(!cleaned->removed);
        QCOMPARE(cleaned->done.entries, std::uint64_t{0});
        QCOMPARE(cleaned->kept.size(), std::size_t{1});
        const Path content = what == "file in its place" ? record.path : record.path + "/file";
        QCOMPARE(readFile(content), std::string("mine"));
        QCOMPARE(store().list()->size(), std::size_t{2});
        umount2(record.path.c_str(), MNT_DETACH);
        umount2(away.c_str(), MNT_DETACH);
    }

    void aDirectoryIsKeptThatIsNotTheOneThatWasPreviewed()
    {
        const auto record = make();
        writeFile(record.path + "/file", "mine");
        const auto preview = store().preview(record.id, {}, {});
        QVERIFY(preview && preview->removable);
        for (const std::string& token :
             {std::string(), std::string("1:0:0:1:") + record.id, preview->confirmation + "0"}) {
            const auto cleaned = store().clean(record.id, token, {}, {});
            QVERIFY(cleaned && !cleaned->removed && cleaned->keptCount == 1);
            QCOMPARE(readFile(record.path + "/file"), std::string("mine"));
        }
        QVERIFY(store().clean(record.id, preview->confirmation, {}, {})->removed);
    }

    void anotherFileSystemInThatPlaceIsOffline()
    {
        if (!m_folder->isMounted())
            QSKIP("mounting needs root");
        const auto record = make();
        // ramfs keeps no tmpfs name, and so is another file system to us.
        QCOMPARE(mount("stick", m_work.c_str(), "ramfs", 0, nullptr), 0);
        auto preview = store().preview(record.id, {}, {});
        QVERIFY(preview && !preview->removable);
        QVERIFY(preview->directory.state == ScratchState::Offline);
        umount2(m_work.c_str(), MNT_DETACH);
        preview = store().preview(record.id, {}, {});
        QVERIFY(preview && preview->removable);
        QVERIFY(preview->directory.state == ScratchState::Active);
    }

    void aMountInsideSurvivesAndTheDirectoryStaysKnown()
    {
        if (!m_folder->isMounted())
            QSKIP("mounting needs root");
        const auto record = make();
        const Path victim = *m_folder / "victim";
        std::filesystem::create_directory(victim);
        writeFile(victim + "/file", "mine");
        std::filesystem::create_directory(record.path + "/bind");
        writeFile(record.path + "/own", "x");
        QCOMPARE(mount(victim.c_str(), (record.path + "/bind").c_str(), nullptr, MS_BIND, nullptr), 0);
        const auto cleaned = cleanNow(record.id);
        QVERIFY(cleaned && !cleaned->removed);
        QCOMPARE(cleaned->kept.size(), std::size_t{1});
        QCOMPARE(cleaned->kept.at(0).path, record.path + "/bind");
        QCOMPARE(readFile(victim + "/file"), std::string("mine"));
        QVERIFY(!isThere(record.path + "/own"));
        umount2((record.path + "/bind").c_str(), MNT_DETACH);
        QVERIFY(cleanNow(record.id)->removed);
        QCOMPARE(readFile(victim + "/file"), std::string("mine"));
    }

    void aRemovalThatFailsAtItsEndCanBeRunAgain_data() { addSteps({"unlink marker", "rmdir"}); }
    void aRemovalThatFailsAtItsEndCanBeRunAgain()
    {
        QFETCH(int, at);
        const auto record = make();
        writeFile(record.path + "/file", "x");
        m_files.m_at = FailingFiles::At(at);
        const auto failed = cleanNow(record.id);
        QVERIFY(failed && !failed->removed && failed->keptCount == 1);
        QVERIFY(isThere(record.path + "/" + kMarkerName));
        m_files.m_at = FailingFiles::At::Never;
        QVERIFY(cleanNow(record.id)->removed);
        QVERIFY(store().list()->empty());
    }

    void aRemovalThatIsKilledCanBeRunAgain_data() { addSteps({"unlink marker", "rmdir"}); }
    void aRemovalThatIsKilledCanBeRunAgain()
    {
        QFETCH(int, at);
        const auto record = make();
        writeFile(record.path + "/file", "x");
        const int code = inChild(0, [&] {
            m_files.m_at = FailingFiles::At(at);
            m_files.m_die = true;
            (void)cleanNow(record.id);
            return 0;
        });
        QCOMPARE(code, 7);
        QVERIFY(isThere(record.path));
        QVERIFY(cleanNow(record.id)->removed);
        QVERIFY(!isThere(record.path));
        QVERIFY(store().list()->empty());
    }

    void aDirectoryThatIsInTheWayOfOurselvesIsKept()
    {
        // Its own registry lies in it.
        const auto record = make();
        const Path inside = record.path + "/state/scratch.db";
        std::filesystem::create_directory(record.path + "/state");
        std::filesystem::copy_file(m_registry, inside);
        ScratchStore within(m_system, inside);
        auto preview = within.preview(record.id, {}, {});
        QVERIFY(preview && !preview->removable);
        // The working directory lies in it.
        preview = ScratchStore(m_system, m_registry, record.path + "/state").preview(record.id, {}, {});
        QVERIFY(preview && !preview->removable);
        // The home lies in it, behind a link.
        std::filesystem::create_directory_symlink(record.path + "/state", *m_folder / "home");
        const QByteArray home = qgetenv("HOME");
        qputenv("HOME", QByteArray::fromStdString(*m_folder / "home"));
        preview = store().preview(record.id, {}, {});
        qputenv("HOME", home);
        QVERIFY(preview && !preview->removable);
        preview = store().preview(record.id, {}, {});
        QVERIFY(preview && preview->removable);
    }

    void lifetimesRunOutByTheClock()
    {
        make();
        make("other", "never");
        m_clock.m_later = 2 * 3600 * kNanosecondsPerSecond;
        const auto listed = store().list();
        QVERIFY(listed && listed->size() == 2);
        QVERIFY(listed->at(0).state == ScratchState::Expired);
        QVERIFY(listed->at(1).state == ScratchState::Active);
    }

    void anExtendedOneIsActiveAgain()
    {
        const ScratchRecord record = make(); // for an hour
        m_clock.m_later = 2 * 3600 * kNanosecondsPerSecond;
        QVERIFY(store().list()->front().state == ScratchState::Expired);
        const Nanoseconds before = m_clock.wall();
        const auto extended = store().extend(record.id, 24 * 3600 * kNanosecondsPerSecond);
        QVERIFY(extended.has_value());
        QVERIFY(extended->directory.state == ScratchState::Active);
        QVERIFY(*extended->directory.record.expires >= before + 24 * 3600 * kNanosecondsPerSecond);
        QVERIFY(*extended->directory.record.expires <= m_clock.wall() + 24 * 3600 * kNanosecondsPerSecond);
        const auto forGood = store().extend(record.id, std::nullopt);
        QVERIFY(forGood && !forGood->directory.record.expires && !forGood->directory.record.lifetime);
        QCOMPARE(store().extend("no such id", std::nullopt).error().operation, std::string("unknown-directory"));
    }

    void aPinnedOneDoesNotExpire()
    {
        const ScratchRecord record = make();
        QVERIFY(store().setPinned(record.id, true)->directory.record.pinned);
        m_clock.m_later = 2 * 3600 * kNanosecondsPerSecond;
        QVERIFY(store().list()->front().state == ScratchState::Active);
        const auto unpinned = store().setPinned(record.id, false);
        QVERIFY(unpinned && !unpinned->directory.record.pinned && unpinned->directory.state == ScratchState::Expired);
    }

    /// What is not there yet, is going, or is another computer's, is not changed.
    void onlyAnActiveOneOfThisComputerIsExtendedOrPinned()
    {
        const ScratchRecord record = make();
        auto registry = Registry::open(m_registry);
        const auto living = quietFork(); // removes it at this moment, as far as anybody can tell
        if (living == 0)
            _exit(::pause());
        std::string cleaner = cleanerOf(m_system);
        cleaner = cleaner.substr(0, cleaner.rfind(':', cleaner.rfind(':') - 1)) +
                  fmt::format(":{}:{}", living, m_system.processes.startTime(living).value_or(0));
        QVERIFY(registry && registry->beginCleaning(registry->find(record.id)->value(), cleaner).value());
        QCOMPARE(store().extend(record.id, std::nullopt).error().operation, std::string("being-removed"));
        QCOMPARE(store().setPinned(record.id, true).error().operation, std::string("being-removed"));
        auto row = registry->find(record.id);
        QVERIFY(row && *row && (*row)->expires == record.expires && !(*row)->pinned);
        kill(living, SIGKILL);
        waitpid(living, nullptr, 0);
        // Whoever was at it has died: it is taken back.
        QVERIFY(store().setPinned(record.id, true).has_value());
        row = registry->find(record.id);
        QVERIFY(row && *row && (*row)->phase == Phase::Active && (*row)->pinned);
        ScratchRecord others = record;
        others.id = "0123";
        others.path += "-other";
        others.machine = "another";
        QVERIFY(registry->insert(others));
        QCOMPARE(store().extend(others.id, std::nullopt).error().operation, std::string("is-elsewhere"));
    }

    void aLockedRegistryStopsBeforeAnythingIsTouched()
    {
        const auto record = make();
        const auto preview = store().preview(record.id, {}, {});
        QVERIFY(preview && preview->removable);
        auto locker = Database::open(registrySettings(m_registry));
        QVERIFY(locker && locker->execute("BEGIN EXCLUSIVE"));
        const auto cleaned = store().clean(record.id, preview->confirmation, {}, {});
        QVERIFY(!cleaned);
        QCOMPARE(cleaned.error().operation, std::string("store-busy"));
        const auto created = create("job", "1h");
        QVERIFY(!created);
        QCOMPARE(created.error().operation, std::string("store-busy"));
        QCOMPARE(entriesOf(m_work), 1);
        QVERIFY(isThere(record.path + "/" + kMarkerName));
    }

    void aFullRegistryDiskDoesNotStopTheRemovalThatMakesRoom()
    {
        if (!m_folder->isMounted())
            QSKIP("mounting needs root");
        const OwnFolder small("mode=0755,size=512k");
        m_work = small / "work";
        m_registry = small / "state/scratch.db";
        std::filesystem::create_directory(m_work);
        const auto record = make();
        const auto unlucky = make("other");
        std::ofstream filler(record.path + "/filler", std::ios::binary);
        filler << std::string(1000000, 'x') << std::flush;
        QVERIFY(!filler);
        filler.close();
        const auto created = create("third", "1h");
        QVERIFY(!created);
        const auto cleaned = cleanNow(record.id);
        QVERIFY2(cleaned, cleaned ? "" : toString(cleaned.error()).c_str());
        QVERIFY(cleaned->removed);
        QCOMPARE(store().list()->size(), std::size_t{1});
        QCOMPARE(store().list()->at(0).record.id, unlucky.id);
    }

    void aHomeThatIsNotThereIsNotMade()
    {
        const QByteArray home = qgetenv("HOME");
        const QByteArray state = qgetenv("XDG_STATE_HOME");
        qunsetenv("XDG_STATE_HOME");
        qputenv("HOME", QByteArray::fromStdString(*m_folder / "nobody"));
        const auto absent = registryFile(m_system);
        qunsetenv("HOME");
        const auto unknown = registryFile(m_system);
        qputenv("HOME", home);
        if (!state.isNull())
            qputenv("XDG_STATE_HOME", state);
        QVERIFY(!absent && !unknown);
        QCOMPARE(absent.error().operation, std::string("store-unreachable"));
        QCOMPARE(absent.error().code, ENOENT);
        QCOMPARE(unknown.error().operation, std::string("store-unreachable"));
    }

    void withoutARegistryNothingIsListedAndNothingMade()
    {
        QVERIFY(store().list()->empty());
        QVERIFY(!isThere(*m_folder / "state"));
    }

private:
    ScratchStore store() { return {m_system, m_registry}; }

    Result<Created> create(const std::string& name, const char* lifetime, const std::string& note = {},
                           const Path& folder = {})
    {
        ProbeJournal journal = ProbeJournal::disabled(m_system);
        const CreateRequest request{name, folder.empty() ? m_work : folder, *parseLifetime(lifetime), note};
        return store().create(request, journal, {});
    }
    ScratchRecord make(const std::string& name = "job", const char* lifetime = "1h")
    {
        auto created = create(name, lifetime);
        if (!created)
            qFatal("%s", toString(created.error()).c_str());
        return created->directory.record;
    }
    Result<Cleaned> cleanNow(const std::string& id)
    {
        const auto preview = store().preview(id, {}, {});
        if (!preview)
            return fail(preview.error());
        return store().clean(id, preview->confirmation, {}, {});
    }
    static int entriesOf(const Path& folder)
    {
        const auto begin = std::filesystem::directory_iterator(folder);
        return int(std::distance(begin, std::filesystem::directory_iterator()));
    }
    static void addSteps(const std::vector<std::string>& names)
    {
        QTest::addColumn<int>("at");
        for (const auto& name : names) {
            const auto at = name == "mkdir"           ? FailingFiles::At::MakeDirectory
                            : name == "marker"        ? FailingFiles::At::Marker
                            : name == "sync"          ? FailingFiles::At::MarkerSync
                            : name == "unlink marker" ? FailingFiles::At::Unlink
                                                      : FailingFiles::At::RemoveDirectory;
            QTest::newRow(name.c_str()) << int(at);
        }
    }

    std::unique_ptr<OwnFolder> m_folder;
    Path m_work;
    Path m_registry;
    LaterClock m_clock;
    FailingFiles m_files{linuxSystem().files};
    System m_system{m_files, linuxSystem().attributes, linuxSystem().processes, m_clock};
};

QTEST_GUILESS_MAIN(TestScratchStore)
#include "tst_scratch_store.moc"
