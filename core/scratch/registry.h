// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/quantity.h"
#include "core/base/side_thread.h"
#include "core/scratch/elapsed_time.h"
#include "core/scratch/identity.h"
#include "core/store/database.h"
#include "core/tree/measure_tree.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

/// How far a scratch directory's life has come, as the registry keeps it. What a user sees as its state is made of
/// this, the clock and a look at the disk (scratch_store.h).
enum class Phase : std::uint8_t {
    Creating, // registered, not there yet: left so only if its maker was stopped in between
    Active,
    Released, // given up by the user; in the quarantine until restorableUntil
    Cleaning, // its removal has begun
};
[[nodiscard]] std::string_view toString(Phase phase);

/// Where a second directory with the same marker was seen.
struct Copy
{
    Path path;
    RecordedPlace place;
};

/// A row of the registry. Times are wall clock nanoseconds (UTC), so that a changed time zone changes nothing; what is
/// called elapsed is counted by ElapsedTime, so that a changed clock does not either. What is to be over must be so by
/// both.
struct ScratchRecord
{
    std::string id; // of the marker
    std::string name;
    Path path; // absolute, without symbolic links when it was made
    std::string note;
    std::string machine; // machineIdentity() of the computer it is on
    std::string host;    // that computer's name
    Nanoseconds created = 0;
    Lifetime lifetime;
    std::optional<Nanoseconds> expires; // nothing: never
    /// How long it stays after its end, as it was set when that end was; Lifetime{}: for good. Nothing: not known yet
    /// (of version 0.1.0), as the elapsed times are then.
    std::optional<Lifetime> grace;
    std::optional<Nanoseconds> elapsedEnd; // when `expires` is over
    Phase phase = Phase::Active;
    std::string cleaner;                        // who removes it, while Cleaning (cleanerOf())
    std::optional<Nanoseconds> restorableUntil; // nothing, though released: for good
    std::optional<Nanoseconds> elapsedRestorable;
    Path quarantine; // where it is while released
    bool pinned = false;
    std::uint64_t changes = 0;           // of end and pin: Marker::changes
    bool adopted = true;                 // an imported one has no lifetime until the user adopts it
    std::optional<Nanoseconds> released; // when
    std::optional<Nanoseconds> putOff;   // it changed during its grace period, and is not purged before
    std::optional<Nanoseconds> elapsedPutOff;
    Nanoseconds ownChange = 0; // the directory's ctime after we last wrote or moved it: that is no change of its user's
    std::vector<Copy> copies;  // others with the same marker; none of them all is removed
    RecordedPlace place;
    std::string content;   // the directory in it that is the user's own; "": all of it
    bool seenGone = false; // there was nothing, or something else, when create() last looked
    std::optional<Measure> measure;
    Nanoseconds measured = 0; // when; 0: never
};

/// When one ends, and what follows then.
struct Term
{
    Lifetime lifetime;
    std::optional<Nanoseconds> expires;
    std::optional<Nanoseconds> elapsedEnd;
    Lifetime grace;
    std::uint64_t changes = 0;
};

/// Whether what was only found is looked after from then on.
enum class Adopt : bool { Leave, Do };

/// Until when a released one is kept.
struct ReleaseTerm
{
    Nanoseconds now = 0; // wall clock
    std::optional<Nanoseconds> restorableUntil;
    std::optional<Nanoseconds> elapsedRestorable;
};

/// Something that was done without being asked, or was not done: "purged", "kept", "put-off", "gone", "imported",
/// "moved", "copy", "clock", "announced".
struct LogEntry
{
    Nanoseconds at = 0;    // wall clock
    std::string directory; // its id; "" where it is about none
    Path path;
    std::string what;
    std::string detail; // English
};

