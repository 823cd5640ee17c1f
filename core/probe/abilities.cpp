// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/abilities.h"

#include <algorithm>
#include <array>
#include <utility>

namespace scratchproof {

namespace {

constexpr std::array<std::pair<Ability, std::string_view>, 22> kNames{{
    {Ability::SymbolicLinks, "symbolic-links"},
    {Ability::HardLinks, "hard-links"},
    {Ability::ExecutableFiles, "executable-files"},
    {Ability::PermissionBits, "permission-bits"},
    {Ability::ExtendedAttributes, "extended-attributes"},
    {Ability::AccessLists, "access-lists"},
    {Ability::WholeFileLocks, "whole-file-locks"},
    {Ability::ByteRangeLocks, "byte-range-locks"},
    {Ability::SparseFiles, "sparse-files"},
    {Ability::LargeFiles, "large-files"},
    {Ability::Preallocation, "preallocation"},
    {Ability::UnnamedFiles, "unnamed-files"},
    {Ability::MemoryMapping, "memory-mapping"},
    {Ability::CaseSensitivity, "case-sensitivity"},
    {Ability::LongNames, "long-names"},
    {Ability::SpecialCharacters, "special-characters"},
    {Ability::TrailingDotsAndSpaces, "trailing-dots-and-spaces"},
    {Ability::ReservedNames, "reserved-names"},
    {Ability::UndecodableNames, "undecodable-names"},
    {Ability::TimeStamps, "time-stamps"},
    {Ability::ChangeNotification, "change-notification"},
    {Ability::Trash, "trash"},
}};
static_assert(kNames.back().first == Ability::Trash);

constexpr std::array<std::string_view, 3> kStatusNames{"present", "missing", "not-tried"};

constexpr auto kAll = [] {
    std::array<Ability, kNames.size()> all{};
    for (std::size_t i = 0; i < all.size(); ++i)
        all.at(i) = kNames.at(i).first;
    return all;
}();

} // namespace

std::span<const Ability> allAbilities()
{
    return kAll;
}

std::string_view toString(Ability ability)
{
    return kNames.at(static_cast<std::size_t>(ability)).second;
}

std::string_view toString(AbilityStatus status)
{
    return kStatusNames.at(static_cast<std::size_t>(status));
}

std::optional<Ability> abilityFromString(std::string_view text)
{
    const auto* found =
        std::find_if(kNames.begin(), kNames.end(), [text](const auto& entry) { return entry.second == text; });
    return found != kNames.end() ? std::optional(found->first) : std::nullopt;
}

std::optional<AbilityStatus> abilityStatusFromString(std::string_view text)
{
    const auto* found = std::find(kStatusNames.begin(), kStatusNames.end(), text);
    if (found == kStatusNames.end())
        return std::nullopt;
    return static_cast<AbilityStatus>(found - kStatusNames.begin());
}

} // namespace scratchproof
