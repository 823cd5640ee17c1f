// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace scratchproof {

/// Every command, and the one definition of what they all take.
class AllCommands
{
public:
    AllCommands();

    [[nodiscard]] const CommandDefinition& program() const { return m_program; }
    /// The command that such a definition belongs to; nothing for the program and for a group of commands.
    [[nodiscard]] Command* find(const CommandDefinition& definition) const;

private:
    void add(CommandLine& to, std::vector<std::unique_ptr<Command>> commands);

    CommandDefinition m_program;
    std::vector<std::pair<const CommandDefinition*, std::unique_ptr<Command>>> m_commands;
};

/// The whole program: reads `arguments` (without the program's name), runs the command they name, and returns the exit
/// code. Never throws.
[[nodiscard]] int runConsole(const std::vector<std::string>& arguments, Console& console);

} // namespace scratchproof
