// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rights_findings.h"

#include "core/diagnosis/rule.h"

#include <fmt/format.h>

#include <algorithm>

namespace scratchproof {

namespace {

/// "rights-" and an id of the catalogue: that cause in words about somebody else.
constexpr std::string_view kAboutAnother = "rights-";

constexpr CauseWords kCauses[] = {
    {"rights-granted",
     {"rights", "", Shows::Passes},
     QT_TRANSLATE_NOOP("causes", "{user} would be able to write here"),
     QT_TRANSLATE_NOOP("causes", "Every folder on the way lets {user} pass, and this one may be written to. Room and "
                                 "allowances were not looked at."),
     {},
     Severity::Note},
    {"rights-parent-no-search",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "{user} is stopped at a folder on the way"),
     QT_TRANSLATE_NOOP("causes", "'{component}' belongs to {owner} and does not let {user} pass, so what lies below it "
                                 "is not reached."),
     {"rights-grant-wakes", "rights-grant-search", "rights-without-list"}},
    {"rights-system-folder",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "This folder is part of the system"),
     QT_TRANSLATE_NOOP("causes",
                       "'{component}' belongs to the operating system, and only an administrator may change it. It is "
                       "no place for files of {user}."),
     {"rights-save-in-home"}},
    {"rights-root-home",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "This is the administrator's own home folder"),
     QT_TRANSLATE_NOOP("causes", "'/root' is the home folder of the user root, and nobody else may use it."),
     {"rights-save-in-home"}},
    {"rights-mode-not-writable",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "The folder belongs to somebody else"),
     QT_TRANSLATE_NOOP("causes", "It belongs to {owner}, and its permissions do not let {user} store anything in it."),
     {"rights-grant-wakes", "rights-grant-write", "rights-without-list", "rights-share-new-files"}},
    {"rights-mode-owner-lacks-write",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "The folder is set to read-only for its owner"),
     QT_TRANSLATE_NOOP("causes", "The folder belongs to {user}, but the permission to write was taken away."),
     {"rights-owner-chmod"}},
    {"rights-owner-class-excludes",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "{user} owns this folder, but is not allowed to save in it"),
     QT_TRANSLATE_NOOP("causes",
                       "For the owner of a folder only the owner's own setting counts. Here it forbids saving, "
                       "although others may."),
     {"rights-owner-chmod"}},
    {"rights-dir-write-without-search",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "{user} may write to the folder, but not enter it"),
     QT_TRANSLATE_NOOP("causes",
                       "Writing is allowed, but entering the folder is not. Both are needed to store a file."),
     {"rights-grant-wakes", "rights-grant-write", "rights-without-list", "rights-share-new-files"}},
    {"rights-group-missing",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "Only members of a group may write here"),
     QT_TRANSLATE_NOOP("causes", "The group '{group}' may write here, and {user} is not a member of it."),
     {"rights-grant-wakes", "rights-grant-write", "rights-without-list", "rights-share-new-files",
      "rights-join-group"}},
    {"rights-acl-mask-limits",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "The right of {user} to save here is switched off at the moment"),
     QT_TRANSLATE_NOOP("causes",
                       "The entry '{entry}' of the folder's list would let {user} write. It is switched off by "
                       "the upper limit of the list (its mask), often after a chmod."),
     {"rights-grant-wakes", "rights-raise-mask"}},
    {"rights-acl-named-user-denied",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "The access list holds {user} back"),
     QT_TRANSLATE_NOOP("causes", "It has an entry for {user} alone, '{entry}', which does not allow writing, whatever "
                                 "others may do."),
     {"rights-grant-wakes", "rights-grant-write", "rights-without-list", "rights-share-new-files"}},
    {"rights-acl-group-match-no-fallback",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "The access list holds a group of {user} back"),
     QT_TRANSLATE_NOOP("causes", "{user} is in a group that the list names without the right to write ('{entry}'), and "
                                 "that beats the rule for everybody else."),
     {"rights-grant-wakes", "rights-grant-write", "rights-without-list", "rights-share-new-files"}},
    {"rights-fat-mounted-for-root",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "The drive is connected for {owner} only"),
     QT_TRANSLATE_NOOP("causes", "A drive of this kind stores no permissions of its own. The way it was connected "
                                 "gives {user} no right to write, and chmod cannot change that."),
     {"rights-mount-for"}},
    {"rights-cifs-local-mode-check",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "The share is connected for {owner} only"),
     QT_TRANSLATE_NOOP("causes", "This computer would refuse {user} before the server is even asked, because the share "
                                 "was connected in the name of {owner}."),
     {"rights-mount-for"}},
    {"rights-fuse-other-user",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "What is connected here is private to another user"),
     QT_TRANSLATE_NOOP("causes", "The connection at '{mount}' was made by {owner_of_mount}, and nobody else can look "
                                 "in, not even the administrator."),
     {"rights-allow-other"}},
    {"rights-dir-append-only",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "Files can be added here, but never deleted"),
     QT_TRANSLATE_NOOP("causes", "The folder is marked so that nothing in it can be renamed or removed, by anybody."),
     {"clear-append-only"}},
    {"rights-link-protected",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "A safety rule keeps {user} from following a link"),
     QT_TRANSLATE_NOOP("causes",
                       "The link '{component}' belongs to {owner} and lies in a folder that all may write to. "
                       "Linux lets nobody else follow such a link."),
     {"rights-use-real-path"}},
    {"rights-ghost-mountpoint",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "The drive or share is not connected"),
     QT_TRANSLATE_NOOP("causes",
                       "A drive or share is expected at '{point}', and is not connected. What {user} may do on it "
                       "shows only when it is."),
     {"rights-connect-first"}},
    {"rights-unknown-server",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "The server decides, and cannot be asked from here"),
     QT_TRANSLATE_NOOP("causes",
                       "'{component}' lies on a server. It has rules of its own, and goes by the account that "
                       "{user} has there."),
     {"rights-check-as"},
     Severity::Limit},
    {"rights-unknown-program",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "A program decides, and cannot be asked from here"),
     QT_TRANSLATE_NOOP("causes", "'{component}' is provided by a program that makes its own rules."),
     {"rights-check-as"},
     Severity::Limit},
    {"rights-unknown-mapping",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "The user numbers are translated here"),
     QT_TRANSLATE_NOOP("causes", "'{mount}' is connected with a table of user numbers, and whether {user} is in it "
                                 "cannot be seen."),
     {"rights-check-as"},
     Severity::Limit},
    {"rights-unknown-hidden",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "A folder on the way may not be looked into"),
     QT_TRANSLATE_NOOP("causes", "'{component}' is closed to whoever asks here, so what {user} would meet in it cannot "
                                 "be seen."),
     {"rights-ask-as-admin", "rights-check-as"},
     Severity::Limit},
    {"rights-unknown-error",
     {"rights"},
     QT_TRANSLATE_NOOP("causes", "A folder on the way could not be looked at"),
     QT_TRANSLATE_NOOP("causes", "Looking at '{component}' failed ({message}), so nothing can be said."),
     {"check-again"},
     Severity::Limit},
};

