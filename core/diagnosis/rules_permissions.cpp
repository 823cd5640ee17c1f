// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"mode-not-writable",
     {"permissions", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "The folder belongs to somebody else"),
     QT_TRANSLATE_NOOP("causes", "This folder belongs to {owner}. You may not save here."),
     {"grant-wakes", "ask-for-access", "have-access-given", "ask-without-list", "share-new-files"}},
    {"mode-owner-lacks-write",
     {"permissions", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "Your folder is set to read-only"),
     QT_TRANSLATE_NOOP("causes",
                       "The folder is yours, but the permission to write was taken away, as happens when it is copied "
                       "from a disc."),
     {"own-chmod"}},
    {"owner-class-excludes",
     {"permissions", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "You own this folder, but are not allowed to save in it"),
     QT_TRANSLATE_NOOP("causes",
                       "For the owner of a folder only the owner's own setting counts. Here it forbids saving, "
                       "although others may."),
     {"own-chmod"}},
    {"dir-write-without-search",
     {"permissions", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "The folder may be written to, but not entered"),
     QT_TRANSLATE_NOOP("causes",
                       "Writing is allowed, but entering the folder is not. Both are needed to store a file."),
     {"own-chmod-search", "grant-wakes", "ask-for-access", "have-access-given", "ask-without-list", "share-new-files"}},
    {"dir-write-only-dropbox",
     {"permissions", "open-folder", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "You can put files in here, but not see them"),
     QT_TRANSLATE_NOOP("causes",
                       "The folder lets you add files and does not let you list what is in it. That is how a drop box "
                       "works."),
     {"own-chmod-list"},
     Severity::Limit},
    {"group-not-active-in-session",
     {"permissions", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "Your new group membership does not count yet"),
     QT_TRANSLATE_NOOP("causes",
                       "You are a member of the group '{group}', which may write here, but you signed in before you "
                       "were added to it."),
     {"sign-in-again"}},
    {"group-missing",
     {"permissions", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "Only members of a group may write here"),
     QT_TRANSLATE_NOOP("causes", "The group '{group}' may write here, and you are not a member of it."),
     {"grant-wakes", "ask-for-access", "have-access-given", "ask-without-list", "share-new-files", "join-group"}},
    {"fresh-ext4-owned-by-root",
     {"permissions", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "Only an administrator may save at the top of this drive so far"),
     QT_TRANSLATE_NOOP("causes", "The drive is empty, and its top folder belongs to the administrator. That is normal "
                                 "after formatting for Linux."),
     {"take-over-drive"},
     Severity::Blocking,
     Certainty::Likely},
    {"lost-and-found",
     {"permissions", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "This is the file system's repair folder"),
     QT_TRANSLATE_NOOP("causes",
                       "lost+found is where repairs put what they rescue. It belongs to the administrator and is not "
                       "meant for anything else."),
     {"choose-folder-above"}},
    {"foreign-uid-owner",
     {"permissions", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "The owner of this folder has no name here"),
     QT_TRANSLATE_NOOP("causes", "The folder belongs to {owner}, and no user of this computer has that number. It may "
                                 "come from another computer, or from a container."),
     {"grant-wakes", "grant-foreign-folder", "ask-without-list", "share-new-files"}},
    {"fat-mounted-for-root",
     {"permissions", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "The drive is connected for {owner} only"),
     QT_TRANSLATE_NOOP("causes",
                       "A drive of this kind stores no permissions of its own. It was connected so that only {owner} "
                       "may write, and changing permissions has no effect."),
     {"reconnect-through-desktop", "mount-with-uid"}},
    {"dir-immutable",
     {"marks", "create-directory create-file", Shows::Fails, "EPERM"},
     QT_TRANSLATE_NOOP("causes", "The folder is frozen"),
     QT_TRANSLATE_NOOP("causes",
                       "The folder is marked as immutable. Nobody, not even the administrator, can change what is in "
                       "it until the mark is taken away."),
     {"clear-immutable"}},
    {"dir-append-only",
     {"marks", "delete-file rename", Shows::Fails, "EPERM"},
     QT_TRANSLATE_NOOP("causes", "Files can be added here, but never deleted"),
     QT_TRANSLATE_NOOP("causes",
                       "The folder is marked so that nothing in it can be renamed or removed. A test file would stay "
                       "for ever, so none was written."),
     {"clear-append-only"}},
    {"fscrypt-no-key",
     {"marks", "create-file", Shows::Fails, "ENOKEY"},
     QT_TRANSLATE_NOOP("causes", "The folder is encrypted and locked"),
     QT_TRANSLATE_NOOP("causes", "The key of this encrypted folder is not loaded, so nothing can be stored in it."),
     {"unlock-folder"}},
    {"fanotify-scanner-deny",
     {"security", "create-file", Shows::Fails, "EPERM"},
     QT_TRANSLATE_NOOP("causes", "A security scanner refused the new file"),
     QT_TRANSLATE_NOOP("causes",
                       "The file was made and then refused, which is what virus scanners and programs that guard a "
                       "system do."),
     {"allow-in-scanner"},
     Severity::Blocking,
     Certainty::Likely},
    {"cifs-local-mode-check",
     {"network", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "The share is connected for {owner} only"),
     QT_TRANSLATE_NOOP("causes",
                       "This computer refuses before the server is even asked, because the share was connected in "
                       "the name of {owner}."),
     {"mount-with-uid"}},
    {"vboxsf-group",
     {"fuse", "open-folder", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "Shared folders of VirtualBox are for one group only"),
     QT_TRANSLATE_NOOP("causes",
                       "VirtualBox opens its shared folders to members of the group 'vboxsf', and you are not one."),
     {"join-vboxsf"}},
    {"system-folder",
     {"permissions", "create-file open-folder", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "This folder is part of the system"),
     QT_TRANSLATE_NOOP("causes",
                       "'{component}' belongs to the operating system, and only an administrator may change it. It is "
                       "no place for files of your own."),
     {"save-in-home"}},
    {"root-home",
     {"permissions", "open-folder create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "This is the administrator's own home folder"),
     QT_TRANSLATE_NOOP("causes", "'/root' is the home folder of the user root, and nobody else may use it."),
     {"save-in-home"}},
    {"ecryptfs-locked",
     {"marks", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "Your encrypted folder is locked"),
     QT_TRANSLATE_NOOP("causes",
                       "'{path}' is the locked form of an encrypted folder (eCryptfs). Files that were saved in it "
                       "now would not be encrypted, and vanish from view once it is unlocked."),
     {"unlock-ecryptfs"},
     Severity::Blocking,
     Certainty::Likely},
};

