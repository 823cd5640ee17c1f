// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/safe_place.h"

#include "core/scratch/identity.h"

namespace scratchproof {

namespace {

std::optional<std::string> whyUnsafe(System& system, const FileStatus& status)
{
    const auto us = system.processes.userId();
    if (status.uid != 0 && status.uid != us) {
        const auto owner = system.processes.userName(status.uid);
        return "it belongs to " + (owner ? "the user " + *owner : "user number " + std::to_string(status.uid)) +
               ", who may rename what is in it";
    }
    if (status.isSticky())
        return std::nullopt;
    if ((status.mode & 002U) != 0)
        return "every user may rename what is in it (it has no sticky bit)";
    if ((status.mode & 020U) != 0) {
        const auto group = system.processes.groupName(status.gid);
        return "its group (" + group.value_or(std::to_string(status.gid)) + ") may rename what is in it";
    }
    return std::nullopt;
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
            if (auto reason = whyUnsafe(system, *status))
                return std::optional<UnsafePlace>(UnsafePlace{soFar, std::move(*reason)});
        }
        if (next >= folder.size())
            return std::optional<UnsafePlace>();
        const auto end = std::min(folder.find('/', next), folder.size());
        soFar = folder.substr(0, end);
        next = end + 1;
    }
}

} // namespace scratchproof
