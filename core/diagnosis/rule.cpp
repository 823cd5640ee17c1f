// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace scratchproof {

bool Input::failedAt(std::initializer_list<Step> steps) const
{
    return problem != nullptr && std::find(steps.begin(), steps.end(), problem->step) != steps.end();
}

bool Input::failedWith(std::initializer_list<int> codes) const
{
    return problem != nullptr && std::find(codes.begin(), codes.end(), problem->errorCode) != codes.end();
}

const FileStatus* Input::folderStatus() const
{
    if (probe.notes.folder)
        return &*probe.notes.folder;
    return facts.folder ? &*facts.folder : nullptr;
}

const PathComponent* Input::barrier() const
{
    for (std::size_t i = facts.path.size(); i-- > 0;) {
        if (facts.path[i].searchable == std::optional<bool>(false))
            return &facts.path[i];
    }
    return nullptr;
}

Credentials Input::credentials() const
{
    const bool isRoot = facts.user.uid == 0 && facts.confinement.overridesPermissions().value_or(true);
    return {facts.user.uid, facts.user.gid, facts.user.groups, isRoot};
}

std::optional<RightsAnswer> Input::rights() const
{
    if (facts.rights)
        return facts.rights;
    const FileStatus* status = folderStatus();
    if (status == nullptr)
        return std::nullopt;
    // A list that was not read (see deepen()), or does not parse, may say anything, except of the owner.
    const bool isUnread = facts.hasAccessList.value_or(false) && facts.accessList.empty() && (status->mode & 070U) != 0;
    const Credentials who = credentials();
    if (isUnread && who.uid != status->uid && !who.overridesPermissions)
        return std::nullopt;
    return evaluateRights(*status, facts.accessList, who, 3);
}

const AbilityResult* Input::lacking(Ability ability) const
{
    if (problem != nullptr)
        return nullptr;
    for (const AbilityResult& result : probe.abilities) {
        if (result.ability == ability)
            return result.status == AbilityStatus::Missing ? &result : nullptr;
    }
    return nullptr;
}

const FileStatus* Input::deniedByRights() const
{
    if (!isCreating() || !failedWith({EACCES}))
        return nullptr;
    const auto answer = rights();
    return answer && !answer->allowed ? folderStatus() : nullptr;
}

std::string_view Input::fileSystem() const
{
    return facts.mount ? std::string_view(facts.mount->fileSystem) : std::string_view();
}

bool Input::isFuse() const
{
    return fileSystem().substr(0, 4) == "fuse";
}

bool Input::isNfs() const
{
    return fileSystem() == "nfs" || fileSystem() == "nfs4";
}

bool Input::isSmb() const
{
    return facts.mount && scratchproof::isSmb(*facts.mount);
}

bool Input::isRemote() const
{
    return isKind(MountKind::Network) || isKind(MountKind::Fuse) || fileSystem() == "9p" ||
           fileSystem() == "virtiofs" || fileSystem() == "vboxsf";
}

bool Input::storesNoPermissions() const
{
    return facts.mount && (scratchproof::storesNoPermissions(*facts.mount) || (isFuse() && facts.state.isNtfs3g));
}

bool storesNoPermissions(const Mount& mount)
{
    static constexpr std::string_view kTypes[] = {
        "vfat", "msdos",      "exfat",           "fuseblk",      "ntfs3",       "ntfs",
        "hfs",  "fuse.exfat", "fuse.exfat-fuse", "fuse.ntfs-3g", "fuse.fusefat"};
    return std::find(std::begin(kTypes), std::end(kTypes), mount.fileSystem) != std::end(kTypes);
}

bool isSmb(const Mount& mount)
{
    static constexpr std::string_view kTypes[] = {"cifs", "smb3", "smbfs", "fuse.smbnetfs"};
    return std::find(std::begin(kTypes), std::end(kTypes), mount.fileSystem) != std::end(kTypes);
}

namespace {

Argument inLetters(unsigned rights)
{
    return Argument::name(fmt::format("{}{}{}", (rights & 4U) != 0 ? "r" : "", (rights & 2U) != 0 ? "w" : "",
                                      (rights & 1U) != 0 ? "x" : ""));
}

/// An entry that the mask holds back, of somebody else than `who`.
bool isUnderMask(const AclEntry& entry, const Credentials& who)
{
    return entry.tag == AclTag::NamedGroup || entry.tag == AclTag::OwningGroup ||
           (entry.tag == AclTag::NamedUser && entry.id != who.uid);
}

void addWakes(Arguments& arguments, std::span<const AclEntry> list, const Credentials& who, unsigned before,
              unsigned after)
{
    std::string wakes;
    for (AclEntry entry : list) {
        entry.permissions &= after & ~before;
        if (isUnderMask(entry, who) && entry.permissions != 0)
            wakes += (wakes.empty() ? "" : ", ") + toText(entry);
    }
    if (!wakes.empty())
        arguments.emplace("wakes", Argument::plain(wakes));
}

} // namespace

