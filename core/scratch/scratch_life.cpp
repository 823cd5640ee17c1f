// SPDX-License-Identifier: GPL-3.0-or-later

// What happens to a scratch directory between its creation and its removal.

#include "core/scratch/quarantine.h"
#include "core/scratch/scratch_store.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace scratchproof {

namespace {

constexpr Nanoseconds kGrace = 3 * 24 * 3600 * kNanosecondsPerSecond;

/// The later of two ends, of which nothing is the latest.
std::optional<Nanoseconds> later(std::optional<Nanoseconds> a, std::optional<Nanoseconds> b)
{
    return a && b ? std::optional(std::max(*a, *b)) : std::nullopt;
}

/// An end that was read from elsewhere, in time that passes: what is left of it begins to be counted now.
std::optional<Nanoseconds> elapsedFor(std::optional<Nanoseconds> expires, const Moment& now)
{
    if (!expires)
        return std::nullopt;
    return now.elapsed + std::max(Nanoseconds{0}, *expires - now.wall);
}

bool isReleased(const ScratchRecord& row)
{
    return row.phase == Phase::Released || (row.phase == Phase::Cleaning && !row.quarantine.empty());
}

/// ctime of a directory as it is now; 0 where that cannot be asked.
Nanoseconds changeTime(System& system, int folder)
{
    const auto status = system.attributes.status(folder);
    return status ? status->changed : 0;
}

} // namespace

Result<Lifetime> gracePeriod()
{
    const auto text = environmentVariable("SCRATCHPROOF_GRACE");
    if (!text)
        return Lifetime{kGrace};
    auto set = parseLifetime(*text);
    if (!set)
        return fail(ErrorKind::BadInput, "SCRATCHPROOF_GRACE", 0, set.error().detail);
    return *set;
}

Result<Term> ScratchStore::termOf(const Lifetime& lifetime, const Moment& now, std::uint64_t changes)
{
    const auto grace = gracePeriod();
    if (!grace)
        return fail(grace.error());
    Term term{lifetime, std::nullopt, std::nullopt, *grace, changes};
    if (lifetime) {
        term.expires = now.wall + *lifetime;
        term.elapsedEnd = now.elapsed + *lifetime;
    }
    return term;
}

Result<Term> ScratchStore::restoredTerm(const ScratchRecord& row, const std::optional<Lifetime>& lifetime,
                                        const Moment& now)
{
    auto term = termOf(lifetime.value_or(row.lifetime), now, row.changes);
    if (!term)
        return term;
    // A clock that was set on is no reason to call it over, and one that was set back none to call it not over.
    const bool isOver = row.expires && (*row.expires <= now.wall || (row.elapsedEnd && *row.elapsedEnd <= now.elapsed));
    if (lifetime || isOver) {
        ++term->changes;
        return term;
    }
    term->expires = row.expires;
    term->elapsedEnd = row.elapsedEnd ? row.elapsedEnd : elapsedFor(row.expires, now);
    if (row.grace)
        term->grace = *row.grace;
    return term;
}

Result<ReleaseTerm> ScratchStore::releaseTerm(const Moment& now)
{
    const auto grace = gracePeriod();
    if (!grace)
        return fail(grace.error());
    ReleaseTerm term{now.wall, std::nullopt, std::nullopt};
    if (*grace) {
        term.restorableUntil = now.wall + **grace;
        term.elapsedRestorable = now.elapsed + **grace;
    }
    return term;
}

Result<ScratchDirectory> ScratchStore::readAgain(const std::string& id)
{
    auto row = record(id);
    if (!row)
        return fail(std::move(row.error()));
    return withState(std::move(*row));
}

