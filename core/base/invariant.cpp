// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/invariant.h"

#include <cstdio>
#include <cstdlib>

namespace scratchproof {

void require(bool holds, const char* invariant) noexcept
{
    if (holds)
        return;
    std::fprintf(stderr, "scratchproof: a fault of the program, nothing was removed: %s\n", invariant);
    std::abort();
}

} // namespace scratchproof
