// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace scratchproof {

/// The smallest piece that a drive can lose or double: every drive's sector is this or a multiple of it.
constexpr std::size_t kSectorSize = 512;
/// The unit in which places are told.
constexpr std::size_t kBlockSize = 4096;

/// What a sector that was read turned out to be.
enum class SectorState : std::uint8_t {
    Good,    // what was written there
    Zeroed,  // all zeros, or all ones as erased flash has them
    Aliased, // what was written to another place in this run
    Changed, // what was written there, with bits that differ
    Foreign, // none of ours: what was written never arrived, or was replaced
};

struct SectorFinding
{
    SectorState state = SectorState::Good;
    std::uint64_t origin = 0;    // Aliased: the offset, in bytes, that the content was written to
    std::uint32_t wrongBits = 0; // Changed: how many
};

/// The content of a verification: at each offset another one, and in each run (salt) another one, so that sectors which
/// were swapped, shifted, doubled, zeroed, cut or changed are told apart, and what an earlier run left is not taken for
/// this one's. A sector is its number and a check of it, both keyed by the salt, and a body of xorshift64 generators
/// (Marsaglia, "Xorshift RNGs", 2003) that the two seed. Nothing is kept: any part can be made again from salt and
/// offset. Immutable, so for any thread.
class BlockPattern
{
public:
    explicit BlockPattern(std::uint64_t salt);

    /// Writes the content of [offset, offset + out.size()). Both are multiples of kSectorSize.
    void fill(std::span<std::byte> out, std::uint64_t offset) const;

    /// Makes of content for another place what examine() takes for that of [offset, offset + data.size()) where it
    /// meets it elsewhere: number and check. The body stays, so that it is not the content of any place. Sizes as in
    /// fill().
    void stamp(std::span<std::byte> data, std::uint64_t offset) const;

    /// Whether `data` is the content of [offset, offset + data.size()), whole. Sizes as in fill().
    [[nodiscard]] bool matches(std::span<const std::byte> data, std::uint64_t offset) const;

    /// What a sector that was read at `offset` is. `sector` has kSectorSize bytes.
    [[nodiscard]] SectorFinding examine(std::span<const std::byte> sector, std::uint64_t offset) const;

private:
    using Sector = std::array<std::uint64_t, kSectorSize / sizeof(std::uint64_t)>;

    void make(Sector& sector, std::uint64_t number) const;

    std::uint64_t m_salt;
    std::uint64_t m_numberKey;
};

} // namespace scratchproof