Reason ScratchStore::writeKept(const ScratchRecord& row, const Located& found)
{
    Marker marker = found.marker;
    // One that was only found has no end by this registry, which is nothing to tell the one that gave it an end.
    if (row.adopted) {
        marker.keptUntil = row.expires;
        marker.lifetime = row.lifetime;
    }
    marker.pinned = row.pinned;
    marker.changes = row.changes;
    if (marker.isOld)
        marker.content = row.content;
    const int folder = found.folder.fd.get();
    if (auto written = replaceMarker(m_system, folder, marker); !written)
        return {.kind = ReasonKind::Refused, .text = errnoText(written.error().code)};
    if (const auto registry = existing(); registry && *registry != nullptr)
        (void)(*registry)->setOwnChange(row.id, changeTime(m_system, folder));
    return {};
}

Result<Altered> ScratchStore::alter(const std::string& id, const std::function<Result<void>(ScratchRecord&)>& wish,
                                    const std::function<Result<bool>(Registry&, const ScratchRecord&)>& how)
{
    auto row = record(id);
    if (!row)
        return fail(std::move(row.error()));
    if (const auto before = withState(*row); before.state == ScratchState::Elsewhere)
        return fail(ErrorKind::IsElsewhere, row->path, 0, toString(before.reason));
    // Before anything is written: the registry has to take it afterwards.
    const auto registry = opened();
    if (!registry)
        return fail(registry.error());
    const Located found = locate(m_system, *row, ClosedOnes::OpenUp);
    if (auto healed = heal(*row, found); !healed)
        return fail(std::move(healed.error()));
    if (isReleased(*row))
        return fail(ErrorKind::IsReleased, row->path, 0);
    if (row->phase != Phase::Active && row->phase != Phase::Cleaning)
        return fail(ErrorKind::NotActive, row->path, 0, toString(withState(*row).reason));
    const bool isAway = found.agreement == Agreement::Offline || found.agreement == Agreement::Unknown;
    if (found.agreement != Agreement::Agrees && !isAway)
        return fail(ErrorKind::IsNotHere, row->path, 0, toString(found.reason));
    if (row->phase == Phase::Cleaning) {
        const DirectoryLock lock =
            isAway ? DirectoryLock::Unknown : takeLock(m_system, found.folder.fd.get(), found.fileSystem);
        if (isAway || isBeingRemoved(*row, lock))
            return fail(ErrorKind::BeingRemoved, row->path, 0, isAway ? toString(found.reason) : std::string());
    }
    if (auto wished = wish(*row); !wished)
        return fail(std::move(wished.error()));
    row->changes = std::max(row->changes, found.marker.changes) + 1;
    Altered altered;
    altered.notWritten = isAway ? found.reason : writeKept(*row, found);
    const auto changed = how(**registry, *row);
    if (!changed)
        return fail(changed.error());
    if (!*changed)
        return fail(ErrorKind::NotActive, row->path, 0, "it was changed meanwhile");
    auto again = readAgain(id);
    if (!again)
        return fail(std::move(again.error()));
    altered.directory = std::move(*again);
    return altered;
}

Result<Altered> ScratchStore::extend(const std::string& id, Lifetime lifetime)
{
    Term term;
    const auto wish = [&](ScratchRecord& row) -> Result<void> {
        const auto now = moment(Counting::Note);
        if (!now)
            return fail(now.error());
        auto granted = termOf(lifetime, *now, 0);
        if (!granted)
            return fail(std::move(granted.error()));
        term = *granted;
        row.lifetime = term.lifetime;
        row.expires = term.expires;
        row.adopted = true;
        return {};
    };
    auto altered = alter(id, wish, [&](Registry& registry, const ScratchRecord& row) {
        term.changes = row.changes;
        return registry.extend(id, term, row.cleaner);
    });
    if (!altered || !altered->notWritten.empty() || altered->directory.record.copies.empty())
        return altered;
    static_cast<void>(dropCopies(altered->directory.record, true));
    auto again = readAgain(id);
    if (!again)
        return fail(std::move(again.error()));
    altered->directory = std::move(*again);
    return altered;
}

