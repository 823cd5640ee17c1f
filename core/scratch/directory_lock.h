// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/system/system.h"

#include <cstdint>
#include <string_view>

namespace scratchproof {

/// Whether somebody holds the BSD lock (flock(2)) of a scratch directory, as `scratch run` and systemd-tmpfiles do
/// while they use a directory (tmpfiles.d(5), "x" and the lock of directories).
enum class DirectoryLock : std::uint8_t {
    Free,
    Held,
    Unknown, // a server's or a FUSE daemon's folder, whose locks this computer may not see, or the call failed
};
/// "free", "held", "unknown".
[[nodiscard]] std::string_view toString(DirectoryLock lock);

enum class LockWait : std::uint8_t {
    ForAskers, // no longer than another one that asks needs (50 ms)
    No         // for who holds it by another descriptor
};

/// Asks by taking the exclusive lock. `folder` is open for reading; where the answer is Free the lock is held until
/// that descriptor is closed, or given back by releaseLock().
[[nodiscard]] DirectoryLock takeLock(System& system, int folder, std::string_view fileSystem,
                                     LockWait wait = LockWait::ForAskers);
void releaseLock(System& system, int folder);

} // namespace scratchproof
