// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/scratch_store.h"

#include "core/base/enum_names.h"
#include "core/base/invariant.h"
#include "core/scratch/foreign_owner.h"
#include "core/scratch/locate.h"
#include "core/scratch/quarantine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>

namespace scratchproof {

namespace {

constexpr EnumNames<ScratchState::HalfRemoved> kStateNames({"active", "expired", "released", "offline", "lost",
                                                            "elsewhere", "busy", "unknown", "half-removed"});
constexpr int kRemovalRounds = 4; // of removing, while files keep appearing
constexpr std::size_t kMostKept = WalkProblems::kMost;

ScratchState stateOf(Agreement agreement, ScratchState byRegistry)
{
    switch (agreement) {
    case Agreement::Agrees:
    case Agreement::Unknown:
        return byRegistry;
    case Agreement::Offline:
        return ScratchState::Offline;
    case Agreement::Hollow:
    case Agreement::Gone:
    case Agreement::NotOurs:
        break;
    }
    return ScratchState::Lost;
}

Reason reasonOf(const Error& error)
{
    if (error.kind == ErrorKind::ForeignMarker)
        return {ReasonKind::InnerScratch};
    if (error.code == EXDEV)
        return {ReasonKind::MountInTheWay};
    return {.kind = ReasonKind::Refused, .text = toString(Error(error.operation, {}, error.code, error.detail))};
}

} // namespace

Reason whyInUse(const std::vector<UserOfDirectory>& users, DirectoryLock lock)
{
    if (users.empty())
        return {lock == DirectoryLock::Held ? ReasonKind::LockHeld : ReasonKind::LockUnknown};
    const UserOfDirectory& first = users.front();
    const std::uint64_t others = users.size() - 1;
    if (first.pid != 0)
        return {.kind = ReasonKind::UsedByProcess,
                .name = first.name,
                .number = static_cast<std::uint64_t>(first.pid),
                .more = others};
    return {.kind = first.how == Use::LoopDevice ? ReasonKind::UsedByLoopDevice
                    : first.how == Use::SwapFile ? ReasonKind::UsedAsSwap
                                                 : ReasonKind::UsedByMount,
            .path = first.name,
            .more = others};
}

std::string_view toString(ScratchState state)
{
    return kStateNames.nameOf(state);
}

ScratchState shownState(const ScratchDirectory& directory)
{
    // One that is away or another's cannot be told to be so, and a busy one is being removed, perhaps.
    const bool isHere = directory.state == ScratchState::Active || directory.state == ScratchState::Expired ||
                        directory.state == ScratchState::Released;
    return directory.isHalfRemoved && isHere ? ScratchState::HalfRemoved : directory.state;
}

Path usablePath(const ScratchDirectory& directory)
{
    const ScratchRecord& record = directory.record;
    return record.content.empty() ? record.path : joinPath(record.path, record.content);
}

ScratchStore::ScratchStore(System& system, Path registry, Path working)
    : m_system(system), m_file(std::move(registry)), m_working(std::move(working)), m_machine(machineIdentity(system))
{}

Result<Registry*> ScratchStore::opened()
{
    if (!m_registry) {
        auto registry = Registry::open(m_file);
        if (!registry)
            return fail(std::move(registry.error()));
        m_registry = std::move(*registry);
    }
    return &*m_registry;
}

Result<Registry*> ScratchStore::existing()
{
    if (!m_registry) {
        auto registry = Registry::openExisting(m_file);
        if (!registry)
            return fail(std::move(registry.error()));
        m_registry = std::move(*registry);
    }
    return m_registry ? &*m_registry : nullptr;
}

Result<Moment> ScratchStore::moment(Counting counting)
{
    const ClockReading reading = readClocks(m_system);
    const auto registry = counting == Counting::Note ? opened() : existing();
    if (!registry)
        return fail(registry.error());
    if (*registry == nullptr)
        return Moment{reading.wall, 0};
    const auto elapsed =
        counting == Counting::Note ? (*registry)->countTime(reading) : (*registry)->timeCounted(reading);
    if (!elapsed)
        return fail(elapsed.error());
    return Moment{reading.wall, *elapsed};
}

Result<ScratchRecord> ScratchStore::record(const std::string& id)
{
    const auto registry = existing();
    if (!registry)
        return fail(registry.error());
    auto found = *registry != nullptr ? (*registry)->find(id) : Result<std::optional<ScratchRecord>>(std::nullopt);
    if (!found)
        return fail(std::move(found.error()));
    if (!*found)
        return fail(ErrorKind::UnknownDirectory, {}, 0,
                    fmt::format("no scratch directory has the id '{}'", displayText(id)));
    return std::move(**found);
}

namespace {

/// An end by the wall clock as it is to be told. Where less time has passed than that clock says, it was set on.
std::optional<Nanoseconds> told(std::optional<Nanoseconds> wall, std::optional<Nanoseconds> elapsed, const Moment& now)
{
    constexpr Nanoseconds kInstep = 60 * kNanosecondsPerSecond; // clocks that are set by a server drift, and are slewed
    if (!wall || !elapsed)
        return wall;
    const Nanoseconds byElapsed = now.wall + (*elapsed - now.elapsed);
    return byElapsed - *wall > kInstep ? byElapsed : *wall;
}

} // namespace

ScratchDirectory ScratchStore::withState(ScratchRecord record, const Moment& now) const
{
    ScratchDirectory directory;
    directory.record = std::move(record);
    const ScratchRecord& row = directory.record;
    directory.expires = told(row.expires, row.elapsedEnd, now);
    directory.restorableUntil = told(row.restorableUntil, row.elapsedRestorable, now);
    directory.purgedAfter = told(purgedAfter(row), purgedAfterElapsed(row), now);
    directory.isHalfRemoved = row.phase == Phase::Cleaning;
    if (row.machine != m_machine) {
        directory.state = ScratchState::Elsewhere;
        directory.reason = {.kind = ReasonKind::Elsewhere, .name = row.host};
    } else if (row.phase == Phase::Released || (row.phase == Phase::Cleaning && !row.quarantine.empty())) {
        directory.state = ScratchState::Released;
    } else if (!row.pinned && directory.expires && *directory.expires <= now.wall) {
        directory.state = ScratchState::Expired;
    }
    if (!row.adopted && directory.state == ScratchState::Active)
        directory.reason = {ReasonKind::FoundHere};
    if (row.phase == Phase::Creating)
        directory.reason = {ReasonKind::CreationUnfinished};
    else if (row.phase == Phase::Cleaning)
        directory.reason = {ReasonKind::RemovalUnfinished};
    return directory;
}

ScratchDirectory ScratchStore::withState(ScratchRecord record)
{
    // Where the time that has passed cannot be asked for now, the wall clock has to do: this is only told.
    const auto now = moment(Counting::Ask);
    if (now)
        return withState(std::move(record), *now);
    record.elapsedEnd.reset();
    record.elapsedRestorable.reset();
    return withState(std::move(record), Moment{m_system.clock.wall(), 0});
}

Result<std::vector<ScratchDirectory>> ScratchStore::list()
{
    const auto registry = existing();
    if (!registry)
        return fail(registry.error());
    auto records =
        *registry != nullptr ? (*registry)->all() : Result<std::vector<ScratchRecord>>(std::vector<ScratchRecord>());
    if (!records)
        return fail(std::move(records.error()));
    const auto now = moment(Counting::Ask);
    if (!now)
        return fail(now.error());
    std::vector<ScratchDirectory> directories;
    directories.reserve(records->size());
    for (ScratchRecord& row : *records)
        directories.push_back(withState(std::move(row), *now));
    return directories;
}

Result<ScratchDirectory> ScratchStore::inspect(const std::string& id, std::stop_token stop,
                                               const std::function<void(const Measure&)>& progress, Look look)
{
    auto seen = lookAt(id, std::move(stop), progress, look, ClosedOnes::Leave, LockWait::ForAskers);
    if (!seen)
        return fail(std::move(seen.error()));
    return std::move(seen->directory);
}

Result<Preview> ScratchStore::preview(const std::string& id, std::stop_token stop,
                                      const std::function<void(const Measure&)>& progress, Look look)
{
    return lookAt(id, std::move(stop), progress, look, ClosedOnes::OpenUp, LockWait::ForAskers);
}

Result<Preview> ScratchStore::lookAt(const std::string& id, std::stop_token stop,
                                     const std::function<void(const Measure&)>& progress, Look look, ClosedOnes closed,
                                     LockWait wait)
{
    auto row = record(id);
    if (!row)
        return fail(std::move(row.error()));
    Preview preview;
    preview.isBrief = look == Look::Brief;
    preview.path = row->path;
    preview.directory = withState(*row);
    if (preview.directory.state == ScratchState::Elsewhere) {
        preview.reason = preview.directory.reason;
        return preview;
    }
    const Located located = locate(m_system, *row, closed);
    const auto healed = heal(*row, located);
    if (!healed)
        return fail(healed.error());
    preview.wasHealed = *healed;
    preview.directory = withState(std::move(*row));
    ScratchRecord& seen = preview.directory.record;
    preview.path = located.at;
    preview.directory.state = stateOf(located.agreement, preview.directory.state);
    if (!located.reason.empty())
        preview.directory.reason = located.reason;
    preview.reason = located.reason;
    const bool hollow = located.agreement == Agreement::Hollow;
    preview.isGone = located.agreement == Agreement::Gone;
    if (located.agreement != Agreement::Agrees && !hollow)
        return preview;
    preview.reason = whyProtected(m_system, located.folder, located.parent.get(), m_file, m_working);
    if (preview.reason.empty())
        preview.reason = whyCopied(seen);
    if (preview.reason.empty()) {
        auto others = whatLiesIn(seen, located);
        if (!others)
            return fail(std::move(others.error()));
        preview.reason = std::move(*others);
    }
    preview.removable = preview.reason.empty();
    if (preview.removable)
        preview.confirmation = confirmationToken(located.folder.status, id);
    preview.lock = takeLock(m_system, located.folder.fd.get(), located.fileSystem, wait);
    if (preview.lock == DirectoryLock::Free)
        releaseLock(m_system, located.folder.fd.get());
    if (look == Look::Whole || preview.lock == DirectoryLock::Unknown)
        preview.users = usersOf(m_system, located.folder.fd.get(), located.at);
    if (!preview.users.empty() || preview.lock == DirectoryLock::Held) {
        preview.directory.state = ScratchState::Busy;
        preview.directory.reason = whyInUse(preview.users, preview.lock);
    }
    if (look == Look::Brief)
        return preview;
    const FileStatus& top = located.folder.status;
    preview.topChanged = top.changed == seen.ownChange ? Nanoseconds{0} : std::max(top.changed, top.modified);
    preview.content = measureContents(m_system, located.folder.fd.get(), located.at, kMarkerName, stop, progress);
    if (preview.content.cancelled)
        return fail(ErrorKind::Cancelled, located.at, 0, "measuring was stopped");
    seen.measure = preview.content.measure;
    seen.measured = m_system.clock.wall();
    // A size that cannot be noted is still a size: the registry may be locked, or its disk full.
    if (const auto registry = existing(); registry && *registry != nullptr)
        (void)(*registry)->setMeasure(id, *seen.measure, seen.measured);
    return preview;
}

Result<Reason> ScratchStore::whatLiesIn(const ScratchRecord& row, const Located& located)
{
    const auto registry = existing();
    if (!registry)
        return fail(registry.error());
    if (*registry == nullptr)
        return Reason();
    Reason first;
    std::size_t count = 0;
    // Also by the place that it had, or will have, where it was moved.
    for (const Path& top : {row.path, row.quarantine}) {
        const auto others =
            top.empty() ? Result<std::vector<ScratchRecord>>(std::vector<ScratchRecord>()) : (*registry)->below(top);
        if (!others)
            return fail(others.error());
        for (const ScratchRecord& other : *others) {
            if (other.id == row.id || std::find(m_alsoNamed.begin(), m_alsoNamed.end(), other.id) != m_alsoNamed.end())
                continue;
            for (const Path& place : {other.path, other.quarantine}) {
                if (!place.starts_with(top + '/'))
                    continue;
                const auto there = m_system.attributes.exists(located.folder.fd.get(), place.c_str() + top.size() + 1);
                if (there && !*there)
                    continue;
                if (count++ == 0)
                    first = {.kind = other.pinned ? ReasonKind::HoldsPinned : ReasonKind::HoldsOther,
                             .path = place,
                             .name = other.name};
            }
        }
    }
    if (count > 1)
        first.more = count - 1;
    return first;
}

std::string cleanerOf(System& system)
{
    const ClockReading now = readClocks(system);
    const auto self = system.processes.self();
    return fmt::format("{:x}:{}:{}:{}", now.boot, system.processes.pidNamespace().value_or(0), self.pid,
                       self.startTime);
}

bool ScratchStore::isBeingRemoved(const ScratchRecord& row, DirectoryLock lock)
{
    if (row.phase != Phase::Cleaning || row.cleaner.empty())
        return false;
    if (lock == DirectoryLock::Held)
        return true;
    const std::string own = cleanerOf(m_system);
    const auto place = own.rfind(':', own.rfind(':') - 1); // up to the process
    const bool isOfOurs = row.cleaner.compare(0, place + 1, own, 0, place + 1) == 0;
    if (row.cleaner == own) // one thread at a time: that removal is over
        return false;
    int pid = 0;
    std::uint64_t start = 0;
    if (isOfOurs && std::sscanf(row.cleaner.c_str() + place, ":%d:%" SCNu64, &pid, &start) == 2)
        return m_system.processes.startTime(pid) == start;
    // Of another boot, it is over; of another namespace of this one, only the lock can tell.
    const bool isOfThisBoot = row.cleaner.substr(0, row.cleaner.find(':')) == own.substr(0, own.find(':'));
    return isOfThisBoot && lock == DirectoryLock::Unknown;
}

namespace {

LockWait waitOf(ScratchStore::InUse inUse)
{
    return inUse == ScratchStore::InUse::LockIsOurs ? LockWait::No : LockWait::ForAskers;
}

/// What a removal must know besides the directory.
struct RemovalSetting
{
    const Path& registry;
    const Path& working;
    const std::string& confirmation;
    ScratchStore::InUse inUse = ScratchStore::InUse::Keep;
    /// Which registered directories lie in it, or why that cannot be told; empty: none.
    std::function<Reason(const Located&)> others;
};

/// One removal, from the comparison to the empty place.
class Cleaner
{
public:
    Cleaner(System& system, const ScratchRecord& record, std::stop_token stop,
            const std::function<void(const RemovalProgress&)>& progress)
        : m_system(system), m_record(record), m_stop(std::move(stop)), m_progress(progress)
    {}

