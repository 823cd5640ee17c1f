// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/probe/probe_journal.h"
#include "core/scratch/finder.h"
#include "core/scratch/scratch_store.h"
#include "core/scratch/sweeper.h"
#include "core/system/forwarding.h"
#include "tests/scratch/fixture.h"

#include <memory>
#include <stdexcept>

namespace scratchproof::test {

constexpr Nanoseconds kDay = 24 * 3600 * kNanosecondsPerSecond;

/// The real clock, set on by so much.
class LaterClock : public ClockSource
{
public:
    Nanoseconds monotonic() override { return linuxSystem().clock.monotonic(); }
    Nanoseconds wall() override { return linuxSystem().clock.wall() + later; }
    Nanoseconds sinceBoot() override { return linuxSystem().clock.sinceBoot() + later; }
    bool isSynchronized() override { return true; }
    Nanoseconds later = 0;
};

/// A store on a file system of its own, with a clock that can be set.
class StoreFixture
{
public:
    OwnFolder folder;
    Path work = folder / "work";
    Path registry = folder / "state/scratch.db";
    LaterClock clock;
    System system{linuxSystem().files, linuxSystem().attributes, linuxSystem().processes, clock};

    StoreFixture() { std::filesystem::create_directory(work); }

    [[nodiscard]] ScratchStore store() { return {system, registry}; }
    [[nodiscard]] ScratchRecord make(const std::string& name, Lifetime lifetime)
    {
        ProbeJournal journal = ProbeJournal::disabled(system);
        auto made = store().create({name, work, lifetime, "a note"}, journal, {});
        if (!made)
            throw std::runtime_error(toString(made.error()));
        return made->directory.record;
    }
    /// The row; it must be there.
    [[nodiscard]] ScratchDirectory row(const std::string& id)
    {
        auto all = store().list().value();
        for (auto& one : all) {
            if (one.record.id == id)
                return std::move(one);
        }
        throw std::runtime_error("no row " + id);
    }
    [[nodiscard]] Result<FindResult> find(const Path& where, std::stop_token stop = {})
    {
        ScratchStore used = store();
        return Finder(used).find(where, std::move(stop), {});
    }
    [[nodiscard]] Result<SweepPlan> plan(SweepMode mode)
    {
        ScratchStore used = store();
        return Sweeper(used).plan(mode);
    }
    [[nodiscard]] Result<Purge> purge(const std::string& id, SweepMode mode)
    {
        ScratchStore used = store();
        return Sweeper(used).purge(id, mode, {}, {});
    }
    [[nodiscard]] std::size_t rows() { return store().list().value().size(); }
};

} // namespace scratchproof::test
