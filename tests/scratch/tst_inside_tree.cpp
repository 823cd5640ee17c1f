// SPDX-License-Identifier: GPL-3.0-or-later

// Scratch directories inside the tree that is removed or measured, and what tells that something came into it: each
// beside a twin without the cause.

#include "core/scratch/marker.h"
#include "core/system/forwarding.h"
#include "core/tree/measure_tree.h"
#include "core/tree/remove_tree.h"
#include "tests/strangers/tree_record.h"
#include "tests/support/mounts.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr unsigned kThreads = 4;
constexpr const char* kAlmost = ".scratchproof-marker2";

UniqueFd openFolder(const Path& folder)
{
    return UniqueFd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

Removal removeIn(const Path& folder, unsigned threads = kThreads, System& system = linuxSystem())
{
    const UniqueFd fd = openFolder(folder);
    return removeContents(system, fd.get(), folder, kMarkerName, {}, {}, threads);
}

TreeMeasure measureIn(const Path& folder, unsigned threads = kThreads)
{
    const UniqueFd fd = openFolder(folder);
    return measureContents(linuxSystem(), fd.get(), folder, kMarkerName, {}, {}, threads);
}

void makeFiles(const Path& folder, int files)
{
    std::filesystem::create_directories(folder);
    for (int i = 0; i < files; ++i)
        writeFile(folder + "/f" + std::to_string(i), "content");
}

bool isFolder(const Path& path)
{
    struct stat status = {};
    return lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool isAt(int fd, const Path& path)
{
    struct stat one = {};
    struct stat other = {};
    return fstat(fd, &one) == 0 && lstat(path.c_str(), &other) == 0 && one.st_ino == other.st_ino &&
           one.st_dev == other.st_dev;
}

/// Has a look at a directory answered or followed by something. Thread safe.
class WatchedAttributes : public ForwardingFileAttributes
{
public:
    using ForwardingFileAttributes::ForwardingFileAttributes;
    Result<bool> exists(int dirFd, const char* name) override
    {
        {
            const std::scoped_lock lock(m_mutex);
            m_threads.insert(std::this_thread::get_id());
            ++m_looks;
        }
        usleep(m_slow);
        if (!m_at.empty() && m_code != 0 && isAt(dirFd, m_at))
            return fail("statx", name, m_code);
        auto there = ForwardingFileAttributes::exists(dirFd, name);
        if (!m_at.empty() && m_after && isAt(dirFd, m_at))
            m_after();
        return there;
    }
    Path m_at;
    int m_code = 0;
    std::function<void()> m_after;
    useconds_t m_slow = 0;
    std::mutex m_mutex;
    std::set<std::thread::id> m_threads;
    std::size_t m_looks = 0;
};

/// Does something before the first rmdir of a name, or before some unlink. Thread safe.
class WatchedFiles : public ForwardingFiles
{
public:
    using ForwardingFiles::ForwardingFiles;
    Result<void> removeDirectory(int dirFd, const char* name) override
    {
        if (name == m_name && !m_done.exchange(true))
            m_before();
        return ForwardingFiles::removeDirectory(dirFd, name);
    }
    Result<void> unlink(int dirFd, const char* name) override
    {
        if (m_unlinksUntil > 0 && --m_unlinksUntil == 0)
            m_before();
        return ForwardingFiles::unlink(dirFd, name);
    }
    std::string m_name;
    std::function<void()> m_before;
    std::atomic<bool> m_done = false;
    std::atomic<int> m_unlinksUntil = 0;
};

struct WatchedSystem
{
    WatchedFiles files{linuxSystem().files};
    WatchedAttributes attributes{linuxSystem().attributes};
    System system{files, attributes, linuxSystem().processes, linuxSystem().clock};
};

void addNames()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("stays");
    QTest::newRow("a marker") << kMarkerName << true;
    QTest::newRow("almost one") << kAlmost << false;
}

} // namespace

