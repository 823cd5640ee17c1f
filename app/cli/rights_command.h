// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"

namespace scratchproof {

/// `rights`: whether another user would be able to write to folders, computed; nothing is tried. The folders are looked
/// at by probers, so one that does not answer costs its line only.
class RightsCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override;
    [[nodiscard]] int run(Console& console) override;

private:
    std::string m_user;
    std::vector<Path> m_folders;
    bool m_json = false;
};

} // namespace scratchproof
