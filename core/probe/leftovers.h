// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/probe/probe_name.h"
#include "core/system/system.h"

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace scratchproof {

/// What may be done with a file or directory that has a name of our pattern.
enum class LeftoverJudgement {
    Remove,    // ours, and its maker is dead, or is this very process, which has done with it
    KeepYoung, // of another machine or namespace: only when it is older than a day by the file system's own clock
    Keep,      // not ours to touch: another user's, another type, or its maker lives
};

/// Judges and removes what earlier checks left in a folder. Removed are only regular files and directories (with
/// nothing at all in them but what a probe or a full check's trials make) of our own user and pattern: of this machine,
/// boot and PID namespace when the maker is dead or this process itself; of this machine and an earlier boot; of
/// another machine or namespace only when older than 24 h.
class LeftoverSweeper
{
public:
    LeftoverSweeper(System& system, Maker self) : m_system(system), m_self(std::move(self)) {}

    /// By name and status alone. `now` is the file system's own clock, where it is known.
    [[nodiscard]] LeftoverJudgement judge(const Maker& maker, const FileStatus& status, std::optional<Nanoseconds> now);

    /// Removes one entry below `folderFd` if judge() says so. True if it is gone, false if it is to be kept; an Error
    /// where the file system refuses.
    [[nodiscard]] Result<bool> removeIfDead(int folderFd, const std::string& name, std::optional<Nanoseconds> now);

    /// As removeIfDead(), for names the journal vouches for: their maker is known to be dead.
    [[nodiscard]] Result<bool> removeVouched(int folderFd, const std::string& name);

    /// The names of our pattern in the folder: a look at its first 20,000 entries, for at most 100 ms. Empty where it
    /// may not be listed.
    [[nodiscard]] std::vector<std::string> look(int folderFd, std::stop_token stop);

private:
    [[nodiscard]] Result<bool> remove(int folderFd, const std::string& name, const FileStatus& status);
    void emptyDirectory(int folderFd, const std::string& name, const FileStatus& status);
    [[nodiscard]] bool mayBeOfATrial(int directory, const std::string& entry);
    [[nodiscard]] std::vector<std::string> listed(int folderFd, bool (*isWanted)(std::string_view),
                                                  std::stop_token stop);
    [[nodiscard]] bool isAlive(const std::string& processHash);

    System& m_system;
    Maker m_self;
    std::optional<std::unordered_set<std::string>> m_alive; // process hashes, read once
};

} // namespace scratchproof
