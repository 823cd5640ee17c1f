// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"

#include <memory>
#include <string>
#include <vector>

namespace scratchproof {

/// The subcommands of `scratch`. All that touches a folder or the registry is asked of a prober.
[[nodiscard]] std::vector<std::unique_ptr<Command>> scratchCommands();

/// `scratch extend`, `pin`, `release` and `restore`: the life of one or many (scratch_life.cpp).
[[nodiscard]] std::unique_ptr<Command> makeScratchExtendCommand();
[[nodiscard]] std::unique_ptr<Command> makeScratchPinCommand();
[[nodiscard]] std::unique_ptr<Command> makeScratchReleaseCommand();
[[nodiscard]] std::unique_ptr<Command> makeScratchRestoreCommand();

/// `scratch sweep`, `log` and `find` (scratch_sweep.cpp).
[[nodiscard]] std::unique_ptr<Command> makeScratchSweepCommand();
[[nodiscard]] std::unique_ptr<Command> makeScratchLogCommand();
[[nodiscard]] std::unique_ptr<Command> makeScratchFindCommand();

/// `scratch clean`, in a file of its own (scratch_clean.cpp).
[[nodiscard]] std::unique_ptr<Command> makeScratchCleanCommand();

/// `scratch best` (scratch_best.cpp).
[[nodiscard]] std::unique_ptr<Command> makeScratchBestCommand();

/// `scratch run` (scratch_run.cpp).
[[nodiscard]] std::unique_ptr<Command> makeScratchRunCommand();

} // namespace scratchproof
