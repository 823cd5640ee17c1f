// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/device.h"

#include "core/facts/sysfs.h"

#include <utility>

namespace scratchproof {

namespace {

constexpr const char* kDevices = "/sys/dev/block";

std::string transportIn(std::string_view devicePath)
{
    // The path of a device in sysfs names the bus it hangs on; the one nearest to the disk counts, usb before scsi.
    static constexpr std::pair<const char*, const char*> kBuses[] = {
        {"/usb", "usb"}, {"/mmc", "mmc"}, {"/nvme", "nvme"}, {"/ata", "ata"}, {"/virtio", "virtio"}};
    for (const auto& [part, name] : kBuses) {
        if (devicePath.find(part) != std::string_view::npos)
            return name;
    }
    return {};
}

void addUdev(System& system, DeviceFacts& device)
{
    const auto properties = udevProperties(system, device.number);
    const auto get = [&properties](const char* key) {
        const auto found = properties.find(key);
        return found == properties.end() ? std::string() : found->second;
    };
    device.label = decodeUdev(get("ID_FS_LABEL_ENC"));
    device.uuid = get("ID_FS_UUID");
    if (device.transport.empty())
        device.transport = get("ID_BUS");
    if (device.vendor.empty())
        device.vendor = trimmed(decodeUdev(get("ID_VENDOR_ENC")));
    if (device.model.empty())
        device.model = trimmed(decodeUdev(get("ID_MODEL_ENC")));
}

void addDisk(System& system, DeviceFacts& device)
{
    const std::string own = std::string(kDevices) + "/" + toString(device.number);
    const bool isPartition = isThere(system, own + "/partition");
    const std::string disk = isPartition ? own + "/.." : own;
    device.readOnly = readFlag(system, own + "/ro");
    if (isPartition && readFlag(system, disk + "/ro").value_or(false))
        device.readOnly = true;
    device.removable = readFlag(system, disk + "/removable");
    device.rotational = readFlag(system, disk + "/queue/rotational");
    device.vendor = readAttribute(system, disk + "/device/vendor").value_or("");
    device.model = readAttribute(system, disk + "/device/model").value_or("");
    // PCI devices (nvme, virtio) have a number there, which tells nobody anything.
    if (device.vendor.rfind("0x", 0) == 0)
        device.vendor.clear();
}

} // namespace

std::optional<DeviceFacts> deviceOf(System& system, const Mount& mount)
{
    if (mount.kind == MountKind::Pseudo || mount.kind == MountKind::Memory || mount.kind == MountKind::Automount ||
        !isThere(system, kDevices))
        return std::nullopt;
    DeviceFacts device;
    device.number = mount.device;
    // Major 0 is a number that the file system made up (btrfs, overlay, network): then only the source can tell.
    if (mount.device.major == 0) {
        device.name = deviceNameOf(system, mount.source);
        if (device.name.empty() || (mount.fileSystem != "btrfs" && mount.fileSystem != "bcachefs" &&
                                    mount.kind != MountKind::Local && mount.kind != MountKind::Removable))
            return std::nullopt;
        const auto numbers = readAttribute(system, "/sys/class/block/" + device.name + "/dev");
        const auto parsed = numbers ? parseDeviceNumber(*numbers) : std::nullopt;
        if (!parsed) {
            device.present = false;
            return device;
        }
        device.number = *parsed;
    }
    const std::string own = std::string(kDevices) + "/" + toString(device.number);
    const auto link = system.files.readLink(kWorkingDirectory, own.c_str());
    // A reader without its card, like an image that was cut off, stays as a device without a size.
    device.present = link.has_value() && readNumber(system, own + "/size") != std::uint64_t{0};
    if (!link) {
        device.name = deviceNameOf(system, mount.source);
        return device;
    }
    device.name = std::string(baseName(*link));
    device.loop = device.name.rfind("loop", 0) == 0;
    device.transport = transportIn(*link);
    addDisk(system, device);
    addUdev(system, device);
    if (mount.fileSystem.rfind("ext", 0) == 0)
        device.ext4Errors = readNumber(system, "/sys/fs/ext4/" + device.name + "/errors_count");
    return device;
}

MountKind refineKind(MountKind kind, const std::optional<DeviceFacts>& device)
{
    if ((kind != MountKind::Local && kind != MountKind::Removable) || !device)
        return kind;
    if (!device->present)
        return MountKind::Removable;
    if (device->removable.value_or(false) || device->transport == "usb" || device->transport == "mmc")
        return MountKind::Removable;
    // Mounted below /media, but a disk that is built in.
    return device->loop || device->removable.has_value() ? MountKind::Local : kind;
}

} // namespace scratchproof
