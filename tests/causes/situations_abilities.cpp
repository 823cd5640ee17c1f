// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/causes/situations.h"

#include <cerrno>

namespace scratchproof::test {

namespace {

Path exfat(Stage& stage)
{
    const auto device = stage.loopDevice(stage.plainImage(16, {"mkfs.exfat"}));
    return stage.mountAt(stage.base / "place", {"-t", "exfat-fuse", "-o", "uid=12345,gid=12345,umask=022", device});
}

Path ntfs(Stage& stage, const std::string& options)
{
    const Path image = stage.plainImage(16, {"mkntfs", "-q", "-F", "-Q"});
    Path place = stage.base.makeFolder("place");
    runOrFail({"ntfs-3g", "-o", "uid=12345,gid=12345,umask=022" + options, image, place});
    stage.later([place] { runOrFail({"umount", "-l", place}); });
    return place;
}

Path fat(Stage& stage)
{
    const Path image = stage.plainImage(16, {"mkfs.vfat"});
    Path place = stage.base.makeFolder("place");
    runOrFail({"fusefat", "-o", "rw+,allow_other", image, place});
    stage.later([place] { runOrFail({"umount", "-l", place}); });
    return place;
}

} // namespace

std::vector<Situation> abilitySituations()
{
    return {
        {"name-too-long", "",
         [](Stage& stage) -> Asked {
             FaultFolder& folder = stage.hanging();
             folder.refuseNamesOver(143);
             return stage.own(folder.backing() + "/own").empty() ? "" : folder.path() + "/own";
         },
         "limited", "full"},
        {"illegal-characters", "exfat", exfat, "limited", "full"},
        {"illegal-characters", "ntfs", [](Stage& stage) -> Asked { return ntfs(stage, ",windows_names"); }, "limited",
         "full"},
        {"illegal-characters", "fat", fat, "limited", "full"},
        {"trailing-dot-or-space", "", [](Stage& stage) -> Asked { return ntfs(stage, ",windows_names"); }, "limited",
         "full"},
        {"ntfs-names-windows-cannot-read", "", [](Stage& stage) -> Asked { return ntfs(stage, ""); }, "limited",
         "full"},
        {"case-collision", "exfat", exfat, "limited", "full"},
        {"case-collision", "fat", fat, "limited", "full"},
        {"chmod-has-no-effect", "exfat", exfat, "limited", "full"},
        {"chmod-has-no-effect", "ntfs", [](Stage& stage) -> Asked { return ntfs(stage, ""); }, "limited", "full"},
    };
}

} // namespace scratchproof::test
