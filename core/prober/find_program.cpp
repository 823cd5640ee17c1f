// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/prober/find_program.h"

#include <algorithm>

namespace scratchproof {

std::optional<Path> findProgram(System& system, const std::string& name)
{
    std::string folders = environmentVariable("PATH").value_or("") + ":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
    while (!folders.empty()) {
        const auto end = std::min(folders.find(':'), folders.size());
        const Path folder = folders.substr(0, end);
        folders.erase(0, end + 1);
        if (folder.empty() || folder.front() != '/')
            continue;
        Path candidate = joinPath(folder, name);
        const auto status = system.attributes.statusFollowing(kWorkingDirectory, candidate.c_str());
        if (status && status->isRegular() &&
            system.attributes.access(kWorkingDirectory, candidate.c_str(), AccessMode::Search))
            return candidate;
    }
    return std::nullopt;
}

} // namespace scratchproof