class TestInsideTree : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<TemporaryFolder>();
        m_place = m_folder->makeFolder("place");
        m_mount = mountTmpfs(m_place, "size=2g,mode=0755,nr_inodes=0");
        m_tree = m_place + "/tree";
        makeFolder(m_tree, 0755);
        writeFile(m_tree + "/" + kMarkerName, "the top's own");
    }
    void cleanup()
    {
        m_mount.reset();
        m_folder.reset();
    }

    void whatHasAMarkerStaysWithAllInIt_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<unsigned>("threads");
        for (const char* kind : {"file", "link", "fifo", "directory"}) {
            for (const unsigned threads : {1U, kThreads})
                QTest::addRow("%s, %u threads", kind, threads) << kind << threads;
        }
    }
    void whatHasAMarkerStaysWithAllInIt()
    {
        QFETCH(QString, kind);
        QFETCH(unsigned, threads);
        const auto mark = [&](const Path& folder, const char* name) {
            const Path path = folder + "/" + name;
            if (kind == "file")
                writeFile(path, "{}");
            else if (kind == "link")
                std::filesystem::create_symlink("nowhere", path);
            else if (kind == "fifo")
                QCOMPARE(mkfifo(path.c_str(), 0600), 0);
            else
                makeFiles(path, 1);
        };
        Path deep = m_tree + "/deep";
        for (int i = 0; i < 40; ++i) // further down than directories are kept open
            deep += "/d";
        const std::vector<Path> marked{deep, m_tree + "/d3/a/b", m_tree + "/d5"};
        for (int d = 0; d < 40; ++d)
            makeFiles(m_tree + "/d" + std::to_string(d), 20);
        for (const Path& folder : marked) {
            makeFiles(folder + "/sub/sub", 3);
            makeFiles(folder, 30);
            makeFiles(folder + "-twin/sub", 3);
            mark(folder, kMarkerName);
            mark(folder + "-twin", kAlmost);
        }
        std::vector<Path> sorted = marked;
        std::ranges::sort(sorted);
        const TreeMeasure measure = measureIn(m_tree, threads);
        QCOMPARE(measure.apart.list, sorted);
        QCOMPARE(measure.apart.count, std::uint64_t{3});
        QCOMPARE(measure.unseen.count, std::uint64_t{0});
        QCOMPARE(measure.measure.files, std::uint64_t{40 * 20 + 3 * (3 + 30 + 3 + 2) - 20}); // d5 is one of 40
        std::vector<std::vector<std::string>> before;
        for (const Path& folder : marked)
            before.push_back(recordTree(folder));
        const Removal removal = removeIn(m_tree, threads);
        QVERIFY(!removal.complete());
        QCOMPARE(removal.kept.count, std::uint64_t{3});
        QCOMPARE(removal.apart.list, sorted);
        for (std::size_t i = 0; i < sorted.size(); ++i) {
            QCOMPARE(removal.kept.list[i].path, sorted[i]);
            QVERIFY(removal.kept.list[i].kind == ErrorKind::ForeignMarker);
            QVERIFY(!removal.kept.list[i].detail.empty());
            QCOMPARE(differences(before[i], recordTree(marked[i])), std::string());
            QVERIFY(!isFolder(marked[i] + "-twin"));
        }
        QCOMPARE(namesIn(m_tree), (std::vector<std::string>{kMarkerName, "d3", "d5", "deep"}));
        QCOMPARE(namesIn(m_tree + "/d3"), (std::vector<std::string>{"a"}));
        QCOMPARE(readFile(m_tree + "/" + kMarkerName), std::string("the top's own"));
        for (const Path& folder : marked)
            std::filesystem::remove_all(folder + "/" + kMarkerName);
        QVERIFY(removeIn(m_tree, threads).complete());
        QCOMPARE(namesIn(m_tree), (std::vector<std::string>{kMarkerName}));
    }

    void itStaysInPartsThatOtherThreadsTakeOver()
    {
        for (int d = 0; d < 300; ++d) {
            const Path folder = m_tree + "/d" + std::to_string(d);
            makeFiles(folder, 30);
            writeFile(folder + "/" + (d % 10 == 0 ? kMarkerName : kAlmost), "{}");
        }
        WatchedSystem watched;
        watched.attributes.m_slow = 100;
        const Removal removal = removeIn(m_tree, kThreads, watched.system);
        QCOMPARE(removal.kept.count, std::uint64_t{30});
        QCOMPARE(removal.apart.count, std::uint64_t{30});
        QCOMPARE(namesIn(m_tree).size(), std::size_t{31});
        for (int d = 0; d < 300; d += 10)
            QCOMPARE(namesIn(m_tree + "/d" + std::to_string(d)).size(), std::size_t{31});
        QVERIFY(watched.attributes.m_threads.size() > 1);
        // One look for each directory, and one for each part that was given away.
        QVERIFY2(watched.attributes.m_looks < 300 + 100, std::to_string(watched.attributes.m_looks).c_str());
    }

    void aDirectoryThatIsWalkedAgainIsLookedAtAgain_data() { addNames(); }
    void aDirectoryThatIsWalkedAgainIsLookedAtAgain()
    {
        QFETCH(QString, name);
        QFETCH(bool, stays);
        makeFiles(m_tree + "/sub", 3);
        WatchedSystem watched;
        watched.files.m_name = "sub";
        watched.files.m_before = [&] {
            writeFile(m_tree + "/sub/late", "x");
            writeFile(m_tree + "/sub/" + name.toStdString(), "{}");
        };
        const Removal removal = removeIn(m_tree, 1, watched.system);
        QCOMPARE(removal.complete(), !stays);
        QCOMPARE(isFolder(m_tree + "/sub"), stays);
        if (!stays)
            return;
        QVERIFY(removal.kept.list.at(0).kind == ErrorKind::ForeignMarker);
        QCOMPARE(readFile(m_tree + "/sub/late"), std::string("x"));
    }

    void aMarkerThatComesAfterTheLookIsSeenInTheList_data() { addNames(); }
    void aMarkerThatComesAfterTheLookIsSeenInTheList()
    {
        QFETCH(QString, name);
        QFETCH(bool, stays);
        makeFiles(m_tree + "/sub/sub", 3);
        makeFiles(m_tree + "/sub", 3);
        WatchedSystem watched;
        watched.attributes.m_at = m_tree + "/sub";
        watched.attributes.m_after = [&] { writeFile(m_tree + "/sub/" + name.toStdString(), "{}"); };
        const Removal removal = removeIn(m_tree, 1, watched.system);
        QCOMPARE(removal.complete(), !stays);
        QCOMPARE(isFolder(m_tree + "/sub"), stays);
        if (stays)
            QCOMPARE(recordTree(m_tree + "/sub").size(), std::size_t{1 + 3 + 1 + 1 + 3});
    }

    void aMarkerInADirectoryThatManyAreEmptyingIsNotRemoved_data() { addNames(); }
    void aMarkerInADirectoryThatManyAreEmptyingIsNotRemoved()
    {
        QFETCH(QString, name);
        QFETCH(bool, stays);
        makeFiles(m_tree + "/flat", 20000);
        WatchedSystem watched;
        watched.files.m_unlinksUntil = 500;
        watched.files.m_before = [&] { writeFile(m_tree + "/flat/" + name.toStdString(), "{}"); };
        const Removal removal = removeIn(m_tree, kThreads, watched.system);
        QCOMPARE(removal.complete(), !stays);
        QCOMPARE(isFolder(m_tree + "/flat"), stays);
        if (!stays)
            return;
        QCOMPARE(removal.kept.count, std::uint64_t{1}); // told once, whoever met it
        QVERIFY(removal.kept.list.at(0).kind == ErrorKind::ForeignMarker);
        QCOMPARE(readFile(m_tree + "/flat/" + kMarkerName), std::string("{}"));
    }

    void whereTheLookFailsAllStays_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<bool>("stays");
        QTest::newRow("EIO") << EIO << true;
        QTest::newRow("EACCES") << EACCES << true;
        QTest::newRow("no name can be so long") << ENAMETOOLONG << false;
    }
    void whereTheLookFailsAllStays()
    {
        QFETCH(int, code);
        QFETCH(bool, stays);
        makeFiles(m_tree + "/sub/sub", 3);
        makeFiles(m_tree + "/beside", 3);
        const auto before = recordTree(m_tree + "/sub");
        WatchedSystem watched;
        watched.attributes.m_at = m_tree + "/sub";
        watched.attributes.m_code = code;
        const Removal removal = removeIn(m_tree, 1, watched.system);
        QCOMPARE(removal.complete(), !stays);
        QVERIFY(!isFolder(m_tree + "/beside"));
        QCOMPARE(isFolder(m_tree + "/sub"), stays);
        if (!stays)
            return;
        QCOMPARE(removal.kept.count, std::uint64_t{1});
        QCOMPARE(removal.kept.list.at(0).path, m_tree + "/sub");
        QCOMPARE(removal.kept.list.at(0).code, code);
        QCOMPARE(differences(before, recordTree(m_tree + "/sub")), std::string());
    }

    void whatWasOpenedUpToBeLookedAtIsClosedAgain()
    {
        changeOwner(m_tree, kOrdinaryUser, kOrdinaryUser);
        const int code = runAsUser(kOrdinaryUser, [&] {
            for (const unsigned mode : {0000U, 0400U, 0500U, 0100U}) {
                const Path folder = m_tree + "/m" + std::to_string(mode);
                for (const Path& path : {folder, folder + "-twin"}) {
                    makeFiles(path, 2);
                    writeFile(path + "/" + (path == folder ? kMarkerName : kAlmost), "{}");
                    chmod(path.c_str(), mode);
                }
            }
            const Removal removal = removeIn(m_tree);
            if (removal.kept.count != 4 || removal.apart.count != 4 || namesIn(m_tree).size() != 5)
                return 1;
            for (const unsigned mode : {0000U, 0400U, 0500U, 0100U}) {
                struct stat status = {};
                if (stat((m_tree + "/m" + std::to_string(mode)).c_str(), &status) != 0 ||
                    (status.st_mode & 0777U) != mode)
                    return 2;
            }
            return 0;
        });
        QCOMPARE(code, 0);
    }

    void whatComesWithOldTimesIsAChange_data()
    {
        QTest::addColumn<QString>("type");
        for (const char* type : {"tmpfs", "ext4", "xfs", "btrfs"})
            QTest::newRow(type) << type;
    }
    void whatComesWithOldTimesIsAChange()
    {
        QFETCH(QString, type);
        const Path disk = m_folder->makeFolder("disk");
        const std::uint64_t size = type == "xfs" ? 320U << 20U : 128U << 20U;
        const auto mounted =
            type == "tmpfs" ? mountTmpfs(disk) : mountImage(type.toStdString(), m_place + "/image", size, disk);
        const Path tree = disk + "/tree";
        const Path source = disk + "/source";
        makeFiles(tree + "/sub/sub", 3);
        writeFile(tree + "/" + kMarkerName, "{}");
        makeFiles(source + "/folder/below", 2);
        writeFile(source + "/file", "old");
        const auto age = [&](const Path& top) {
            runOrFail({"find", top, "-exec", "touch", "-h", "-d", "2001-01-01", "{}", "+"});
        };
        age(tree);
        age(source);
        runOrFail({"tar", "-cf", disk + "/archive", "-C", source, "file", "folder"});
        const std::vector<std::pair<const char*, std::function<void(const Path&)>>> arrivals{
            {"cp -a of a file",
             [&](const Path& to) {
                 runOrFail({"cp", "-a", source + "/file", to + "/copy"});
             }},
            {"cp -a of a folder",
             [&](const Path& to) {
                 runOrFail({"cp", "-a", source + "/folder", to + "/copies"});
             }},
            {"tar",
             [&](const Path& to) {
                 runOrFail({"tar", "-xpf", disk + "/archive", "-C", to});
             }},
            {"a hard link", [&](const Path& to) { std::filesystem::create_hard_link(source + "/file", to + "/link"); }},
            {"mv of a file",
             [&](const Path& to) {
                 runOrFail({"mv", source + "/file", to + "/moved"});
             }},
            {"mv of a folder",
             [&](const Path& to) {
                 runOrFail({"mv", source + "/folder", to + "/moved-folder"});
             }},
        };
        for (const Path& to : {tree, tree + "/sub/sub"}) {
            makeFiles(source + "/folder/below", 2);
            writeFile(source + "/file", "old");
            age(source);
            for (const auto& [what, arrive] : arrivals) {
                usleep(20000); // a tick of the clock that files get their times from
                const TreeMeasure before = measureIn(tree);
                usleep(20000);
                writeFile(tree + "/" + kMarkerName, "{} anew");
                const TreeMeasure same = measureIn(tree);
                QCOMPARE(same.changed, before.changed);
                QCOMPARE(same.changedPath, before.changedPath);
                arrive(to);
                const TreeMeasure after = measureIn(tree);
                QVERIFY2(after.changed > before.changed, what);
                QVERIFY2(after.changed <= linuxSystem().clock.wall(), what);
                QVERIFY2(std::filesystem::exists(std::filesystem::symlink_status(after.changedPath)), what);
                QCOMPARE(after.measure.newest, before.measure.newest); // which it was told by before
            }
        }
    }

    void timesInTheFutureSayNothingByThemselves()
    {
        makeFiles(m_tree + "/sub", 2);
        usleep(20000);
        const TreeMeasure before = measureIn(m_tree);
        usleep(20000);
        runOrFail({"touch", "-d", "2199-01-01", m_tree + "/sub/f1"});
        const TreeMeasure after = measureIn(m_tree);
        QCOMPARE(after.newestPath, m_tree + "/sub/f1");
        QVERIFY(after.measure.newest > linuxSystem().clock.wall());
        QCOMPARE(after.changedPath, m_tree + "/sub/f1"); // by the moment that they were set at
        QVERIFY(after.changed > before.changed && after.changed <= linuxSystem().clock.wall());
    }

    void anEmptyTreeHasNoChange()
    {
        const TreeMeasure measure = measureIn(m_tree);
        QCOMPARE(measure.changed, Nanoseconds{0});
        QVERIFY(measure.changedPath.empty());
    }

private:
    std::unique_ptr<TemporaryFolder> m_folder;
    std::unique_ptr<MountedFolder> m_mount;
    Path m_place;
    Path m_tree;
};

SCRATCHPROOF_TEST_MAIN(TestInsideTree, PrivateMounts)
#include "tst_inside_tree.moc"