constexpr FixWords kFixes[] = {
    {"rights-grant-search",
     QT_TRANSLATE_NOOP("causes", "{owner} can run this. {user} may then go through this folder, and keeps the rights "
                                 "that {user} has there."),
     FixBy::Owner,
     {"setfacl", "-m", "u:{user}:{grant}[,m::{mask}]", "--", "{component}"}},
    {"rights-grant-wakes",
     QT_TRANSLATE_NOOP("causes", "Before you run the command below: it also gives rights back to others on the "
                                 "folder's list, which are switched off at the moment: {wakes}."),
     FixBy::Owner},
    {"rights-without-list",
     QT_TRANSLATE_NOOP("causes",
                       "{owner} can open the folder to a group that {user} is in. Rights for single users do not "
                       "work in this place."),
     FixBy::Owner},
    {"rights-save-in-home", QT_TRANSLATE_NOOP("causes", "Let {user} save to their home folder instead."), FixBy::User},
    {"rights-share-new-files",
     QT_TRANSLATE_NOOP("causes",
                       "If they work on the same files: this lets {user} change those that others add from now "
                       "on, too."),
     FixBy::Owner,
     {"setfacl", "-d", "-m", "u:{user}:rwX", "--", "{component}"}},
    {"rights-grant-write",
     QT_TRANSLATE_NOOP("causes", "{owner} can run this. It gives {user} the right to save here."),
     FixBy::Owner,
     {"setfacl", "-m", "u:{user}:rwx[,m::{mask}]", "--", "{component}"}},
    {"rights-owner-chmod",
     QT_TRANSLATE_NOOP("causes", "Its owner, {user}, can allow it again."),
     FixBy::Owner,
     {"chmod", "u+rwx", "--", "{component}"}},
    {"rights-raise-mask",
     QT_TRANSLATE_NOOP("causes",
                       "{owner} can switch the extra rights on again. This counts for everybody on the list, not "
                       "only for {user}."),
     FixBy::Owner,
     {"setfacl", "-m", "m::{mask}", "--", "{component}"}},
    {"rights-join-group",
     QT_TRANSLATE_NOOP("causes", "Have {user} added to the group; it counts from their next sign-in on."),
     FixBy::Admin,
     {"usermod", "-aG", "{group}", "--", "{user}"}},
    {"rights-mount-for", QT_TRANSLATE_NOOP("causes", "Add uid={uid} to the options it is mounted with."), FixBy::Admin},
    {"rights-allow-other",
     QT_TRANSLATE_NOOP("causes", "Have {owner_of_mount} connect it again with the option allow_other."), FixBy::Owner},
    {"rights-connect-first", QT_TRANSLATE_NOOP("causes", "Connect the drive or share, then ask again."), FixBy::User},
    {"rights-find-out",
     QT_TRANSLATE_NOOP("causes", "Check the folder itself: that tells why it is so, and what helps."), FixBy::User},
    {"rights-use-real-path", QT_TRANSLATE_NOOP("causes", "Use the place that the link leads to: '{target}'."),
     FixBy::User},
    {"rights-ask-as-admin",
     QT_TRANSLATE_NOOP("causes", "Ask the same as the administrator."),
     FixBy::Admin,
     {"scratchproof-cli", "rights", "--", "{user}", "{path}"}},
    {"rights-check-as",
     QT_TRANSLATE_NOOP("causes", "Really try it, in the place of {user}."),
     FixBy::Admin,
     {"scratchproof-cli", "check", "--as", "{user}", "--", "{path}"}},
};

