// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/causes/situations.h"

#include <filesystem>

namespace scratchproof::test {

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

/// A shell as root, with "$1" in its script, that goes on as what follows.
std::vector<std::string> afterScript(const std::string& script, const std::string& argument)
{
    return {"unshare", "-m", "--propagation", "private", "sh", "-ec", script + "; shift; exec \"$@\"", "sh", argument};
}

std::vector<std::string> joined(std::vector<std::string> first, const std::vector<std::string>& second)
{
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

/// A container's view: a root of its own (an overlay over ours), marked as an engine does, with our programs in it.
Path container(Stage& stage)
{
    const Path upper = stage.store() + "/upper";
    const Path work = stage.store() + "/work";
    makeFolder(upper, 0755);
    makeFolder(work, 0755);
    const Path root = stage.mountAt(
        stage.base / "root", {"-t", "overlay", "-o", "lowerdir=/,upperdir=" + upper + ",workdir=" + work, "overlay"});
    for (const char* shared : {"/proc", "/sys", "/dev"})
        static_cast<void>(stage.mountAt(root + shared, {"--rbind", shared}));
    for (const char* file : {"/etc/passwd", "/etc/group"})
        static_cast<void>(stage.mountAt(root + file, {"--bind", file}));
    std::filesystem::create_directories(root + stage.programFolder());
    static_cast<void>(stage.mountAt(root + stage.programFolder(), {"--bind", stage.programFolder()}));
    writeFile(root + "/.dockerenv", "");
    return root;
}

std::vector<std::string> inContainer(const Path& root)
{
    const auto user = std::to_string(kOrdinaryUser);
    return {"unshare", "-m", "--propagation", "private", "chroot", "--userspec=" + user + ":" + user, root};
}

Asked readOnlyContainer(Stage& stage)
{
    const Path root = container(stage);
    static_cast<void>(stage.own(root + "/data"));
    runOrFail({"mount", "-n", "-o", "remount,bind,ro", root});
    return {"/data", inContainer(root), std::nullopt};
}

Asked volumeOfAnother(Stage& stage)
{
    const Path root = container(stage);
    const Path volume = stage.folder("volume", 0755, kNamelessUser, kNamelessUser);
    makeFolder(root + "/data", 0755);
    static_cast<void>(stage.mountAt(root + "/data", {"--bind", volume}));
    return {"/data", inContainer(root), std::nullopt};
}

Asked protectedService(Stage& stage)
{
    const Path groups = stage.mountAt(stage.base / "cgroup", {"-t", "cgroup2", "cgroup2"});
    const Path slice = groups + "/scratchproof-causes.slice";
    const Path unit = slice + "/backup.service";
    for (const Path& group : {slice, unit}) {
        makeFolder(group, 0755);
        stage.later([group] {
            if (!eventually([&] { return std::filesystem::remove(group); }))
                throw SetupError(group + " is in use");
        });
    }
    const Path own = stage.own();
    const auto enter = afterScript("echo $$ > \"$1/cgroup.procs\"", unit);
    // As ProtectSystem=strict does.
    const auto protect =
        afterScript("mount -o remount,bind,ro /; mount --bind \"$1\" \"$1\"; mount -o remount,bind,ro \"$1\"", own);
    const auto user = std::to_string(kOrdinaryUser);
    return {own, joined(joined(enter, protect), {"setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--"}),
            std::nullopt};
}

/// As its user: who may not raise the limits of others may not set them either.
void limitOpenFiles(int pid)
{
    Program program;
    program.arguments = {"prlimit", "--pid", std::to_string(pid), "--nofile=4"};
    program.user = kOrdinaryUser;
    if (const auto ended = run(program); ended.exitCode != 0)
        throw SetupError(ended.errors);
}

Asked immutableSystem(Stage& stage)
{
    stage.coverFolder("/run");
    writeFile("/run/ostree-booted", "");
    static_cast<void>(stage.mountAt("/usr", {"--bind", "/usr"}));
    runOrFail({"mount", "-n", "-o", "remount,bind,ro", "/usr"});
    return Path("/usr/share");
}

} // namespace

std::vector<Situation> confinementSituations()
{
    return {
        {"systemd-protectsystem", "", protectedService},
        {"sandbox-ro-bind", "",
         [](Stage& stage) -> Asked {
             const Path own = stage.own();
             return {own, {"bwrap", "--dev-bind", "/", "/", "--ro-bind", own, own, "--"}};
         }},
        {"sandbox-ro-bind", "all but its own",
         [](Stage& stage) -> Asked {
             return {stage.own(), {"bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--"}};
         }},
        {"container-readonly-rootfs", "", readOnlyContainer},
        {"container-uid-mismatch", "", volumeOfAnother},
        {"immutable-os", "", immutableSystem},
        {"landlock-sandbox", "",
         [](Stage& stage) -> Asked {
             return {stage.own(), {stage.tool(SCRATCHPROOF_SANDBOX), "landlock"}};
         }},
        {"seccomp-filter", "",
         [](Stage& stage) -> Asked {
             return {stage.own(), {stage.tool(SCRATCHPROOF_SANDBOX), "seccomp"}};
         }},
        {"fanotify-scanner-deny", "",
         [](Stage& stage) -> Asked {
             const Path place = stage.tmpfs();
             Path own = stage.own(place + "/own");
             static_cast<void>(stage.helper({SCRATCHPROOF_SCANNER, "deny", place}));
             return own;
         }},
        {"userns-root-not-real-root", "",
         [](Stage& stage) -> Asked {
             return {stage.folder("root's", 0755), {"unshare", "-U", "-r", "--"}};
         }},
        {"userns-root-not-real-root", "on the way",
         [](Stage& stage) -> Asked {
             return {stage.own(stage.folder("root's", 0700) + "/own"), {"unshare", "-U", "-r", "--"}};
         }},
        {"process-fd-limit", "",
         [](Stage& stage) -> Asked {
             // UBSan looks at an object's type through a pipe: without a descriptor left it calls every one wrong.
             if (kIsSanitized)
                 throw NotPossibleHere("a sanitized program cannot do without descriptors");
             FaultFolder& folder = stage.hanging();
             const Path own = stage.own(folder.backing() + "/own");
             folder.hang("getattr");
             Asked asked(folder.path() + "/own");
             asked.meanwhile = [&folder](const RunningProgram& program) {
                 if (!folder.waitUntilStuck("getattr"))
                     throw SetupError("nothing was looked at");
                 for (const int prober : childrenOf(program.pid()))
                     limitOpenFiles(prober);
                 folder.release();
             };
             return asked;
         }},
    };
}

} // namespace scratchproof::test
