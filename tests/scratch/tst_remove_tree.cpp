// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/system/forwarding.h"
#include "core/tree/measure_tree.h"
#include "core/tree/remove_tree.h"
#include "tests/scratch/fixture.h"

#include <QTest>

#include <sys/resource.h>

#include <cerrno>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

/// A system without openat2, as before Linux 5.6, and on demand without mount ids in statx, as before 5.8.
class OldFiles : public ForwardingFiles
{
public:
    using ForwardingFiles::ForwardingFiles;
    Result<UniqueFd> openBeneath(int, const char* name, int, BeneathRules) override
    {
        return fail("openat2", name, m_code);
    }
    int m_code = ENOSYS;
};
class OldAttributes : public ForwardingFileAttributes
{
public:
    using ForwardingFileAttributes::ForwardingFileAttributes;
    Result<FileStatus> status(int fd) override
    {
        auto status = ForwardingFileAttributes::status(fd);
        if (status) {
            status->mountId.reset();
            status->attributesMask = 0;
        }
        return status;
    }
};

enum class Kernel { New, NoOpenat2, NoMountIds };

struct AnySystem
{
    explicit AnySystem(Kernel kernel)
        : system{kernel == Kernel::New ? linuxSystem().files : static_cast<Files&>(files),
                 kernel == Kernel::NoMountIds ? static_cast<FileAttributes&>(attributes) : linuxSystem().attributes,
                 linuxSystem().processes, linuxSystem().clock}
    {}
    OldFiles files{linuxSystem().files};
    OldAttributes attributes{linuxSystem().attributes};
    System system;
};

Removal removeAll(const Path& folder, System& system = linuxSystem(), const char* except = nullptr)
{
    auto fd = linuxSystem().files.open(kWorkingDirectory, folder.c_str(), O_RDONLY | O_DIRECTORY);
    if (!fd)
        return {};
    return removeContents(system, fd->get(), folder, except, {}, {});
}

bool isEmptyFolder(const Path& folder)
{
    return std::filesystem::is_empty(folder);
}

void addKernels()
{
    QTest::addColumn<int>("kernel");
    QTest::newRow("openat2") << int(Kernel::New);
    QTest::newRow("no openat2") << int(Kernel::NoOpenat2);
    QTest::newRow("no openat2, no mount ids in statx") << int(Kernel::NoMountIds);
}

} // namespace

