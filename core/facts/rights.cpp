// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/rights.h"

#include "core/base/enum_names.h"

#include <algorithm>
#include <array>
#include <utility>

namespace scratchproof {

namespace {

constexpr EnumNames<RightsRule::OtherBits> kRules({"capability", "owner-bits", "named-user", "group-entry",
                                                   "group-no-grant", "group-bits", "other-bits"});

bool isIn(const Credentials& who, std::uint32_t gid)
{
    return who.gid == gid || std::find(who.groups.begin(), who.groups.end(), gid) != who.groups.end();
}

bool grants(unsigned permissions, unsigned wanted)
{
    return (permissions & wanted) == wanted;
}

const AclEntry* find(std::span<const AclEntry> list, AclTag tag)
{
    const auto found =
        std::find_if(list.begin(), list.end(), [tag](const AclEntry& entry) { return entry.tag == tag; });
    return found == list.end() ? nullptr : &*found;
}

/// An entry that decides, under the mask (where a list has none, nothing is taken away).
RightsAnswer underMask(std::span<const AclEntry> list, const AclEntry& entry, RightsRule rule, unsigned wanted)
{
    const AclEntry* mask = find(list, AclTag::Mask);
    RightsAnswer answer;
    answer.rule = rule;
    answer.entry = entry;
    answer.allowed = grants(entry.permissions, wanted) && (mask == nullptr || grants(mask->permissions, wanted));
    answer.maskTookIt = !answer.allowed && grants(entry.permissions, wanted);
    return answer;
}

/// posix_acl_permission() of fs/posix_acl.c, without the owner, who never gets here.
RightsAnswer byList(const FileStatus& status, std::span<const AclEntry> list, const Credentials& who, unsigned wanted)
{
    for (const AclEntry& entry : list) {
        if (entry.tag == AclTag::NamedUser && entry.id == who.uid)
            return underMask(list, entry, RightsRule::NamedUser, wanted);
    }
    const AclEntry* matching = nullptr;
    for (const AclEntry& entry : list) {
        const bool matches = (entry.tag == AclTag::OwningGroup && isIn(who, status.gid)) ||
                             (entry.tag == AclTag::NamedGroup && isIn(who, entry.id));
        if (!matches)
            continue;
        if (grants(entry.permissions, wanted))
            return underMask(list, entry, RightsRule::GroupEntry, wanted);
        if (matching == nullptr)
            matching = &entry;
    }
    RightsAnswer answer;
    if (matching != nullptr) {
        answer.rule = RightsRule::GroupNoGrant;
        answer.entry = *matching;
        return answer;
    }
    const AclEntry* other = find(list, AclTag::Other);
    answer.rule = RightsRule::OtherBits;
    answer.allowed = other != nullptr && grants(other->permissions, wanted);
    return answer;
}

/// acl_permission_check() of fs/namei.c.
RightsAnswer byClass(const FileStatus& status, std::span<const AclEntry> list, const Credentials& who, unsigned wanted)
{
    RightsAnswer answer;
    if (who.uid == status.uid) {
        answer.rule = RightsRule::OwnerBits;
        answer.allowed = grants((status.mode >> 6U) & 7U, wanted);
        return answer;
    }
    // With a list the group bits are its mask: an empty mask switches the list off.
    if (!list.empty() && (status.mode & 070U) != 0)
        return byList(status, list, who, wanted);
    const bool inGroup = isIn(who, status.gid);
    answer.rule = inGroup ? RightsRule::GroupBits : RightsRule::OtherBits;
    answer.allowed = grants((status.mode >> (inGroup ? 3U : 0U)) & 7U, wanted);
    answer.listIgnored = !list.empty();
    return answer;
}

} // namespace

std::string_view toString(RightsRule rule)
{
    return kRules.nameOf(rule);
}

std::optional<RightsRule> rightsRuleFromString(std::string_view text)
{
    return kRules.valueOf(text);
}

RightsAnswer evaluateRights(const FileStatus& status, std::span<const AclEntry> list, const Credentials& who,
                            unsigned wanted)
{
    RightsAnswer answer = byClass(status, list, who, wanted & 7U);
    // generic_permission(): the capability comes last; a file that nobody may run is not run by root either.
    const bool runsNothing = !status.isDirectory() && (wanted & 1U) != 0 && (status.mode & 0111U) == 0;
    if (!answer.allowed && who.overridesPermissions && !runsNothing) {
        const bool listIgnored = answer.listIgnored;
        answer = {};
        answer.allowed = true;
        answer.rule = RightsRule::Capability;
        answer.listIgnored = listIgnored;
    }
    return answer;
}

unsigned allowedRights(const FileStatus& status, std::span<const AclEntry> list, const Credentials& who)
{
    unsigned allowed = 0;
    for (const unsigned wanted : {4U, 2U, 1U}) {
        if (evaluateRights(status, list, who, wanted).allowed)
            allowed |= wanted;
    }
    return allowed;
}

} // namespace scratchproof
