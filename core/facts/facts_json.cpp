// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/facts_json.h"

#include "core/facts/facts_json_parts.h"
#include "core/facts/sysfs.h"

namespace scratchproof {

using namespace facts_json;
using facts_json::toJson;

namespace {

// A path of 4095 bytes has at most 2048 components; longer ones are walked too, but not without end.
constexpr std::size_t kMostComponents = 20'000;

std::optional<Mount> maybeMount(const Json& json)
{
    auto mount = mountFromJson(json);
    return mount ? std::optional(std::move(*mount)) : std::nullopt;
}

void readDeep(const Json& json, Facts& facts)
{
    facts.isDeep = getBool(json, "deep").value_or(false);
    facts.isEmpty = getBool(json, "is_empty");
    facts.groupIsPersonal = getBool(json, "group_is_personal").value_or(false);
    if (const Json* limits = getObject(json, "limits"))
        facts.limits = limitsFrom(*limits);
    if (const Json* quota = getObject(json, "quota"))
        facts.quota = quotaFrom(*quota);
    if (const Json* state = getObject(json, "state"))
        facts.state = stateFrom(*state);
    if (auto volumes = listFrom<UnmountedVolume>(json, "unmounted_volumes", kMostEntries, volumeFrom))
        facts.unmountedVolumes = std::move(*volumes);
    if (const Json* links = getObject(json, "links"))
        facts.links =
            LinkChain{getId(*links, "followed").value_or(0), getPath(*links, "circle"), getPath(*links, "end")};
    if (auto mounts = listFrom<Mount>(json, "mounts_on_path", kMostComponents, maybeMount))
        facts.mountsOnPath = std::move(*mounts);
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
    mount.device = parseDeviceNumber(getString(json, "device").value_or("")).value_or(DeviceNumber());
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
    if (facts.unmountedForUsers)
        json["unmounted_for_users"] = true;
    putFlag(json, "unmounted_device_there", facts.unmountedDeviceThere);
    if (facts.expectedReadOnly)
        json["expected_read_only"] = true;
    if (facts.space)
        json["space"] = toJson(*facts.space);
    json["path"] = listOf(facts.path);
    json["rights"] = rightsOf(facts);
    if (facts.device)
        json["device"] = toJson(*facts.device);
    json["confinement"] = toJson(facts.confinement);
    if (facts.file)
        json["file"] = toJson(*facts.file);
    if (!facts.isDeep)
        return json;
    json["deep"] = true;
    putFlag(json, "is_empty", facts.isEmpty);
    if (facts.groupIsPersonal)
        json["group_is_personal"] = true;
    json["limits"] = toJson(facts.limits);
    json["quota"] = toJson(facts.quota);
    json["state"] = toJson(facts.state);
    json["unmounted_volumes"] = listOf(facts.unmountedVolumes);
    if (facts.links) {
        Json& links = json["links"] = Json{{"followed", facts.links->links}};
        if (facts.links->circle)
            putPath(links, "circle", *facts.links->circle);
        if (facts.links->end)
            putPath(links, "end", *facts.links->end);
    }
    json["mounts_on_path"] = Json::array();
    for (const Mount& mount : facts.mountsOnPath)
        json["mounts_on_path"].push_back(toJson(mount));
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
    facts.unmountedForUsers = getBool(json, "unmounted_for_users").value_or(false);
    facts.unmountedDeviceThere = getBool(json, "unmounted_device_there");
    facts.expectedReadOnly = getBool(json, "expected_read_only").value_or(false);
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
    if (const Json* confinement = getObject(json, "confinement"))
        facts.confinement = confinementFrom(*confinement);
    if (const Json* file = getObject(json, "file"))
        facts.file = fileFrom(*file);
    readDeep(json, facts);
    return facts;
}

} // namespace scratchproof
