// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/device.h"

#include <charconv>
#include <map>

namespace scratchproof {

namespace {

constexpr const char* kDevices = "/sys/dev/block";
constexpr std::size_t kSmall = 4096;

std::string trimmed(std::string text)
{
    const std::size_t last = text.find_last_not_of(" \t\n");
    text.erase(last == std::string::npos ? 0 : last + 1);
    text.erase(0, text.find_first_not_of(" \t"));
    return text;
}

std::optional<std::string> attribute(System& system, const std::string& path)
{
    auto text = readSmallFile(system.files, path.c_str(), kSmall);
    if (!text)
        return std::nullopt;
    return trimmed(std::move(*text));
}

std::optional<std::uint64_t> number(System& system, const std::string& path)
{
    const auto text = attribute(system, path);
    std::uint64_t value = 0;
    if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc())
        return std::nullopt;
    return value;
}

std::optional<bool> flag(System& system, const std::string& path)
{
    const auto value = number(system, path);
    return value ? std::optional<bool>(*value != 0) : std::nullopt;
}

bool isThere(System& system, const std::string& path)
{
    return system.attributes.exists(kWorkingDirectory, path.c_str()).value_or(false);
}

/// "sda1" of "/dev/sda1"; of "/dev/mapper/data", which is a link to "../dm-0", what it leads to.
std::string nameOfSource(System& system, const std::string& source)
{
    if (source.rfind("/dev/", 0) != 0)
        return {};
    // /dev is a file system of the kernel's own, so this look cannot hang.
    if (const auto target = system.files.readLink(kWorkingDirectory, source.c_str()))
        return std::string(baseName(*target));
    return std::string(baseName(source));
}

std::optional<DeviceNumber> parseNumber(const std::string& text)
{
    DeviceNumber device;
    const char* end = text.data() + text.size();
    const auto major = std::from_chars(text.data(), end, device.major);
    if (major.ec != std::errc() || major.ptr == end || *major.ptr != ':')
        return std::nullopt;
    if (std::from_chars(major.ptr + 1, end, device.minor).ec != std::errc())
        return std::nullopt;
    return device;
}

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

/// udev's database of one device: "E:ID_FS_LABEL=Photos" and the like. Read through the seam, so that tests can put
/// their own in its place.
std::map<std::string, std::string> udevProperties(System& system, DeviceNumber device)
{
    std::map<std::string, std::string> properties;
    const auto text =
        readSmallFile(system.files, ("/run/udev/data/b" + toString(device)).c_str(), std::size_t{1} << 16U);
    if (!text)
        return properties;
    std::string_view rest = *text;
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        const std::string_view line = rest.substr(0, end);
        if (line.substr(0, 2) == "E:") {
            const std::size_t equals = line.find('=');
            if (equals != std::string_view::npos)
                properties.emplace(line.substr(2, equals - 2), line.substr(equals + 1));
        }
        if (end == std::string_view::npos)
            break;
        rest.remove_prefix(end + 1);
    }
    return properties;
}

/// Undoes udev's "\x20" in ID_FS_LABEL_ENC and ID_MODEL_ENC.
std::string decoded(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x') {
            const char* from = text.data() + i + 2;
            if (std::from_chars(from, from + 2, value, 16).ptr == from + 2) {
                out += static_cast<char>(value);
                i += 3;
                continue;
            }
        }
        out += text[i];
    }
    return out;
}

void addUdev(System& system, DeviceFacts& device)
{
    const auto properties = udevProperties(system, device.number);
    const auto get = [&properties](const char* key) {
        const auto found = properties.find(key);
        return found == properties.end() ? std::string() : found->second;
    };
    device.label = decoded(get("ID_FS_LABEL_ENC"));
    device.uuid = get("ID_FS_UUID");
    if (device.transport.empty())
        device.transport = get("ID_BUS");
    if (device.vendor.empty())
        device.vendor = trimmed(decoded(get("ID_VENDOR_ENC")));
    if (device.model.empty())
        device.model = trimmed(decoded(get("ID_MODEL_ENC")));
}

void addDisk(System& system, DeviceFacts& device)
{
    const std::string own = std::string(kDevices) + "/" + toString(device.number);
    const bool isPartition = isThere(system, own + "/partition");
    const std::string disk = isPartition ? own + "/.." : own;
    device.readOnly = flag(system, own + "/ro");
    if (isPartition && flag(system, disk + "/ro").value_or(false))
        device.readOnly = true;
    device.removable = flag(system, disk + "/removable");
    device.rotational = flag(system, disk + "/queue/rotational");
    device.vendor = attribute(system, disk + "/device/vendor").value_or("");
    device.model = attribute(system, disk + "/device/model").value_or("");
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
        device.name = nameOfSource(system, mount.source);
        if (device.name.empty() || (mount.fileSystem != "btrfs" && mount.fileSystem != "bcachefs" &&
                                    mount.kind != MountKind::Local && mount.kind != MountKind::Removable))
            return std::nullopt;
        const auto numbers = attribute(system, "/sys/class/block/" + device.name + "/dev");
        const auto parsed = numbers ? parseNumber(*numbers) : std::nullopt;
        if (!parsed) {
            device.present = false;
            return device;
        }
        device.number = *parsed;
    }
    const std::string own = std::string(kDevices) + "/" + toString(device.number);
    const auto link = system.files.readLink(kWorkingDirectory, own.c_str());
    device.present = link.has_value();
    if (!link) {
        device.name = nameOfSource(system, mount.source);
        return device;
    }
    device.name = std::string(baseName(*link));
    device.loop = device.name.rfind("loop", 0) == 0;
    device.transport = transportIn(*link);
    addDisk(system, device);
    addUdev(system, device);
    if (mount.fileSystem.rfind("ext", 0) == 0)
        device.ext4Errors = number(system, "/sys/fs/ext4/" + device.name + "/errors_count");
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
