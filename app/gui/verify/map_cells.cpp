// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/verify/map_cells.h"

#include <algorithm>

namespace scratchproof::gui {

CellState cellStateOf(RegionState state)
{
    switch (state) {
    case RegionState::Good:
        return CellState::Good;
    case RegionState::Lost:
        return CellState::Lost;
    case RegionState::Aliased:
        return CellState::Aliased;
    case RegionState::Changed:
        return CellState::Changed;
    case RegionState::Error:
        break;
    }
    return CellState::Error;
}

void MapCells::clear()
{
    std::fill(m_cells.begin(), m_cells.end(), CellState::Untested);
    m_span = m_done = m_bad = 0;
    m_isVerifying = false;
}

void MapCells::mark(std::uint64_t from, std::uint64_t to, CellState state)
{
    to = std::min(to, m_span);
    if (m_span == 0 || from >= to)
        return;
    const auto cellOf = [this](std::uint64_t offset) {
        return static_cast<std::size_t>(static_cast<double>(offset) / static_cast<double>(m_span) * kCells);
    };
    const std::size_t first = std::min(cellOf(from), kCells - 1);
    const std::size_t last = std::min(cellOf(to - 1), kCells - 1);
    for (std::size_t cell = first; cell <= last; ++cell)
        m_cells[cell] = std::max(m_cells[cell], state);
}

void MapCells::note(const CapacityProgress& progress, bool isBackwards)
{
    const bool isVerifying = progress.phase == CapacityPhase::Verifying;
    if (progress.phase == CapacityPhase::Flushing)
        return;
    if (isVerifying != m_isVerifying) {
        m_isVerifying = isVerifying;
        m_done = m_bad = 0;
    }
    // What was written, or is to be, grows while it is written, and may have ended early; the map keeps its scale.
    if (!isVerifying && progress.total > m_span) {
        m_span = progress.total;
        std::fill(m_cells.begin(), m_cells.end(), CellState::Untested);
        m_done = 0;
    }
    if (m_span == 0 || isBackwards)
        m_span = std::max(progress.total, std::uint64_t{1});
    const std::uint64_t done = std::min(progress.done, m_span);
    const bool isBad = progress.bad > m_bad;
    const CellState state = !isVerifying ? CellState::Written : isBad ? CellState::Bad : CellState::Good;
    if (isBackwards && isVerifying)
        mark(m_span - done, m_span - std::min(m_done, m_span), state);
    else
        mark(m_done, done, state);
    m_done = std::max(m_done, done);
    m_bad = std::max(m_bad, progress.bad);
}

void MapCells::show(const CapacityResult& result)
{
    const std::uint64_t before = m_span;
    std::fill(m_cells.begin(), m_cells.end(), CellState::Untested);
    const std::uint64_t end = result.regions.empty() ? 0 : result.regions.back().end();
    m_span = result.quick ? std::max(end, result.quick->reserved) : std::max(end, before);
    for (const Region& region : result.regions)
        mark(region.offset, region.end(), cellStateOf(region.state));
}

std::array<std::size_t, kCellStates> MapCells::counts() const
{
    std::array<std::size_t, kCellStates> counts{};
    for (const CellState state : m_cells)
        ++counts[static_cast<std::size_t>(state)];
    return counts;
}

} // namespace scratchproof::gui
