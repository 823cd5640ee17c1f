// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"lost-and-found", QT_TRANSLATE_NOOP("causes", "This is the file system's repair folder"),
     QT_TRANSLATE_NOOP("causes",
                       "lost+found is where repairs put what they rescue. It belongs to the administrator and is "
                       "not meant for anything else.")},
    {"fat-mounted-for-root", QT_TRANSLATE_NOOP("causes", "The drive is connected for the administrator only"),
     QT_TRANSLATE_NOOP("causes",
                       "A drive of this kind ({fs}) stores no permissions of its own. It was connected so that only "
                       "the administrator may write, and changing permissions has no effect.")},
    {"cifs-local-mode-check", QT_TRANSLATE_NOOP("causes", "The share is connected in the administrator's name"),
     QT_TRANSLATE_NOOP("causes",
                       "This computer refuses before the server is even asked, because the share was connected "
                       "for another user.")},
    {"dir-write-without-search", QT_TRANSLATE_NOOP("causes", "The folder may be written to, but not entered"),
     QT_TRANSLATE_NOOP("causes",
                       "Writing is allowed, but entering the folder is not. Both are needed to store a file.")},
    {"owner-class-excludes", QT_TRANSLATE_NOOP("causes", "Others may write here, but its owner may not"),
     QT_TRANSLATE_NOOP("causes",
                       "The folder is yours, so only the setting for the owner counts for you. That one forbids "
                       "writing, whatever others may do.")},
    {"mode-owner-lacks-write", QT_TRANSLATE_NOOP("causes", "Your folder is set to read-only"),
     QT_TRANSLATE_NOOP("causes",
                       "The folder is yours, but the permission to write was taken away, as happens when it is "
                       "copied from a disc.")},
    {"fresh-ext4-owned-by-root", QT_TRANSLATE_NOOP("causes", "The new drive still belongs to the administrator"),
     QT_TRANSLATE_NOOP("causes", "The drive is fine. After it is formatted for Linux, its top folder belongs to the "
                                 "administrator until it is given to somebody.")},
    {"group-not-active-in-session", QT_TRANSLATE_NOOP("causes", "Your new group membership does not count yet"),
     QT_TRANSLATE_NOOP("causes",
                       "You are a member of the group '{group}', which may write here, but you signed in before "
                       "you were added to it.")},
    {"group-missing", QT_TRANSLATE_NOOP("causes", "Only members of a group may write here"),
     QT_TRANSLATE_NOOP("causes", "The group '{group}' may write here, and you are not a member of it.")},
    {"foreign-uid-owner", QT_TRANSLATE_NOOP("causes", "The folder belongs to a user of another computer"),
     QT_TRANSLATE_NOOP("causes", "Its owner is {owner}, which is nobody on this computer. The folder was probably made "
                                 "elsewhere.")},
    {"mode-not-writable", QT_TRANSLATE_NOOP("causes", "The folder belongs to somebody else"),
     QT_TRANSLATE_NOOP("causes", "The folder belongs to {owner}, who allows you to look at most.")},
    {"dir-immutable", QT_TRANSLATE_NOOP("causes", "The folder is frozen"),
     QT_TRANSLATE_NOOP("causes",
                       "The folder is marked as immutable. Nobody, not even the administrator, can change what "
                       "is in it until the mark is taken away.")},
    {"dir-append-only", QT_TRANSLATE_NOOP("causes", "Files can be added here, but never deleted"),
     QT_TRANSLATE_NOOP("causes",
                       "The folder is marked so that nothing in it can be renamed or removed. A test file would "
                       "stay for ever, so none was written.")},
    {"fscrypt-no-key", QT_TRANSLATE_NOOP("causes", "The folder is encrypted and locked"),
     QT_TRANSLATE_NOOP("causes", "The key of this encrypted folder is not loaded, so nothing can be stored in it.")},
    {"default-acl-unreadable-new-file", QT_TRANSLATE_NOOP("causes", "New files are locked against their own maker"),
     QT_TRANSLATE_NOOP("causes", "A file can be created here, but it gets permissions that keep you from opening it "
                                 "again.")},
    {"fanotify-scanner-deny", QT_TRANSLATE_NOOP("causes", "A security scanner refused the new file"),
     QT_TRANSLATE_NOOP("causes", "The file was made and then refused, which is what virus scanners and programs that "
                                 "guard a system do.")},
};

