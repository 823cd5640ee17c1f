// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"

namespace scratchproof {

/// `prober`: serves requests on standard input. Started by the window and by the other commands, not by people.
class ProberCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override;
    [[nodiscard]] int run(Console& console) override;
};

} // namespace scratchproof
