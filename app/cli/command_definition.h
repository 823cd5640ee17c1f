// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace scratchproof {

/// All that is known of one option, flag or argument, in one place: the words are read by it (command_parser.h), and
/// --help is made of it (command_help.h). Filled in through command_line.h.
struct OptionDefinition
{
    enum class Kind : std::uint8_t {
        Flag,     // --json
        Option,   // --in FOLDER, --in=FOLDER
        Argument, // FOLDER, by its place
        Rest,     // everything behind `--`, another program's words
        Help,     // --help
        Version,  // --version
    };
    Kind kind = Kind::Flag;
    std::string name;      // "--in"; of an argument, the word that stands for it
    char letter = '\0';    // 'h': it may be given as "-h" too
    std::string valueWord; // "FOLDER"; empty for what takes no value
    std::string about;

    bool takesMany = false; // an option may be given again, an argument takes all that are left
    bool isRequired = false;
    bool isHidden = false; // from --help
    bool refusesEmpty = false;
    bool showsDefault = false;
    std::optional<char> separator;                         // "a,b" are two values
    std::vector<std::string> choices;                      // empty: any value
    std::optional<std::pair<unsigned, unsigned>> range;    // a whole number, from the one to the other
    std::vector<const OptionDefinition*> excludes;         // not given together with these
    std::function<std::string(const std::string&)> whyNot; // what is wrong about a value; empty: nothing is

    /// Puts what was given into the command's own variable; a flag is given no values.
    std::function<void(const std::vector<std::string>&)> fill;
    /// What that variable holds now; before anything was read, the default.
    std::function<std::vector<std::string>()> values;
};

/// The program, a group of commands (`scratch`) or a command.
struct CommandDefinition
{
    std::string name;
    std::string about;
    std::string footer; // what --help says at the end; empty: what the one above says
    std::string version;
    bool isHidden = false;
    const CommandDefinition* parent = nullptr; // of the program: nothing
    std::vector<std::unique_ptr<OptionDefinition>> options;
    std::vector<std::unique_ptr<CommandDefinition>> commands; // with any, one of them has to be named
};

/// How it is called: "scratchproof-cli scratch run".
[[nodiscard]] std::string callOf(const CommandDefinition& command);

} // namespace scratchproof
