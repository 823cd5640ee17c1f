// SPDX-License-Identifier: GPL-3.0-or-later

// A FUSE file system for the tests: passes everything through to a folder, and does wrong what it was told to do wrong.
//
//   fault_fs BACKING-FOLDER MOUNT-POINT
//
// Commands come in through standard input: fault_switches.h. The end of the input ends it at once, which frees everyone
// who waits (ECONNABORTED).

#define FUSE_USE_VERSION 312
#include "tests/support/fault_power.h"
#include "tests/support/fault_switches.h"

#include <dirent.h>
#include <fuse3/fuse.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

using namespace scratchproof::test;

namespace {

// Both are set before the first operation.
std::string g_backing;
std::unique_ptr<PowerCut> g_power;

FaultSwitches& switches()
{
    static FaultSwitches all;
    return all;
}

/// Lets the switches decide, and does `work` (which gives 0, a count, or a negative errno) where it is to be done.
template <typename Work>
int carryOut(const char* operation, const char* path, Work work)
{
    const Fate fate = switches().enter(operation, path);
    if (fate.instead != 0)
        return -fate.instead;
    if (fate.pretended)
        return 0;
    const int result = work(fate);
    return result >= 0 && fate.after != 0 ? -fate.after : result;
}

/// The same for a new name.
template <typename Work>
int carryOutNaming(const char* operation, const char* path, Work work)
{
    return carryOut(operation, path, [&](const Fate& fate) {
        const int code = switches().judgeName(path);
        const int result = code != 0 ? -code : work(fate);
        if (result == 0)
            g_power->made(path);
        return result;
    });
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

int fdOf(const fuse_file_info* info)
{
    return static_cast<int>(info->fh);
}

int onGetattr(const char* path, struct stat* status, fuse_file_info* info)
{
    return carryOut("getattr", path, [&](const Fate&) {
        return answer(info != nullptr ? fstat(fdOf(info), status) : lstat(backing(path).c_str(), status));
    });
}

int onReadlink(const char* path, char* into, size_t size)
{
    return carryOut("readlink", path, [&](const Fate&) {
        const auto length = readlink(backing(path).c_str(), into, size - 1);
        if (length < 0)
            return -errno;
        into[length] = '\0';
        return 0;
    });
}

int onMkdir(const char* path, mode_t mode)
{
    return carryOutNaming("mkdir", path, [&](const Fate&) {
        const auto real = backing(path);
        return mkdir(real.c_str(), mode) == 0 ? giveToCaller(real) : -errno;
    });
}

int onSymlink(const char* target, const char* path)
{
    return carryOutNaming("symlink", path, [&](const Fate&) {
        const auto real = backing(path);
        return symlink(target, real.c_str()) == 0 ? giveToCaller(real) : -errno;
    });
}

int onLink(const char* from, const char* to)
{
    return carryOutNaming("link", to,
                          [&](const Fate&) { return answer(link(backing(from).c_str(), backing(to).c_str())); });
}

/// Of unlink and rmdir.
template <typename Remove>
int onRemove(const char* operation, const char* path, Remove remove)
{
    return carryOut(operation, path, [&](const Fate&) {
        const int result = answer(remove(backing(path).c_str()));
        if (result == 0)
            g_power->removed(path);
        return result;
    });
}

int onUnlink(const char* path)
{
    return onRemove("unlink", path, unlink);
}

int onRmdir(const char* path)
{
    return onRemove("rmdir", path, rmdir);
}

int onRename(const char* from, const char* to, unsigned flags)
{
    return carryOut("rename", from, [&](const Fate&) {
        const int result = answer(renameat2(AT_FDCWD, backing(from).c_str(), AT_FDCWD, backing(to).c_str(), flags));
        if (result == 0)
            g_power->renamed(from, to);
        return result;
    });
}

int onChmod(const char* path, mode_t mode, fuse_file_info*)
{
    return carryOut("chmod", path, [&](const Fate&) { return answer(chmod(backing(path).c_str(), mode)); });
}

int onChown(const char* path, uid_t uid, gid_t gid, fuse_file_info*)
{
    return carryOut("chown", path, [&](const Fate&) { return answer(lchown(backing(path).c_str(), uid, gid)); });
}

int onUtimens(const char* path, const timespec times[2], fuse_file_info*)
{
    return carryOut("utimens", path, [&](const Fate&) {
        return answer(utimensat(AT_FDCWD, backing(path).c_str(), times, AT_SYMLINK_NOFOLLOW));
    });
}

int onTruncate(const char* path, off_t size, fuse_file_info* info)
{
    return carryOut("truncate", path, [&](const Fate&) {
        return answer(info != nullptr ? ftruncate(fdOf(info), size) : truncate(backing(path).c_str(), size));
    });
}

/// Hands an open file over to the kernel, unless the caller is told that it was refused.
int keep(int fd, fuse_file_info* info, const Fate& fate)
{
    if (fd < 0)
        return -errno;
    if (fate.after != 0)
        close(fd);
    else
        info->fh = static_cast<uint64_t>(fd);
    return 0;
}

int onOpen(const char* path, fuse_file_info* info)
{
    return carryOut("open", path, [&](const Fate& fate) {
        return keep(open(backing(path).c_str(), info->flags & ~O_DIRECT), info, fate);
    });
}

int onCreate(const char* path, mode_t mode, fuse_file_info* info)
{
    return carryOutNaming("create", path, [&](const Fate& fate) {
        const auto real = backing(path);
        const int code = keep(open(real.c_str(), info->flags & ~O_DIRECT, mode), info, fate);
        return code != 0 ? code : giveToCaller(real);
    });
}

int onRead(const char* path, char* into, size_t size, off_t offset, fuse_file_info* info)
{
    return carryOut("read", path, [&](const Fate& fate) {
        const auto got = pread(fdOf(info), into, std::min(size, fate.bytes.value_or(size)), offset);
        if (got < 0)
            return -errno;
        if (fate.flipped && *fate.flipped >= offset && *fate.flipped < offset + got)
            into[*fate.flipped - offset] ^= 1;
        return static_cast<int>(got);
    });
}

int onWrite(const char* path, const char* from, size_t size, off_t offset, fuse_file_info* info)
{
    return carryOut("write", path, [&](const Fate& fate) {
        const auto put = pwrite(fdOf(info), from, std::min(size, fate.bytes.value_or(size)), offset);
        if (put < 0)
            return -errno;
        return static_cast<int>(fate.saysAll ? size : static_cast<size_t>(put));
    });
}

int onStatfs(const char* path, struct statvfs* space)
{
    return carryOut("statfs", path, [&](const Fate&) {
        const int result = answer(statvfs(backing(path).c_str(), space));
        if (const auto told = switches().space(); told && result == 0) {
            space->f_blocks = told->totalBytes / space->f_frsize;
            space->f_bfree = space->f_bavail = told->freeBytes / space->f_frsize;
        }
        return result;
    });
}

int onFlush(const char* path, fuse_file_info*)
{
    return carryOut("flush", path, [](const Fate&) { return 0; });
}

int onRelease(const char* path, fuse_file_info* info)
{
    return carryOut("release", path, [&](const Fate&) { return answer(close(fdOf(info))); });
}

int onFsync(const char* path, int, fuse_file_info* info)
{
    return carryOut("fsync", path, [&](const Fate&) {
        const int result = answer(fsync(fdOf(info)));
        if (result == 0 && path != nullptr)
            g_power->syncedFile(path);
        return result;
    });
}

int onFsyncdir(const char* path, int, fuse_file_info*)
{
    return carryOut("fsyncdir", path, [&](const Fate&) {
        g_power->syncedFolder(path);
        return 0;
    });
}

int onOpendir(const char* path, fuse_file_info*)
{
    return carryOut("opendir", path, [](const Fate&) { return 0; });
}

int onReleasedir(const char* path, fuse_file_info*)
{
    return carryOut("releasedir", path, [](const Fate&) { return 0; });
}

int onReaddir(const char* path, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info*, fuse_readdir_flags)
{
    return carryOut("readdir", path, [&](const Fate&) {
        DIR* folder = opendir(backing(path).c_str());
        if (folder == nullptr)
            return -errno;
        while (const dirent* entry = readdir(folder))
            fill(buffer, entry->d_name, nullptr, 0, fuse_fill_dir_flags{});
        closedir(folder);
        return 0;
    });
}

void* onInit(fuse_conn_info*, fuse_config* config)
{
    // Nothing is remembered by the kernel, so that each operation really comes here.
    config->entry_timeout = 0;
    config->attr_timeout = 0;
    config->negative_timeout = 0;
    // A file that is deleted while it is open is gone, instead of renamed until it is closed.
    config->hard_remove = 1;
    FaultSwitches::say("ready");
    return nullptr;
}

fuse_operations operations()
{
    fuse_operations table{};
    table.init = onInit;
    table.getattr = onGetattr;
    table.readlink = onReadlink;
    table.mkdir = onMkdir;
    table.symlink = onSymlink;
    table.link = onLink;
    table.unlink = onUnlink;
    table.rmdir = onRmdir;
    table.rename = onRename;
    table.chmod = onChmod;
    table.chown = onChown;
    table.utimens = onUtimens;
    table.truncate = onTruncate;
    table.open = onOpen;
    table.create = onCreate;
    table.read = onRead;
    table.write = onWrite;
    table.statfs = onStatfs;
    table.flush = onFlush;
    table.release = onRelease;
    table.fsync = onFsync;
    table.fsyncdir = onFsyncdir;
    table.opendir = onOpendir;
    table.releasedir = onReleasedir;
    table.readdir = onReaddir;
    return table;
}

void obeyCommands()
{
    std::string line;
    while (std::getline(std::cin, line)) {
        if (line == "remember" || line == "cut") {
            line == "cut" ? g_power->cut() : g_power->remember();
            FaultSwitches::say("ok");
        } else if (!switches().obey(line)) {
            FaultSwitches::say("bad command: " + line);
        }
    }
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
    g_power = std::make_unique<PowerCut>(g_backing);
    umask(0);
    // The default ends the process when it writes to a test that has gone.
    std::signal(SIGPIPE, SIG_DFL);
    const fuse_operations table = operations();
    std::string program = argv[0];
    std::string option = "-o";
    std::string options = "allow_other,default_permissions,fsname=fault,subtype=fault";
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
