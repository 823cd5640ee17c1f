// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/confinement.h"

#include "core/facts/mount_table.h"
#include "core/facts/own_powers.h"
#include "core/facts/sysfs.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace scratchproof {

namespace {

constexpr std::size_t kLargestText = std::size_t{1} << 16U;
constexpr std::uint32_t kAllIds = 4294967295U;

/// A value of a key file ("[Context]", "filesystems=home;"), as flatpak-metadata(5) has them; "" if it is not there.
std::string keyFileValue(const std::string& text, std::string_view group, std::string_view key)
{
    bool isInGroup = false;
    for (const std::string_view line : splitAt(text, "\n")) {
        if (line.front() == '[')
            isInGroup = line.size() == group.size() + 2 && line.substr(1, group.size()) == group && line.back() == ']';
        else if (isInGroup && line.size() > key.size() && line.substr(0, key.size()) == key && line[key.size()] == '=')
            return trimmed(std::string(line.substr(key.size() + 1)));
    }
    return {};
}

void readFlatpak(System& system, Confinement& confinement)
{
    const auto text = readSmallFile(system.files, "/.flatpak-info", kLargestText);
    if (!text)
        return;
    confinement.flatpak = keyFileValue(*text, "Application", "name");
    if (confinement.flatpak.empty())
        confinement.flatpak = keyFileValue(*text, "Runtime", "name");
    if (confinement.flatpak.empty())
        confinement.flatpak = "unknown";
    const std::string shared = keyFileValue(*text, "Context", "filesystems");
    for (const std::string_view one : splitAt(shared, ";"))
        confinement.flatpakFileSystems.emplace_back(one);
}

std::string containerOf(System& system, const std::string& cgroup)
{
    // The name that the manager itself left, as systemd's container interface has it.
    if (auto name = readAttribute(system, "/run/systemd/container"); name && !name->empty())
        return *name;
    if (isThere(system, "/run/.containerenv"))
        return "podman";
    if (isThere(system, "/.dockerenv"))
        return "docker";
    if (const auto name = environmentVariable("container"))
        return *name == "flatpak" ? std::string() : *name;
    static constexpr std::array<std::pair<std::string_view, const char*>, 5> kMarks = {{{"/docker/", "docker"},
                                                                                        {"/docker-", "docker"},
                                                                                        {"/libpod-", "podman"},
                                                                                        {"/lxc/", "lxc"},
                                                                                        {"/kubepods", "oci"}}};
    for (const auto& [mark, name] : kMarks) {
        if (cgroup.find(mark) != std::string::npos)
            return name;
    }
    return {};
}

/// The service that this process is in itself: "backup.service" of "0::/system.slice/backup.service". A session below
/// user@1000.service is none.
std::string serviceOf(const std::string& cgroup)
{
    for (const std::string_view line : splitAt(cgroup, "\n")) {
        const bool isUnified = line.substr(0, 3) == "0::";
        const bool isSystemd = line.find(":name=systemd:") != std::string_view::npos;
        if (!isUnified && !isSystemd)
            continue;
        const std::string_view unit = baseName(line.substr(line.rfind(':') + 1));
        constexpr std::string_view kEnd = ".service";
        if (unit.size() > kEnd.size() && unit.substr(unit.size() - kEnd.size()) == kEnd && unit.substr(0, 5) != "user@")
            return trimmed(std::string(unit));
    }
    return {};
}

bool isImmutableSystem(System& system)
{
    if (isThere(system, "/run/ostree-booted"))
        return true;
    auto text = readSmallFile(system.files, "/etc/os-release", kLargestText);
    if (!text)
        text = readSmallFile(system.files, "/usr/lib/os-release", kLargestText);
    if (!text)
        return false;
    static constexpr std::array<std::string_view, 18> kKnown = {
        "steamos", "opensuse-microos", "opensuse-aeon", "opensuse-kalpa", "sle-micro", "sl-micro",
        "flatcar", "ubuntu-core",      "endless",       "chimeraos",      "vanilla",   "silverblue",
        "kinoite", "sericea",          "onyx",          "coreos",         "iot",       "bottlerocket"};
    for (const std::string_view line : splitAt(*text, "\n")) {
        const std::size_t equals = std::min(line.find('='), line.size() - 1);
        const std::string_view key = line.substr(0, equals);
        std::string value = trimmed(std::string(line.substr(equals + 1)));
        value.erase(std::remove(value.begin(), value.end(), '"'), value.end());
        if ((key == "ID" || key == "VARIANT_ID") && std::find(kKnown.begin(), kKnown.end(), value) != kKnown.end())
            return true;
    }
    return false;
}

std::vector<IdRange> readIdMap(System& system, const char* path)
{
    std::vector<IdRange> ranges;
    const auto text = readSmallFile(system.files, path, kLargestText);
    if (!text)
        return ranges;
    for (const std::string_view line : splitAt(*text, "\n")) {
        const auto fields = splitAt(line, " \t");
        std::array<std::uint64_t, 3> numbers{};
        bool fits = fields.size() == numbers.size();
        for (std::size_t i = 0; fits && i < numbers.size(); ++i) {
            const auto number = parseNumber(fields[i]);
            fits = number && *number <= kAllIds;
            numbers.at(i) = number.value_or(0);
        }
        // A map that is not understood is not known: better than half of one.
        if (!fits)
            return {};
        ranges.push_back({static_cast<std::uint32_t>(numbers[0]), static_cast<std::uint32_t>(numbers[1]),
                          static_cast<std::uint32_t>(numbers[2])});
    }
    return ranges;
}

void readOwnStatus(System& system, Confinement& confinement)
{
    const auto text = readSmallFile(system.files, "/proc/self/status", kLargestText);
    if (!text)
        return;
    for (const std::string_view line : splitAt(*text, "\n")) {
        const auto fields = splitAt(line, ": \t");
        if (fields.size() < 2)
            continue;
        if (fields[0] == "NoNewPrivs") {
            confinement.noNewPrivileges = fields[1] != "0";
        } else if (fields[0] == "Seccomp") {
            if (const auto mode = parseNumber(fields[1]); mode && *mode <= 2)
                confinement.seccomp = static_cast<unsigned>(*mode);
        } else if (fields[0] == "CapEff") {
            std::uint64_t value = 0;
            const char* end = fields[1].data() + fields[1].size();
            const auto parsed = std::from_chars(fields[1].data(), end, value, 16);
            if (parsed.ec == std::errc() && parsed.ptr == end)
                confinement.capabilities = value;
        }
    }
}

std::string securityModuleOf(System& system)
{
    if (const auto list = readAttribute(system, "/sys/kernel/security/lsm")) {
        for (const std::string_view module : splitAt(*list, ",")) {
            if (module == "selinux" || module == "apparmor" || module == "smack")
                return std::string(module);
        }
        return {};
    }
    if (isThere(system, "/sys/fs/selinux/enforce"))
        return "selinux";
    if (isThere(system, "/sys/fs/smackfs/load2"))
        return "smack";
    return readAttribute(system, "/sys/module/apparmor/parameters/enabled") == "Y" ? "apparmor" : "";
}

bool mapsAllToItself(const std::vector<IdRange>& ranges)
{
    return ranges.empty() || ranges == std::vector<IdRange>{{0, 0, kAllIds}};
}

} // namespace

