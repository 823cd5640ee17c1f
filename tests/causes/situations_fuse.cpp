// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/causes/situations.h"

#include <sys/stat.h>

#include <cerrno>
#include <csignal>

namespace scratchproof::test {

namespace {

/// A folder that anybody may write to, on a FUSE file system that refuses one operation.
Asked refusing(Stage& stage, const std::string& operation, int code)
{
    FaultFolder& folder = stage.hanging();
    Path own = stage.own(folder.backing() + "/own");
    folder.failWith(operation, code);
    return folder.path() + "/own";
}

Asked withoutDeleting(Stage& stage)
{
    static_cast<void>(stage.own(stage.base.makeFolder("content") + "/own"));
    static_cast<void>(stage.bindfs(stage.base / "content", {"--delete-deny", "--rename-deny"}));
    return stage.base / "place/own";
}

} // namespace

std::vector<Situation> fuseSituations()
{
    return {
        {"delete-denied-by-server", "", withoutDeleting},
        {"fat-mounted-for-root", "",
         [](Stage& stage) -> Asked {
             const auto device = stage.loopDevice(stage.plainImage(16, {"mkfs.exfat"}));
             return stage.mountAt(stage.base / "place", {"-t", "exfat-fuse", "-o", "uid=0,umask=022", device});
         }},
        {"cifs-local-mode-check", "",
         [](Stage& stage) -> Asked {
             // As FUSE clients of such shares are mounted, and as the kernel's own would be without uid=.
             static_cast<void>(stage.bindfs(stage.base / "content",
                                            {"-u", "root", "-p", "0755", "-o", "fsname=//nas/share,subtype=smbnetfs"}));
             return stage.base / "place";
         }},
        {"fat-mounted-for-root", "ntfs",
         [](Stage& stage) -> Asked {
             const auto device = stage.loopDevice(stage.plainImage(16, {"mkntfs", "-q", "-F", "-Q"}));
             return stage.mountAt(stage.base / "place", {"-t", "ntfs-3g", "-o", "uid=0,umask=022", device});
         }},
        {"fat-mounted-for-root", "ntfs in an image",
         [](Stage& stage) -> Asked {
             const Path image = stage.plainImage(16, {"mkntfs", "-q", "-F", "-Q"});
             const Path place = stage.base.makeFolder("place");
             runOrFail({"ntfs-3g", "-o", "uid=0,umask=022", image, place});
             stage.later([place] { runOrFail({"umount", "-l", place}); });
             return place;
         }},
        {"fuse-other-user", "below",
         [](Stage& stage) -> Asked {
             static_cast<void>(stage.own(stage.base.makeFolder("content") + "/own"));
             static_cast<void>(stage.bindfs(stage.base / "content", {"--no-allow-other"}));
             return stage.base / "place/own";
         }},
        {"fuse-other-user", "",
         [](Stage& stage) -> Asked {
             static_cast<void>(stage.bindfs(stage.base / "content", {"--no-allow-other"}));
             return stage.base / "place";
         }},
        {"fuse-daemon-dead", "",
         [](Stage& stage) -> Asked {
             stage.bindfs(stage.base / "content", {}).signal(SIGKILL);
             const Path place = stage.base / "place";
             const bool dead = eventually([&] {
                 struct stat status
                 {};
                 return stat(place.c_str(), &status) != 0 && errno == ENOTCONN;
             });
             if (!dead)
                 throw SetupError("bindfs goes on");
             return place;
         }},
        {"fuse-daemon-dead", "of ours",
         [](Stage& stage) -> Asked {
             stage.openFuse();
             const Path place = stage.own(stage.base / "place");
             stage.daemon(place, {"bindfs", "-f", "--no-allow-other", stage.own(), place}, kOrdinaryUser)
                 .signal(SIGKILL);
             // Root is not let in to see it.
             const bool dead = eventually([&] {
                 return runAsUser(kOrdinaryUser, [&] {
                            struct stat status
                            {};
                            return stat(place.c_str(), &status) != 0 && errno == ENOTCONN ? 1 : 0;
                        }) == 1;
             });
             if (!dead)
                 throw SetupError("bindfs goes on");
             return place;
         }},
        {"fuse-daemon-dead", "below",
         [](Stage& stage) -> Asked {
             FaultFolder& folder = stage.hanging();
             static_cast<void>(stage.own(folder.backing() + "/own"));
             folder.kill();
             return folder.path() + "/own";
         }},
        {"fuse-daemon-dead", "while it was checked",
         [](Stage& stage) -> Asked {
             FaultFolder& folder = stage.hanging();
             static_cast<void>(stage.own(folder.backing() + "/own"));
             folder.hang("write");
             Asked asked(folder.path() + "/own");
             asked.meanwhile = [&folder](const RunningProgram&) {
                 if (!folder.waitUntilStuck("write"))
                     throw SetupError("nothing was written");
                 folder.kill();
             };
             return asked;
         }},
        {"fuse-policy", "EPERM", [](Stage& stage) { return refusing(stage, "create", EPERM); }},
        {"fuse-policy", "EACCES", [](Stage& stage) { return refusing(stage, "create", EACCES); }},
        {"delete-denied-by-server", "after a rename", [](Stage& stage) { return refusing(stage, "unlink", EACCES); }},
        {"late-writeback-error", "ENOSPC", [](Stage& stage) { return refusing(stage, "fsync", ENOSPC); }},
        {"late-writeback-error", "EDQUOT", [](Stage& stage) { return refusing(stage, "fsync", EDQUOT); }},
        {"late-writeback-error", "", [](Stage& stage) { return refusing(stage, "fsync", EIO); }},
        {"probe-leftover-name-taken", "", [](Stage& stage) { return refusing(stage, "create", EEXIST); }},
    };
}

} // namespace scratchproof::test
