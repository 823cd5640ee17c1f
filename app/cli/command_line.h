// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command_definition.h"

#include <functional>
#include <string>
#include <vector>

namespace scratchproof {

/// One option, flag or argument that a command takes, to say more of it. Lives as long as its program's definition.
class CommandOption
{
public:
    explicit CommandOption(OptionDefinition& definition) : m_definition(&definition) {}

    CommandOption& required();
    /// An empty value is wrong usage: it names nothing, and may not come to mean the default or the working directory.
    CommandOption& notEmpty();
    /// Not both of them.
    CommandOption& excludes(const CommandOption& other);
    /// Shown neither by --help nor by what else is made of the definition.
    CommandOption& hide();
    /// The value it has before is what --help tells as the default.
    CommandOption& showDefault();
    /// "a,b" are two values.
    CommandOption& splitAt(char separator);
    /// `why` answers with what is wrong about a value, and what was expected; empty: nothing is.
    CommandOption& check(std::function<std::string(const std::string&)> why);
    CommandOption& oneOf(std::vector<std::string> values);
    CommandOption& between(unsigned least, unsigned most);
    /// What the manual page says besides (OptionDefinition::detail).
    CommandOption& detail(const std::string& text);
    /// What shells offer for it; without this, its choices.
    CommandOption& completes(Completion completion);
    CommandOption& completes(std::vector<std::string> suggestions);

private:
    OptionDefinition* m_definition;
};

/// A program or one of its commands, while it is declared what it takes; the definition outlives it. What is filled in
/// must outlive the reading (command_parser.h).
class CommandLine
{
public:
    explicit CommandLine(CommandDefinition& definition) : m_definition(&definition) {}

    /// A command below this one. Each has --help.
    CommandLine command(const std::string& name, const std::string& about);

    /// `names`: "--in FOLDER" for an option and the word for its value, "FOLDER" for an argument by its place. A value
    /// is taken byte for byte, whatever is in it. Of several arguments only the last may fill a vector.
    CommandOption option(const std::string& names, std::string& value, const std::string& about);
    CommandOption option(const std::string& names, std::vector<std::string>& values, const std::string& about);
    /// A whole number.
    CommandOption option(const std::string& names, unsigned& value, const std::string& about);
    CommandOption flag(const std::string& name, bool& value, const std::string& about);
    /// Everything behind `--`, which is then not ours to read: `word` stands for another program and its words.
    CommandOption rest(const std::string& word, std::vector<std::string>& values, const std::string& about);

    /// Adds --help.
    void help();
    /// Adds --version, which prints this.
    void version(const std::string& text);
    /// Shown neither by --help nor by what else is made of the definition.
    void hide();
    /// What the manual page says besides (CommandDefinition::detail).
    void detail(const std::string& text);
    /// What --help says below the options.
    void footer(const std::string& text);

    [[nodiscard]] const CommandDefinition& definition() const { return *m_definition; }

private:
    OptionDefinition& add(OptionDefinition::Kind kind, const std::string& names, const std::string& about);

    CommandDefinition* m_definition;
};

} // namespace scratchproof
