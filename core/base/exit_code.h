// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace scratchproof {

/// The exit codes of scratchproof-cli, as the manual page promises them; documents have them as `exit_code`.
enum class ExitCode : int {
    Success = 0,     // every folder is usable or limited; the command did what was asked
    Unusable = 1,    // checked, and at least one folder is unusable; something could not be removed
    BadUsage = 2,    // wrong usage or bad input
    NotFoundOut = 3, // not responding, not checked, cancelled
    Fault = 4,       // of the program or its own files
};

[[nodiscard]] constexpr int toInt(ExitCode code)
{
    return static_cast<int>(code);
}

/// The one that wins where several are due: 4, 2, 1, 3, 0.
[[nodiscard]] constexpr ExitCode worse(ExitCode a, ExitCode b)
{
    constexpr auto rank = [](ExitCode code) {
        switch (code) {
        case ExitCode::Success:
            return 0;
        case ExitCode::NotFoundOut:
            return 1;
        case ExitCode::Unusable:
            return 2;
        case ExitCode::BadUsage:
            return 3;
        case ExitCode::Fault:
            break;
        }
        return 4;
    };
    return rank(a) >= rank(b) ? a : b;
}

/// `scratch run` ends with what its COMMAND ended with; these say that there was none, as env(1) and timeout(1) do.
enum class RunCode : int {
    OwnFailure = 125,    // of Scratchproof: wrong usage, no directory
    NotExecutable = 126, // the command was found and could not be run
    NotFound = 127,
};

/// A command that was interrupted exits with this plus the signal's number: 130, 143.
constexpr int kInterruptedBase = 128;

} // namespace scratchproof
