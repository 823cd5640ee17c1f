// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

/// What holds this very program back, where that is proven to be what failed: asked first, since it would falsify every
/// other answer.
namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"root-without-capability",
     {"permissions", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "Root without its usual powers"),
     QT_TRANSLATE_NOOP("causes",
                       "The check ran as root, but the right to pass over permissions was taken away from it, as is "
                       "done in containers and services. So permissions count for it as for anybody else."),
     {"run-with-capability"}},
    {"systemd-protectsystem",
     {"confinement", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "The service may not change this place"),
     QT_TRANSLATE_NOOP("causes",
                       "This program runs as the service {unit}, and the system shows this place to the service for "
                       "reading only. Other programs may be able to write here."),
     {"open-path-to-service", "open-path-to-own-service"},
     Severity::Blocking,
     Certainty::Likely},
    {"sandbox-ro-bind",
     {"confinement", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "A sandbox shows the folder for reading only"),
     QT_TRANSLATE_NOOP("causes",
                       "This program is locked in a sandbox in which '{mount}' can only be read. Programs outside of "
                       "it may be able to write."),
     {"start-outside-sandbox", "flatpak-give-folder"}},
    {"flatpak-no-filesystem-permission",
     {"confinement", "create-file open-folder", Shows::Fails, "ENOENT EROFS EACCES"},
     QT_TRANSLATE_NOOP("causes", "Scratchproof itself may not look there yet; other programs may"),
     QT_TRANSLATE_NOOP("causes",
                       "Scratchproof runs as a Flatpak ({app}) that was not given '{path}'. What it sees there is "
                       "not what other programs see."),
     {"choose-by-dialog", "flatpak-give-folder"}},
    {"snap-removable-media",
     {"confinement", "create-file open-folder", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "Scratchproof itself may not look there yet; other programs may"),
     QT_TRANSLATE_NOOP("causes",
                       "Scratchproof was installed as a snap ({snap}). Such programs see drives and network places "
                       "only after that was allowed once."),
     {"connect-removable-media"}},
    {"container-readonly-rootfs",
     {"confinement", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "The container was started read-only"),
     QT_TRANSLATE_NOOP("causes",
                       "Everything that belongs to this container's image can only be read. Files can be stored in "
                       "what was attached to it as a volume."),
     {"use-volume"}},
    {"immutable-os",
     {"confinement", "create-file", Shows::Fails, "EROFS EPERM"},
     QT_TRANSLATE_NOOP("causes", "System folders are read-only on this Linux"),
     QT_TRANSLATE_NOOP("causes",
                       "This kind of Linux keeps its system folders unchangeable on purpose and replaces them as a "
                       "whole at an update. Nothing is broken."),
     {"choose-real-folder"}},
    {"userns-root-not-real-root",
     {"confinement", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "You are administrator only inside this container"),
     QT_TRANSLATE_NOOP("causes",
                       "This program looks like the administrator, but only inside its container. The folder belongs "
                       "to somebody who is unknown in there, so the powers of root do not count for it."),
     {"keep-user-id"}},
    {"container-uid-mismatch",
     {"confinement", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "The container runs under another user number"),
     QT_TRANSLATE_NOOP("causes",
                       "Inside this container you are user number {uid}, and the folder that was put in from outside "
                       "belongs to number {ownerid}."),
     {"run-container-as-owner", "give-volume"}},
};

