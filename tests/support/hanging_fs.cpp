// SPDX-License-Identifier: GPL-3.0-or-later

// A FUSE file system for the tests: passes everything through to a folder, and does not answer the operations that it
// was told to hang, until it is told to go on or ends.
//
//   hanging_fs BACKING-FOLDER MOUNT-POINT
//
// Standard input, a command a line:  hang OPERATION     (getattr open create mkdir unlink rmdir rename read write flush
// fsync
//                                    release            opendir readdir statfs) ... and all that hang go on
//                                    fail OPERATION ERRNO-NUMBER
//                                    names LONGEST-IN-BYTES   (a new longer one: ENAMETOOLONG)
// Standard output, a line each:      ready;  hanging OPERATION PATH  (a caller is stuck now);  ok  (a command was
// taken) The end of the input ends it at once, which frees everyone who waits (ECONNABORTED).

#define FUSE_USE_VERSION 312
#include <dirent.h>
#include <fuse3/fuse.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>

namespace {

std::string g_backing; // set before the first operation

class Switches
{
public:
    /// Waits while the operation is to hang; the errno that it is to fail with, or 0.
    int pass(const char* operation, const char* path)
    {
        std::unique_lock lock(m_mutex);
        if (m_hanging.contains(operation)) {
            say(std::string("hanging ") + operation + " " + path);
            m_released.wait(lock, [&] { return !m_hanging.contains(operation); });
        }
        const auto failing = m_failing.find(operation);
        return failing == m_failing.end() ? 0 : failing->second;
    }

    /// ENAMETOOLONG, or 0.
    int judgeName(std::string_view path)
    {
        const std::scoped_lock lock(m_mutex);
        return path.size() - path.rfind('/') - 1 > m_longestName ? ENAMETOOLONG : 0;
    }

    void command(const std::string& line)
    {
        std::istringstream words(line);
        std::string verb;
        std::string operation;
        int code = 0;
        words >> verb >> operation >> code;
        const std::scoped_lock lock(m_mutex);
        if (verb == "hang") {
            m_hanging.insert(operation);
        } else if (verb == "fail") {
            m_failing[operation] = code;
        } else if (verb == "names") {
            m_longestName = std::stoul(operation);
        } else if (verb == "release") {
            m_hanging.clear();
            m_failing.clear();
            m_released.notify_all();
        }
        say("ok");
    }