constexpr FixWords kFixes[] = {
    {"choose-folder-above", QT_TRANSLATE_NOOP("causes", "Choose the folder above it."), FixBy::User},
    {"reconnect-through-desktop",
     QT_TRANSLATE_NOOP("causes", "Unmount it and let the desktop connect it for you, by a click in the file manager."),
     FixBy::User},
    {"mount-with-uid", QT_TRANSLATE_NOOP("causes", "Add uid={user} to the options it is mounted with."), FixBy::Admin},
    {"own-chmod",
     QT_TRANSLATE_NOOP("causes", "Allow yourself to write and to enter."),
     FixBy::User,
     {"chmod", "u+rwx", "--", "{path}"}},
    {"own-chmod-search",
     QT_TRANSLATE_NOOP("causes", "Allow yourself to enter the folder."),
     FixBy::User,
     {"chmod", "u+x", "--", "{path}"}},
    {"ask-for-access",
     QT_TRANSLATE_NOOP("causes", "Ask {owner} to let you write to this folder, and nobody else."),
     FixBy::Owner,
     {"setfacl", "-m", "u:{user}:rwx", "--", "{path}"}},
    {"take-over-drive",
     QT_TRANSLATE_NOOP("causes", "Have the drive's top folder given to you, once."),
     FixBy::Admin,
     {"chown", "--", "{user}:", "{mount}"}},
    {"sign-in-again", QT_TRANSLATE_NOOP("causes", "Sign out and in again, or restart the computer."), FixBy::User},
    {"join-group",
     QT_TRANSLATE_NOOP("causes", "Have yourself added to the group, then sign in again."),
     FixBy::Admin,
     {"usermod", "-aG", "{group}", "--", "{user}"}},
    {"grant-foreign-folder",
     QT_TRANSLATE_NOOP("causes", "Have the folder opened to you."),
     FixBy::Admin,
     {"setfacl", "-m", "u:{user}:rwx", "--", "{path}"}},
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
    {"drop-default-list",
     QT_TRANSLATE_NOOP("causes", "Remove the rule that new files inherit."),
     FixBy::Owner,
     {"setfacl", "-k", "--", "{path}"}},
    {"look-at-umask",
     QT_TRANSLATE_NOOP("causes", "Look at the umask of your session, or the mode that the share is mounted "
                                 "with."),
     FixBy::User},
    {"allow-in-scanner", QT_TRANSLATE_NOOP("causes", "Look into the scanner's log, and have this folder allowed."),
     FixBy::Admin},
};

constexpr unsigned kWriteAndSearch = 3;

enum class Class : std::uint8_t { Owner, Group, Other };

bool isIn(const std::vector<std::uint32_t>& groups, std::uint32_t gid)
{
    return std::find(groups.begin(), groups.end(), gid) != groups.end();
}

/// The class of permission bits that counts for us, as path_resolution(7) has it: the first that fits, and no other.
Class classOf(const UserFacts& user, const FileStatus& folder)
{
    if (user.uid == folder.uid)
        return Class::Owner;
    return user.gid == folder.gid || isIn(user.groups, folder.gid) ? Class::Group : Class::Other;
}

unsigned bitsOf(Class who, std::uint32_t mode)
{
    const unsigned shift = who == Class::Owner ? 6U : who == Class::Group ? 3U : 0U;
    return (mode >> shift) & 7U;
}

bool grants(unsigned bits)
{
    return (bits & kWriteAndSearch) == kWriteAndSearch;
}

/// The folder, where the plain permission bits are what refused us. Root passes them; with an access list they do not
/// tell all, except for the owner.
const FileStatus* deniedByMode(const Input& in)
{
    const FileStatus* folder = in.folderStatus();
    if (folder == nullptr || in.facts.user.uid == 0 || !in.failedWith({EACCES}) ||
        !in.failedAt({Step::CreateFile, Step::CreateDirectory}))
        return nullptr;
    const Class who = classOf(in.facts.user, *folder);
    if (grants(bitsOf(who, folder->mode)))
        return nullptr;
    return who == Class::Owner || !in.facts.hasAccessList.value_or(false) ? folder : nullptr;
}

Arguments ownerOf(const Input& in, const FileStatus& folder)
{
    return {{"owner", Argument::user(nameOrNumber(in.facts.owner, folder.uid))}};
}

bool storesNoPermissions(std::string_view type)
{
    return type == "vfat" || type == "msdos" || type == "exfat" || type == "fuseblk" || type == "ntfs3" ||
           type == "ntfs";
}

std::optional<Finding> lostAndFound(const Input& in)
{
    const FileStatus* folder = deniedByMode(in);
    if (folder == nullptr || folder->uid != 0 || baseName(absolutePath(in.folder, "/")) != "lost+found")
        return std::nullopt;
    return blocking(in, "lost-and-found", {"choose-folder-above"});
}

std::optional<Finding> mountedForRoot(const Input& in)
{
    const FileStatus* folder = deniedByMode(in);
    if (folder == nullptr)
        return std::nullopt;
    if (storesNoPermissions(in.fileSystem()))
        return blocking(in, "fat-mounted-for-root", {"reconnect-through-desktop", "mount-with-uid"});
    if (in.fileSystem() == "cifs" || in.fileSystem() == "smb3")
        return blocking(in, "cifs-local-mode-check", {"mount-with-uid"});
    return std::nullopt;
}

