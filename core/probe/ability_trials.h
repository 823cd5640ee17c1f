// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/probe/abilities.h"
#include "core/probe/ability_place.h"

#include <functional>
#include <stop_token>
#include <utility>
#include <vector>

/// How each ability is tried. For core/probe alone.
namespace scratchproof {

/// Tries abilities in one place, each leaving nothing behind. The order counts once: large files are tried after sparse
/// ones, since where files are not sparse a large one would really be written.
class AbilityTrials
{
public:
    /// `alive` is told before each ability, and within one before each name that is tried.
    AbilityTrials(System& system, AbilityPlace& place, std::function<void(Ability)> alive)
        : m_system(system), m_files(system.files), m_attributes(system.attributes), m_place(place),
          m_alive(std::move(alive))
    {}

    [[nodiscard]] AbilityResult tryOut(Ability ability);

private:
    [[nodiscard]] AbilityResult carryOut(Ability ability);

    // ability_trials.cpp
    [[nodiscard]] AbilityResult symbolicLinks();
    [[nodiscard]] AbilityResult hardLinks();
    [[nodiscard]] AbilityResult unnamedFiles();
    [[nodiscard]] AbilityResult changeNotification();
    [[nodiscard]] AbilityResult trash();
    [[nodiscard]] Result<UniqueFd> topOfMount();

    // ability_trials_files.cpp
    [[nodiscard]] AbilityResult executableFiles();
    [[nodiscard]] AbilityResult permissionBits();
    [[nodiscard]] AbilityResult extendedAttributes();
    [[nodiscard]] AbilityResult accessLists();
    [[nodiscard]] AbilityResult wholeFileLocks();
    [[nodiscard]] AbilityResult byteRangeLocks();
    [[nodiscard]] AbilityResult locks(Result<bool> (Files::*tryLock)(int fd, LockMode mode));
    [[nodiscard]] AbilityResult sparseFiles();
    [[nodiscard]] AbilityResult largeFiles();
    [[nodiscard]] AbilityResult preallocation();
    [[nodiscard]] AbilityResult memoryMapping();
    [[nodiscard]] AbilityResult timeStamps();

    // ability_trials_names.cpp
    enum class NameFate { Kept, Refused, Unknown }; // Unknown: something else came between
    [[nodiscard]] NameFate fateOf(const std::string& name, AbilityResult& why);
    [[nodiscard]] AbilityResult refusedOf(const std::vector<std::pair<std::string, std::string>>& names);
    [[nodiscard]] AbilityResult caseSensitivity();
    [[nodiscard]] AbilityResult longNames();
    [[nodiscard]] AbilityResult specialCharacters();
    [[nodiscard]] AbilityResult trailingDotsAndSpaces();
    [[nodiscard]] AbilityResult reservedNames();
    [[nodiscard]] AbilityResult undecodableNames();

    System& m_system;
    Files& m_files;
    FileAttributes& m_attributes;
    AbilityPlace& m_place;
    std::function<void(Ability)> m_alive;
    Ability m_current = Ability::SymbolicLinks;
    bool m_filesAreSparse = false;
};

/// Results without their ability, which tryOut() fills in.
[[nodiscard]] AbilityResult abilityPresent();
/// By what came back, where no call failed.
[[nodiscard]] AbilityResult abilityDiffers();
/// Missing where the errno is one by which file systems say that they cannot; NotTried for all others.
[[nodiscard]] AbilityResult abilityRefused(const Error& error);
[[nodiscard]] AbilityResult abilityUnknown(const Error& error);

struct TriedAbilities
{
    std::vector<AbilityResult> results; // of all abilities
    bool made = false;                  // the directory was seen to be made ...
    bool removed = false;               // ... and removed again
    bool nameWasTaken = false;          // by somebody else, who keeps it: nothing was done
};

/// Makes the directory `name` (0700) in `folder`, tries every ability in it, and removes it again as far as that is
/// allowed: the caller looks whether the name is gone, whatever is answered. `file`: as it was made in that folder
/// before, if it is known; a directory that cannot be ours by that, or holds a name that is to be tried, is not used.
/// `alive` is told before each. Every ability has its result, NotTried where `stop` came before it.
[[nodiscard]] TriedAbilities tryAbilities(System& system, int folder, const char* name, std::string_view makerText,
                                          const std::optional<FileStatus>& file, const std::stop_token& stop,
                                          std::function<void(Ability)> alive);

} // namespace scratchproof
