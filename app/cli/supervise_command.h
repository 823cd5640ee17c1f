// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"

namespace scratchproof {

/// `supervise`: does checks for somebody who cannot watch the probers himself. Started by `check --as`, not by people.
class SuperviseCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override;
    [[nodiscard]] int run(Console& console) override;
};

} // namespace scratchproof
