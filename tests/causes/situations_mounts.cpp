// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/causes/situations.h"

namespace scratchproof::test {

namespace {

Asked damaged(Stage& stage, const std::string& policy)
{
    const Path place = stage.image("ext4", 32, {}, "errors=" + policy);
    const Path own = stage.own(place + "/own");
    findDamage(place);
    return own;
}

Asked shutDown(Stage& stage, const std::string& type, std::uint64_t megabytes)
{
    const Path place = stage.image(type, megabytes);
    const Path own = stage.own(place + "/own");
    runOrFail({"xfs_io", "-x", "-c", "shutdown", place});
    return own;
}

Asked withoutUpper(Stage& stage)
{
    const Path lower = stage.base.makeFolder("lower");
    static_cast<void>(stage.own(lower + "/own"));
    return stage.mountAt(
               stage.base / "place",
               {"-t", "overlay", "-o", "lowerdir=" + lower + ":" + stage.base.makeFolder("lower2"), "overlay"}) +
           "/own";
}

Asked readOnlySubvolume(Stage& stage)
{
    const Path place = stage.image("btrfs", 128);
    runOrFail({"btrfs", "-q", "subvolume", "create", place + "/snapshot"});
    const Path own = stage.own(place + "/snapshot/own");
    runOrFail({"btrfs", "property", "set", "-ts", place + "/snapshot", "ro", "true"});
    return own;
}

} // namespace

std::vector<Situation> mountSituations()
{
    return {
        {"mount-readonly-flag", "",
         [](Stage& stage) -> Asked {
             const Path own = stage.own();
             static_cast<void>(stage.mountAt(own, {"--bind", own}));
             runOrFail({"mount", "-n", "-o", "remount,bind,ro", own});
             return own;
         }},
        {"superblock-readonly", "",
         [](Stage& stage) -> Asked {
             const auto device = stage.loopDevice(stage.plainImage(16, {"mkfs.ext4", "-qF"}));
             const Path place = stage.mountAt(stage.base / "place", {"-t", "ext4", device});
             const Path own = stage.own(place + "/own");
             runOrFail({"umount", place});
             runOrFail({"mount", "-n", "-t", "ext4", "-o", "ro", device, place});
             return own;
         }},
        {"superblock-readonly", "xfs, mounted anew",
         [](Stage& stage) -> Asked {
             const Path place = stage.image("xfs", 320);
             const Path own = stage.own(place + "/own");
             runOrFail({"mount", "-n", "-o", "remount,ro", place});
             return own;
         }},
        {"superblock-readonly", "btrfs, mounted anew",
         [](Stage& stage) -> Asked {
             const Path place = stage.image("btrfs", 128);
             const Path own = stage.own(place + "/own");
             runOrFail({"mount", "-n", "-o", "remount,ro", place});
             return own;
         }},
        {"superblock-readonly", "exfat",
         [](Stage& stage) -> Asked {
             const auto device = stage.loopDevice(stage.plainImage(16, {"mkfs.exfat"}));
             return stage.mountAt(stage.base / "place",
                                  {"-t", "exfat-fuse", "-o", "ro,uid=12345,gid=12345,umask=022", device});
         }},
        {"superblock-readonly", "ntfs",
         [](Stage& stage) -> Asked {
             const auto device = stage.loopDevice(stage.plainImage(16, {"mkntfs", "-q", "-F", "-Q"}));
             return stage.mountAt(stage.base / "place",
                                  {"-t", "ntfs-3g", "-o", "ro,uid=12345,gid=12345,umask=022", device});
         }},
        {"superblock-readonly", "ntfs in an image",
         [](Stage& stage) -> Asked {
             const Path image = stage.plainImage(16, {"mkntfs", "-q", "-F", "-Q"});
             const Path place = stage.base.makeFolder("place");
             runOrFail({"ntfs-3g", "-o", "ro,uid=12345,gid=12345,umask=022", image, place});
             stage.later([place] { runOrFail({"umount", "-l", place}); });
             return place;
         }},
        {"fs-type-readonly", "",
         [](Stage& stage) -> Asked {
             const Path content = stage.base.makeFolder("content");
             static_cast<void>(stage.own(content + "/own"));
             const Path image = stage.store() + "/image";
             runOrFail({"mksquashfs", content, image, "-quiet", "-no-progress"});
             return stage.mountAt(stage.base / "place", {"-t", "squashfs", "-o", "loop", image}) + "/own";
         }},
        {"overlay-without-upper", "", withoutUpper},
        {"ext4-emergency-ro", "", [](Stage& stage) { return damaged(stage, "remount-ro"); }},
        {"ext4-errors-continue", "", [](Stage& stage) { return damaged(stage, "continue"); }, "limited"},
        {"fs-shutdown", "ext4", [](Stage& stage) { return shutDown(stage, "ext4", 32); }},
        {"fs-shutdown", "xfs", [](Stage& stage) { return shutDown(stage, "xfs", 320); }},
        {"btrfs-ro-subvolume", "", readOnlySubvolume},
        {"idmapped-unmapped-user", "",
         [](Stage& stage) -> Asked {
             const Path source = stage.image("ext4", 16);
             makeFolder(source + "/shared", 0777);
             const Path target = stage.base.makeFolder("translated");
             runOrFail({SCRATCHPROOF_IDMAP, source, target, "0", "0", "1"});
             stage.later([target] { runOrFail({"umount", "-l", target}); });
             return target + "/shared";
         }},
    };
}

} // namespace scratchproof::test
