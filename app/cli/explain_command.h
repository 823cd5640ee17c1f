// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"

#include <string>

namespace scratchproof {

/// `explain`: what a cause or an errno means, without looking at any folder.
class ExplainCommand final : public Command
{
public:
    CommandLine declare(CommandLine& program) override;
    [[nodiscard]] int run(Console& console) override;

private:
    std::string m_name; // of a cause, or of an errno; "": everything there is
    bool m_json = false;
    bool m_markdown = false;
};

/// docs/causes.md: the whole catalogue, to be read.
[[nodiscard]] std::string causesInMarkdown();

} // namespace scratchproof
