// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"path-missing",
     {"path", "open-folder", Shows::Fails, "ENOENT"},
     QT_TRANSLATE_NOOP("causes", "The folder does not exist"),
     QT_TRANSLATE_NOOP("causes",
                       "There is nothing at '{component}'. Perhaps it was renamed or deleted, or its drive is not "
                       "connected."),
     {"plug-in-missing", "create-folder", "check-spelling", "ask-to-create-folder"}},
    {"path-look-alike",
     {"path", "open-folder", Shows::Fails, "ENOENT"},
     QT_TRANSLATE_NOOP("causes", "There is a folder that looks the same, and has another name"),
     QT_TRANSLATE_NOOP("causes",
                       "There is nothing at '{component}', but there is '{alike}'. The two differ {difference}, which "
                       "is hard to see."),
     {"use-look-alike"}},
    {"path-dangling-symlink",
     {"path", "open-folder", Shows::Fails, "ENOENT"},
     QT_TRANSLATE_NOOP("causes", "A shortcut in the path leads nowhere"),
     QT_TRANSLATE_NOOP("causes",
                       "'{component}' is a shortcut to '{target}', and there is nothing at that place. Perhaps its "
                       "drive is not plugged in."),
     {"plug-in-drive"}},
    {"path-symlink-loop",
     {"path", "open-folder", Shows::Fails, "ELOOP"},
     QT_TRANSLATE_NOOP("causes", "The shortcuts in the path go round in a circle"),
     QT_TRANSLATE_NOOP("causes",
                       "'{component}' is a shortcut that leads back to itself, so no folder is ever reached."),
     {"remove-link", "use-real-path"}},
    {"path-nosymfollow",
     {"path", "open-folder", Shows::Fails, "ELOOP"},
     QT_TRANSLATE_NOOP("causes", "Shortcuts in this place are not followed"),
     QT_TRANSLATE_NOOP("causes",
                       "'{component}' is a shortcut, and the place it is in was connected so that shortcuts in it do "
                       "not count."),
     {"use-real-path"}},
    {"path-not-directory",
     {"path", "open-folder", Shows::Fails, "ENOTDIR"},
     QT_TRANSLATE_NOOP("causes", "This is a file, not a folder"),
     QT_TRANSLATE_NOOP("causes", "'{component}' is not a folder, so nothing can be stored in it."),
     {"choose-containing-folder"}},
    {"path-too-long",
     {"path", "open-folder", Shows::Fails, "ENAMETOOLONG"},
     QT_TRANSLATE_NOOP("causes", "The path is too long"),
     QT_TRANSLATE_NOOP("causes",
                       "The whole path has {bytes} bytes. Programs on Linux can use at most 4095, and 255 for one "
                       "name."),
     {"shorten-path"}},
    {"parent-no-search",
     {"path", "open-folder", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "A folder on the way may not be entered"),
     QT_TRANSLATE_NOOP("causes",
                       "You may not pass through '{component}', which belongs to {owner}. Whether you may save further "
                       "inside is not known yet."),
     {"grant-wakes", "grant-search", "grant-search-more", "pass-without-list"}},
    {"parent-owner-locked-out",
     {"path", "open-folder", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "You have locked yourself out of your own folder"),
     QT_TRANSLATE_NOOP("causes",
                       "'{component}' is yours, and its permissions keep even you from entering it. Whether you "
                       "may save further inside is not known yet."),
     {"own-chmod-pass"}},
    {"folder-deleted-underneath",
     {"path", "create-file", Shows::Fails, "ENOENT"},
     QT_TRANSLATE_NOOP("causes", "The folder was deleted during the check"),
     QT_TRANSLATE_NOOP("causes",
                       "The folder was there when the check began, and was removed or replaced before it was done."),
     {"check-again"}},
    {"path-empty",
     {"path", "open-folder", Shows::Fails, "ENOENT"},
     QT_TRANSLATE_NOOP("causes", "No folder was given"),
     QT_TRANSLATE_NOOP("causes", "The path is empty, so there is nothing to check.")},
    {"path-invalid",
     {"path", "open-folder"},
     QT_TRANSLATE_NOOP("causes", "This cannot be a path"),
     QT_TRANSLATE_NOOP("causes", "The path holds a character that no name of a file or folder can have.")},
    {"media-dir-of-other-user",
     {"permissions", "open-folder", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "The drive was connected by somebody else"),
     QT_TRANSLATE_NOOP("causes", "Drives below '{component}' are private to the user who plugged them in."),
     {"replug-as-yourself"}},
};

