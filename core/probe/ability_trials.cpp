// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/ability_trials.h"

#include "core/probe/own_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr Nanoseconds kLongestWait = 500 * kNanosecondsPerMillisecond;
constexpr Nanoseconds kBreath = 20 * kNanosecondsPerMillisecond;
constexpr int kMostBreaths = 10;
constexpr int kMostParents = 256;

bool meansMissing(int code)
{
    switch (code) {
    case EPERM:
    case EACCES:
    case EINVAL:
    case ENOSYS:
    case EOPNOTSUPP:
    case ENOTTY:
    case ENOLCK:
    case ELOOP:
    case EMLINK:
    case EXDEV:
    case EISDIR:
        return true;
    default:
        return false;
    }
}

} // namespace

AbilityResult abilityPresent()
{
    AbilityResult result;
    result.status = AbilityStatus::Present;
    return result;
}

AbilityResult abilityDiffers()
{
    AbilityResult result;
    result.status = AbilityStatus::Missing;
    result.call = "compare";
    return result;
}

AbilityResult abilityUnknown(const Error& error)
{
    AbilityResult result;
    result.call = error.operation;
    result.errorCode = error.code;
    return result;
}

AbilityResult abilityRefused(const Error& error)
{
    AbilityResult result = abilityUnknown(error);
    if (meansMissing(error.code))
        result.status = AbilityStatus::Missing;
    return result;
}

AbilityResult AbilityTrials::tryOut(Ability ability)
{
    m_current = ability;
    m_alive(ability);
    AbilityResult result = carryOut(ability);
    result.ability = ability;
    if (ability == Ability::SparseFiles)
        m_filesAreSparse = result.status == AbilityStatus::Present;
    return result;
}

AbilityResult AbilityTrials::carryOut(Ability ability)
{
    using Trial = AbilityResult (AbilityTrials::*)();
    static constexpr std::array<Trial, 22> kTrials{
        &AbilityTrials::symbolicLinks,
        &AbilityTrials::hardLinks,
        &AbilityTrials::executableFiles,
        &AbilityTrials::permissionBits,
        &AbilityTrials::extendedAttributes,
        &AbilityTrials::accessLists,
        &AbilityTrials::wholeFileLocks,
        &AbilityTrials::byteRangeLocks,
        &AbilityTrials::sparseFiles,
        &AbilityTrials::largeFiles,
        &AbilityTrials::preallocation,
        &AbilityTrials::unnamedFiles,
        &AbilityTrials::memoryMapping,
        &AbilityTrials::caseSensitivity,
        &AbilityTrials::longNames,
        &AbilityTrials::specialCharacters,
        &AbilityTrials::trailingDotsAndSpaces,
        &AbilityTrials::reservedNames,
        &AbilityTrials::undecodableNames,
        &AbilityTrials::timeStamps,
        &AbilityTrials::changeNotification,
        &AbilityTrials::trash,
    };
    return (this->*kTrials.at(static_cast<std::size_t>(ability)))();
}

AbilityResult AbilityTrials::symbolicLinks()
{
    const TrialName link(m_place);
    // To the directory itself: a second name would need an inode more than there may be.
    if (const auto made = m_files.makeSymbolicLink(".", m_place.fd(), link.c()); !made)
        return abilityRefused(made.error());
    const auto target = m_files.readLink(m_place.fd(), link.c());
    if (!target)
        return abilityRefused(target.error());
    if (*target != ".")
        return abilityDiffers();
    // A mount may keep links and not follow them (nosymfollow).
    const auto followed = m_attributes.statusFollowing(m_place.fd(), link.c());
    if (!followed)
        return abilityRefused(followed.error());
    return followed->isDirectory() ? abilityPresent() : abilityDiffers();
}

AbilityResult AbilityTrials::hardLinks()
{
    const TrialName other(m_place);
    const TrialFile file(m_system, m_place);
    if (!file.opened())
        return abilityUnknown(file.opened().error());
    // What is written through one name is read through the other; inode numbers are made up on some file systems.
    const std::string text = file.name();
    const std::string_view written(text);
    if (const auto done = writeAll(m_files, file.fd(), std::as_bytes(std::span(written))); !done)
        return abilityUnknown(done.error());
    if (const auto linked = m_files.makeHardLink(m_place.fd(), file.name(), m_place.fd(), other.c()); !linked)
        return abilityRefused(linked.error());
    const auto second = m_files.open(m_place.fd(), other.c(), O_RDONLY | kOpenOwnFile);
    if (!second)
        return second.error().code == ENOENT ? abilityDiffers() : abilityRefused(second.error());
    std::string found(text.size(), '\0');
    const auto count = m_files.readAt(second->get(), std::as_writable_bytes(std::span(found)), 0);
    if (!count)
        return abilityUnknown(count.error());
    return *count == text.size() && found == text ? abilityPresent() : abilityDiffers();
}

AbilityResult AbilityTrials::unnamedFiles()
{
    const auto file = m_files.open(m_place.fd(), ".", O_TMPFILE | O_RDWR, 0600);
    if (!file)
        return abilityRefused(file.error());
    const auto status = m_attributes.status(file->get());
    if (!status)
        return abilityUnknown(status.error());
    return status->isRegular() && status->links == 0 ? abilityPresent() : abilityDiffers();
}

