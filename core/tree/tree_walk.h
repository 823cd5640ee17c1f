// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tree/open_below.h"
#include "core/tree/tree_place.h"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace scratchproof {

/// The entry by which a directory is a scratch directory (core/scratch/marker.h). It is known down here, since nothing
/// that removes may go into a directory that has it.
constexpr const char* kMarkerName = ".scratchproof-marker";

/// What happens to what a walk meets. Each of the walk's threads has one of its own, and calls no other.
class TreeVisitor
{
public:
    virtual ~TreeVisitor() = default;
    /// Anything but a directory. An Error counts as a problem of the walk; ENOENT does not, EISDIR makes it a
    /// directory.
    [[nodiscard]] virtual Result<void> file(int directory, const char* name) = 0;
    /// A directory below the top was opened, before its entries; the next turnedAway() is of it.
    virtual void entered(const FileStatus& folder) = 0;
    /// The next file() will be one of another directory; `place` tells that of the one before, while it is called.
    virtual void turnedAway(const std::function<TreePlace()>& place) = 0;
    /// A directory's entries are through, none of them with a problem, and it is closed. ENOTEMPTY has it walked again,
    /// at most three times.
    [[nodiscard]] virtual Result<void> left(int parent, const char* name) = 0;
};

/// A WalkCalls::pulse that calls `report` every 100 ms at most often, the first time 100 ms from now.
[[nodiscard]] std::function<void()> pulseFor(System& system, std::function<void()> report);

struct WalkRules
{
    /// An entry of the top that is passed over; nullptr: none.
    const char* passOver = nullptr;
    /// Our own directories without owner's rights are given them.
    bool openUp = false;
    /// The name of an entry, whatever its kind, that makes each directory which has it, but for the top, a scratch
    /// directory of its own; nullptr: none does. It is looked for through the directory's descriptor right after it was
    /// opened, each time that it is walked again and by each thread that takes over a part of it, and every listing is
    /// searched for it before its entries are met. It is never opened.
    const char* marker = nullptr;
    /// Such a directory, and one of which cannot be told whether it is one, stays as it is with all that is below it,
    /// and counts as a problem (ErrorKind::ForeignMarker, or the Error of the look). Else it is walked like any other.
    bool keepMarked = false;
    /// The visitor removes what it meets. So the top is read again until it is found empty, at most four times in all
    /// (then: ENOTEMPTY), and a directory is walked again where the way back was lost below it.
    bool empties = false;
    /// Threads that work on it, the calling one included. 0: as many as there are processors, at most four.
    unsigned threads = 0;
};

/// What a walk could not do. It goes on past each problem; the list is bounded, the count is not.
struct WalkProblems
{
    std::vector<Error> list; // with full paths, sorted by them; of the first kMost that were met
    std::uint64_t count = 0;
    std::size_t textSize = 0;
    static constexpr std::size_t kMost = 200;
    static constexpr std::size_t kMostText = std::size_t{1} << 20U;
    /// `error` gets the path of `place`.
    void add(const TreePlace& place, Error error);
};

/// Directories below the top that are scratch directories of their own. The list is bounded, the count is not.
struct MarkedFolders
{
    std::vector<Path> list; // sorted; of the first kMost that were met
    std::uint64_t count = 0;
    std::size_t textSize = 0;
    static constexpr std::size_t kMost = 200;
    static constexpr std::size_t kMostText = std::size_t{1} << 20U;
    void add(const TreePlace& place);
};

struct WalkOutcome
{
    WalkProblems problems;
    MarkedFolders marked;
    bool cancelled = false;
};

struct WalkCalls
{
    /// Gives each thread its visitor; called by one thread at a time. The visitors outlive the walk.
    std::function<TreeVisitor&()> visitor;
    /// Called again and again by the thread that called walkTree(), and by no other: after each entry, or every 50 ms
    /// where it has none. May be empty.
    std::function<void()> pulse;
};

/// Walks everything below an open directory, depth first and on lists instead of the stack, so that any depth will do.
/// The calling thread begins; others are started once there is something for them, and take over directories that wait
/// to be entered, or some of a large directory's entries; while one lists it, others meet what was listed. Where the
/// user may have no more threads, or less than 64 descriptors are free, those that are there do it. All have ended on
/// return. Each thread has at most 18 descriptors, 24 half-done parts have two: those of directories further up are
/// closed, and opened again as ".." of the last one, which must then be the directory that was left (device, inode and
/// mount). When descriptors run out (EMFILE), each thread makes do with four. `path` is that of `top`, for problems
/// only. A stop is noticed between any two entries.
[[nodiscard]] WalkOutcome walkTree(System& system, int top, const Path& path, const WalkRules& rules,
                                   const WalkCalls& calls, std::stop_token stop);

} // namespace scratchproof
