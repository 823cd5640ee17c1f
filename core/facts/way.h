// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facts/mount_table.h"
#include "core/system/system.h"

#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

namespace scratchproof {

/// Told of a mount before anything on it is touched. False: the way ends here, and nothing on it is touched.
using CrossingListener = std::function<bool(const Mount&)>;

/// The mounts that a path really leads through.
struct Way
{
    std::vector<Mount> mounts;   // as they were come to, the first is that of "/"; the last is where the way ends
    Path end;                    // without links and "..": the whole path, or as far as it could be followed
    bool isWhole = false;        // nothing stood in the way
    int errorCode = 0;           // what did: errno of looking up the component after `end`
    bool refused = false;        // by the listener
    std::optional<Mount> hidden; // a mount that the table has at `end` or above it on the last mount's part of the way,
                                 // and that is not the one come to: a later one lies over it
};

/// Follows `path`, which is absolute, from "/" as the kernel does, component by component: symbolic links by reading
/// them, ".." as the parent of where one really is. Before a mount is entered, `crossing` is told of it; which one lies
/// there is read off `mounts`, so that even asking does not touch it. What is told, and not the text of the path, says
/// in which mount a caller waits that does not come back.
///
/// One that is mounted by looking (autofs), or that came after the table was read, is told as soon as it is entered:
/// the table is read anew for that. Links of /proc that are no paths ("/proc/self/cwd") are followed by the kernel.
/// Never fails: what cannot be followed ends the way. Blocks as long as the file systems on the way do: for a prober
/// only. Writes nothing.
[[nodiscard]] Way followWay(System& system, MountTable& mounts, const Path& path, const std::stop_token& stop,
                            const CrossingListener& crossing = {});

} // namespace scratchproof
