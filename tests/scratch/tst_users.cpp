// SPDX-License-Identifier: GPL-3.0-or-later
// Who uses a scratch directory, with real processes of an ordinary user, on real file systems.
#include "core/scratch/users.h"
#include "core/system/forwarding.h"
#include "tests/support/hung_folder.h"
#include "tests/support/mounts.h"
#include "tests/support/quiet_fork.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QTest>

#include <fcntl.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <sstream>
#include <thread>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

/// As usersOf() tells them, to be compared: "12 open-file".
using Seen = std::vector<std::string>;

std::string line(int pid, Use how)
{
    return std::to_string(pid) + " " + std::string(toString(how));
}

Seen look(const Path& folder, System& system = linuxSystem())
{
    const UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd)
        failSetup("open " + folder);
    Seen seen;
    for (const auto& user : usersOf(system, fd.get(), folder))
        seen.push_back(line(user.pid, user.how));
    return seen;
}

/// The same by an ordinary user, who may look into less.
Seen lookAsOrdinaryUser(const Path& folder)
{
    int ends[2];
    if (pipe(ends) != 0)
        failSetup("pipe");
    const int code = runAsUser(kOrdinaryUser, [&] {
        std::string text;
        for (const auto& one : look(folder))
            text += one + "\n";
        return write(ends[1], text.data(), text.size()) == ssize_t(text.size()) ? 0 : 1;
    });
    close(ends[1]);
    std::string text(4096, '\0');
    const ssize_t count = read(ends[0], text.data(), text.size());
    close(ends[0]);
    if (code != 0 || count < 0)
        throw SetupError("looking failed: " + std::to_string(code));
    std::istringstream lines(text.substr(0, size_t(count)));
    Seen seen;
    for (std::string one; std::getline(lines, one);)
        seen.push_back(one);
    return seen;
}

/// A process of the ordinary user that runs `script` with the directory as $1 and waits for the end of its input.
std::unique_ptr<RunningProgram> start(std::vector<std::string> before, const std::string& script, const Path& folder,
                                      const Path& other = {}, unsigned user = kOrdinaryUser)
{
    Program program;
    program.arguments = std::move(before);
    program.user = user;
    if (user == 0)
        program.user.reset();
    const bool isPython = script.starts_with("import");
    program.arguments.insert(program.arguments.end(), {isPython ? "python3" : "sh", isPython ? "-c" : "-ec"});
    program.arguments.push_back(isPython ? script + "\nprint('ready', flush=True); sys.stdin.read()"
                                         : script + "\necho ready\nread -r end || :");
    if (!isPython)
        program.arguments.emplace_back("sh");
    program.arguments.insert(program.arguments.end(), {folder, other});
    auto running = std::make_unique<RunningProgram>(program);
    if (!running->readLineWith("ready"))
        throw SetupError("'" + script + "' did not start: " + running->wait().errors);
    return running;
}

const std::vector<std::string> kAlone{};
const std::vector<std::string> kOwnMounts{"unshare", "-rm"};
const std::vector<std::string> kOwnRoot{"unshare", "-r"};

struct Way
{
    const char* name;
    std::vector<std::string> before;
    const char* script; // $1: the directory, $2: an empty folder elsewhere
    Use how;
};

