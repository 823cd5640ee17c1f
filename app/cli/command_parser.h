// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command_definition.h"

#include <cstdint>
#include <string>
#include <vector>

namespace scratchproof {

/// What a command line asks for.
struct CommandCall
{
    enum class Wish : std::uint8_t { Run, ShowHelp, ShowVersion };

    const CommandDefinition* command = nullptr; // the innermost that was named; the program itself if none was
    Wish wish = Wish::Run;
    /// What is wrong, and what was expected: English, and safe to show on a terminal. Empty: nothing is.
    std::string problem;
};

/// Reads `words` (without the program's name) by the definition, and fills in what the command that they name takes;
/// nothing is filled in if anything is wrong, or if help or the version is asked for.
///
/// The rules are those of getopt_long(3), less its abbreviations, and there are no others:
/// - `--name VALUE` and `--name=VALUE`; the next word is the value whatever it looks like, and so may be empty.
/// - `--` ends the options. What follows is arguments, or the rest (OptionDefinition::Kind::Rest).
/// - A word that is `-` or does not begin with a dash is the command's name, and behind that an argument. Options and
///   arguments may be mixed.
/// No byte of a word is special besides, and no word is taken apart, but where the definition has a separator.
/// Touches nothing else: no environment, no file.
[[nodiscard]] CommandCall readCommandLine(const CommandDefinition& program, const std::vector<std::string>& words);

} // namespace scratchproof
