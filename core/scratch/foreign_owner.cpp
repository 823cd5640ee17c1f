// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/foreign_owner.h"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

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

Reason withOwner(System& system, const Path& top, const Error& error, Reason reason)
{
    if (error.code != EACCES && error.code != EPERM)
        return reason;
    auto owned = firstForeign(system, top, error.path);
    if (!owned)
        return reason;
    auto name = system.processes.userName(owned->user);
    reason.kind = name                                 ? ReasonKind::OfUser
                  : isSubordinate(system, owned->user) ? ReasonKind::OfContainer
                                                       : ReasonKind::OfUnnamedUser;
    reason.name = std::move(name).value_or("");
    reason.number = owned->user;
    reason.path = std::move(owned->path);
    return reason;
}

} // namespace scratchproof
