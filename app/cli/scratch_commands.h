// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"

#include <memory>
#include <vector>

namespace scratchproof {

/// The subcommands of `scratch`: create, list, show, clean and forget. All that touches a folder or the registry is
/// asked of a prober.
[[nodiscard]] std::vector<std::unique_ptr<Command>> scratchCommands();

/// `scratch clean`, in a file of its own (scratch_clean.cpp).
[[nodiscard]] std::unique_ptr<Command> makeScratchCleanCommand();

} // namespace scratchproof
