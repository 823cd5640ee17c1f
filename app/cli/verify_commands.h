// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"

#include <memory>
#include <vector>

namespace scratchproof {

/// The subcommands of `verify`. All that touches a drive is asked of a prober.
[[nodiscard]] std::vector<std::unique_ptr<Command>> verifyCommands();

} // namespace scratchproof
