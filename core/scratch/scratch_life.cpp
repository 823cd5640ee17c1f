// SPDX-License-Identifier: GPL-3.0-or-later

// What happens to a scratch directory between its creation and its removal.

#include "core/scratch/quarantine.h"
#include "core/scratch/scratch_store.h"

#include <utility>

namespace scratchproof {

namespace {

constexpr Nanoseconds kGrace = 3 * 24 * 3600 * kNanosecondsPerSecond;

} // namespace

Nanoseconds gracePeriod()
{
    const auto text = environmentVariable("SCRATCHPROOF_GRACE");
    const auto set = text ? parseLifetime(*text) : Result<Lifetime>(Lifetime());
    return set && *set ? **set : kGrace;
}

Result<ScratchDirectory> ScratchStore::readAgain(const std::string& id)
{
    auto row = record(id);
    if (!row)
        return fail(std::move(row.error()));
    return withState(std::move(*row));
}

Result<ScratchDirectory> ScratchStore::change(const std::string& id, const std::function<Result<bool>(Registry&)>& how)
{
    const auto row = record(id);
    if (!row)
        return fail(row.error());
    if (const auto before = withState(*row); before.state == ScratchState::Elsewhere)
        return fail("is-elsewhere", row->path, 0, before.reason);
    if (row->phase == Phase::Released)
        return fail("is-released", row->path, 0);
    auto registry = Registry::open(m_registry);
    if (!registry)
        return fail(std::move(registry.error()));
    const auto changed = how(*registry);
    if (!changed)
        return fail(changed.error());
    if (!*changed)
        return fail("not-active", row->path, 0, withState(*row).reason);
    return readAgain(id);
}

Result<ScratchDirectory> ScratchStore::extend(const std::string& id, Lifetime lifetime)
{
    const auto expires = lifetime ? std::optional(m_system.clock.wall() + *lifetime) : std::nullopt;
    return change(id, [&](Registry& registry) { return registry.extend(id, lifetime, expires); });
}

Result<ScratchDirectory> ScratchStore::setPinned(const std::string& id, bool pinned)
{
    return change(id, [&](Registry& registry) { return registry.setPinned(id, pinned); });
}

Result<void> ScratchStore::heal(ScratchRecord& row, const Located& located)
{
    if (located.agreement != Agreement::Agrees)
        return {};
    const bool wasMoved = located.inQuarantine && row.phase == Phase::Active;
    const bool cameBack = !located.inQuarantine && row.phase == Phase::Released;
    if (!wasMoved && !cameBack)
        return {};
    auto registry = Registry::open(m_registry);
    if (!registry)
        return fail(std::move(registry.error()));
    const Nanoseconds now = m_system.clock.wall();
    const auto changed = wasMoved ? registry->setReleased(row.id, located.at, now, now + gracePeriod())
                                  : registry->setRestored(row.id, row.quarantine, row.expires);
    if (!changed)
        return fail(changed.error());
    if (cameBack)
        removeEmptyQuarantine(m_system, row.quarantine);
    auto again = record(row.id);
    if (!again)
        return fail(std::move(again.error()));
    row = std::move(*again);
    return {};
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
    if (auto registry = Registry::open(m_registry); registry && registry->forgetQuarantine(row.id, row.quarantine))
        removeEmptyQuarantine(m_system, row.quarantine);
}

Result<ScratchDirectory> ScratchStore::release(const std::string& id, InUse inUse)
{
    auto row = record(id);
    if (!row)
        return fail(std::move(row.error()));
    if (const auto before = withState(*row); before.state == ScratchState::Elsewhere)
        return fail("is-elsewhere", row->path, 0, before.reason);
    if (row->phase != Phase::Active && row->phase != Phase::Released)
        return fail("not-active", row->path, 0, withState(*row).reason);
    const Located found = locate(m_system, *row);
    if (found.agreement != Agreement::Agrees)
        return fail("is-not-here", row->path, 0, found.reason);
    if (auto healed = heal(*row, found); !healed)
        return fail(std::move(healed.error()));
    if (row->phase == Phase::Released)
        return fail("is-released", row->path, 0);
    if (const auto why = whyProtected(m_system, found.folder, found.parent.get(), m_registry); !why.empty())
        return fail("protected", row->path, 0, why);
    const DirectoryLock lock = takeLock(m_system, found.folder.fd.get(), found.fileSystem);
    const auto users = usersOf(m_system, found.folder.fd.get(), found.at);
    if (inUse == InUse::Keep && (lock == DirectoryLock::Held || !users.empty()))
        return fail("in-use", row->path, 0, useInWords(users, lock));

    // The intention first: were we stopped after the move, the directory could be found.
    auto registry = Registry::open(m_registry);
    if (!registry)
        return fail(std::move(registry.error()));
    const auto quarantine = registry->intendRelease(id, newQuarantineFor(m_system, row->path));
    if (!quarantine)
        return fail(quarantine.error());
    if (!*quarantine)
        return fail("not-active", row->path, 0, "it was changed meanwhile");
    if (auto moved = moveToQuarantine(m_system, found, **quarantine); !moved) {
        row->quarantine = **quarantine;
        if (lock == DirectoryLock::Free)
            releaseLock(m_system, found.folder.fd.get()); // it is asked anew
        dropIntention(*row);
        return fail(std::move(moved.error()));
    }
    return noteReleased(*registry, id, **quarantine);
}

Result<ScratchDirectory> ScratchStore::noteReleased(Registry& registry, const std::string& id, const Path& quarantine)
{
    constexpr int kAttempts = 8;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const Nanoseconds now = m_system.clock.wall();
        const auto noted = registry.setReleased(id, quarantine, now, now + gracePeriod());
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
    return fail("not-active", quarantine, 0, "it was changed meanwhile");
}

Result<ScratchDirectory> ScratchStore::restore(const std::string& id, const std::optional<Lifetime>& lifetime)
{
    auto row = record(id);
    if (!row)
        return fail(std::move(row.error()));
    if (const auto before = withState(*row); before.state == ScratchState::Elsewhere)
        return fail("is-elsewhere", row->path, 0, before.reason);
    if (row->quarantine.empty() || (row->phase != Phase::Active && row->phase != Phase::Released))
        return fail("not-released", row->path, 0);
    const Located found = locate(m_system, *row);
    if (found.agreement != Agreement::Agrees)
        return fail("is-not-here", row->path, 0, found.reason);
    if (auto healed = heal(*row, found); !healed)
        return fail(std::move(healed.error()));
    if (row->phase != Phase::Released) {
        dropIntention(*row); // it had been moved back, or never been moved
        return readAgain(id);
    }
    if (auto moved = moveBack(m_system, found, row->path); !moved)
        return fail(std::move(moved.error()));
    const Nanoseconds now = m_system.clock.wall();
    auto expires = row->expires;
    const Lifetime anew = lifetime.value_or(row->lifetime);
    if (lifetime || (expires && *expires <= now))
        expires = anew ? std::optional(now + *anew) : std::nullopt;
    auto registry = Registry::open(m_registry);
    if (!registry)
        return fail(std::move(registry.error()));
    const auto noted = registry->setRestored(id, row->quarantine, expires);
    if (!noted)
        return fail(noted.error());
    auto restored = readAgain(id);
    if (!*noted && restored && restored->record.phase != Phase::Active)
        return fail("not-released", row->path, 0, "it was changed meanwhile");
    return restored;
}

} // namespace scratchproof
