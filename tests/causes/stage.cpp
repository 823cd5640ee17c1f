// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/causes/stage.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace scratchproof::test {

namespace {

constexpr long kFuse = 0x65735546; // FUSE_SUPER_MAGIC

constexpr std::string_view kUsers = "root:x:0:0:root:/root:/bin/sh\n"
                                    "ann:x:12345:12345::/nonexistent:/bin/sh\n"
                                    "bea:x:23457:23457::/nonexistent:/bin/sh\n"
                                    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
constexpr std::string_view kGroups = "root:x:0:\n"
                                     "ann:x:12345:\n"
                                     "bea:x:23457:\n"
                                     "crew:x:23456:\n"
                                     "choir:x:23459:bea,ann\n"
                                     "vboxsf:x:998:\n"
                                     "nogroup:x:65534:\n";

std::string trimmed(std::string text)
{
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.pop_back();
    return text;
}

void ensureFolder(const Path& path)
{
    if (!std::filesystem::is_directory(std::filesystem::symlink_status(path)))
        makeFolder(path, 0755);
}

void detach(const Path& mountPoint)
{
    umount2(mountPoint.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
}

} // namespace

Stage::~Stage()
{
    while (!m_undo.empty()) {
        try {
            m_undo.back()();
        } catch (const std::exception& error) {
            std::fprintf(stderr, "could not be undone: %s\n", error.what());
        }
        m_undo.pop_back();
    }
}

Path Stage::own(const Path& path, unsigned mode) const
{
    makeFolder(path, mode);
    changeOwner(path, kOrdinaryUser, kOrdinaryUser);
    return path;
}

Path Stage::folder(std::string_view name, unsigned mode, unsigned user, unsigned group) const
{
    Path path = base.makeFolder(name, mode);
    changeOwner(path, user, group);
    if (chmod(path.c_str(), mode) != 0) // a change of the owner takes setgid away
        failSetup("chmod " + path);
    return path;
}

const Path& Stage::store()
{
    if (m_store.empty())
        m_store = tmpfs("mode=0755,size=1g", "store");
    return m_store;
}

Path Stage::tmpfs(const std::string& options, std::string_view name)
{
    return mountAt(base / name, {"-t", "tmpfs", "-o", options, "tmpfs"});
}

Path Stage::plainImage(std::uint64_t megabytes, std::vector<std::string> make)
{
    Path image = store() + "/image";
    writeFile(image, "", 0600);
    std::filesystem::resize_file(image, megabytes << 20U);
    make.push_back(image);
    runOrFail(std::move(make));
    return image;
}

Path Stage::image(const std::string& type, std::uint64_t megabytes, const std::vector<std::string>& makeArguments,
                  const std::string& options)
{
    std::vector<std::string> make{"mkfs." + type, type == "ext4" ? "-qF" : "-qf"};
    make.insert(make.end(), makeArguments.begin(), makeArguments.end());
    // A device of its own, which is still there after an unmount.
    const auto device = loopDevice(plainImage(megabytes, std::move(make)));
    return mountAt(base / "place", {"-t", type, "-o", options, device});
}

std::string Stage::loopDevice(const Path& image, const std::vector<std::string>& options)
{
    std::vector<std::string> arguments{"losetup", "--find", "--show"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.push_back(image);
    std::string device;
    // Another program may have taken the free one meanwhile.
    const bool made = eventually([&] {
        Program losetup;
        losetup.arguments = arguments;
        const auto ended = run(losetup);
        device = trimmed(ended.output);
        return ended.exitCode == 0;
    });
    if (!made)
        throw SetupError("losetup found no free device");
    later([device] { runOrFail({"losetup", "-d", device}); });
    return device;
}

std::string Stage::memoryDisk(const std::string& size)
{
    if (!std::filesystem::exists("/sys/class/zram-control")) {
        Program module;
        module.arguments = {"modprobe", "zram"};
        static_cast<void>(run(module)); // what it lacks shows below
    }
    std::ifstream adder("/sys/class/zram-control/hot_add");
    std::string number;
    if (!(adder >> number))
        throw NotPossibleHere("no zram in this kernel");
    later([number] {
        const bool removed = eventually([&] {
            std::ofstream remover("/sys/class/zram-control/hot_remove");
            remover << number << std::flush;
            return remover.good();
        });
        if (!removed)
            throw SetupError("zram" + number + " could not be removed");
    });
    std::ofstream("/sys/block/zram" + number + "/disksize") << size;
    return "/dev/zram" + number;
}

Path Stage::mountAt(const Path& folder, std::vector<std::string> arguments)
{
    if (!std::filesystem::exists(folder))
        makeFolder(folder, 0755);
    arguments.insert(arguments.begin(), {"mount", "-n"});
    arguments.push_back(folder);
    runOrFail(std::move(arguments));
    later([folder] { detach(folder); });
    return folder;
}

std::string Stage::deviceNameOf(const Path& mountPoint)
{
    const auto source = trimmed(runOrFail({"findmnt", "-n", "-o", "SOURCE", "--mountpoint", mountPoint}));
    return source.substr(source.rfind('/') + 1);
}

RunningProgram& Stage::daemon(const Path& mountPoint, std::vector<std::string> arguments, std::optional<unsigned> user)
{
    ensureFolder(mountPoint);
    Program program;
    program.arguments = std::move(arguments);
    program.user = user;
    const auto running = std::make_shared<RunningProgram>(program);
    later([running, mountPoint] {
        detach(mountPoint);
        running->signal(SIGKILL);
        static_cast<void>(running->wait());
    });
    const bool mounted = eventually([&] {
        struct statfs status
        {};
        return statfs(mountPoint.c_str(), &status) == 0 && status.f_type == kFuse;
    });
    if (!mounted)
        throw SetupError(program.arguments.front() +
                         " did not mount: " + running->wait(std::chrono::milliseconds(100)).errors);
    return *running;
}

RunningProgram& Stage::bindfs(const Path& content, const std::vector<std::string>& options)
{
    ensureFolder(content);
    const Path place = base / "place";
    std::vector<std::string> arguments{"bindfs", "-f"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(arguments.end(), {content, place});
    return daemon(place, std::move(arguments));
}

FaultFolder& Stage::hanging()
{
    const auto folder = std::make_shared<FaultFolder>(base / "place");
    later([folder] { folder->kill(); });
    return *folder;
}

void Stage::openFuse()
{
    const Path node = base / "fuse";
    if (mknod(node.c_str(), S_IFCHR | 0666, makedev(10, 229)) != 0 || chmod(node.c_str(), 0666) != 0)
        failSetup("mknod " + node);
    static_cast<void>(mountAt("/dev/fuse", {"--bind", node}));
}

RunningProgram& Stage::helper(std::vector<std::string> arguments)
{
    Program program;
    program.arguments = std::move(arguments);
    const auto running = std::make_shared<RunningProgram>(program);
    later([running] {
        running->signal(SIGKILL);
        static_cast<void>(running->wait());
    });
    if (running->readLineWith("ready") == std::nullopt)
        throw SetupError(program.arguments.front() + " did not get ready: " + running->wait().errors);
    return *running;
}

void Stage::coverFile(const Path& path, std::string_view content)
{
    if (!std::filesystem::exists(path)) {
        writeFile(path, "");
        later([path] { std::filesystem::remove(path); });
    }
    const Path ours = base / ("cover" + std::to_string(m_undo.size()));
    writeFile(ours, content);
    static_cast<void>(mountAt(path, {"--bind", ours}));
}

void Stage::coverFolder(const Path& path)
{
    if (!std::filesystem::exists(path)) {
        makeFolder(path, 0755);
        later([path] { std::filesystem::remove(path); });
    }
    static_cast<void>(mountAt(path, {"-t", "tmpfs", "-o", "mode=0755,size=16m", "tmpfs"}));
}

Path Stage::tool(const Path& builtProgram) const
{
    Path copy = base / std::filesystem::path(builtProgram).filename().string();
    std::filesystem::copy_file(builtProgram, copy);
    std::filesystem::permissions(copy, std::filesystem::perms(0755));
    return copy;
}

void useOwnAccounts(Stage& stage)
{
    stage.coverFile("/etc/passwd", kUsers);
    stage.coverFile("/etc/group", kGroups);
}

void writeAccounts()
{
    writeFile("/etc/passwd", kUsers);
    writeFile("/etc/group", kGroups);
    // usermod(8) keeps these two in step.
    writeFile("/etc/shadow", "root:*:19000:0:99999:7:::\nann:*:19000:0:99999:7:::\n", 0600);
    writeFile("/etc/gshadow", "root:*::\nann:*::\nbea:*::\ncrew:*::\nchoir:*::bea,ann\nvboxsf:*::\n", 0600);
}

void findDamage(const Path& mountPoint)
{
    const Path trigger = "/sys/fs/ext4/" + Stage::deviceNameOf(mountPoint) + "/trigger_fs_error";
    std::ofstream file(trigger);
    file << "1" << std::flush;
    if (!file.good())
        throw SetupError("cannot write to " + trigger);
}

std::vector<std::string> asUserWithGroups(const std::string& groups)
{
    const auto user = std::to_string(kOrdinaryUser);
    return {"setpriv", "--reuid", user, "--regid", user, "--groups", groups, "--"};
}

} // namespace scratchproof::test
