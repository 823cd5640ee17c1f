// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/mount_role.h"

#include "core/base/enum_names.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace scratchproof {

namespace {

constexpr EnumNames<MountRole::Apart> kRoles({"unknown", "system", "system-disk", "apart"});

/// With all that is below them.
constexpr std::string_view kTrees[] = {"/usr", "/boot",    "/efi",    "/etc",    "/bin", "/sbin",
                                       "/lib", "/lib32",   "/lib64",  "/libx32", "/dev", "/proc",
                                       "/sys", "/sysroot", "/ostree", "/nix",    "/gnu"};
/// These alone: what is below them may be anybody's.
constexpr std::string_view kPlaces[] = {"/",         "/home",         "/root",      "/var",       "/var/lib",
                                        "/var/log",  "/var/tmp",      "/var/cache", "/var/spool", "/var/mail",
                                        "/var/home", "/var/roothome", "/var/run",   "/opt",       "/tmp",
                                        "/run",      "/run/lock",     "/run/user",  "/run/shm"};

/// The values of an overlay's options that name its layers: "lowerdir=/a:/b", "upperdir=/c".
std::vector<std::string> layersOf(std::string_view options)
{
    std::vector<std::string> layers;
    while (!options.empty()) {
        const std::size_t comma = options.find(',');
        std::string_view word = options.substr(0, comma);
        const bool isLayer = word.starts_with("lowerdir=") || word.starts_with("upperdir=") ||
                             word.starts_with("workdir=") || word.starts_with("lowerdir+=");
        if (isLayer) {
            word.remove_prefix(word.find('=') + 1);
            while (!word.empty()) {
                const std::size_t colon = word.find(':');
                if (word.front() == '/')
                    layers.emplace_back(word.substr(0, colon));
                word.remove_prefix(colon == std::string_view::npos ? word.size() : colon + 1);
            }
        }
        options.remove_prefix(comma == std::string_view::npos ? options.size() : comma + 1);
    }
    return layers;
}

/// A file system that is made anew for each mount of it, and holds nothing of the system's.
bool isSharedByNobody(const Mount& mount)
{
    return mount.kind == MountKind::Pseudo || mount.kind == MountKind::Automount;
}

bool systemRunsFrom(const MountTable& mounts, DeviceNumber device)
{
    const auto& all = mounts.mounts();
    const auto isOfSystem = [&](const Mount& mount) {
        return isSystemPlace(mount.mountPoint) && !isSharedByNobody(mount);
    };
    const bool isMounted = std::any_of(all.begin(), all.end(),
                                       [&](const Mount& mount) { return mount.device == device && isOfSystem(mount); });
    if (isMounted)
        return true;
    return std::any_of(all.begin(), all.end(), [&](const Mount& mount) {
        if (mount.fileSystem != "overlay" || !isOfSystem(mount))
            return false;
        const auto layers = layersOf(mount.superOptions);
        return std::any_of(layers.begin(), layers.end(), [&](const std::string& layer) {
            const Mount* below = mounts.byPathText(layer);
            return below != nullptr && below->device == device;
        });
    });
}

} // namespace

std::string_view toString(MountRole role)
{
    return kRoles.nameOf(role);
}

bool isSystemPlace(std::string_view path)
{
    while (path.size() > 1 && path.back() == '/')
        path.remove_suffix(1);
    return std::find(std::begin(kPlaces), std::end(kPlaces), path) != std::end(kPlaces) ||
           std::any_of(std::begin(kTrees), std::end(kTrees),
                       [&](std::string_view tree) { return isBelow(path, tree); });
}

MountRole roleOf(const MountTable& mounts, const Mount& mount)
{
    if (isSystemPlace(mount.mountPoint))
        return MountRole::System;
    if (!mounts.isReached(identityOf(mount)))
        return MountRole::Unknown;
    return systemRunsFrom(mounts, mount.device) ? MountRole::SystemDisk : MountRole::Apart;
}

} // namespace scratchproof
