// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/ability_place.h"

#include "core/system/directory_entries.h"

#include <algorithm>
#include <cerrno>

namespace scratchproof {

namespace {

/// A place holds a few names at a time; a file system that never comes to an end is left.
constexpr int kMostReads = 16;

char toLower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

bool isTrialName(std::string_view name)
{
    if (std::find(kReservedNames.begin(), kReservedNames.end(), name) != kReservedNames.end())
        return true;
    std::string head(name.substr(0, kProbeNameLength));
    std::transform(head.begin(), head.end(), head.begin(), toLower);
    return parseProbeName(head).has_value();
}

std::string AbilityPlace::newName()
{
    std::uint64_t random = 0;
    m_system.processes.fillRandom(std::as_writable_bytes(std::span(&random, 1)));
    const ProbeName name = makeProbeName(m_makerText, random);
    return std::string(name.data(), kProbeNameLength);
}

void AbilityPlace::remove(const std::string& name)
{
    static_cast<void>(m_system.files.unlink(m_directory, name.c_str()));
}

Result<std::vector<std::string>> AbilityPlace::list()
{
    const auto listing = m_system.files.open(m_directory, ".", O_RDONLY | O_DIRECTORY);
    if (!listing)
        return fail(listing.error());
    std::vector<std::string> names;
    std::vector<std::byte> buffer(8192);
    for (int reads = 0; reads < kMostReads; ++reads) {
        const auto filled = m_system.files.readEntries(listing->get(), buffer);
        if (!filled)
            return fail(filled.error());
        if (*filled == 0)
            break;
        DirectoryEntries entries(std::span<const std::byte>(buffer).first(*filled));
        while (const auto* entry = entries.next()) {
            if (!entry->isDotOrDotDot())
                names.emplace_back(entry->name);
        }
    }
    return names;
}

Result<bool> AbilityPlace::lists(std::string_view name)
{
    const auto names = list();
    if (!names)
        return fail(names.error());
    return std::find(names->begin(), names->end(), name) != names->end();
}

Result<bool> AbilityPlace::holdsNoTrialName()
{
    const auto names = list();
    if (!names)
        return fail(names.error());
    return std::none_of(names->begin(), names->end(), isTrialName);
}

void AbilityPlace::removeRest()
{
    const auto names = list();
    if (!names)
        return;
    for (const auto& name : *names) {
        if (isTrialName(name))
            remove(name);
    }
}

TrialFile::TrialFile(System& system, AbilityPlace& place) : TrialFile(system, place, place.newName()) {}

TrialFile::TrialFile(System& system, AbilityPlace& place, std::string name)
    : m_place(place), m_name(place, std::move(name)),
      m_fd(system.files.open(place.fd(), m_name.c(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600))
{}

} // namespace scratchproof
