// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"
#include "core/facts/nfs4_acl.h"

#include <algorithm>
#include <array>
#include <cerrno>

/// Access control lists: those that Linux evaluates (acl(5)), and those of servers, which it only shows.
namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"acl-mask-limits",
     {"permissions", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "Your right to save here is switched off at the moment"),
     QT_TRANSLATE_NOOP(
         "causes", "The folder has extra rights for {who}. They are switched off by an upper limit of the list (its "
                   "mask), often after a chmod."),
     {"grant-wakes", "raise-mask"}},
    {"acl-named-user-denied",
     {"permissions", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "An access list blocks you by name"),
     QT_TRANSLATE_NOOP("causes",
                       "The folder's access list has an entry just for you that does not allow writing. It counts "
                       "instead of what holds for everybody else."),
     {"grant-wakes", "change-own-entry", "drop-own-entry"}},
    {"acl-group-match-no-fallback",
     {"permissions", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "An access list blocks a group that you belong to"),
     QT_TRANSLATE_NOOP("causes",
                       "The folder's access list names the group {group}, which you belong to, without the right to "
                       "write. That beats what holds for everybody else."),
     {"grant-wakes", "ask-for-entry", "change-group-entry"}},
    {"acl-mask-zero-ignored",
     {"permissions", "", Shows::Passes},
     QT_TRANSLATE_NOOP("causes", "Extra rights on this folder have no effect"),
     QT_TRANSLATE_NOOP(
         "causes", "The folder has a list of extra rights, and the upper limit of that list (its mask) is empty. So "
                   "only the plain permissions count."),
     {"grant-wakes", "raise-mask"},
     Severity::Note},
    {"default-acl-unreadable-new-file",
     {"permissions", "read-back", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "You can create files here, but not open them again"),
     QT_TRANSLATE_NOOP("causes", "New files get permissions that keep out even you, who created them."),
     {"drop-default-list", "look-at-umask"}},
    {"nfs4-acl-denied",
     {"permissions", "create-file delete-file rename", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "An access list of the server refuses you"),
     QT_TRANSLATE_NOOP("causes",
                       "The server keeps an access list of its own for this folder ({attribute}), and the permissions "
                       "that are shown here only imitate it. They would allow writing; the list does not."),
     {"ask-modify-on-server", "show-server-list"},
     Severity::Blocking,
     Certainty::Likely},
};

constexpr FixWords kFixes[] = {
    {"raise-mask",
     QT_TRANSLATE_NOOP("causes",
                       "Switch the extra rights on again. This counts for everybody on the list, not only for "
                       "you."),
     FixBy::Owner,
     {"setfacl", "-m", "m::{mask}", "--", "{path}"}},
    {"change-own-entry",
     QT_TRANSLATE_NOOP("causes", "Ask {owner} to run this. It changes your entry so that you may save here."),
     FixBy::Owner,
     {"setfacl", "-m", "u:{user}:rwx[,m::{mask}]", "--", "{path}"}},
    {"drop-own-entry",
     QT_TRANSLATE_NOOP("causes", "Or have the entry removed, so that what holds for others holds for you too."),
     FixBy::Owner,
     {"setfacl", "-n", "-x", "u:{user}", "--", "{path}"}},
    {"ask-for-entry",
     QT_TRANSLATE_NOOP("causes", "Ask {owner} to run this. It gives you, {user}, an entry of your own, which counts "
                                 "before any group."),
     FixBy::Owner,
     {"setfacl", "-m", "u:{user}:rwx[,m::{mask}]", "--", "{path}"}},
    {"change-group-entry",
     QT_TRANSLATE_NOOP("causes", "Or have the entry of the group changed, for all of its members."),
     FixBy::Owner,
     {"setfacl", "-m", "g:{group}:rwx[,m::{mask}]", "--", "{path}"}},
    {"drop-default-list",
     QT_TRANSLATE_NOOP("causes", "Remove the rule that new files inherit."),
     FixBy::Owner,
     {"setfacl", "-k", "--", "{path}"}},
    {"look-at-umask",
     QT_TRANSLATE_NOOP("causes", "Look at the umask of your session, or the mode that the share is mounted with."),
     FixBy::User},
    {"ask-modify-on-server",
     QT_TRANSLATE_NOOP("causes", "Ask whoever looks after the server to give your account the right to modify."),
     FixBy::Admin},
    {"show-server-list",
     QT_TRANSLATE_NOOP("causes", "Look at the server's list."),
     FixBy::User,
     {"nfs4_getfacl", "--", "{path}"}},
};