constexpr FixWords kFixes[] = {
    {"connect-removable-media",
     QT_TRANSLATE_NOOP("causes", "Allow the snap to use drives, once."),
     FixBy::Admin,
     {"snap", "connect", "{snap}:removable-media"}},
    {"choose-by-dialog", QT_TRANSLATE_NOOP("causes", "Choose the folder in the program's own dialog: that gives it."),
     FixBy::User},
    {"flatpak-give-folder",
     QT_TRANSLATE_NOOP("causes", "Give this one folder to the program, then start it again."),
     FixBy::User,
     {"flatpak", "override", "--user", "--filesystem={path}", "{app}"}},
    {"keep-user-id",
     QT_TRANSLATE_NOOP("causes", "Start the container so that it keeps your user number (podman: "
                                 "--userns=keep-id), or use a folder that is yours inside."),
     FixBy::User},
    {"run-with-capability",
     QT_TRANSLATE_NOOP("causes", "Work as the user whom the folder belongs to, or outside of the container or "
                                 "service."),
     FixBy::User},
    {"run-container-as-owner",
     QT_TRANSLATE_NOOP("causes", "Start the container with --user {ownerid}:{groupid}, or with PUID and PGID set to "
                                 "these numbers."),
     FixBy::User},
    {"give-volume",
     QT_TRANSLATE_NOOP("causes", "On the host, give the folder that was put in to user number {uid}, or choose another "
                                 "one. The container need not run as root for that."),
     FixBy::Admin},
    {"use-volume", QT_TRANSLATE_NOOP("causes", "Store the files in a volume (the option -v of the container)."),
     FixBy::User},
    {"open-path-to-service",
     QT_TRANSLATE_NOOP("causes", "Add ReadWritePaths={path} to the [Service] part of the unit and restart it."),
     FixBy::Admin,
     {"systemctl", "edit", "--", "{unit}"}},
    {"open-path-to-own-service",
     QT_TRANSLATE_NOOP("causes", "Add ReadWritePaths={path} to the [Service] part of your unit and restart it."),
     FixBy::User,
     {"systemctl", "--user", "edit", "--", "{unit}"}},
    {"start-outside-sandbox",
     QT_TRANSLATE_NOOP("causes", "Start the program from the menu or a terminal, outside of the sandbox."),
     FixBy::User},
};

bool isBelowAny(std::string_view path, std::initializer_list<std::string_view> folders)
{
    return std::any_of(folders.begin(), folders.end(), [path](auto folder) { return isBelow(path, folder); });
}

std::optional<Finding> snap(const Input& in)
{
    const std::string& name = in.facts.confinement.snap;
    if (name.empty() || !in.failedWith({EACCES}) || !isBelowAny(in.folder, {"/media", "/run/media", "/mnt"}))
        return std::nullopt;
    return withEvidence(makeFinding(in, "snap-removable-media", {{"snap", Argument::name(name)}}),
                        "security label: " + displayText(in.facts.confinement.securityLabel));
}

/// Whether an entry of a Flatpak's [Context] filesystems may stand for the folder. What cannot be told from here (the
/// user's xdg folders) is taken to.
bool mayGrant(std::string entry, const Path& folder, const std::string& user)
{
    if (entry.empty() || entry.front() == '!')
        return false;
    for (const std::string_view mode : {":ro", ":rw", ":create"}) {
        if (entry.size() > mode.size() && entry.compare(entry.size() - mode.size(), mode.size(), mode) == 0)
            entry.erase(entry.size() - mode.size());
    }
    if (entry == "host")
        return true;
    if (entry.front() == '/')
        return isBelow(folder, entry);
    const std::string rest = entry.front() == '~' ? entry.substr(1) : std::string();
    const bool isHome = entry == "home" || entry.front() == '~' || entry.compare(0, 4, "xdg-") == 0;
    for (const std::string& home : {"/home/" + user, "/var/home/" + user, std::string("/root")}) {
        if (isHome && isBelow(folder, home + rest))
            return true;
    }
    return false;
}

