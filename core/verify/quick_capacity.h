// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/verify/capacity.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>

namespace scratchproof {

struct QuickCapacityOptions
{
    /// Of this run: random, as in CapacityOptions.
    std::uint64_t salt = 0;
    /// The size of the whole drive or file system; 0 where it is unknown.
    std::uint64_t claimed = 0;
    /// How far samples lie apart, and how much is reserved for each: quickUnit().
    std::uint64_t unit = 0;
    /// How much is reserved at once, a multiple of `unit`; more than that only where fillsNoGaps(). 0: a unit.
    std::uint64_t span = 0;
    /// Bytes written after the samples, to push them out of the drive's own cache; 0: what defaultPush() says.
    std::uint64_t push = 0;
    /// A multiple of kBlockSize, at most `unit`.
    std::size_t sample = std::size_t{64} << 10U;
    /// How many requests are under way at once; memory is a MiB for each.
    unsigned threads = 2;
};

struct QuickCapacityReport
{
    /// NoSignOfCounterfeit at best. `real` of a counterfeit is an estimate; of one that begins anew `real` +
    /// `realError` is the most that it can be.
    CapacityJudgement judgement;
    /// Of the samples only.
    CapacityRegions regions;
    std::uint64_t claimed = 0;
    std::uint64_t reserved = 0; // bytes that the samples stand for
    std::uint64_t samples = 0;
    std::uint64_t badSamples = 0;
    std::uint64_t written = 0; // all that was, samples and what pushed them out
    std::uint64_t pushed = 0;  // of it
    bool isPastCache = false;
    /// The file system cannot reserve room without writing, or only says so: nothing was sampled, and only the full
    /// check can tell. The verdict is NotFinished then.
    bool cannotReserve = false;
    Nanoseconds writing = 0; // reserving counts as that
    Nanoseconds flushing = 0;
    Nanoseconds verifying = 0;
    std::optional<Error> error; // the first that the drive gave
};

/// The distance of samples for so much room: about 540 of them, which leaves files below 4 GiB on the largest FAT32 (2
/// TiB); at least 4 MiB, and a multiple of it.
[[nodiscard]] std::uint64_t quickUnit(std::uint64_t room);

/// 2 % of the drive, at most 1 GiB; but one and a half units at least: a drive that begins anew shifts all samples
/// against the stretch by the same distance, so that one of them falls upon it if that is longer than a unit.
[[nodiscard]] std::uint64_t defaultPush(std::uint64_t claimed, std::uint64_t unit);

/// The chance (0 to 1) that so many samples, each anywhere with the same chance, all lie in what is real of a drive of
/// which `missing` (0 to 1) is not: of one that loses what is written there. One that begins anew is found only by what
/// falls upon the stretch that was written on.
[[nodiscard]] double chanceOfMissing(std::uint64_t samples, double missing);

/// Reserves all the room there is without writing it, writes a sample at the beginning of each unit, has that stored,
/// writes on from the beginning until the samples are pushed out of the drive's own cache, and reads them back from the
/// last to the first. Writing on in one stretch also tells a drive that begins anew: samples that are spread would each
/// find a place of their own there. Never fails: what went wrong is in the report. Blocks; threads of its own, which
/// have ended when it returns; `listener` as in checkCapacity(). What was written stays in the target.
[[nodiscard]] QuickCapacityReport checkQuickCapacity(VerifyTarget& target, const QuickCapacityOptions& options,
                                                     const CapacityListener& listener, const std::stop_token& stop);

} // namespace scratchproof