const std::vector<Way>& ways()
{
    static const std::vector<Way> all{
        {"works in it", kAlone, "cd \"$1\"", Use::WorkingDirectory},
        {"works below", kAlone, "cd \"$1/sub\"", Use::WorkingDirectory},
        {"has a file open", kAlone, "exec 9<\"$1/file\"", Use::OpenFile},
        {"has an unlinked file open", kAlone, "exec 9>\"$1/gone\"; rm \"$1/gone\"", Use::OpenFile},
        {"works in a removed folder", kAlone, "mkdir \"$1/dir\"; cd \"$1/dir\"; rmdir \"$1/dir\"",
         Use::WorkingDirectory},
        {"has a folder open for its path", kAlone, "import os, sys\nos.open(sys.argv[1] + '/sub', os.O_PATH)",
         Use::OpenFile},
        {"has a file with a newline open", kAlone,
         "import os, sys\nf = open(sys.argv[1] + '/new\\nline (deleted)', 'w')", Use::OpenFile},
        {"runs a program from it", kAlone, "cp \"$(command -v cat)\" \"$1/cat\"; echo ready; exec \"$1/cat\"",
         Use::Executable},
        {"has changed its root into it", kOwnRoot, "import os, sys\nos.chroot(sys.argv[1] + '/sub')",
         Use::RootDirectory},
        {"has mapped a file and closed it", kAlone,
         "import ctypes, os, sys\nc = ctypes.CDLL(None)\nc.mmap.restype = ctypes.c_void_p\n"
         "fd = os.open(sys.argv[1] + '/file', os.O_RDONLY)\n"
         "assert c.mmap(None, 4096, 1, 2, fd, ctypes.c_long(0)) != 2**64 - 1\nos.close(fd)",
         Use::MappedFile},
        {"has mapped a file with a newline", kAlone,
         "import ctypes, os, sys\nc = ctypes.CDLL(None)\nc.mmap.restype = ctypes.c_void_p\n"
         "fd = os.open(sys.argv[1] + '/new\\nline', os.O_RDWR | os.O_CREAT)\nos.write(fd, b'x')\n"
         "assert c.mmap(None, 4096, 1, 2, fd, ctypes.c_long(0)) != 2**64 - 1\nos.close(fd)",
         Use::MappedFile},
        {"works deeper than a path is long", kAlone,
         "import os, sys\nos.chdir(sys.argv[1] + '/sub')\nfor i in range(30): os.mkdir('d' * 200); os.chdir('d' * 200)",
         Use::WorkingDirectory},
        {"works in it, in a namespace that binds it elsewhere", kOwnMounts, "mount --bind \"$1\" \"$2\"; cd \"$2/sub\"",
         Use::WorkingDirectory},
        {"has a file open by a bind mount of the folder above", kOwnMounts,
         "mount --bind \"$1/..\" \"$2\"; exec 9<\"$2/${1##*/}/file\"", Use::OpenFile},
        {"has a file open by a bind mount of a folder below", kOwnMounts,
         "echo x >\"$1/sub/file\"; mount --bind \"$1/sub\" \"$2\"; exec 9<\"$2/file\"", Use::OpenFile},
        {"opened a file before it got its namespace", kAlone,
         "exec 9<\"$1/file\"; exec unshare -rm sh -c 'mount -t tmpfs none /tmp; echo ready; read -r end'",
         Use::OpenFile},
        {"has mapped a file in another namespace", kOwnMounts,
         "import ctypes, os, subprocess, sys\nsubprocess.check_call(['mount', '--bind', sys.argv[1], sys.argv[2]])\n"
         "c = ctypes.CDLL(None)\nc.mmap.restype = ctypes.c_void_p\n"
         "fd = os.open(sys.argv[2] + '/file', os.O_RDONLY)\nassert c.mmap(None, 4096, 1, 2, fd, ctypes.c_long(0)) != "
         "2**64 - 1\nos.close(fd)\nsubprocess.check_call(['umount', '-l', sys.argv[2]])\n"
         "fd = os.open(sys.argv[1] + '/file', os.O_RDONLY)\nassert c.mmap(None, 4096, 1, 2, fd, ctypes.c_long(0)) != "
         "2**64 - 1\nos.close(fd)",
         Use::MappedFile},
        {"has its root in a mount of it", kOwnMounts,
         "import os, subprocess, sys\nsubprocess.check_call(['mount', '--bind', sys.argv[1], sys.argv[2]])\n"
         "os.chroot(sys.argv[2])",
         Use::RootDirectory},
        {"works in it below a root of its own", kOwnMounts,
         "import os, subprocess, sys\nsubprocess.check_call(['mount', '--bind', sys.argv[1] + '/..', sys.argv[2]])\n"
         "os.chroot(sys.argv[2])\nos.chdir('/' + os.path.basename(sys.argv[1]))",
         Use::WorkingDirectory},
        {"has only bound it elsewhere", kOwnMounts, "mount --bind \"$1\" \"$2\"", Use::Mount},
        {"has bound a file of it elsewhere", kOwnMounts, ">\"$2/point\"; mount --bind \"$1/file\" \"$2/point\"",
         Use::Mount},
        {"has mounted something in it", kOwnMounts, "mount -t tmpfs none \"$1/sub\"", Use::Mount},
        {"has an overlay with a layer in it", kOwnMounts,
         "mount -t tmpfs none \"$2\"; mkdir \"$2/up\" \"$2/work\" \"$2/all\";"
         "mount -t overlay overlay -o \"lowerdir=$1/sub,upperdir=$2/up,workdir=$2/work,userxattr\" \"$2/all\"",
         Use::Mount},
    };
    return all;
}

} // namespace

