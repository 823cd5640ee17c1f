// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/supervise_command.h"

#include "core/prober/supervisor.h"

namespace scratchproof {

CLI::App* SuperviseCommand::declare(CLI::App& app)
{
    auto* command = app.add_subcommand("supervise", "Check folders for somebody else (used by Scratchproof itself)");
    command->group(""); // not shown by --help
    return command;
}

int SuperviseCommand::run(Console& console)
{
    HostSettings settings;
    settings.program = console.proberProgram;
    return serveSupervisor(console.system, std::move(settings), 0, 1);
}

} // namespace scratchproof
