// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/check/check.h"
#include "core/diagnosis/finding.h"
#include "core/protocol/answers.h"
#include "core/scratch/scratch_store.h"
#include "core/verify/capacity_check.h"
#include "core/verify/speed_check.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What a prober can be asked: a struct each, with the lane that it waits in, the deadline that it has, and the type of
/// its answer. docs/prober-protocol.md has the JSON; requests.cpp alone writes and reads it.
namespace scratchproof {

/// Work of one kind at one mount takes turns: one prober at a time. Kinds have lanes of their own, so that a clean-up
/// of an hour does not keep a check of the same drive waiting.
enum class LaneKind : std::uint8_t { Check, Ask, Long };

enum class DeadlineKind : std::uint8_t {
    EachStep, // and one for all of it (longestCheck())
    Silence   // progress renews it
};

namespace request {

struct Check
{
    static constexpr const char* kName = "check";
    static constexpr LaneKind kLane = LaneKind::Check;
    static constexpr DeadlineKind kDeadline = DeadlineKind::EachStep;
    Path folder;
    Level level = Level::Standard;
    std::optional<Nanoseconds> deadline; // of a step; for a supervisor, which watches in our place
};

/// The size of a file system, and what is free.
struct Space
{
    static constexpr const char* kName = "space";
    static constexpr LaneKind kLane = LaneKind::Ask;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = SpaceAnswer;
    Path folder;
};

/// The folders in a folder, sorted by their bytes.
struct ListFolders
{
    static constexpr const char* kName = "list-folders";
    static constexpr LaneKind kLane = LaneKind::Ask;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = FolderList;
    Path folder;
    std::uint64_t limit = 5'000;
};

/// Which of some names there are in a folder; links are not followed.
struct Entries
{
    static constexpr const char* kName = "entries";
    static constexpr LaneKind kLane = LaneKind::Ask;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = EntriesAnswer;
    Path folder;
    std::vector<Path> names;
};

/// The content of a file, as `progress` events with {"part": BASE64}.
struct ReadFile
{
    static constexpr const char* kName = "read-file";
    static constexpr LaneKind kLane = LaneKind::Ask;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = ReadFileAnswer;
    Path folder; // the file's path
};

/// Whether a user may save in a folder: computed, nothing is tried. An Error "unknown-user" where there is none.
struct Rights
{
    static constexpr const char* kName = "rights";
    static constexpr LaneKind kLane = LaneKind::Ask;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = RightsReply;
    Path folder;
    std::string user; // a name or a number
};

// Scratch directories. Errors are those of ScratchStore's methods.

struct ScratchCreate
{
    static constexpr const char* kName = "scratch-create";
    static constexpr LaneKind kLane = LaneKind::Ask;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = Created;
    CreateRequest wish;
};

/// Whether one could be made in a folder; an Error says why not.
struct ScratchSuits
{
    static constexpr const char* kName = "scratch-suits";
    static constexpr LaneKind kLane = LaneKind::Ask;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = Nothing;
    Path folder;
};

/// All of the registry, with states as far as it alone can tell.
struct ScratchList
{
    static constexpr const char* kName = "scratch-list";
    static constexpr LaneKind kLane = LaneKind::Ask;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = std::vector<ScratchDirectory>;
};

/// Those that a user means by some words, each once.
struct ScratchNamed
{
    static constexpr const char* kName = "scratch-named";
    static constexpr LaneKind kLane = LaneKind::Ask;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = std::vector<ScratchDirectory>;
    std::vector<Path> words;
    Path workingFolder; // where the user is
};

/// A registered directory.
struct About
{
    Path folder; // its path: what the request waits with
    std::string directory;
    Path workingFolder = {}; // where the user is, which is never removed or moved
};

struct ScratchInspect
{
    static constexpr const char* kName = "scratch-inspect";
    static constexpr LaneKind kLane = LaneKind::Ask;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = ScratchDirectory;
    About about;
    ScratchStore::Look look = ScratchStore::Look::Whole;
};

struct ScratchPreview
{
    static constexpr const char* kName = "scratch-preview";
    static constexpr LaneKind kLane = LaneKind::Ask;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = Preview;
    About about;
    ScratchStore::Look look = ScratchStore::Look::Whole;
    std::vector<std::string> also = {}; // ids of those that are to go too, and may lie in it
};

struct ScratchClean
{
    static constexpr const char* kName = "scratch-clean";
    static constexpr LaneKind kLane = LaneKind::Long;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = Cleaned;
    About about;
    std::string confirmation; // of the preview
    ScratchStore::InUse inUse = ScratchStore::InUse::Keep;
};

/// A look and a removal for who was shown nothing in between.
struct ScratchCleanUnseen
{
    static constexpr const char* kName = "scratch-clean-unseen";
    static constexpr LaneKind kLane = LaneKind::Long;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = ScratchStore::Unseen;
    About about;
    ScratchStore::InUse inUse = ScratchStore::InUse::Keep;
};

/// Drops a record, and touches no folder.
struct ScratchForget
{
    static constexpr const char* kName = "scratch-forget";
    static constexpr LaneKind kLane = LaneKind::Ask;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = Forgotten;
    std::string directory;
};

struct ScratchExtend
{
    static constexpr const char* kName = "scratch-extend";
    static constexpr LaneKind kLane = LaneKind::Ask;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = Altered;
    About about;
    Lifetime lifetime;
};

struct ScratchPin
{
    static constexpr const char* kName = "scratch-pin";
    static constexpr LaneKind kLane = LaneKind::Ask;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = Altered;
    About about;
    bool pinned = true;
};

struct ScratchRelease
{
    static constexpr const char* kName = "scratch-release";
    static constexpr LaneKind kLane = LaneKind::Ask;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = ScratchDirectory;
    About about;
    ScratchStore::InUse inUse = ScratchStore::InUse::Keep;
};

struct ScratchRestore
{
    static constexpr const char* kName = "scratch-restore";
    static constexpr LaneKind kLane = LaneKind::Ask;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = Altered;
    About about;
    std::optional<Lifetime> lifetime = std::nullopt; // nothing: its own
};

/// Looks for scratch directories in a folder and in everything below, and registers them.
struct ScratchFind
{
    static constexpr const char* kName = "scratch-find";
    static constexpr LaneKind kLane = LaneKind::Long;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = FindResult;
    Path folder;
};

/// What is to be done by itself. The registry alone is touched; each of those that are due goes by a ScratchPurge.
struct ScratchSweep
{
    static constexpr const char* kName = "scratch-sweep";
    static constexpr LaneKind kLane = LaneKind::Ask;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = SweepPlan;
    SweepMode mode = SweepMode::Do;
};

struct ScratchPurge
{
    static constexpr const char* kName = "scratch-purge";
    static constexpr LaneKind kLane = LaneKind::Long;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = Purge;
    About about;
    SweepMode mode = SweepMode::Do;
};

/// The log of what was done by itself, the newest first.
struct ScratchLog
{
    static constexpr const char* kName = "scratch-log";
    static constexpr LaneKind kLane = LaneKind::Ask;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = std::vector<LogEntry>;
    std::uint64_t most = 100;
};

// Verifications. Errors are those of core/verify/capacity_check.h; `progress` has a CapacityStatus, or a SpeedProgress.

struct VerifyCapacity
{
    static constexpr const char* kName = "verify-capacity";
    static constexpr LaneKind kLane = LaneKind::Long;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = CapacityResult;
    Path folder;
    std::uint64_t size = 0; // as in a CapacityWish
    bool keep = false;
    bool allowSystem = false;
    bool quick = false;
    std::uint64_t push = 0;
};

struct VerifySpeed
{
    static constexpr const char* kName = "verify-speed";
    static constexpr LaneKind kLane = LaneKind::Long;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = SpeedResult;
    Path folder;
    std::uint64_t size = 0;    // as in a SpeedWish
    std::uint64_t jobTime = 0; // ns
};

/// What an earlier one kept is read again; nothing is written.
struct VerifyAgain
{
    static constexpr const char* kName = "verify-again";
    static constexpr LaneKind kLane = LaneKind::Long;
    static constexpr DeadlineKind kDeadline = DeadlineKind::Silence;
    using Answer = CapacityResult;
    Path folder;
};

} // namespace request

using Request =
    std::variant<request::Check, request::Space, request::ListFolders, request::Entries, request::ReadFile,
                 request::Rights, request::ScratchCreate, request::ScratchSuits, request::ScratchList,
                 request::ScratchNamed, request::ScratchInspect, request::ScratchPreview, request::ScratchClean,
                 request::ScratchCleanUnseen, request::ScratchForget, request::ScratchExtend, request::ScratchPin,
                 request::ScratchRelease, request::ScratchRestore, request::ScratchFind, request::ScratchSweep,
                 request::ScratchPurge, request::ScratchLog, request::VerifyCapacity, request::VerifyAgain,
                 request::VerifySpeed>;

/// "check", "scratch-clean", ...
[[nodiscard]] const char* nameOf(const Request& request);
/// The folder with whose mount it waits; "" for those that touch our own files only.
[[nodiscard]] Path folderOf(const Request& request);
[[nodiscard]] LaneKind laneOf(const Request& request);
[[nodiscard]] DeadlineKind deadlineOf(const Request& request);
/// Whether it may change our own files or directories (those of a verification are scratch directories, too), so that
/// it is not to be broken off where it can end in order.
[[nodiscard]] bool isOfScratch(const Request& request);

/// A request on its way to a prober.
struct Order
{
    std::uint64_t id = 0; // chosen by the one that asks; it comes back in every event about it
    Request request;
    /// The mount point that it was queued for. Then the prober asks before it crosses into another mount that may keep
    /// it waiting.
    std::optional<Path> mount = std::nullopt;
};
/// What runs under this id stops as soon as it has cleaned up.
struct Cancel
{
    std::uint64_t id = 0;
};
/// The answer to a `crossing` that asks; Cancel is the other.
struct Cross
{
    std::uint64_t id = 0;
};
/// A request that makes no sense, and is answered so.
struct Misshapen
{
    std::uint64_t id = 0;
    Error why; // "bad-request", or "bad-input" for what a user gave
};
using Input = std::variant<Order, Cancel, Cross, Misshapen>;

/// One line of a prober's input, without its newline, and back. An Error only where it has no number or name, so that
/// nobody could be answered.
[[nodiscard]] std::string toLine(const Order& order);
[[nodiscard]] std::string toLine(const Cancel& cancel);
[[nodiscard]] std::string toLine(const Cross& cross);
[[nodiscard]] Result<Input> inputFromLine(std::string_view line);

} // namespace scratchproof