Result<Altered> ScratchStore::setPinned(const std::string& id, bool pinned)
{
    const auto wish = [&](ScratchRecord& row) -> Result<void> {
        row.pinned = pinned;
        return {};
    };
    return alter(id, wish, [&](Registry& registry, const ScratchRecord& row) {
        return registry.setPinned(id, pinned, row.changes, row.cleaner);
    });
}

Result<void> ScratchStore::healPlace(ScratchRecord& row, const Located& located)
{
    RecordedPlace place{located.place.fileSystem(), false, located.place.inode, located.place.mountRoot,
                        located.folder.status.inode};
    if (located.inQuarantine) {
        // The folder that it was made in is the one above its quarantine.
        const auto above = m_system.files.open(located.parent.get(), "..", O_PATH | O_DIRECTORY);
        const auto status = above ? m_system.attributes.status(above->get()) : Result<FileStatus>(fail(above.error()));
        place.parentInode = status ? status->inode : 0;
    }
    if (place.fileSystem.value.empty() && !row.place.byOldRules)
        place.fileSystem = row.place.fileSystem; // cannot be asked this time
    if (row.place == place && !row.seenGone)
        return {};
    const auto registry = opened();
    if (!registry)
        return fail(registry.error());
    if (auto noted = (*registry)->setRecordedPlace(row.id, place); !noted)
        return noted;
    row.place = place;
    row.seenGone = false;
    return {};
}

Result<bool> ScratchStore::healMarker(ScratchRecord& row, const Located& located)
{
    const Marker& marker = located.marker;
    if (marker.isOld || row.phase == Phase::Creating)
        return false;
    if (row.changes > marker.changes) {
        // It could not be written then, or the whole directory was restored from a backup.
        if (row.phase == Phase::Active)
            (void)writeKept(row, located);
        return false;
    }
    const bool knowsMore = marker.changes > row.changes;
    const auto keptUntil = knowsMore ? marker.keptUntil : later(row.expires, marker.keptUntil);
    const bool pinned = knowsMore ? marker.pinned : row.pinned || marker.pinned;
    if (!knowsMore && (!row.adopted || (keptUntil == row.expires && pinned == row.pinned)))
        return false;
    const auto now = moment(Counting::Note);
    const auto grace = gracePeriod();
    if (!now || !grace)
        return fail(now ? grace.error() : now.error());
    Term term{row.lifetime, row.expires, row.elapsedEnd, row.grace.value_or(*grace), marker.changes};
    if (row.adopted) {
        term.lifetime = marker.lifetime;
        term.expires = keptUntil;
        term.elapsedEnd = elapsedFor(keptUntil, *now);
    }
    const auto registry = opened();
    if (!registry)
        return fail(registry.error());
    const auto taken = (*registry)->takeFromMarker(row.id, term, pinned);
    if (!taken)
        return fail(taken.error());
    auto again = record(row.id);
    if (!again)
        return fail(std::move(again.error()));
    row = std::move(*again);
    return true;
}

Result<bool> ScratchStore::healMove(ScratchRecord& row, const Located& located)
{
    const bool wasMoved = located.inQuarantine && row.phase == Phase::Active;
    const bool cameBack = !located.inQuarantine && isReleased(row);
    if (!wasMoved && !cameBack)
        return false;
    const auto registry = opened();
    if (!registry)
        return fail(registry.error());
    const auto now = moment(Counting::Note);
    if (!now)
        return fail(now.error());
    const Nanoseconds ownChange = located.folder.status.changed;
    if (wasMoved) {
        const auto term = releaseTerm(*now);
        const auto noted =
            term ? (*registry)->setReleased(row.id, located.at, *term, ownChange) : Result<bool>(fail(term.error()));
        if (!noted)
            return fail(noted.error());
    } else {
        const auto term = restoredTerm(row, std::nullopt, *now);
        const auto noted = term ? (*registry)->setRestored(row.id, row.quarantine, *term, Adopt::Leave, ownChange)
                                : Result<bool>(fail(term.error()));
        if (!noted)
            return fail(noted.error());
        removeEmptyQuarantine(m_system, row.quarantine);
    }
    auto again = record(row.id);
    if (!again)
        return fail(std::move(again.error()));
    row = std::move(*again);
    return true;
}