constexpr FixWords kFixes[] = {
    {"create-folder",
     QT_TRANSLATE_NOOP("causes", "Check the spelling, or create the folder."),
     FixBy::User,
     {"mkdir", "-p", "--", "{path}"}},
    {"plug-in-missing", QT_TRANSLATE_NOOP("causes", "Plug the drive in, or connect the share; then check again."),
     FixBy::User},
    {"use-look-alike",
     QT_TRANSLATE_NOOP("causes", "Use the name as it is there; in a terminal, as it is written below."),
     FixBy::User,
     {"scratchproof-cli", "check", "--", "{alike}"}},
    {"check-spelling", QT_TRANSLATE_NOOP("causes", "Check the spelling."), FixBy::User},
    {"ask-to-create-folder",
     QT_TRANSLATE_NOOP("causes",
                       "Or ask {owner} to create the folder: '{parent}' is theirs, and you may not add to it."),
     FixBy::Owner},
    {"pass-without-list",
     QT_TRANSLATE_NOOP("causes",
                       "Ask {owner} to let you pass through. Rights for single users do not work in this place, "
                       "so the folder would have to be opened to a group that you are in."),
     FixBy::Owner},
    {"plug-in-drive", QT_TRANSLATE_NOOP("causes", "Plug in the drive that it leads to, or create the shortcut again."),
     FixBy::User},
    {"remove-link",
     QT_TRANSLATE_NOOP("causes", "Delete the shortcut that leads in a circle."),
     FixBy::Owner,
     {"rm", "--", "{component}"}},
    {"use-real-path", QT_TRANSLATE_NOOP("causes", "Choose the folder that the shortcut leads to."), FixBy::User},
    {"own-chmod-pass",
     QT_TRANSLATE_NOOP("causes", "Allow yourself to enter it again."),
     FixBy::User,
     {"chmod", "u+x", "--", "{component}"}},
    {"choose-containing-folder", QT_TRANSLATE_NOOP("causes", "Choose the folder that the file is in."), FixBy::User},
    {"shorten-path", QT_TRANSLATE_NOOP("causes", "Shorten the names of folders, or move the folder further up."),
     FixBy::User},
    {"grant-search",
     QT_TRANSLATE_NOOP("causes", "Ask {owner} to run this. You may then go through this folder, but not see its list."),
     FixBy::Owner,
     {"setfacl", "-m", "u:{user}:{grant}[,m::{mask}]", "--", "{component}"}},
    {"grant-search-more",
     QT_TRANSLATE_NOOP("causes",
                       "Ask {owner} to run this. You may then go through this folder, and keep the rights that "
                       "you have there."),
     FixBy::Owner,
     {"setfacl", "-m", "u:{user}:{grant}[,m::{mask}]", "--", "{component}"}},
    {"replug-as-yourself",
     QT_TRANSLATE_NOOP("causes", "Let the other user eject the drive, then plug it in again yourself."), FixBy::User},
    {"check-again", QT_TRANSLATE_NOOP("causes", "Check the folder again."), FixBy::User},
};

/// The last component that was seen or tried: where the walk ended.
const PathComponent* end(const Input& in)
{
    return in.facts.path.empty() ? nullptr : &in.facts.path.back();
}