constexpr FixWords kFixes[] = {
    {"choose-folder-above", QT_TRANSLATE_NOOP("causes", "Choose the folder above it."), FixBy::User},
    {"save-in-home", QT_TRANSLATE_NOOP("causes", "Save to your home folder instead."), FixBy::User},
    {"grant-wakes",
     QT_TRANSLATE_NOOP("causes", "Before you run the command below: it also gives rights back to others on the "
                                 "folder's list, which are switched off at the moment: {wakes}."),
     FixBy::Owner},
    {"have-access-given",
     QT_TRANSLATE_NOOP("causes", "An administrator can run this. It gives you, {user}, the right to save here."),
     FixBy::Admin,
     {"setfacl", "-m", "u:{user}:rwx[,m::{mask}]", "--", "{path}"}},
    {"ask-without-list",
     QT_TRANSLATE_NOOP("causes",
                       "Ask {owner} to let you save here. Rights for single users do not work in this place, so "
                       "the folder would have to be opened to a group that you are in."),
     FixBy::Owner},
    {"share-new-files",
     QT_TRANSLATE_NOOP("causes",
                       "If you work on the same files: this lets you change those that others add from now on, "
                       "too."),
     FixBy::Owner,
     {"setfacl", "-d", "-m", "u:{user}:rwX", "--", "{path}"}},
    {"reconnect-through-desktop",
     QT_TRANSLATE_NOOP("causes", "Unmount it and let the desktop connect it for you, by a click in the file manager."),
     FixBy::User},
    {"mount-with-uid", QT_TRANSLATE_NOOP("causes", "Add uid={user} to the options it is mounted with."), FixBy::Admin},
    {"join-vboxsf",
     QT_TRANSLATE_NOOP("causes", "Have yourself added to that group, then sign in again."),
     FixBy::Admin,
     {"usermod", "-aG", "vboxsf", "--", "{user}"}},
    {"own-chmod",
     QT_TRANSLATE_NOOP("causes", "Allow yourself to write and to enter."),
     FixBy::User,
     {"chmod", "u+rwx", "--", "{path}"}},
    {"own-chmod-search",
     QT_TRANSLATE_NOOP("causes", "Allow yourself to enter the folder."),
     FixBy::User,
     {"chmod", "u+x", "--", "{path}"}},
    {"own-chmod-list",
     QT_TRANSLATE_NOOP("causes", "Nothing needs to be done for saving. If the folder is yours and you want to see what "
                                 "is in it, allow yourself that."),
     FixBy::User,
     {"chmod", "u+r", "--", "{path}"}},
    {"ask-for-access",
     QT_TRANSLATE_NOOP("causes", "Ask {owner} to run this. It gives you, {user}, the right to save here."),
     FixBy::Owner,
     {"setfacl", "-m", "u:{user}:rwx[,m::{mask}]", "--", "{path}"}},
    {"take-over-drive",
     QT_TRANSLATE_NOOP("causes", "Have the top of the drive given to you, once."),
     FixBy::Admin,
     {"chown", "--", "{user}:", "{mount}"}},
    {"sign-in-again", QT_TRANSLATE_NOOP("causes", "Sign out and in again, or restart the computer."), FixBy::User},
    {"join-group",
     QT_TRANSLATE_NOOP("causes", "Have yourself added to the group, then sign in again."),
     FixBy::Admin,
     {"usermod", "-aG", "{group}", "--", "{user}"}},
    {"grant-foreign-folder",
     QT_TRANSLATE_NOOP("causes", "An administrator can run this. It gives you, {user}, the right to save here."),
     FixBy::Admin,
     {"setfacl", "-m", "u:{user}:rwx[,m::{mask}]", "--", "{path}"}},
    {"clear-immutable",
     QT_TRANSLATE_NOOP("causes", "Take the mark away."),
     FixBy::Admin,
     {"chattr", "-i", "--", "{path}"}},
    {"clear-append-only",
     QT_TRANSLATE_NOOP("causes", "Take the mark away."),
     FixBy::Admin,
     {"chattr", "-a", "--", "{path}"}},
    {"unlock-folder",
     QT_TRANSLATE_NOOP("causes", "Unlock the folder, or sign in as the user it belongs to."),
     FixBy::User,
     {"fscrypt", "unlock", "{path}"}},
    {"unlock-ecryptfs",
     QT_TRANSLATE_NOOP("causes", "Sign out and in again with your password, or unlock it by hand. Do not change its "
                                 "permissions."),
     FixBy::User,
     {"ecryptfs-mount-private"}},
    {"allow-in-scanner", QT_TRANSLATE_NOOP("causes", "Look into the scanner's log, and have this folder allowed."),
     FixBy::Admin},
};