class TestUsers : public QObject
{
    Q_OBJECT

    std::unique_ptr<TemporaryFolder> m_base;
    std::vector<std::unique_ptr<MountedFolder>> m_mounts;
    std::map<std::string, Path> m_work; // by file system
    int m_count = 0;

    /// A new directory of the ordinary user on that file system, with something in it.
    Path make(const std::string& fileSystem, const std::string& name = "scratch")
    {
        const Path above = joinPath(m_work.at(fileSystem), "u" + std::to_string(++m_count));
        const Path folder = joinPath(above, name);
        for (const Path& path : {above, folder, joinPath(folder, "sub")}) {
            makeFolder(path, 0755);
            changeOwner(path, kOrdinaryUser, kOrdinaryUser);
        }
        writeFile(joinPath(folder, "file"), "content");
        return folder;
    }

    Path elsewhere()
    {
        const Path path = m_base->makeFolder("elsewhere" + std::to_string(++m_count));
        changeOwner(path, kOrdinaryUser, kOrdinaryUser);
        return path;
    }

private slots:
    void initTestCase()
    {
        m_base = std::make_unique<TemporaryFolder>();
        m_mounts.push_back(mountTmpfs(m_base->makeFolder("tmpfs")));
        m_work["tmpfs"] = *m_base / "tmpfs";
        constexpr std::uint64_t kMiB = 1U << 20U;
        m_mounts.push_back(mountTmpfs(m_base->makeFolder("images")));
        m_mounts.push_back(mountImage("ext4", *m_base / "images/ext4", 64 * kMiB, m_base->makeFolder("ext4")));
        m_work["ext4"] = *m_base / "ext4";
        m_mounts.push_back(mountImage("btrfs", *m_base / "images/btrfs", 160 * kMiB, m_base->makeFolder("btrfs")));
        runOrFail({"btrfs", "subvolume", "create", *m_base / "btrfs/subvolume"});
        m_work["btrfs"] = *m_base / "btrfs/subvolume";
        // The same subvolume by a mount of its own.
        m_mounts.push_back(std::make_unique<MountedFolder>("btrfs", deviceOf(*m_base / "btrfs"),
                                                           m_base->makeFolder("second"), "subvol=subvolume"));
    }
    void cleanupTestCase()
    {
        while (!m_mounts.empty())
            m_mounts.pop_back();
        m_base.reset();
    }

    static Path deviceOf(const Path& mountPoint)
    {
        auto device = runOrFail({"findmnt", "-no", "SOURCE", mountPoint});
        device.erase(device.find_first_of("[\n"));
        return device;
    }

