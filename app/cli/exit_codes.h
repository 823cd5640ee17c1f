// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace scratchproof {

/// The exit codes of scratchproof-cli, as the man page promises them.
enum class ExitCode : int {
    Success = 0,     // every folder is usable or limited; the command did what was asked
    Unusable = 1,    // checked, and at least one folder is unusable; something could not be removed
    BadUsage = 2,    // wrong usage or bad input
    NotFoundOut = 3, // not responding, not checked, cancelled
    Fault = 4,       // of the program or its own files
};

/// `scratch run` ends with what its COMMAND ended with; these say that there was none, as env(1) and timeout(1) do.
enum class RunCode : int {
    OwnFailure = 125,    // of Scratchproof: wrong usage, no directory
    NotExecutable = 126, // the command was found and could not be run
    NotFound = 127,
};

/// A command that was interrupted exits with this plus the signal's number: 130, 143.
constexpr int kInterruptedBase = 128;

} // namespace scratchproof