    Cleaned run(const RemovalSetting& setting)
    {
        m_located = locate(m_system, m_record, ClosedOnes::OpenUp);
        const bool hollow = m_located.agreement == Agreement::Hollow;
        if (auto why = whyNot(setting); !why.empty()) {
            keep(m_located.at, std::move(why));
            return std::move(m_cleaned);
        }
        if (!mayBeTaken(setting.inUse))
            return std::move(m_cleaned);
        if (hollow) {
            if (!removeItself())
                keep(m_located.at, {ReasonKind::NotEmptyAnyMore});
            return std::move(m_cleaned);
        }
        for (int round = 0; round < kRemovalRounds; ++round) {
            if (!removeContent() || removeItself())
                break;
        }
        if (!m_cleaned.removed && m_cleaned.keptCount == 0 && !m_cleaned.cancelled)
            keep(m_located.at, {ReasonKind::KeepsFilling});
        return std::move(m_cleaned);
    }

private:
    /// Why nothing of it may be touched; empty: it may.
    Reason whyNot(const RemovalSetting& setting)
    {
        if (m_located.agreement != Agreement::Agrees && m_located.agreement != Agreement::Hollow)
            return m_located.reason;
        if (confirmationToken(m_located.folder.status, m_record.id) != setting.confirmation)
            return {ReasonKind::NotThatLookedAt};
        if (auto why =
                whyProtected(m_system, m_located.folder, m_located.parent.get(), setting.registry, setting.working);
            !why.empty())
            return why;
        return setting.others(m_located);
    }

