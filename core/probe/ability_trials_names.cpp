// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/ability_trials.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr std::size_t kNameMax = 255;       // NAME_MAX, what programs rely on
constexpr std::size_t kLongestTried = 1024; // FUSE_NAME_MAX

/// By which file systems refuse a name: exfat-fuse ENOENT, ntfs-3g EINVAL, fusefat EPERM, others EILSEQ.
bool meansRefusedName(int code)
{
    switch (code) {
    case EPERM:
    case ENOENT:
    case EACCES:
    case EEXIST:
    case EISDIR:
    case EINVAL:
    case ENAMETOOLONG:
    case ENOSYS:
    case EPROTO:
    case EILSEQ:
    case EOPNOTSUPP:
        return true;
    default:
        return false;
    }
}

std::string inUpperCase(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return text;
}

} // namespace

/// Kept: created, and listed by the very name. `why` gets the call and errno otherwise.
AbilityTrials::NameFate AbilityTrials::fateOf(const std::string& name, AbilityResult& why)
{
    m_alive(m_current);
    TrialFile file(m_system, m_place, name);
    if (!file.opened()) {
        why = abilityUnknown(file.opened().error());
        return meansRefusedName(why.errorCode) ? NameFate::Refused : NameFate::Unknown;
    }
    file.close();
    const auto listed = m_place.lists(name);
    if (!listed) {
        why = abilityUnknown(listed.error());
        return NameFate::Unknown;
    }
    if (*listed)
        return NameFate::Kept;
    why = abilityDiffers();
    // What it became cannot be removed by the name that was asked for, everywhere.
    file.remove();
    m_place.removeRest();
    return NameFate::Refused;
}

/// Tries names, each with what to say if it is refused.
AbilityResult AbilityTrials::refusedOf(const std::vector<std::pair<std::string, std::string>>& names)
{
    AbilityResult result = abilityPresent();
    for (const auto& [name, shown] : names) {
        AbilityResult why;
        switch (fateOf(name, why)) {
        case NameFate::Kept:
            break;
        case NameFate::Refused:
            if (result.status != AbilityStatus::Missing) {
                result.status = AbilityStatus::Missing;
                result.call = why.call;
                result.errorCode = why.errorCode;
            }
            result.refused.push_back(shown);
            break;
        case NameFate::Unknown:
            return why;
        }
    }
    return result;
}

AbilityResult AbilityTrials::caseSensitivity()
{
    const TrialFile file(m_system, m_place);
    if (!file.opened())
        return abilityUnknown(file.opened().error());
    const std::string other = inUpperCase(file.name());
    const auto there = m_attributes.exists(m_place.fd(), other.c_str());
    if (!there)
        return abilityUnknown(there.error());
    if (*there)
        return abilityDiffers();
    // A name that is not found may still not be free, where names are kept in one case.
    const TrialFile second(m_system, m_place, other);
    if (second.opened())
        return abilityPresent();
    AbilityResult result = abilityUnknown(second.opened().error());
    if (result.errorCode == EEXIST)
        result.status = AbilityStatus::Missing;
    return result;
}

/// By halves between a length that works and one that does not; likely lengths are tried first.
AbilityResult AbilityTrials::longNames()
{
    const auto fateOfLength = [this](std::size_t length, AbilityResult& why) {
        std::string name = m_place.newName();
        name.resize(length, 'x');
        return fateOf(name, why);
    };
    AbilityResult result = abilityPresent();
    const NameFate usual = fateOfLength(kNameMax, result);
    if (usual == NameFate::Unknown)
        return result;
    std::size_t works = kProbeNameLength;
    std::size_t fails = kNameMax;
    if (usual == NameFate::Kept) {
        works = kNameMax;
        fails = kLongestTried + 1;
    } else {
        result.status = AbilityStatus::Missing;
    }
    const auto space = m_attributes.space(m_place.fd());
    const std::size_t told = space ? static_cast<std::size_t>(std::min<std::uint64_t>(space->nameMax, fails)) : 0;
    const std::array<std::size_t, 3> likely{kNameMax + 1, told, told + 1};
    for (std::size_t tries = 0; works + 1 < fails; ++tries) {
        const std::size_t guess = tries < likely.size() ? likely.at(tries) : works + (fails - works) / 2;
        if (guess <= works || guess >= fails)
            continue;
        AbilityResult why;
        const NameFate fate = fateOfLength(guess, why);
        if (fate == NameFate::Unknown)
            return why;
        (fate == NameFate::Kept ? works : fails) = guess;
    }
    result.number = works;
    return result;
}

AbilityResult AbilityTrials::specialCharacters()
{
    std::vector<std::pair<std::string, std::string>> names;
    for (const char character : std::string_view("\\:*?\"<>|\n")) {
        const std::string shown(1, character);
        names.emplace_back(m_place.newName() + shown + "x", shown);
    }
    return refusedOf(names);
}

AbilityResult AbilityTrials::trailingDotsAndSpaces()
{
    return refusedOf({{m_place.newName() + ".", "."}, {m_place.newName() + " ", " "}});
}

AbilityResult AbilityTrials::reservedNames()
{
    std::vector<std::pair<std::string, std::string>> names;
    for (const auto name : kReservedNames)
        names.emplace_back(name, name);
    return refusedOf(names);
}

AbilityResult AbilityTrials::undecodableNames()
{
    AbilityResult result = abilityPresent();
    switch (fateOf(m_place.newName() + "\xff\xfe", result)) {
    case NameFate::Kept:
    case NameFate::Unknown:
        break;
    case NameFate::Refused:
        result.status = AbilityStatus::Missing;
        break;
    }
    return result;
}

} // namespace scratchproof
