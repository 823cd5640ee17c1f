// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/block_pattern.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace scratchproof {

namespace {

constexpr std::size_t kLanes = 8;

/// The finalizer of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): a
/// bijection, each bit of whose result depends on all bits of `value`.
std::uint64_t mixed(std::uint64_t value)
{
    value += 0x9e3779b97f4a7c15U;
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
}

bool isAll(std::span<const std::byte> data, std::byte value)
{
    return std::all_of(data.begin(), data.end(), [value](std::byte one) { return one == value; });
}

} // namespace

BlockPattern::BlockPattern(std::uint64_t salt) : m_salt(mixed(salt)), m_numberKey(mixed(m_salt)) {}

void BlockPattern::make(Sector& sector, std::uint64_t number) const
{
    const std::uint64_t check = mixed(number ^ m_salt);
    std::array<std::uint64_t, kLanes> lanes{};
    for (std::size_t lane = 0; lane < kLanes; ++lane)
        lanes[lane] = (check + lane * 0x9e3779b97f4a7c15U) | 1U; // a xorshift generator must not start at 0
    for (std::size_t at = 0; at < sector.size(); at += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            std::uint64_t value = lanes[lane];
            value ^= value << 13U;
            value ^= value >> 7U;
            value ^= value << 17U;
            lanes[lane] = value;
            sector[at + lane] = value;
        }
    }
    sector[0] = number ^ m_numberKey;
    sector[1] = check;
}

void BlockPattern::fill(std::span<std::byte> out, std::uint64_t offset) const
{
    assert(out.size() % kSectorSize == 0 && offset % kSectorSize == 0);
    Sector sector;
    for (std::size_t at = 0; at < out.size(); at += kSectorSize) {
        make(sector, (offset + at) / kSectorSize);
        std::memcpy(&out[at], sector.data(), kSectorSize);
    }
}

void BlockPattern::stamp(std::span<std::byte> data, std::uint64_t offset) const
{
    assert(data.size() % kSectorSize == 0 && offset % kSectorSize == 0);
    for (std::size_t at = 0; at < data.size(); at += kSectorSize) {
        const std::uint64_t number = (offset + at) / kSectorSize;
        const std::array<std::uint64_t, 2> head{number ^ m_numberKey, mixed(number ^ m_salt)};
        std::memcpy(&data[at], head.data(), sizeof head);
    }
}

bool BlockPattern::matches(std::span<const std::byte> data, std::uint64_t offset) const
{
    assert(data.size() % kSectorSize == 0 && offset % kSectorSize == 0);
    Sector sector;
    for (std::size_t at = 0; at < data.size(); at += kSectorSize) {
        make(sector, (offset + at) / kSectorSize);
        if (std::memcmp(&data[at], sector.data(), kSectorSize) != 0)
            return false;
    }
    return true;
}

SectorFinding BlockPattern::examine(std::span<const std::byte> data, std::uint64_t offset) const
{
    assert(data.size() == kSectorSize && offset % kSectorSize == 0);
    const std::uint64_t number = offset / kSectorSize;
    Sector read;
    Sector expected;
    std::memcpy(read.data(), data.data(), kSectorSize);
    make(expected, number);
    if (read == expected)
        return {};
    if (isAll(data, std::byte{0}) || isAll(data, std::byte{0xff}))
        return {SectorState::Zeroed, 0, 0};
    std::uint32_t wrongBits = 0;
    for (std::size_t at = 0; at < read.size(); ++at)
        wrongBits += static_cast<std::uint32_t>(std::popcount(read[at] ^ expected[at]));
    // Of two unrelated sectors half of the bits differ, 2,048 with a deviation of 32.
    constexpr std::uint32_t kRelated = kSectorSize * 8 * 3 / 8;
    if (wrongBits <= kRelated)
        return {SectorState::Changed, 0, wrongBits};
    const std::uint64_t claimed = read[0] ^ m_numberKey;
    if (read[1] == mixed(claimed ^ m_salt) && claimed != number)
        return {SectorState::Aliased, claimed * kSectorSize, 0};
    return {SectorState::Foreign, 0, 0};
}

} // namespace scratchproof