Result<bool> ScratchStore::heal(ScratchRecord& row, const Located& located)
{
    if (located.agreement != Agreement::Agrees)
        return false;
    auto moved = healMove(row, located);
    if (!moved)
        return moved;
    auto marked = healMarker(row, located);
    if (!marked)
        return marked;
    if (auto placed = healPlace(row, located); !placed)
        return fail(std::move(placed.error()));
    return *moved || *marked;
}

void ScratchStore::dropIntention(const ScratchRecord& row)
{
    const Located found = locate(m_system, row);
    if (found.agreement != Agreement::Agrees || found.inQuarantine || row.quarantine.empty())
        return;
    // Whoever is releasing it at this moment holds its lock; where locks cannot be asked, the one that moves it writes
    // down where to.
    if (takeLock(m_system, found.folder.fd.get(), found.fileSystem) == DirectoryLock::Held)
        return;
    if (const auto registry = opened(); registry && (*registry)->forgetQuarantine(row.id, row.quarantine))
        removeEmptyQuarantine(m_system, row.quarantine);
}

Result<ScratchDirectory> ScratchStore::release(const std::string& id, InUse inUse)
{
    auto row = record(id);
    if (!row)
        return fail(std::move(row.error()));
    if (const auto before = withState(*row); before.state == ScratchState::Elsewhere)
        return fail(ErrorKind::IsElsewhere, row->path, 0, toString(before.reason));
    if (row->phase != Phase::Active && row->phase != Phase::Released)
        return fail(ErrorKind::NotActive, row->path, 0, toString(withState(*row).reason));
    if (const auto grace = gracePeriod(); !grace) // before anything is moved
        return fail(grace.error());
    const Located found = locate(m_system, *row, ClosedOnes::OpenUp);
    if (found.agreement != Agreement::Agrees)
        return fail(ErrorKind::IsNotHere, row->path, 0, toString(found.reason));
    if (auto healed = heal(*row, found); !healed)
        return fail(std::move(healed.error()));
    if (row->phase == Phase::Released)
        return fail(ErrorKind::IsReleased, row->path, 0);
    if (const auto why = whyProtected(m_system, found.folder, found.parent.get(), m_file, m_working); !why.empty())
        return fail(ErrorKind::Protected, row->path, 0, toString(why));
    if (const auto others = whatLiesIn(*row, found); !others || !others->empty())
        return others ? fail(ErrorKind::HoldsOthers, row->path, 0, toString(*others)) : fail(others.error());
    const DirectoryLock lock = takeLock(m_system, found.folder.fd.get(), found.fileSystem);
    const auto users = usersOf(m_system, found.folder.fd.get(), found.at);
    if (inUse == InUse::Keep && (lock == DirectoryLock::Held || !users.empty()))
        return fail(ErrorKind::InUse, row->path, 0, toString(whyInUse(users, lock)));

    // The intention first: were we stopped after the move, the directory could be found.
    const auto registry = opened();
    if (!registry)
        return fail(registry.error());
    const auto quarantine = (*registry)->intendRelease(id, newQuarantineFor(m_system, row->path));
    if (!quarantine)
        return fail(quarantine.error());
    if (!*quarantine)
        return fail(ErrorKind::NotActive, row->path, 0, "it was changed meanwhile");
    if (auto moved = moveToQuarantine(m_system, found, **quarantine); !moved) {
        row->quarantine = **quarantine;
        if (lock == DirectoryLock::Free)
            releaseLock(m_system, found.folder.fd.get()); // it is asked anew
        dropIntention(*row);
        return fail(std::move(moved.error()));
    }
    return noteReleased(**registry, id, **quarantine, changeTime(m_system, found.folder.fd.get()));
}

