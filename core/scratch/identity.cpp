// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/identity.h"

#include "core/scratch/elapsed_time.h"
#include "core/system/directory_entries.h"
#include "core/tree/open_below.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace scratchproof {

namespace {

constexpr std::string_view kMemory = "memory:"; // BOOT:F_FSID

template <std::size_t N>
bool isOneOf(std::string_view word, const std::array<std::string_view, N>& words)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// ID_FS_UUID of a block device in udev's database (one "E:KEY=VALUE" a line), which anyone may read.
std::string udevUuid(System& system, DeviceNumber device)
{
    const auto text = readSmallFile(system.files, ("/run/udev/data/b" + toString(device)).c_str());
    if (!text)
        return {};
    constexpr std::string_view kKey = "\nE:ID_FS_UUID=";
    const std::string lines = "\n" + *text;
    const auto found = lines.find(kKey);
    if (found == std::string::npos)
        return {};
    const auto from = found + kKey.size();
    return lines.substr(from, lines.find('\n', from) - from);
}

/// btrfs has a device number of no device, so that udev does not know it: /sys/fs/btrfs/UUID/devices/NAME does.
std::string btrfsUuid(System& system, std::string_view source)
{
    auto folder = system.files.open(kWorkingDirectory, "/sys/fs/btrfs", O_RDONLY | O_DIRECTORY);
    if (!folder)
        return {};
    std::vector<std::byte> buffer(16384);
    for (;;) {
        const auto filled = system.files.readEntries(folder->get(), buffer);
        if (!filled || *filled == 0)
            return {};
        DirectoryEntries entries(std::span<const std::byte>(buffer).first(*filled));
        while (const auto* entry = entries.next()) {
            std::string name = entry->name;
            const std::string device = fmt::format("{}/devices/{}", name, baseName(source));
            if (name.size() == 36 && system.attributes.exists(folder->get(), device.c_str()).value_or(false))
                return name;
        }
    }
}

} // namespace

bool inodesLast(std::string_view fileSystem)
{
    constexpr std::array<std::string_view, 13> kLasting{"ext2", "ext3", "ext4",  "xfs", "btrfs", "f2fs",    "tmpfs",
                                                        "nfs",  "nfs4", "ntfs3", "jfs", "zfs",   "bcachefs"};
    return isOneOf(fileSystem, kLasting);
}

bool storesPermissions(std::string_view fileSystem)
{
    constexpr std::array<std::string_view, 14> kWithout{
        "vfat", "msdos", "exfat", "ntfs",       "ntfs3",     "fuseblk",      "hfs",
        "cifs", "smb3",  "smbfs", "fuse.exfat", "fuse.ntfs", "fuse.ntfs-3g", "fuse.fusefat"};
    return !isOneOf(fileSystem, kWithout);
}

namespace {

bool isExt(std::string_view type)
{
    return type == "ext2" || type == "ext3" || type == "ext4";
}

/// A name that the file system has from whoever mounted it, and no device's: "nas:/home", "pool/data".
bool isLastingSource(const Mount& mount)
{
    if (mount.source.empty() || mount.source == "none" || mount.source.starts_with("/dev/"))
        return false;
    if (mount.kind == MountKind::Network || mount.fileSystem == "zfs")
        return true;
    // "fuse.mergerfs" mounted from "mergerfs" says nothing.
    return mount.kind == MountKind::Fuse && mount.source.find_first_of(":/") != std::string::npos;
}

/// What version 0.1.0 called it.
std::string oldIdentity(System& system, const Mount& mount, DeviceNumber device)
{
    if (mount.kind == MountKind::Memory)
        return "memory";
    const std::string uuid = mount.fileSystem == "btrfs" ? btrfsUuid(system, mount.source)
                             : device.major != 0         ? udevUuid(system, device)
                                                         : std::string();
    if (!uuid.empty())
        return "uuid:" + uuid;
    return mount.source.empty() || mount.source == "none" ? std::string() : "source:" + mount.source;
}

} // namespace

PlaceIdentity placeIdentity(System& system, const MountTable& mounts, int folder, const FileStatus& status)
{
    const auto id = mountIdOf(system, folder, status);
    const Mount* mount = id ? mounts.byId(*id) : nullptr;
    if (mount == nullptr)
        return {};
    PlaceIdentity place;
    place.type = mount->fileSystem;
    place.mountRoot = mount->root;
    place.inode = status.inode;
    place.oldValue = oldIdentity(system, *mount, status.device);
    const auto space = system.attributes.space(folder);
    const std::uint64_t fsid = space ? space->fsid : 0;
    if (mount->kind == MountKind::Memory) {
        // f_fsid is made up at each mount (Linux 5.13); elsewhere in memory it is a device number.
        place.values.push_back(place.type == "tmpfs" && fsid != 0
                                   ? fmt::format("{}{:x}:{:016x}", kMemory, readClocks(system).boot, fsid)
                                   : "memory");
        return place;
    }
    // What is mounted over others shares their UUID, and is another file system all the same.
    if (place.type == "overlay")
        return place;
    VolumeNames names;
    if (const auto readable = system.files.open(folder, ".", O_RDONLY | O_DIRECTORY))
        names = system.attributes.volumeNames(readable->get());
    if (names.uuid.empty() && place.oldValue.starts_with("uuid:"))
        names.uuid = place.oldValue.substr(std::string_view("uuid:").size());
    const bool isBtrfs = place.type == "btrfs";
    if (!names.uuid.empty() && (!isBtrfs || names.subvolume))
        place.values.push_back("uuid:" + names.uuid +
                               (isBtrfs ? fmt::format("/subvolume:{}", *names.subvolume) : std::string()));
    // btrfs(5) has the subvolume in it as well.
    if (fsid != 0 && (isBtrfs || isExt(place.type)))
        place.values.push_back(fmt::format("fsid:{:016x}", fsid));
    if (place.values.empty() && isLastingSource(*mount))
        place.values.push_back("source:" + mount->source);
    return place;
}