    void whoUsesItIsSeen_data()
    {
        QTest::addColumn<int>("way");
        QTest::addColumn<QString>("fileSystem");
        for (const auto& [fileSystem, work] : m_work) {
            for (std::size_t i = 0; i < ways().size(); ++i)
                QTest::addRow("%s, %s", ways()[i].name, fileSystem.c_str()) << int(i) << fileSystem.c_str();
        }
    }
    /// By an ordinary user; and before, and after, nobody is.
    void whoUsesItIsSeen()
    {
        QFETCH(int, way);
        QFETCH(QString, fileSystem);
        const Path folder = make(fileSystem.toStdString());
        const Way& how = ways()[std::size_t(way)];
        QCOMPARE(lookAsOrdinaryUser(folder), Seen{});
        {
            const auto process = start(how.before, how.script, folder, elsewhere());
            if (how.how == Use::Executable) {
                process->send("it runs\n");
                QVERIFY(process->readLineWith("it runs"));
            }
            QCOMPARE(lookAsOrdinaryUser(folder), Seen{line(process->pid(), how.how)});
            QCOMPARE(look(folder), Seen{line(process->pid(), how.how)});
        }
        QCOMPARE(lookAsOrdinaryUser(folder), Seen{});
    }

    void strangeNamesAreNoObstacle_data()
    {
        QTest::addColumn<QByteArray>("name");
        for (const char* name : {"new\nline", "gone (deleted)", "back\\slash\\012", "a b\tc", "caf\xe9", "deleted"})
            QTest::addRow("%s", displayPath(name).c_str()) << QByteArray(name);
    }
    void strangeNamesAreNoObstacle()
    {
        QFETCH(QByteArray, name);
        const Path folder = make("ext4", name.toStdString());
        QCOMPARE(lookAsOrdinaryUser(folder), Seen{});
        for (const Way& way : ways()) {
            if (std::strstr(way.name, "overlay") != nullptr)
                continue; // mount(8) takes no such name apart
            const auto process = start(way.before, way.script, folder, elsewhere());
            if (way.how == Use::Executable) {
                process->send("it runs\n");
                QVERIFY(process->readLineWith("it runs"));
            }
            const auto seen = lookAsOrdinaryUser(folder);
            if (seen != Seen{line(process->pid(), way.how)})
                QFAIL(way.name);
            removeAll(folder);
            makeFolder(folder, 0755);
            makeFolder(joinPath(folder, "sub"), 0755);
            changeOwner(folder, kOrdinaryUser, kOrdinaryUser);
            changeOwner(joinPath(folder, "sub"), kOrdinaryUser, kOrdinaryUser);
            writeFile(joinPath(folder, "file"), "content");
        }
    }

    /// btrfs numbers its subvolumes as devices of their own; mountinfo and maps do not.
    void aSecondMountOfTheSubvolumeIsSeen()
    {
        const Path folder = make("btrfs");
        const Path below = folder.substr(m_work["btrfs"].size());
        const auto process = start(kAlone, "cd \"$1\"", *m_base / "second" + below);
        const auto mapper = start(kAlone, ways()[9].script, *m_base / "second" + below);
        QCOMPARE(lookAsOrdinaryUser(folder), Seen{line(process->pid(), Use::WorkingDirectory)});
        process->closeInput();
        QVERIFY(!process->wait().timedOut);
        QCOMPARE(lookAsOrdinaryUser(folder), Seen{line(mapper->pid(), Use::MappedFile)});
    }

    void aBindMountOfOurOwnIsUse()
    {
        const Path folder = make("ext4");
        const Path point = elsewhere();
        QCOMPARE(mount(joinPath(folder, "sub").c_str(), point.c_str(), nullptr, MS_BIND, nullptr), 0);
        QCOMPARE(lookAsOrdinaryUser(folder), Seen{line(0, Use::Mount)});
        QCOMPARE(umount2(point.c_str(), 0), 0);
        // The folder above, bound elsewhere, shows it and is no use of it.
        QCOMPARE(mount(joinPath(folder, "..").c_str(), point.c_str(), nullptr, MS_BIND, nullptr), 0);
        QCOMPARE(lookAsOrdinaryUser(folder), Seen{});
        const auto process = start(kAlone, "cd \"$1/scratch\"", point);
        QCOMPARE(lookAsOrdinaryUser(folder), Seen{line(process->pid(), Use::WorkingDirectory)});
        QCOMPARE(umount2(point.c_str(), MNT_DETACH), 0);
    }