    void keep(const Path& path, Reason reason)
    {
        ++m_cleaned.keptCount;
        if (m_cleaned.kept.size() < kMostKept)
            m_cleaned.kept.push_back({path, std::move(reason)});
    }

    /// Takes the lock, too, so that nobody begins to use what goes.
    bool mayBeTaken(ScratchStore::InUse inUse)
    {
        const int folder = m_located.folder.fd.get();
        const DirectoryLock lock = takeLock(m_system, folder, m_located.fileSystem, waitOf(inUse));
        // A hollow one has none, and if it gets one, it is not empty any more.
        if (m_located.agreement == Agreement::Agrees && !isMarkerAsItWas(folder)) {
            keep(m_located.at, {ReasonKind::MarkerChanged});
            return false;
        }
        if (inUse != ScratchStore::InUse::Keep)
            return true;
        const auto users = usersOf(m_system, folder, m_located.at);
        if (users.empty() && lock == DirectoryLock::Free)
            return true;
        keep(m_located.at, whyInUse(users, lock));
        m_cleaned.isInUse = true;
        return false;
    }

    /// Another registry's program may have given it time before we had the lock.
    bool isMarkerAsItWas(int folder)
    {
        const auto look = readMarker(m_system, folder, storesPermissions(m_located.fileSystem));
        return look && look->state == MarkerState::Present && look->marker.id == m_record.id &&
               look->marker.changes <= m_record.changes;
    }

