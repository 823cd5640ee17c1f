// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"
#include "core/system/system.h"

#include <string>
#include <vector>

namespace scratchproof {

struct UserOfDirectory
{
    int pid = 0;
    std::string name; // /proc/PID/comm
};

/// Processes that have something below `path` (without symbolic links) open, or work in it: of those that /proc lets us
/// look into, which are our own user's. Never this one, nor another prober of this program: it looks, as we do. Reads
/// /proc only; at most `most` are returned.
[[nodiscard]] std::vector<UserOfDirectory> usersOf(System& system, const Path& path, std::size_t most = 20);

} // namespace scratchproof
