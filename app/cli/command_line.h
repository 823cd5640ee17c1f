// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace scratchproof {

/// One option, flag or argument that a command takes, to say more of it. Lives as long as its CommandLine's program.
class CommandOption
{
public:
    explicit CommandOption(CLI::Option* option) : m_option(option) {}

    CommandOption& required();
    /// Not both of them.
    CommandOption& excludes(const CommandOption& other);
    /// Not shown by --help.
    CommandOption& hide();
    /// The value it has before is what --help tells as the default.
    CommandOption& showDefault();
    /// "a,b" are two values.
    CommandOption& splitAt(char separator);
    /// `why` answers with what is wrong about a value, and what was expected; empty: nothing is.
    CommandOption& check(std::function<std::string(const std::string&)> why);
    CommandOption& oneOf(std::vector<std::string> values);
    CommandOption& between(unsigned least, unsigned most);

private:
    CLI::Option* m_option;
};

/// A program or one of its commands, while it is declared what it takes. A thin cover over CLI11, whose headers each
/// command would otherwise compile anew. What is filled in must outlive the parsing.
class CommandLine
{
public:
    explicit CommandLine(CLI::App& app) : m_app(&app) {}

    /// A command below this one.
    CommandLine command(const std::string& name, const std::string& about);

    /// `names`: "--level" for an option, "FOLDER" for an argument by its place.
    CommandOption option(const std::string& names, std::string& value, const std::string& about);
    CommandOption option(const std::string& names, std::vector<std::string>& values, const std::string& about);
    CommandOption option(const std::string& names, unsigned& value, const std::string& about);
    CommandOption flag(const std::string& names, bool& value, const std::string& about);

    /// Not shown by --help.
    void hide();
    /// What --help says below the options.
    void footer(const std::string& text);
    /// Whether it is the one that was called.
    [[nodiscard]] bool wasCalled() const;

private:
    CLI::App* m_app;
};

} // namespace scratchproof
