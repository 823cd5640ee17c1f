// SPDX-License-Identifier: GPL-3.0-or-later

// Removing trees where something stands in the way: strangers, mounts, attributes, full and broken file systems, few
// descriptors and threads, and an end in the middle. What is not ours must be there byte for byte afterwards.

#include "core/system/forwarding.h"
#include "core/tree/measure_tree.h"
#include "core/tree/remove_tree.h"
#include "tests/strangers/tree_record.h"
#include "tests/support/fault_folder.h"
#include "tests/support/mounts.h"
#include "tests/support/pace.h"
#include "tests/support/qt_main.h"
#include "tests/support/quiet_fork.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr unsigned kThreads = 4;

UniqueFd openFolder(const Path& folder)
{
    return UniqueFd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

Removal removeIn(const Path& folder, unsigned threads = kThreads)
{
    const UniqueFd fd = openFolder(folder);
    if (!fd)
        throw SetupError("no folder " + folder);
    return removeContents(linuxSystem(), fd.get(), folder, nullptr, {}, {}, threads);
}

/// `directories` with `files` of a few bytes in each.
void makeTree(const Path& top, int directories, int files)
{
    std::filesystem::create_directories(top);
    for (int d = 0; d < directories; ++d) {
        const Path folder = top + "/d" + std::to_string(d);
        makeFolder(folder, 0755);
        for (int f = 0; f < files; ++f)
            writeFile(folder + "/f" + std::to_string(f), "content");
    }
}

void makeDeep(const Path& top, int levels)
{
    UniqueFd folder = openFolder(top);
    for (int i = 0; i < levels; ++i) {
        if (mkdirat(folder.get(), "d", 0700) != 0)
            failSetup("mkdirat");
        folder = UniqueFd(openat(folder.get(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
}

bool isEmpty(const Path& folder)
{
    return namesIn(folder).empty();
}

/// A process that does `work` again and again until it is killed, by its own number, at the end.
class Stranger
{
public:
    explicit Stranger(const std::function<void(int)>& work) : m_pid(quietFork())
    {
        if (m_pid != 0)
            return;
        for (int round = 0;; ++round)
            work(round);
    }
    ~Stranger() { stop(); }
    Stranger(const Stranger&) = delete;
    Stranger& operator=(const Stranger&) = delete;
    void stop()
    {
        if (m_pid <= 0)
            return;
        kill(m_pid, SIGKILL);
        waitpid(m_pid, nullptr, 0);
        m_pid = -1;
    }

private:
    pid_t m_pid;
};

int exitCodeOf(pid_t child)
{
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// `body` in a child with at most so many of a resource (setrlimit(2)); its exit code.
int withLimit(int resource, rlim_t most, unsigned user, const std::function<int()>& body)
{
    return runAsUser(user, [&] {
        const rlimit limit{most, most};
        return setrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0 ? body() : 90;
    });
}

} // namespace

class TestRemoveHostile : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<TemporaryFolder>();
        m_place = m_folder->makeFolder("place");
        m_mount = mountTmpfs(m_place, "size=2g,mode=0755,nr_inodes=0");
        m_tree = m_place + "/tree";
        m_victim = m_place + "/victim";
        makeFolder(m_tree, 0755);
    }
    void cleanup()
    {
        m_mount.reset();
        m_folder.reset();
    }

    void directoriesSwappedForLinksAreNotFollowed()
    {
        makePrecious(m_victim, kOrdinaryUser, 0777);
        const auto before = recordTree(m_victim);
        const int rounds = scaled(1000);
        long swapped = 0;
        for (int round = 0; round < rounds; ++round) {
            makeTree(m_tree, 30, 12); // enough for several threads
            for (int i = 0; i < 30; ++i)
                std::filesystem::create_directory_symlink(m_victim, m_place + "/link" + std::to_string(i));
            {
                const Path tree = m_tree;
                const Path place = m_place;
                Stranger stranger([&](int i) {
                    const std::string number = std::to_string(29 - i % 30);
                    (void)renameat2(AT_FDCWD, (tree + "/d" + number).c_str(), AT_FDCWD,
                                    (place + "/link" + number).c_str(), RENAME_EXCHANGE);
                });
                (void)removeIn(m_tree, round % 2 == 0 ? kThreads : 1);
            }
            for (int i = 0; i < 30; ++i) {
                const Path link = m_place + "/link" + std::to_string(i);
                swapped += !std::filesystem::is_symlink(link);
                test::removeAll(link);
            }
            QVERIFY2(removeIn(m_tree).complete(), "what was left in peace did not go");
            QVERIFY(isEmpty(m_tree));
        }
        QCOMPARE(differences(before, recordTree(m_victim)), std::string());
        std::printf("swapped directories: %d removals, %ld links taken in their place, the victim unchanged\n", rounds,
                    swapped);
    }

    void mountsInALargeTreeSurviveWithTheirContent()
    {
        makePrecious(m_victim, kOrdinaryUser, 0755);
        makeTree(m_tree, 60, 20);
        const Path bind = m_tree + "/d7/bind"; // of the same file system: the device number is the same
        const Path other = m_tree + "/d50/other";
        makeFolder(bind, 0755);
        makeFolder(other, 0755);
        QCOMPARE(mount(m_victim.c_str(), bind.c_str(), nullptr, MS_BIND, nullptr), 0);
        const auto before = recordTree(m_victim);
        {
            const auto there = mountTmpfs(other, "mode=0755");
            writeFile(other + "/file", "mine too");
            const Removal removal = removeIn(m_tree);
            QCOMPARE(removal.kept.count, std::uint64_t{2});
            QCOMPARE(removal.kept.list.at(0).path, other);
            QCOMPARE(removal.kept.list.at(1).path, bind);
            QCOMPARE(removal.kept.list.at(1).code, EXDEV);
            QCOMPARE(readFile(other + "/file"), std::string("mine too"));
        }
        QCOMPARE(differences(before, recordTree(m_victim)), std::string());
        QCOMPARE(namesIn(m_tree), (std::vector<std::string>{"d50", "d7"}));
        QCOMPARE(umount2(bind.c_str(), MNT_DETACH), 0);
        QVERIFY(removeIn(m_tree).complete());
    }

    void hardLinksAndSymbolicLinksToAVictimTakeNothingFromIt()
    {
        makeFolder(m_victim, 0755);
        for (int i = 0; i < 300; ++i)
            writeFile(m_victim + "/f" + std::to_string(i), "content " + std::to_string(i));
        makeTree(m_tree, 30, 5);
        for (int i = 0; i < 300; ++i) {
            const Path folder = m_tree + "/d" + std::to_string(i % 30);
            std::filesystem::create_hard_link(m_victim + "/f" + std::to_string(i), folder + "/h" + std::to_string(i));
            std::filesystem::create_symlink("../../victim", folder + "/s" + std::to_string(i));
        }
        const Removal removal = removeIn(m_tree);
        QVERIFY(removal.complete());
        QCOMPARE(removal.done.entries, std::uint64_t{30 + 30 * 5 + 600});
        QCOMPARE(removal.done.bytes, std::uint64_t{30 * 5 * 4096}); // what is linked elsewhere frees nothing
        for (int i = 0; i < 300; ++i)
            QCOMPARE(readFile(m_victim + "/f" + std::to_string(i)), "content " + std::to_string(i));
    }

    void immutableAndAppendOnlyEntriesAreToldAndTheRestGoes()
    {
        const Path disk = m_folder->makeFolder("disk");
        const auto mounted = mountImage("ext4", m_place + "/image", 64U << 20U, disk);
        const Path tree = disk + "/tree";
        makeTree(tree, 40, 10);
        const std::vector<std::pair<std::string, std::string>> marked{
            {"+i", tree + "/d3/f4"}, {"+a", tree + "/d20/f0"}, {"+i", tree + "/d30"}, {"+a", tree + "/d31"}};
        for (const auto& [attribute, path] : marked)
            runOrFail({"chattr", attribute, path});
        const Removal removal = removeIn(tree);
        // Two files, and ten in each of the two directories that let nothing go.
        QCOMPARE(removal.kept.count, std::uint64_t{22});
        for (const Error& error : removal.kept.list)
            QCOMPARE(error.code, EPERM);
        QCOMPARE(namesIn(tree), (std::vector<std::string>{"d20", "d3", "d30", "d31"}));
        QCOMPARE(readFile(tree + "/d3/f4"), std::string("content"));
        QCOMPARE(namesIn(tree + "/d3").size(), std::size_t{1});
        for (const auto& [attribute, path] : marked)
            runOrFail({"chattr", attribute == "+i" ? "-i" : "-a", path});
        QVERIFY(removeIn(tree).complete());
        QVERIFY(isEmpty(tree));
    }

    void anOrdinaryUsersOwnDirectoriesWithoutRightsGo()
    {
        changeOwner(m_tree, kOrdinaryUser, kOrdinaryUser);
        const int code = runAsUser(kOrdinaryUser, [&] {
            makeTree(m_tree, 50, 4);
            constexpr unsigned kModes[] = {0000, 0100, 0400, 0500, 0300};
            for (int i = 0; i < 50; ++i) {
                const Path folder = m_tree + "/d" + std::to_string(i);
                makeTree(folder + "/inner", 1, 2);
                chmod((folder + "/inner").c_str(), kModes[(i + 1) % 5]);
                chmod(folder.c_str(), kModes[i % 5]);
            }
            const Removal removal = removeIn(m_tree);
            return removal.complete() && isEmpty(m_tree) ? 0 : 1;
        });
        QCOMPARE(code, 0);
    }

    void undecodableNamesInALargeTreeGo()
    {
        for (int i = 1; i < 256; ++i) {
            if (i == '/')
                continue;
            const std::string name{static_cast<char>(i), 'n', static_cast<char>(i)};
            makeFolder(m_tree + "/" + name, 0755);
            writeFile(m_tree + "/" + name + "/" + name, "x");
            writeFile(m_tree + "/" + name + "/" + std::string(255, static_cast<char>(i)), "x");
        }
        const Removal removal = removeIn(m_tree);
        QVERIFY(removal.complete());
        QCOMPARE(removal.done.entries, std::uint64_t{254 * 3});
    }

    void aHundredThousandLevelsGoWithFewDescriptors()
    {
        constexpr int levels = 100000;
        makeDeep(m_tree, levels);
        const int code = withLimit(RLIMIT_NOFILE, 256, 0, [&] {
            const UniqueFd fd = openFolder(m_tree);
            const TreeMeasure measure = measureContents(linuxSystem(), fd.get(), m_tree, nullptr, {}, {}, kThreads);
            if (measure.measure.directories != std::uint64_t(levels) || measure.unseen.count != 0)
                return 2;
            const Removal removal = removeIn(m_tree);
            return removal.complete() && removal.done.entries == std::uint64_t(levels) ? 0 : 3;
        });
        QCOMPARE(code, 0);
        std::printf("depth: %d levels measured and removed with 256 descriptors\n", levels);
    }

    void severalThreadsMakeDoWithAlmostNoDescriptors()
    {
        for (const rlim_t most : {rlim_t{256}, rlim_t{40}, rlim_t{24}, rlim_t{12}}) {
            for (int i = 0; i < 40; ++i) {
                const Path branch = m_tree + "/b" + std::to_string(i);
                makeFolder(branch, 0755);
                makeDeep(branch, 100);
                makeTree(branch + "/w", 5, 5);
            }
            const int code = withLimit(RLIMIT_NOFILE, most, 0, [&] {
                const Removal removal = removeIn(m_tree);
                for (const Error& error : removal.kept.list)
                    std::fprintf(stderr, "%s\n", toString(error).substr(0, 200).c_str());
                return removal.complete() ? 0 : 1;
            });
            QVERIFY2(code == 0, std::to_string(most).c_str());
            QVERIFY(isEmpty(m_tree));
        }
    }

    void whereNoThreadCanBeStartedOneDoesItAll()
    {
        changeOwner(m_tree, kOrdinaryUser, kOrdinaryUser);
        makeTree(m_tree, 50, 20);
        runOrFail({"chown", "-R", std::to_string(kOrdinaryUser), m_tree});
        const int code = withLimit(RLIMIT_NPROC, 1, kOrdinaryUser, [&] {
            bool starts = true;
            try {
                std::thread([] {}).join();
            } catch (const std::system_error&) {
                starts = false;
            }
            const Removal removal = removeIn(m_tree);
            return starts ? 2 : removal.complete() && isEmpty(m_tree) ? 0 : 1;
        });
        QCOMPARE(code, 0);
    }

    void aWriterThatGoesOnDoesNotHoldTheRemovalForEver()
    {
        makeTree(m_tree, 20, 20);
        const Path tree = m_tree;
        Removal removal;
        {
            Stranger writer([&](int i) {
                const Path folder = tree + "/d" + std::to_string(i % 20);
                mkdir(folder.c_str(), 0755);
                for (const Path& path : {tree + "/n" + std::to_string(i), folder + "/n" + std::to_string(i)})
                    close(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
            });
            const auto started = std::chrono::steady_clock::now();
            int complete = 0;
            const int rounds = scaled(50) + 5;
            for (int round = 0; round < rounds; ++round) {
                usleep(3000); // its turn
                removal = removeIn(m_tree, round % 2 == 0 ? kThreads : 1);
                complete += removal.complete() ? 1 : 0;
                for (const Error& error : removal.kept.list)
                    QVERIFY2(error.code == ENOTEMPTY, toString(error).c_str());
            }
            const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
            std::printf(
                "a writer that goes on: %d removals ended within %.2f s, %d of them found it empty in between\n",
                rounds, taken.count(), complete);
        }
        QVERIFY(removeIn(m_tree).complete());
    }

    void onAFullFileSystemItGoes_data()
    {
        QTest::addColumn<QString>("type");
        QTest::newRow("ext4") << "ext4";
        QTest::newRow("btrfs") << "btrfs";
        QTest::newRow("xfs") << "xfs";
    }
    void onAFullFileSystemItGoes()
    {
        QFETCH(QString, type);
        const Path disk = m_folder->makeFolder("disk");
        const std::uint64_t size = type == "xfs" ? 320U << 20U : 128U << 20U;
        const auto mounted = mountImage(type.toStdString(), m_place + "/image", size, disk);
        makeTree(disk + "/tree", 40, 20);
        fillUp(disk);
        const Removal removal = removeIn(disk + "/tree");
        QVERIFY2(removal.complete(), removal.kept.list.empty() ? "" : toString(removal.kept.list[0]).c_str());
        QVERIFY(isEmpty(disk + "/tree"));
    }

    void whatAnsweredWithEioIsToldAndTheRestGoes_data()
    {
        QTest::addColumn<QString>("operation");
        QTest::addColumn<QString>("when");
        for (const char* operation : {"unlink", "rmdir", "opendir", "readdir", "getattr"}) {
            QTest::addRow("%s, once", operation) << operation << "7";
            QTest::addRow("%s, always from the seventh on", operation) << operation << "7+";
        }
    }
    void whatAnsweredWithEioIsToldAndTheRestGoes()
    {
        QFETCH(QString, operation);
        QFETCH(QString, when);
        FaultFolder folder(m_place + "/broken");
        makeTree(folder.backing() + "/tree", 12, 12);
        folder.on(operation.toStdString(), when.toStdString(), "fail 5");
        const UniqueFd fd = openFolder(folder.path() + "/tree");
        if (!fd)
            QSKIP("the tree itself could not be opened");
        const Removal broken =
            removeContents(linuxSystem(), fd.get(), folder.path() + "/tree", nullptr, {}, {}, kThreads);
        QVERIFY(folder.hits() > 0);
        for (const Error& error : broken.kept.list)
            QVERIFY2(error.code == EIO, toString(error).c_str());
        const bool isEmptyNow = isEmpty(folder.backing() + "/tree");
        // Some calls only look, or are made again: then nothing need be left. But nothing is left without a word.
        QCOMPARE(broken.complete(), isEmptyNow);
        if (operation == "unlink" || operation == "rmdir")
            QVERIFY(!broken.complete());
        if (operation == "unlink" && when == "7")
            QCOMPARE(broken.done.entries, std::uint64_t{12 + 12 * 12 - 2}); // without a file and its directory
        folder.release();
        QVERIFY(removeIn(folder.path() + "/tree").complete());
        QVERIFY(isEmpty(folder.backing() + "/tree"));
    }

    void killedInTheMiddleItGoesOnTheNextTime()
    {
        makePrecious(m_victim, kOrdinaryUser, 0755);
        const auto before = recordTree(m_victim);
        const int rounds = scaled(100);
        int halfDone = 0;
        for (int round = 0; round < rounds; ++round) {
            makeTree(m_tree, 60, 30);
            std::filesystem::create_directory_symlink(m_victim, m_tree + "/d5/link");
            const auto all = recordTree(m_tree).size();
            const pid_t child = quietFork();
            if (child == 0) {
                (void)removeIn(m_tree);
                _exit(0);
            }
            usleep(static_cast<useconds_t>(500 + 1000 * (round % 20)));
            kill(child, SIGKILL);
            (void)exitCodeOf(child);
            const auto left = recordTree(m_tree).size();
            halfDone += left > 1 && left < all;
            QVERIFY(removeIn(m_tree).complete());
            QVERIFY(isEmpty(m_tree));
        }
        QCOMPARE(differences(before, recordTree(m_victim)), std::string());
        std::printf("killed: %d removals, %d of them half done, each finished by the next\n", rounds, halfDone);
    }

    void twoProcessesThatCleanTheSameDirectoryBothEndWell()
    {
        const int rounds = scaled(100);
        for (int round = 0; round < rounds; ++round) {
            makeTree(m_tree, 60, 30);
            const pid_t child = quietFork();
            if (child == 0)
                _exit(removeIn(m_tree).complete() ? 0 : 1);
            const Removal removal = removeIn(m_tree);
            QCOMPARE(exitCodeOf(child), 0);
            QVERIFY2(removal.complete(), removal.kept.list.empty() ? "" : toString(removal.kept.list[0]).c_str());
            QVERIFY(isEmpty(m_tree));
        }
        std::printf("two at once: %d times both ended well\n", rounds);
    }

    void aStopIsHeededAndProgressGrows()
    {
        class Slow : public ForwardingFiles
        {
        public:
            using ForwardingFiles::ForwardingFiles;
            Result<void> unlink(int dirFd, const char* name) override
            {
                usleep(200);
                return ForwardingFiles::unlink(dirFd, name);
            }
        };
        Slow files(linuxSystem().files);
        System slow{files, linuxSystem().attributes, linuxSystem().processes, linuxSystem().clock};
        for (const unsigned threads : {1U, kThreads}) {
            makeTree(m_tree, 400, 50);
            const UniqueFd fd = openFolder(m_tree);
            std::stop_source stop;
            std::vector<std::uint64_t> told;
            std::vector<Nanoseconds> times{linuxSystem().clock.monotonic()};
            const Removal removal = removeContents(
                slow, fd.get(), m_tree, nullptr, stop.get_token(),
                [&](const RemovalProgress& now) {
                    told.push_back(now.entries);
                    times.push_back(linuxSystem().clock.monotonic());
                    if (told.size() == 3)
                        stop.request_stop();
                },
                threads);
            QVERIFY(told.size() >= 3);
            QVERIFY(std::ranges::is_sorted(told));
            for (std::size_t i = 1; i < times.size(); ++i)
                QVERIFY(times[i] - times[0] >= static_cast<Nanoseconds>(i) * 100 * kNanosecondsPerMillisecond);
            QVERIFY(removal.cancelled);
            // Each thread finishes what it has in hand; a busy machine lets some go on before the stop is asked for.
            QVERIFY2(removal.done.entries < told.back() + 5000, std::to_string(removal.done.entries).c_str());
            const Removal rest = removeIn(m_tree);
            QVERIFY(rest.complete());
            QCOMPARE(removal.done.entries + rest.done.entries, std::uint64_t{400 + 400 * 50});
            std::printf("stopped: %u thread(s), at the third report, at %llu entries, after %llu of 20400\n", threads,
                        static_cast<unsigned long long>(told.back()),
                        static_cast<unsigned long long>(removal.done.entries));
        }
    }

private:
    std::unique_ptr<TemporaryFolder> m_folder;
    std::unique_ptr<MountedFolder> m_mount;
    Path m_place;
    Path m_tree;
    Path m_victim;
};

SCRATCHPROOF_TEST_MAIN(TestRemoveHostile, PrivateMounts)
#include "tst_remove_hostile.moc"