AbilityResult AbilityTrials::changeNotification()
{
    const auto watch = m_files.watchCreations(m_place.fd());
    if (!watch) // EMFILE and ENOSPC are this user's own limits
        return abilityRefused(watch.error());
    const TrialFile file(m_system, m_place);
    if (!file.opened())
        return abilityUnknown(file.opened().error());
    const Nanoseconds end = m_system.clock.monotonic() + kLongestWait;
    for (;;) {
        const auto seen = m_files.sawCreation(watch->get(), file.name());
        if (!seen)
            return abilityUnknown(seen.error());
        if (*seen)
            return abilityPresent();
        const Nanoseconds left = end - m_system.clock.monotonic();
        if (left <= 0)
            return abilityDiffers();
        WatchedFd watched{watch->get(), true, false, false, false};
        if (const auto ready = m_system.processes.waitFor({&watched, 1}, left); !ready)
            return abilityUnknown(ready.error());
    }
}

/// Upwards by "..", so that no name on the way is trusted.
Result<UniqueFd> AbilityTrials::topOfMount()
{
    auto at = m_files.open(m_place.fd(), ".", O_PATH | O_DIRECTORY);
    for (int parents = 0; at; ++parents) {
        const auto status = m_attributes.status(at->get());
        if (!status)
            return fail(status.error());
        if (!status->isMountRoot())
            return fail("statx", {}, EOPNOTSUPP, "the kernel does not tell where a mount begins");
        if (*status->isMountRoot())
            break;
        if (parents == kMostParents)
            return fail("openat", {}, ELOOP);
        at = m_files.open(at->get(), "..", O_PATH | O_DIRECTORY);
    }
    return at;
}

/// As the FreeDesktop trash specification has it: what is on the home folder's file system goes to the trash there;
/// elsewhere to .Trash/UID or .Trash-UID at the top of the mount. Only looked at, never made.
AbilityResult AbilityTrials::trash()
{
    const auto here = m_attributes.status(m_place.fd());
    if (!here)
        return abilityUnknown(here.error());
    if (const auto home = environmentVariable("HOME")) {
        const auto status = m_attributes.statusFollowing(kWorkingDirectory, home->c_str());
        if (status && status->device == here->device)
            return abilityPresent();
    }
    const auto top = topOfMount();
    if (!top)
        return abilityUnknown(top.error());
    const auto user = m_system.processes.userId();
    const auto shared = m_attributes.statusAt(top->get(), ".Trash");
    if (shared && shared->isDirectory() && shared->isSticky() &&
        m_attributes.access(top->get(), ".Trash", AccessMode::WriteAndSearch))
        return abilityPresent();
    const std::string name = fmt::format(".Trash-{}", user);
    const auto own = m_attributes.statusAt(top->get(), name.c_str());
    if (!own && own.error().code != ENOENT)
        return abilityUnknown(own.error());
    if (own && (!own->isDirectory() || own->uid != user))
        return abilityDiffers();
    const auto allowed = m_attributes.access(top->get(), own ? name.c_str() : "", AccessMode::WriteAndSearch);
    return allowed ? abilityPresent() : abilityRefused(allowed.error());
}

namespace {

std::vector<AbilityResult> allUnknown(const AbilityResult& why)
{
    std::vector<AbilityResult> results;
    for (const Ability ability : allAbilities()) {
        results.push_back(why);
        results.back().ability = ability;
    }
    return results;
}

/// The place, if it may be the one that was made, and trying names in it can cost nobody anything.
Result<UniqueFd> openPlace(System& system, int folder, const char* name, const std::optional<FileStatus>& file)
{
    auto directory = openMadeDirectory(system, folder, name, file);
    if (!directory)
        return directory;
    const auto isUnused = AbilityPlace(system, directory->get(), {}).holdsNoTrialName();
    if (!isUnused)
        return fail(isUnused.error());
    if (!*isUnused)
        return fail("openat", name, ESTALE, "another directory was put in its place");
    return directory;
}

/// FUSE gives up a closed file when it comes to it, and keeps a removed one under another name until then.
bool removePlace(System& system, AbilityPlace* place, int folder, const char* name)
{
    for (int breaths = 0; breaths <= kMostBreaths; ++breaths) {
        const auto removed = system.files.removeDirectory(folder, name);
        if (removed)
            return true;
        if (removed.error().code != ENOTEMPTY && removed.error().code != EEXIST)
            return false;
        if (place != nullptr)
            place->removeRest();
        if (breaths > 0)
            static_cast<void>(system.processes.waitFor({}, kBreath));
    }
    return false;
}

} // namespace

TriedAbilities tryAbilities(System& system, int folder, const char* name, std::string_view makerText,
                            const std::optional<FileStatus>& file, const std::stop_token& stop,
                            std::function<void(Ability)> alive)
{
    TriedAbilities tried;
    if (const auto made = system.files.makeDirectory(folder, name, 0700); !made) {
        tried.results = allUnknown(abilityUnknown(made.error()));
        tried.nameWasTaken = made.error().code == EEXIST;
        return tried;
    }
    tried.made = true;
    const auto directory = openPlace(system, folder, name, file);
    if (!directory) {
        tried.results = allUnknown(abilityUnknown(directory.error()));
        tried.removed = removePlace(system, nullptr, folder, name);
        return tried;
    }
    AbilityPlace place(system, directory->get(), makerText);
    AbilityTrials trials(system, place, std::move(alive));
    for (const Ability ability : allAbilities()) {
        AbilityResult result;
        result.ability = ability;
        if (!stop.stop_requested())
            result = trials.tryOut(ability);
        tried.results.push_back(std::move(result));
    }
    tried.removed = removePlace(system, &place, folder, name);
    return tried;
}

} // namespace scratchproof