    void aLoopDeviceIsUse()
    {
        const Path folder = make("ext4");
        writeFile(folder + "/disk image", std::string(65536, '\0'));
        auto device = runOrFail({"losetup", "-f", "--show", folder + "/disk image"});
        device.erase(device.find('\n'));
        const auto seen = lookAsOrdinaryUser(folder);
        runOrFail({"losetup", "-d", device});
        QCOMPARE(seen, Seen{line(0, Use::LoopDevice)});
        QCOMPARE(lookAsOrdinaryUser(folder), Seen{});
    }

    void aSwapFileIsUse()
    {
        const Path folder = make("tmpfs", "s p");
        class Swapping : public ForwardingFiles
        {
        public:
            using ForwardingFiles::ForwardingFiles;
            Path swaps;
            Result<UniqueFd> open(int dirFd, const char* name, int flags, std::uint32_t mode) override
            {
                return ForwardingFiles::open(dirFd, std::strcmp(name, "/proc/swaps") == 0 ? swaps.c_str() : name, flags,
                                             mode);
            }
        } files{linuxSystem().files};
        files.swaps = *m_base / "swaps";
        System system{files, linuxSystem().attributes, linuxSystem().processes, linuxSystem().clock};
        const std::string head = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
        const Path escaped = parentPath(folder) + "/s\\040p";
        writeFile(files.swaps, head + escaped + "/sw\\134ap                 file\t\t1024\t\t0\t\t-2\n");
        QCOMPARE(look(folder, system), Seen{line(0, Use::SwapFile)});
        writeFile(files.swaps, head + escaped + "2/swap file\t\t1024\t\t0\t\t-2\n/dev/sda2 partition 1 0 -3\n");
        QCOMPARE(look(folder, system), Seen{});
    }

    /// proc(5): /proc/PID is empty once the first thread has ended.
    void aProcessWhoseFirstThreadHasEndedIsSeen()
    {
        const Path folder = make("ext4");
        const pid_t child = quietFork();
        if (child == 0) {
            if (chdir(folder.c_str()) != 0)
                _exit(1);
            std::thread([] { pause(); }).detach();
            pthread_exit(nullptr);
        }
        Seen seen;
        for (int i = 0; i < 200 && std::filesystem::exists("/proc/" + std::to_string(child) + "/cwd"); ++i)
            QTest::qWait(10);
        seen = look(folder);
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        QCOMPARE(seen, Seen{line(child, Use::WorkingDirectory)});
    }

    // What is not use.

    void neighboursAreNotTakenForUsers_data()
    {
        QTest::addColumn<QString>("script");
        QTest::addColumn<bool>("ownMounts");
        QTest::addRow("the folder above") << "cd \"$1/..\"; exec 9<." << false;
        QTest::addRow("a sibling whose name goes on") << "mkdir \"$1-2\"; cd \"$1-2\"; echo x >f; exec 9<f" << false;
        QTest::addRow("a sibling that looks removed")
            << "mkdir \"$1 (deleted)\"; cd \"$1 (deleted)\"; echo x >f; exec 9<f" << false;
        QTest::addRow("a removed sibling") << "mkdir \"$1-2\"; cd \"$1-2\"; exec 9>f; rm -r \"$1-2\"" << false;
        QTest::addRow("an earlier one of the same name")
            << "mv \"$1\" \"$1-now\"; mkdir -p \"$1/sub\"; cd \"$1/sub\"; rm -r \"$1\"; mv \"$1-now\" \"$1\"" << false;
        QTest::addRow("the same name on another file system")
            << "mount -t tmpfs none \"$1/..\"; mkdir \"$1\"; cd \"$1\"; echo x >f; exec 9<f 8<." << true;
        QTest::addRow("the same name, another folder of its file system")
            << "mkdir -p \"$1-other/scratch\"; mount --bind \"$1-other\" \"$1/..\"; cd \"$1\"; echo x >f; exec 9<f 8<."
            << true;
        QTest::addRow("a namespace of its own") << "cd /; exec 9</etc/passwd" << true;
        QTest::addRow("a socket, a pipe and memory")
            << "import os, socket, sys\na = socket.socketpair()\nb = os.pipe()\nc = os.memfd_create(sys.argv[1])"
            << false;
    }
    void neighboursAreNotTakenForUsers()
    {
        QFETCH(QString, script);
        QFETCH(bool, ownMounts);
        for (const auto& [fileSystem, work] : m_work) {
            const Path folder = make(fileSystem);
            const auto process = start(ownMounts ? kOwnMounts : kAlone, script.toStdString(), folder, elsewhere());
            QCOMPARE(lookAsOrdinaryUser(folder), Seen{});
            QCOMPARE(look(folder), Seen{});
        }
    }

