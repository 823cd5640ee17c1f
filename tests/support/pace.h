// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace scratchproof::test {

/// Whether the programs of this build are as quick as what users get: optimised, and without a sanitizer. Times are
/// judged here only.
#ifdef SCRATCHPROOF_QUICK_BUILD
constexpr bool kIsQuickBuild = true;
#else
constexpr bool kIsQuickBuild = false;
#endif

/// A step's deadline that a hung folder is to miss soon, and a healthy one is to keep while the machine is busy.
constexpr Nanoseconds kShortDeadline = (kIsQuickBuild ? 1 : 4) * kNanosecondsPerSecond;

/// How much of its repetitions a test does: SCRATCHPROOF_SCALE, 0.1 unless set; 1 for endurance.
inline double scale()
{
    const char* text = std::getenv("SCRATCHPROOF_SCALE");
    const double set = text != nullptr ? std::atof(text) : 0;
    return set > 0 ? set : 0.1;
}

/// Whether to try one of very many cases, of which a build that is slow tries every third unless it is for endurance.
/// `seen` counts them.
inline bool isTried(std::size_t& seen)
{
    const std::size_t mixed =
        (++seen * std::size_t{2654435761U}) >> 16U; // Knuth's: cases stand in rows of equal length
    return kIsQuickBuild || scale() >= 1 || mixed % 3 == 0;
}

/// So many of `full` repetitions, and at least one.
inline int scaled(int full)
{
    return std::max(1, static_cast<int>(full * scale()));
}

} // namespace scratchproof::test
