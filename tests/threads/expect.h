// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdio>
#include <string>

namespace scratchproof::test {

/// How many expectations did not hold so far. main() of a test without Qt returns 1 if there was one.
inline int g_failures = 0;

/// Counts what does not hold, and says it on stderr. For one thread at a time.
inline void expect(bool holds, const std::string& what)
{
    if (holds)
        return;
    ++g_failures;
    std::fprintf(stderr, "FAILED: %s\n", what.c_str());
}

} // namespace scratchproof::test
