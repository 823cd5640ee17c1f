// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/text.h"
#include "core/system/processes.h"

#include <csignal>
#include <string>
#include <utility>
#include <vector>

namespace scratchproof {

/// How a command in our place ended.
struct CommandEnd
{
    ExitStatus status;
    bool interruptedByTerminal = false; // it was ended by SIGINT, and that came from the terminal (Ctrl-C)
};

/// Runs another program in our place at the terminal, as if it had been started by itself: the same standard streams,
/// further descriptors, working directory, process group (so the terminal and the shell's job control treat both as
/// one job), signal mask and dispositions as this program was given them.
///
/// While it runs, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP and SIGCONT that another process sends to
/// us are passed on; those that the terminal sends (signal(7), si_code SI_KERNEL) it gets by itself. When it stops, we
/// stop; when we are continued, so is it.
class ForegroundCommand
{
public:
    /// Remembers the signal mask. To be made before TerminationSignals changes it.
    ForegroundCommand();

    /// Looks up the first of `arguments` in PATH (execvp(3)) and runs it with `variables` set. To the descriptor
    /// `announceTo` (none if negative) it writes its process number and a newline, before it becomes the program: who
    /// reads there knows of it even if we are killed at once. Blocks until it ends; afterwards SIGINT, SIGTERM and
    /// SIGHUP stay blocked in the calling thread, for a TerminationSignals to come. An Error of "execvp" if it cannot
    /// be run: ENOENT where there is none, EACCES and others where it is no program. Looks at no folder itself: the
    /// lookup happens in the child, and a signal that comes meanwhile ends the wait for it, as if it had ended the
    /// command.
    [[nodiscard]] Result<CommandEnd> run(const std::vector<std::string>& arguments,
                                         const std::vector<std::pair<std::string, std::string>>& variables,
                                         int announceTo);

private:
    sigset_t m_inherited;
};

/// Ends this process by SIGINT, so that a shell script that runs us stops as well ("cooperative exit": bash(1) looks at
/// how its child ended). Returns only if that fails.
void endByInterrupt();

} // namespace scratchproof
