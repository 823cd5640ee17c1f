// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/foreign_owner.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

namespace scratchproof {

namespace {

/// Whether our ranges of /etc/subuid have that number: lines of NAME-or-number:START:COUNT.
bool isSubordinate(System& system, std::uint32_t user)
{
    const auto us = system.processes.userId();
    const auto name = system.processes.userName(us).value_or("");
    const std::string text = readSmallFile(system.files, "/etc/subuid").value_or("");
    for (std::size_t start = 0; start < text.size();) {
        const auto end = std::min(text.find('\n', start), text.size());
        const std::string line = text.substr(start, end - start);
        start = end + 1;
        const auto colon = line.find(':');
        if (colon == std::string::npos ||
            (line.substr(0, colon) != name && line.substr(0, colon) != std::to_string(us)))
            continue;
        unsigned long first = 0;
        unsigned long count = 0;
        if (std::sscanf(line.c_str() + colon, ":%lu:%lu", &first, &count) == 2 && user >= first && user - first < count)
            return true;
    }
    return false;
}

struct Owned
{
    Path path;
    std::uint32_t user = 0;
};

/// The uppermost entry on the way from `top` to `path` that is not ours.
std::optional<Owned> firstForeign(System& system, const Path& top, const Path& path)
{
    if (path.size() <= top.size() + 1 || !path.starts_with(top))
        return std::nullopt;
    for (std::size_t end = top.size(); end < path.size();) {
        end = std::min(path.find('/', end + 1), path.size());
        const Path part = path.substr(0, end);
        const auto status = system.attributes.statusAt(kWorkingDirectory, part.c_str());
        if (!status)
            return std::nullopt;
        if (status->uid != system.processes.userId())
            return Owned{part, status->uid};
    }
    return std::nullopt;
}

} // namespace

std::string ownerInWords(System& system, const Path& top, const Error& error)
{
    if (error.code != EACCES && error.code != EPERM)
        return {};
    const auto owned = firstForeign(system, top, error.path);
    if (!owned)
        return {};
    const auto name = system.processes.userName(owned->user);
    if (!name && isSubordinate(system, owned->user))
        return fmt::format(
            "; it belongs to {}, a user of a rootless container of yours; this removes it: podman unshare "
            "rm -rf -- {}",
            owned->user, quoteForShell(owned->path));
    if (!name)
        return fmt::format("; it belongs to {}, a user number without a name here, as rootless containers make them; "
                           "if it is of one of yours, this removes it: podman unshare rm -rf -- {}",
                           owned->user, quoteForShell(owned->path));
    return fmt::format("; it belongs to the user {}", *name);
}

} // namespace scratchproof
