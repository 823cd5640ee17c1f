// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/verify/capacity_regions.h"
#include "core/verify/verify_json.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace scratchproof::gui {

/// What a cell of the map stands for, the less good the later.
enum class CellState : std::uint8_t {
    Untested,
    Written,
    Good,
    Bad, // found while it is verified; of which kind is told at the end
    Lost,
    Aliased,
    Changed,
    Error,
};
constexpr std::size_t kCellStates = 8;

[[nodiscard]] CellState cellStateOf(RegionState state);

/// The map of a drive: its tested space in cells of the same size. A cell in which several states meet shows the worst.
class MapCells
{
public:
    static constexpr std::size_t kCells = 800;

    /// All are Untested again.
    void clear();
    /// How far a check has come; in their order. A quick check reads back from the end (`isBackwards`).
    void note(const CapacityProgress& progress, bool isBackwards);
    /// What came out in the end, in place of what was noted.
    void show(const CapacityResult& result);

    [[nodiscard]] const std::vector<CellState>& cells() const { return m_cells; }
    /// How many cells have each state.
    [[nodiscard]] std::array<std::size_t, kCellStates> counts() const;
    /// Bytes that all cells together stand for; 0 while that is unknown.
    [[nodiscard]] std::uint64_t span() const { return m_span; }

private:
    /// The cells that bytes [from, to) lie in.
    void mark(std::uint64_t from, std::uint64_t to, CellState state);

    std::vector<CellState> m_cells = std::vector<CellState>(kCells, CellState::Untested);
    std::uint64_t m_span = 0;
    std::uint64_t m_done = 0; // of the phase under way
    std::uint64_t m_bad = 0;
    bool m_isVerifying = false;
};

} // namespace scratchproof::gui
