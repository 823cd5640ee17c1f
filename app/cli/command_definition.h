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

/// What a shell offers for a value.
enum class Completion : std::uint8_t {
    None,
    Words, // the choices, or OptionDefinition::suggestions
    Folders,
    Files,
    Users,
    ScratchDirectories, // the names in the registry
    Causes,             // their ids, and the errnos that they show as
};

/// All that is known of one option, flag or argument, in one place: the words are read by it (command_parser.h), and
/// --help (command_help.h), the manual page (manual_page.h) and completions (shell_completions.h) are made of it.
/// Filled in through command_line.h.
///
/// `detail` is what the manual page says besides `about`. In it `x` is bold and *X* slanted, an empty line parts
/// paragraphs, and a paragraph that begins with four spaces is an example.
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
    std::string about;     // in one line, without a full stop
    std::string detail;

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

    Completion completion = Completion::None;
    std::vector<std::string> suggestions; // some of the values that it takes

    /// Puts what was given into the command's own variable; a flag is given no values.
    std::function<void(const std::vector<std::string>&)> fill;
    /// What that variable holds now; before anything was read, the default.
    std::function<std::vector<std::string>()> values;

    [[nodiscard]] bool isByName() const { return kind != Kind::Argument && kind != Kind::Rest; }
};

/// The program, a group of commands (`scratch`) or a command.
struct CommandDefinition
{
    std::string name;
    std::string about;
    std::string detail; // as of an option
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
