// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"

namespace scratchproof {

/// `prober`: serves requests on standard input. Started by the window and by the other commands, not by people.
class ProberCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override;
    [[nodiscard]] int run(Console& console) override;
};

/// `supervise`: does checks for somebody who cannot watch the probers himself. Started by `check --as`, not by people.
class SuperviseCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override;
    [[nodiscard]] int run(Console& console) override;
};

/// `save-file`: standard input into a file, whole or not at all. Started by the window, which touches no folder itself;
/// what goes wrong is one JSON object (an Error) on standard output.
class SaveFileCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override;
    [[nodiscard]] int run(Console& console) override;

private:
    std::string m_file;
    bool m_replace = false;
};

/// `hold-lock DIRECTORY`: the process that holds the shared BSD lock (flock(2)) on a scratch directory while the
/// command of `scratch run` uses it. Used by Scratchproof itself: lock_holder.h has the other side.
///
/// Writes one line: "held"; `taken` and words where another program has an exclusive lock on it, for two seconds by
/// then; or `no` and the reason in words. If it is held, it then reads at most one line, the number of the command's
/// process, which may have been written before. It gives the lock back when its input is at its end and that process
/// has ended, so that the directory stays locked for a command whose `scratch run` was killed.
class HoldLockCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override;
    int run(Console& console) override;

private:
    std::string m_directory;
};

/// `generate man|bash|zsh|fish`: writes what is made of the definition of all commands, for the build. The manual page
/// takes its frame (manual_page.h) from standard input.
class GenerateCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override;
    [[nodiscard]] int run(Console& console) override;

private:
    std::string m_what;
};

} // namespace scratchproof
