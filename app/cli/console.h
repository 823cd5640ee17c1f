// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"

#include <string>
#include <vector>

namespace scratchproof {

/// The whole program: reads `arguments` (without the program's name), runs the command they name, and returns the exit
/// code. Never throws.
[[nodiscard]] int runConsole(const std::vector<std::string>& arguments, Console& console);

} // namespace scratchproof
