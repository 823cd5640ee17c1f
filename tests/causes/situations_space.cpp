// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/causes/situations.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace scratchproof::test {

namespace {

/// Fills it up as the ordinary user.
void fillUpAsUser(const Path& folder)
{
    if (runAsUser(kOrdinaryUser, [&] { return fillUp(folder).empty() ? 1 : 0; }) != 0)
        throw SetupError("could not fill " + folder);
}

/// Takes every free inode.
void useUpInodes(const Path& folder)
{
    for (int i = 0;; ++i) {
        const Path path = folder + "/f" + std::to_string(i);
        if (mknod(path.c_str(), S_IFREG | 0644, 0) != 0)
            return;
    }
}

Asked fullMetadata(Stage& stage)
{
    const Path place = stage.image("btrfs", 128, {"-m", "single", "-d", "single"});
    const Path own = stage.own(place + "/own");
    // All room is given to data, and most of it left free; then small files fill what is left for the tables.
    int pieces = 0;
    for (;; ++pieces) {
        const int fd = open((place + "/piece" + std::to_string(pieces)).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        const bool fitted = fd >= 0 && posix_fallocate(fd, 0, 1 << 20) == 0;
        close(fd);
        if (!fitted)
            break;
    }
    for (int i = 0; i < pieces; ++i) {
        if (i % 4 != 0)
            std::filesystem::remove(place + "/piece" + std::to_string(i));
    }
    runOrFail({"sync", "-f", place});
    const std::string content(2000, 'x');
    const Path crumbs = place + "/crumbs";
    makeFolder(crumbs, 0755);
    for (int i = 0;; ++i) {
        const int fd = open((crumbs + "/" + std::to_string(i)).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        const bool fitted = fd >= 0 && write(fd, content.data(), content.size()) > 0;
        close(fd);
        if (!fitted)
            break;
        if (i % 500 == 0)
            runOrFail({"sync", "-f", place});
    }
    runOrFail({"sync", "-f", place});
    useUpInodes(crumbs);
    return own;
}

Asked fullBehind(Stage& stage)
{
    const Path small = stage.tmpfs("mode=0755,size=12m", "small");
    const Path image = small + "/image";
    writeFile(image, "", 0600);
    std::filesystem::resize_file(image, 64U << 20U);
    runOrFail({"mkfs.ext4", "-qF", "-J", "size=4", image});
    const Path place = stage.mountAt(stage.base / "place", {"-t", "ext4", "-o", "loop", image});
    const Path own = stage.own(place + "/own");
    runOrFail({"sync", "-f", place});
    static_cast<void>(fillUp(small));
    return own;
}

Asked subvolumeAtItsLimit(Stage& stage)
{
    const Path place = stage.image("btrfs", 128);
    const Path limited = place + "/limited";
    runOrFail({"btrfs", "quota", "enable", place});
    runOrFail({"btrfs", "-q", "subvolume", "create", limited});
    const Path own = stage.own(limited + "/own", 0755);
    runOrFail({"btrfs", "qgroup", "limit", "2M", limited});
    fillUpAsUser(own);
    runOrFail({"sync", "-f", place});
    return own;
}

Asked projectAtItsLimit(Stage& stage)
{
    const Path own = stage.own(stage.image("xfs", 320) + "/own");
    runOrFail({"chattr", "-p", "7", own});
    runOrFail({"chattr", "+P", own});
    // Where the kernel enforces no limits of projects the refusal itself is put in.
    return {own, {stage.tool(SCRATCHPROOF_SANDBOX), "over-quota"}};
}

} // namespace

std::vector<Situation> spaceSituations()
{
    return {
        {"disk-full", "ext4",
         [](Stage& stage) -> Asked {
             const Path place = stage.image("ext4", 16, {"-m", "0"});
             Path own = stage.own(place + "/own");
             static_cast<void>(fillUp(place));
             return own;
         }},
        {"disk-full", "xfs",
         [](Stage& stage) -> Asked {
             const Path place = stage.image("xfs", 320);
             Path own = stage.own(place + "/own");
             fillUpAsUser(own);
             return own;
         }},
        {"disk-full", "btrfs",
         [](Stage& stage) -> Asked {
             const Path place = stage.image("btrfs", 128);
             Path own = stage.own(place + "/own");
             fillUpAsUser(own);
             runOrFail({"sync", "-f", place});
             return own;
         }},
        {"disk-full", "ext4 with the usual reserve",
         [](Stage& stage) -> Asked {
             Path own = stage.own(stage.image("ext4", 128) + "/own");
             fillUpAsUser(own);
             return own;
         }},
        {"disk-full", "exfat",
         [](Stage& stage) -> Asked {
             const auto device = stage.loopDevice(stage.plainImage(8, {"mkfs.exfat"}));
             Path place = stage.mountAt(stage.base / "place",
                                        {"-t", "exfat-fuse", "-o", "uid=12345,gid=12345,umask=022", device});
             fillUpAsUser(place);
             return place;
         }},
        {"disk-full", "ntfs",
         [](Stage& stage) -> Asked {
             const auto device = stage.loopDevice(stage.plainImage(8, {"mkntfs", "-q", "-F", "-Q"}));
             Path place =
                 stage.mountAt(stage.base / "place", {"-t", "ntfs-3g", "-o", "uid=12345,gid=12345,umask=022", device});
             fillUpAsUser(place);
             return place;
         }},
        {"reserved-blocks", "",
         [](Stage& stage) -> Asked {
             Path own = stage.own(stage.image("ext4", 32, {"-m", "20"}) + "/own");
             fillUpAsUser(own);
             return own;
         }},
        {"inodes-exhausted",
         "ext4",
         [](Stage& stage) -> Asked {
             const Path place = stage.image("ext4", 32, {"-N", "32"});
             Path own = stage.own(place + "/own");
             useUpInodes(place);
             return own;
         },
         "unusable",
         "standard",
         {"delete-small-files"}},
        {"inodes-exhausted", "tmpfs",
         [](Stage& stage) -> Asked {
             const Path place = stage.tmpfs("mode=0755,size=16m,nr_inodes=20");
             Path own = stage.own(place + "/own");
             useUpInodes(place);
             return own;
         }},
        {"project-quota", "", projectAtItsLimit},
        {"btrfs-qgroup-limit", "", subvolumeAtItsLimit, "unusable", "standard", {"raise-limit", "lift-qgroup-limit"}},
        {"btrfs-metadata-full", "", fullMetadata},
        {"thin-backing-full", "", fullBehind},
        {"tmpfs-limit", "",
         [](Stage& stage) -> Asked {
             const Path place = stage.tmpfs("mode=0755,size=64k");
             Path own = stage.own(place + "/own");
             static_cast<void>(fillUp(place));
             return own;
         }},
        {"rlimit-fsize", "",
         [](Stage& stage) -> Asked {
             return {stage.own(), {"prlimit", "--fsize=4096", "--"}};
         }},
    };
}

} // namespace scratchproof::test
