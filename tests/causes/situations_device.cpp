// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/causes/situations.h"

#include <filesystem>
#include <fstream>

namespace scratchproof::test {

namespace {

/// An ext4 with a folder of ours on a disk in memory; not mounted yet.
std::string preparedDisk(Stage& stage)
{
    const auto device = stage.memoryDisk("32M");
    runOrFail({"mkfs.ext4", "-qF", device});
    const Path place = stage.mountAt(stage.base / "place", {"-t", "ext4", device});
    static_cast<void>(stage.own(place + "/own"));
    runOrFail({"umount", place});
    return device;
}

Asked writeProtected(Stage& stage)
{
    const auto device = preparedDisk(stage);
    runOrFail({"blockdev", "--setro", device});
    runOrFail({"mount", "-n", "-t", "ext4", "-o", "ro", device, stage.base / "place"});
    return stage.base / "place/own";
}

/// The drive fails while it is mounted for writing, and then says of itself that it can only be read.
Asked wornOut(Stage& stage)
{
    const auto device = preparedDisk(stage);
    runOrFail({"mount", "-n", "-t", "ext4", "-o", "errors=remount-ro", device, stage.base / "place"});
    findDamage(stage.base / "place");
    runOrFail({"blockdev", "--setro", device});
    return stage.base / "place/own";
}

/// The disk takes no more: what cannot be compressed needs memory that it does not get.
Asked failing(Stage& stage)
{
    const auto device = preparedDisk(stage);
    const Path place = stage.base / "place";
    runOrFail({"mount", "-n", "-t", "ext4", device, place});
    runOrFail({"sync", "-f", place});
    const auto name = device.substr(device.rfind('/') + 1);
    std::ofstream("/sys/block/" + name + "/mem_limit") << "4K";
    return place + "/own";
}

/// A card taken out of its reader: the device stays, and holds nothing.
Asked unplugged(Stage& stage)
{
    const Path image = stage.plainImage(16, {"mkfs.ext4", "-qF"});
    const auto device = stage.loopDevice(image);
    const Path place = stage.mountAt(stage.base / "place", {"-t", "ext4", device});
    const Path own = stage.own(place + "/own");
    runOrFail({"sync", "-f", place});
    std::filesystem::resize_file(image, 0);
    runOrFail({"losetup", "-c", device});
    return own;
}

Asked hibernated(Stage& stage)
{
    const Path image = stage.plainImage(16, {"mkntfs", "-q", "-F", "-Q"});
    const Path place = stage.base.makeFolder("place");
    runOrFail({"ntfs-3g", "-o", "umask=000", image, place});
    writeFile(place + "/hiberfil.sys", "hibr" + std::string(8192, '\0'));
    makeFolder(place + "/Documents", 0777);
    runOrFail({"umount", place});
    const auto ended = [&] {
        Program mounting;
        mounting.arguments = {"ntfs-3g", "-o", "umask=000", image, place};
        return run(mounting);
    }();
    stage.later([place] { runOrFail({"umount", "-l", place}); });
    if (ended.errors.find("ibernat") == std::string::npos)
        throw SetupError("ntfs-3g did not speak of hibernation: " + ended.errors);
    return place + "/Documents";
}

} // namespace

std::vector<Situation> deviceSituations()
{
    return {
        {"device-write-protected", "", writeProtected},
        {"device-write-protected", "an image attached for reading",
         [](Stage& stage) -> Asked {
             const Path image = stage.plainImage(16, {"mkfs.ext4", "-qF"});
             const Path place = stage.mountAt(stage.base / "place", {"-t", "ext4", "-o", "loop", image});
             const Path own = stage.own(place + "/own");
             runOrFail({"umount", place});
             runOrFail({"mount", "-n", "-t", "ext4", "-o", "ro", stage.loopDevice(image, {"-r"}), place});
             return own;
         }},
        {"flash-worn-out", "", wornOut},
        {"device-io-error", "", failing},
        {"device-unplugged", "", unplugged},
        {"ntfs-hibernated", "", hibernated},
    };
}

} // namespace scratchproof::test
