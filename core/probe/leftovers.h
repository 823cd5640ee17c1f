// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/probe/probe_name.h"
#include "core/system/system.h"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace scratchproof {

/// No check takes as long: what is older is nobody's any more.
constexpr Nanoseconds kSurelyOld = 24 * 3600 * kNanosecondsPerSecond;

/// What may be done with a file or directory that has a name of our pattern.
enum class LeftoverJudgement {
    Remove,    // ours, and its maker is dead, or is this very process, which has done with it
    KeepYoung, // perhaps of somebody alive: only when it is older than a day by the file system's own clock
    Keep,      // not ours to touch: another user's, nothing that a check makes, or its maker lives
};

/// What became of one leftover.
enum class LeftoverFate : std::uint8_t { Kept, NotThere, Removed };

/// What is known of the folder besides.
struct LeftoverPlace
{
    /// A file that was made in it a moment ago, with mode 0600: it tells the file system's own time, and which bits
    /// become of that mode here. Nothing: neither is known yet.
    std::optional<FileStatus> newFile;
    /// Whether only one computer at a time can have this file system mounted (see isOfOneComputer()).
    bool isOfOneComputer = false;
};

/// Judges and removes what earlier checks left in a folder. Removed is only what a check makes: plain files of our own
/// user and pattern with at most 64 KiB, one name and nobody else's permissions (where permissions are stored), and
/// directories with nothing at all in them but what a probe or a full check's trials make. Of these
///
/// - of this machine, boot and PID namespace: when the maker is dead, or is this process itself;
/// - of this machine and an earlier boot: at once where only one computer can have the file system. Elsewhere it may be
///   a running clone's, which has this machine's id and a boot of its own: as the following;
/// - of another machine or namespace, or where this machine has no id, or /proc hides other processes: only when older
///   than 24 h.
class LeftoverSweeper
{
public:
    LeftoverSweeper(System& system, Maker self) : m_system(system), m_self(std::move(self)) {}

    /// By name, status and place alone. KeepYoung as well where `place` does not tell enough yet.
    [[nodiscard]] LeftoverJudgement judge(const Maker& maker, const FileStatus& status, const LeftoverPlace& place);

    /// Removes one entry below `folderFd` if judge() says so. `newFile`: as in LeftoverPlace. An Error where the file
    /// system refuses.
    [[nodiscard]] Result<LeftoverFate> removeIfDead(int folderFd, const std::string& name,
                                                    const std::optional<FileStatus>& newFile);

    /// As removeIfDead(), for names the journal vouches for: their maker is known to be dead.
    [[nodiscard]] Result<LeftoverFate> removeVouched(int folderFd, const std::string& name,
                                                     const std::optional<FileStatus>& newFile);

    /// As removeVouched(), for what this very probe made a moment ago, whatever became of it since. Kept: it is another
    /// user's by now, neither a file nor a directory, or a directory with other things in it.
    [[nodiscard]] Result<LeftoverFate> removeMade(int folderFd, const std::string& name);

    /// The names of our pattern in the folder: a look at its first 20,000 entries, for at most 100 ms. Empty where it
    /// may not be listed.
    [[nodiscard]] std::vector<std::string> look(int folderFd, std::stop_token stop);

private:
    enum class Shape : std::uint8_t { Ours, Unclear, NotOurs };
    [[nodiscard]] Shape shapeOf(const FileStatus& status, const std::optional<FileStatus>& newFile);
    [[nodiscard]] Result<std::optional<FileStatus>> find(int folderFd, const std::string& name);
    [[nodiscard]] Result<LeftoverFate> remove(int folderFd, const std::string& name, const FileStatus& status);
    void emptyDirectory(int folderFd, const std::string& name, const FileStatus& status);
    [[nodiscard]] bool mayBeOfATrial(int directory, const std::string& entry);
    [[nodiscard]] std::vector<std::string> listed(int folderFd, bool (*isWanted)(std::string_view),
                                                  std::stop_token stop);
    enum class Life : std::uint8_t { Alive, Dead, Unknown };
    [[nodiscard]] Life lifeOf(const std::string& processHash);
    void readProcesses();

    System& m_system;
    Maker m_self;
    std::optional<std::unordered_set<std::string>> m_alive; // process hashes, read once
    bool m_seesAllProcesses = false;
};

/// Whether only one computer at a time can have the file system of the open folder mounted: those of a disk and of
/// memory, by their magic number (statfs(2)), and FUSE on a block device. Not those of servers, clusters and programs,
/// and none that is not known.
[[nodiscard]] bool isOfOneComputer(System& system, int folderFd);

} // namespace scratchproof
