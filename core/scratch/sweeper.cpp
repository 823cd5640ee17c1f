// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/sweeper.h"

#include "core/base/enum_names.h"
#include "core/scratch/locate.h"
#include "core/scratch/quarantine.h"

#include <fmt/format.h>

#include <algorithm>

namespace scratchproof {

namespace {

constexpr Nanoseconds kDay = 24 * 3600 * kNanosecondsPerSecond;
constexpr const char* kLastRun = "last_run";
constexpr const char* kDoubted = "doubted"; // times up to here, in the future, were told of already

constexpr EnumNames<PurgeOutcome::Gone> kOutcomeNames({"purged", "kept", "put-off", "gone"});

/// Its creation was interrupted so long ago that nobody is at it any more.
bool isForsaken(const ScratchRecord& row, Nanoseconds now)
{
    return row.phase == Phase::Creating && row.created <= now - kDay;
}

/// But for copies: whether those are there still is looked at before anything is removed.
bool isDue(ScratchRecord row, const Moment& now)
{
    row.copies.clear();
    if (isForsaken(row, now.wall))
        return true;
    const auto end = purgedAfter(row);
    const auto elapsedEnd = purgedAfterElapsed(row);
    return end && *end <= now.wall && elapsedEnd && *elapsedEnd <= now.elapsed;
}

Nanoseconds newestOnRecord(const std::vector<ScratchRecord>& rows)
{
    Nanoseconds newest = 0;
    for (const ScratchRecord& row : rows)
        newest = std::max({newest, row.created, row.measured, row.released.value_or(0)});
    return newest;
}

/// Empty if the clock can be believed.
Reason whyDoubted(Nanoseconds now, std::optional<Nanoseconds> lastRun, std::optional<Nanoseconds> doubted,
                  Nanoseconds newest)
{
    const bool isNews = newest > doubted.value_or(0);
    if ((lastRun && now < *lastRun) || (isNews && now < newest)) {
        const Nanoseconds onRecord = isNews ? std::max(newest, lastRun.value_or(0)) : *lastRun;
        return {.kind = ReasonKind::ClockSetBack, .time = now, .otherTime = onRecord};
    }
    const Nanoseconds before = lastRun.value_or(newest);
    if (before != 0 && now - before > kLongestPause)
        return {.kind = ReasonKind::ClockSetOn, .time = now, .otherTime = before};
    return {};
}

bool endsSoon(const ScratchDirectory& directory, Nanoseconds now)
{
    const ScratchRecord& row = directory.record;
    if (row.phase != Phase::Active || row.pinned || !row.adopted || !directory.expires || *directory.expires <= now)
        return false;
    const Nanoseconds notice = row.lifetime ? std::min(kDay, *row.lifetime / 10) : kDay;
    return *directory.expires - now <= notice;
}

/// When a sweep removes it by one of the clocks.
std::optional<Nanoseconds> endOf(const ScratchRecord& record, std::optional<Nanoseconds> expires,
                                 std::optional<Nanoseconds> restorableUntil, std::optional<Nanoseconds> putOff)
{
    if (!record.adopted || !record.copies.empty() || record.place.fileSystem.value.empty() ||
        !inodesLast(record.place.fileSystem.type))
        return std::nullopt;
    const bool isReleased = record.phase != Phase::Active && !record.quarantine.empty();
    std::optional<Nanoseconds> end = isReleased ? restorableUntil : std::nullopt;
    if (!isReleased && !record.pinned && expires && record.grace && *record.grace)
        end = *expires + **record.grace;
    return end && putOff ? std::max(*end, *putOff) : end;
}

} // namespace

std::string_view toString(PurgeOutcome outcome)
{
    return kOutcomeNames.nameOf(outcome);
}

std::optional<Nanoseconds> purgedAfter(const ScratchRecord& record)
{
    return endOf(record, record.expires, record.restorableUntil, record.putOff);
}

std::optional<Nanoseconds> purgedAfterElapsed(const ScratchRecord& record)
{
    return endOf(record, record.elapsedEnd, record.elapsedRestorable, record.elapsedPutOff);
}

Result<SweepPlan> Sweeper::plan(SweepMode mode)
{
    SweepPlan plan;
    const auto known = m_store.existing();
    if (!known)
        return fail(known.error());
    if (*known == nullptr)
        return plan;
    Registry& registry = **known;
    const auto now = m_store.moment(mode == SweepMode::Do ? ScratchStore::Counting::Note : ScratchStore::Counting::Ask);
    const auto grace = gracePeriod();
    if (!now || !grace)
        return fail(now ? grace.error() : now.error());
    if (mode == SweepMode::Do) {
        if (auto completed = registry.completeOldRows(now->wall, now->elapsed, *grace); !completed)
            return fail(std::move(completed.error()));
    }
    auto rows = registry.all();
    if (!rows)
        return fail(std::move(rows.error()));
    std::erase_if(*rows, [this](const ScratchRecord& row) { return row.machine != m_store.m_machine; });
    const auto lastRun = registry.number(kLastRun);
    const auto doubted = registry.number(kDoubted);
    if (!lastRun || !doubted)
        return fail(lastRun ? doubted.error() : lastRun.error());
    const Nanoseconds newest = newestOnRecord(*rows);
    // After the rows were read: what another program writes now is no time in the future.
    const Nanoseconds wall = m_store.m_system.clock.wall();
    plan.clock = whyDoubted(wall, *lastRun, *doubted, newest);
    for (const ScratchRecord& row : *rows) {
        if (!plan.clock.empty())
            break;
        auto directory = m_store.withState(row, *now);
        if (isDue(row, *now))
            plan.due.push_back(directory);
        if (!endsSoon(directory, now->wall))
            continue;
        if (mode == SweepMode::Do) {
            const auto first = registry.announce(row.id, *row.expires);
            if (!first)
                return fail(first.error());
            if (!*first)
                continue;
            m_store.note(row, "announced", fmt::format("it ends at {}", toIso8601(*directory.expires)));
        }
        plan.expiring.push_back(std::move(directory));
    }
    // What lies in another one goes first, so that the other one may go with it.
    std::stable_sort(plan.due.begin(), plan.due.end(), [](const ScratchDirectory& a, const ScratchDirectory& b) {
        return levelsOf(a.record.path) > levelsOf(b.record.path);
    });
    if (mode == SweepMode::Try)
        return plan;
    if (!plan.clock.empty()) {
        if (auto noted = registry.setNumber(kDoubted, newest); !noted)
            return fail(std::move(noted.error()));
        if (auto noted = registry.note({wall, {}, {}, "clock", toString(plan.clock)}); !noted)
            return fail(std::move(noted.error()));
    }
    if (auto noted = registry.setNumber(kLastRun, wall); !noted)
        return fail(std::move(noted.error()));
    return plan;
}

namespace {

/// The end of the life that the grace period follows; 0 where there is none.
Nanoseconds lifeEnded(const ScratchRecord& row)
{
    const bool isReleased = row.phase != Phase::Active && !row.quarantine.empty();
    return (isReleased ? row.released : row.expires).value_or(0);
}

/// Empty if nothing stands against it.
Reason whyKept(const Preview& seen)
{
    if (!seen.removable)
        return seen.reason.empty() ? seen.directory.reason : seen.reason;
    if (!seen.users.empty() || seen.lock != DirectoryLock::Free)
        return whyInUse(seen.users, seen.lock);
    return {};
}

Reason reasonOf(const Cleaned& cleaned)
{
    if (cleaned.cancelled)
        return {ReasonKind::Stopped};
    if (cleaned.kept.empty())
        return {ReasonKind::NotRemoved};
    const Kept& first = cleaned.kept.front();
    return {.kind = ReasonKind::PartKept,
            .path = first.path,
            .more = std::max<std::uint64_t>(cleaned.keptCount, 1) - 1,
            .inner = {first.reason}};
}

} // namespace

Result<Purge> Sweeper::purge(const std::string& id, SweepMode mode, std::stop_token stop,
                             const std::function<void(const RemovalProgress&)>& progress)
{
    auto row = m_store.record(id);
    if (!row)
        return fail(std::move(row.error()));
    Purge result;
    result.directory = m_store.withState(*row);
    const auto concluded = [&](PurgeOutcome outcome, Reason reason) {
        result.outcome = outcome;
        result.reason = std::move(reason);
        if (mode == SweepMode::Do)
            m_store.note(*row, toString(outcome), toString(result.reason));
        return std::move(result);
    };
    const auto now = m_store.moment(ScratchStore::Counting::Note);
    if (!now)
        return fail(now.error());
    if (result.directory.state == ScratchState::Elsewhere || !isDue(*row, *now)) {
        result.reason =
            result.directory.state == ScratchState::Elsewhere ? result.directory.reason : Reason{ReasonKind::NotOver};
        return result;
    }
    const auto measuring = [&](const Measure& measure) {
        if (progress)
            progress({measure.files + measure.directories, measure.bytes});
    };
    auto seen = m_store.preview(id, stop, measuring);
    if (!seen)
        return fail(std::move(seen.error()));
    row = m_store.record(id); // the look may have healed it
    if (!row)
        return fail(std::move(row.error()));
    // Whoever began to restore it, or moved it back, or extended it elsewhere, wants to keep it.
    if (seen->wasHealed)
        return concluded(PurgeOutcome::Kept, {ReasonKind::GivenTime});
    if (seen->isGone) {
        if (mode == SweepMode::Do) {
            const auto registry = m_store.opened();
            const auto dropped = registry ? (*registry)->remove(id) : Result<bool>(fail(registry.error()));
            if (!dropped)
                return fail(dropped.error());
            if (!row->quarantine.empty())
                removeEmptyQuarantine(m_store.m_system, row->quarantine);
        }
        return concluded(PurgeOutcome::Gone, {ReasonKind::AlreadyGone});
    }
    if (auto why = whyKept(*seen); !why.empty())
        return concluded(PurgeOutcome::Kept, std::move(why));
    const Nanoseconds ended = lifeEnded(*row);
    const bool isHollow = row->phase == Phase::Creating;
    // Its maker put nothing in it, so that somebody else did.
    const Measure& inside = seen->content.measure;
    if (isHollow && (inside.files > 0 || inside.directories > (row->content.empty() ? 0U : 1U)))
        return concluded(PurgeOutcome::Kept, {ReasonKind::FilledUnfinished});
    if (!isHollow && !row->putOff && std::max(seen->content.changed, seen->topChanged) > ended) {
        const auto registry = m_store.opened();
        const auto grace = row->grace.value_or(Lifetime()).value_or(kDay);
        const Nanoseconds until = now->wall + grace;
        const auto done = mode == SweepMode::Try ? Result<bool>(true)
                          : registry             ? (*registry)->putOff(id, until, now->elapsed + grace)
                                                 : Result<bool>(fail(registry.error()));
        if (!done)
            return fail(done.error());
        return concluded(PurgeOutcome::PutOff, {.kind = ReasonKind::ChangedAfterEnd, .time = until});
    }
    result.done = {inside.files + inside.directories + 1, inside.bytes};
    if (mode == SweepMode::Try)
        return concluded(PurgeOutcome::Purged, {});

    const Phase before = row->phase;
    const std::string cleaner = cleanerOf(m_store.m_system);
    const auto registry = m_store.opened();
    // A hollow one is rmdir'ed, whatever else happens.
    const auto claimed = !registry  ? Result<bool>(fail(registry.error()))
                         : isHollow ? (*registry)->beginCleaning(*row, cleaner)
                                    : (*registry)->claimForPurge(*row, now->wall, now->elapsed, cleaner);
    if (!claimed)
        return fail(claimed.error());
    if (!*claimed)
        return concluded(PurgeOutcome::Kept, {ReasonKind::GivenTimeOrTaken});
    if (!isHollow)
        row->phase = Phase::Cleaning;
    const auto cleaned = m_store.removeNoted(*row, before, cleaner, seen->confirmation, std::move(stop), progress,
                                             ScratchStore::InUse::Keep);
    if (!cleaned)
        return fail(cleaned.error());
    result.done = cleaned->done;
    result.failed = !cleaned->removed && !cleaned->isInUse && !cleaned->cancelled;
    return cleaned->removed
               ? concluded(PurgeOutcome::Purged,
                           {.kind = ReasonKind::Purged, .number = result.done.entries, .bytes = result.done.bytes})
               : concluded(PurgeOutcome::Kept, reasonOf(*cleaned));
}

} // namespace scratchproof
