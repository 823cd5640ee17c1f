// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fault_folder.h"
#include "tests/support/qt_main.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;
using Names = std::vector<std::string>;

namespace {

/// An open file, closed at the end.
class File
{
public:
    explicit File(const Path& path, int flags = O_RDWR | O_CREAT | O_EXCL)
        : m_fd(open(path.c_str(), flags | O_CLOEXEC, 0600)), m_error(m_fd < 0 ? errno : 0)
    {}
    ~File() { static_cast<void>(closeNow()); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    [[nodiscard]] int error() const { return m_error; }
    [[nodiscard]] int fd() const { return m_fd; }
    int closeNow()
    {
        const int fd = std::exchange(m_fd, -1);
        return fd < 0 || close(fd) == 0 ? 0 : errno;
    }
    [[nodiscard]] ssize_t put(const std::string& text) const { return write(m_fd, text.data(), text.size()); }
    [[nodiscard]] int sync() const { return fsync(m_fd) == 0 ? 0 : errno; }

private:
    int m_fd;
    int m_error;
};

/// errno of creating a file, 0 if it works.
int create(const Path& path)
{
    return File(path).error();
}

int errorOf(int result)
{
    return result == 0 ? 0 : errno;
}

void writeAndSync(const Path& path, const std::string& text)
{
    const File file(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (file.put(text) != static_cast<ssize_t>(text.size()) || file.sync() != 0)
        failSetup("write " + path);
}

void syncFolder(const Path& path)
{
    if (File(path, O_RDONLY | O_DIRECTORY).sync() != 0)
        failSetup("fsync " + path);
}

} // namespace

/// The fault file system does what it is told, and nothing else: whatever stands on it can be believed.
class FaultFsTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<TemporaryFolder> m_base;
    std::unique_ptr<FaultFolder> m_folder;

    [[nodiscard]] Path at(const std::string& name) const { return m_folder->path() + "/" + name; }
    [[nodiscard]] Names backing() const { return namesIn(m_folder->backing()); }

private slots:
    void init()
    {
        m_base = std::make_unique<TemporaryFolder>();
        m_folder = std::make_unique<FaultFolder>(*m_base / "fault");
    }
    void cleanup()
    {
        m_folder.reset();
        m_base.reset();
    }

    void withoutFaultsItIsAFolderLikeAnother()
    {
        writeFile(at("file"), "content");
        QCOMPARE(readFile(at("file")), std::string("content"));
        QCOMPARE(errorOf(rename(at("file").c_str(), at("other").c_str())), 0);
        QCOMPARE(errorOf(mkdir(at("folder").c_str(), 0700)), 0);
        QCOMPARE(errorOf(symlink("other", at("link").c_str())), 0);
        QCOMPARE(errorOf(link(at("other").c_str(), at("second").c_str())), 0);
        QVERIFY(backing() == Names({"folder", "link", "other", "second"}));
        QVERIFY(namesIn(m_folder->path()) == backing());
        QCOMPARE(errorOf(truncate(at("other").c_str(), 3)), 0);
        QCOMPARE(readFile(m_folder->backing() + "/second"), std::string("con"));
        QCOMPARE(errorOf(chmod(at("other").c_str(), 0640)), 0);
        for (const char* name : {"other", "link", "second"})
            QCOMPARE(errorOf(unlink(at(name).c_str())), 0);
        QCOMPARE(errorOf(rmdir(at("folder").c_str())), 0);
        QVERIFY(backing().empty());
        QCOMPARE(m_folder->hits(), std::size_t{0});
    }

    void aFileThatIsDeletedWhileItIsOpenIsGone()
    {
        const File file(at("file"));
        QCOMPARE(file.put("abc"), ssize_t{3});
        QCOMPARE(errorOf(unlink(at("file").c_str())), 0);
        QVERIFY(backing().empty());
        QCOMPARE(file.put("def"), ssize_t{3});
        std::array<char, 8> read{};
        QCOMPARE(pread(file.fd(), read.data(), read.size(), 0), ssize_t{6});
        QCOMPARE(file.sync(), 0);
    }