std::optional<Finding> flatpak(const Input& in)
{
    const Confinement& own = in.facts.confinement;
    if (own.flatpak.empty() || !in.failedWith({ENOENT, EROFS, EACCES}) ||
        !in.failedAt({Step::OpenFolder, Step::CreateFile, Step::CreateDirectory}))
        return std::nullopt;
    const bool isOwn = in.folder.find("/.var/app/" + own.flatpak) != Path::npos || isBelow(in.folder, "/run/user");
    const auto& granted = own.flatpakFileSystems;
    if (isOwn || std::any_of(granted.begin(), granted.end(),
                             [&](const auto& entry) { return mayGrant(entry, in.folder, in.facts.user.name); }))
        return std::nullopt;
    Finding finding = makeFinding(in, "flatpak-no-filesystem-permission", {{"app", Argument::name(own.flatpak)}});
    // What is not there for us may not be there for anybody.
    if (in.failedWith({ENOENT}))
        finding.certainty = Certainty::Likely;
    return withEvidence(std::move(finding), "/.flatpak-info: filesystems lacks it");
}

/// The status of what denied us: the folder, or the one on the way that may not be entered.
const FileStatus* whatDenied(const Input& in)
{
    if (!in.failedAt({Step::OpenFolder}))
        return in.folderStatus();
    const PathComponent* stopped = in.barrier();
    return stopped != nullptr && stopped->status ? &*stopped->status : nullptr;
}

std::optional<Finding> rootOfNamespace(const Input& in)
{
    const Confinement& own = in.facts.confinement;
    const FileStatus* denied = whatDenied(in);
    constexpr std::uint32_t kOverflow = 65534; // what user_namespaces(7) shows for an id without a mapping
    if (in.facts.user.uid != 0 || own.isInitialUserNamespace() || !in.failedWith({EACCES}) || denied == nullptr ||
        (denied->uid != own.overflowUid.value_or(kOverflow) && denied->gid != own.overflowUid.value_or(kOverflow)))
        return std::nullopt;
    Finding finding = makeFinding(in, "userns-root-not-real-root");
    for (const IdRange& range : own.userMap)
        finding.evidence.push_back(
            fmt::format("/proc/self/uid_map: {} {} {}", range.inside, range.outside, range.count));
    return withEvidence(std::move(finding), modeLine(in, *denied));
}

std::optional<Finding> powerlessRoot(const Input& in)
{
    const FileStatus* denied = whatDenied(in);
    if (in.facts.user.uid != 0 || in.facts.confinement.overridesPermissions().value_or(true) ||
        !in.failedWith({EACCES}) || denied == nullptr || in.isKind(MountKind::Pseudo))
        return std::nullopt;
    return withEvidence(withEvidence(makeFinding(in, "root-without-capability"), modeLine(in, *denied)),
                        fmt::format("/proc/self/status: CapEff {:016x}", *in.facts.confinement.capabilities));
}

std::optional<Finding> containerUser(const Input& in)
{
    const std::string& kind = in.facts.confinement.container;
    const bool isAppContainer = kind == "docker" || kind == "podman" || kind == "oci";
    const FileStatus* folder = in.deniedByRights();
    const Mount* mount = in.mount();
    if (!isAppContainer || folder == nullptr || mount == nullptr || mount->root == "/" || mount->mountPoint == "/" ||
        folder->uid == in.facts.user.uid || ((folder->mode >> 6U) & 3U) != 3 ||
        (folder->uid == 0 && isSystemFolder(absolutePath(in.folder, "/"))))
        return std::nullopt;
    Finding finding = makeFinding(in, "container-uid-mismatch",
                                  {{"uid", Argument::count(in.facts.user.uid)},
                                   {"ownerid", Argument::count(folder->uid)},
                                   {"groupid", Argument::count(folder->gid)}});
    // Nobody is to run a container as root for the sake of one folder.
    return withEvidence(withFixes(std::move(finding), {folder->uid == 0 ? "give-volume" : "run-container-as-owner"}),
                        modeLine(in, *folder));
}

/// The mount's own flag, while the file system can be written to.
bool isReadOnlyHere(const Input& in)
{
    return in.failedWith({EROFS}) && in.mount() != nullptr && in.mount()->hasOption("ro") &&
           !in.mount()->hasSuperOption("ro") && !in.isKind(MountKind::Pseudo);
}