/// chmod would be without effect there.
bool ignoresChmod(const EffectiveRights& rights)
{
    return rights.mount && (storesNoPermissions(*rights.mount) || isSmb(*rights.mount));
}

/// Where the system itself keeps its files.
std::optional<std::string_view> idOfSystemFolder(const EffectiveRights& rights)
{
    if (!rights.status || rights.status->uid != 0 || !isSystemFolder(rights.component))
        return std::nullopt;
    return isBelow(rights.component, "/root") ? "root-home" : "system-folder";
}

/// A folder on the way that may not be passed through: of the drives that somebody plugged in, too.
std::string_view idOfClosed(const EffectiveRights& rights)
{
    const Path parent = parentPath(rights.component);
    const bool isOfDrives = parent == "/media" || parent == "/run/media";
    return isOfDrives ? "media-dir-of-other-user" : "parent-no-search";
}

/// The cause in the catalogue that a denial of writing is.
std::string_view idOfDenial(const EffectiveRights& rights)
{
    const RightsAnswer answer = rights.answer.value_or(RightsAnswer());
    const std::uint32_t mode = rights.status ? rights.status->mode : 0;
    if (ignoresChmod(rights)) {
        if (answer.rule == RightsRule::OwnerBits || (mode & 0222U) == 0)
            return "mount-masks-write";
        return isSmb(*rights.mount) ? "cifs-local-mode-check" : "fat-mounted-for-root";
    }
    if (answer.maskTookIt)
        return "acl-mask-limits";
    switch (answer.rule) {
    case RightsRule::OwnerBits:
        if (((mode >> 6U) & kWriteAndSearch) == 2)
            return "dir-write-without-search";
        return grants(mode >> 3U) || grants(mode) ? "owner-class-excludes" : "mode-owner-lacks-write";
    case RightsRule::NamedUser:
        return "acl-named-user-denied";
    case RightsRule::GroupEntry:
    case RightsRule::GroupNoGrant:
        return grants(mode) ? "acl-group-match-no-fallback" : "mode-not-writable";
    case RightsRule::GroupBits:
        return ((mode >> 3U) & kWriteAndSearch) == 2 ? "dir-write-without-search" : "mode-not-writable";
    default:
        break;
    }
    // With a list the group bits are its mask and tell nothing of the group.
    if ((mode & kWriteAndSearch) == 2)
        return "dir-write-without-search";
    return rights.list.empty() && grants(mode >> 3U) ? "group-missing" : "mode-not-writable";
}

std::string_view idOfReadOnly(const EffectiveRights& rights)
{
    if (!rights.mount)
        return "superblock-readonly";
    if (rights.mount->kind == MountKind::Image)
        return "fs-type-readonly";
    if (rights.mount->fileSystem == "overlay" && !rights.mount->hasSuperOption("upperdir"))
        return "overlay-without-upper";
    return rights.mount->hasSuperOption("emergency_ro") ? "ext4-emergency-ro" : "superblock-readonly";
}

