// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

/// What a folder may be able to do beyond holding files (level full). The names (toString) are part of the JSON.
enum class Ability : std::uint8_t {
    SymbolicLinks,
    HardLinks,
    ExecutableFiles, // a file with the x bit is allowed to run: no noexec, and the bit stays
    PermissionBits,  // chmod changes what fstat shows
    ExtendedAttributes,
    AccessLists,
    WholeFileLocks, // flock(2)
    ByteRangeLocks, // fcntl(2) F_OFD_SETLK
    SparseFiles,
    LargeFiles,    // over 4 GiB; learnt without writing them
    Preallocation, // fallocate(2)
    UnnamedFiles,  // O_TMPFILE
    MemoryMapping, // shared, writable mmap(2), and seen by read(2)
    CaseSensitivity,
    LongNames,             // `number`: the longest name in bytes that works; missing: fewer than 255
    SpecialCharacters,     // `refused`: those of \ : * ? " < > | and newline that are refused
    TrailingDotsAndSpaces, // `refused`: the endings that are refused or come back as another name
    ReservedNames,         // CON, NUL, ...; `refused`: those that are
    UndecodableNames,      // bytes that are not UTF-8
    TimeStamps,            // `number`: resolution in nanoseconds; missing: 1 s or coarser
    ChangeNotification,    // inotify(7) tells of a change that was made here
    Trash, // .Trash-UID can be made in the top folder of the mount, or is there; never tried, only looked at
};

enum class AbilityStatus : std::uint8_t { Present, Missing, NotTried };

/// Every ability, in this order.
[[nodiscard]] std::span<const Ability> allAbilities();

/// "symbolic-links", "hard-links", ...; "present", "missing", "not-tried".
[[nodiscard]] std::string_view toString(Ability ability);
[[nodiscard]] std::string_view toString(AbilityStatus status);
[[nodiscard]] std::optional<Ability> abilityFromString(std::string_view text);
[[nodiscard]] std::optional<AbilityStatus> abilityStatusFromString(std::string_view text);

/// What came of trying one. Missing: the file system said or showed that it cannot. NotTried: nothing is known, with
/// the call and errno that came between (a full disk, a limit of this process), or without where it was not asked at
/// all.
struct AbilityResult
{
    Ability ability = Ability::SymbolicLinks;
    AbilityStatus status = AbilityStatus::NotTried;
    std::string call;                    // that refused; "compare" where the result was another than asked for
    int errorCode = 0;                   // its errno; 0 with call "compare"
    std::optional<std::uint64_t> number; // see Ability
    std::vector<std::string> refused;    // see Ability
};

} // namespace scratchproof
