// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace scratchproof {

/// How much a probe writes: 64 KiB is more than what file systems keep inside an inode or a tail, and one page cluster.
constexpr std::size_t kProbeBytes = 65536;

/// Fills `into` with the output of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators",
/// 2014) from `seed`: no file system can compress it, and with a random seed none can have the blocks already.
inline void fillPattern(std::span<std::byte> into, std::uint64_t seed)
{
    std::size_t at = 0;
    while (at < into.size()) {
        seed += 0x9e3779b97f4a7c15U;
        std::uint64_t value = seed;
        value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
        value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
        value ^= value >> 31U;
        const std::size_t count = into.size() - at < sizeof value ? into.size() - at : sizeof value;
        std::memcpy(into.data() + at, &value, count);
        at += count;
    }
}

} // namespace scratchproof