std::string_view idOf(const EffectiveRights& rights)
{
    // What stands in for a drive that is away is not to be opened to anybody.
    if (rights.verdict == RightsVerdict::No && rights.unmountedPoint && rights.reason != RightsReason::Search)
        return "ghost-mountpoint";
    switch (rights.reason) {
    case RightsReason::Granted:
        return "rights-granted";
    case RightsReason::Search:
        return idOfSystemFolder(rights).value_or(idOfClosed(rights));
    case RightsReason::Write:
        return idOfSystemFolder(rights).value_or(idOfDenial(rights));
    case RightsReason::Missing:
        return "path-missing";
    case RightsReason::Dangling:
        return "path-dangling-symlink";
    case RightsReason::LinkLoop:
        return "path-symlink-loop";
    case RightsReason::LinkProtected:
        return "rights-link-protected";
    case RightsReason::LinkNotFollowed:
        return "path-nosymfollow";
    case RightsReason::NotAFolder:
        return "path-not-directory";
    case RightsReason::TooLong:
        return "path-too-long";
    case RightsReason::MountReadOnly:
        return "mount-readonly-flag";
    case RightsReason::FileSystemReadOnly:
        return idOfReadOnly(rights);
    case RightsReason::SubvolumeReadOnly:
        return "btrfs-ro-subvolume";
    case RightsReason::Immutable:
        return "dir-immutable";
    case RightsReason::AppendOnly:
        return "dir-append-only";
    case RightsReason::PrivateFuse:
        return "fuse-other-user";
    case RightsReason::Pseudo:
        return "pseudo-filesystem";
    case RightsReason::Server:
        return "rights-unknown-server";
    case RightsReason::Program:
        return "rights-unknown-program";
    case RightsReason::Mapping:
        return "rights-unknown-mapping";
    case RightsReason::Hidden:
        return "rights-unknown-hidden";
    case RightsReason::Unseen:
        return "rights-unknown-error";
    case RightsReason::Stopped:
        break;
    }
    return "cancelled";
}

const CauseWords* wordsAboutAnother(std::string_view id)
{
    const CauseWords* words = findCauseWords(std::string(kAboutAnother).append(id));
    return words != nullptr ? words : findCauseWords(id);
}

std::string modeLine(const EffectiveRights& rights)
{
    const FileStatus& status = *rights.status;
    std::string line = fmt::format("{}: mode {:04o}, owner {} ({}), group {} ({})", displayPath(rights.component),
                                   status.mode, displayText(rights.owner.value_or("-")), status.uid,
                                   displayText(rights.group.value_or("-")), status.gid);
    for (const AclEntry& entry : rights.list)
        line += ", " + displayText(toText(entry));
    if (rights.answer)
        line += fmt::format("; decided by {}{}", toString(rights.answer->rule),
                            rights.answer->listIgnored ? ", the list is switched off by its empty mask" : "");
    return line;
}

void addGrant(Arguments& arguments, const EffectiveRights& rights, const Credentials& who)
{
    const FileStatus& status = *rights.status;
    const unsigned mask = (status.mode >> 3U) & 7U;
    if (rights.reason == RightsReason::Write && rights.answer && rights.answer->maskTookIt)
        arguments.merge(raiseMask(status, rights.list, who, mask | kWriteAndSearch));
    else
        arguments.merge(grantOf(status, rights.list, who, rights.reason == RightsReason::Search ? 1 : 7));
}

/// Of those that the words of the cause have: what can be done here, and asks for no more than the folder.
bool isApt(std::string_view fix, const EffectiveRights& rights)
{
    // What stands in for a btrfs subvolume in a snapshot of what it was in takes nothing
    // (BTRFS_EMPTY_SUBVOL_DIR_OBJECTID).
    const bool isStandIn =
        rights.status && rights.status->inode == 2 && rights.mount && rights.mount->fileSystem == "btrfs";
    const bool hasLists = !isStandIn && takesAccessLists(rights.mount ? &*rights.mount : nullptr);
    if (fix == "rights-grant-search" || fix == "rights-grant-write" || fix == "rights-grant-wakes")
        return hasLists;
    if (fix == "rights-without-list")
        return !hasLists;
    if (fix == "rights-share-new-files")
        return hasLists && rights.status && (rights.status->mode & 02000U) != 0;
    // Why something can only be read was not looked into, and who may create or delete what is on the way neither.
    static constexpr std::string_view kToBeFoundOut[] = {
        "create-folder",     "ask-to-create-folder",    "remove-link",      "remount-rw",     "remount-bind-rw",
        "reconnect-drive",   "unmount-drive",           "check-ext",        "check-at-start", "have-it-checked",
        "read-drive-health", "make-subvolume-writable", "snapshot-writable"};
    if (std::find(std::begin(kToBeFoundOut), std::end(kToBeFoundOut), fix) != std::end(kToBeFoundOut))
        return false;
    if (fix == "rights-join-group")
        return rights.status && isForJoining(rights.status->gid, rights.group, rights.groupIsPersonal);
    return true;
}

