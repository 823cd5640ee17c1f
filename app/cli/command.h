// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command_line.h"
#include "core/base/exit_code.h"
#include "core/system/system.h"

#include <iosfwd>
#include <string>
#include <vector>

namespace scratchproof {

/// Where a command reads and writes. Data goes to `out`, words to `err`; colours and progress only where it is a
/// terminal.
struct Console
{
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    bool inIsTerminal = false;
    bool outIsTerminal = false;
    bool errIsTerminal = false;
    System& system;
    Path proberProgram;        // scratchproof-cli itself; tests name theirs
    Path workingFolder;        // relative arguments start here
    bool catchSignals = false; // main() sets it: SIGINT and SIGTERM stop a command in good order
    std::size_t columns = 100; // words for people are broken into lines of at most so many characters
    bool startsByFork = false; // main() sets it: the first prober is a copy of this process
};

/// One command. Options are data, declared once; run() is called after they were read. Returns the process's exit code.
class Command
{
public:
    virtual ~Command() = default;
    /// Adds the command with its options to `program`, and returns it.
    virtual CommandLine declare(CommandLine& program) = 0;
    [[nodiscard]] virtual int run(Console& console) = 0;
    /// The exit code where its options could not be read.
    [[nodiscard]] virtual int badUsage() const { return toInt(ExitCode::BadUsage); }
};

} // namespace scratchproof
