// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/prober_command.h"

#include "core/prober/prober.h"

namespace scratchproof {

CommandLine ProberCommand::declare(CommandLine& program)
{
    CommandLine command = program.command("prober", "Serve requests on standard input (used by Scratchproof itself)");
    command.hide(); // not shown by --help
    return command;
}

int ProberCommand::run(Console& console)
{
    return serveProber(console.system, 0, 1);
}

} // namespace scratchproof