bool Confinement::isInitialUserNamespace() const
{
    return mapsAllToItself(userMap) && mapsAllToItself(groupMap);
}

std::optional<bool> Confinement::overridesPermissions() const
{
    constexpr unsigned kDacOverride = 1; // CAP_DAC_OVERRIDE of capabilities(7)
    if (!capabilities)
        return std::nullopt;
    return ((*capabilities >> kDacOverride) & 1U) != 0;
}

bool rootHasItsPowers(const Confinement& confinement)
{
    return confinement.isInitialUserNamespace() && confinement.overridesPermissions().value_or(true);
}

bool rootHasItsPowers(System& system)
{
    Confinement own;
    readOwnStatus(system, own);
    own.userMap = readIdMap(system, "/proc/self/uid_map");
    own.groupMap = readIdMap(system, "/proc/self/gid_map");
    return rootHasItsPowers(own);
}

Confinement readConfinement(System& system, const MountTable* mounts)
{
    Confinement confinement;
    readFlatpak(system, confinement);
    const std::string cgroup = readSmallFile(system.files, "/proc/self/cgroup", kLargestText).value_or("");
    confinement.container = containerOf(system, cgroup);
    confinement.systemdService = serviceOf(cgroup);
    confinement.isUsersService = !confinement.systemdService.empty() && cgroup.find("/user@") != std::string::npos;
    confinement.immutableSystem = isImmutableSystem(system);
    if (const Mount* root = mounts != nullptr ? mounts->byPathText("/") : nullptr) {
        confinement.rootIsReadOnly = root->hasOption("ro");
        confinement.rootFileSystem = root->fileSystem;
    }
    const auto own = system.files.readLink(kWorkingDirectory, "/proc/self/ns/mnt");
    const auto first = system.files.readLink(kWorkingDirectory, "/proc/1/ns/mnt");
    if (own && first)
        confinement.ownMountNamespace = *own != *first;
    confinement.userMap = readIdMap(system, "/proc/self/uid_map");
    confinement.groupMap = readIdMap(system, "/proc/self/gid_map");
    if (const auto uid = readNumber(system, "/proc/sys/kernel/overflowuid"); uid && *uid <= kAllIds)
        confinement.overflowUid = static_cast<std::uint32_t>(*uid);
    readOwnStatus(system, confinement);
    confinement.securityModule = securityModuleOf(system);
    confinement.securityLabel = readAttribute(system, "/proc/self/attr/current").value_or("");
    if (confinement.securityLabel.rfind("snap.", 0) == 0)
        confinement.snap = confinement.securityLabel.substr(5, confinement.securityLabel.find('.', 5) - 5);
    confinement.selinuxEnforcing = readFlag(system, "/sys/fs/selinux/enforce");
    return confinement;
}

} // namespace scratchproof
