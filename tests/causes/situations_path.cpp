// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/causes/situations.h"

#include <filesystem>

namespace scratchproof::test {

namespace {

Path link(const Path& target, const Path& name)
{
    std::filesystem::create_symlink(target, name);
    return name;
}

Asked deletedWhileChecked(Stage& stage)
{
    FaultFolder& folder = stage.hanging();
    const Path real = stage.own(folder.backing() + "/own");
    folder.hang("create");
    Asked asked(folder.path() + "/own");
    asked.meanwhile = [&folder, real](const RunningProgram&) {
        if (!folder.waitUntilStuck("create"))
            throw SetupError("nothing was created");
        std::filesystem::remove(real);
        folder.release();
    };
    return asked;
}

Asked deletedWithAProcessInIt(Stage& stage)
{
    const Path own = stage.own();
    Program sleeper;
    sleeper.arguments = {"sleep", "600"};
    sleeper.workingFolder = own;
    sleeper.user = kOrdinaryUser;
    const auto running = std::make_shared<RunningProgram>(sleeper);
    stage.later([running] { running->signal(9); });
    const Path inside = "/proc/" + std::to_string(running->pid()) + "/cwd";
    if (!eventually([&] { return std::filesystem::read_symlink(inside) == own; }))
        throw SetupError("no process is in " + own);
    std::filesystem::remove(own);
    return inside;
}

Asked notMounted(Stage& stage, unsigned user, const std::string& below = "")
{
    const Path point = below.empty() ? stage.folder("drive", 0755, user, user) : below;
    stage.coverFile("/etc/fstab", "/dev/disk/by-uuid/0b5a-scratchproof " + point + " ext4 noauto,user 0 0\n");
    return point;
}

/// A drive that could be mounted, and is not. Its top is the ordinary user's.
Asked notAttached(Stage& stage, const std::string& options)
{
    const Path image = stage.plainImage(16, {"mkfs.ext4", "-qF", "-E", "root_owner=12345:12345"});
    const Path point = stage.folder("drive", 0755);
    stage.coverFile("/etc/fstab", image + " " + point + " ext4 loop,noauto" + options + " 0 0\n");
    stage.later([point] { runOrFail({"umount", "-q", "-l", point}); });
    return point;
}

} // namespace

std::vector<Situation> pathSituations()
{
    return {
        {"path-missing", "", [](Stage& stage) -> Asked { return stage.base / "missing"; }},
        {"path-missing", "below a missing one", [](Stage& stage) -> Asked { return stage.base / "missing/deep"; }},
        {"path-missing", "in a folder of ours", [](Stage& stage) -> Asked { return stage.own() + "/missing/deep"; }},
        {"path-dangling-symlink", "", [](Stage& stage) -> Asked { return link("nowhere", stage.base / "link"); }},
        {"path-dangling-symlink", "in the middle",
         [](Stage& stage) -> Asked { return link("/nowhere/at/all", stage.base / "link") + "/deep"; }},
        {"path-dangling-symlink", "by another",
         [](Stage& stage) -> Asked {
             static_cast<void>(link("nowhere", stage.base / "second"));
             return link("second", stage.base / "first");
         }},
        {"path-symlink-loop", "of two",
         [](Stage& stage) -> Asked {
             static_cast<void>(link("first", stage.base / "second"));
             return link("second", stage.base / "first") + "/deep";
         }},
        {"path-symlink-loop", "", [](Stage& stage) -> Asked { return link("loop", stage.base / "loop"); }},
        {"path-nosymfollow", "",
         [](Stage& stage) -> Asked {
             const Path place = stage.tmpfs("mode=0755,nosymfollow");
             static_cast<void>(stage.own(place + "/real"));
             return link("real", place + "/link");
         }},
        {"path-not-directory", "",
         [](Stage& stage) -> Asked {
             writeFile(stage.base / "file", "content");
             return stage.base / "file/deep";
         }},
        {"path-not-directory", "by a link",
         [](Stage& stage) -> Asked {
             writeFile(stage.base / "file", "content");
             return link("file", stage.base / "link") + "/deep";
         }},
        {"path-symlink-loop", "of ours",
         [](Stage& stage) -> Asked {
             const Path loop = stage.own() + "/loop";
             return link(loop, loop);
         }},
        {"parent-owner-locked-out", "",
         [](Stage& stage) -> Asked { return stage.own(stage.own(stage.base / "closed", 0600) + "/own"); }},
        {"root-home", "", [](Stage&) -> Asked { return Path("/root"); }},
        {"package-store", "",
         [](Stage& stage) -> Asked {
             stage.coverFolder("/nix");
             makeFolder("/nix/store", 0755);
             return Path("/nix/store");
         }},
        {"chromeos-not-shared", "",
         [](Stage& stage) -> Asked {
             stage.coverFolder("/mnt");
             makeFolder("/mnt/chromeos", 0755);
             return Path("/mnt/chromeos/MyFiles");
         }},
        {"parent-no-search", "closed by a chmod, with a list",
         [](Stage& stage) -> Asked {
             const Path closed = stage.folder("home", 0755, kOtherUser, kOtherUser);
             runOrFail({"setfacl", "-m", "u:nobody:rwx", closed});
             runOrFail({"chmod", "700", closed});
             return stage.own(closed + "/own");
         }},
        {"parent-no-search", "for others than a group",
         [](Stage& stage) -> Asked { return stage.own(stage.folder("crew's", 0750, 0, kGroup) + "/own"); }},
        {"parent-no-search", "by an access list",
         [](Stage& stage) -> Asked {
             const Path closed = stage.folder("listed", 0755);
             runOrFail({"setfacl", "-m", "u:ann:rw", closed});
             return stage.own(closed + "/own");
         }},
        {"parent-no-search", "behind a link",
         [](Stage& stage) -> Asked {
             return link(stage.own(stage.base.makeFolder("closed", 0700) + "/own"), stage.base / "link");
         }},
        {"parent-no-search", "behind a link to a link",
         [](Stage& stage) -> Asked {
             static_cast<void>(stage.own(stage.base.makeFolder("closed", 0700) + "/own"));
             static_cast<void>(link("../closed/own", stage.base.makeFolder("links") + "/second"));
             return link("links/second", stage.base / "first");
         }},
        {"parent-no-search", "",
         [](Stage& stage) -> Asked { return stage.own(stage.base.makeFolder("closed", 0700) + "/own"); }},
        {"folder-deleted-underneath", "while it was checked", deletedWhileChecked},
        {"folder-deleted-underneath", "with a process still in it", deletedWithAProcessInIt},
        {"ghost-mountpoint", "ours", [](Stage& stage) { return notMounted(stage, kOrdinaryUser); }, "limited"},
        {"ghost-mountpoint", "root's", [](Stage& stage) { return notMounted(stage, 0); }},
        {"ghost-mountpoint", "an image, for the administrator", [](Stage& stage) { return notAttached(stage, ""); }},
        {"ghost-mountpoint", "an image, for anybody", [](Stage& stage) { return notAttached(stage, ",user"); }},
        {"ghost-mountpoint", "marked",
         [](Stage& stage) -> Asked {
             const Path point = stage.own(stage.image("ext4", 16) + "/drive");
             runOrFail({"chattr", "+i", point});
             stage.later([point] { runOrFail({"chattr", "-i", point}); });
             static_cast<void>(notMounted(stage, 0, point));
             return point;
         }},
        {"ghost-mountpoint", "on another drive, in a folder of it",
         [](Stage& stage) -> Asked {
             const Path point = stage.own(stage.tmpfs() + "/drive");
             static_cast<void>(notMounted(stage, 0, point));
             return stage.own(point + "/deep");
         },
         "limited"},
        {"overmounted", "",
         [](Stage& stage) -> Asked {
             const Path own = stage.own(stage.tmpfs() + "/own");
             static_cast<void>(stage.tmpfs());
             return stage.mountAt(stage.base / "place", {"-t", "tmpfs", "-o", "ro", "tmpfs"});
         }},
        {"pseudo-filesystem", "/proc", [](Stage&) -> Asked { return Path("/proc"); }},
        {"pseudo-filesystem", "/sys", [](Stage&) -> Asked { return Path("/sys"); }},
    };
}

} // namespace scratchproof::test
