// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/quota.h"

#include "core/facts/facts.h"

#include <cerrno>
#include <set>

namespace scratchproof {

namespace {

constexpr std::size_t kMostGroupsAsked = 64;

Quota quotaFrom(QuotaKind kind, std::uint32_t id, const QuotaNumbers& numbers)
{
    return {kind,
            id,
            numbers.usedBytes,
            numbers.softBytes,
            numbers.hardBytes,
            numbers.usedFiles,
            numbers.softFiles,
            numbers.hardFiles,
            numbers.bytesGraceEnds,
            numbers.filesGraceEnds};
}

bool hasLimit(const QuotaNumbers& numbers)
{
    return numbers.softBytes != 0 || numbers.hardBytes != 0 || numbers.softFiles != 0 || numbers.hardFiles != 0;
}

/// Whether to go on asking for this kind: false where the file system keeps no such account.
bool ask(System& system, int fd, const std::string& device, QuotaKind kind, std::uint32_t id, QuotaFacts& facts)
{
    const auto type = static_cast<QuotaType>(kind);
    const auto numbers = system.attributes.quota(fd, device.c_str(), type, id);
    if (!numbers)
        return numbers.error().code == EPERM || numbers.error().code == EACCES;
    if (hasLimit(*numbers))
        facts.quotas.push_back(quotaFrom(kind, id, *numbers));
    return true;
}

} // namespace

QuotaFacts readQuotas(System& system, int folderFd, int readableFd, const std::string& device, const UserFacts& user,
                      std::uint32_t folderGroup)
{
    QuotaFacts facts;
    ask(system, folderFd, device, QuotaKind::User, user.uid, facts);
    std::set<std::uint32_t> groups{folderGroup, user.gid};
    for (const std::uint32_t gid : user.groups) {
        if (groups.size() < kMostGroupsAsked)
            groups.insert(gid);
    }
    for (const std::uint32_t gid : groups) {
        if (!ask(system, folderFd, device, QuotaKind::Group, gid, facts))
            break;
    }
    const auto project =
        readableFd >= 0 ? system.attributes.project(readableFd) : Result<ProjectNumbers>(fail("ioctl", {}, EBADF));
    if (project && project->id != 0) {
        facts.project = project->id;
        facts.projectIsInherited = project->isInherited;
        ask(system, folderFd, device, QuotaKind::Project, project->id, facts);
    }
    return facts;
}

} // namespace scratchproof
