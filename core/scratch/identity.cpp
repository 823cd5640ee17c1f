// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/identity.h"

#include "core/system/directory_entries.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace scratchproof {

namespace {

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
    constexpr std::array<std::string_view, 10> kLasting{"ext2", "ext3",  "ext4", "xfs",  "btrfs",
                                                        "f2fs", "tmpfs", "nfs",  "nfs4", "ntfs3"};
    return isOneOf(fileSystem, kLasting);
}

bool storesPermissions(std::string_view fileSystem)
{
    constexpr std::array<std::string_view, 14> kWithout{
        "vfat", "msdos", "exfat", "ntfs",       "ntfs3",     "fuseblk",      "hfs",
        "cifs", "smb3",  "smbfs", "fuse.exfat", "fuse.ntfs", "fuse.ntfs-3g", "fuse.fusefat"};
    return !isOneOf(fileSystem, kWithout);
}

FileSystemIdentity fileSystemIdentity(System& system, const MountTable& mounts, const FileStatus& status)
{
    const Mount* mount = status.mountId ? mounts.byId(*status.mountId) : nullptr;
    if (mount == nullptr)
        return {};
    FileSystemIdentity identity{mount->fileSystem, {}};
    if (mount->kind == MountKind::Memory) {
        identity.value = "memory";
        return identity;
    }
    std::string uuid;
    if (mount->fileSystem == "btrfs")
        uuid = btrfsUuid(system, mount->source);
    else if (status.device.major != 0)
        uuid = udevUuid(system, status.device);
    if (!uuid.empty())
        identity.value = "uuid:" + uuid;
    else if (!mount->source.empty() && mount->source != "none")
        identity.value = "source:" + mount->source;
    return identity;
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
