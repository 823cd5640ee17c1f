// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <algorithm>
#include <cstdlib>

namespace scratchproof::test {

/// Whether this build is as quick as what users get: optimised, and without a sanitizer. Times are judged here only.
#if !defined(__OPTIMIZE__) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsQuickBuild = false;
#else
constexpr bool kIsQuickBuild = true;
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

/// So many of `full` repetitions, and at least one.
inline int scaled(int full)
{
    return std::max(1, static_cast<int>(full * scale()));
}

} // namespace scratchproof::test