bool isIn(const std::vector<std::uint32_t>& groups, std::uint32_t gid)
{
    return std::find(groups.begin(), groups.end(), gid) != groups.end();
}

/// The folder, where an ordinary user was denied by permissions that this file explains: those of the mode.
const FileStatus* denied(const Input& in)
{
    const FileStatus* folder = in.deniedByRights();
    return folder != nullptr && in.facts.user.uid != 0 ? folder : nullptr;
}

/// Not on a drive that somebody put below a folder of the system, such as /opt/data.
bool isOnSystemMount(const Input& in)
{
    static constexpr std::string_view kOfSystem[] = {"/",         "/etc",  "/usr", "/var",     "/boot",
                                                     "/boot/efi", "/efi",  "/opt", "/var/log", "/var/lib",
                                                     "/srv",      "/home", "/root"};
    return in.mount() == nullptr ||
           std::find(std::begin(kOfSystem), std::end(kOfSystem), in.mount()->mountPoint) != std::end(kOfSystem);
}

bool isOwner(const Input& in, const FileStatus& folder)
{
    return in.facts.user.uid == folder.uid;
}

Arguments ownerOf(const Input& in, const FileStatus& folder)
{
    return {{"owner", Argument::user(nameOrNumber(in.facts.owner, folder.uid))}};
}

Finding byMode(const Input& in, const char* id, const FileStatus& folder, Arguments extra = {})
{
    extra.merge(ownerOf(in, folder));
    const bool isUnread = in.facts.hasAccessList.value_or(false) && in.facts.accessList.empty();
    extra.merge(grantOf(folder, in.facts.accessList, in.credentials(), 7, isUnread));
    return withEvidence(makeFinding(in, id, std::move(extra)), modeLine(in, folder));
}

std::optional<Finding> lostAndFound(const Input& in)
{
    const FileStatus* folder = denied(in);
    if (folder == nullptr || folder->uid != 0 || baseName(absolutePath(in.folder, "/")) != "lost+found")
        return std::nullopt;
    return byMode(in, "lost-and-found", *folder);
}

/// Where the system itself keeps its files: neither a list nor a group is advised for the sake of one's own.
std::optional<Finding> ofTheSystem(const Input& in)
{
    const FileStatus* folder = denied(in);
    const Path whole = absolutePath(in.folder, "/");
    if (folder == nullptr || folder->uid != 0 || !isSystemFolder(whole) || !isOnSystemMount(in))
        return std::nullopt;
    return byMode(in, isBelow(whole, "/root") ? "root-home" : "system-folder", *folder,
                  {{"component", Argument::path(whole)}});
}