    void anyOperationFailsWithAnyErrno_data()
    {
        QTest::addColumn<QByteArray>("operation");
        for (const char* name : {"create",   "open",     "write",   "read",   "fsync",   "flush",   "rename",  "unlink",
                                 "mkdir",    "rmdir",    "chmod",   "statfs", "opendir", "readdir", "symlink", "link",
                                 "truncate", "readlink", "utimens", "chown",  "getattr", "fsyncdir"})
            QTest::newRow(name) << QByteArray(name);
    }
    void anyOperationFailsWithAnyErrno()
    {
        QFETCH(QByteArray, operation);
        writeFile(m_folder->backing() + "/file", "text");
        makeFolder(m_folder->backing() + "/folder", 0755);
        const auto attempt = [&]() -> int {
            struct stat status
            {};
            struct statvfs space
            {};
            std::array<char, 16> text{};
            const std::string name = operation.toStdString();
            const Path file = at("file");
            const Path other = at("new");
            if (name == "create")
                return create(other);
            if (name == "open")
                return File(file, O_RDONLY).error();
            if (name == "write")
                return File(file, O_WRONLY).put("x") == 1 ? 0 : errno;
            if (name == "read")
                return read(File(file, O_RDONLY).fd(), text.data(), text.size()) == 4 ? 0 : errno;
            if (name == "fsync")
                return File(file, O_WRONLY).sync();
            if (name == "flush")
                return File(file, O_RDONLY).closeNow();
            if (name == "rename")
                return errorOf(rename(file.c_str(), other.c_str()));
            if (name == "unlink")
                return errorOf(unlink(file.c_str()));
            if (name == "mkdir")
                return errorOf(mkdir(other.c_str(), 0700));
            if (name == "rmdir")
                return errorOf(rmdir(at("folder").c_str()));
            if (name == "chmod")
                return errorOf(chmod(file.c_str(), 0600));
            if (name == "statfs")
                return errorOf(statvfs(file.c_str(), &space));
            if (name == "opendir")
                return File(at("folder"), O_RDONLY | O_DIRECTORY).error();
            if (name == "readdir") {
                std::error_code code;
                static_cast<void>(std::filesystem::directory_iterator(at("folder"), code));
                return code.value();
            }
            if (name == "symlink")
                return errorOf(symlink("x", other.c_str()));
            if (name == "link")
                return errorOf(link(file.c_str(), other.c_str()));
            if (name == "truncate")
                return errorOf(truncate(file.c_str(), 2));
            if (name == "readlink") {
                std::filesystem::create_symlink("x", m_folder->backing() + "/link");
                const bool isRead = readlink(at("link").c_str(), text.data(), text.size()) == 1;
                std::filesystem::remove(m_folder->backing() + "/link");
                return isRead ? 0 : errno;
            }
            if (name == "utimens")
                return errorOf(utimensat(AT_FDCWD, file.c_str(), nullptr, 0));
            if (name == "chown")
                return errorOf(chown(file.c_str(), 1, 1));
            if (name == "fsyncdir")
                return File(at("folder"), O_RDONLY | O_DIRECTORY).sync();
            return errorOf(stat(file.c_str(), &status));
        };
        for (const int code : {EIO, EDQUOT, EXDEV}) {
            m_folder->failWith(operation.toStdString(), code);
            QCOMPARE(attempt(), code);
            QVERIFY(m_folder->hits() > 0);
            m_folder->release();
        }
        QCOMPARE(attempt(), 0);
    }

