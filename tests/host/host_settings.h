// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/diagnosis.h"
#include "core/host/prober_host.h"
#include "tests/support/pace.h"

#include <string>

namespace scratchproof::test {

/// A host over the program under test, which a hung folder is to keep waiting for a short while only.
inline HostSettings settings()
{
    HostSettings chosen;
    chosen.program = SCRATCHPROOF_CLI;
    chosen.stepDeadline = kShortDeadline;
    return chosen;
}

inline std::string word(Verdict verdict)
{
    return std::string(toString(verdict));
}

} // namespace scratchproof::test
