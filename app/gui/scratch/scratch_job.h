// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/probers/prober_service.h"
#include "core/base/clock.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace scratchproof::gui {

/// States of scratchproof.scratch/1. Unknown: a word that this program does not know. HalfRemoved is none of them: it
/// is how one is shown whose removal was begun (ScratchEntry::halfRemoved). Kept in the settings as numbers.
enum class ScratchCondition : std::uint8_t {
    Active,
    Expired,
    Released,
    Offline,
    Lost,
    Elsewhere,
    Busy,
    Unknown,
    HalfRemoved
};

/// An entry of scratchproof.scratch/1. What was not said is absent.
struct ScratchEntry
{
    std::string id;
    std::string name;
    Path path;
    ScratchCondition condition = ScratchCondition::Unknown;
    std::string note;
    std::string reason;                         // why it is so, where that needs one; English
    std::optional<Nanoseconds> created;         // wall clock
    std::optional<Nanoseconds> expires;         // nothing: never
    std::string lifetime;                       // as parseLifetime() reads it; empty: not said
    std::optional<Nanoseconds> restorableUntil; // of a released one
    bool pinned = false;
    bool adopted = true;      // false: it was found, and has no end until it is extended
    bool halfRemoved = false; // its removal was begun and is not finished
    Path content;             // where its marker is beside: the user's own directory in it; else empty
    std::optional<std::uint64_t> bytes;
    std::optional<std::uint64_t> files;

    friend bool operator==(const ScratchEntry&, const ScratchEntry&) = default;
};

struct ScratchWish
{
    std::string name;
    Path folder;
    std::string lifetime; // as parseLifetime() reads it
    std::string note;
    bool empty = false; // its marker is not in the user's own directory, but beside that
};

struct CreatedScratch
{
    ScratchEntry directory;
    std::vector<Json> notes; // findings
};

/// A directory whose end or pin was changed.
struct AlteredScratch
{
    ScratchEntry directory;
    std::string notWritten; // English: why its marker does not say so, but only this registry; empty: it does
};

struct CleanPreview
{
    std::optional<ScratchEntry> directory; // as it was seen
    Path path;
    bool removable = false;
    std::string reason; // why not, or what to know first
    std::uint64_t files = 0;
    std::uint64_t directories = 0;
    std::uint64_t bytes = 0;
    Path newest; // empty: nothing in it
    std::optional<Nanoseconds> newestModified;
    struct User
    {
        std::int64_t pid = 0; // 0: no process
        std::string name;     // of the process; else the mount point, the device or the file
        std::string how;      // docs/scratch-schema.md
    };
    std::vector<User> usedBy;
    enum class Lock : std::uint8_t { Free, Held, Unknown };
    Lock lock = Lock::Unknown; // whether a program holds the directory's lock
    [[nodiscard]] bool isInUse() const { return !usedBy.empty() || lock == Lock::Held; }
    std::string confirmation;
};

struct CleanProgress
{
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
};

struct CleanResult
{
    bool removed = false;
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    struct Kept
    {
        Path path;
        std::string reason;
    };
    std::vector<Kept> kept;      // the first ones
    std::uint64_t keptCount = 0; // all of them
    bool cancelled = false;
    bool staysRegistered = true; // false: it is gone, or another program removes it
};

/// What is to be done without being asked (docs/decisions/sweep.md).
struct SweepWork
{
    std::vector<ScratchEntry> due;      // each to be purged
    std::vector<ScratchEntry> expiring; // end soon, and were not announced before
    std::string clock;                  // English: why nothing is due this time; empty else
};

enum class SweepOutcome : std::uint8_t { Purged, Kept, PutOff, Gone };
struct SweptEntry
{
    SweepOutcome outcome = SweepOutcome::Kept;
    std::string reason; // English
    std::uint64_t bytes = 0;
    bool failed = false; // it was to go, and could not be removed, or not all of it
};

/// An entry of the log of what was done without being asked.
struct ScratchLogEntry
{
    Nanoseconds at = 0; // wall clock
    Path path;
    std::string what;   // "purged", "kept", ... (docs/scratch-schema.md)
    std::string detail; // English
};

struct FoundDirectory
{
    Path path;
    std::string status; // "known", "moved", "imported", "copy", "not-ours"
    std::string reason; // English
};
struct FoundDirectories
{
    std::vector<FoundDirectory> found;
    bool complete = true;
};

/// The scratch requests with types on both ends. An answer that does not fit is an Error "prober-nonsense". The
/// callbacks follow ProberService::ask(): on the window's thread, never from within the call, once, not after `context`
/// is gone.
class ScratchJob
{
public:
    template <typename T>
    using Done = std::function<void(const Result<T>&)>;

    explicit ScratchJob(ProberService& service) : m_service(service) {}

    WorkId list(QObject* context, Done<std::vector<ScratchEntry>> done);
    enum class Look : std::uint8_t { Whole, Brief }; // Brief: nothing is measured
    WorkId inspect(const ScratchEntry& directory, Look look, QObject* context, Done<ScratchEntry> done);
    WorkId create(const ScratchWish& wish, QObject* context, Done<CreatedScratch> done);
    /// `also`: ids of those that are to be cleaned up with it, and may lie in it.
    WorkId preview(const ScratchEntry& directory, const std::vector<std::string>& also, QObject* context,
                   Done<CleanPreview> done);
    /// `preview` is what the user's word was given for: with its confirmation, and whatever it said of its use.
    WorkId clean(const ScratchEntry& directory, const CleanPreview& preview, QObject* context,
                 std::function<void(const CleanProgress&)> progressed, Done<CleanResult> done);
    WorkId forget(const ScratchEntry& directory, QObject* context, Done<bool> done);
    /// `lifetime`: a new one, which begins now.
    WorkId extend(const ScratchEntry& directory, const std::string& lifetime, QObject* context,
                  Done<AlteredScratch> done);
    WorkId setPinned(const ScratchEntry& directory, bool pinned, QObject* context, Done<AlteredScratch> done);
    enum class InUse : std::uint8_t { Leave, ReleaseAllTheSame };
    /// "in-use" where a program has it open or locked, unless it is to be released all the same.
    WorkId release(const ScratchEntry& directory, InUse inUse, QObject* context, Done<ScratchEntry> done);
    WorkId restore(const ScratchEntry& directory, QObject* context, Done<AlteredScratch> done);
    WorkId find(const Path& folder, QObject* context, Done<FoundDirectories> done);
    WorkId planSweep(QObject* context, Done<SweepWork> done);
    WorkId purge(const ScratchEntry& directory, QObject* context, Done<SweptEntry> done);
    /// The newest first.
    WorkId log(unsigned most, QObject* context, Done<std::vector<ScratchLogEntry>> done);
    void cancel(WorkId id) { m_service.cancel(id); }

private:
    ProberService& m_service;
};

[[nodiscard]] std::optional<ScratchEntry> scratchEntryFromJson(const Json& json);
/// What is the user's own in it: all of it, or the directory that its marker is beside.
[[nodiscard]] const Path& usablePath(const ScratchEntry& entry);
[[nodiscard]] ScratchCondition conditionFromString(std::string_view word);

} // namespace scratchproof::gui
