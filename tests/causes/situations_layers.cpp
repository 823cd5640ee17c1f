// SPDX-License-Identifier: GPL-3.0-or-later
// What lies below what one sees: layers of an overlay, stand-ins, covers, automounts and links.
#include "tests/causes/situations.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace scratchproof::test {

namespace {

struct Layers
{
    Path drive; // what the layer for changes is on
    Path below; // the layer below it
    Path place;
};

/// An overlay at base/place with its changes on a tmpfs, and the folder "old" in its lower layer alone.
Layers layers(Stage& stage, const std::string& options = "")
{
    Layers made{stage.tmpfs("mode=0755,size=16m", "drive"), stage.base.makeFolder("below"), {}};
    static_cast<void>(stage.own(made.drive + "/changes"));
    makeFolder(made.drive + "/work", 0755);
    static_cast<void>(stage.own(made.below + "/old"));
    if (!options.empty())
        runOrFail({"chattr", options, made.drive + "/work"});
    made.place = stage.mountAt(
        stage.base / "place",
        {"-t", "overlay", "-o",
         "lowerdir=" + made.below + ",upperdir=" + made.drive + "/changes,workdir=" + made.drive + "/work", "overlay"});
    if (!options.empty())
        runOrFail({"chattr", "-i", made.drive + "/work"});
    return made;
}

/// A writable snapshot of a subvolume with another one in it, "cache".
Path snapshotWithStandIn(Stage& stage)
{
    const Path place = stage.image("btrfs", 128);
    for (const Path& subvolume : {place + "/home", place + "/home/cache"}) {
        runOrFail({"btrfs", "-q", "subvolume", "create", subvolume});
        changeOwner(subvolume, kOrdinaryUser, kOrdinaryUser);
    }
    runOrFail({"btrfs", "-q", "subvolume", "snapshot", place + "/home", place + "/snapshot"});
    return place + "/snapshot";
}

/// As systemd hides a place from a service: InaccessiblePaths=, ProtectHome=.
Path covered(Stage& stage)
{
    const Path cover = stage.tmpfs("mode=0755,size=1m", "run") + "/systemd/inaccessible/dir";
    std::filesystem::create_directories(cover);
    if (chmod(cover.c_str(), 0) != 0)
        throw SetupError("chmod " + cover);
    const Path homes = stage.base.makeFolder("homes");
    static_cast<void>(stage.own(homes + "/ann"));
    static_cast<void>(stage.mountAt(homes, {"--bind", cover}));
    runOrFail({"mount", "-n", "-o", "remount,bind,ro,nosuid,nodev,noexec", homes});
    return homes;
}

Path automount(Stage& stage, const std::string& what)
{
    Path place = stage.base.makeFolder("nas");
    stage.later([place] {
        Program umount;
        umount.arguments = {"umount", "-l", place};
        static_cast<void>(run(umount));
    });
    static_cast<void>(stage.helper({SCRATCHPROOF_AUTOMOUNTER, place, what}));
    return place;
}

/// "link1" leads to "link0", and so on down to what "link0" leads to. Returns the last.
Path chain(Stage& stage, int count, const Path& end)
{
    Path target = end;
    for (int i = 0; i < count; ++i) {
        const Path link = stage.base / ("link" + std::to_string(i));
        std::filesystem::create_symlink(target, link);
        target = "link" + std::to_string(i);
    }
    return stage.base / target;
}

/// A folder that the user may not change, as a mount point that somebody guards, with or without a line in fstab.
Path guarded(Stage& stage, bool isExpected)
{
    const Path place = stage.own(stage.image("ext4", 16) + "/backup");
    runOrFail({"chattr", "+i", place});
    stage.later([place] { runOrFail({"chattr", "-i", place}); });
    if (isExpected)
        stage.coverFile("/etc/fstab", "/dev/disk/by-uuid/0b5a-scratchproof " + place + " ext4 nofail 0 2\n");
    return place;
}

} // namespace

