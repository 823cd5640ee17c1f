// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/system.h"
#include "core/verify/drive_place.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace scratchproof {

/// A lock that flock(2) gave to one alone.
struct ExclusiveLock
{
    int pid = 0;
    DeviceNumber device;
    std::uint64_t inode = 0;
    friend bool operator==(const ExclusiveLock&, const ExclusiveLock&) = default;
};

/// Of the text of /proc/locks (proc(5)); who only waits for one is left out. What does not parse is left out.
[[nodiscard]] std::vector<ExclusiveLock> exclusiveLocks(std::string_view text);

struct OtherVerification
{
    int pid = 0;
    std::uint32_t uid = 0;
};

/// A prober of another user that holds a directory of this drive for itself for a while, as a verification does (and a
/// removal, for as long as it takes). By what /proc shows: no folder is touched, and nothing is left for anybody to
/// find. Nothing where /proc hides it, or it runs in another PID namespace or on another computer.
[[nodiscard]] std::optional<OtherVerification> verificationOfAnotherUser(System& system, const MountTable& mounts,
                                                                         const DrivePlace& place);

} // namespace scratchproof
