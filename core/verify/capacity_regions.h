// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/verify/block_pattern.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace scratchproof {

/// What a part of the tested space turned out to be. The words are those of scratchproof.verify/1.
enum class RegionState : std::uint8_t {
    Good,
    Lost,    // what was written never arrived: zeros, or what lay there before
    Aliased, // holds what was written to another place
    Changed, // holds what was written, with other bits
    Error,   // could not be written or read
};
constexpr std::size_t kRegionStates = 5;

/// "good", "lost", "aliased", "changed", "error".
[[nodiscard]] std::string_view toString(RegionState state);

/// What a region is of which that was read. An alias of what was never written is Lost; that the caller knows.
[[nodiscard]] RegionState regionStateOf(SectorState state);

struct Region
{
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    RegionState state = RegionState::Good;

    [[nodiscard]] std::uint64_t end() const { return offset + length; }
    friend bool operator==(const Region&, const Region&) = default;
};

/// What was found of the whole space, in bounded memory: the sums are exact, whatever the number of regions. Of more
/// than kMostRegions those that are shortest are joined with their neighbours, whose state becomes the worse of the
/// two.
class CapacityRegions
{
public:
    static constexpr std::size_t kMostRegions = 4096;

    /// Adds what comes next: `offset` is where the last one ended, or beyond it (what lies between was not tested).
    void add(std::uint64_t offset, std::uint64_t length, RegionState state);
    /// A sector of Aliased that lies at `offset` and holds what was written to `origin`.
    void noteAlias(std::uint64_t offset, std::uint64_t origin);

    [[nodiscard]] const std::vector<Region>& list() const { return m_list; }
    [[nodiscard]] std::uint64_t bytes(RegionState state) const { return m_bytes[static_cast<std::size_t>(state)]; }
    [[nodiscard]] std::uint64_t tested() const;
    [[nodiscard]] std::uint64_t bad() const { return tested() - bytes(RegionState::Good); }
    /// Where regions were joined, the list says less than was found.
    [[nodiscard]] bool isCoarse() const { return m_isCoarse; }

    /// The distance, in bytes, of which what is aliased lies multiples away from its place; 0 if there is none. `share`
    /// is how much of what is aliased (0 to 1) does.
    struct AliasDistance
    {
        std::uint64_t bytes = 0;
        double share = 0;
    };
    [[nodiscard]] AliasDistance aliasDistance() const;

private:
    void coarsen();

    std::vector<Region> m_list;
    std::array<std::uint64_t, kRegionStates> m_bytes{};
    std::map<std::uint64_t, std::uint64_t> m_distances; // and how many sectors have it
    std::uint64_t m_aliases = 0;
    bool m_isCoarse = false;
};

} // namespace scratchproof
