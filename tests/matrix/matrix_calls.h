// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/probe/steps.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace scratchproof::test {

/// A system call of a step, and how it reaches a file system.
struct MatrixCall
{
    Step step;
    const char* call;      // as the seam's errors name it
    const char* page;      // whose ERRORS are in `errnos`
    const char* operation; // FUSE's, that serves it
    std::size_t nth;       // among that operation's in a standard check of a healthy folder; 0: the last of them
    std::span<const int> errnos;
};

/// Every call of a standard probe that a FUSE file system is asked to carry out itself, in their order.
[[nodiscard]] std::span<const MatrixCall> matrixCalls();

/// The errnos of stat(2) and statx(2): what a look at a name or folder (getattr) answers. The kernel looks in every
/// step, before and after the call that the step is about.
[[nodiscard]] std::span<const int> statErrnos();

/// What file systems answer besides what the manual pages name.
[[nodiscard]] std::span<const int> errnosBeyondThePages();

/// Both, without ENOSYS, which a kernel remembers: after it FUSE is never asked for this operation again.
[[nodiscard]] std::vector<int> errnosOf(std::span<const int> page);

} // namespace scratchproof::test
