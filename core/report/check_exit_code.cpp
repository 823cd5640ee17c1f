// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/check_exit_code.h"

namespace scratchproof {

ExitCode exitCodeOf(const Check& check)
{
    // Of our own program only: what is said in other shoes is another's word, and another's fault.
    if (!check.as && !check.findings.empty() && check.findings.front().id == "prober-start")
        return ExitCode::Fault;
    return exitCodeOf(check.verdict);
}

ExitCode exitCodeOf(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Usable:
    case Verdict::Limited:
        return ExitCode::Success;
    case Verdict::Unusable:
        return ExitCode::Unusable;
    case Verdict::NotResponding:
    case Verdict::NotChecked:
        break;
    }
    return ExitCode::NotFoundOut;
}

} // namespace scratchproof