    void aFaultComesAtTheNthCallOrFromItOn()
    {
        m_folder->on("create", "2", "fail 5");
        QCOMPARE(create(at("1")), 0);
        QCOMPARE(create(at("2")), EIO);
        QCOMPARE(create(at("3")), 0);
        QCOMPARE(m_folder->hits(), std::size_t{1});
        m_folder->release();
        m_folder->on("create", "2+", "fail 5");
        QCOMPARE(create(at("4")), 0);
        QCOMPARE(create(at("5")), EIO);
        QCOMPARE(create(at("6")), EIO);
        m_folder->release();
        QVERIFY(backing() == Names({"1", "3", "4"}));
    }

    void aNameIsMadeAndThenRefused()
    {
        m_folder->on("create", "1", "refuse 1");
        m_folder->on("mkdir", "1", "refuse 17");
        QCOMPARE(create(at("file")), EPERM);
        QCOMPARE(errorOf(mkdir(at("folder").c_str(), 0700)), EEXIST);
        QVERIFY(backing() == Names({"file", "folder"}));
        m_folder->on("unlink", "1", "refuse 5");
        QCOMPARE(errorOf(unlink(at("file").c_str())), EIO);
        QVERIFY(backing() == Names{"folder"});
    }

    void whatIsOnlyPretendedIsNotDone()
    {
        writeFile(at("file"), "x");
        m_folder->on("unlink", "1", "pretend");
        QCOMPARE(errorOf(unlink(at("file").c_str())), 0);
        QVERIFY(backing() == Names{"file"});
    }

    void anAnswerComesLate()
    {
        m_folder->on("mkdir", "1", "delay 400");
        const auto started = std::chrono::steady_clock::now();
        QCOMPARE(errorOf(mkdir(at("folder").c_str(), 0700)), 0);
        QVERIFY(std::chrono::steady_clock::now() - started >= std::chrono::milliseconds(400));
    }

    void whoHangsGoesOnWithAnErrorAndTheRestStays()
    {
        m_folder->on("mkdir", "1+", "fail 30");
        m_folder->hang("create");
        Program program;
        program.arguments = {"sh", "-c", "true > " + at("file") + " || mkdir " + at("folder") + " || echo refused"};
        RunningProgram caller(program);
        QVERIFY(m_folder->waitUntilStuck("create"));
        m_folder->letGo(EROFS);
        QCOMPARE(caller.readLine().value_or(""), std::string("refused"));
        QVERIFY(backing().empty());
        QCOMPARE(create(at("file")), 0);
    }

    void aWriteIsCutShortAndSaysSoOrNot()
    {
        const File file(at("file"));
        m_folder->on("write", "1", "short 3");
        QCOMPARE(file.put("abcdef"), ssize_t{3});
        m_folder->on("write", "1", "torn 2");
        QCOMPARE(file.put("DEFG"), ssize_t{4});
        QCOMPARE(readFile(m_folder->backing() + "/file"), std::string("abcDE"));
    }

    void aBitIsFlippedOnReadingBack()
    {
        writeFile(m_folder->backing() + "/file", "aaaa");
        m_folder->on("read", "1", "flip 2");
        QCOMPARE(readFile(at("file")), std::string("aa`a"));
        QCOMPARE(readFile(m_folder->backing() + "/file"), std::string("aaaa"));
    }

    void freeSpaceIsALie()
    {
        m_folder->tellSpace(1U << 20U, 1ULL << 40U);
        struct statvfs space
        {};
        QCOMPARE(statvfs(m_folder->path().c_str(), &space), 0);
        QCOMPARE(std::uint64_t{space.f_bavail} * space.f_frsize, std::uint64_t{1U << 20U});
        QCOMPARE(std::uint64_t{space.f_blocks} * space.f_frsize, std::uint64_t{1ULL << 40U});
    }