Arguments argumentsOf(const EffectiveRights& rights, const Path& folder, const Subject& subject)
{
    Arguments arguments{{"path", Argument::path(folder)},
                        {"component", Argument::path(rights.component)},
                        {"user", Argument::user(subject.name)},
                        {"uid", Argument::count(subject.credentials.uid)}};
    if (rights.status) {
        arguments.emplace("owner", Argument::user(nameOrNumber(rights.owner, rights.status->uid)));
        arguments.emplace("group", Argument::group(nameOrNumber(rights.group, rights.status->gid)));
        addGrant(arguments, rights, subject.credentials);
    }
    if (rights.answer && rights.answer->entry)
        arguments.emplace("entry", Argument::plain(toText(*rights.answer->entry)));
    if (rights.mount) {
        arguments.emplace("mount", Argument::path(rights.mount->mountPoint));
        arguments.emplace("fs", Argument::name(rights.mount->fileSystem));
        arguments.emplace("owner_of_mount", Argument::user(rights.mountOwner.value_or("another user")));
    }
    if (rights.unmountedPoint)
        arguments.emplace("point", Argument::path(*rights.unmountedPoint));
    if (rights.linkTarget)
        arguments.emplace("target", Argument::path(*rights.linkTarget));
    if (rights.errorCode != 0)
        arguments.emplace("message", Argument::plain(errnoText(rights.errorCode)));
    return arguments;
}

} // namespace

extern const RuleFamily rightsFindings{{}, kCauses, kFixes};

Finding rightsFinding(const EffectiveRights& rights, const Path& folder, const Subject& subject)
{
    Finding finding = makeFinding(idOf(rights), argumentsOf(rights, folder, subject));
    finding.severity = Severity::Blocking;
    if (rights.verdict != RightsVerdict::No)
        finding.severity = rights.verdict == RightsVerdict::Yes ? Severity::Note : Severity::Limit;
    const bool isOwners = rights.answer && rights.answer->rule == RightsRule::OwnerBits;
    if (isOwners && rights.verdict == RightsVerdict::No && !ignoresChmod(rights) && finding.id != "ghost-mountpoint") {
        finding = withFixes(std::move(finding), {"rights-owner-chmod"});
    } else if (const CauseWords* words = wordsAboutAnother(finding.id)) {
        finding = withFixes(std::move(finding), words->fixes);
        std::erase_if(finding.fixes, [&](const Fix& fix) { return !isApt(fix.id, rights); });
    }
    const bool isReadOnly =
        rights.reason == RightsReason::MountReadOnly || rights.reason == RightsReason::FileSystemReadOnly;
    if (isReadOnly && rights.mount && rights.mount->kind != MountKind::Image)
        finding.fixes.push_back(makeFix("rights-find-out", finding.arguments));
    if (rights.status)
        finding.evidence.push_back(modeLine(rights));
    if (rights.mount)
        finding.evidence.push_back(fmt::format("mount: {} {} {} {} {}", displayPath(rights.mount->mountPoint),
                                               displayText(rights.mount->options),
                                               displayText(rights.mount->fileSystem), displayText(rights.mount->source),
                                               displayText(rights.mount->superOptions)));
    return finding;
}

RenderedFinding renderRights(const Finding& finding, const Translate& translate)
{
    Finding about = finding;
    if (const CauseWords* words = wordsAboutAnother(finding.id))
        about.id = words->id;
    RenderedFinding words = render(about, translate);
    // Whoever reads this is not the one whom it is about.
    const auto owner = finding.arguments.find("owner");
    for (RenderedFix& fix : words.fixes) {
        if (fix.by == FixBy::Owner && fix.whose == Whose::Readers && owner != finding.arguments.end()) {
            fix.whose = Whose::Owners;
            fix.owner = displayText(owner->second.text);
        }
    }
    return words;
}

} // namespace scratchproof
