// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scratch/directory_lock.h"
#include "core/scratch/locate.h"
#include "core/scratch/registry.h"
#include "core/scratch/users.h"
#include "core/system/system.h"
#include "core/tree/measure_tree.h"
#include "core/tree/remove_tree.h"

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace scratchproof {

class ProbeJournal;

/// What a user sees of a scratch directory. The window keeps them in its settings as numbers.
enum class ScratchState : std::uint8_t {
    Active,
    Expired,
    Released,
    Offline,
    Lost,
    Elsewhere,
    Busy,
    Unknown,     // read: a word that this version does not know
    HalfRemoved, // shownState() alone
};
/// "active", "expired", "released", "offline", "lost", "elsewhere", "busy", "unknown", "half-removed".
[[nodiscard]] std::string_view toString(ScratchState state);

/// A row of the registry with its state, and why where that needs a reason.
struct ScratchDirectory
{
    ScratchRecord record;
    ScratchState state = ScratchState::Active;
    Reason reason; // of offline, lost and elsewhere
    // Wall clock times as they are to be told: where the clock was set on, and less time has passed than it says, they
    // are as far off as that time is.
    std::optional<Nanoseconds> expires;         // nothing: never
    std::optional<Nanoseconds> restorableUntil; // of a released one; nothing: for good
    std::optional<Nanoseconds> purgedAfter;     // when a sweep removes it; nothing: never by itself
    bool isHalfRemoved = false; // a removal was begun, and nobody is at it: extend, pin and restore take it back
};

/// Its state as it is shown: HalfRemoved where it is here, nobody is seen to be at it, and its removal was begun.
[[nodiscard]] ScratchState shownState(const ScratchDirectory& directory);
/// What is the user's own in it: all of it, or the directory that its marker is beside (CreateRequest::empty).
[[nodiscard]] Path usablePath(const ScratchDirectory& directory);

/// One moment by both clocks.
struct Moment
{
    Nanoseconds wall = 0;
    Nanoseconds elapsed = 0; // ElapsedTime::total
};

struct CreateRequest
{
    std::string name;
    Path folder; // absolute
    Lifetime lifetime;
    std::string note;
    bool pinned = false;
    bool reuse = false; // where there is one of that name in that folder, it is the answer
    /// Nobody asked for that folder: where it lies in a scratch directory, the new one is made beside the outermost of
    /// those, so that it does not go with them. Else it is made in it, as it was asked for.
    bool isDefaultFolder = false;
    /// The marker gets a directory of its own: what is for the user is an empty directory in it (`content`).
    bool empty = false;
};

/// What is to be known of a new directory.
enum class CreateNote : std::uint8_t {
    PermissionsNotStored, // others on this computer may see what is in it
    NeverByItself,        // its file system or its inodes tell too little: it goes by the user's hand only
    BesideOuter,          // CreateRequest::isDefaultFolder: beside the scratch directory `outer`
    InsideOuter,          // in `outer`, which is not removed while it is there
    NotAdopted,           // reused: it was found, and stays without an end until it is extended
};
/// "permissions-not-stored", "never-by-itself", "beside-outer", "inside-outer", "not-adopted".
[[nodiscard]] std::string_view toString(CreateNote note);
/// In words for a person: English.
struct NoteWords
{
    const char* severity; // "limit" or "note", as of a finding
    const char* title;
    const char* explanation;
};
[[nodiscard]] NoteWords wordsOf(CreateNote note);

struct Created
{
    ScratchDirectory directory;
    std::vector<CreateNote> notes;
    Path outer;
    bool reused = false; // it was there already
};

/// A directory whose end or pin was changed.
struct Altered
{
    ScratchDirectory directory;
    /// Why its marker could not be written, so that only this registry knows of the change; empty if it was.
    Reason notWritten;
};

struct Preview
{
    ScratchDirectory directory;
    bool removable = false;
    bool isGone = false;        // the very folder it was in is here, and there is nothing of that name
    bool wasHealed = false;     // the registry learnt of something that gives it more time
    Nanoseconds topChanged = 0; // when others than we changed the directory itself: its entries, or its mode; 0: never
    Path path;                  // where it is now: its place, or its quarantine
    Reason reason;              // why not
    bool isBrief = false;       // then there is no content, and users only where the lock is Unknown
    TreeMeasure content;
    std::vector<UserOfDirectory> users; // of those processes that we may look into
    DirectoryLock lock = DirectoryLock::Unknown;
    std::string confirmation; // for clean(); empty where not removable
};

struct Kept
{
    Path path;
    Reason reason;
};
struct Cleaned
{
    bool removed = false; // the directory is gone, and no longer registered
    RemovalProgress done;
    std::vector<Kept> kept; // bounded
    std::uint64_t keptCount = 0;
    bool cancelled = false;
    bool isInUse = false;        // and was kept for that
    bool staysRegistered = true; // false where it is removed, or another program removes it
};

/// What is to be done without being asked (docs/decisions/sweep.md).
struct SweepPlan
{
    std::vector<ScratchDirectory> due;      // to be purged, one after another
    std::vector<ScratchDirectory> expiring; // end soon, and were not announced before
    Reason clock;                           // why nothing is due this time, for the clock cannot be trusted
};
enum class SweepMode : std::uint8_t {
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
    Reason reason;
    RemovalProgress done; // what was removed, or would be
    bool failed = false;  // Kept, for not all of it could be removed
};

enum class FindStatus : std::uint8_t {
    Known,    // registered, and where it was; or another computer's
    Moved,    // registered, and somewhere else now: the registry was told, and it has no end until it is extended
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
    Reason reason;
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
/// the registry (ErrorKind), and system calls. Blocks as long as the file system does: for a prober only. One
/// thread at a time.
class ScratchStore
{
public:
    /// `registry` is its file (registryFile()), opened by the first operation that needs it. `working` is the folder
    /// that the user works in ("": not known), which is never removed or moved.
    ScratchStore(System& system, Path registry, Path working = {});

    /// Probes the folder, then makes `NAME-SUFFIX` in it: exclusively, 0700, with a marker, synced, registered. The row
    /// comes first and is made valid last, so that a crash in between leaves at worst an empty directory that the
    /// registry knows, and never one that it does not. A failure undoes what was done.
    /// A name is given once in a folder, except to what was released or is lost: "name-exists" with the path, or with
    /// `reuse` that one as it is, whose time begins anew (with the lifetime asked for) only if it was over. One that
    /// was only found keeps having no end.
    [[nodiscard]] Result<Created> create(const CreateRequest& request, ProbeJournal& journal, std::stop_token stop);

    /// Whether create() would make one in `folder`, as far as that can be told without trying: an Error if not.
    [[nodiscard]] Result<void> suits(const Path& folder);

    /// Everything that is registered. Touches no scratch directory: the state is as far as the registry alone can tell.
    [[nodiscard]] Result<std::vector<ScratchDirectory>> list();

    /// Those that a user means by `words`, each once: an id, a path (a relative one is one of `working`), the
    /// directory's own name, its name, or the first 6 or more digits of its id, in this order. An Error
    /// ("unknown-directory") where none fits a word, or several do. As list(), it touches no scratch directory.
    [[nodiscard]] Result<std::vector<ScratchDirectory>> named(const std::vector<std::string>& words);

    enum class Look : std::uint8_t {
        Whole,
        Brief // for who shows nothing of it: not measured, and nobody is looked for that clean() looks for itself
    };

    /// Looks at the disk and measures (Look::Whole); what was measured is kept in the registry where that can be
    /// written.
    [[nodiscard]] Result<ScratchDirectory> inspect(const std::string& id, std::stop_token stop,
                                                   const std::function<void(const Measure&)>& progress,
                                                   Look look = Look::Whole);

    /// Others that are to be cleaned up as well, so that a preview does not mind that they lie in the one it is about.
    void alsoNamed(std::vector<std::string> ids) { m_alsoNamed = std::move(ids); }

    /// What clean() would do. `confirmation` holds the identity of what was seen. A directory that its own owner may
    /// not enter is given him back for that.
    [[nodiscard]] Result<Preview> preview(const std::string& id, std::stop_token stop,
                                          const std::function<void(const Measure&)>& progress, Look look = Look::Whole);

    enum class InUse : std::uint8_t {
        Keep,
        RemoveAllTheSame,
        LockIsOurs // the caller holds it, and removes all the same
    };

    /// Removes the directory if it is, beyond doubt, the one that is registered and the one that was previewed; else it
    /// is kept, with the reason. The marker goes last, so that what was interrupted can be run again. One that holds
    /// another registered directory is kept; an unregistered one that is met in it stays, with what it lies in. One
    /// that somebody has open or locked, or whose lock cannot be asked, is kept unless `inUse` says otherwise; its lock
    /// is held by us meanwhile, so that nobody begins to use it.
    [[nodiscard]] Result<Cleaned> clean(const std::string& id, const std::string& confirmation, std::stop_token stop,
                                        const std::function<void(const RemovalProgress&)>& progress,
                                        InUse inUse = InUse::Keep);

    /// A brief preview() and, where that finds nothing against it, clean(), for who was shown nothing in between. A
    /// lock that cannot be asked is nothing against it where nobody is seen to use it. One that is gone, and whose
    /// removal was begun, counts as removed: its record is dropped.
    struct Unseen
    {
        Preview preview;
        std::optional<Cleaned> cleaned; // nothing: it is not removable, or in use
    };
    [[nodiscard]] Result<Unseen> cleanUnseen(const std::string& id, std::stop_token stop,
                                             const std::function<void(const RemovalProgress&)>& progress,
                                             InUse inUse = InUse::Keep);

    /// Gives it a new lifetime that begins now; one whose time was over is active again, and so is one whose removal
    /// was begun and did not finish. Marker first, then registry. Where the directory is away, the registry alone.
    /// Where a copy of it is away, it is this one that is meant: it is looked after, and a copy that comes back is met
    /// anew. Errors besides: "is-elsewhere", "is-released", "is-not-here" where it is lost, "being-removed", and
    /// "not-active" where its creation has not finished.
    [[nodiscard]] Result<Altered> extend(const std::string& id, Lifetime lifetime);

    /// A pinned directory does not expire. As extend().
    [[nodiscard]] Result<Altered> setPinned(const std::string& id, bool pinned);

    /// The user is done with it: it waits in a quarantine beside its place (quarantine.h) until the grace period is
    /// over (gracePeriod()), and can be restored until then. One that is in use is left, "in-use", unless `inUse` says
    /// otherwise; one that holds another registered directory, "holds-others". Errors besides those of extend():
    /// "protected", "release-unsupported". A release that was interrupted is finished, or begun anew.
    [[nodiscard]] Result<ScratchDirectory> release(const std::string& id, InUse inUse = InUse::Keep);

    /// Back to its place, also where its removal was begun. Its time ends as it did; where that is over, or `lifetime`
    /// is given, a lifetime begins now; one that was only found is adopted by a lifetime that is given, as by extend().
    /// Errors besides: "not-released", "name-taken".
    [[nodiscard]] Result<Altered> restore(const std::string& id,
                                          const std::optional<Lifetime>& lifetime = std::nullopt);

    /// Drops a row and touches no folder. False if there was none.
    [[nodiscard]] Result<bool> forget(const std::string& id);

    /// What was done without being asked, the newest first.
    [[nodiscard]] Result<std::vector<LogEntry>> log(std::size_t most);

private:
    friend class Finder;
    friend class Sweeper;

    /// The registry, made where it is missing; and without that: nullptr where there is none yet.
    [[nodiscard]] Result<Registry*> opened();
    [[nodiscard]] Result<Registry*> existing();
    /// Now by both clocks; Note counts on from here.
    enum class Counting : std::uint8_t { Ask, Note };
    [[nodiscard]] Result<Moment> moment(Counting counting);

    /// What create() answers where rows of that name are in the way; nothing where they are in nobody's way after all.
    struct Place;
    class NewDirectory;
    [[nodiscard]] static Result<Place> openPlace(System& system, const Path& folder,
                                                 const std::optional<FileStatus>& probed);
    [[nodiscard]] Result<void> makeRegistered(Registry& registry, const Place& place, ScratchRecord& record);
    [[nodiscard]] Result<std::optional<ScratchDirectory>>
    sameName(std::vector<ScratchRecord> rows, const CreateRequest& request, const Place& place, std::stop_token stop);
    [[nodiscard]] Result<std::optional<ScratchDirectory>> sameNameOf(ScratchRecord row, const CreateRequest& request,
                                                                     const Place& place, std::stop_token stop);
    [[nodiscard]] Result<ScratchDirectory> reuse(const ScratchRecord& row, const CreateRequest& request);
    [[nodiscard]] Result<ScratchRecord> record(const std::string& id);

    /// The term of a lifetime that begins now.
    [[nodiscard]] static Result<Term> termOf(const Lifetime& lifetime, const Moment& now, std::uint64_t changes);
    /// What restoring grants: the end as it was, or where that is over, the lifetime once more.
    [[nodiscard]] static Result<Term> restoredTerm(const ScratchRecord& row, const std::optional<Lifetime>& lifetime,
                                                   const Moment& now);
    [[nodiscard]] static Result<ReleaseTerm> releaseTerm(const Moment& now);
    /// Writes end and pin of `row` into its marker; why not, or empty. The registry learns of our change.
    [[nodiscard]] Reason writeKept(const ScratchRecord& row, const Located& found);
    /// Common to extend() and setPinned(): looks, checks, writes the marker, then the registry by `how`.
    [[nodiscard]] Result<Altered> alter(const std::string& id, const std::function<Result<void>(ScratchRecord&)>& wish,
                                        const std::function<Result<bool>(Registry&, const ScratchRecord&)>& how);
    /// Has the registry say what the disk says: where a move was interrupted, or made by hand, where another registry
    /// changed the marker, and where version 0.1.0 wrote the row. `row` is changed with it. True if that gave it time.
    [[nodiscard]] Result<bool> heal(ScratchRecord& row, const Located& located);
    [[nodiscard]] Result<bool> healMarker(ScratchRecord& row, const Located& located);
    [[nodiscard]] Result<bool> healMove(ScratchRecord& row, const Located& located);
    [[nodiscard]] Result<void> healPlace(ScratchRecord& row, const Located& located);
    /// Whether somebody is removing it at this moment, as far as that can be told.
    [[nodiscard]] bool isBeingRemoved(const ScratchRecord& row, DirectoryLock lock);
    /// Scratch directories that are registered, and lie in the one that was located; empty if none does.
    [[nodiscard]] Result<Reason> whatLiesIn(const ScratchRecord& row, const Located& located);
    /// After the move; also where others changed the row meanwhile.
    [[nodiscard]] Result<ScratchDirectory> noteReleased(Registry& registry, const std::string& id,
                                                        const Path& quarantine, Nanoseconds ownChange);
    /// Drops the note of a release that did not come about: only if the directory is seen in its own place.
    void dropIntention(const ScratchRecord& row);
    [[nodiscard]] Result<ScratchDirectory> readAgain(const std::string& id);
    [[nodiscard]] ScratchDirectory withState(ScratchRecord record);
    [[nodiscard]] ScratchDirectory withState(ScratchRecord record, const Moment& now) const;
    [[nodiscard]] Result<Preview> lookAt(const std::string& id, std::stop_token stop,
                                         const std::function<void(const Measure&)>& progress, Look look,
                                         ClosedOnes closed, LockWait wait);
    /// Removes what `row` says, whose removal is noted as `cleaner`'s; afterwards the registry knows it no more, or as
    /// it was `before`.
    [[nodiscard]] Result<Cleaned> removeNoted(const ScratchRecord& row, Phase before, const std::string& cleaner,
                                              const std::string& confirmation, std::stop_token stop,
                                              const std::function<void(const RemovalProgress&)>& progress, InUse inUse);
    /// Why neither it nor its copies are removed; empty if there is no copy (any more).
    [[nodiscard]] Reason whyCopied(ScratchRecord& row);
    enum class CopyIs : std::uint8_t {
        There,
        Away, // its drive or share, or we cannot look
        Gone,
    };
    [[nodiscard]] CopyIs whereIs(const ScratchRecord& row, const Copy& copy, const Located& own);
    /// Forgets those that are gone, and with `orAway` those that are away; the first of those that are there.
    std::optional<Path> dropCopies(ScratchRecord& row, bool orAway);
    void note(const ScratchRecord& row, std::string_view what, const std::string& detail);

    System& m_system;
    Path m_file;
    Path m_working;
    std::string m_machine;
    std::vector<std::string> m_alsoNamed;
    std::optional<Registry> m_registry;
};

/// How long an expired directory and a released one are kept: $SCRATCHPROOF_GRACE (as parseLifetime() reads it;
/// "never": for good), else 3 days. "bad-input" where it is set to something else. It counts at the moment that an end
/// is set, and is kept with it.
[[nodiscard]] Result<Lifetime> gracePeriod();

/// Stands for this process: of which machine's boot, PID namespace and start it is.
[[nodiscard]] std::string cleanerOf(System& system);

/// When a sweep removes it, by the wall clock alone; nothing: never by itself. By what is registered alone.
[[nodiscard]] std::optional<Nanoseconds> purgedAfter(const ScratchRecord& record);
/// The same by the time that has passed; nothing also where that is not known yet.
[[nodiscard]] std::optional<Nanoseconds> purgedAfterElapsed(const ScratchRecord& record);

/// Why it is busy, or may be: "it is in use by vim (process 12)".
[[nodiscard]] Reason whyInUse(const std::vector<UserOfDirectory>& users, DirectoryLock lock);

/// Whether a name can be that of a scratch directory; the Error ("bad-input") says what was expected.
[[nodiscard]] Result<void> checkScratchName(std::string_view name);

} // namespace scratchproof
