// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"

namespace scratchproof {

/// `save-file`: standard input into a file, whole or not at all. Started by the window, which touches no folder itself;
/// what goes wrong is one JSON object (an Error) on standard output.
class SaveFileCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override;
    [[nodiscard]] int run(Console& console) override;

private:
    std::string m_file;
    bool m_replace = false;
};

} // namespace scratchproof
