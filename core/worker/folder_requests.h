// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/requests.h"
#include "core/system/system.h"

#include <functional>
#include <stop_token>

namespace scratchproof {

/// What a request about a folder is served with.
struct FolderService
{
    System& system;
    std::stop_token stop;
    std::function<void(Json)> progress;

    // Each returns the answer, or the Error of the system call that failed, or "cancelled". Blocks as long as the file
    // system does: for a prober only.

    /// The room in the file system that holds the folder.
    [[nodiscard]] Result<SpaceAnswer> serve(const request::Space& request) const;
    /// Links to folders included; at most 200,000 entries are looked at.
    [[nodiscard]] Result<FolderList> serve(const request::ListFolders& request) const;
    [[nodiscard]] Result<EntriesAnswer> serve(const request::Entries& request) const;
    /// Its bytes go by `progress`, in parts; at most 64 MiB.
    [[nodiscard]] Result<ReadFileAnswer> serve(const request::ReadFile& request) const;
    /// "unknown-user" where there is no such user.
    [[nodiscard]] Result<RightsReply> serve(const request::Rights& request) const;
};

} // namespace scratchproof