    /// Mapped, of the same name, and on the same file system: only the inode tells.
    void aMappedFileOfTheSameNameElsewhereIsNotUse()
    {
        const Path folder = make("ext4");
        const auto process = start(kOwnMounts,
                                   "import ctypes, os, subprocess, sys\nw = sys.argv[1]\n"
                                   "os.makedirs(w + '-other/scratch')\n"
                                   "open(w + '-other/scratch/file', 'w').write('x')\n"
                                   "subprocess.check_call(['mount', '--bind', w + '-other', os.path.dirname(w)])\n"
                                   "c = ctypes.CDLL(None)\nc.mmap.restype = ctypes.c_void_p\n"
                                   "fd = os.open(w + '/file', os.O_RDONLY)\n"
                                   "assert c.mmap(None, 4096, 1, 2, fd, ctypes.c_long(0)) != 2**64 - 1\nos.close(fd)",
                                   folder);
        QCOMPARE(lookAsOrdinaryUser(folder), Seen{});
    }

    void theSameInodeOfAnotherFileSystemIsNotUse()
    {
        const Path folder = make("tmpfs");
        struct stat ours = {};
        QCOMPARE(stat(folder.c_str(), &ours), 0);
        const auto other = mountTmpfs(m_base->makeFolder("twin"), "mode=0777");
        struct stat theirs = {};
        Path twin;
        for (int i = 0; i < 5000 && theirs.st_ino != ours.st_ino; ++i) {
            twin = joinPath(other->path(), "t" + std::to_string(i));
            makeFolder(twin, 0777);
            QCOMPARE(stat(twin.c_str(), &theirs), 0);
        }
        QCOMPARE(theirs.st_ino, ours.st_ino);
        const auto process = start(kAlone, "cd \"$1\"; exec 9<.", twin);
        QCOMPARE(lookAsOrdinaryUser(folder), Seen{});
    }

    /// Nor is it waited for.
    void whatIsOpenOnADeadMountIsNotTouched()
    {
        if (const auto why = HungFolder::whyNot(HangKind::StoppedDaemon))
            QSKIP(why->c_str());
        const Path folder = make("ext4");
        HungFolder dead(HangKind::StoppedDaemon, *m_base, "dead");
        // Our own is the user of what is not dead, so that the look is known to come by.
        const auto process = start(kAlone, "cd \"$1\"; echo x >f; exec 9<f 8<.", dead.path(), {}, 0);
        const auto user = start(kAlone, "cd \"$1\"", folder);
        dead.hang();
        QElapsedTimer timer;
        timer.start();
        const auto seen = look(folder);
        const UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        const bool lies = liesIn(linuxSystem(), fd.get(), folder, dead.path());
        const auto took = timer.elapsed();
        dead.release();
        QCOMPARE(seen, Seen{line(user->pid(), Use::WorkingDirectory)});
        QVERIFY(!lies);
        QVERIFY2(took < 5000, std::to_string(took).c_str());
    }

