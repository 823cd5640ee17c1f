// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_line.h"

#include <CLI/CLI.hpp>

#include <utility>

namespace scratchproof {

CommandOption& CommandOption::required()
{
    m_option->required();
    return *this;
}

CommandOption& CommandOption::excludes(const CommandOption& other)
{
    m_option->excludes(other.m_option);
    return *this;
}

CommandOption& CommandOption::hide()
{
    m_option->group("");
    return *this;
}

CommandOption& CommandOption::showDefault()
{
    m_option->capture_default_str();
    return *this;
}

CommandOption& CommandOption::splitAt(char separator)
{
    m_option->delimiter(separator);
    return *this;
}

CommandOption& CommandOption::check(std::function<std::string(const std::string&)> why)
{
    m_option->check(std::move(why));
    return *this;
}

CommandOption& CommandOption::oneOf(std::vector<std::string> values)
{
    m_option->check(CLI::IsMember(std::move(values)));
    return *this;
}

CommandOption& CommandOption::between(unsigned least, unsigned most)
{
    m_option->check(CLI::Range(least, most));
    return *this;
}

CommandLine CommandLine::command(const std::string& name, const std::string& about)
{
    return CommandLine(*m_app->add_subcommand(name, about));
}

CommandOption CommandLine::option(const std::string& names, std::string& value, const std::string& about)
{
    return CommandOption(m_app->add_option(names, value, about));
}

CommandOption CommandLine::option(const std::string& names, std::vector<std::string>& values, const std::string& about)
{
    return CommandOption(m_app->add_option(names, values, about));
}

CommandOption CommandLine::option(const std::string& names, unsigned& value, const std::string& about)
{
    return CommandOption(m_app->add_option(names, value, about));
}

CommandOption CommandLine::flag(const std::string& names, bool& value, const std::string& about)
{
    return CommandOption(m_app->add_flag(names, value, about));
}

void CommandLine::hide()
{
    m_app->group("");
}

void CommandLine::footer(const std::string& text)
{
    m_app->footer(text);
}

bool CommandLine::wasCalled() const
{
    return m_app->parsed();
}

} // namespace scratchproof
