// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facts/acl.h"
#include "core/system/file_attributes.h"

#include <cstdint>
#include <optional>
#include <span>

namespace scratchproof {

/// Whose rights are computed.
struct Credentials
{
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::vector<std::uint32_t> groups; // supplementary
    bool overridesPermissions = false; // CAP_DAC_OVERRIDE in the initial user namespace
};

/// Which rule decided, in the kernel's order (acl(5), "ACCESS CHECK ALGORITHM"; fs/namei.c).
enum class RightsRule : std::uint8_t {
    Capability,   // root passes
    OwnerBits,    // the owner class, first and exclusively
    NamedUser,    // an entry for this user, under the mask
    GroupEntry,   // one of the group entries that match, under the mask
    GroupNoGrant, // group entries match and none grants: no fall-through to other
    GroupBits,    // the plain group class
    OtherBits,
};

/// "capability", "owner-bits", ...
[[nodiscard]] std::string_view toString(RightsRule rule);
[[nodiscard]] std::optional<RightsRule> rightsRuleFromString(std::string_view text);

struct RightsAnswer
{
    bool allowed = false;
    RightsRule rule = RightsRule::OtherBits;
    std::optional<AclEntry> entry; // of NamedUser, GroupEntry and GroupNoGrant: the (first) one that decided
    bool maskTookIt = false;       // the entry grants, and the mask takes it away
    bool listIgnored = false;      // there is a list, and the kernel skips it since mode & 070 is 0
};

/// Whether `who` has all of `wanted` (r 4, w 2, x 1) on a file with this status and access list, as the kernel decides:
/// owner class first and exclusively; a list is ignored where mode & 070 is 0; a named user under the mask; the owning
/// and named groups under the mask, where one that grants wins and a match without a grant denies; then other.
/// A pure function. It knows nothing of read-only mounts, immutable marks, security modules and servers.
[[nodiscard]] RightsAnswer evaluateRights(const FileStatus& status, std::span<const AclEntry> list,
                                          const Credentials& who, unsigned wanted);

/// Which of r 4, w 2 and x 1 evaluateRights() allows, each asked for alone.
[[nodiscard]] unsigned allowedRights(const FileStatus& status, std::span<const AclEntry> list, const Credentials& who);

} // namespace scratchproof
