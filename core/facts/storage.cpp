// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/storage.h"

#include "core/base/enum_names.h"
#include "core/facts/sysfs.h"

#include <algorithm>
#include <set>
#include <string>

namespace scratchproof {

namespace {

constexpr EnumNames<StorageTrait::Program> kTraits({"compressed", "may-reduce", "thin", "image", "image-with-holes",
                                                    "virtual-disk", "in-memory", "server", "host", "program"});

constexpr const char* kBlockDevices = "/sys/class/block/";
constexpr std::size_t kMostDevices = 64;            // of one stack
constexpr std::uint64_t kCompressedAttribute = 0x4; // STATX_ATTR_COMPRESSED

bool beginsWithAny(std::string_view text, std::initializer_list<std::string_view> beginnings)
{
    return std::any_of(beginnings.begin(), beginnings.end(),
                       [text](std::string_view beginning) { return text.starts_with(beginning); });
}

/// As its options say: btrfs(5), bcachefs(8), the kernel's Documentation/filesystems/{f2fs,ubifs}.rst.
bool isCompressing(const Mount& mount, const FileStatus& folder)
{
    if ((folder.attributes & kCompressedAttribute) != 0)
        return true;
    const auto isOn = [&](std::string_view option) {
        const auto value = mount.superOption(option);
        return value ? *value != "no" && *value != "none" : mount.hasSuperOption(option);
    };
    if (mount.fileSystem == "btrfs")
        return isOn("compress") || isOn("compress-force");
    if (mount.fileSystem == "bcachefs")
        return isOn("compression") || isOn("background_compression");
    // Of f2fs only files with such an ending, or with the attribute.
    if (mount.fileSystem == "f2fs")
        return mount.superOption("compress_extension") == "*";
    return mount.fileSystem == "ubifs" && isOn("compr");
}

class StorageWalk
{
public:
    explicit StorageWalk(System& system) : m_system(system) {}

    std::set<StorageTrait> traits;

    /// `name` is of a device or a partition: "sda1", "dm-3".
    void lookAt(const std::string& name)
    {
        if (name.empty() || m_seen.size() >= kMostDevices || !m_seen.insert(name).second)
            return;
        const auto place = m_system.files.readLink(kWorkingDirectory, (kBlockDevices + name).c_str());
        if (place && isThere(m_system, kBlockDevices + name + "/partition")) {
            const std::string_view whole = std::string_view(*place).substr(0, place->rfind('/'));
            lookAt(std::string(baseName(whole)));
            return;
        }
        const std::string folder = kBlockDevices + name;
        if (name.starts_with("loop"))
            lookAtLoop(folder);
        else if (beginsWithAny(name, {"zram", "ram"}))
            traits.insert(StorageTrait::InMemory);
        else if (beginsWithAny(name, {"nbd", "rbd", "drbd"}) || (place && place->find("/session") != Path::npos))
            traits.insert(StorageTrait::Server);
        else if (isVirtual(name, folder))
            traits.insert(StorageTrait::VirtualDisk);
        lookAtMapping(folder);
        for (const std::string& below : namesIn(m_system, folder + "/slaves"))
            lookAt(below);
    }

private:
    bool isVirtual(std::string_view name, const std::string& folder)
    {
        if (beginsWithAny(name, {"vd", "xvd"}))
            return true;
        const std::string vendor = readAttribute(m_system, folder + "/device/vendor").value_or("");
        const std::string model = readAttribute(m_system, folder + "/device/model").value_or("");
        return vendor == "QEMU" || vendor == "VMware" || vendor == "VMware," || vendor == "Msft" ||
               beginsWithAny(model, {"QEMU ", "VBOX ", "VMware ", "Virtual Disk", "Amazon Elastic Block Store"});
    }

    /// dm/uuid has who made it in front, and LVM the kind of a layer behind (lib/activate/dev_manager.c of LVM2).
    void lookAtMapping(const std::string& folder)
    {
        const std::string uuid = readAttribute(m_system, folder + "/dm/uuid").value_or("");
        const bool isVdo = uuid.starts_with("VDO-") || (uuid.starts_with("LVM-") && uuid.ends_with("-vpool"));
        if (isVdo)
            traits.insert(StorageTrait::MayReduce);
        if (isVdo || (uuid.starts_with("LVM-") && uuid.ends_with("-tpool")) ||
            (uuid.starts_with("stratis-1-") && uuid.find("-thin-") != std::string::npos))
            traits.insert(StorageTrait::Thin);
    }

    void lookAtLoop(const std::string& folder)
    {
        traits.insert(StorageTrait::Image);
        const auto file = readAttribute(m_system, folder + "/loop/backing_file");
        const auto sectors = readNumber(m_system, folder + "/size");
        const auto offset = readNumber(m_system, folder + "/loop/offset");
        if (!file || !file->starts_with('/') || !sectors || !offset)
            return;
        const auto status = m_system.attributes.statusFollowing(kWorkingDirectory, file->c_str());
        // Its name may belong to another file by now, or may be another mount namespace's.
        if (!status || !status->isRegular() || status->size < *offset + *sectors * 512)
            return;
        if (status->diskBytes < status->size)
            traits.insert(StorageTrait::ImageWithHoles);
    }

    System& m_system;
    std::set<std::string> m_seen;
};

} // namespace

std::string_view toString(StorageTrait trait)
{
    return kTraits.nameOf(trait);
}

std::optional<StorageTrait> storageTraitFromString(std::string_view text)
{
    return kTraits.valueOf(text);
}

std::vector<StorageTrait> storageTraits(System& system, const Mount& mount, const FileStatus& folder,
                                        const std::optional<DeviceFacts>& device)
{
    StorageWalk walk(system);
    auto& traits = walk.traits;
    if (isCompressing(mount, folder))
        traits.insert(StorageTrait::Compressed);
    if (mount.fileSystem == "zfs")
        traits.insert(StorageTrait::MayReduce);
    const bool isOfHost = mount.fileSystem == "9p" || mount.fileSystem == "virtiofs" || mount.fileSystem == "vboxsf";
    if (isOfHost)
        traits.insert(StorageTrait::Host);
    else if (mount.kind == MountKind::Network)
        traits.insert(StorageTrait::Server);
    else if (mount.kind == MountKind::Fuse)
        traits.insert(StorageTrait::Program);
    if (device)
        walk.lookAt(device->name);
    return {traits.begin(), traits.end()};
}

} // namespace scratchproof