class TestRemoveTree : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<OwnFolder>();
        m_tree = *m_folder / "tree";
        std::filesystem::create_directory(m_tree);
    }
    void cleanup() { m_folder.reset(); }

    void anyNameIsRemoved()
    {
        for (const std::string name : {"plain", "\xff\xfe", "new\nline", " ", "-rf", "*", "\\", "a\x1b[31m"}) {
            writeFile(joinPath(m_tree, name), "x");
            std::filesystem::create_directories(joinPath(m_tree, "d" + name) + "/sub");
            writeFile(joinPath(m_tree, "d" + name) + "/sub/" + name, "y");
        }
        mkfifo((m_tree + "/fifo").c_str(), 0600);
        const Removal removal = removeAll(m_tree);
        QVERIFY(removal.complete());
        QVERIFY(isEmptyFolder(m_tree));
        QCOMPARE(removal.done.entries, 8U * 4U + 1U);
    }

    void onlyTheExceptionAtTheTopIsLeft()
    {
        writeFile(m_tree + "/keep", "x");
        std::filesystem::create_directory(m_tree + "/sub");
        writeFile(m_tree + "/sub/keep", "x");
        QVERIFY(removeAll(m_tree, linuxSystem(), "keep").complete());
        QVERIFY(isThere(m_tree + "/keep"));
        QVERIFY(!isThere(m_tree + "/sub"));
    }

    void symbolicLinksAreRemovedAndNotFollowed_data() { addKernels(); }
    void symbolicLinksAreRemovedAndNotFollowed()
    {
        QFETCH(int, kernel);
        AnySystem any{Kernel(kernel)};
        const Path victim = *m_folder / "victim";
        std::filesystem::create_directories(victim + "/sub");
        writeFile(victim + "/sub/file", "mine");
        std::filesystem::create_directory_symlink(victim, m_tree + "/link");
        std::filesystem::create_directory_symlink("../victim/sub", m_tree + "/relative");
        std::filesystem::create_directory(m_tree + "/sub");
        std::filesystem::create_directory_symlink(victim, m_tree + "/sub/link");
        QVERIFY(removeAll(m_tree, any.system).complete());
        QVERIFY(isEmptyFolder(m_tree));
        QCOMPARE(readFile(victim + "/sub/file"), std::string("mine"));
    }

    void hardLinksElsewhereKeepTheirData()
    {
        const Path victim = *m_folder / "victim";
        writeFile(victim, "mine");
        std::filesystem::create_hard_link(victim, m_tree + "/link");
        const Removal removal = removeAll(m_tree);
        QVERIFY(removal.complete());
        QCOMPARE(removal.done.bytes, std::uint64_t{0});
        QCOMPARE(readFile(victim), std::string("mine"));
    }

    void mountsInTheTreeSurvive_data() { addKernels(); }
    void mountsInTheTreeSurvive()
    {
        if (!m_folder->isMounted())
            QSKIP("mounting needs root");
        QFETCH(int, kernel);
        AnySystem any{Kernel(kernel)};
        const Path victim = *m_folder / "victim";
        std::filesystem::create_directories(victim + "/sub");
        writeFile(victim + "/sub/file", "mine");
        for (const char* name : {"/bind", "/other", "/z"})
            std::filesystem::create_directory(m_tree + name);
        writeFile(m_tree + "/z/file", "x");
        // The same file system: the device number is the same on both sides.
        QCOMPARE(mount(victim.c_str(), (m_tree + "/bind").c_str(), nullptr, MS_BIND, nullptr), 0);
        QCOMPARE(mount("tmpfs", (m_tree + "/other").c_str(), "tmpfs", 0, nullptr), 0);
        writeFile(m_tree + "/other/file", "mine too");
        const Removal removal = removeAll(m_tree, any.system);
        QCOMPARE(removal.kept.count, std::uint64_t{2});
        for (const Error& error : removal.kept.list)
            QCOMPARE(error.code, EXDEV);
        QCOMPARE(readFile(victim + "/sub/file"), std::string("mine"));
        QCOMPARE(readFile(m_tree + "/other/file"), std::string("mine too"));
        QVERIFY(!isThere(m_tree + "/z"));
        umount2((m_tree + "/bind").c_str(), MNT_DETACH);
        umount2((m_tree + "/other").c_str(), MNT_DETACH);
        QVERIFY(removeAll(m_tree, any.system).complete());
    }

    void aMountedFileSurvives()
    {
        if (!m_folder->isMounted())
            QSKIP("mounting needs root");
        writeFile(*m_folder / "victim", "mine");
        writeFile(m_tree + "/file", "");
        QCOMPARE(mount((*m_folder / "victim").c_str(), (m_tree + "/file").c_str(), nullptr, MS_BIND, nullptr), 0);
        QCOMPARE(removeAll(m_tree).kept.count, std::uint64_t{1});
        QCOMPARE(readFile(m_tree + "/file"), std::string("mine"));
        umount2((m_tree + "/file").c_str(), MNT_DETACH);
    }

    void withoutAnyMountIdNothingIsEntered()
    {
        class Blind : public OldFiles
        {
        public:
            using OldFiles::OldFiles;
            Result<UniqueFd> open(int dirFd, const char* name, int flags, std::uint32_t mode) override
            {
                if (std::string_view(name).starts_with("/proc/"))
                    return fail("openat", name, ENOENT);
                return OldFiles::open(dirFd, name, flags, mode);
            }
        };
        Blind files(linuxSystem().files);
        OldAttributes attributes(linuxSystem().attributes);
        System blind{files, attributes, linuxSystem().processes, linuxSystem().clock};
        std::filesystem::create_directory(m_tree + "/sub");
        writeFile(m_tree + "/sub/file", "x");
        QCOMPARE(removeAll(m_tree, blind).kept.count, std::uint64_t{1});
        QVERIFY(isThere(m_tree + "/sub/file"));
    }

    void ownDirectoriesWithoutRightsAreOpenedUp_data() { addKernels(); }
    void ownDirectoriesWithoutRightsAreOpenedUp()
    {
        QFETCH(int, kernel);
        AnySystem any{Kernel(kernel)};
        const unsigned user = geteuid() == 0 ? kStranger : 0;
        if (user != 0)
            QCOMPARE(chown(m_tree.c_str(), user, user), 0);
        const int code = inChild(user, [&] {
            for (const unsigned mode : {0000U, 0100U, 0400U, 0500U, 0300U}) {
                const Path outer = m_tree + "/m" + std::to_string(mode);
                std::filesystem::create_directories(outer + "/inner/deep");
                writeFile(outer + "/file", "x");
                writeFile(outer + "/inner/file", "x");
                chmod((outer + "/inner").c_str(), mode);
                chmod(outer.c_str(), mode);
            }
            const Removal removal = removeAll(m_tree, any.system);
            return removal.complete() && isEmptyFolder(m_tree) ? 0 : 1;
        });
        QCOMPARE(code, 0);
    }

    void whatCannotBeRemovedIsToldAndTheRestGoes()
    {
        if (geteuid() != 0)
            QSKIP("needs a second user, so root");
        std::filesystem::create_directories(m_tree + "/theirs/sub");
        writeFile(m_tree + "/theirs/sub/file", "x");
        chmod((m_tree + "/theirs/sub").c_str(), 0755);
        writeFile(m_tree + "/a", "x");
        writeFile(m_tree + "/z", "x");
        QCOMPARE(chown(m_tree.c_str(), kStranger, kStranger), 0);
        const int code = inChild(kStranger, [&] {
            const Removal removal = removeAll(m_tree);
            const bool told = removal.kept.count == 1 && removal.kept.list.at(0).path == m_tree + "/theirs/sub/file" &&
                              removal.kept.list.at(0).code == EACCES;
            return told && removal.done.entries == 2 ? 0 : 1;
        });
        QCOMPARE(code, 0);
        QVERIFY(isThere(m_tree + "/theirs/sub/file"));
        QVERIFY(!isThere(m_tree + "/a"));
        QVERIFY(!isThere(m_tree + "/z"));
    }

    void aDeepTreeNeedsFewDescriptors()
    {
        constexpr int kDepth = 20000;
        const int code = inChild(0, [&] {
            const rlimit few{40, 40};
            setrlimit(RLIMIT_NOFILE, &few);
            int folder = open(m_tree.c_str(), O_RDONLY | O_DIRECTORY);
            for (int i = 0; i < kDepth; ++i) {
                if (mkdirat(folder, "d", 0700) != 0)
                    return 2;
                const int next = openat(folder, "d", O_RDONLY | O_DIRECTORY);
                close(folder);
                folder = next;
            }
            close(folder);
            auto fd = linuxSystem().files.open(kWorkingDirectory, m_tree.c_str(), O_RDONLY | O_DIRECTORY);
            const TreeMeasure measure = measureContents(linuxSystem(), fd->get(), m_tree, nullptr, {}, {});
            if (measure.measure.directories != kDepth || measure.unseen.count != 0)
                return 3;
            const Removal removal = removeAll(m_tree);
            return removal.complete() && removal.done.entries == kDepth && isEmptyFolder(m_tree) ? 0 : 4;
        });
        QCOMPARE(code, 0);
    }

    void aFlatDirectoryOfManyEntriesGoes()
    {
        for (int i = 0; i < 20000; ++i) {
            if (i % 10 == 0)
                std::filesystem::create_directory(m_tree + "/d" + std::to_string(i));
            else
                writeFile(m_tree + "/f" + std::to_string(i), {});
        }
        const Removal removal = removeAll(m_tree);
        QVERIFY(removal.complete());
        QCOMPARE(removal.done.entries, std::uint64_t{20000});
        QVERIFY(isEmptyFolder(m_tree));
    }

    void whatAppearsMeanwhileIsRemovedToo()
    {
        // A file appears in each directory right before its first rmdir.
        class Busy : public ForwardingFiles
        {
        public:
            using ForwardingFiles::ForwardingFiles;
            Result<void> removeDirectory(int dirFd, const char* name) override
            {
                if (m_left-- > 0)
                    (void)open(dirFd, (std::string(name) + "/late").c_str(), O_CREAT | O_WRONLY, 0600);
                return ForwardingFiles::removeDirectory(dirFd, name);
            }
            int m_left = 2;
        };
        Busy files(linuxSystem().files);
        System busy{files, linuxSystem().attributes, linuxSystem().processes, linuxSystem().clock};
        std::filesystem::create_directories(m_tree + "/sub");
        QVERIFY(removeAll(m_tree, busy).complete());
        std::filesystem::create_directories(m_tree + "/sub");
        files.m_left = 1000;
        const Removal removal = removeAll(m_tree, busy);
        QCOMPARE(removal.kept.count, std::uint64_t{1});
        QCOMPARE(removal.kept.list.at(0).code, ENOTEMPTY);
    }

    void aDirectorySwappedForALinkIsNotFollowed_data() { addKernels(); }
    void aDirectorySwappedForALinkIsNotFollowed()
    {
        // The swap happens between the listing and the opening.
        class Swapping : public ForwardingFiles
        {
        public:
            Swapping(Files& below, Path tree, Path victim)
                : ForwardingFiles(below), m_tree(std::move(tree)), m_victim(std::move(victim))
            {}
            Result<UniqueFd> openBeneath(int dirFd, const char* name, int flags, BeneathRules rules) override
            {
                if (std::string_view(name) == "sub") {
                    ::rename((m_tree + "/sub").c_str(), (m_tree + "-away").c_str());
                    std::filesystem::create_directory_symlink(m_victim, m_tree + "/sub");
                }
                return ForwardingFiles::openBeneath(dirFd, name, flags, rules);
            }
            Path m_tree;
            Path m_victim;
        };
        QFETCH(int, kernel);
        AnySystem any{Kernel(kernel)};
        const Path victim = *m_folder / "victim";
        std::filesystem::create_directory(victim);
        writeFile(victim + "/file", "mine");
        std::filesystem::create_directory(m_tree + "/sub");
        Swapping files(any.system.files, m_tree, victim);
        System swapping{files, any.system.attributes, linuxSystem().processes, linuxSystem().clock};
        QVERIFY(removeAll(m_tree, swapping).complete());
        QCOMPARE(readFile(victim + "/file"), std::string("mine"));
        QVERIFY(!isThere(m_tree + "/sub"));
    }

    void stoppingLeavesTheRestForTheNextTime()
    {
        for (int i = 0; i < 100; ++i)
            writeFile(m_tree + "/f" + std::to_string(i), "x");
        std::stop_source stop;
        stop.request_stop();
        auto fd = linuxSystem().files.open(kWorkingDirectory, m_tree.c_str(), O_RDONLY | O_DIRECTORY);
        const Removal stopped = removeContents(linuxSystem(), fd->get(), m_tree, nullptr, stop.get_token(), {});
        QVERIFY(stopped.cancelled);
        QVERIFY(!isEmptyFolder(m_tree));
        QVERIFY(removeAll(m_tree).complete());
        QVERIFY(isEmptyFolder(m_tree));
    }

    void measuringCountsHardLinksOnceAndCrossesNoMount()
    {
        writeFile(m_tree + "/a", std::string(100000, 'a'));
        std::filesystem::create_hard_link(m_tree + "/a", m_tree + "/b");
        std::filesystem::create_directories(m_tree + "/sub");
        writeFile(m_tree + "/sub/c", std::string(5000, 'c'));
        const timespec times[2] = {{2000000000, 0}, {2000000000, 0}};
        utimensat(AT_FDCWD, (m_tree + "/sub/c").c_str(), times, 0);
        struct stat a = {};
        struct stat c = {};
        struct stat sub = {};
        stat((m_tree + "/a").c_str(), &a);
        stat((m_tree + "/sub/c").c_str(), &c);
        stat((m_tree + "/sub").c_str(), &sub);
        auto fd = linuxSystem().files.open(kWorkingDirectory, m_tree.c_str(), O_RDONLY | O_DIRECTORY);
        const TreeMeasure measure = measureContents(linuxSystem(), fd->get(), m_tree, nullptr, {}, {});
        QCOMPARE(measure.measure.files, std::uint64_t{3});
        QCOMPARE(measure.measure.directories, std::uint64_t{1});
        QCOMPARE(measure.measure.bytes, std::uint64_t(a.st_blocks + c.st_blocks + sub.st_blocks) * 512U);
        QCOMPARE(measure.measure.newest, Nanoseconds{2000000000} * kNanosecondsPerSecond);
        QCOMPARE(measure.newestPath, m_tree + "/sub/c");
        QCOMPARE(measure.unseen.count, std::uint64_t{0});
        if (!m_folder->isMounted())
            return;
        QCOMPARE(mount(m_tree.c_str(), (m_tree + "/sub").c_str(), nullptr, MS_BIND, nullptr), 0);
        const TreeMeasure without = measureContents(linuxSystem(), fd->get(), m_tree, nullptr, {}, {});
        QCOMPARE(without.measure.files, std::uint64_t{2});
        QCOMPARE(without.unseen.count, std::uint64_t{1});
        umount2((m_tree + "/sub").c_str(), MNT_DETACH);
    }

private:
    std::unique_ptr<OwnFolder> m_folder;
    Path m_tree;
};

QTEST_GUILESS_MAIN(TestRemoveTree)
#include "tst_remove_tree.moc"