/// "access list: user:12345:rwx, mask::r-x": what decided.
std::string listLine(const Input& in, const AclEntry& entry)
{
    std::string line = "access list: " + displayText(toText(entry));
    for (const AclEntry& other : in.facts.accessList) {
        if (other.tag == AclTag::Mask)
            line += ", " + toText(other);
    }
    return line;
}

std::string groupOf(const Input& in, const AclEntry& entry)
{
    if (entry.tag == AclTag::NamedGroup)
        return nameOrNumber(entry.name, entry.id);
    const FileStatus* folder = in.folderStatus();
    return nameOrNumber(in.facts.group, folder != nullptr ? folder->gid : 0);
}

Arguments grantHere(const Input& in, const FileStatus& folder)
{
    return grantOf(folder, in.facts.accessList, in.credentials(), 7);
}

bool othersMayWrite(const Input& in)
{
    const FileStatus* folder = in.folderStatus();
    return folder != nullptr && (folder->mode & 3U) == 3;
}

std::optional<Finding> byMask(const Input& in)
{
    if (in.deniedByRights() == nullptr || in.storesNoPermissions())
        return std::nullopt;
    const auto rights = in.rights();
    if (!rights->maskTookIt || !rights->entry)
        return std::nullopt;
    const bool isUser = rights->entry->tag == AclTag::NamedUser;
    const Argument who = isUser ? Argument::user(in.facts.user.name) : Argument::group(groupOf(in, *rights->entry));
    const FileStatus& folder = *in.folderStatus();
    Arguments arguments = raiseMask(folder, in.facts.accessList, in.credentials(), ((folder.mode >> 3U) & 7U) | 3U);
    arguments.emplace("who", who);
    return withEvidence(makeFinding(in, "acl-mask-limits", std::move(arguments)), listLine(in, *rights->entry));
}

std::optional<Finding> byName(const Input& in)
{
    if (in.deniedByRights() == nullptr)
        return std::nullopt;
    const auto rights = in.rights();
    if (rights->rule != RightsRule::NamedUser || !rights->entry)
        return std::nullopt;
    const FileStatus* folder = in.folderStatus();
    if ((rights->entry->permissions & 3U) == 2)
        return withEvidence(
            withFixes(makeFinding(in, "dir-write-without-search", grantHere(in, *folder)), accessFixes(in, *folder)),
            listLine(in, *rights->entry));
    return withEvidence(makeFinding(in, "acl-named-user-denied", grantHere(in, *folder)), listLine(in, *rights->entry));
}

std::optional<Finding> byGroup(const Input& in)
{
    if (in.deniedByRights() == nullptr)
        return std::nullopt;
    const auto rights = in.rights();
    const bool isGroup = rights->rule == RightsRule::GroupNoGrant || rights->rule == RightsRule::GroupEntry;
    // The owning group's own entry, where others may not write either, is no surprise of a list.
    if (!isGroup || !rights->entry || (rights->entry->tag != AclTag::NamedGroup && !othersMayWrite(in)))
        return std::nullopt;
    Arguments arguments = grantHere(in, *in.folderStatus());
    arguments.emplace("group", Argument::group(groupOf(in, *rights->entry)));
    return withEvidence(makeFinding(in, "acl-group-match-no-fallback", std::move(arguments)),
                        listLine(in, *rights->entry));
}

std::optional<Finding> lockedAgainstMaker(const Input& in)
{
    const auto& created = in.probe.notes.createdFile;
    // A new folder comes out as locked as a new file.
    if (!in.failedAt({Step::ReadBack, Step::CreateDirectory}) || !in.failedWith({EACCES}) || !created ||
        (created->mode & 0600U) == 0600)
        return std::nullopt;
    const bool hasList = in.facts.hasDefaultList.value_or(false);
    return withEvidence(withFixes(makeFinding(in, "default-acl-unreadable-new-file"),
                                  {hasList ? "drop-default-list" : "look-at-umask"}),
                        "the new file: " + modeLine(in, *created));
}

