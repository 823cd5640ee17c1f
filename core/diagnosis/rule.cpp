// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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
    static const std::array families = {pathRules(),    deviceRules(),   mountRules(), permissionRules(),
                                        spaceRules(),   networkRules(),  limitRules(), hangWords(),
                                        watcherWords(), otherUserWords()};
    return families;
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

Finding makeFinding(const Input& input, const char* id, Severity severity, Certainty certainty, Arguments extra,
                    std::initializer_list<const char*> fixes)
{
    Finding finding;
    finding.id = id;
    finding.severity = severity;
    finding.certainty = certainty;
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
    for (const char* fix : fixes)
        finding.fixes.push_back(makeFix(fix, arguments));
    if (input.problem != nullptr)
        finding.evidence.push_back(lineOf(*input.problem));
    if (input.mount() != nullptr)
        finding.evidence.push_back(lineOf(*input.mount()));
    return finding;
}

Finding tell(const Input& input, const char* id, Arguments extra)
{
    const CauseWords* words = findCauseWords(id);
    Finding finding = makeFinding(input, id, words != nullptr ? words->severity : Severity::Blocking,
                                  words != nullptr ? words->certainty : Certainty::ByElimination, std::move(extra));
    if (words == nullptr)
        return finding;
    for (const char* fix : words->fixes) {
        if (fix != nullptr)
            finding.fixes.push_back(makeFix(fix, finding.arguments));
    }
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

Finding blocking(const Input& input, const char* id, std::initializer_list<const char*> fixes, Arguments extra,
                 Certainty certainty)
{
    return makeFinding(input, id, Severity::Blocking, certainty, std::move(extra), fixes);
}

} // namespace scratchproof
