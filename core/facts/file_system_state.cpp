// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/file_system_state.h"

#include "core/facts/sysfs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace scratchproof {

namespace {

constexpr std::uint64_t kSubvolumeTop = 256; // BTRFS_FIRST_FREE_OBJECTID: the inode of every subvolume's top folder
constexpr int kDeepest = 10'000;
constexpr std::size_t kLongestCommandLine = std::size_t{64} << 10U;

Path pathOf(System& system, int fd)
{
    return system.files.readLink(kWorkingDirectory, ("/proc/self/fd/" + std::to_string(fd)).c_str()).value_or("");
}

void readSubvolume(System& system, int folderFd, FileSystemState& state)
{
    auto at = system.files.open(folderFd, ".", O_PATH | O_DIRECTORY);
    for (int depth = 0; at && depth < kDeepest; ++depth) {
        const auto status = system.attributes.status(at->get());
        if (!status || status->isMountRoot().value_or(false) || status->inode == kSubvolumeTop) {
            // A mount may show a folder of a subvolume: then its top is out of sight.
            if (!status || status->inode != kSubvolumeTop)
                return;
            if (Path path = pathOf(system, at->get()); !path.empty())
                state.subvolume = std::move(path);
            const auto readable = system.files.open(at->get(), ".", O_RDONLY | O_DIRECTORY | O_NONBLOCK);
            const auto readOnly = readable ? system.attributes.isSubvolumeReadOnly(readable->get())
                                           : Result<bool>(fail("open", {}, EACCES));
            if (readOnly)
                state.subvolumeReadOnly = *readOnly;
            const auto received = readable ? system.attributes.isSubvolumeReceived(readable->get())
                                           : Result<bool>(fail("open", {}, EACCES));
            if (received)
                state.subvolumeReceived = *received;
            return;
        }
        at = system.files.open(at->get(), "..", O_PATH | O_DIRECTORY);
    }
}

/// "/sys/fs/btrfs/UUID" of the file system that has this device; "" if there is none.
std::string btrfsFolderOf(System& system, const std::string& deviceName)
{
    const std::string all = "/sys/fs/btrfs/";
    if (deviceName.empty())
        return {};
    for (const std::string& name : namesIn(system, all)) {
        if (isThere(system, joinPath(joinPath(joinPath(all, name), "devices"), deviceName)))
            return all + name;
    }
    return {};
}

void readBtrfsAllocation(System& system, const std::string& folder, FileSystemState& state)
{
    const std::string allocation = folder + "/allocation/";
    state.metadataUsedBytes = readNumber(system, allocation + "metadata/bytes_used");
    state.metadataTotalBytes = readNumber(system, allocation + "metadata/total_bytes");
    state.metadataReservedBytes = readNumber(system, allocation + "global_rsv_size");
    std::uint64_t size = 0;
    for (const std::string& device : namesIn(system, folder + "/devices")) {
        const auto sectors = readNumber(system, "/sys/class/block/" + device + "/size");
        if (!sectors)
            return;
        size += *sectors * 512;
    }
    std::uint64_t allocated = 0;
    for (const char* kind : {"data", "metadata", "system", "data-metadata"}) {
        const auto bytes = readNumber(system, allocation + kind + "/disk_total");
        allocated += bytes.value_or(0);
    }
    if (size != 0 && allocated != 0 && allocated <= size)
        state.unallocatedBytes = size - allocated;
}

void readBtrfsErrors(System& system, const std::string& folder, FileSystemState& state)
{
    for (const std::string& device : namesIn(system, folder + "/devinfo")) {
        const auto text = readAttribute(system, joinPath(joinPath(folder + "/devinfo", device), "error_stats"));
        if (!text)
            continue;
        // "write_errs 0", one a line
        for (const std::string_view line : splitAt(*text, "\n")) {
            const auto fields = splitAt(line, " \t");
            const auto count = fields.size() == 2 ? parseNumber(fields[1]) : std::nullopt;
            if (count)
                state.btrfsDeviceErrors = state.btrfsDeviceErrors.value_or(0) + *count;
        }
    }
}

/// Limits that leave no room for the 64 KiB of a probe. Which groups a subvolume is in may be seen by root alone, so of
/// the groups of several all are told.
void readQgroups(System& system, const std::string& folder, int folderFd, FileSystemState& state)
{
    constexpr std::uint64_t kProbe = 65536;
    constexpr std::uint64_t kLimitsReferenced = 1; // BTRFS_QGROUP_LIMIT_MAX_RFER
    constexpr std::uint64_t kLimitsExclusive = 2;  // BTRFS_QGROUP_LIMIT_MAX_EXCL
    const auto readable = system.files.open(folderFd, ".", O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    if (readable)
        state.subvolumeId = system.attributes.volumeNames(readable->get()).subvolume;
    for (const std::string& name : namesIn(system, folder + "/qgroups")) {
        const auto parts = splitAt(name, "_"); // "1_0"
        const auto level = parts.size() == 2 ? parseNumber(parts[0]) : std::nullopt;
        const auto id = parts.size() == 2 ? parseNumber(parts[1]) : std::nullopt;
        if (!level || !id || (*level == 0 && id != state.subvolumeId))
            continue;
        const std::string group = fmt::format("{}/qgroups/{}/", folder, name);
        const std::uint64_t limited = readNumber(system, group + "limit_flags").value_or(0);
        for (const auto& [flag, kind] :
             {std::pair{kLimitsReferenced, "referenced"}, std::pair{kLimitsExclusive, "exclusive"}}) {
            const auto most = readNumber(system, fmt::format("{}max_{}", group, kind));
            const auto used = readNumber(system, group + kind);
            if ((limited & flag) != 0 && most && used && *used + kProbe > *most) {
                state.fullQgroups.push_back({*level, *id, *used, *most});
                break;
            }
        }
    }
}

/// What mergerfs says of itself by attributes of a file that is only there for them.
void readPool(System& system, const Mount& mount, FileSystemState& state)
{
    const auto control = system.files.open(kWorkingDirectory, joinPath(mount.mountPoint, ".mergerfs").c_str(), O_PATH);
    const auto value = control ? system.attributes.extendedAttribute(control->get(), "user.mergerfs.minfreespace")
                               : Result<std::optional<std::string>>(std::nullopt);
    if (value && *value)
        state.poolMinimumFree = parseNumber(trimmed(**value));
}

/// Whether a hiberfil.sys in the top folder begins as one does that Windows will go on from.
bool holdsHibernation(System& system, int top)
{
    const auto file = system.files.open(top, "hiberfil.sys", O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    const auto status = file ? system.attributes.status(file->get()) : Result<FileStatus>(fail("open", {}, ENOENT));
    if (!status || !status->isRegular())
        return false;
    std::array<std::byte, 4> bytes{};
    const auto count = system.files.read(file->get(), bytes);
    const std::string_view begin(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return count && *count == bytes.size() && (begin == "hibr" || begin == "HIBR");
}

void readNtfs(System& system, const Mount& mount, FileSystemState& state)
{
    const auto top = system.files.open(kWorkingDirectory, mount.mountPoint.c_str(), O_PATH | O_DIRECTORY);
    const auto status = top ? system.attributes.status(top->get()) : Result<FileStatus>(fail("open", {}, ENOENT));
    if (!status || (status->mountId && *status->mountId != mount.id))
        return;
    const auto answer = system.attributes.extendedAttribute(top->get(), "system.ntfs_attrib_be");
    state.isNtfs3g = answer && answer->has_value();
    if (state.isNtfs3g || mount.fileSystem == "ntfs3" || mount.fileSystem == "ntfs")
        state.hasHibernationFile = holdsHibernation(system, top->get());
}

/// Of the program that serves this mount, by its command line: a driver that falls back to reading shows the same
/// options of the mount as one that was asked to. Nothing where it is not seen.
std::optional<bool> helperAskedReadOnly(System& system, const Mount& mount)
{
    const auto processes = system.processes.all();
    if (!processes)
        return std::nullopt;
    for (const int pid : *processes) {
        const std::string path = "/proc/" + std::to_string(pid) + "/cmdline";
        const auto text = readSmallFile(system.files, path.c_str(), kLongestCommandLine);
        const auto words = text ? splitAt(*text, std::string_view("\0", 1)) : std::vector<std::string_view>();
        if (std::find(words.begin(), words.end(), mount.mountPoint) == words.end())
            continue;
        const std::string_view program = baseName(words.front());
        if (program.find("ntfs") == std::string_view::npos && program.find("exfat") == std::string_view::npos)
            continue;
        for (std::size_t i = 1; i < words.size(); ++i) {
            const bool follows = words[i - 1] == "-o" || words[i - 1] == "--options";
            const auto options = splitAt(words[i].substr(words[i].substr(0, 2) == "-o" ? 2 : 0), ",");
            if ((follows || words[i].substr(0, 2) == "-o") &&
                std::find(options.begin(), options.end(), "ro") != options.end())
                return true;
        }
        return false;
    }
    return std::nullopt;
}

void readLabels(System& system, int folderFd, FileSystemState& state)
{
    for (const char* name : {"system.nfs4_acl", "system.nfs4_acl_xdr", "system.richacl"}) {
        auto value = system.attributes.extendedAttribute(folderFd, name);
        if (value && *value)
            state.serverLists.push_back({name, std::move(**value)});
    }
    if (auto context = system.attributes.extendedAttribute(folderFd, "security.selinux"); context && *context)
        state.securityContext = trimmed(std::move(**context));
}

} // namespace

FileSystemState readFileSystemState(System& system, int folderFd, const Mount& mount, const std::string& deviceName,
                                    DeviceNumber device)
{
    FileSystemState state;
    const std::string& type = mount.fileSystem;
    if (type == "btrfs") {
        readSubvolume(system, folderFd, state);
        if (const std::string folder = btrfsFolderOf(system, deviceName); !folder.empty()) {
            readBtrfsAllocation(system, folder, state);
            readBtrfsErrors(system, folder, state);
            readQgroups(system, folder, folderFd, state);
        }
    }
    if (type.rfind("ntfs", 0) == 0 || type == "fuse" || type == "fuseblk" || type == "fuse.ntfs-3g")
        readNtfs(system, mount, state);
    if (type == "fuse.mergerfs")
        readPool(system, mount, state);
    if (type == "fuseblk" || state.isNtfs3g)
        state.helperAskedReadOnly = helperAskedReadOnly(system, mount);
    readLabels(system, folderFd, state);
    for (const std::string_view option : splitAt(mount.superOptions, ",")) {
        const auto id = option.substr(0, 8) == "user_id=" ? parseNumber(option.substr(8)) : std::nullopt;
        if (id && *id <= UINT32_MAX && type.rfind("fuse", 0) == 0)
            state.fuseOwner = static_cast<std::uint32_t>(*id);
    }
    if (type.rfind("ext", 0) == 0 && !deviceName.empty()) {
        state.ext4Errors = readNumber(system, "/sys/fs/ext4/" + deviceName + "/errors_count");
        state.ext4LastErrorFunction =
            readAttribute(system, "/sys/fs/ext4/" + deviceName + "/last_error_func").value_or("");
    }
    if (!deviceName.empty()) {
        const auto properties = udevProperties(system, device);
        if (const auto found = properties.find("ID_FS_TYPE"); found != properties.end())
            state.fileSystemOnDevice = found->second;
    }
    return state;
}

std::vector<UnmountedVolume> findUnmountedVolumes(System& system, const MountTable& mounts)
{
    std::vector<UnmountedVolume> volumes;
    for (const std::string& name : namesIn(system, "/sys/class/block")) {
        const std::string folder = "/sys/class/block/" + name;
        const auto number = parseDeviceNumber(readAttribute(system, folder + "/dev").value_or(""));
        const auto properties = number ? udevProperties(system, *number) : std::map<std::string, std::string>();
        const auto get = [&properties](const char* key) {
            const auto found = properties.find(key);
            return found == properties.end() ? std::string() : found->second;
        };
        UnmountedVolume volume;
        volume.fileSystem = get("ID_FS_TYPE");
        const std::string_view type = volume.fileSystem;
        if (type.empty() || type == "swap" || type.find("_member") != std::string_view::npos)
            continue;
        volume.device = "/dev/" + name;
        const auto& all = mounts.mounts();
        const bool isMounted = std::any_of(all.begin(), all.end(), [&](const Mount& mount) {
            return mount.device == *number || mount.source == volume.device ||
                   (mount.device.major == 0 && deviceNameOf(system, mount.source) == name);
        });
        if (isMounted)
            continue;
        volume.label = decodeUdev(get("ID_FS_LABEL_ENC"));
        volume.uuid = get("ID_FS_UUID");
        volume.hasHolders = !namesIn(system, folder + "/holders").empty();
        volumes.push_back(std::move(volume));
    }
    return volumes;
}

} // namespace scratchproof