    /// True if nothing but the marker is left.
    bool removeContent()
    {
        const int folder = m_located.folder.fd.get();
        // It is ours, and so may be opened up like those below it.
        if ((m_located.folder.status.mode & 0700U) != 0700U)
            (void)m_system.files.changeMode(folder, m_located.folder.status.mode | 0700U);
        const RemovalProgress before = m_cleaned.done;
        const auto report = [&](const RemovalProgress& now) {
            if (m_progress)
                m_progress({before.entries + now.entries, before.bytes + now.bytes});
        };
        Removal removal = removeContents(m_system, folder, m_located.at, kMarkerName, m_stop, report);
        m_cleaned.done = {before.entries + removal.done.entries, before.bytes + removal.done.bytes};
        m_cleaned.cancelled = removal.cancelled;
        for (const Error& error : removal.kept.list)
            keep(error.path, withOwner(m_system, m_located.at, error, reasonOf(error)));
        m_cleaned.keptCount += removal.kept.count - removal.kept.list.size();
        return removal.complete();
    }

    /// The marker and then the directory, if its name still leads to it. False: something appeared in it meanwhile.
    bool removeItself()
    {
        const int parent = m_located.parent.get();
        const auto status = m_system.attributes.statusAt(parent, m_located.name.c_str());
        if (!status || !status->sameFileAs(m_located.folder.status)) {
            keep(m_located.at, {ReasonKind::Replaced});
            return true;
        }
        const bool hasMarker = m_located.agreement == Agreement::Agrees;
        require(hasMarker || m_located.agreement == Agreement::Hollow,
                "only what agrees with its record, or is a hollow rest of it, is removed");
        require(!hasMarker || m_located.marker.id == m_record.id, "the marker is that of the record");
        require(isEntryName(m_located.name),
                "a scratch directory is removed by its name in the folder that was opened");
        if (hasMarker || m_located.hasUnfinishedMarker) {
            const auto gone = m_system.files.unlink(m_located.folder.fd.get(), kMarkerName);
            if (!gone && gone.error().code != ENOENT) {
                keep(joinPath(m_located.at, kMarkerName), reasonOf(gone.error()));
                return true;
            }
        }
        const auto gone = m_system.files.removeDirectory(parent, m_located.name.c_str());
        if (gone) {
            m_cleaned.removed = true;
            if (!m_record.quarantine.empty())
                removeEmptyQuarantine(m_system, m_record.quarantine);
            ++m_cleaned.done.entries;
            return true;
        }
        // It stays, so it must be known as ours again, for the next try.
        if (hasMarker)
            (void)writeMarker(m_system, m_located.folder.fd.get(), m_located.marker);
        if (gone.error().code == ENOTEMPTY || gone.error().code == EEXIST)
            return false;
        keep(m_located.at, reasonOf(gone.error()));
        return true;
    }

