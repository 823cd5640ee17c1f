// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/facts_json.h"

#include <charconv>

namespace scratchproof {

namespace {

// A path of 4095 bytes has at most 2048 components; longer ones are walked too, but not without end.
constexpr std::size_t kMostComponents = 20'000;
constexpr std::size_t kMostGroups = 65'536;

constexpr std::pair<FileType, const char*> kFileTypes[] = {{FileType::Unknown, "unknown"},
                                                           {FileType::Regular, "file"},
                                                           {FileType::Directory, "folder"},
                                                           {FileType::SymbolicLink, "link"},
                                                           {FileType::Fifo, "fifo"},
                                                           {FileType::Socket, "socket"},
                                                           {FileType::CharacterDevice, "character-device"},
                                                           {FileType::BlockDevice, "block-device"}};

const char* nameOf(FileType type)
{
    for (const auto& [value, name] : kFileTypes) {
        if (value == type)
            return name;
    }
    return "unknown";
}

std::optional<FileType> typeFrom(const std::optional<std::string>& name)
{
    for (const auto& [value, known] : kFileTypes) {
        if (name && *name == known)
            return value;
    }
    return std::nullopt;
}

std::optional<DeviceNumber> deviceFrom(const std::optional<std::string>& text)
{
    DeviceNumber device;
    if (!text)
        return std::nullopt;
    const char* end = text->data() + text->size();
    const auto major = std::from_chars(text->data(), end, device.major);
    if (major.ec != std::errc() || major.ptr == end || *major.ptr != ':')
        return std::nullopt;
    const auto minor = std::from_chars(major.ptr + 1, end, device.minor);
    return minor.ec == std::errc() && minor.ptr == end ? std::optional(device) : std::nullopt;
}

std::optional<std::uint32_t> getId(const Json& json, const std::string& key)
{
    const auto value = getUnsigned(json, key);
    return value && *value <= UINT32_MAX ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

int getErrno(const Json& json, const std::string& key)
{
    return errnoFromName(getString(json, key).value_or("")).value_or(0);
}

void putFlag(Json& json, const char* key, const std::optional<bool>& flag)
{
    if (flag)
        json[key] = *flag;
}

void putText(Json& json, const std::string& key, const std::string& text)
{
    if (!text.empty())
        putPath(json, key, text);
}

std::string getText(const Json& json, const std::string& key)
{
    return getPath(json, key).value_or("");
}

Json toJson(const FileStatus& status)
{
    Json json = Json::object();
    json["type"] = nameOf(status.type);
    json["mode"] = status.mode;
    json["uid"] = status.uid;
    json["gid"] = status.gid;
    json["inode"] = status.inode;
    json["links"] = status.links;
    json["size"] = status.size;
    json["disk_bytes"] = status.diskBytes;
    json["device"] = toString(status.device);
    if (status.mountId)
        json["mount_id"] = *status.mountId;
    json["modified_ns"] = status.modified;
    json["changed_ns"] = status.changed;
    json["attributes"] = status.attributes;
    json["attributes_mask"] = status.attributesMask;
    return json;
}

std::optional<FileStatus> statusFrom(const Json* json)
{
    if (json == nullptr)
        return std::nullopt;
    FileStatus status;
    const auto type = typeFrom(getString(*json, "type"));
    const auto mode = getId(*json, "mode");
    const auto uid = getId(*json, "uid");
    const auto gid = getId(*json, "gid");
    if (!type || !mode || !uid || !gid)
        return std::nullopt;
    status.type = *type;
    status.mode = *mode & 07777U;
    status.uid = *uid;
    status.gid = *gid;
    status.inode = getUnsigned(*json, "inode").value_or(0);
    status.links = getUnsigned(*json, "links").value_or(0);
    status.size = getUnsigned(*json, "size").value_or(0);
    status.diskBytes = getUnsigned(*json, "disk_bytes").value_or(0);
    status.device = deviceFrom(getString(*json, "device")).value_or(DeviceNumber());
    status.mountId = getUnsigned(*json, "mount_id");
    status.modified = getInteger(*json, "modified_ns").value_or(0);
    status.changed = getInteger(*json, "changed_ns").value_or(0);
    status.attributes = getUnsigned(*json, "attributes").value_or(0);
    status.attributesMask = getUnsigned(*json, "attributes_mask").value_or(0);
    return status;
}

Json toJson(const FileSystemSpace& space)
{
    Json json = Json::object();
    json["type"] = space.type;
    json["block_bytes"] = space.blockSize;
    json["total_bytes"] = space.totalBytes;
    json["free_bytes"] = space.freeBytes;
    json["available_bytes"] = space.availableBytes;
    json["total_inodes"] = space.totalInodes;
    json["free_inodes"] = space.freeInodes;
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
    const auto total = getUnsigned(*json, "total_bytes");
    const auto available = getUnsigned(*json, "available_bytes");
    if (!total || !available)
        return std::nullopt;
    FileSystemSpace space;
    space.type = getUnsigned(*json, "type").value_or(0);
    space.blockSize = getUnsigned(*json, "block_bytes").value_or(0);
    space.totalBytes = *total;
    space.freeBytes = getUnsigned(*json, "free_bytes").value_or(0);
    space.availableBytes = *available;
    space.totalInodes = getUnsigned(*json, "total_inodes").value_or(0);
    space.freeInodes = getUnsigned(*json, "free_inodes").value_or(0);
    space.nameMax = getUnsigned(*json, "longest_name").value_or(0);
    space.readOnly = getBool(*json, "read_only").value_or(false);
    space.noExec = getBool(*json, "no_exec").value_or(false);
    space.noSuid = getBool(*json, "no_suid").value_or(false);
    return space;
}

Json toJson(const PathComponent& component)
{
    Json json = Json::object();
    putPath(json, "path", component.path);
    if (component.status)
        json["status"] = toJson(*component.status);
    if (component.errorCode != 0)
        json["errno"] = errnoName(component.errorCode);
    if (component.linkTarget)
        putPath(json, "target", *component.linkTarget);
    if (component.linkErrorCode != 0)
        json["target_errno"] = errnoName(component.linkErrorCode);
    if (component.targetType)
        json["target_type"] = nameOf(*component.targetType);
    putFlag(json, "searchable", component.searchable);
    if (component.owner)
        putPath(json, "owner", *component.owner);
    if (component.group)
        putPath(json, "group", *component.group);
    return json;
}

std::optional<PathComponent> componentFrom(const Json& json)
{
    const auto path = getPath(json, "path");
    if (!path)
        return std::nullopt;
    PathComponent component;
    component.path = *path;
    component.status = statusFrom(getObject(json, "status"));
    component.errorCode = getErrno(json, "errno");
    component.linkTarget = getPath(json, "target");
    component.linkErrorCode = getErrno(json, "target_errno");
    component.targetType = typeFrom(getString(json, "target_type"));
    component.searchable = getBool(json, "searchable");
    component.owner = getPath(json, "owner");
    component.group = getPath(json, "group");
    return component;
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
    const auto number = json != nullptr ? deviceFrom(getString(*json, "number")) : std::nullopt;
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

Json rightsOf(const Facts& facts)
{
    Json json = Json::object();
    if (facts.accessCode == 0)
        json["access"] = "allowed";
    else if (facts.accessCode > 0)
        json["access"] = errnoName(facts.accessCode);
    json["uid"] = facts.user.uid;
    json["gid"] = facts.user.gid;
    json["groups"] = facts.user.groups;
    putText(json, "user", facts.user.name);
    if (facts.user.accountGroups)
        json["account_groups"] = *facts.user.accountGroups;
    putFlag(json, "access_list", facts.hasAccessList);
    putFlag(json, "default_access_list", facts.hasDefaultList);
    if (facts.folder)
        json["folder"] = toJson(*facts.folder);
    if (facts.owner)
        putPath(json, "owner", *facts.owner);
    if (facts.group)
        putPath(json, "group", *facts.group);
    return json;
}

std::optional<std::vector<std::uint32_t>> idsFrom(const Json* list)
{
    if (list == nullptr || list->size() > kMostGroups)
        return std::nullopt;
    std::vector<std::uint32_t> ids;
    for (const Json& id : *list) {
        if (!id.is_number_unsigned() || id.get<std::uint64_t>() > UINT32_MAX)
            return std::nullopt;
        ids.push_back(id.get<std::uint32_t>());
    }
    return ids;
}

bool readRights(const Json* json, Facts& facts)
{
    if (json == nullptr)
        return false;
    const auto uid = getId(*json, "uid");
    const auto gid = getId(*json, "gid");
    const auto groups = idsFrom(getArray(*json, "groups"));
    if (!uid || !gid || !groups)
        return false;
    facts.user.uid = *uid;
    facts.user.gid = *gid;
    facts.user.groups = *groups;
    facts.user.name = getText(*json, "user");
    facts.user.accountGroups = idsFrom(getArray(*json, "account_groups"));
    if (const auto access = getString(*json, "access"))
        facts.accessCode = *access == "allowed" ? 0 : errnoFromName(*access).value_or(-1);
    facts.hasAccessList = getBool(*json, "access_list");
    facts.hasDefaultList = getBool(*json, "default_access_list");
    facts.folder = statusFrom(getObject(*json, "folder"));
    facts.owner = getPath(*json, "owner");
    facts.group = getPath(*json, "group");
    return true;
}

} // namespace

Json toJson(const Mount& mount)
{
    Json json = Json::object();
    json["id"] = mount.id;
    json["parent_id"] = mount.parentId;
    json["device"] = toString(mount.device);
    putPath(json, "root", mount.root);
    putPath(json, "point", mount.mountPoint);
    putPath(json, "options", mount.options);
    putPath(json, "file_system", mount.fileSystem);
    putPath(json, "source", mount.source);
    putPath(json, "super_options", mount.superOptions);
    json["kind"] = toString(mount.kind);
    return json;
}

Result<Mount> mountFromJson(const Json& json)
{
    const auto point = getPath(json, "point");
    const auto kind = mountKindFromString(getString(json, "kind").value_or(""));
    if (!point || !kind)
        return fail("parse-facts", {}, 0, "the mount has no point, or a kind that is not known");
    Mount mount;
    mount.id = getUnsigned(json, "id").value_or(0);
    mount.parentId = getUnsigned(json, "parent_id").value_or(0);
    mount.device = deviceFrom(getString(json, "device")).value_or(DeviceNumber());
    mount.root = getText(json, "root");
    mount.mountPoint = *point;
    mount.options = getText(json, "options");
    mount.fileSystem = getText(json, "file_system");
    mount.source = getText(json, "source");
    mount.superOptions = getText(json, "super_options");
    mount.kind = *kind;
    return mount;
}

Json toJson(const Facts& facts)
{
    Json json = Json::object();
    if (facts.mount) {
        Json mount = toJson(*facts.mount);
        mount["by_text"] = facts.mountByText;
        mount["mounts_at_point"] = facts.mountsAtPoint;
        json["mount"] = std::move(mount);
    }
    if (facts.unmountedPoint)
        putPath(json, "unmounted_point", *facts.unmountedPoint);
    if (facts.space)
        json["space"] = toJson(*facts.space);
    json["path"] = Json::array();
    for (const PathComponent& component : facts.path)
        json["path"].push_back(toJson(component));
    json["rights"] = rightsOf(facts);
    if (facts.device)
        json["device"] = toJson(*facts.device);
    json["confinement"] = Json::object();
    return json;
}

Result<Facts> factsFromJson(const Json& json)
{
    Facts facts;
    if (const Json* mount = getObject(json, "mount")) {
        auto read = mountFromJson(*mount);
        if (!read)
            return fail(std::move(read.error()));
        facts.mount = std::move(*read);
        facts.mountByText = getBool(*mount, "by_text").value_or(false);
        facts.mountsAtPoint = getId(*mount, "mounts_at_point").value_or(0);
    }
    facts.unmountedPoint = getPath(json, "unmounted_point");
    facts.space = spaceFrom(getObject(json, "space"));
    facts.device = deviceFactsFrom(getObject(json, "device"));
    const Json* path = getArray(json, "path");
    if (path == nullptr || path->size() > kMostComponents)
        return fail("parse-facts", {}, 0, "the path walk is missing or too long");
    for (const Json& entry : *path) {
        auto component = componentFrom(entry);
        if (!component)
            return fail("parse-facts", {}, 0, "a component of the path walk has no path");
        facts.path.push_back(std::move(*component));
    }
    if (!readRights(getObject(json, "rights"), facts))
        return fail("parse-facts", {}, 0, "the rights are missing or not numbers");
    return facts;
}

} // namespace scratchproof
