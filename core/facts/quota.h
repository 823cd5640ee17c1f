// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/system.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace scratchproof {

enum class QuotaKind : std::uint8_t { User, Group, Project };

/// One allowance as quotactl(2) tells it, in bytes, files and seconds since the epoch. A limit of 0 is none.
struct Quota
{
    QuotaKind kind = QuotaKind::User;
    std::uint32_t id = 0;
    std::uint64_t usedBytes = 0;
    std::uint64_t softBytes = 0;
    std::uint64_t hardBytes = 0;
    std::uint64_t usedFiles = 0;
    std::uint64_t softFiles = 0;
    std::uint64_t hardFiles = 0;
    std::int64_t bytesGraceEnds = 0; // 0: not over the soft limit
    std::int64_t filesGraceEnds = 0;
};

struct QuotaFacts
{
    std::vector<Quota> quotas;                    // those that may be read without root
    std::optional<std::uint32_t> project;         // of FS_IOC_FSGETXATTR, where it is not 0
    bool projectIsInherited = false;              // FS_XFLAG_PROJINHERIT
    std::optional<std::uint64_t> mountTotalBytes; // of the mount's root: more than the folder's own total is a limit
};

struct UserFacts;

/// The allowances that count in a folder and that have a limit: those of the user and of the groups that new files get
/// (all of the user's, and the folder's own), and its project. `readableFd` is the folder, opened for reading, or -1
/// where that is refused: then nothing is known of projects. `device` is "/dev/sda1" or empty. Blocks as long as the
/// file system does.
[[nodiscard]] QuotaFacts readQuotas(System& system, int folderFd, int readableFd, const std::string& device,
                                    const UserFacts& user, std::uint32_t folderGroup);

} // namespace scratchproof
