// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <algorithm>
#include <array>
#include <cerrno>

/// Something was laid over a place so that this program, and what it starts, does not see what is there.
namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"hidden-from-program",
     {"confinement", "create-file open-folder", Shows::Fails, "EACCES ENOENT EROFS"},
     QT_TRANSLATE_NOOP("causes", "This place is hidden from the program"),
     QT_TRANSLATE_NOOP("causes",
                       "'{point}' was covered on purpose for this program and what it starts, by its service or its "
                       "sandbox. Its real content is not touched, and other programs may be able to write to it."),
     {"start-outside-sandbox", "show-place-to-service"}},
};

constexpr FixWords kFixes[] = {
    {"show-place-to-service",
     QT_TRANSLATE_NOOP("causes", "In the [Service] part of the unit, ProtectHome=, InaccessiblePaths= or "
                                 "TemporaryFileSystem= hides the place. Change that, and restart the service."),
     FixBy::Admin,
     {"systemctl", "edit", "--", "{unit}"}},
};

bool endsWith(std::string_view text, std::string_view end)
{
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// What systemd (ProtectHome=, InaccessiblePaths=) and firejail (blacklist) lay over a place: an empty folder or file
/// of mode 000 that they keep for this.
bool isCover(const Mount& mount)
{
    static constexpr std::string_view kRoots[] = {"/systemd/inaccessible/dir", "/systemd/inaccessible/reg",
                                                  "/firejail/firejail.ro.dir", "/firejail/firejail.ro.file"};
    return std::any_of(std::begin(kRoots), std::end(kRoots),
                       [&mount](std::string_view root) { return endsWith(mount.root, root); });
}

/// ProtectHome=tmpfs, and what sandboxes do to the homes: an empty memory file system that cannot be written to.
bool isEmptyHome(const Input& in, const Mount& mount)
{
    const Confinement& own = in.facts.confinement;
    const bool isConfined = !own.systemdService.empty() || own.ownMountNamespace.value_or(false) ||
                            !own.isInitialUserNamespace() || own.noNewPrivileges.value_or(false);
    return isConfined && mount.fileSystem == "tmpfs" && mount.hasOption("ro") &&
           (mount.mountPoint == "/home" || mount.mountPoint == "/root" || mount.mountPoint == "/run/user");
}

/// The mount that the last folder that was reached is on.
const Mount* mountReached(const Input& in)
{
    std::optional<std::uint64_t> id;
    for (const PathComponent& component : in.facts.path) {
        if (component.status)
            id = component.mountId ? component.mountId : component.status->mountId;
    }
    for (const Mount& mount : in.facts.mountsOnPath) {
        if (id == mount.id)
            return &mount;
    }
    return in.facts.mountByText ? nullptr : in.mount();
}

std::optional<Finding> hidden(const Input& in)
{
    if (!in.failedWith({EACCES, EPERM, ENOENT, ENOTDIR, EROFS}))
        return std::nullopt;
    const Mount* mount = mountReached(in);
    if (mount == nullptr || (!isCover(*mount) && !isEmptyHome(in, *mount)))
        return std::nullopt;
    const std::string& unit = in.facts.confinement.systemdService;
    Finding finding = makeFinding(in, "hidden-from-program",
                                  {{"point", Argument::path(mount->mountPoint)}, {"unit", Argument::name(unit)}});
    if (!isCover(*mount))
        finding.certainty = Certainty::Likely;
    finding = unit.empty() ? withFixes(std::move(finding), {"start-outside-sandbox"})
                           : withFixes(std::move(finding), {"show-place-to-service"});
    return withEvidence(std::move(finding),
                        "mounted at " + displayPath(mount->mountPoint) + ": " + displayPath(mount->root));
}

constexpr Rule kRules[] = {hidden};

} // namespace

extern const RuleFamily causeHiddenFromProgram{kRules, kCauses, kFixes};

} // namespace scratchproof
