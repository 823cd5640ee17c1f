// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/console.h"

#include "app/cli/check_command.h"
#include "app/cli/command_help.h"
#include "app/cli/command_parser.h"
#include "app/cli/explain_command.h"
#include "app/cli/internal_commands.h"
#include "app/cli/rights_command.h"
#include "app/cli/scratch_commands.h"
#include "app/cli/verify_commands.h"
#include "app/cli/volumes_command.h"
#include "core/base/text.h"

#include <exception>
#include <new>
#include <ostream>
#include <system_error>

namespace scratchproof {

namespace {

constexpr const char* kProgramName = "scratchproof-cli";

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
    commands.push_back(std::make_unique<GenerateCommand>());
    return commands;
}

int wrongUsage(Console& console, const CommandCall& call, const Command* command)
{
    const std::string name = callOf(*call.command);
    const std::string where = call.command->parent == nullptr ? "" : name.substr(name.find(' ') + 1) + ": ";
    console.err << kProgramName << ": " << where << call.problem << "\nSee `" << name << " --help`.\n";
    return command != nullptr ? command->badUsage() : toInt(ExitCode::BadUsage);
}

int runCall(const std::vector<std::string>& arguments, Console& console)
{
    const AllCommands commands;
    const CommandCall call = readCommandLine(commands.program(), arguments);
    Command* command = commands.find(*call.command);
    if (!call.problem.empty())
        return wrongUsage(console, call, command);
    switch (call.wish) {
    case CommandCall::Wish::ShowHelp:
        console.out << helpOf(*call.command, console.columns);
        break;
    case CommandCall::Wish::ShowVersion:
        console.out << call.command->version << '\n';
        break;
    case CommandCall::Wish::Run:
        return command->run(console);
    }
    return toInt(ExitCode::Success);
}

} // namespace

AllCommands::AllCommands()
{
    m_program.name = kProgramName;
    m_program.about = "Checks whether a folder really takes a file, says why not, and looks after scratch directories.";
    CommandLine program(m_program);
    program.help();
    program.version("scratchproof-cli " SCRATCHPROOF_VERSION);
    program.footer("Exit codes: 0 usable, 1 unusable, 2 wrong usage, 3 could not find out, 4 a fault of the program.\n"
                   "See scratchproof-cli(1).");
    add(program, topLevelCommands());
    CommandLine scratch = program.command("scratch", "Named directories with a lifetime, cleaned up safely");
    scratch.detail(R"(
A scratch directory is private (mode 0700), has a name, a lifetime and, if you like, a note, and is known to the
registry, so that it can be found and cleaned up later.)");
    add(scratch, scratchCommands());
    CommandLine verify = program.command("verify", "Whether a drive is what it says that it is");
    verify.detail("Verifying writes to a drive and reads it back.");
    add(verify, verifyCommands());
}

void AllCommands::add(CommandLine& to, std::vector<std::unique_ptr<Command>> commands)
{
    for (auto& command : commands) {
        const CommandLine declared = command->declare(to);
        m_commands.emplace_back(&declared.definition(), std::move(command));
    }
}

Command* AllCommands::find(const CommandDefinition& definition) const
{
    for (const auto& [declared, command] : m_commands) {
        if (declared == &definition)
            return command.get();
    }
    return nullptr;
}

int runConsole(const std::vector<std::string>& arguments, Console& console)
{
    try {
        return runCall(arguments, console);
    } catch (const std::bad_alloc&) {
        console.err << kProgramName << ": there is not enough memory\n";
        return toInt(ExitCode::Fault);
    } catch (const std::system_error& error) { // of std::thread, who throws no other
        console.err << kProgramName << ": no thread can be started: " << error.code().message() << '\n';
        return toInt(ExitCode::Fault);
    } catch (const std::exception& error) {
        console.err << kProgramName << ": " << displayText(error.what()) << '\n';
        return toInt(ExitCode::Fault);
    }
}

} // namespace scratchproof