Arguments grantOf(const FileStatus& status, std::span<const AclEntry> list, const Credentials& who, unsigned needed,
                  bool isUnread)
{
    const unsigned grant = allowedRights(status, list, {who.uid, who.gid, who.groups, false}) | needed;
    Arguments arguments{{"grant", inLetters(grant)}};
    const unsigned mask = (status.mode >> 3U) & 7U; // of a list; without one the group's own
    unsigned all = grant;
    for (const AclEntry& entry : list) {
        if (isUnderMask(entry, who))
            all |= entry.permissions;
    }
    if (isUnread || (!list.empty() && all != (mask | grant)))
        arguments.emplace("mask", inLetters(mask | grant));
    addWakes(arguments, list, who, mask, mask | grant);
    return arguments;
}

Arguments raiseMask(const FileStatus& status, std::span<const AclEntry> list, const Credentials& who, unsigned mask)
{
    Arguments arguments{{"mask", inLetters(mask)}};
    addWakes(arguments, list, who, (status.mode >> 3U) & 7U, mask);
    return arguments;
}

bool takesAccessLists(const Mount* mount)
{
    if (mount == nullptr)
        return true;
    const std::string_view type = mount->fileSystem;
    static constexpr std::string_view kWithout[] = {"vfat", "msdos", "exfat", "ntfs", "ntfs3", "hfs",    "hfsplus",
                                                    "udf",  "nfs4",  "cifs",  "smb3", "9p",    "vboxsf", "virtiofs"};
    if (mount->isReadOnly() || mount->kind == MountKind::Pseudo || mount->kind == MountKind::Automount)
        return false;
    // A program may pass a list on and not go by it, whatever setfacl says.
    if (type.substr(0, 4) == "fuse" || std::find(std::begin(kWithout), std::end(kWithout), type) != std::end(kWithout))
        return false;
    if (type == "zfs")
        return mount->hasSuperOption("posixacl");
    return !mount->hasSuperOption("noacl");
}

std::vector<const char*> accessFixes(const Input& input, const FileStatus& folder)
{
    const auto& layer = input.facts.state.overlayLayer;
    if (layer && layer->readOnlyMount)
        return {};
    if (!takesAccessLists(input.mount()))
        return {"ask-without-list"};
    std::vector<const char*> fixes{"grant-wakes",
                                   folder.uid == 0 || !input.facts.owner ? "have-access-given" : "ask-for-access"};
    // New files of a folder that several people share are closed to those whom only its own list lets in.
    if ((folder.mode & 02000U) != 0 || input.facts.hasDefaultList.value_or(false))
        fixes.push_back("share-new-files");
    return fixes;
}

std::vector<const char*> repairFixes(const Input& input)
{
    const Mount* mount = input.mount();
    const std::string_view type = input.fileSystem();
    const bool hasDevice = input.facts.device && !input.facts.device->name.empty();
    if (mount == nullptr || !hasDevice)
        return {"have-it-checked"};
    if (isSystemPlace(mount->mountPoint))
        return {"check-at-start"};
    if (type.substr(0, 3) == "ext")
        return {"unmount-drive", "check-ext"};
    if (type == "xfs")
        return {"unmount-drive", "check-xfs"};
    if (type == "btrfs")
        return {"unmount-drive", "check-btrfs"};
    if (type == "vfat" || type == "msdos")
        return {"unmount-drive", "check-fat"};
    if (type == "exfat")
        return {"unmount-drive", "check-exfat"};
    return {"unmount-drive", "have-it-checked"};
}

bool isForJoining(std::uint32_t gid, const std::optional<std::string>& name, bool isPersonal)
{
    static constexpr std::string_view kPowerful[] = {
        "root",  "sudo", "wheel",    "admin",           "adm",     "disk",         "shadow", "kmem",   "docker",
        "lxd",   "lxc",  "incus",    "incus-admin",     "libvirt", "libvirt-qemu", "kvm",    "input",  "staff",
        "video", "tty",  "mem",      "systemd-journal", "podman",  "sys",          "bin",    "daemon", "operator",
        "uucp",  "tape", "ssl-cert", "nogroup",         "nobody"};
    return gid != 0 && !isPersonal && name &&
           std::find(std::begin(kPowerful), std::end(kPowerful), *name) == std::end(kPowerful);
}