/// The list of scratch directories, in an SQLite file that the window, the console program and the timer share. Every
/// method is one short transaction of its own, so that none is ever held while a scratch directory is touched.
/// Errors are those of core/store/database.h. One thread at a time.
///
/// The file may lie in a home that does not answer, which says nothing about the folder that a request is about: a
/// thread touches it (ownFiles()), and what is not there within kOwnFilesPatience is the error "store-not-responding".
class Registry
{
public:
    /// Makes the file where it is missing, and brings an older one up to date.
    [[nodiscard]] static Result<Registry> open(const Path& file);
    /// For reading: nothing where there is no registry yet, and nothing is made.
    [[nodiscard]] static Result<std::optional<Registry>> openExisting(const Path& file);

    [[nodiscard]] Result<std::vector<ScratchRecord>> all();
    [[nodiscard]] Result<std::optional<ScratchRecord>> find(std::string_view id);

    /// Rows of directories whose path, or quarantine, lies below `folder`, by the text of the paths.
    [[nodiscard]] Result<std::vector<ScratchRecord>> below(const Path& folder);

    /// An id or a path that is there already is an Error ("store-failed").
    [[nodiscard]] Result<void> insert(const ScratchRecord& record);
    /// insert(), unless this machine has active ones of that name in that folder, or some that are being made: then
    /// those rows are the answer, and nothing was changed. Those that were seen gone are passed over.
    [[nodiscard]] Result<std::vector<ScratchRecord>> insertUnlessNamed(const ScratchRecord& record);
    [[nodiscard]] Result<void> setSeenGone(const std::vector<std::string>& ids);
    /// Creating becomes Active, with what is known once the directory exists. An Error if the row is gone.
    [[nodiscard]] Result<void> activate(std::string_view id, std::uint64_t inode, Nanoseconds ownChange);
    /// A new lifetime; an imported directory is adopted by it. Of active ones only, and of those whose removal was
    /// begun in their own place; in one statement, so that nothing that happens at the same time is undone. False where
    /// there is no such row.
    [[nodiscard]] Result<bool> extend(std::string_view id, const Term& term, const std::string& cleaner);
    /// Of the same ones. False where there is no such row.
    [[nodiscard]] Result<bool> setPinned(std::string_view id, bool pinned, std::uint64_t changes,
                                         const std::string& cleaner);
    /// What another registry wrote into the marker. False where there is no such row, or it knows better.
    [[nodiscard]] Result<bool> takeFromMarker(std::string_view id, const Term& term, bool pinned);
    /// The directory was found, and agrees.
    [[nodiscard]] Result<void> setRecordedPlace(std::string_view id, const RecordedPlace& place);
    /// The directory's ctime after we wrote or moved it.
    [[nodiscard]] Result<void> setOwnChange(std::string_view id, Nanoseconds changed);
    /// Notes where an active directory is about to be moved, before it is; answers with the place, which is the one
    /// that was noted before, if a release was begun already. Nothing where there is no active row.
    [[nodiscard]] Result<std::optional<Path>> intendRelease(std::string_view id, const Path& quarantine);
    /// After the move to `quarantine`: of an active one, unless it is noted to be moved to another place. False where
    /// there is no such row.
    [[nodiscard]] Result<bool> setReleased(std::string_view id, const Path& quarantine, const ReleaseTerm& term,
                                           Nanoseconds ownChange);
    /// After the move back from `quarantine`: of one that is released to that place, or whose removal was begun there,
    /// so that whoever is late does not undo what others noted since. False where there is no such row.
    [[nodiscard]] Result<bool> setRestored(std::string_view id, const Path& quarantine, const Term& term, Adopt adopt,
                                           Nanoseconds ownChange);
    /// Of an active one that is noted to be moved to `from`, and was found in `to`. False where there is no such row.
    [[nodiscard]] Result<bool> changeQuarantine(std::string_view id, const Path& from, const Path& to);
    /// A release to that place was begun and did not come about.
    [[nodiscard]] Result<void> forgetQuarantine(std::string_view id, const Path& quarantine);
    /// `row` is to be removed by `cleaner`, if it still is as `row` says, cleaner included. False: it is not.
    [[nodiscard]] Result<bool> beginCleaning(const ScratchRecord& row, const std::string& cleaner);
    /// Nothing was removed by `cleaner`: it is as it was before. Or something was (`before` is Cleaning), and nobody
    /// is at it any more.
    [[nodiscard]] Result<void> endCleaning(std::string_view id, const std::string& cleaner, Phase before);
    [[nodiscard]] Result<void> setMeasure(std::string_view id, const Measure& measure, Nanoseconds when);
    /// True if there was such a row.
    [[nodiscard]] Result<bool> remove(std::string_view id);

