// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/safe_place.h"

#include "core/scratch/identity.h"

namespace scratchproof {

namespace {

Reason whyUnsafe(System& system, const FileStatus& status)
{
    const auto us = system.processes.userId();
    if (status.uid != 0 && status.uid != us) {
        if (auto owner = system.processes.userName(status.uid))
            return {.kind = ReasonKind::FolderOfUser, .name = std::move(*owner)};
        return {.kind = ReasonKind::FolderOfNumber, .number = status.uid};
    }
    if (status.isSticky())
        return {};
    if ((status.mode & 002U) != 0)
        return {ReasonKind::FolderOpenToAll};
    if ((status.mode & 020U) != 0) {
        const auto group = system.processes.groupName(status.gid);
        return {.kind = ReasonKind::FolderOpenToGroup, .name = group.value_or(std::to_string(status.gid))};
    }
    return {};
}

} // namespace

Result<std::optional<UnsafePlace>> findUnsafePlace(System& system, const MountTable& mounts, const Path& folder)
{
    Path soFar = "/";
    std::size_t next = 1;
    for (;;) {
        const auto status = system.attributes.statusFollowing(kWorkingDirectory, soFar.c_str());
        if (!status)
            return fail(status.error());
        const Mount* mount = status->mountId ? mounts.byId(*status->mountId) : mounts.byPathText(soFar);
        if (mount == nullptr || storesPermissions(mount->fileSystem)) {
            if (auto reason = whyUnsafe(system, *status); !reason.empty())
                return std::optional<UnsafePlace>(UnsafePlace{soFar, std::move(reason)});
        }
        if (next >= folder.size())
            return std::optional<UnsafePlace>();
        const auto end = std::min(folder.find('/', next), folder.size());
        soFar = folder.substr(0, end);
        next = end + 1;
    }
}

} // namespace scratchproof
