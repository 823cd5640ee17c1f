// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/find_program.h"

#include "core/facts/way.h"

#include <algorithm>

namespace scratchproof {

namespace {

/// A server or a program has to answer there, and may not. Without what is the system's own this program would not run.
bool mayKeepWaiting(const Mount& mount)
{
    const bool isFar = mount.kind == MountKind::Network || mount.kind == MountKind::Fuse ||
                       mount.kind == MountKind::Automount || mount.kind == MountKind::Other ||
                       mount.fileSystem.starts_with("fuse");
    return isFar && mount.mountPoint != "/" && mount.mountPoint != "/usr";
}

Way wayNearby(System& system, MountTable& mounts, const Path& path)
{
    return followWay(system, mounts, path, {}, [](const Mount& mount) { return !mayKeepWaiting(mount); });
}

} // namespace

bool isNear(System& system, const Path& path)
{
    MountTable mounts;
    static_cast<void>(mounts.refresh());
    return !wayNearby(system, mounts, path).refused;
}

std::optional<Path> findProgram(System& system, const std::string& name)
{
    std::string folders = environmentVariable("PATH").value_or("") + ":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
    MountTable mounts;
    static_cast<void>(mounts.refresh());
    while (!folders.empty()) {
        const auto end = std::min(folders.find(':'), folders.size());
        const Path folder = folders.substr(0, end);
        folders.erase(0, end + 1);
        if (folder.empty() || folder.front() != '/')
            continue;
        Path candidate = joinPath(folder, name);
        if (!wayNearby(system, mounts, candidate).isWhole)
            continue;
        const auto status = system.attributes.statusFollowing(kWorkingDirectory, candidate.c_str());
        if (status && status->isRegular() &&
            system.attributes.access(kWorkingDirectory, candidate.c_str(), AccessMode::Search))
            return candidate;
    }
    return std::nullopt;
}

} // namespace scratchproof
