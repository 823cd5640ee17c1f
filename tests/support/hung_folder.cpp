// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/hung_folder.h"

#include "tests/support/fault_folder.h"
#include "tests/support/mounts.h"
#include "tests/support/run_program.h"

#include <fcntl.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace scratchproof::test {

namespace {

constexpr std::uint64_t kImageBytes = std::uint64_t{16} << 20U;

void openToAll(const Path& folder)
{
    if (chmod(folder.c_str(), 0777) != 0)
        failSetup("chmod " + folder);
}

} // namespace

const std::vector<HangKindName>& hangKinds()
{
    static const std::vector<HangKindName> kinds{
        {HangKind::Frozen, "frozen ext4", "fs-frozen"},
        {HangKind::StoppedDaemon, "stopped daemon", "fuse-daemon-hung"},
        {HangKind::SilentListener, "silent listener", "fanotify-scanner-hang"},
        {HangKind::HungOperation, "hung operation", "fuse-daemon-hung"},
    };
    return kinds;
}

Guard::Guard(std::vector<std::string> command)
{
    // The end of its input is the end of whoever holds the other end.
    Program shell;
    shell.arguments = {"sh", "-c", "trap '' INT TERM HUP; read -r word; exec \"$@\"", "guard"};
    for (auto& word : command)
        shell.arguments.push_back(std::move(word));
    m_shell = std::make_unique<RunningProgram>(shell);
}

void Guard::fire()
{
    if (!m_shell)
        return;
    m_shell->closeInput();
    const auto ended = m_shell->wait();
    m_shell.reset();
    if (ended.timedOut || ended.exitCode != 0)
        throw SetupError("a guard ended with " + std::to_string(ended.exitCode) + ": " + ended.errors);
}

Guard::~Guard()
{
    try {
        fire();
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "%s\n", problem.what());
    }
}

struct HungFolder::Way
{
    virtual ~Way() = default;
    virtual void hang() = 0;
    virtual void release() = 0;
};

struct HungFolder::Freezing final : Way
{
    Freezing(const TemporaryFolder& base, const std::string& name) : store(mountTmpfs(base.makeFolder(name + "-store")))
    {
        mount = mountImage("ext4", store->path() + "/image", kImageBytes, base.makeFolder(name));
        openToAll(mount->path());
    }
    ~Freezing() override { guard.reset(); }
    void hang() override
    {
        // Before it freezes: nothing that happens from here on leaves it so.
        guard = std::make_unique<Guard>(std::vector<std::string>{"fsfreeze", "-u", mount->path()});
        runOrFail({"fsfreeze", "-f", mount->path()});
    }
    void release() override
    {
        guard->fire();
        guard.reset();
    }

    std::unique_ptr<MountedFolder> store;
    std::unique_ptr<MountedFolder> mount;
    std::unique_ptr<Guard> guard;
};

struct HungFolder::Stopping final : Way
{
    Stopping(const TemporaryFolder& base, const std::string& name) : folder(base / name) {}
    void hang() override { ::kill(folder.daemon(), SIGSTOP); }
    void release() override { ::kill(folder.daemon(), SIGCONT); }

    FaultFolder folder;
};

struct HungFolder::Listening final : Way
{
    Listening(const TemporaryFolder& base, const std::string& name)
        : mount(mountTmpfs(base.makeFolder(name), "mode=0777"))
    {}
    void hang() override
    {
        Program program;
        program.arguments = {SCRATCHPROOF_SCANNER, "hang", mount->path()};
        listener = std::make_unique<RunningProgram>(program);
        if (!listener->readLineWith("ready"))
            throw SetupError("the listener did not start: " + listener->wait().errors);
    }
    // The kernel lets everybody pass when the listener is gone.
    void release() override { listener.reset(); }

    std::unique_ptr<MountedFolder> mount;
    std::unique_ptr<RunningProgram> listener;
};

struct HungFolder::Swallowing final : Way
{
    Swallowing(const TemporaryFolder& base, const std::string& name) : folder(base / name) {}
    void hang() override
    {
        for (const char* operation : {"getattr", "statfs", "open", "opendir", "readdir", "create", "mkdir", "unlink",
                                      "rmdir", "rename", "read", "write", "flush", "fsync"})
            folder.hang(operation);
    }
    void release() override { folder.release(); }

    FaultFolder folder;
};

std::unique_ptr<HungFolder::Way> HungFolder::makeWay(HangKind kind, const TemporaryFolder& base,
                                                     const std::string& name)
{
    switch (kind) {
    case HangKind::Frozen:
        return std::make_unique<Freezing>(base, name);
    case HangKind::StoppedDaemon:
        return std::make_unique<Stopping>(base, name);
    case HangKind::SilentListener:
        return std::make_unique<Listening>(base, name);
    case HangKind::HungOperation:
        return std::make_unique<Swallowing>(base, name);
    }
    throw SetupError("no such hang");
}

HungFolder::HungFolder(HangKind kind, const TemporaryFolder& base, const std::string& name)
    : m_path(base / name), m_way(makeWay(kind, base, name))
{}

HungFolder::~HungFolder()
{
    try {
        release();
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "%s was not released: %s\n", m_path.c_str(), problem.what());
    }
}

std::optional<std::string> HungFolder::whyNot(HangKind kind)
{
    if (kind == HangKind::StoppedDaemon || kind == HangKind::HungOperation) {
        if (access("/dev/fuse", R_OK | W_OK) != 0)
            return "there is no /dev/fuse";
    } else if (kind == HangKind::SilentListener) {
        // On a folder that nobody else knows: whoever opens it meanwhile would wait.
        const TemporaryFolder alone;
        const int fd = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC);
        const bool can = fd >= 0 && fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD, alone.path().c_str()) == 0;
        const int code = errno;
        if (fd >= 0)
            close(fd);
        if (!can)
            return std::string("the kernel lets no listener decide (fanotify): ") + std::strerror(code);
    }
    return std::nullopt;
}

void HungFolder::hang()
{
    m_hangs = true;
    m_way->hang();
}

void HungFolder::release()
{
    if (!m_hangs)
        return;
    m_hangs = false;
    m_way->release();
}

} // namespace scratchproof::test