    void callsAreCountedAndListed()
    {
        m_folder->forget();
        QCOMPARE(create(at("a file")), 0);
        QCOMPARE(errorOf(mkdir(at("folder").c_str(), 0700)), 0);
        QCOMPARE(m_folder->count("create"), std::size_t{1});
        const auto seen = m_folder->seen();
        using Call = std::pair<std::string, Path>;
        const auto file = std::find(seen.begin(), seen.end(), Call("create", "/a file"));
        QVERIFY(file != seen.end());
        QVERIFY(std::find(file, seen.end(), Call("mkdir", "/folder")) != seen.end());
        m_folder->forget();
        QCOMPARE(m_folder->count("create"), std::size_t{0});
    }

    void aFolderBecomesALinkAndWhoIsInItStaysInIt()
    {
        makeFolder(m_folder->backing() + "/own", 0777);
        const Path victim = m_base->makeFolder("victim", 0777);
        const int folder = open(at("own").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
        QVERIFY(folder >= 0);
        m_folder->turnIntoLink("own", victim);
        const int file = openat(folder, "file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        QVERIFY(file >= 0);
        close(file);
        close(folder);
        QVERIFY(namesIn(m_folder->backing() + "/own.aside") == Names{"file"});
        QVERIFY(namesIn(victim).empty());
        QVERIFY(std::filesystem::is_symlink(at("own")));
    }

    void aPowerCutTakesWhatWasNotSynced()
    {
        writeFile(at("old"), "as it was");
        writeFile(at("removed"), "still here");
        makeFolder(at("own"), 0777);
        m_folder->remember();
        writeFile(at("old"), "newer, and not synced");
        QCOMPARE(errorOf(unlink(at("removed").c_str())), 0);
        writeFile(at("own/new"), "not synced");
        writeAndSync(at("own/kept"), "synced");
        writeAndSync(at("own/before"), "synced, then renamed");
        QCOMPARE(errorOf(rename(at("own/before").c_str(), at("own/after").c_str())), 0);
        m_folder->cutPower();
        QVERIFY(backing() == Names({"old", "own", "removed"}));
        QVERIFY(namesIn(m_folder->backing() + "/own") == Names({"before", "kept"}));
        QCOMPARE(readFile(at("old")), std::string("as it was"));
        QCOMPARE(readFile(at("own/kept")), std::string("synced"));
        QCOMPARE(readFile(at("own/before")), std::string("synced, then renamed"));
    }

    void aPowerCutLeavesTheNamesThatTheirFolderWasSyncedWith()
    {
        makeFolder(at("own"), 0777);
        makeFolder(at("inner"), 0777);
        writeFile(at("inner/file"), "in a folder that is renamed");
        writeFile(at("own/removed"), "x");
        m_folder->remember();
        QCOMPARE(errorOf(unlink(at("own/removed").c_str())), 0);
        writeFile(at("own/new"), "its name only");
        syncFolder(at("own"));
        QCOMPARE(errorOf(rename(at("inner").c_str(), at("outer").c_str())), 0);
        syncFolder(m_folder->path());
        m_folder->cutPower();
        QVERIFY(backing() == Names({"outer", "own"}));
        QVERIFY(namesIn(m_folder->backing() + "/own") == Names{"new"});
        QCOMPARE(readFile(at("own/new")), std::string());
        QCOMPARE(readFile(at("outer/file")), std::string("in a folder that is renamed"));
    }

    void aDaemonThatDiedIsStartedAgainOnTheSameFolder()
    {
        writeFile(at("file"), "x");
        m_folder->kill();
        QVERIFY(eventually([&] { return create(at("other")) == ENOTCONN; }));
        m_folder->restart();
        QVERIFY(namesIn(m_folder->path()) == Names{"file"});
    }

    void commandsThatAreNoneAreRefused()
    {
        QVERIFY_EXCEPTION_THROWN(m_folder->on("create", "1", "nonsense"), SetupError);
        QVERIFY_EXCEPTION_THROWN(m_folder->on("create", "once", "fail 5"), SetupError);
        QCOMPARE(create(at("file")), 0);
    }
};

SCRATCHPROOF_TEST_MAIN(FaultFsTest, PrivateMounts)
#include "tst_fault_fs.moc"
