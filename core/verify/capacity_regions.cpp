// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/capacity_regions.h"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace scratchproof {

namespace {

constexpr std::array<std::string_view, kRegionStates> kStateWords{"good", "lost", "aliased", "changed", "error"};

/// Of more than so many different distances the later ones are counted only in sum.
constexpr std::size_t kMostDistances = 1024;

} // namespace

std::string_view toString(RegionState state)
{
    return kStateWords[static_cast<std::size_t>(state)];
}

RegionState regionStateOf(SectorState state)
{
    switch (state) {
    case SectorState::Good:
        return RegionState::Good;
    case SectorState::Aliased:
        return RegionState::Aliased;
    case SectorState::Changed:
        return RegionState::Changed;
    case SectorState::Zeroed:
    case SectorState::Foreign:
        break;
    }
    return RegionState::Lost;
}

void CapacityRegions::add(std::uint64_t offset, std::uint64_t length, RegionState state)
{
    if (length == 0)
        return;
    assert(m_list.empty() || offset >= m_list.back().end());
    m_bytes[static_cast<std::size_t>(state)] += length;
    if (!m_list.empty() && m_list.back().state == state && m_list.back().end() == offset) {
        m_list.back().length += length;
        return;
    }
    m_list.push_back({offset, length, state});
    if (m_list.size() > kMostRegions)
        coarsen();
}

void CapacityRegions::noteAlias(std::uint64_t offset, std::uint64_t origin)
{
    ++m_aliases;
    const std::uint64_t distance = offset > origin ? offset - origin : origin - offset;
    const auto known = m_distances.find(distance);
    if (known != m_distances.end())
        ++known->second;
    else if (m_distances.size() < kMostDistances)
        m_distances.emplace(distance, 1);
}

std::uint64_t CapacityRegions::tested() const
{
    return std::accumulate(m_bytes.begin(), m_bytes.end(), std::uint64_t{0});
}

CapacityRegions::AliasDistance CapacityRegions::aliasDistance() const
{
    // Of a space that begins anew again and again, each place holds what lies one, two or more rounds later.
    AliasDistance shortest;
    for (const auto& [distance, count] : m_distances) {
        if (count * 100 < m_aliases)
            continue;
        std::uint64_t multiples = 0;
        for (const auto& [other, itsCount] : m_distances)
            multiples += other % distance == 0 ? itsCount : 0;
        shortest = {distance, static_cast<double>(multiples) / static_cast<double>(m_aliases)};
        break;
    }
    return shortest;
}

/// Joins what is shorter than most with its neighbour, two at a time.
void CapacityRegions::coarsen()
{
    std::vector<std::uint64_t> lengths;
    lengths.reserve(m_list.size());
    for (const Region& region : m_list)
        lengths.push_back(region.length);
    const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2);
    std::nth_element(lengths.begin(), middle, lengths.end());
    const std::uint64_t shortest = *middle;
    std::vector<Region> joined;
    bool isPair = true;
    for (const Region& region : m_list) {
        Region* before = joined.empty() ? nullptr : &joined.back();
        const bool follows = before != nullptr && before->end() == region.offset;
        const bool isJoined = follows && (before->state == region.state ||
                                          (!isPair && std::min(before->length, region.length) <= shortest));
        if (isJoined) {
            before->length += region.length;
            before->state = std::max(before->state, region.state);
        } else {
            joined.push_back(region);
        }
        isPair = isJoined;
    }
    m_list = std::move(joined);
    m_isCoarse = true;
}

} // namespace scratchproof