Arguments componentOf(const Input& in)
{
    const PathComponent* last = end(in);
    return {{"component", Argument::path(last != nullptr ? last->path : in.folder)}};
}

bool failedToOpen(const Input& in, std::initializer_list<int> codes)
{
    return in.failedAt({Step::OpenFolder}) && in.failedWith(codes);
}

std::optional<Finding> emptyPath(const Input& in)
{
    if (!in.failedAt({Step::OpenFolder}) || !in.folder.empty())
        return std::nullopt;
    return makeFinding(in, "path-empty");
}

std::optional<Finding> invalidPath(const Input& in)
{
    if (!in.failedAt({Step::OpenFolder}) || in.folder.find('\0') == Path::npos)
        return std::nullopt;
    return makeFinding(in, "path-invalid");
}

std::optional<Finding> danglingLink(const Input& in)
{
    const PathComponent* last = end(in);
    if (!failedToOpen(in, {ENOENT}) || last == nullptr || !last->linkTarget || last->linkErrorCode != ENOENT)
        return std::nullopt;
    Arguments arguments = componentOf(in);
    arguments.emplace("target", Argument::path(*last->linkTarget));
    return makeFinding(in, "path-dangling-symlink", std::move(arguments));
}

const char* differenceOf(LookAlikeKind kind)
{
    switch (kind) {
    case LookAlikeKind::Invisible:
        return "by a blank or an invisible character";
    case LookAlikeKind::Case:
        return "by capital letters";
    case LookAlikeKind::Form:
        break;
    }
    return "in how accents are stored, as one character or as two";
}

/// Before any new folder: a second one of the same look would be worse than none.
Finding lookAlike(const Input& in, const LookAlike& alike)
{
    Arguments arguments = componentOf(in);
    arguments.emplace("alike", Argument::path(joinPath(parentPath(end(in)->path), alike.name)));
    arguments.emplace("difference", Argument::plain(differenceOf(alike.kind)));
    return makeFinding(in, "path-look-alike", std::move(arguments));
}

/// Where drives and shares are connected, and none is.
bool isBesideDrives(const Input& in)
{
    const auto isOfDrives = [](std::string_view path) {
        return isBelow(path, "/media") || isBelow(path, "/run/media") || isBelow(path, "/mnt");
    };
    return isOfDrives(in.folder) && (in.mount() == nullptr || !isOfDrives(in.mount()->mountPoint));
}

/// The folder that the walk ended in: what it ended at is missing there, or is a link there. nullptr where that is not
/// known, or is itself a link.
const PathComponent* parentOfEnd(const Input& in)
{
    const auto& path = in.facts.path;
    const PathComponent* parent = path.size() < 2 ? nullptr : &path[path.size() - 2];
    return parent != nullptr && parent->status && parent->status->isDirectory() ? parent : nullptr;
}

bool mayWriteTo(const Input& in, const PathComponent& folder)
{
    const Mount* mount = in.mount();
    const bool isReadOnly =
        mount != nullptr && (mount->hasOption("ro") || mount->hasSuperOption("ro") || mount->kind == MountKind::Pseudo);
    return !isReadOnly && evaluateRights(*folder.status, folder.accessList, in.credentials(), 3).allowed;
}

Argument ownerOf(const PathComponent& component)
{
    return Argument::user(nameOrNumber(component.owner, component.status->uid));
}

/// Whether it can be created, and by whom, depends on the folder it would be in.
Finding notThere(const Input& in)
{
    Arguments arguments = componentOf(in);
    const PathComponent* parent = parentOfEnd(in);
    const char* first = isBesideDrives(in) ? "plug-in-missing" : nullptr;
    if (parent == nullptr)
        return withFixes(makeFinding(in, "path-missing", std::move(arguments)), first, {"check-spelling"}, nullptr);
    arguments.emplace("owner", ownerOf(*parent));
    arguments.emplace("parent", Argument::path(parent->path));
    Finding finding = makeFinding(in, "path-missing", std::move(arguments));
    if (mayWriteTo(in, *parent))
        return withFixes(std::move(finding), first, {"create-folder"}, nullptr);
    if (parent->status->uid == 0)
        return withFixes(std::move(finding), first, {"check-spelling"}, nullptr);
    return withFixes(std::move(finding), first, {"check-spelling", "ask-to-create-folder"}, nullptr);
}