bool isSystemFolder(std::string_view path)
{
    static constexpr std::string_view kItself[] = {"/",    "/var",       "/home",     "/mnt",     "/media", "/run",
                                                   "/srv", "/run/media", "/var/mail", "/var/opt", "/nix",   "/gnu"};
    static constexpr std::string_view kWithAllBelow[] = {"/etc",    "/boot",    "/usr",     "/bin",       "/sbin",
                                                         "/lib",    "/lib32",   "/lib64",   "/libx32",    "/opt",
                                                         "/root",   "/var/lib", "/var/log", "/var/cache", "/var/spool",
                                                         "/var/db", "/efi",     "/sysroot", "/nix/store", "/gnu/store"};
    return std::find(std::begin(kItself), std::end(kItself), path) != std::end(kItself) ||
           std::any_of(std::begin(kWithAllBelow), std::end(kWithAllBelow),
                       [path](std::string_view folder) { return isBelow(path, folder); });
}

std::string nameOrNumber(const std::optional<std::string>& name, std::uint32_t number)
{
    return name && !name->empty() ? *name : fmt::format("number {}", number);
}

namespace {

std::string lineOf(const Mount& mount)
{
    return fmt::format("mountinfo: {} {} {} {} {} {} - {} {} {}", mount.id, mount.parentId, toString(mount.device),
                       displayPath(mount.root), displayPath(mount.mountPoint), displayText(mount.options),
                       displayText(mount.fileSystem), displayText(mount.source), displayText(mount.superOptions));
}

std::string lineOf(const StepResult& step)
{
    if (step.errorCode == 0)
        return fmt::format("{}: {} failed", toString(step.step), displayText(step.call));
    return fmt::format("{}: {}: {} ({})", toString(step.step), displayText(step.call), errnoName(step.errorCode),
                       errnoText(step.errorCode));
}

} // namespace

Finding makeFinding(const Input& input, const char* id, Arguments arguments)
{
    const UserFacts& user = input.facts.user;
    arguments.emplace("path", Argument::path(input.folder));
    arguments.emplace("user", Argument::user(user.name.empty() ? std::to_string(user.uid) : user.name));
    if (const FileStatus* folder = input.folderStatus())
        arguments.emplace("owner", Argument::user(nameOrNumber(input.facts.owner, folder->uid)));
    if (const Mount* mount = input.mount()) {
        arguments.emplace("mount", Argument::path(mount->mountPoint));
        arguments.emplace("mount_role", Argument::name(std::string(toString(input.facts.mountRole))));
        arguments.emplace("fs", Argument::name(mount->fileSystem));
    }
    if (input.facts.device && !input.facts.device->name.empty())
        arguments.emplace("device", Argument::path("/dev/" + input.facts.device->name));
    Finding finding = makeFinding(id, std::move(arguments));
    if (input.problem != nullptr)
        finding.evidence.push_back(lineOf(*input.problem));
    if (input.mount() != nullptr)
        finding.evidence.push_back(lineOf(*input.mount()));
    return finding;
}

Finding makeLikelyFinding(const Input& input, const char* id, Arguments extra)
{
    Finding finding = makeFinding(input, id, std::move(extra));
    finding.certainty = std::max(finding.certainty, Certainty::Likely);
    return finding;
}

Finding withFixes(Finding finding, const char* first, std::vector<const char*> middle, const char* last)
{
    if (first != nullptr)
        middle.insert(middle.begin(), first);
    if (last != nullptr)
        middle.push_back(last);
    return withFixes(std::move(finding), middle);
}

Finding withEvidence(Finding finding, std::string evidence)
{
    finding.evidence.push_back(std::move(evidence));
    return finding;
}

std::string modeLine(const Input& input, const FileStatus& status)
{
    const auto name = [](const std::optional<std::string>& known) {
        return known ? " (" + displayText(*known) + ")" : std::string();
    };
    // Names are known of the folder and of what was passed on the way to it.
    const PathComponent* component = input.barrier();
    const bool isFolder = &status == input.folderStatus();
    const auto owner = isFolder ? input.facts.owner : component != nullptr ? component->owner : std::nullopt;
    const auto group = isFolder ? input.facts.group : component != nullptr ? component->group : std::nullopt;
    return fmt::format("mode {:04o}, owner {}{}, group {}{}", status.mode, status.uid, name(owner), status.gid,
                       name(group));
}

} // namespace scratchproof
