// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/console.h"

#include "app/cli/check_command.h"
#include "app/cli/explain_command.h"
#include "app/cli/hold_lock_command.h"
#include "app/cli/prober_command.h"
#include "app/cli/rights_command.h"
#include "app/cli/save_file_command.h"
#include "app/cli/scratch_commands.h"
#include "app/cli/supervise_command.h"
#include "app/cli/volumes_command.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <exception>
#include <iterator>
#include <memory>
#include <ostream>

namespace scratchproof {

namespace {

std::vector<std::unique_ptr<Command>> topLevelCommands()
{
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(std::make_unique<CheckCommand>());
    commands.push_back(std::make_unique<RightsCommand>());
    commands.push_back(std::make_unique<VolumesCommand>());
    commands.push_back(std::make_unique<ExplainCommand>());
    commands.push_back(std::make_unique<ProberCommand>());
    commands.push_back(std::make_unique<SuperviseCommand>());
    commands.push_back(std::make_unique<SaveFileCommand>());
    commands.push_back(std::make_unique<HoldLockCommand>());
    return commands;
}

/// Cuts off what follows the `--` of `scratch run`: another program's words, which are not ours to read (CLI11 would
/// take "[a,b]" apart, for one).
std::vector<std::string> cutCommandLine(std::vector<std::string>& arguments)
{
    if (arguments.size() < 2 || arguments[0] != "scratch" || arguments[1] != "run")
        return {};
    const auto end = std::find(arguments.begin(), arguments.end(), "--");
    if (end == arguments.end())
        return {};
    std::vector<std::string> commandLine(std::make_move_iterator(end + 1), std::make_move_iterator(arguments.end()));
    arguments.erase(end, arguments.end());
    return commandLine;
}

} // namespace

int runConsole(const std::vector<std::string>& arguments, Console& console)
{
    CLI::App app("Checks whether a folder really takes a file, says why not, and looks after scratch directories.",
                 "scratchproof-cli");
    app.set_version_flag("--version", "scratchproof-cli " SCRATCHPROOF_VERSION);
    // Not required here: an unknown word is then named, and a missing one is answered below.
    app.require_subcommand(0, 1);
    app.footer("Exit codes: 0 usable, 1 unusable, 2 wrong usage, 3 could not find out, 4 a fault of the program.\n"
               "See scratchproof-cli(1).");
    auto commands = topLevelCommands();
    std::vector<std::pair<CommandLine, Command*>> declared;
    CommandLine program(app);
    for (auto& command : commands)
        declared.emplace_back(command->declare(program), command.get());
    std::vector<std::string> words = arguments;
    auto scratch = scratchCommands(cutCommandLine(words));
    CLI::App* scratchApp = app.add_subcommand("scratch", "Named directories with a lifetime, cleaned up safely");
    scratchApp->require_subcommand(0, 1);
    CommandLine below(*scratchApp);
    for (auto& command : scratch)
        declared.emplace_back(command->declare(below), command.get());
    try {
        // CLI11 takes the arguments from the back.
        std::vector<std::string> reversed(words.rbegin(), words.rend());
        app.parse(reversed);
        for (const auto& [subcommand, command] : declared) {
            if (subcommand.wasCalled())
                return command->run(console);
        }
    } catch (const CLI::ParseError& error) {
        if (app.exit(error, console.out, console.err) == 0)
            return toInt(ExitCode::Success);
        for (const auto& [subcommand, command] : declared) {
            if (subcommand.wasCalled())
                return command->badUsage();
        }
        return toInt(ExitCode::BadUsage);
    } catch (const std::exception& error) {
        console.err << "scratchproof-cli: " << error.what() << '\n';
        return toInt(ExitCode::Fault);
    }
    console.err << "scratchproof-cli: no command given; expected one such as check, volumes or scratch; see --help\n";
    return toInt(ExitCode::BadUsage);
}

} // namespace scratchproof
