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
    if (!failedAt({Step::CreateFile, Step::CreateDirectory}) || !failedWith({EACCES}))
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
    const auto type = fileSystem();
    return type == "cifs" || type == "smb3" || type == "smbfs" || type == "fuse.smbnetfs";
}

bool Input::isRemote() const
{
    return isKind(MountKind::Network) || isKind(MountKind::Fuse) || fileSystem() == "9p" ||
           fileSystem() == "virtiofs" || fileSystem() == "vboxsf";
}

bool Input::storesNoPermissions() const
{
    static constexpr std::string_view kTypes[] = {"vfat",         "msdos",       "exfat",      "fuseblk",
                                                  "ntfs3",        "ntfs",        "fuse.exfat", "fuse.exfat-fuse",
                                                  "fuse.ntfs-3g", "fuse.fusefat"};
    const auto type = fileSystem();
    return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes) ||
           (isFuse() && facts.state.isNtfs3g);
}

std::span<const RuleFamily> ruleFamilies()
{
    static const std::array families = {confinementRules(),
                                        hiddenFromProgramRules(),
                                        fileSystemDamagedRules(),
                                        serverFullRules(),
                                        deviceRules(),
                                        mountRules(),
                                        subvolumeStandInRules(),
                                        overlayLayerRules(),
                                        tooManyLinksRules(),
                                        linkProtectedRules(),
                                        pathRules(),
                                        readOnlyRules(),
                                        mountMasksWriteRules(),
                                        fuseLocalModeCheckRules(),
                                        accessListRules(),
                                        permissionRules(),
                                        quotaRules(),
                                        poolRefusesRules(),
                                        xfsInodeSpaceRules(),
                                        spaceRules(),
                                        networkRules(),
                                        limitRules(),
                                        fileRules(),
                                        nameRules(),
                                        abilityRules(),
                                        eliminationRules(),
                                        hangWords(),
                                        watcherWords(),
                                        otherUserWords(),
                                        remoteWords(),
                                        rightsWords()};
    return families;
}

Argument searchGrant(const FileStatus& status, std::span<const AclEntry> list, const Credentials& who)
{
    const unsigned allowed = allowedRights(status, list, who);
    return Argument::name(fmt::format("{}{}x", (allowed & 4U) != 0 ? "r" : "", (allowed & 2U) != 0 ? "w" : ""));
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

Finding tell(const Input& input, const char* id, Arguments extra)
{
    Finding finding;
    finding.id = id;
    finding.arguments = std::move(extra);
    auto& arguments = finding.arguments;
    const UserFacts& user = input.facts.user;
    arguments.emplace("path", Argument::path(input.folder));
    arguments.emplace("user", Argument::user(user.name.empty() ? std::to_string(user.uid) : user.name));
    if (const Mount* mount = input.mount()) {
        arguments.emplace("mount", Argument::path(mount->mountPoint));
        arguments.emplace("fs", Argument::name(mount->fileSystem));
    }
    if (input.facts.device && !input.facts.device->name.empty())
        arguments.emplace("device", Argument::path("/dev/" + input.facts.device->name));
    if (const CauseWords* words = findCauseWords(id)) {
        finding.severity = words->severity;
        finding.certainty = words->certainty;
        for (const char* fix : words->fixes) {
            if (fix != nullptr)
                finding.fixes.push_back(makeFix(fix, arguments));
        }
    }
    if (input.problem != nullptr)
        finding.evidence.push_back(lineOf(*input.problem));
    if (input.mount() != nullptr)
        finding.evidence.push_back(lineOf(*input.mount()));
    return finding;
}

Finding tellLikely(const Input& input, const char* id, Arguments extra)
{
    Finding finding = tell(input, id, std::move(extra));
    finding.certainty = std::max(finding.certainty, Certainty::Likely);
    return finding;
}

Finding withFixes(Finding finding, std::initializer_list<const char*> fixes)
{
    finding.fixes.clear();
    for (const char* fix : fixes)
        finding.fixes.push_back(makeFix(fix, finding.arguments));
    return finding;
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

bool isBelow(std::string_view path, std::string_view folder)
{
    return path == folder ||
           (path.size() > folder.size() && path.substr(0, folder.size()) == folder && path[folder.size()] == '/');
}

} // namespace scratchproof