std::optional<Finding> immutableSystem(const Input& in)
{
    const Mount* mount = in.mount();
    if (!in.facts.confinement.immutableSystem || mount == nullptr || !in.failedWith({EROFS, EPERM}))
        return std::nullopt;
    const FileStatus* folder = in.folderStatus();
    const bool isFrozen = in.failedWith({EPERM}) && folder != nullptr && folder->isImmutable();
    const bool isSystem =
        in.folder == "/" || isBelowAny(in.folder, {"/usr", "/bin", "/sbin", "/lib", "/lib64", "/boot", "/sysroot"});
    if (!(isFrozen && isSystem) &&
        !(in.failedWith({EROFS}) && (isSystem || mount->mountPoint == "/") &&
          (mount->hasOption("ro") || mount->hasSuperOption("ro") || in.fileSystem() == "btrfs")))
        return std::nullopt;
    return makeFinding(in, "immutable-os");
}

std::optional<Finding> readOnlyContainer(const Input& in)
{
    const Confinement& own = in.facts.confinement;
    if (own.container.empty() || in.mount() == nullptr || in.mount()->mountPoint != "/" || !isReadOnlyHere(in))
        return std::nullopt;
    return withEvidence(makeFinding(in, "container-readonly-rootfs"), "container: " + displayText(own.container));
}

/// A program of a person's session, which some desktops start as a service as well.
bool isOfSession(std::string_view unit)
{
    return unit.substr(0, 4) == "app-" || unit.substr(0, 5) == "dbus-";
}

/// A bind mount of a place on itself: what is shown is what would be there without it.
bool isOnItself(const Mount& mount)
{
    return mount.root != "/" && mount.mountPoint.size() >= mount.root.size() &&
           mount.mountPoint.compare(mount.mountPoint.size() - mount.root.size(), Path::npos, mount.root) == 0;
}

/// systemd makes a place read-only for a service by a bind mount of it on itself, in a namespace of its own.
std::optional<Finding> protectedFromService(const Input& in)
{
    const Confinement& own = in.facts.confinement;
    if (!isReadOnlyHere(in) || own.systemdService.empty() || isOfSession(own.systemdService) ||
        (!own.rootIsReadOnly.value_or(false) && !own.ownMountNamespace.value_or(false) && !isOnItself(*in.mount())))
        return std::nullopt;
    return withEvidence(
        withFixes(makeFinding(in, "systemd-protectsystem", {{"unit", Argument::name(own.systemdService)}}),
                  {own.isUsersService ? "open-path-to-own-service" : "open-path-to-service"}),
        "/proc/self/cgroup: " + displayText(own.systemdService));
}

std::optional<Finding> sandboxed(const Input& in)
{
    const Confinement& own = in.facts.confinement;
    if (!isReadOnlyHere(in))
        return std::nullopt;
    // A program that gave up gaining privileges and sees a tree of its own is what bubblewrap and its like start.
    const bool hasOwnTree = own.ownMountNamespace.value_or(false) || !own.isInitialUserNamespace() ||
                            own.rootIsReadOnly.value_or(false) || own.rootFileSystem == "tmpfs";
    if (own.flatpak.empty() && own.snap.empty() && !(own.noNewPrivileges.value_or(false) && hasOwnTree))
        return std::nullopt;
    if (!own.flatpak.empty())
        return withEvidence(makeFinding(in, "sandbox-ro-bind", {{"app", Argument::name(own.flatpak)}}),
                            "/.flatpak-info: " + displayText(own.flatpak));
    return withEvidence(withFixes(makeFinding(in, "sandbox-ro-bind"), {"start-outside-sandbox"}),
                        own.snap.empty() ? "/proc/self/status: NoNewPrivs 1" : "snap: " + displayText(own.snap));
}

constexpr std::array<Rule, 9> kRules = {
    snap,      flatpak,          rootOfNamespace, powerlessRoot, containerUser, immutableSystem, protectedFromService,
    sandboxed, readOnlyContainer};

} // namespace

extern const RuleFamily rulesConfinement{kRules, kCauses, kFixes};

} // namespace scratchproof
