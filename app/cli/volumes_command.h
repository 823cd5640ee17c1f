// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"

namespace scratchproof {

/// `volumes`: the drives, shares and memory places of this computer, with their room. Room is asked of a prober, so a
/// server that does not answer costs its row only.
class VolumesCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override;
    [[nodiscard]] int run(Console& console) override;

private:
    bool m_json = false;
    bool m_all = false;
};

} // namespace scratchproof
