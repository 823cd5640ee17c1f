// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/directory_lock.h"

#include "core/facts/mount_table.h"

#include <chrono>
#include <thread>

namespace scratchproof {

std::string_view toString(DirectoryLock lock)
{
    switch (lock) {
    case DirectoryLock::Free:
        return "free";
    case DirectoryLock::Held:
        return "held";
    case DirectoryLock::Unknown:
        break;
    }
    return "unknown";
}

DirectoryLock takeLock(System& system, int folder, std::string_view fileSystem, LockWait wait)
{
    const MountKind kind = kindOf(fileSystem, {}, {});
    if (kind == MountKind::Network || kind == MountKind::Fuse || kind == MountKind::Other)
        return DirectoryLock::Unknown;
    // Whoever asks holds it for a moment, and is no user.
    const int mostAttempts = wait == LockWait::No ? 1 : 5;
    for (int attempt = 1;; ++attempt) {
        const auto taken = system.files.tryLock(folder, LockMode::Exclusive);
        if (!taken)
            return DirectoryLock::Unknown;
        if (*taken || attempt == mostAttempts)
            return *taken ? DirectoryLock::Free : DirectoryLock::Held;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

void releaseLock(System& system, int folder)
{
    static_cast<void>(system.files.tryLock(folder, LockMode::Unlock));
}

} // namespace scratchproof