std::optional<Finding> missing(const Input& in)
{
    if (!failedToOpen(in, {ENOENT}))
        return std::nullopt;
    // The walk may have seen the folder that the probe, a moment later, did not: then it is gone since.
    if (in.facts.folder)
        return makeFinding(in, "folder-deleted-underneath");
    if (in.facts.lookAlike && end(in) != nullptr)
        return lookAlike(in, *in.facts.lookAlike);
    return notThere(in);
}

/// The mount that a link lies on; by the text of the path if its own is not known.
const Mount* mountOfLink(const Input& in)
{
    const PathComponent* last = end(in);
    if (last != nullptr && last->mountId) {
        for (const Mount& mount : in.facts.mountsOnPath) {
            if (mount.id == *last->mountId)
                return &mount;
        }
    }
    return in.mount();
}

std::optional<Finding> linkNotFollowed(const Input& in)
{
    if (!failedToOpen(in, {ELOOP}))
        return std::nullopt;
    // Only what was seen to be a link can be at fault; a folder that connects something when it is needed says it too.
    const PathComponent* last = end(in);
    if (last == nullptr || !last->status || last->status->type != FileType::SymbolicLink)
        return std::nullopt;
    const Mount* mount = mountOfLink(in);
    if (mount != nullptr && mount->hasOption("nosymfollow"))
        return makeFinding(in, "path-nosymfollow", componentOf(in));
    const auto& links = in.facts.links;
    if (!links || !links->circle)
        return withFixes(makeLikelyFinding(in, "path-symlink-loop", componentOf(in)), {"use-real-path"});
    Arguments arguments = {{"component", Argument::path(*links->circle)}};
    // Who may delete a link is a matter of the folder it is in.
    const PathComponent* parent = parentOfEnd(in);
    if (parent != nullptr && parent->path == parentPath(*links->circle)) {
        const std::uint32_t user = in.facts.user.uid;
        const bool isProtected = parent->status->isSticky() && parent->status->uid != user && last->status->uid != user;
        const bool isOurs = mayWriteTo(in, *parent) && (!isProtected || user == 0);
        arguments.emplace("owner", isOurs ? Argument::user(in.facts.user.name) : ownerOf(*parent));
    }
    return withFixes(makeFinding(in, "path-symlink-loop", std::move(arguments)), {"remove-link"});
}

std::optional<Finding> notADirectory(const Input& in)
{
    if (!failedToOpen(in, {ENOTDIR}))
        return std::nullopt;
    return makeFinding(in, "path-not-directory", componentOf(in));
}

std::optional<Finding> tooLong(const Input& in)
{
    if (!failedToOpen(in, {ENAMETOOLONG}))
        return std::nullopt;
    return makeFinding(in, "path-too-long", {{"bytes", Argument::count(static_cast<std::int64_t>(in.folder.size()))}});
}

const Mount* mountOf(const Input& in, const PathComponent& component)
{
    for (const Mount& mount : in.facts.mountsOnPath) {
        if (component.status->mountId && mount.id == *component.status->mountId)
            return &mount;
    }
    return nullptr;
}

/// Whether its plain permissions let this user pass a folder; nothing where a list may say otherwise.
std::optional<bool> modeLetsPass(const UserFacts& user, const PathComponent& component)
{
    const FileStatus& status = *component.status;
    if (user.uid == status.uid)
        return (status.mode & 0100U) != 0;
    if (!component.accessList.empty())
        return std::nullopt;
    const bool isMember =
        user.gid == status.gid || std::find(user.groups.begin(), user.groups.end(), status.gid) != user.groups.end();
    return (status.mode & (isMember ? 0010U : 0001U)) != 0;
}