/// What the list of an NFSv4 server says of making, or of deleting. It is on every such mount, and the server may take
/// us for somebody else than we are here: where it grants, something else refuses.
Nfs4Answer answerOf(const Input& in, const std::string& bytes)
{
    const auto list = parseNfs4List(bytes);
    const FileStatus* folder = in.folderStatus();
    if (!list || folder == nullptr)
        return Nfs4Answer::Unknown;
    const UserFacts& user = in.facts.user;
    Nfs4User asking{user.name, user.uid, user.uid == folder->uid, user.gid == folder->gid, user.groups};
    asking.groups.push_back(user.gid);
    asking.isInGroup = std::find(asking.groups.begin(), asking.groups.end(), folder->gid) != asking.groups.end();
    // Root is nobody to most servers (root_squash): no entry but that for everybody is surely meant for it.
    if (user.uid == 0)
        return Nfs4Answer::Unknown;
    const std::uint32_t right = in.failedAt({Step::DeleteFile, Step::Rename, Step::DeleteDirectory}) ? kNfs4DeleteIn
                                : in.failedAt({Step::CreateDirectory})                               ? kNfs4AddFolder
                                                                                                     : kNfs4AddFile;
    return evaluateNfs4List(*list, asking, right | kNfs4Search);
}

std::optional<Finding> byServerList(const Input& in)
{
    const auto& lists = in.facts.state.serverLists;
    const auto rights = in.rights();
    if (lists.empty() || !in.failedWith({EACCES, EPERM}) || in.failedAt({Step::OpenFolder, Step::ReadBack}) ||
        (rights && !rights->allowed))
        return std::nullopt;
    const Arguments arguments = {{"attribute", Argument::plain(lists.front().name)}};
    const auto isNfs4 = [](const RawAttribute& one) { return one.name == "system.nfs4_acl"; };
    const auto nfs4 = std::find_if(lists.begin(), lists.end(), isNfs4);
    if (nfs4 == lists.end())
        return makeFinding(in, "nfs4-acl-denied", arguments); // of a kind that is not read here
    switch (answerOf(in, nfs4->value)) {
    case Nfs4Answer::Denies: {
        Finding finding = makeFinding(in, "nfs4-acl-denied", arguments);
        finding.certainty = Certainty::Proven;
        return finding;
    }
    case Nfs4Answer::DeniesAsFarAsKnown:
        return makeFinding(in, "nfs4-acl-denied", arguments);
    case Nfs4Answer::Grants:
    case Nfs4Answer::Unknown:
        break;
    }
    return std::nullopt;
}

/// Linux passes over a list where mode & 070 is 0 (fs/namei.c, acl_permission_check()).
std::optional<Finding> switchedOff(const Input& in)
{
    const FileStatus* folder = in.folderStatus();
    if (!in.allWell() || folder == nullptr || !in.facts.hasAccessList.value_or(false) || (folder->mode & 070U) != 0)
        return std::nullopt;
    const auto& list = in.facts.accessList;
    const bool hasNamed = std::any_of(list.begin(), list.end(), [](const AclEntry& entry) {
        return entry.tag == AclTag::NamedUser || entry.tag == AclTag::NamedGroup;
    });
    if (!list.empty() && !hasNamed)
        return std::nullopt;
    unsigned all = 0;
    for (const AclEntry& entry : list) {
        if (entry.tag == AclTag::NamedUser || entry.tag == AclTag::NamedGroup)
            all |= entry.permissions;
    }
    // Nobody is to be told to switch a list on that would keep them out.
    FileStatus after = *folder;
    after.mode |= all << 3U;
    AccessList counted = list;
    for (AclEntry& entry : counted)
        entry.permissions = entry.tag == AclTag::Mask ? all : entry.permissions;
    const bool keepsUsIn = all != 0 && evaluateRights(after, counted, in.credentials(), 3).allowed;
    Finding finding = makeFinding(in, "acl-mask-zero-ignored", raiseMask(*folder, list, in.credentials(), all));
    return withEvidence(keepsUsIn ? std::move(finding) : withFixes(std::move(finding), {}), modeLine(in, *folder));
}

constexpr std::array<Rule, 6> kRules = {byMask, byName, byGroup, lockedAgainstMaker, byServerList, switchedOff};

} // namespace

extern const RuleFamily rulesAccessLists{kRules, kCauses, kFixes};

} // namespace scratchproof