    System& m_system;
    const ScratchRecord& m_record;
    std::stop_token m_stop;
    const std::function<void(const RemovalProgress&)>& m_progress;
    Located m_located;
    Cleaned m_cleaned;
};

} // namespace

namespace {

Cleaned keptWhole(const Path& path, Reason reason)
{
    Cleaned kept;
    kept.kept.push_back({path, std::move(reason)});
    kept.keptCount = 1;
    return kept;
}

} // namespace

Result<Cleaned> ScratchStore::clean(const std::string& id, const std::string& confirmation, std::stop_token stop,
                                    const std::function<void(const RemovalProgress&)>& progress, InUse inUse)
{
    auto row = record(id);
    if (!row)
        return fail(std::move(row.error()));
    if (const auto directory = withState(*row); directory.state == ScratchState::Elsewhere)
        return keptWhole(row->path, directory.reason);
    if (auto why = whyCopied(*row); !why.empty())
        return keptWhole(row->path, std::move(why));
    if (row->phase == Phase::Cleaning) {
        const Located found = locate(m_system, *row);
        const DirectoryLock lock =
            found.folder.fd ? takeLock(m_system, found.folder.fd.get(), found.fileSystem) : DirectoryLock::Unknown;
        if (isBeingRemoved(*row, lock)) {
            Cleaned kept = keptWhole(row->path, {ReasonKind::BeingRemoved});
            kept.staysRegistered = false;
            return kept;
        }
    }
    const auto registry = opened();
    if (!registry)
        return fail(registry.error());
    const std::string cleaner = cleanerOf(m_system);
    const auto begun = (*registry)->beginCleaning(*row, cleaner);
    // On a full disk this may be the very removal that makes room.
    if (!begun && begun.error().kind != ErrorKind::StoreFull)
        return fail(begun.error());
    if (begun && !*begun)
        return keptWhole(row->path, {ReasonKind::ChangedByOther});
    const Phase before = row->phase;
    if (row->phase != Phase::Creating)
        row->phase = Phase::Cleaning;
    return removeNoted(*row, before, cleaner, confirmation, std::move(stop), progress, inUse);
}

Result<ScratchStore::Unseen> ScratchStore::cleanUnseen(const std::string& id, std::stop_token stop,
                                                       const std::function<void(const RemovalProgress&)>& progress,
                                                       InUse inUse)
{
    auto seen = lookAt(id, stop, {}, Look::Brief, ClosedOnes::OpenUp, waitOf(inUse));
    if (!seen)
        return fail(std::move(seen.error()));
    Unseen done{std::move(*seen), std::nullopt};
    const Preview& looked = done.preview;
    // A removal that was ended between the directory and its record is finished by dropping that.
    if (looked.isGone && looked.directory.record.phase == Phase::Cleaning) {
        auto dropped = forget(id);
        if (!dropped)
            return fail(std::move(dropped.error()));
        done.cleaned.emplace();
        done.cleaned->removed = true;
        done.cleaned->staysRegistered = false;
        return done;
    }
    const bool isUsed = !looked.users.empty() || looked.lock == DirectoryLock::Held;
    if (!looked.removable || (isUsed && inUse == InUse::Keep))
        return done;
    const bool cannotAsk = looked.lock == DirectoryLock::Unknown && looked.users.empty();
    auto cleaned =
        clean(id, looked.confirmation, std::move(stop), progress, cannotAsk ? InUse::RemoveAllTheSame : inUse);
    if (!cleaned)
        return fail(std::move(cleaned.error()));
    done.cleaned = std::move(*cleaned);
    return done;
}

Result<Cleaned> ScratchStore::removeNoted(const ScratchRecord& row, Phase before, const std::string& cleaner,
                                          const std::string& confirmation, std::stop_token stop,
                                          const std::function<void(const RemovalProgress&)>& progress, InUse inUse)
{
    const auto others = [&](const Located& located) {
        auto inside = whatLiesIn(row, located);
        return inside ? std::move(*inside) : Reason{.kind = ReasonKind::HoldsUnknown, .text = toString(inside.error())};
    };
    Cleaned cleaned =
        Cleaner(m_system, row, std::move(stop), progress).run({m_file, m_working, confirmation, inUse, others});
    cleaned.staysRegistered = !cleaned.removed;
    const auto registry = opened();
    if (!registry)
        return fail(registry.error());
    if (cleaned.removed) {
        if (auto dropped = (*registry)->remove(row.id); !dropped)
            return fail(std::move(dropped.error()));
        return cleaned;
    }
    const Phase after = cleaned.done.entries == 0 || before == Phase::Creating ? before : Phase::Cleaning;
    if (auto ended = (*registry)->endCleaning(row.id, cleaner, after); !ended)
        return fail(std::move(ended.error()));
    return cleaned;
}

Result<bool> ScratchStore::forget(const std::string& id)
{
    const auto registry = existing();
    if (!registry)
        return fail(registry.error());
    return *registry != nullptr ? (*registry)->remove(id) : Result<bool>(false);
}

void ScratchStore::note(const ScratchRecord& row, std::string_view what, const std::string& detail)
{
    // What cannot be noted was done all the same.
    if (const auto registry = existing(); registry && *registry != nullptr)
        (void)(*registry)->note({m_system.clock.wall(), row.id, row.path, std::string(what), detail});
}

Result<std::vector<LogEntry>> ScratchStore::log(std::size_t most)
{
    const auto registry = existing();
    if (!registry)
        return fail(registry.error());
    return *registry != nullptr ? (*registry)->log(most) : Result<std::vector<LogEntry>>(std::vector<LogEntry>());
}

} // namespace scratchproof
