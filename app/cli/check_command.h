// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"
#include "core/probe/steps.h"
#include "core/prober/asker.h"

#include <memory>
#include <optional>

namespace scratchproof {

class CheckOutput;

/// `check`: really tries folders, and says what is so.
class CheckCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override;
    [[nodiscard]] int run(Console& console) override;

private:
    [[nodiscard]] std::optional<std::vector<FolderAddress>> gatherFolders(Console& console) const;
    [[nodiscard]] bool knowsUser(Console& console) const;
    static void tellRoot(Console& console);
    [[nodiscard]] std::unique_ptr<CheckOutput> makeOutput(Console& console) const;

    std::string m_level = "standard";
    std::string m_timeout = "10";
    std::string m_fromFile;
    std::string m_as;
    bool m_json = false;
    bool m_ndjson = false;
    std::vector<std::string> m_folders;
};

} // namespace scratchproof
