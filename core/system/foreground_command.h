// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
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

/// What is looked after while a command runs, on the thread that waits for its end. No call may block.
class BesideCommand
{
public:
    BesideCommand() = default;
    BesideCommand(const BesideCommand&) = delete;
    BesideCommand& operator=(const BesideCommand&) = delete;
    virtual ~BesideCommand() = default;

    /// Asked before there is a process: the descriptor where the command is to write its process number and a newline
    /// before it becomes the program, so that who reads there knows of it even if we are killed at once. Negative:
    /// none.
    [[nodiscard]] virtual int toldAt() const = 0;
    /// The process is there, with this number.
    virtual void began(int pid) = 0;
    /// Called whenever attention() is readable, pause() is over, or anything else happened.
    virtual void attend() = 0;
    /// A descriptor that becomes readable when there is something to attend to. Negative: none.
    [[nodiscard]] virtual int attention() const = 0;
    /// How long attend() may be put off. Negative: for ever.
    [[nodiscard]] virtual Nanoseconds pause() const = 0;
};

/// Runs another program in our place at the terminal, as if it had been started by itself: the same standard streams,
/// further descriptors, working directory, process group (so the terminal and the shell's job control treat both as
/// one job), signal mask and dispositions as this program was given them.
///
/// While it runs, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP and SIGCONT that another process sends to
/// us are passed on; those that the terminal sends (signal(7), si_code SI_KERNEL) it gets by itself.
///
/// We stop with it where that is job control: SIGTSTP, SIGTTIN or SIGTTOU came to us, too, in the last seconds, or
/// stopped the command alone (as an editor does itself) while there is a controlling terminal, whose shell continues
/// the whole job, or the command has the terminal for a process group of its own, which it is then given again. An
/// orphaned process group, which nobody would continue, is never stopped by these (setpgid(2)). Where a batch system or
/// a program such as cpulimit(1) stops the command alone, by SIGSTOP mostly, it continues it alone as well: we go on
/// watching.
class ForegroundCommand
{
public:
    /// Remembers the signal mask. To be made before TerminationSignals changes it.
    ForegroundCommand();

    /// Looks up the first of `arguments` in PATH (execvp(3)) and runs it with `variables` set, looking after `beside`.
    /// Blocks until it ends; afterwards SIGINT, SIGTERM and SIGHUP stay blocked in the calling thread, for a
    /// TerminationSignals to come. An Error of "execvp" if it cannot be run: ENOENT where there is none, EACCES and
    /// others where it is no program. Looks at no folder itself: the lookup happens in the child, and a signal that
    /// comes meanwhile ends the wait for it, as if it had ended the command.
    [[nodiscard]] Result<CommandEnd> run(const std::vector<std::string>& arguments,
                                         const std::vector<std::pair<std::string, std::string>>& variables,
                                         BesideCommand& beside);

private:
    sigset_t m_inherited;
};

/// Ends this process by SIGINT, so that a shell script that runs us stops as well ("cooperative exit": bash(1) looks at
/// how its child ended). Returns only if that fails.
void endByInterrupt();

} // namespace scratchproof
