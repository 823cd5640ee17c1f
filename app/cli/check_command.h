// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"
#include "core/host/run_as.h"
#include "core/probe/steps.h"

#include <tl/expected.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scratchproof {

class CheckOutput;

/// `check`: really tries folders, and says what is so.
class CheckCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override;
    [[nodiscard]] int run(Console& console) override;

private:
    /// A folder as it was given, and as it is understood.
    struct Given
    {
        Path text;             // until the address is known
        bool isListed = false; // in --from-file
        FolderAddress address = {};
        bool hasNoPlace = false; // relative, and the working folder has no path
    };
    /// The exit code if what was given is wrong; why is said.
    [[nodiscard]] tl::expected<std::vector<Given>, int> readFolders(Console& console) const;
    [[nodiscard]] tl::expected<std::string, int> readList(Console& console) const;
    /// Fills in the addresses. The exit code, if it is not to go on.
    [[nodiscard]] std::optional<int> findAddresses(Console& console, std::vector<Given>& folders) const;
    [[nodiscard]] bool understand(Console& console, Given& given, Colons colons) const;
    [[nodiscard]] bool knowsUser(Console& console) const;
    static void tellRoot(Console& console);
    [[nodiscard]] std::unique_ptr<CheckOutput> makeOutput(Console& console) const;

    std::string m_level = "standard";
    std::string m_timeout = "10";
    std::string m_fromFile;
    std::string m_as;
    bool m_remote = false;
    bool m_json = false;
    bool m_ndjson = false;
    std::vector<std::string> m_folders;
};

} // namespace scratchproof