    static void say(const std::string& line)
    {
        std::printf("%s\n", line.c_str());
        std::fflush(stdout);
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_released;
    std::set<std::string> m_hanging;
    std::map<std::string, int> m_failing;
    std::size_t m_longestName = 255;
};

Switches& switches()
{
    static Switches all;
    return all;
}

std::string backing(const char* path)
{
    return g_backing + path;
}

int answer(int result)
{
    return result == 0 ? 0 : -errno;
}

/// What was made belongs to who asked.
int giveToCaller(const std::string& path)
{
    const fuse_context* caller = fuse_get_context();
    return answer(lchown(path.c_str(), caller->uid, caller->gid));
}

int onGetattr(const char* path, struct stat* status, fuse_file_info*)
{
    if (const int code = switches().pass("getattr", path); code != 0)
        return -code;
    return answer(lstat(backing(path).c_str(), status));
}

int onReadlink(const char* path, char* into, size_t size)
{
    const auto length = readlink(backing(path).c_str(), into, size - 1);
    if (length < 0)
        return -errno;
    into[length] = '\0';
    return 0;
}

int onMkdir(const char* path, mode_t mode)
{
    if (const int code = switches().pass("mkdir", path); code != 0)
        return -code;
    if (const int code = switches().judgeName(path); code != 0)
        return -code;
    const auto real = backing(path);
    return mkdir(real.c_str(), mode) == 0 ? giveToCaller(real) : -errno;
}

int onUnlink(const char* path)
{
    if (const int code = switches().pass("unlink", path); code != 0)
        return -code;
    return answer(unlink(backing(path).c_str()));
}

int onRmdir(const char* path)
{
    if (const int code = switches().pass("rmdir", path); code != 0)
        return -code;
    return answer(rmdir(backing(path).c_str()));
}

int onRename(const char* from, const char* to, unsigned flags)
{
    if (const int code = switches().pass("rename", from); code != 0)
        return -code;
    return answer(renameat2(AT_FDCWD, backing(from).c_str(), AT_FDCWD, backing(to).c_str(), flags));
}

int onChmod(const char* path, mode_t mode, fuse_file_info*)
{
    if (const int code = switches().pass("chmod", path); code != 0)
        return -code;
    return answer(chmod(backing(path).c_str(), mode));
}

int onTruncate(const char* path, off_t size, fuse_file_info*)
{
    return answer(truncate(backing(path).c_str(), size));
}

int keep(int fd, fuse_file_info* info)
{
    if (fd < 0)
        return -errno;
    info->fh = static_cast<uint64_t>(fd);
    return 0;
}

int fdOf(const fuse_file_info* info)
{
    return static_cast<int>(info->fh);
}

int onOpen(const char* path, fuse_file_info* info)
{
    if (const int code = switches().pass("open", path); code != 0)
        return -code;
    return keep(open(backing(path).c_str(), info->flags & ~O_DIRECT), info);
}

int onCreate(const char* path, mode_t mode, fuse_file_info* info)
{
    if (const int code = switches().pass("create", path); code != 0)
        return -code;
    if (const int code = switches().judgeName(path); code != 0)
        return -code;
    const auto real = backing(path);
    const int code = keep(open(real.c_str(), info->flags & ~O_DIRECT, mode), info);
    return code != 0 ? code : giveToCaller(real);
}

int onRead(const char* path, char* into, size_t size, off_t offset, fuse_file_info* info)
{
    if (const int code = switches().pass("read", path); code != 0)
        return -code;
    const auto got = pread(fdOf(info), into, size, offset);
    return got < 0 ? -errno : static_cast<int>(got);
}

int onWrite(const char* path, const char* from, size_t size, off_t offset, fuse_file_info* info)
{
    if (const int code = switches().pass("write", path); code != 0)
        return -code;
    const auto put = pwrite(fdOf(info), from, size, offset);
    return put < 0 ? -errno : static_cast<int>(put);
}

int onStatfs(const char* path, struct statvfs* space)
{
    if (const int code = switches().pass("statfs", path); code != 0)
        return -code;
    return answer(statvfs(backing(path).c_str(), space));
}

int onFlush(const char* path, fuse_file_info*)
{
    return -switches().pass("flush", path);
}

int onRelease(const char*, fuse_file_info* info)
{
    return answer(close(fdOf(info)));
}

int onFsync(const char* path, int, fuse_file_info* info)
{
    if (const int code = switches().pass("fsync", path); code != 0)
        return -code;
    return answer(fsync(fdOf(info)));
}

int onOpendir(const char* path, fuse_file_info*)
{
    return -switches().pass("opendir", path);
}

int onReaddir(const char* path, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info*, fuse_readdir_flags)
{
    if (const int code = switches().pass("readdir", path); code != 0)
        return -code;
    DIR* folder = opendir(backing(path).c_str());
    if (folder == nullptr)
        return -errno;
    while (const dirent* entry = readdir(folder))
        fill(buffer, entry->d_name, nullptr, 0, fuse_fill_dir_flags{});
    closedir(folder);
    return 0;
}

void* onInit(fuse_conn_info*, fuse_config* config)
{
    // Nothing is remembered by the kernel, so that each operation really comes here.
    config->entry_timeout = 0;
    config->attr_timeout = 0;
    config->negative_timeout = 0;
    Switches::say("ready");
    return nullptr;
}

fuse_operations operations()
{
    fuse_operations table{};
    table.init = onInit;
    table.getattr = onGetattr;
    table.readlink = onReadlink;
    table.mkdir = onMkdir;
    table.unlink = onUnlink;
    table.rmdir = onRmdir;
    table.rename = onRename;
    table.chmod = onChmod;
    table.truncate = onTruncate;
    table.open = onOpen;
    table.create = onCreate;
    table.read = onRead;
    table.write = onWrite;
    table.statfs = onStatfs;
    table.flush = onFlush;
    table.release = onRelease;
    table.fsync = onFsync;
    table.opendir = onOpendir;
    table.readdir = onReaddir;
    return table;
}

void obeyCommands()
{
    std::string line;
    while (std::getline(std::cin, line))
        switches().command(line);
    _exit(0);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s BACKING-FOLDER MOUNT-POINT\n", argv[0]);
        return 2;
    }
    g_backing = argv[1];
    umask(0);
    // The default ends the process when it writes to a test that has gone.
    std::signal(SIGPIPE, SIG_DFL);
    const fuse_operations table = operations();
    std::string program = argv[0];
    std::string option = "-o";
    std::string options = "allow_other,default_permissions,fsname=hanging,subtype=hanging";
    char* arguments[] = {program.data(), option.data(), options.data(), nullptr};
    fuse_args fuseArguments{3, arguments, 0};
    fuse* fileSystem = fuse_new(&fuseArguments, &table, sizeof table, nullptr);
    if (fileSystem == nullptr || fuse_mount(fileSystem, argv[2]) != 0)
        return 1;
    std::thread(obeyCommands).detach();
    fuse_loop_config* config = fuse_loop_cfg_create();
    fuse_loop_cfg_set_max_threads(config, 64);
    const int result = fuse_loop_mt(fileSystem, config);
    fuse_unmount(fileSystem);
    return result == 0 ? 0 : 1;
}
