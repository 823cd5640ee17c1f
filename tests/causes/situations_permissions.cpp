// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/causes/situations.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace scratchproof::test {

namespace {

/// As udisks makes it, below `top`.
Asked privateToBea(const Path& top)
{
    makeFolder(top + "/bea", 0750);
    runOrFail({"setfacl", "-m", "u:bea:rx", top + "/bea"});
    makeFolder(top + "/bea/STICK", 0755);
    changeOwner(top + "/bea/STICK", kOtherUser, kOtherUser);
    return top + "/bea/STICK";
}

/// As a folder with 65,000 sub-folders would be: making them takes minutes.
Asked fullOfSubfolders(Stage& stage)
{
    const Path image = stage.plainImage(32, {"mkfs.ext4", "-qF", "-O", "^dir_nlink"});
    const Path place = stage.mountAt(stage.base / "place", {"-t", "ext4", "-o", "loop", image});
    struct stat status
    {};
    if (stat(stage.own(place + "/own").c_str(), &status) != 0)
        failSetup("stat");
    runOrFail({"umount", place});
    const auto inode = "<" + std::to_string(status.st_ino) + ">";
    runOrFail({"debugfs", "-w", "-R", "set_inode_field " + inode + " links_count 65000", image});
    return stage.mountAt(place, {"-t", "ext4", "-o", "loop", image}) + "/own";
}

Asked marked(Stage& stage, const std::string& mark)
{
    Path own = stage.own(stage.image("ext4", 16) + "/own");
    runOrFail({"chattr", "+" + mark, own});
    stage.later([own, mark] { runOrFail({"chattr", "-" + mark, own}); });
    return own;
}

Asked encrypted(Stage& stage)
{
    Path own = stage.own(stage.image("ext4", 16, {"-O", "encrypt"}) + "/own");
    runOrFail({"xfs_io", "-c", "set_encpolicy -v 2 0123456789abcdef0123456789abcdef", own});
    return own;
}

} // namespace

std::vector<Situation> permissionSituations()
{
    return {
        {"mode-not-writable", "", [](Stage& stage) -> Asked { return stage.folder("root's", 0755); }},
        {"mode-not-writable", "for our group",
         [](Stage& stage) -> Asked {
             return {stage.folder("crew's", 0755, kOtherUser, kGroup), asUserWithGroups("23456"), std::nullopt};
         }},
        {"mode-not-writable", "nor to be looked at",
         [](Stage& stage) -> Asked { return stage.folder("bea's", 0700, kOtherUser, kOtherUser); }},
        {"mode-not-writable", "shared by a group",
         [](Stage& stage) -> Asked { return stage.folder("shared", 02750, kOtherUser, kGroup); }},
        {"mode-not-writable", "with a list that sleeps",
         [](Stage& stage) -> Asked {
             const Path closed = stage.folder("home", 0755, kOtherUser, kOtherUser);
             runOrFail({"setfacl", "-m", "u:nobody:rwx", closed});
             runOrFail({"chmod", "705", closed});
             return closed;
         }},
        {"mode-not-writable", "of an odd name",
         [](Stage& stage) -> Asked { return stage.folder("$(touch x) '\n\xff -rf", 0755, kOtherUser, kOtherUser); }},
        {"system-folder", "", [](Stage&) -> Asked { return Path("/etc"); }},
        {"system-folder", "/", [](Stage&) -> Asked { return Path("/"); }},
        {"system-folder", "/var/lib", [](Stage&) -> Asked { return Path("/var/lib"); }},
        {"system-folder", "of a powerful group",
         [](Stage& stage) -> Asked {
             stage.coverFolder("/var/log");
             runOrFail({"chown", "root:crew", "/var/log"});
             runOrFail({"chmod", "775", "/var/log"});
             return Path("/var/log");
         }},
        {"ecryptfs-locked", "",
         [](Stage& stage) -> Asked { return stage.own(stage.own(stage.base / "home") + "/Private", 0500); }},
        {"mode-owner-lacks-write", "", [](Stage& stage) -> Asked { return stage.own(0500); }},
        {"owner-class-excludes", "",
         [](Stage& stage) -> Asked { return stage.folder("ours", 0070, kOrdinaryUser, kGroup); }},
        {"dir-write-without-search", "", [](Stage& stage) -> Asked { return stage.own(0600); }},
        {"dir-write-without-search", "for all", [](Stage& stage) -> Asked { return stage.folder("root's", 0766); }},
        {"dir-write-only-dropbox", "root's", [](Stage& stage) -> Asked { return stage.folder("box", 01733); },
         "limited"},
        {"dir-write-only-dropbox", "", [](Stage& stage) -> Asked { return stage.own(0300); }, "limited"},
        {"group-not-active-in-session", "",
         [](Stage& stage) -> Asked { return stage.folder("choir's", 02770, 0, kJoinedGroup); }},
        {"group-not-active-in-session", "of an access list",
         [](Stage& stage) -> Asked {
             Path folder = stage.folder("choir's", 0755);
             runOrFail({"setfacl", "-m", "g:choir:rwx", folder});
             return folder;
         }},
        {"group-missing", "", [](Stage& stage) -> Asked { return stage.folder("crew's", 0770, 0, kGroup); }},
        {"vboxsf-group", "",
         [](Stage& stage) -> Asked {
             stage.coverFolder("/media");
             makeFolder("/media/sf_shared", 0770);
             changeOwner("/media/sf_shared", 0, kVirtualBoxGroup);
             return Path("/media/sf_shared");
         }},
        {"root-without-capability", "",
         [](Stage& stage) -> Asked {
             return {stage.own(), {"setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "--"}, std::nullopt};
         }},
        {"root-without-capability", "on the way",
         [](Stage& stage) -> Asked {
             const Path closed = stage.own(stage.base / "closed", 0700);
             return {stage.own(closed + "/own"),
                     {"setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "--"},
                     std::nullopt};
         }},
        {"fresh-ext4-owned-by-root", "xfs", [](Stage& stage) -> Asked { return stage.image("xfs", 320); }},
        {"fresh-ext4-owned-by-root", "", [](Stage& stage) -> Asked { return stage.image("ext4", 16); }},
        {"lost-and-found", "", [](Stage& stage) -> Asked { return stage.image("ext4", 16) + "/lost+found"; }},
        {"foreign-uid-owner", "",
         [](Stage& stage) -> Asked { return stage.folder("theirs", 0755, kNamelessUser, kNamelessUser); }},
        {"media-dir-of-other-user", "",
         [](Stage& stage) {
             stage.coverFolder("/media");
             return privateToBea("/media");
         }},
        {"media-dir-of-other-user", "/run",
         [](Stage& stage) {
             stage.coverFolder("/run");
             makeFolder("/run/media", 0755);
             return privateToBea("/run/media");
         }},
        {"dir-immutable", "", [](Stage& stage) { return marked(stage, "i"); }},
        {"dir-append-only", "", [](Stage& stage) { return marked(stage, "a"); }},
        {"fscrypt-no-key", "", encrypted},
        {"too-many-links", "", fullOfSubfolders},
    };
}

} // namespace scratchproof::test
