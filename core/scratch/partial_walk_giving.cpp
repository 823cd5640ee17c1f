// SPDX-License-Identifier: GPL-3.0-or-later

// How a walk gives parts of itself to threads without work.

#include "core/scratch/partial_walk.h"

#include <algorithm>
#include <iterator>

namespace scratchproof {

std::shared_ptr<PartialWalk> PartialWalk::makePart(std::size_t level)
{
    Level& from = m_levels[level];
    auto top = m_system.files.duplicate(from.fd.get());
    if (!top)
        return nullptr;
    auto part = std::make_shared<PartialWalk>(m_crew, placeOf(level), std::move(*top), from.status);
    if (!from.given)
        from.given = std::make_shared<GivenAway>();
    part->m_giver = shared_from_this();
    part->m_givenBy = from.given;
    part->m_isOfTop = isOfTop(level);
    part->m_hasLooked = false;
    if (!from.markedForAll)
        from.markedForAll = std::make_shared<std::atomic<bool>>(from.marked);
    Level& first = part->m_levels.front();
    first.markedForAll = from.markedForAll;
    first.marked = from.marked;
    first.scanned = true;
    part->m_met = kLeastMet;
    return part;
}

/// Half of the directories that wait at the highest level where some do.
void PartialWalk::giveFolders()
{
    if (m_crew.unemployed() == 0 || m_met < kLeastMet)
        return;
    const std::size_t firstOpen = m_levels.size() > kMostOpen ? m_levels.size() - kMostOpen : 1;
    for (std::size_t i = 0; i < m_levels.size(); i = std::max(i + 1, firstOpen)) { // the top, and those open below
        std::vector<Folder>& folders = m_levels[i].folders;
        const bool isDeepest = i + 1 == m_levels.size(); // it goes on there itself
        const auto given = static_cast<std::ptrdiff_t>(isDeepest ? folders.size() / 2 : (folders.size() + 1) / 2);
        if (given == 0 || !m_levels[i].fd)
            continue;
        auto part = makePart(i);
        if (!part)
            return;
        std::vector<Folder>& taken = part->m_levels.front().folders;
        taken.assign(std::move_iterator(folders.end() - given), std::move_iterator(folders.end()));
        folders.erase(folders.end() - given, folders.end());
        m_crew.give(std::move(part), *m_levels[i].given);
        return;
    }
}

/// Where more of the directory is still to be listed, so that this goes on while others meet what was.
bool PartialWalk::giveWholeBatch(Level& level)
{
    std::vector<DirectoryEntry>& batch = m_member->batch;
    if (m_atEnd || batch.size() < kLeastGiven || !m_crew.wantsReserve())
        return false;
    auto part = makePart(m_levels.size() - 1);
    if (!part)
        return false;
    std::ranges::reverse(batch);
    part->m_takenOver = {m_member->buffer, std::move(batch)};
    batch = {};
    m_member->isBufferGiven = true;
    m_crew.give(std::move(part), *level.given);
    return true;
}

/// Of the entries from `next` on, as many to each thread without work as are kept.
void PartialWalk::giveBatch(Level& level, std::size_t next)
{
    std::vector<DirectoryEntry>& batch = m_member->batch;
    std::size_t takers = m_crew.unemployed();
    const std::size_t each = (batch.size() - next) / (takers + 1);
    if (m_met < kLeastMet || each < kLeastGiven)
        return;
    for (; takers > 0; --takers) {
        auto part = makePart(m_levels.size() - 1);
        if (!part)
            return;
        const auto given = static_cast<std::ptrdiff_t>(each);
        part->m_takenOver.names = m_member->buffer;
        part->m_takenOver.entries.assign(batch.rbegin(), batch.rbegin() + given);
        batch.erase(batch.end() - given, batch.end());
        m_member->isBufferGiven = true;
        m_crew.give(std::move(part), *level.given);
    }
}

/// Half of what this walk took over itself.
void PartialWalk::giveTakenOver(Level& level)
{
    std::vector<DirectoryEntry>& entries = m_takenOver.entries;
    const std::size_t given = entries.size() / 2;
    if (m_crew.unemployed() == 0 || given < kLeastGiven)
        return;
    auto part = makePart(m_levels.size() - 1);
    if (!part)
        return;
    const auto to = entries.begin() + static_cast<std::ptrdiff_t>(given);
    part->m_takenOver.names = m_takenOver.names;
    part->m_takenOver.entries.assign(entries.begin(), to);
    entries.erase(entries.begin(), to);
    m_crew.give(std::move(part), *level.given);
}

} // namespace scratchproof
