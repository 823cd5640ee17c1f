// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command_definition.h"

#include <cstddef>
#include <string>
#include <vector>

namespace scratchproof {

/// What --help says of the program or a command, in lines of at most `columns` characters where words allow it.
[[nodiscard]] std::string helpOf(const CommandDefinition& command, std::size_t columns);

/// What it says of an option, in one line: with its choices, its default and what it is not given together with.
[[nodiscard]] std::string aboutOf(const OptionDefinition& option);

/// How it is used, in one line: "scratchproof-cli rights [OPTION]... USER FOLDER...".
[[nodiscard]] std::string usageOf(const CommandDefinition& command);

/// "a", "a or b", "a, b or c".
[[nodiscard]] std::string alternatives(const std::vector<std::string>& words);

} // namespace scratchproof