Result<ScratchDirectory> ScratchStore::noteReleased(Registry& registry, const std::string& id, const Path& quarantine,
                                                    Nanoseconds ownChange)
{
    constexpr int kAttempts = 8;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const auto now = moment(Counting::Note);
        const auto term = now ? releaseTerm(*now) : Result<ReleaseTerm>(fail(now.error()));
        const auto noted =
            term ? registry.setReleased(id, quarantine, *term, ownChange) : Result<bool>(fail(term.error()));
        if (!noted)
            return fail(noted.error());
        auto row = record(id);
        if (!row)
            return fail(std::move(row.error()));
        if (*noted || (row->phase == Phase::Released && row->quarantine == quarantine))
            return withState(std::move(*row));
        // Others noted something else meanwhile. If it lies there still, nobody but us knows where.
        const Path other = std::exchange(row->quarantine, quarantine);
        const Located found = locate(m_system, *row);
        if (row->phase != Phase::Active || found.agreement != Agreement::Agrees || !found.inQuarantine)
            break;
        if (const auto changed = registry.changeQuarantine(id, other, quarantine); !changed)
            return fail(changed.error());
    }
    return fail(ErrorKind::NotActive, quarantine, 0, "it was changed meanwhile");
}

Result<Altered> ScratchStore::restore(const std::string& id, const std::optional<Lifetime>& lifetime)
{
    auto row = record(id);
    if (!row)
        return fail(std::move(row.error()));
    if (const auto before = withState(*row); before.state == ScratchState::Elsewhere)
        return fail(ErrorKind::IsElsewhere, row->path, 0, toString(before.reason));
    if (row->quarantine.empty() || row->phase == Phase::Creating)
        return fail(ErrorKind::NotReleased, row->path, 0);
    if (const auto grace = gracePeriod(); !grace)
        return fail(grace.error());
    const Located found = locate(m_system, *row, ClosedOnes::OpenUp);
    if (found.agreement != Agreement::Agrees)
        return fail(ErrorKind::IsNotHere, row->path, 0, toString(found.reason));
    const auto healed = heal(*row, found);
    if (!healed)
        return fail(healed.error());
    if (!isReleased(*row)) {
        dropIntention(*row); // it had been moved back, or never been moved
        return readAgain(id).map([](ScratchDirectory&& seen) { return Altered{std::move(seen), {}}; });
    }
    if (row->phase == Phase::Cleaning &&
        isBeingRemoved(*row, takeLock(m_system, found.folder.fd.get(), found.fileSystem)))
        return fail(ErrorKind::BeingRemoved, row->path, 0);
    const auto now = moment(Counting::Note);
    const auto term = now ? restoredTerm(*row, lifetime, *now) : Result<Term>(fail(now.error()));
    if (!term)
        return fail(term.error());
    // The marker first, where it lies: were we stopped in between, it is not over wherever it is found.
    Altered altered;
    row->adopted = row->adopted || lifetime.has_value(); // as extend() does
    if (term->changes != row->changes) {
        row->changes = std::max(term->changes, found.marker.changes + 1);
        row->expires = term->expires;
        row->lifetime = term->lifetime;
        altered.notWritten = writeKept(*row, found);
    }
    if (auto moved = moveBack(m_system, found, row->path); !moved)
        return fail(std::move(moved.error()));
    Term granted = *term;
    granted.changes = row->changes;
    const auto registry = opened();
    if (!registry)
        return fail(registry.error());
    const Adopt adopt = lifetime ? Adopt::Do : Adopt::Leave;
    const auto noted =
        (*registry)->setRestored(id, row->quarantine, granted, adopt, changeTime(m_system, found.folder.fd.get()));
    if (!noted)
        return fail(noted.error());
    auto restored = readAgain(id);
    if (!restored)
        return fail(std::move(restored.error()));
    if (!*noted && restored->record.phase != Phase::Active)
        return fail(ErrorKind::NotReleased, row->path, 0, "it was changed meanwhile");
    altered.directory = std::move(*restored);
    return altered;
}

} // namespace scratchproof
