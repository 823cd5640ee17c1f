// SPDX-License-Identifier: GPL-3.0-or-later
// The JSON of what is so of the process that checks.
#include "core/facts/facts_json_parts.h"

namespace scratchproof::facts_json {

namespace {

constexpr std::size_t kMostRanges = 340; // of user_namespaces(7)

Json toJson(const IdRange& range)
{
    return {{"inside", range.inside}, {"outside", range.outside}, {"count", range.count}};
}

std::optional<IdRange> rangeFrom(const Json& json)
{
    const auto inside = getId(json, "inside");
    const auto outside = getId(json, "outside");
    const auto count = getId(json, "count");
    if (!inside || !outside || !count)
        return std::nullopt;
    return IdRange{*inside, *outside, *count};
}

void putMap(Json& json, const char* key, const std::vector<IdRange>& ranges)
{
    if (ranges.empty())
        return;
    json[key] = Json::array();
    for (const IdRange& range : ranges)
        json[key].push_back(toJson(range));
}

std::vector<IdRange> mapFrom(const Json& json, const char* key)
{
    return listFrom<IdRange>(json, key, kMostRanges, rangeFrom).value_or(std::vector<IdRange>());
}

/// An entry that putPath() wrote into an object of its own, so that bytes that are no text survive.
std::optional<std::string> textFrom(const Json& json)
{
    return getPath(json, "value");
}

} // namespace

Json toJson(const Confinement& confinement)
{
    Json json = Json::object();
    putText(json, "flatpak", confinement.flatpak);
    if (!confinement.flatpakFileSystems.empty()) {
        json["flatpak_file_systems"] = Json::array();
        for (const std::string& one : confinement.flatpakFileSystems) {
            Json entry = Json::object();
            putPath(entry, "value", one);
            json["flatpak_file_systems"].push_back(std::move(entry));
        }
    }
    putText(json, "snap", confinement.snap);
    putText(json, "container", confinement.container);
    putText(json, "systemd_service", confinement.systemdService);
    if (confinement.isUsersService)
        json["users_service"] = true;
    json["immutable_system"] = confinement.immutableSystem;
    putFlag(json, "root_read_only", confinement.rootIsReadOnly);
    putText(json, "root_file_system", confinement.rootFileSystem);
    putFlag(json, "own_mount_namespace", confinement.ownMountNamespace);
    putMap(json, "user_map", confinement.userMap);
    putMap(json, "group_map", confinement.groupMap);
    if (confinement.overflowUid)
        json["overflow_uid"] = *confinement.overflowUid;
    putFlag(json, "no_new_privileges", confinement.noNewPrivileges);
    if (confinement.seccomp)
        json["seccomp"] = *confinement.seccomp;
    putCount(json, "capabilities", confinement.capabilities);
    putText(json, "security_label", confinement.securityLabel);
    putText(json, "security_module", confinement.securityModule);
    putFlag(json, "selinux_enforcing", confinement.selinuxEnforcing);
    return json;
}

Confinement confinementFrom(const Json& json)
{
    Confinement confinement;
    confinement.flatpak = getText(json, "flatpak");
    confinement.flatpakFileSystems = listFrom<std::string>(json, "flatpak_file_systems", kMostEntries, textFrom)
                                         .value_or(std::vector<std::string>());
    confinement.snap = getText(json, "snap");
    confinement.container = getText(json, "container");
    confinement.systemdService = getText(json, "systemd_service");
    confinement.isUsersService = getBool(json, "users_service").value_or(false);
    confinement.immutableSystem = getBool(json, "immutable_system").value_or(false);
    confinement.rootIsReadOnly = getBool(json, "root_read_only");
    confinement.rootFileSystem = getText(json, "root_file_system");
    confinement.ownMountNamespace = getBool(json, "own_mount_namespace");
    confinement.userMap = mapFrom(json, "user_map");
    confinement.groupMap = mapFrom(json, "group_map");
    confinement.overflowUid = getId(json, "overflow_uid");
    confinement.noNewPrivileges = getBool(json, "no_new_privileges");
    if (const auto mode = getUnsigned(json, "seccomp"); mode && *mode <= 2)
        confinement.seccomp = static_cast<unsigned>(*mode);
    confinement.capabilities = getUnsigned(json, "capabilities");
    confinement.securityLabel = getText(json, "security_label");
    confinement.securityModule = getText(json, "security_module");
    confinement.selinuxEnforcing = getBool(json, "selinux_enforcing");
    return confinement;
}

Json toJson(const LimitFacts& limits)
{
    Json json = Json::object();
    putCount(json, "file_size_bytes", limits.fileSizeBytes);
    putCount(json, "open_files", limits.openFiles);
    putCount(json, "open_files_now", limits.openFilesNow);
    putCount(json, "system_open_files", limits.systemOpenFiles);
    putCount(json, "system_most_open_files", limits.systemMostOpenFiles);
    putCount(json, "memory_available_bytes", limits.memoryAvailableBytes);
    return json;
}

LimitFacts limitsFrom(const Json& json)
{
    LimitFacts limits;
    limits.fileSizeBytes = getUnsigned(json, "file_size_bytes");
    limits.openFiles = getUnsigned(json, "open_files");
    limits.openFilesNow = getUnsigned(json, "open_files_now");
    limits.systemOpenFiles = getUnsigned(json, "system_open_files");
    limits.systemMostOpenFiles = getUnsigned(json, "system_most_open_files");
    limits.memoryAvailableBytes = getUnsigned(json, "memory_available_bytes");
    return limits;
}

} // namespace scratchproof::facts_json
