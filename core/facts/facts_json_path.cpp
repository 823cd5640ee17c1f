// SPDX-License-Identifier: GPL-3.0-or-later
// The JSON of a path, of what stands on it, and of who may do what.
#include "core/facts/facts_json_parts.h"
#include "core/facts/sysfs.h"

namespace scratchproof::facts_json {

namespace {

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

Json answerOf(const RightsAnswer& answer)
{
    Json json = Json::object();
    json["allowed"] = answer.allowed;
    json["rule"] = toString(answer.rule);
    if (answer.entry)
        json["entry"] = toJson(*answer.entry);
    json["mask_took_it"] = answer.maskTookIt;
    json["list_ignored"] = answer.listIgnored;
    return json;
}

std::optional<RightsAnswer> answerFrom(const Json* json)
{
    const auto rule = json != nullptr ? rightsRuleFromString(getString(*json, "rule").value_or("")) : std::nullopt;
    const auto allowed = json != nullptr ? getBool(*json, "allowed") : std::nullopt;
    if (!rule || !allowed)
        return std::nullopt;
    RightsAnswer answer;
    answer.allowed = *allowed;
    answer.rule = *rule;
    if (const Json* entry = getObject(*json, "entry"))
        answer.entry = entryFrom(*entry);
    answer.maskTookIt = getBool(*json, "mask_took_it").value_or(false);
    answer.listIgnored = getBool(*json, "list_ignored").value_or(false);
    return answer;
}

} // namespace

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

void putCount(Json& json, const char* key, const std::optional<std::uint64_t>& count)
{
    if (count)
        json[key] = *count;
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
    status.device = parseDeviceNumber(getString(*json, "device").value_or("")).value_or(DeviceNumber());
    status.mountId = getUnsigned(*json, "mount_id");
    status.modified = getInteger(*json, "modified_ns").value_or(0);
    status.changed = getInteger(*json, "changed_ns").value_or(0);
    status.attributes = getUnsigned(*json, "attributes").value_or(0);
    status.attributesMask = getUnsigned(*json, "attributes_mask").value_or(0);
    return status;
}

Json toJson(const AclEntry& entry)
{
    Json json = Json::object();
    json["tag"] = toString(entry.tag);
    if (entry.tag == AclTag::NamedUser || entry.tag == AclTag::NamedGroup)
        json["id"] = entry.id;
    json["permissions"] = entry.permissions;
    if (entry.name)
        putPath(json, "name", *entry.name);
    return json;
}

std::optional<AclEntry> entryFrom(const Json& json)
{
    const auto tag = aclTagFromString(getString(json, "tag").value_or(""));
    const auto permissions = getUnsigned(json, "permissions");
    if (!tag || !permissions || *permissions > 7)
        return std::nullopt;
    return AclEntry{*tag, getId(json, "id").value_or(0), static_cast<unsigned>(*permissions), getPath(json, "name")};
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
    if (!component.accessList.empty())
        json["access_list"] = listOf(component.accessList);
    putCount(json, "mount_id", component.mountId);
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
    component.accessList = listFrom<AclEntry>(json, "access_list", kMostEntries, entryFrom).value_or(AccessList());
    component.mountId = getUnsigned(json, "mount_id");
    component.owner = getPath(json, "owner");
    component.group = getPath(json, "group");
    return component;
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
    if (!facts.user.sudoCaller.empty())
        putText(json, "sudo_caller", facts.user.sudoCaller);
    if (facts.user.accountGroups)
        json["account_groups"] = *facts.user.accountGroups;
    putFlag(json, "access_list", facts.hasAccessList);
    putFlag(json, "default_access_list", facts.hasDefaultList);
    if (!facts.accessList.empty())
        json["list"] = listOf(facts.accessList);
    if (!facts.defaultList.empty())
        json["default_list"] = listOf(facts.defaultList);
    if (facts.accessListIsBroken)
        json["list_is_broken"] = true;
    if (facts.rights)
        json["computed"] = answerOf(*facts.rights);
    if (facts.folder)
        json["folder"] = toJson(*facts.folder);
    if (facts.owner)
        putPath(json, "owner", *facts.owner);
    if (facts.group)
        putPath(json, "group", *facts.group);
    return json;
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
    facts.user.sudoCaller = getText(*json, "sudo_caller");
    facts.user.accountGroups = idsFrom(getArray(*json, "account_groups"));
    if (const auto access = getString(*json, "access"))
        facts.accessCode = *access == "allowed" ? 0 : errnoFromName(*access).value_or(-1);
    facts.hasAccessList = getBool(*json, "access_list");
    facts.hasDefaultList = getBool(*json, "default_access_list");
    facts.accessList = listFrom<AclEntry>(*json, "list", kMostEntries, entryFrom).value_or(AccessList());
    facts.defaultList = listFrom<AclEntry>(*json, "default_list", kMostEntries, entryFrom).value_or(AccessList());
    facts.accessListIsBroken = getBool(*json, "list_is_broken").value_or(false);
    facts.rights = answerFrom(getObject(*json, "computed"));
    facts.folder = statusFrom(getObject(*json, "folder"));
    facts.owner = getPath(*json, "owner");
    facts.group = getPath(*json, "group");
    return true;
}

} // namespace scratchproof::facts_json
