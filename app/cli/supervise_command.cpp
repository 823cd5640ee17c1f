// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/supervise_command.h"

#include "core/prober/supervisor.h"

namespace scratchproof {

CommandLine SuperviseCommand::declare(CommandLine& program)
{
    CommandLine command = program.command("supervise", "Check folders for somebody else (used by Scratchproof itself)");
    command.hide(); // not shown by --help
    return command;
}

int SuperviseCommand::run(Console& console)
{
    HostSettings settings;
    settings.program = console.proberProgram;
    return serveSupervisor(console.system, std::move(settings), 0, 1);
}

} // namespace scratchproof