std::optional<Finding> noSearch(const Input& in)
{
    const PathComponent* stopped = in.barrier();
    if (!failedToOpen(in, {EACCES, EPERM}) || stopped == nullptr || !stopped->status)
        return std::nullopt;
    const FileStatus& status = *stopped->status;
    // Nothing here stops root: the server does, to which it is nobody.
    if (in.isNfs() && in.facts.user.uid == 0 && in.facts.confinement.overridesPermissions().value_or(true))
        return withEvidence(makeFinding(in, "nfs-root-squash"),
                            displayPath(stopped->path) + ": " + modeLine(in, status));
    Arguments arguments = {{"component", Argument::path(stopped->path)},
                           {"owner", Argument::user(nameOrNumber(stopped->owner, status.uid))}};
    arguments.merge(grantOf(status, stopped->accessList, in.credentials(), 1));
    const std::string parent = parentPath(stopped->path);
    std::string evidence = displayPath(stopped->path) + ": " + modeLine(in, status);
    if ((parent == "/media" || parent == "/run/media") && status.uid != in.facts.user.uid &&
        baseName(stopped->path) != in.facts.user.name)
        return withEvidence(makeFinding(in, "media-dir-of-other-user", std::move(arguments)), std::move(evidence));
    const auto byMode = modeLetsPass(in.facts.user, *stopped);
    // Something else than the permissions refuses: a server, a program, a security module.
    if (byMode.value_or(false) && in.isRemote())
        return std::nullopt;
    if (stopped->group == std::optional<std::string>("vboxsf") && !byMode.value_or(true) && (status.mode & 0010U) != 0)
        return withEvidence(makeFinding(in, "vboxsf-group", std::move(arguments)), std::move(evidence));
    if (status.uid == 0 && isSystemFolder(stopped->path))
        return withEvidence(
            makeFinding(in, isBelow(stopped->path, "/root") ? "root-home" : "system-folder", std::move(arguments)),
            std::move(evidence));
    const bool isOwn = status.uid == in.facts.user.uid;
    if (isOwn)
        return withEvidence(makeFinding(in, "parent-owner-locked-out", std::move(arguments)), std::move(evidence));
    const bool isSearchOnly = arguments.at("grant").text == "x";
    Finding finding = byMode.value_or(false) ? makeLikelyFinding(in, "parent-no-search", std::move(arguments))
                                             : makeFinding(in, "parent-no-search", std::move(arguments));
    if (!takesAccessLists(mountOf(in, *stopped)))
        return withEvidence(withFixes(std::move(finding), {"pass-without-list"}), std::move(evidence));
    return withEvidence(
        withFixes(std::move(finding), {"grant-wakes", isSearchOnly ? "grant-search" : "grant-search-more"}),
        std::move(evidence));
}

std::optional<Finding> deletedUnderneath(const Input& in)
{
    if (in.problem == nullptr) {
        if (!in.probe.notes.folderReplaced || in.facts.mountByText) // then its mount went: mount-changed
            return std::nullopt;
        return withEvidence(makeFinding(in, "folder-deleted-underneath"), "openat: the path leads elsewhere now");
    }
    if (in.probe.notes.folderGone)
        return withEvidence(makeFinding(in, "folder-deleted-underneath"), "statx: nlink 0");
    // In an open folder a new name can only be missing because the folder is; not all file systems count its links.
    if (in.isCreating() && in.failedWith({ENOENT}))
        return makeLikelyFinding(in, "folder-deleted-underneath");
    return std::nullopt;
}

constexpr std::array<Rule, 9> kRules = {emptyPath,     invalidPath, danglingLink, missing,          linkNotFollowed,
                                        notADirectory, tooLong,     noSearch,     deletedUnderneath};

} // namespace

extern const RuleFamily rulesPath{kRules, kCauses, kFixes};

} // namespace scratchproof