SameFileSystem isSameFileSystem(const RecordedPlace& place, const PlaceIdentity& folder)
{
    const FileSystemIdentity& recorded = place.fileSystem;
    if (folder.type.empty() || recorded.type != folder.type)
        return SameFileSystem::No;
    if (place.byOldRules) {
        if (recorded.value.empty() || recorded.value.starts_with("source:/dev/"))
            return SameFileSystem::Unknown;
        return recorded.value == folder.oldValue ? SameFileSystem::Yes : SameFileSystem::No;
    }
    if (recorded.value.empty() || folder.values.empty())
        return SameFileSystem::Unknown;
    // In memory, the boot is told for wentWithMemory() only.
    const bool isMemory = recorded.value.starts_with(kMemory);
    const auto name = [isMemory](std::string_view value) {
        return isMemory ? value.substr(value.rfind(':') + 1) : value;
    };
    const auto isIt = [&](const std::string& value) { return name(value) == name(recorded.value); };
    if (std::any_of(folder.values.begin(), folder.values.end(), isIt))
        return SameFileSystem::Yes;
    // Of another kind than any that can be asked here: without udev, say, or by an older kernel.
    const auto kind = recorded.value.substr(0, recorded.value.find(':'));
    const auto isOfThatKind = [&](const std::string& value) { return value.substr(0, value.find(':')) == kind; };
    return std::any_of(folder.values.begin(), folder.values.end(), isOfThatKind) ? SameFileSystem::No
                                                                                 : SameFileSystem::Unknown;
}

SameFileSystem isSamePart(const RecordedPlace& recorded, const PlaceIdentity& folder)
{
    if (recorded.fileSystem.type.empty()) // of a copy that version 0.1.0 met
        return SameFileSystem::Unknown;
    static constexpr std::string_view kSubvolume = "/subvolume:";
    const auto withoutSubvolume = [](const std::string& value) { return value.substr(0, value.find(kSubvolume)); };
    RecordedPlace place = recorded;
    PlaceIdentity here = folder;
    if (place.fileSystem.value.find(kSubvolume) != std::string::npos) {
        place.fileSystem.value = withoutSubvolume(place.fileSystem.value);
        std::transform(here.values.begin(), here.values.end(), here.values.begin(), withoutSubvolume);
    }
    const SameFileSystem same = isSameFileSystem(place, here);
    if (same == SameFileSystem::Yes && (place.mountRoot.empty() || here.mountRoot.empty()))
        return SameFileSystem::Unknown;
    return same == SameFileSystem::Yes && place.mountRoot != here.mountRoot ? SameFileSystem::No : same;
}

bool wentWithMemory(System& system, const RecordedPlace& recorded)
{
    const std::string_view value = recorded.fileSystem.value;
    if (recorded.byOldRules || !value.starts_with(kMemory))
        return false;
    const auto boot = value.substr(kMemory.size(), value.rfind(':') - kMemory.size());
    const std::int64_t now = readClocks(system).boot;
    return boot != "0" && now != 0 && boot != fmt::format("{:x}", now);
}

bool isVeryFolder(const RecordedPlace& recorded, const PlaceIdentity& folder)
{
    if (recorded.byOldRules || isSameFileSystem(recorded, folder) != SameFileSystem::Yes)
        return false;
    if (inodesLast(folder.type) && recorded.parentInode != 0)
        return folder.inode == recorded.parentInode;
    return !recorded.mountRoot.empty() && folder.mountRoot == recorded.mountRoot;
}

std::string machineIdentity(System& system)
{
    const auto id = readSmallFile(system.files, "/etc/machine-id");
    if (!id || id->size() < 32)
        return {};
    // FNV-1a, 64 bits: machine-id(5) asks not to hand the id itself out.
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : "scratchproof:" + id->substr(0, 32))
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return fmt::format("{:016x}", hash);
}

std::string hostName(System& system)
{
    auto name = readSmallFile(system.files, "/proc/sys/kernel/hostname").value_or("");
    while (!name.empty() && name.back() == '\n')
        name.pop_back();
    return name;
}

std::string randomHex(System& system, std::size_t bytes)
{
    std::vector<std::byte> random(bytes);
    system.processes.fillRandom(random);
    std::string text;
    for (const std::byte byte : random)
        text += fmt::format("{:02x}", static_cast<unsigned>(byte));
    return text;
}

std::string randomSuffix(System& system)
{
    constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
    std::array<std::byte, 12> random{};
    system.processes.fillRandom(random);
    std::string text;
    for (const std::byte byte : random)
        text += kAlphabet[static_cast<std::size_t>(byte) % kAlphabet.size()];
    return text;
}

} // namespace scratchproof
