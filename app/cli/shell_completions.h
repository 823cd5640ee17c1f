// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command_definition.h"

#include <string>

namespace scratchproof {

/// What completes the program's command line in a shell: scripts that are made of the definition. They touch no folder
/// but those whose names are completed.
[[nodiscard]] std::string bashCompletion(const CommandDefinition& program);
[[nodiscard]] std::string zshCompletion(const CommandDefinition& program);
[[nodiscard]] std::string fishCompletion(const CommandDefinition& program);

} // namespace scratchproof
