// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/drive_place.h"

#include "core/facts/device.h"
#include "core/facts/sysfs.h"
#include "core/scratch/locate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace scratchproof {

namespace {

constexpr std::uint64_t kLeastKeptFree = 1024 * kMebibyte; // on the system's own drives, or 5 %

std::optional<DeviceNumber> numberIn(System& system, const std::string& path)
{
    const auto text = readSmallFile(system.files, path.c_str(), 64);
    return text ? parseDeviceNumber(text->substr(0, text->find('\n'))) : std::nullopt;
}

/// Nothing where that is no block device.
std::optional<DeviceNumber> blockDeviceOf(const std::optional<DeviceFacts>& facts)
{
    return facts && facts->number.major != 0 ? std::optional(facts->number) : std::nullopt;
}

/// What a partition is a part of (sysfs); the number itself where it is none.
DeviceNumber wholeDiskOf(System& system, DeviceNumber device)
{
    const std::string entry = "/sys/dev/block/" + toString(device);
    if (!system.files.open(kWorkingDirectory, (entry + "/partition").c_str(), O_PATH))
        return device;
    return numberIn(system, entry + "/../dev").value_or(device);
}

/// Where an overlay's layer lies that is written to; nullptr where it is no overlay, or that cannot be told.
const Mount* layerBelow(const MountTable& mounts, const Mount& mount)
{
    const auto upper = mount.fileSystem == "overlay" ? mount.superOption("upperdir") : std::nullopt;
    return upper ? mounts.byPathText(*upper) : nullptr;
}

bool isInMemory(const MountTable& mounts, const Mount& mount)
{
    const Mount* below = layerBelow(mounts, mount);
    return mount.kind == MountKind::Memory || (below != nullptr && below->kind == MountKind::Memory);
}

/// An overlay that is apart fills what its layer lies on.
MountRole roleOfWriting(const MountTable& mounts, const Mount& mount)
{
    const MountRole role = roleOf(mounts, mount);
    const Mount* below = layerBelow(mounts, mount);
    return role == MountRole::Apart && below != nullptr && below->id != mount.id ? roleOf(mounts, *below) : role;
}

/// The registry of scratch directories is the user's own, wherever it lies.
bool holdsRegistry(System& system, const MountTable& mounts, const Mount& mount)
{
    const auto registry = registryFile(system);
    const Mount* below = registry ? mounts.byPathText(*registry) : nullptr;
    return below != nullptr && below->device == mount.device;
}

} // namespace

tl::unexpected<Error> refuseCheck(const Path& folder, std::string why)
{
    return fail(ErrorKind::BadInput, folder, 0, std::move(why));
}

Result<UniqueFd> openAskedFolder(System& system, const Path& folder, int flags)
{
    if (folder.empty() || folder.front() != '/')
        return fail(ErrorKind::BadRequest, folder, 0, "a folder is named from / on");
    auto opened = system.files.open(kWorkingDirectory, folder.c_str(), flags | O_DIRECTORY);
    if (opened)
        return opened;
    if (opened.error().code == ENOTDIR)
        return refuseCheck(folder, "it is a file, or something on the way to it is; expected a folder on the drive");
    if (opened.error().code == ENOENT)
        return refuseCheck(folder, "there is no such folder; expected one on the drive");
    return fail(ErrorKind::FolderUnusable, folder, opened.error().code);
}

std::optional<DeviceNumber> diskBelow(System& system, const Mount& mount)
{
    const auto device = blockDeviceOf(deviceOf(system, mount));
    return device ? std::optional(wholeDiskOf(system, *device)) : std::nullopt;
}

Result<DrivePlace> placeOfDrive(System& system, const MountTable& mounts, const Path& folder, int fd)
{
    const auto status = system.attributes.status(fd);
    if (!status)
        return fail(status.error());
    auto path = pathOf(system, fd);
    if (!path)
        return fail(path.error());
    const Mount* mount = status->mountId ? mounts.byId(*status->mountId) : mounts.byPathText(*path);
    if (mount == nullptr)
        return fail(ErrorKind::FolderUnusable, folder, 0, "the mount that it lies on is not in the list of mounts");
    DrivePlace place;
    place.folder = std::move(*path);
    place.mount = *mount;
    if (isInMemory(mounts, *mount) || mount->kind == MountKind::Pseudo)
        return refuseCheck(folder, fmt::format("it lies on {}, which is no drive but this computer's memory; expected "
                                               "a folder on a drive",
                                               displayText(mount->fileSystem)));
    place.role = roleOfWriting(mounts, *mount);
    const auto space = system.attributes.space(fd);
    if (!space)
        return fail(space.error());
    place.space = *space;
    const auto device = deviceOf(system, *mount);
    place.device = blockDeviceOf(device);
    place.storage = storageTraits(system, *mount, *status, device);
    if (place.device)
        place.disk = wholeDiskOf(system, *place.device);
    return place;
}

Result<DrivePlace> findDrive(System& system, MountTable& mounts, const Path& folder)
{
    const auto asked = openAskedFolder(system, folder, O_PATH);
    if (!asked)
        return fail(asked.error());
    if (auto read = mounts.refresh(); !read)
        return fail(read.error());
    return placeOfDrive(system, mounts, folder, asked->get());
}

Result<std::uint64_t> bytesToLeave(System& system, const MountTable& mounts, const DrivePlace& place,
                                   const Path& folder, bool allowSystem)
{
    if (place.role == MountRole::Apart && !holdsRegistry(system, mounts, place.mount))
        return 0;
    if (!allowSystem)
        return refuseCheck(folder, fmt::format("it lies on '{}', {}; expected another drive, or --allow-system",
                                               displayPath(place.mount.mountPoint),
                                               place.role == MountRole::Unknown
                                                   ? "of which it cannot be told whether the system runs from it"
                                                   : "a file system that the system, or your home, is on"));
    return std::max(kLeastKeptFree, place.space.totalBytes / 20);
}

bool isDirectlyReached(const Mount& mount)
{
    return mount.kind == MountKind::Local || mount.kind == MountKind::Removable;
}

} // namespace scratchproof
