// SPDX-License-Identifier: GPL-3.0-or-later
// The JSON of what a folder is stored on.
#include "core/facts/facts_json_parts.h"
#include "core/facts/sysfs.h"

namespace scratchproof::facts_json {

Json toJson(const FileSystemSpace& space)
{
    Json json = Json::object();
    json["type"] = space.type;
    json["block_bytes"] = space.blockSize;
    const bool isKnown = space.isSizeKnown();
    json["total_bytes"] = isKnown ? Json(space.totalBytes) : Json(nullptr);
    json["free_bytes"] = isKnown ? Json(space.freeBytes) : Json(nullptr);
    json["available_bytes"] = isKnown ? Json(space.availableBytes) : Json(nullptr);
    json["total_inodes"] = space.isInodeCountKnown() ? space.totalInodes : 0;
    json["free_inodes"] = space.isInodeCountKnown() ? space.freeInodes : 0;
    json["longest_name"] = space.nameMax;
    json["read_only"] = space.readOnly;
    json["no_exec"] = space.noExec;
    json["no_suid"] = space.noSuid;
    return json;
}

std::optional<FileSystemSpace> spaceFrom(const Json* json)
{
    if (json == nullptr)
        return std::nullopt;
    FileSystemSpace space;
    space.type = getUnsigned(*json, "type").value_or(0);
    space.blockSize = getUnsigned(*json, "block_bytes").value_or(0);
    space.totalBytes = getUnsigned(*json, "total_bytes").value_or(0);
    space.freeBytes = getUnsigned(*json, "free_bytes").value_or(0);
    space.availableBytes = getUnsigned(*json, "available_bytes").value_or(0);
    space.totalInodes = getUnsigned(*json, "total_inodes").value_or(0);
    space.freeInodes = getUnsigned(*json, "free_inodes").value_or(0);
    space.nameMax = getUnsigned(*json, "longest_name").value_or(0);
    space.readOnly = getBool(*json, "read_only").value_or(false);
    space.noExec = getBool(*json, "no_exec").value_or(false);
    space.noSuid = getBool(*json, "no_suid").value_or(false);
    return space;
}

Json toJson(const DeviceFacts& device)
{
    Json json = Json::object();
    json["number"] = toString(device.number);
    putText(json, "name", device.name);
    json["present"] = device.present;
    putFlag(json, "read_only", device.readOnly);
    putFlag(json, "removable", device.removable);
    putFlag(json, "rotational", device.rotational);
    putText(json, "transport", device.transport);
    putText(json, "vendor", device.vendor);
    putText(json, "model", device.model);
    putText(json, "label", device.label);
    putText(json, "uuid", device.uuid);
    json["loop"] = device.loop;
    if (device.ext4Errors)
        json["ext4_errors"] = *device.ext4Errors;
    return json;
}

std::optional<DeviceFacts> deviceFactsFrom(const Json* json)
{
    const auto number = json != nullptr ? parseDeviceNumber(getString(*json, "number").value_or("")) : std::nullopt;
    if (!number)
        return std::nullopt;
    DeviceFacts device;
    device.number = *number;
    device.name = getText(*json, "name");
    device.present = getBool(*json, "present").value_or(true);
    device.readOnly = getBool(*json, "read_only");
    device.removable = getBool(*json, "removable");
    device.rotational = getBool(*json, "rotational");
    device.transport = getText(*json, "transport");
    device.vendor = getText(*json, "vendor");
    device.model = getText(*json, "model");
    device.label = getText(*json, "label");
    device.uuid = getText(*json, "uuid");
    device.loop = getBool(*json, "loop").value_or(false);
    device.ext4Errors = getUnsigned(*json, "ext4_errors");
    return device;
}

namespace {

Json toJson(const Quota& quota)
{
    Json json = Json::object();
    json["kind"] = quota.kind == QuotaKind::User ? "user" : quota.kind == QuotaKind::Group ? "group" : "project";
    json["id"] = quota.id;
    json["used_bytes"] = quota.usedBytes;
    json["soft_bytes"] = quota.softBytes;
    json["hard_bytes"] = quota.hardBytes;
    json["used_files"] = quota.usedFiles;
    json["soft_files"] = quota.softFiles;
    json["hard_files"] = quota.hardFiles;
    json["bytes_grace_ends"] = quota.bytesGraceEnds;
    json["files_grace_ends"] = quota.filesGraceEnds;
    return json;
}

std::optional<Quota> oneQuotaFrom(const Json& json)
{
    const std::string kind = getString(json, "kind").value_or("");
    const auto id = getId(json, "id");
    if (!id || (kind != "user" && kind != "group" && kind != "project"))
        return std::nullopt;
    Quota quota;
    quota.kind = kind == "user" ? QuotaKind::User : kind == "group" ? QuotaKind::Group : QuotaKind::Project;
    quota.id = *id;
    quota.usedBytes = getUnsigned(json, "used_bytes").value_or(0);
    quota.softBytes = getUnsigned(json, "soft_bytes").value_or(0);
    quota.hardBytes = getUnsigned(json, "hard_bytes").value_or(0);
    quota.usedFiles = getUnsigned(json, "used_files").value_or(0);
    quota.softFiles = getUnsigned(json, "soft_files").value_or(0);
    quota.hardFiles = getUnsigned(json, "hard_files").value_or(0);
    quota.bytesGraceEnds = getInteger(json, "bytes_grace_ends").value_or(0);
    quota.filesGraceEnds = getInteger(json, "files_grace_ends").value_or(0);
    return quota;
}

Json toJson(const RawAttribute& attribute)
{
    Json json = Json::object();
    putPath(json, "name", attribute.name);
    json["base64"] = toBase64(attribute.value);
    return json;
}

std::optional<RawAttribute> attributeFrom(const Json& json)
{
    auto name = getPath(json, "name");
    auto value = fromBase64(getString(json, "base64").value_or(""));
    if (!name || !value)
        return std::nullopt;
    return RawAttribute{std::move(*name), std::move(*value)};
}

Json toJson(const QgroupLimit& limit)
{
    return {
        {"level", limit.level}, {"id", limit.id}, {"used_bytes", limit.usedBytes}, {"limit_bytes", limit.limitBytes}};
}

std::optional<QgroupLimit> qgroupFrom(const Json& json)
{
    const auto level = getUnsigned(json, "level");
    const auto id = getUnsigned(json, "id");
    if (!level || !id)
        return std::nullopt;
    return QgroupLimit{*level, *id, getUnsigned(json, "used_bytes").value_or(0),
                       getUnsigned(json, "limit_bytes").value_or(0)};
}

Json toJson(const OverlayLayer& layer)
{
    Json json = Json::object();
    putPath(json, "upper", layer.upper);
    putPath(json, "work", layer.work);
    putFlag(json, "upper_is_there", layer.upperIsThere);
    putFlag(json, "work_is_there", layer.workIsThere);
    if (layer.readOnlyMount)
        putPath(json, "read_only_mount", *layer.readOnlyMount);
    return json;
}

std::optional<OverlayLayer> overlayLayerFrom(const Json* json)
{
    auto upper = json == nullptr ? std::nullopt : getPath(*json, "upper");
    if (!upper)
        return std::nullopt;
    return OverlayLayer{std::move(*upper), getPath(*json, "work").value_or(""), getBool(*json, "upper_is_there"),
                        getBool(*json, "work_is_there"), getPath(*json, "read_only_mount")};
}

} // namespace

Json toJson(const QuotaFacts& quota)
{
    Json json = Json::object();
    json["quotas"] = Json::array();
    for (const Quota& one : quota.quotas)
        json["quotas"].push_back(toJson(one));
    if (quota.project)
        json["project"] = *quota.project;
    json["project_is_inherited"] = quota.projectIsInherited;
    putCount(json, "mount_total_bytes", quota.mountTotalBytes);
    return json;
}

QuotaFacts quotaFrom(const Json& json)
{
    QuotaFacts quota;
    quota.quotas = listFrom<Quota>(json, "quotas", kMostEntries, oneQuotaFrom).value_or(std::vector<Quota>());
    quota.project = getId(json, "project");
    quota.projectIsInherited = getBool(json, "project_is_inherited").value_or(false);
    quota.mountTotalBytes = getUnsigned(json, "mount_total_bytes");
    return quota;
}

Json toJson(const FileSystemState& state)
{
    Json json = Json::object();
    putFlag(json, "subvolume_read_only", state.subvolumeReadOnly);
    putText(json, "subvolume", state.subvolume.value_or(""));
    putFlag(json, "subvolume_received", state.subvolumeReceived);
    putFlag(json, "helper_asked_read_only", state.helperAskedReadOnly);
    putCount(json, "metadata_used_bytes", state.metadataUsedBytes);
    putCount(json, "metadata_total_bytes", state.metadataTotalBytes);
    putCount(json, "metadata_reserved_bytes", state.metadataReservedBytes);
    putCount(json, "unallocated_bytes", state.unallocatedBytes);
    putCount(json, "btrfs_device_errors", state.btrfsDeviceErrors);
    if (state.isNtfs3g)
        json["ntfs_3g"] = true;
    if (state.hasHibernationFile)
        json["hibernation_file"] = true;
    if (!state.serverLists.empty()) {
        json["server_lists"] = Json::array();
        for (const RawAttribute& one : state.serverLists)
            json["server_lists"].push_back(toJson(one));
    }
    putText(json, "security_context", state.securityContext.value_or(""));
    if (state.fuseOwner)
        json["fuse_owner"] = *state.fuseOwner;
    putCount(json, "ext4_errors", state.ext4Errors);
    putText(json, "ext4_last_error_function", state.ext4LastErrorFunction);
    putText(json, "file_system_on_device", state.fileSystemOnDevice.value_or(""));
    putCount(json, "subvolume_id", state.subvolumeId);
    if (!state.fullQgroups.empty()) {
        json["full_qgroups"] = Json::array();
        for (const QgroupLimit& one : state.fullQgroups)
            json["full_qgroups"].push_back(toJson(one));
    }
    putCount(json, "pool_minimum_free_bytes", state.poolMinimumFree);
    if (state.overlayLayer)
        json["overlay_layer"] = toJson(*state.overlayLayer);
    return json;
}

FileSystemState stateFrom(const Json& json)
{
    FileSystemState state;
    state.subvolumeReadOnly = getBool(json, "subvolume_read_only");
    state.subvolume = getPath(json, "subvolume");
    state.subvolumeReceived = getBool(json, "subvolume_received");
    state.helperAskedReadOnly = getBool(json, "helper_asked_read_only");
    state.metadataUsedBytes = getUnsigned(json, "metadata_used_bytes");
    state.metadataTotalBytes = getUnsigned(json, "metadata_total_bytes");
    state.metadataReservedBytes = getUnsigned(json, "metadata_reserved_bytes");
    state.unallocatedBytes = getUnsigned(json, "unallocated_bytes");
    state.btrfsDeviceErrors = getUnsigned(json, "btrfs_device_errors");
    state.isNtfs3g = getBool(json, "ntfs_3g").value_or(false);
    state.hasHibernationFile = getBool(json, "hibernation_file").value_or(false);
    state.serverLists =
        listFrom<RawAttribute>(json, "server_lists", kMostEntries, attributeFrom).value_or(std::vector<RawAttribute>());
    state.securityContext = getPath(json, "security_context");
    state.fuseOwner = getId(json, "fuse_owner");
    state.ext4Errors = getUnsigned(json, "ext4_errors");
    state.ext4LastErrorFunction = getText(json, "ext4_last_error_function");
    state.fileSystemOnDevice = getPath(json, "file_system_on_device");
    state.subvolumeId = getUnsigned(json, "subvolume_id");
    state.fullQgroups =
        listFrom<QgroupLimit>(json, "full_qgroups", kMostEntries, qgroupFrom).value_or(std::vector<QgroupLimit>());
    state.poolMinimumFree = getUnsigned(json, "pool_minimum_free_bytes");
    state.overlayLayer = overlayLayerFrom(getObject(json, "overlay_layer"));
    return state;
}

Json toJson(const UnmountedVolume& volume)
{
    Json json = Json::object();
    putPath(json, "device", volume.device);
    putText(json, "label", volume.label);
    putText(json, "uuid", volume.uuid);
    putText(json, "file_system", volume.fileSystem);
    json["has_holders"] = volume.hasHolders;
    return json;
}

std::optional<UnmountedVolume> volumeFrom(const Json& json)
{
    auto device = getPath(json, "device");
    if (!device)
        return std::nullopt;
    return UnmountedVolume{std::move(*device), getText(json, "label"), getText(json, "uuid"),
                           getText(json, "file_system"), getBool(json, "has_holders").value_or(false)};
}

Json toJson(const FileTarget& file)
{
    Json json = Json::object();
    putPath(json, "name", file.name);
    if (file.owner)
        json["uid"] = *file.owner;
    if (file.ownerName)
        putPath(json, "owner", *file.ownerName);
    json["immutable"] = file.isImmutable;
    json["append_only"] = file.isAppendOnly;
    json["swap"] = file.isSwapFile;
    if (file.runningProgram)
        putPath(json, "running_program", *file.runningProgram);
    json["mount_point"] = file.isMountPoint;
    json["other_mount"] = file.isOnOtherMount;
    if (file.protectedRegular)
        json["protected_regular"] = *file.protectedRegular;
    json["regular"] = file.isRegular;
    if (file.accessCode >= 0)
        json["access"] = file.accessCode == 0 ? "allowed" : errnoName(file.accessCode);
    if (file.status)
        json["status"] = toJson(*file.status);
    return json;
}

std::optional<FileTarget> fileFrom(const Json& json)
{
    auto name = getPath(json, "name");
    if (!name)
        return std::nullopt;
    FileTarget file;
    file.name = std::move(*name);
    file.owner = getId(json, "uid");
    file.ownerName = getPath(json, "owner");
    file.isImmutable = getBool(json, "immutable").value_or(false);
    file.isAppendOnly = getBool(json, "append_only").value_or(false);
    file.isSwapFile = getBool(json, "swap").value_or(false);
    file.runningProgram = getPath(json, "running_program");
    file.isMountPoint = getBool(json, "mount_point").value_or(false);
    file.isOnOtherMount = getBool(json, "other_mount").value_or(false);
    if (const auto rule = getInteger(json, "protected_regular"); rule && *rule >= 0 && *rule <= INT32_MAX)
        file.protectedRegular = static_cast<int>(*rule);
    file.isRegular = getBool(json, "regular").value_or(false);
    if (const auto access = getString(json, "access"))
        file.accessCode = *access == "allowed" ? 0 : errnoFromName(*access).value_or(-1);
    file.status = statusFrom(getObject(json, "status"));
    return file;
}

} // namespace scratchproof::facts_json
