// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scratch/directory_lock.h"
#include "core/scratch/measure_tree.h"
#include "core/scratch/registry.h"
#include "core/scratch/remove_tree.h"
#include "core/scratch/users.h"
#include "core/system/system.h"

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace scratchproof {

class ProbeJournal;
struct FoundMarker;
struct Located;

/// What a user sees of a scratch directory.
enum class ScratchState : std::uint8_t { Active, Expired, Released, Offline, Lost, Elsewhere, Busy };
/// "active", "expired", "released", "offline", "lost", "elsewhere", "busy".
[[nodiscard]] std::string_view toString(ScratchState state);

/// A row of the registry with its state, and why where that needs a reason.
struct ScratchDirectory
{
    ScratchRecord record;
    ScratchState state = ScratchState::Active;
    std::string reason; // English; of offline, lost and elsewhere
};

struct CreateRequest
{
    std::string name;
    Path folder; // absolute
    Lifetime lifetime;
    std::string note;
    bool pinned = false;
    bool reuse = false; // where there is one of that name in that folder, it is the answer
};
struct Created
{
    ScratchDirectory directory;
    bool permissionsNotStored = false; // others on this computer may see what is in it
    std::string fileSystem;
    bool reused = false; // it was there already
};

struct Preview
{
    ScratchDirectory directory;
    bool removable = false;
    bool isGone = false;  // its file system is here, and there is nothing of that name
    Path path;            // where it is now: its place, or its quarantine
    std::string reason;   // why not
    bool isBrief = false; // then there is no content, and users only where the lock is Unknown
    TreeMeasure content;
    std::vector<UserOfDirectory> users; // of those processes that we may look into
    DirectoryLock lock = DirectoryLock::Unknown;
    std::string confirmation; // for clean(); empty where not removable
};

struct Kept
{
    Path path;
    std::string reason;
};
struct Cleaned
{
    bool removed = false; // the directory is gone, and no longer registered
    RemovalProgress done;
    std::vector<Kept> kept; // bounded
    std::uint64_t keptCount = 0;
    bool cancelled = false;
    bool isInUse = false; // and was kept for that
};

/// What is to be done without being asked (docs/decisions/sweep.md).
struct SweepPlan
{
    std::vector<ScratchDirectory> due;      // to be purged, one after another
    std::vector<ScratchDirectory> expiring; // end soon, and were not announced before
    std::string clock;                      // English: why nothing is due this time, for the clock cannot be trusted
};
enum class Unasked : std::uint8_t {
    Do,
    Try // changes nothing, and says what would be done
};

enum class PurgeOutcome : std::uint8_t {
    Purged,
    Kept,   // with its reason
    PutOff, // it changed during its grace period: not before another one is over
    Gone,   // there was nothing any more, and the row was dropped
};
/// "purged", "kept", "put-off", "gone".
[[nodiscard]] std::string_view toString(PurgeOutcome outcome);
struct Purge
{
    PurgeOutcome outcome = PurgeOutcome::Kept;
    ScratchDirectory directory; // as it was
    std::string reason;         // English
    RemovalProgress done;       // what was removed, or would be
};

enum class FindStatus : std::uint8_t {
    Known,    // registered, and where it was; or another computer's
    Moved,    // registered, and somewhere else now: the registry was told
    Imported, // newly registered; it has no lifetime until extend() adopts it
    Copy,     // its marker is in two places, and none of the two is removed
    NotOurs,  // a marker that is not to be trusted
};
/// "known", "moved", "imported", "copy", "not-ours".
[[nodiscard]] std::string_view toString(FindStatus status);
struct FoundScratch
{
    Path path;
    FindStatus status = FindStatus::Known;
    std::string reason; // English
    std::optional<ScratchDirectory> directory;
};
struct FindResult
{
    std::vector<FoundScratch> found;
    std::uint64_t lookedAt = 0; // directories
    bool complete = true;       // false: too deep, too many, or closed to us
};

/// The operations on scratch directories: registry and disk together. No transaction is held while a folder is touched,
/// so a drive that hangs locks nobody out of the registry.
///
/// Errors: "bad-input", "name-exists", "unknown-directory", "folder-unusable", "unsafe-folder", "cancelled", those of
/// the registry (storeProblem()), and system calls. Blocks as long as the file system does: for a prober only. One
/// thread at a time.
class ScratchStore
{
public:
    /// `registry` is its file (registryFile()), opened anew by each operation.
    ScratchStore(System& system, Path registry);

    /// Probes the folder, then makes `NAME-SUFFIX` in it: exclusively, 0700, with a marker, synced, registered. The row
    /// comes first and is made valid last, so that a crash in between leaves at worst an empty directory that the
    /// registry knows, and never one that it does not. A failure undoes what was done.
    /// A name is given once in a folder, except to what was released or is lost: "name-exists" with the path, or with
    /// `reuse` that one as it is, whose time begins anew (with the lifetime asked for) only if it was over.
    [[nodiscard]] Result<Created> create(const CreateRequest& request, ProbeJournal& journal, std::stop_token stop);

    /// Whether create() would make one in `folder`, as far as that can be told without trying: an Error if not.
    [[nodiscard]] Result<void> suits(const Path& folder);

    /// Everything that is registered. Touches no scratch directory: the state is as far as the registry alone can tell.
    [[nodiscard]] Result<std::vector<ScratchDirectory>> list();

    /// Looks at the disk and measures; what was measured is kept in the registry where that can be written.
    [[nodiscard]] Result<ScratchDirectory> inspect(const std::string& id, std::stop_token stop,
                                                   const std::function<void(const Measure&)>& progress);

    enum class Look : std::uint8_t {
        Whole,
        Brief // for who shows nothing of it: not measured, and nobody is looked for that clean() looks for itself
    };

    /// What clean() would do. `confirmation` holds the identity of what was seen.
    [[nodiscard]] Result<Preview> preview(const std::string& id, std::stop_token stop,
                                          const std::function<void(const Measure&)>& progress, Look look = Look::Whole);

    enum class InUse : std::uint8_t { Keep, RemoveAllTheSame };

    /// Removes the directory if it is, beyond doubt, the one that is registered and the one that was previewed; else it
    /// is kept, with the reason. The marker goes last, so that what was interrupted can be run again. One that somebody
    /// has open or locked, or whose lock cannot be asked, is kept unless `inUse` says otherwise; its lock is held by us
    /// meanwhile, so that nobody begins to use it.
    [[nodiscard]] Result<Cleaned> clean(const std::string& id, const std::string& confirmation, std::stop_token stop,
                                        const std::function<void(const RemovalProgress&)>& progress,
                                        InUse inUse = InUse::Keep);

    /// Gives it a new lifetime that begins now; one whose time was over is active again. Touches no folder. Errors
    /// besides: "is-elsewhere", and "not-active" where its creation or removal has not finished.
    [[nodiscard]] Result<ScratchDirectory> extend(const std::string& id, Lifetime lifetime);

    /// A pinned directory does not expire. Touches no folder. Errors as of extend().
    [[nodiscard]] Result<ScratchDirectory> setPinned(const std::string& id, bool pinned);

    /// The user is done with it: it waits in a quarantine beside its place (quarantine.h) until the grace period is
    /// over (gracePeriod()), and can be restored until then. One that is in use is left, "in-use", unless `inUse` says
    /// otherwise. Errors besides those of extend(): "is-released", "is-not-here" where it cannot be found beyond doubt,
    /// "protected", "release-unsupported". A release that was interrupted is finished, or begun anew.
    [[nodiscard]] Result<ScratchDirectory> release(const std::string& id, InUse inUse = InUse::Keep);

    /// Back to its place. Its time ends as it did; where that is over, or `lifetime` is given, a lifetime begins now.
    /// Errors besides: "not-released", "name-taken".
    [[nodiscard]] Result<ScratchDirectory> restore(const std::string& id,
                                                   const std::optional<Lifetime>& lifetime = std::nullopt);

    /// Drops a row and touches no folder. False if there was none.
    [[nodiscard]] Result<bool> forget(const std::string& id);

    /// What is due to be purged, and what is to be announced. Touches no scratch directory. With Do it counts as a run:
    /// it is noted, and what is announced is announced no more. A clock that was set back behind a time on record, or
    /// that has jumped by more than 30 days since the last run, makes nothing due in this run.
    [[nodiscard]] Result<SweepPlan> planSweep(Unasked mode);

    /// Removes one that is due, with more caution than clean(): nothing that is in use, or whose lock or inode cannot
    /// be relied on, or that was extended meanwhile. The log tells of it. Errors as of preview() and clean().
    [[nodiscard]] Result<Purge> purge(const std::string& id, Unasked mode, std::stop_token stop,
                                      const std::function<void(const RemovalProgress&)>& progress);

    /// Looks for markers in `folder` and below it: through no symbolic link, across no mount, at most 8 levels deep and
    /// in at most 200,000 directories, into no scratch directory. What is found is registered, or its row brought up to
    /// date. Changes nothing on the disk. `progress` is told how many directories were looked at.
    [[nodiscard]] Result<FindResult> find(const Path& folder, std::stop_token stop,
                                          const std::function<void(std::uint64_t)>& progress);

    /// The newest first.
    [[nodiscard]] Result<std::vector<LogEntry>> log(std::size_t most);

private:
    /// What create() answers where a row of that name is in the way; nothing where it is in nobody's way after all.
    [[nodiscard]] Result<std::optional<ScratchDirectory>> sameName(ScratchRecord row, const CreateRequest& request,
                                                                   std::stop_token stop);
    [[nodiscard]] Result<ScratchDirectory> reuse(ScratchRecord row, const CreateRequest& request);
    [[nodiscard]] Result<ScratchRecord> record(const std::string& id);
    /// Notes that a removal begins, so that an empty directory whose marker went last is known as ours if we are
    /// stopped there. It also shows that the registry can be written, before anything goes.
    [[nodiscard]] Result<void> noteRemoval(const ScratchRecord& row);
    /// Changes the row of an active directory of this computer, and reads it again.
    [[nodiscard]] Result<ScratchDirectory> change(const std::string& id,
                                                  const std::function<Result<bool>(Registry&)>& how);
    /// Has the registry say what the disk says, where a move was interrupted in between. `row` is changed with it.
    [[nodiscard]] Result<void> heal(ScratchRecord& row, const Located& located);
    /// After the move; also where others changed the row meanwhile.
    [[nodiscard]] Result<ScratchDirectory> noteReleased(Registry& registry, const std::string& id,
                                                        const Path& quarantine);
    /// Drops the note of a release that did not come about: only if the directory is seen in its own place.
    void dropIntention(const ScratchRecord& row);
    [[nodiscard]] Result<ScratchDirectory> readAgain(const std::string& id);
    [[nodiscard]] ScratchDirectory withState(ScratchRecord record) const;
    /// Removes what `row` says, whose removal is noted; afterwards the registry knows it no more, or as it was
    /// `before`.
    [[nodiscard]] Result<Cleaned> removeNoted(const ScratchRecord& row, Phase before, const std::string& confirmation,
                                              std::stop_token stop,
                                              const std::function<void(const RemovalProgress&)>& progress, InUse inUse);
    /// Why neither it nor its copy is removed; "" if there is no copy (any more).
    [[nodiscard]] std::string whyCopied(ScratchRecord& row);
    [[nodiscard]] Result<FoundScratch> classify(const FoundMarker& found);
    [[nodiscard]] Result<FoundScratch> importFound(const FoundMarker& found);
    [[nodiscard]] Result<FoundScratch> replace(ScratchRecord row, const FoundMarker& found, FindStatus status,
                                               std::string reason);
    void note(const ScratchRecord& row, std::string_view what, const std::string& detail);

    System& m_system;
    Path m_registry;
    std::string m_machine;
};

/// How long an expired directory and a released one are kept: $SCRATCHPROOF_GRACE (as parseLifetime() reads it), else 3
/// days.
[[nodiscard]] Nanoseconds gracePeriod();

/// When a sweep removes it; nothing: never by itself. By what is registered alone.
[[nodiscard]] std::optional<Nanoseconds> purgedAfter(const ScratchRecord& record);

/// "it is in use by vim (process 12)": English, why it is busy or may be.
[[nodiscard]] std::string useInWords(const std::vector<UserOfDirectory>& users, DirectoryLock lock);

/// Whether a name can be that of a scratch directory; the Error ("bad-input") says what was expected.
[[nodiscard]] Result<void> checkScratchName(std::string_view name);

} // namespace scratchproof