std::vector<Situation> layerSituations()
{
    return {
        {"overlay-layer-readonly",
         "",
         [](Stage& stage) -> Asked {
             const Layers made = layers(stage);
             runOrFail({"mount", "-n", "-o", "remount,ro", made.drive});
             return made.place;
         },
         "unusable",
         "standard",
         {"check-layer"}},
        {"overlay-layer-unusable", "its work folder was removed",
         [](Stage& stage) -> Asked {
             const Layers made = layers(stage);
             std::filesystem::remove_all(made.drive + "/work");
             return made.place + "/old";
         }},
        {"overlay-layer-unusable", "the layer was removed",
         [](Stage& stage) -> Asked {
             const Layers made = layers(stage);
             std::filesystem::remove_all(made.drive + "/changes");
             return made.place + "/old";
         }},
        {"overlay-layer-unusable", "it could not make its work folder",
         [](Stage& stage) -> Asked { return layers(stage, "+i").place; }},
        // The overlay itself, not what is below it.
        {"mount-readonly-flag", "of an overlay",
         [](Stage& stage) -> Asked {
             const Layers made = layers(stage);
             runOrFail({"mount", "-n", "-o", "remount,bind,ro", made.place});
             return made.place;
         }},
        {"mode-not-writable",
         "in an overlay whose layer is read-only",
         [](Stage& stage) -> Asked {
             const Layers made = layers(stage);
             makeFolder(made.below + "/root's", 0755);
             runOrFail({"mount", "-n", "-o", "remount,ro", made.drive});
             return made.place + "/root's";
         },
         "unusable",
         "standard",
         {},
         {"overlay-layer-readonly"}},

        {"subvolume-stand-in",
         "",
         [](Stage& stage) -> Asked { return snapshotWithStandIn(stage) + "/cache"; },
         "unusable",
         "standard",
         {"replace-stand-in"}},
        {"subvolume-stand-in",
         "of root's",
         [](Stage& stage) -> Asked {
             const Path snapshot = snapshotWithStandIn(stage);
             changeOwner(snapshot, 0, 0);
             return snapshot + "/cache";
         },
         "unusable",
         "standard",
         {"replace-stand-in-as-admin"}},
        {"subvolume-stand-in", "for root too",
         [](Stage& stage) -> Asked {
             return {snapshotWithStandIn(stage) + "/cache", {}, std::nullopt};
         }},
        {"subvolume-stand-in", "a folder below it",
         [](Stage& stage) -> Asked { return snapshotWithStandIn(stage) + "/cache/thumbnails"; }},
        {"path-missing", "in a snapshot",
         [](Stage& stage) -> Asked { return snapshotWithStandIn(stage) + "/missing"; }},
        {"mode-owner-lacks-write", "in a snapshot",
         [](Stage& stage) -> Asked { return stage.own(snapshotWithStandIn(stage) + "/closed", 0500); }},

        {"hidden-from-program",
         "",
         [](Stage& stage) -> Asked { return covered(stage) + "/ann"; },
         "unusable",
         "standard",
         {"start-outside-sandbox"}},
        {"hidden-from-program", "the cover itself", [](Stage& stage) -> Asked { return covered(stage); }},
        {"hidden-from-program", "from root",
         [](Stage& stage) -> Asked {
             return {covered(stage) + "/ann", {}, std::nullopt};
         }},
        {"parent-no-search", "of mode 000, and no cover",
         [](Stage& stage) -> Asked {
             const Path homes = stage.base.makeFolder("homes");
             Path own = stage.own(homes + "/ann");
             if (chmod(homes.c_str(), 0) != 0)
                 throw SetupError("chmod " + homes);
             return own;
         }},

        {"automount-unreachable",
         "it is mounted elsewhere",
         [](Stage& stage) -> Asked { return automount(stage, "done"); },
         "unusable",
         "standard",
         {"pass-mounts-on"}},
        {"automount-unreachable",
         "its daemon is gone",
         [](Stage& stage) -> Asked { return automount(stage, "gone"); },
         "unusable",
         "standard",
         {"restart-automounter"}},

        {"path-too-many-links",
         "",
         [](Stage& stage) -> Asked {
             static_cast<void>(stage.own());
             return chain(stage, 45, "own");
         },
         "unusable",
         "standard",
         {"use-end-of-links"}},
        {"path-too-many-links",
         "in several places of the path",
         [](Stage& stage) -> Asked {
             Path folder = stage.base / "own";
             static_cast<void>(stage.own());
             Path path = stage.base / "own";
             for (int i = 0; i < 45; ++i) {
                 folder = stage.own(folder + "/real");
                 std::filesystem::create_symlink("real", parentPath(folder) + "/link");
                 path += "/link";
             }
             return path;
         },
         "unusable",
         "standard",
         {"use-end-of-links"}},
        {"path-too-many-links",
         "to nothing",
         [](Stage& stage) -> Asked { return chain(stage, 45, "nothing"); },
         "unusable",
         "standard",
         {"use-real-path"}},
        {"path-symlink-loop",
         "after many links",
         [](Stage& stage) -> Asked {
             std::filesystem::create_symlink("b", stage.base / "a");
             std::filesystem::create_symlink("a", stage.base / "b");
             return chain(stage, 45, "a");
         },
         "unusable",
         "standard",
         {"remove-link"}},

        {"ghost-mountpoint",
         "guarded by a mark",
         [](Stage& stage) -> Asked { return guarded(stage, true); },
         "unusable",
         "standard",
         {"plug-in-expected"}},
        {"dir-immutable", "and no mount point", [](Stage& stage) -> Asked { return guarded(stage, false); }},
    };
}

} // namespace scratchproof::test