std::optional<Finding> mountedForRoot(const Input& in)
{
    const FileStatus* folder = denied(in);
    if (folder == nullptr)
        return std::nullopt;
    if (in.storesNoPermissions())
        return byMode(in, "fat-mounted-for-root", *folder);
    if (in.isSmb())
        return byMode(in, "cifs-local-mode-check", *folder);
    return std::nullopt;
}

std::optional<Finding> deniedToOwner(const Input& in)
{
    const FileStatus* folder = denied(in);
    if (folder == nullptr || !isOwner(in, *folder))
        return std::nullopt;
    // How eCryptfs leaves what it is not mounted on: a folder called Private, or a whole home.
    const Path whole = absolutePath(in.folder, "/");
    const bool isHome = parentPath(whole) == "/home" && baseName(whole) == in.facts.user.name;
    if ((folder->mode & 0777U) == 0500 && (baseName(whole) == "Private" || isHome))
        return byMode(in, "ecryptfs-locked", *folder);
    if (((folder->mode >> 6U) & kWriteAndSearch) == 2)
        return withFixes(byMode(in, "dir-write-without-search", *folder), {"own-chmod-search"});
    if (grants(folder->mode >> 3U) || grants(folder->mode))
        return byMode(in, "owner-class-excludes", *folder);
    return byMode(in, "mode-owner-lacks-write", *folder);
}

std::optional<Finding> freshDrive(const Input& in)
{
    const FileStatus* folder = denied(in);
    const Mount* mount = in.mount();
    if (folder == nullptr || mount == nullptr || folder->uid != 0 || mount->root != "/" || mount->mountPoint == "/" ||
        (folder->mode & 0777U) != 0755 || !in.facts.isEmpty.value_or(false) ||
        (in.facts.device && in.facts.device->ext4Errors.value_or(0) > 0))
        return std::nullopt;
    const bool isTop = folder->isMountRoot().value_or(absolutePath(in.folder, "/") == mount->mountPoint);
    static constexpr std::string_view kTypes[] = {"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs"};
    static constexpr std::string_view kSystem[] = {"/home", "/boot", "/usr", "/var", "/opt", "/srv", "/root"};
    if (!isTop || std::find(std::begin(kTypes), std::end(kTypes), mount->fileSystem) == std::end(kTypes) ||
        std::find(std::begin(kSystem), std::end(kSystem), mount->mountPoint) != std::end(kSystem))
        return std::nullopt;
    return byMode(in, "fresh-ext4-owned-by-root", *folder);
}

struct Group
{
    std::uint32_t gid = 0;
    std::optional<std::string> name;
};

/// The groups that may write here, the folder's own first.
std::vector<Group> groupsThatMayWrite(const Input& in, const FileStatus& folder)
{
    std::vector<Group> groups;
    const auto& list = in.facts.accessList;
    const bool counts = !list.empty() && (folder.mode & 070U) != 0;
    const auto owning =
        std::find_if(list.begin(), list.end(), [](const AclEntry& entry) { return entry.tag == AclTag::OwningGroup; });
    // With a list, the mode's group bits are its mask.
    const unsigned mask = (folder.mode >> 3U) & 7U;
    if (grants(counts && owning != list.end() ? owning->permissions & mask : mask))
        groups.push_back({folder.gid, in.facts.group});
    for (const AclEntry& entry : list) {
        if (counts && entry.tag == AclTag::NamedGroup && grants(entry.permissions & mask))
            groups.push_back({entry.id, entry.name});
    }
    return groups;
}

std::optional<Finding> groupMayWrite(const Input& in)
{
    const FileStatus* folder = denied(in);
    if (folder == nullptr || isOwner(in, *folder) || in.rights()->rule != RightsRule::OtherBits)
        return std::nullopt;
    const auto groups = groupsThatMayWrite(in, *folder);
    const auto argument = [](const Group& group) {
        return Arguments{{"group", Argument::group(nameOrNumber(group.name, group.gid))}};
    };
    for (const Group& group : groups) {
        if (in.facts.user.accountGroups && isIn(*in.facts.user.accountGroups, group.gid))
            return withEvidence(byMode(in, "group-not-active-in-session", *folder, argument(group)),
                                "getgrouplist has group " + std::to_string(group.gid) + ", getgroups has not");
    }
    if (groups.empty() || groups.front().gid == 0)
        return std::nullopt;
    const Group& group = groups.front();
    if (group.name == std::optional<std::string>("vboxsf") || in.fileSystem() == "vboxsf")
        return byMode(in, "vboxsf-group", *folder);
    // Neither its owner nor its group are of this computer.
    if (!group.name && !in.facts.owner && in.facts.folder)
        return std::nullopt;
    auto fixes = accessFixes(in, *folder);
    // Of a group that only the list names it is not known.
    const bool isPersonal = group.gid != folder->gid || in.facts.groupIsPersonal;
    if (isForJoining(group.gid, group.name, isPersonal))
        fixes.push_back("join-group");
    return withFixes(byMode(in, "group-missing", *folder, argument(group)), fixes);
}