    /// A prober looks, as we do; what holds the lock is a user.
    void anotherProberIsNotAUserUnlessItWorksThere()
    {
        const Path folder = make("ext4");
        const Path self = std::filesystem::read_symlink("/proc/self/exe");
        const auto begin = [&](const char* word, const Path& working) {
            Program program;
            program.arguments = {self, word, folder + "/file"};
            program.workingFolder = working;
            auto running = std::make_unique<RunningProgram>(program);
            if (!running->readLineWith("ready"))
                throw SetupError("not started: " + running->wait().errors);
            return running;
        };
        const auto prober = begin("prober", "/");
        QCOMPARE(look(folder), Seen{});
        const auto holder = begin("hold-lock", "/");
        QCOMPARE(look(folder), Seen{line(holder->pid(), Use::OpenFile)});
        holder->closeInput();
        QVERIFY(!holder->wait().timedOut);
        const auto worker = begin("prober", folder);
        QCOMPARE(look(folder), Seen{line(worker->pid(), Use::WorkingDirectory)});
        worker->closeInput();
        QVERIFY(!worker->wait().timedOut);
        const auto other = start(kAlone,
                                 "exec python3 -c 'import sys; print(\"ready\", flush=True); sys.stdin.read()'"
                                 " prober 9<\"$1/file\"",
                                 folder);
        QCOMPARE(look(folder), Seen{line(other->pid(), Use::OpenFile)});
    }

    void noMoreThanAskedForAreTold()
    {
        const Path folder = make("ext4");
        const auto one = start(kAlone, "cd \"$1\"", folder);
        const auto two = start(kAlone, "cd \"$1\"", folder);
        const UniqueFd fd(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        QCOMPARE(usersOf(linuxSystem(), fd.get(), folder).size(), std::size_t{2});
        QCOMPARE(usersOf(linuxSystem(), fd.get(), folder, 1).size(), std::size_t{1});
        QCOMPARE(usersOf(linuxSystem(), fd.get(), folder)[0].name, std::string("sh"));
    }

    void whatLiesInItIsToldFromWhatDoesNot()
    {
        for (const auto& [fileSystem, work] : m_work) {
            const Path folder = make(fileSystem);
            const Path point = elsewhere();
            const UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            const auto lies = [&](const Path& other) { return liesIn(linuxSystem(), fd.get(), folder, other); };
            QVERIFY(lies(folder));
            QVERIFY(lies(folder + "/sub"));
            QVERIFY(!lies(parentPath(folder)));
            QVERIFY(!lies("/"));
            makeFolder(folder + "-2", 0755);
            QVERIFY(!lies(folder + "-2"));
            QVERIFY(!lies(point));
            QCOMPARE(mount(folder.c_str(), point.c_str(), nullptr, MS_BIND, nullptr), 0);
            QVERIFY(lies(point));
            QVERIFY(lies(point + "/sub"));
            QCOMPARE(umount2(point.c_str(), MNT_DETACH), 0);
            QVERIFY(!lies(point));
            // What is mounted in it is in it, too.
            QCOMPARE(mount(point.c_str(), (folder + "/sub").c_str(), nullptr, MS_BIND, nullptr), 0);
            QVERIFY(lies(folder + "/sub"));
            QVERIFY(!lies(point));
            QCOMPARE(umount2((folder + "/sub").c_str(), MNT_DETACH), 0);
            // Another folder is mounted over the one above: what has its name now is not in it.
            makeFolder(point + "/scratch", 0755);
            QCOMPARE(mount(point.c_str(), parentPath(folder).c_str(), nullptr, MS_BIND, nullptr), 0);
            QVERIFY(!lies(folder));
            QCOMPARE(umount2(parentPath(folder).c_str(), MNT_DETACH), 0);
        }
    }
};

int main(int argc, char** argv)
{
    if (argc == 3 && (std::strcmp(argv[1], "prober") == 0 || std::strcmp(argv[1], "hold-lock") == 0)) {
        const UniqueFd held(open(argv[2], O_RDONLY | O_CLOEXEC));
        std::puts("ready");
        std::fflush(stdout);
        char byte = 0;
        return held && read(0, &byte, 1) == 0 ? 0 : 1;
    }
    if (const int code = prepare(Needs::PrivateMounts); code != 0)
        return code;
    QCoreApplication application(argc, argv);
    TestUsers test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_users.moc"