std::optional<Finding> deniedToOwner(const Input& in)
{
    const FileStatus* folder = deniedByMode(in);
    if (folder == nullptr || classOf(in.facts.user, *folder) != Class::Owner)
        return std::nullopt;
    const unsigned own = bitsOf(Class::Owner, folder->mode);
    if ((own & kWriteAndSearch) == 2)
        return blocking(in, "dir-write-without-search", {"own-chmod-search"});
    if (grants(bitsOf(Class::Group, folder->mode)) || grants(bitsOf(Class::Other, folder->mode)))
        return blocking(in, "owner-class-excludes", {"own-chmod"});
    return blocking(in, "mode-owner-lacks-write", {"own-chmod"});
}

std::optional<Finding> freshDrive(const Input& in)
{
    const FileStatus* folder = deniedByMode(in);
    const Mount* mount = in.mount();
    if (folder == nullptr || mount == nullptr || folder->uid != 0 || mount->root != "/" || mount->mountPoint == "/" ||
        (folder->mode & 0777U) != 0755)
        return std::nullopt;
    const bool isTop = folder->isMountRoot().value_or(absolutePath(in.folder, "/") == mount->mountPoint);
    static constexpr std::string_view kTypes[] = {"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs"};
    static constexpr std::string_view kSystem[] = {"/home", "/boot", "/usr", "/var", "/opt", "/srv", "/root"};
    if (!isTop || std::find(std::begin(kTypes), std::end(kTypes), mount->fileSystem) == std::end(kTypes) ||
        std::find(std::begin(kSystem), std::end(kSystem), mount->mountPoint) != std::end(kSystem))
        return std::nullopt;
    return blocking(in, "fresh-ext4-owned-by-root", {"take-over-drive"});
}

std::optional<Finding> deniedToOthers(const Input& in)
{
    const FileStatus* folder = deniedByMode(in);
    if (folder == nullptr)
        return std::nullopt;
    const Class who = classOf(in.facts.user, *folder);
    if (who == Class::Other && grants(bitsOf(Class::Group, folder->mode))) {
        Arguments arguments = ownerOf(in, *folder);
        arguments.emplace("group", Argument::group(nameOrNumber(in.facts.group, folder->gid)));
        if (in.facts.user.accountGroups && isIn(*in.facts.user.accountGroups, folder->gid))
            return blocking(in, "group-not-active-in-session", {"sign-in-again"}, std::move(arguments));
        return blocking(in, "group-missing", {"ask-for-access", "join-group"}, std::move(arguments));
    }
    if ((bitsOf(who, folder->mode) & kWriteAndSearch) == 2)
        return blocking(in, "dir-write-without-search", {"ask-for-access"}, ownerOf(in, *folder));
    if (!in.facts.owner && in.facts.folder)
        return blocking(in, "foreign-uid-owner", {"grant-foreign-folder"}, ownerOf(in, *folder));
    return blocking(in, "mode-not-writable", {"ask-for-access"}, ownerOf(in, *folder));
}

std::optional<Finding> immutable(const Input& in)
{
    const FileStatus* folder = in.folderStatus();
    if (!in.failedWith({EPERM, EACCES}) || folder == nullptr || !folder->isImmutable())
        return std::nullopt;
    return blocking(in, "dir-immutable", {"clear-immutable"});
}

/// Nothing fails here: the probe writes nothing.
std::optional<Finding> appendOnly(const Input& in)
{
    const FileStatus* folder = in.folderStatus();
    const bool isMarked = in.probe.notes.appendOnly || (folder != nullptr && folder->isAppendOnly());
    if (!isMarked || (in.problem != nullptr && !in.failedWith({EPERM})))
        return std::nullopt;
    return blocking(in, "dir-append-only", {"clear-append-only"});
}

std::optional<Finding> noKey(const Input& in)
{
    if (!in.failedWith({ENOKEY}))
        return std::nullopt;
    return blocking(in, "fscrypt-no-key", {"unlock-folder"});
}

std::optional<Finding> lockedAgainstMaker(const Input& in)
{
    const auto& created = in.probe.notes.createdFile;
    if (!in.failedAt({Step::ReadBack}) || !in.failedWith({EACCES}) || !created || (created->mode & 0600U) == 0600)
        return std::nullopt;
    if (in.facts.hasDefaultList.value_or(false))
        return blocking(in, "default-acl-unreadable-new-file", {"drop-default-list"});
    return blocking(in, "default-acl-unreadable-new-file", {"look-at-umask"});
}

std::optional<Finding> refusedByScanner(const Input& in)
{
    if (!in.failedWith({EPERM, EACCES}) || !in.probe.notes.nameAppearedDespiteError || in.isFuse())
        return std::nullopt;
    return blocking(in, "fanotify-scanner-deny", {"allow-in-scanner"}, {}, Certainty::Likely);
}

constexpr std::array<Rule, 10> kRules = {immutable,      appendOnly,        noKey,         refusedByScanner,
                                         lostAndFound,   mountedForRoot,    deniedToOwner, freshDrive,
                                         deniedToOthers, lockedAgainstMaker};

} // namespace

RuleFamily permissionRules()
{
    return {kRules, kCauses, kFixes};
}

} // namespace scratchproof
