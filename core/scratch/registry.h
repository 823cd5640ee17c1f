// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/quantity.h"
#include "core/scratch/identity.h"
#include "core/store/database.h"

#include <cstdint>
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

/// What the last look at the disk counted.
struct Measure
{
    std::uint64_t bytes = 0;       // on disk; a file with several hard links counts once
    std::uint64_t files = 0;       // everything that is no directory, without the marker
    std::uint64_t directories = 0; // below the scratch directory
    Nanoseconds newest =
        0; // the newest modification of anything but a directory, wall clock of the file system; 0: none
    friend bool operator==(const Measure&, const Measure&) = default;
};

/// A row of the registry. Times are wall clock nanoseconds (UTC), so that a changed time zone changes nothing.
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
    Phase phase = Phase::Active;
    std::optional<Nanoseconds> restorableUntil;
    Path quarantine; // where it is while released
    bool pinned = false;
    bool adopted = true; // an imported one has no lifetime until the user adopts it
    FileSystemIdentity fileSystem;
    std::uint64_t inode = 0; // 0: not known
    std::optional<Measure> measure;
    Nanoseconds measured = 0; // when; 0: never
};

/// The list of scratch directories, in an SQLite file that the window, the console program and the timer share. Every
/// method is one short transaction of its own, so that none is ever held while a scratch directory is touched.
/// Errors are those of core/store/database.h. One thread at a time.
class Registry
{
public:
    /// Makes the file where it is missing, and brings an older one up to date.
    [[nodiscard]] static Result<Registry> open(const Path& file);
    /// For reading: nothing where there is no registry yet, and nothing is made.
    [[nodiscard]] static Result<std::optional<Registry>> openExisting(const Path& file);

    [[nodiscard]] Result<std::vector<ScratchRecord>> all();
    [[nodiscard]] Result<std::optional<ScratchRecord>> find(std::string_view id);

    /// An id or a path that is there already is an Error ("store-failed").
    [[nodiscard]] Result<void> insert(const ScratchRecord& record);
    /// Creating becomes Active, with what is known once the directory exists. An Error if the row is gone.
    [[nodiscard]] Result<void> activate(std::string_view id, const FileSystemIdentity& fileSystem, std::uint64_t inode);
    [[nodiscard]] Result<void> setPhase(std::string_view id, Phase phase);
    [[nodiscard]] Result<void> setMeasure(std::string_view id, const Measure& measure, Nanoseconds when);
    /// True if there was such a row.
    [[nodiscard]] Result<bool> remove(std::string_view id);

private:
    explicit Registry(Database database) : m_database(std::move(database)) {}
    Database m_database;
};

/// stateFolder() + "/scratch.db", or an Error "store-unreachable" where no home is known, or the one that is known is
/// not there: a home is not ours to make. Looks at the home; may block as long as that does.
[[nodiscard]] Result<Path> registryFile(System& system);

} // namespace scratchproof