std::optional<Finding> deniedToOthers(const Input& in)
{
    const FileStatus* folder = denied(in);
    if (folder == nullptr)
        return std::nullopt;
    const unsigned bits = in.rights()->rule == RightsRule::OtherBits ? folder->mode : folder->mode >> 3U;
    if ((bits & kWriteAndSearch) == 2)
        return withFixes(byMode(in, "dir-write-without-search", *folder), accessFixes(in, *folder));
    if (!in.facts.owner && in.facts.folder) {
        if (in.isNfs())
            return byMode(in, "nfs-uid-mismatch", *folder);
        if (!takesAccessLists(in.mount()))
            return withFixes(byMode(in, "foreign-uid-owner", *folder), {"ask-without-list"});
        return withFixes(byMode(in, "foreign-uid-owner", *folder), {"grant-wakes", "grant-foreign-folder"});
    }
    // What NFS shows for a user whom it cannot translate.
    constexpr std::uint32_t kNobody = 65534;
    if (in.isNfs() && (folder->uid == kNobody || folder->uid == UINT32_MAX - 1))
        return byMode(in, "nfs-uid-mismatch", *folder);
    return withFixes(byMode(in, "mode-not-writable", *folder), accessFixes(in, *folder));
}

/// Nothing fails: files can be put in, and not be seen. A list may say otherwise than the mode, except for the owner.
std::optional<Finding> dropBox(const Input& in)
{
    const FileStatus* folder = in.folderStatus();
    const auto rights = in.rights();
    if (!in.allWell() || folder == nullptr || !rights || !rights->allowed || in.storesNoPermissions() ||
        rights->rule == RightsRule::Capability)
        return std::nullopt;
    std::optional<unsigned> bits;
    if (rights->rule == RightsRule::OwnerBits)
        bits = folder->mode >> 6U;
    else if (rights->rule == RightsRule::GroupBits && !in.facts.hasAccessList.value_or(false))
        bits = folder->mode >> 3U;
    else if (rights->rule == RightsRule::OtherBits)
        bits = folder->mode;
    if (!bits || (*bits & 4U) != 0)
        return std::nullopt;
    Finding finding = byMode(in, "dir-write-only-dropbox", *folder);
    return isOwner(in, *folder) ? std::move(finding) : withFixes(std::move(finding), {});
}

std::optional<Finding> immutable(const Input& in)
{
    const FileStatus* folder = in.folderStatus();
    if (!in.failedWith({EPERM, EACCES}) || folder == nullptr || !folder->isImmutable())
        return std::nullopt;
    return withEvidence(makeFinding(in, "dir-immutable"), "statx: STATX_ATTR_IMMUTABLE");
}

/// Nothing fails here: the probe writes nothing.
std::optional<Finding> appendOnly(const Input& in)
{
    const FileStatus* folder = in.folderStatus();
    const bool isMarked = in.probe.notes.appendOnly || (folder != nullptr && folder->isAppendOnly());
    if (!isMarked || (in.problem != nullptr && !in.failedWith({EPERM})))
        return std::nullopt;
    return withEvidence(makeFinding(in, "dir-append-only"), "statx: STATX_ATTR_APPEND");
}

std::optional<Finding> noKey(const Input& in)
{
    if (!in.failedWith({ENOKEY}))
        return std::nullopt;
    return makeFinding(in, "fscrypt-no-key");
}

std::optional<Finding> refusedByScanner(const Input& in)
{
    if (!in.failedWith({EPERM, EACCES}) || !in.probe.notes.nameAppearedDespiteError || in.isFuse())
        return std::nullopt;
    return withEvidence(makeFinding(in, "fanotify-scanner-deny"), "the refused file was there all the same");
}

constexpr std::array<Rule, 12> kRules = {immutable,    appendOnly,    noKey,          refusedByScanner,
                                         lostAndFound, ofTheSystem,   mountedForRoot, deniedToOwner,
                                         freshDrive,   groupMayWrite, deniedToOthers, dropBox};

} // namespace

extern const RuleFamily rulesPermissions{kRules, kCauses, kFixes};

} // namespace scratchproof