    /// How much time has passed since the registry was made, up to that reading; counting on is noted.
    [[nodiscard]] Result<Nanoseconds> countTime(const ClockReading& now);
    /// The same, and nothing is noted.
    [[nodiscard]] Result<Nanoseconds> timeCounted(const ClockReading& now);

    // What follows is for what happens without being asked.

    /// One statement in which an active, released or half removed one becomes Cleaning, if it is still what `row` says,
    /// and due at `now` by both clocks; so whoever extends it meanwhile wins. False: it is not.
    [[nodiscard]] Result<bool> claimForPurge(const ScratchRecord& row, Nanoseconds now, Nanoseconds elapsed,
                                             const std::string& cleaner);
    /// Rows of version 0.1.0 get the grace period and elapsed times that they lack: what is left of their time is
    /// counted from here, and their grace begins now at the earliest.
    [[nodiscard]] Result<void> completeOldRows(Nanoseconds now, Nanoseconds elapsed, const Lifetime& grace);
    /// Once: false if it was put off before.
    [[nodiscard]] Result<bool> putOff(std::string_view id, Nanoseconds until, Nanoseconds elapsedUntil);
    /// True for the one who is the first to announce that it will end at `expires`.
    [[nodiscard]] Result<bool> announce(std::string_view id, Nanoseconds expires);
    /// Where a registered directory was found now: path, quarantine ("": in its place), place, machine and host of
    /// `record`, which becomes active or released by its quarantine. Not adopted: it has no end any more.
    /// A row of another directory that has that path is dropped, for this one is there.
    [[nodiscard]] Result<void> setPlace(const ScratchRecord& record, const ReleaseTerm& term);
    /// insert() of a directory that was found, which drops the row of another one that had that path.
    [[nodiscard]] Result<void> import(const ScratchRecord& record);
    [[nodiscard]] Result<void> addCopy(std::string_view id, const Copy& other);
    [[nodiscard]] Result<void> dropCopy(std::string_view id, const Path& other);

    /// A line of the log; one that says the same as the last of that directory is left out, and of many the oldest go.
    [[nodiscard]] Result<void> note(const LogEntry& entry);
    /// The newest first.
    [[nodiscard]] Result<std::vector<LogEntry>> log(std::size_t most);
    /// Numbers that are kept besides: `last_run` and `doubted` of the sweep.
    [[nodiscard]] Result<std::optional<std::int64_t>> number(std::string_view key);
    [[nodiscard]] Result<void> setNumber(std::string_view key, std::int64_t value);

private:
    Registry(Path file, std::shared_ptr<Database> database) : m_file(std::move(file)), m_database(std::move(database))
    {}
    template <typename Call>
    auto touch(Call call) -> std::invoke_result_t<Call, Database&>;

    Path m_file;
    std::shared_ptr<Database> m_database; // shared with what may still be under way
};

/// The one thread of this process that touches our own files: registry and home. While it is stuck, they all are.
[[nodiscard]] SideThread& ownFiles();
/// More than a database waits for another program, less than a step may take.
constexpr std::chrono::milliseconds kOwnFilesPatience{5000};

/// stateFolder() + "/scratch.db", or an Error "store-unreachable" where no home is known, or the one that is known is
/// not there: a home is not ours to make; "store-not-responding" where it does not answer.
[[nodiscard]] Result<Path> registryFile(System& system);

} // namespace scratchproof
