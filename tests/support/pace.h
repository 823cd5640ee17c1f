// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

namespace scratchproof::test {

/// Whether this build is as quick as what users get: optimised, and without a sanitizer. Times are judged here only.
#if !defined(__OPTIMIZE__) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsQuickBuild = false;
#else
constexpr bool kIsQuickBuild = true;
#endif

/// A step's deadline that a hung folder is to miss soon, and a healthy one is to keep while the machine is busy.
constexpr Nanoseconds kShortDeadline = (kIsQuickBuild ? 1 : 4) * kNanosecondsPerSecond;

} // namespace scratchproof::test
