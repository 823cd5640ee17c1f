// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_line.h"

#include "core/base/text.h"

#include <charconv>
#include <limits>
#include <memory>
#include <utility>

namespace scratchproof {

namespace {

/// For an option that is declared without a word for its value: "--min-free" takes a MIN-FREE.
std::string valueWordOf(const std::string& name)
{
    return inCapitals(name.substr(name.find_first_not_of('-')));
}

/// A raw string begins on the line behind its quote.
std::string withoutNewLine(const std::string& text)
{
    return text.starts_with('\n') ? text.substr(1) : text;
}

} // namespace

std::string callOf(const CommandDefinition& command)
{
    return command.parent == nullptr ? command.name : callOf(*command.parent) + ' ' + command.name;
}

CommandOption& CommandOption::required()
{
    m_definition->isRequired = true;
    return *this;
}

CommandOption& CommandOption::notEmpty()
{
    m_definition->refusesEmpty = true;
    return *this;
}

CommandOption& CommandOption::excludes(const CommandOption& other)
{
    m_definition->excludes.push_back(other.m_definition);
    other.m_definition->excludes.push_back(m_definition);
    return *this;
}

CommandOption& CommandOption::hide()
{
    m_definition->isHidden = true;
    return *this;
}

CommandOption& CommandOption::showDefault()
{
    m_definition->showsDefault = true;
    return *this;
}

CommandOption& CommandOption::splitAt(char separator)
{
    m_definition->separator = separator;
    return *this;
}

CommandOption& CommandOption::check(std::function<std::string(const std::string&)> why)
{
    m_definition->whyNot = std::move(why);
    return *this;
}

CommandOption& CommandOption::oneOf(std::vector<std::string> values)
{
    m_definition->choices = std::move(values);
    m_definition->completion = Completion::Words;
    return *this;
}

CommandOption& CommandOption::between(unsigned least, unsigned most)
{
    m_definition->range = {least, most};
    return *this;
}

CommandOption& CommandOption::detail(const std::string& text)
{
    m_definition->detail = withoutNewLine(text);
    return *this;
}

CommandOption& CommandOption::completes(Completion completion)
{
    m_definition->completion = completion;
    return *this;
}

CommandOption& CommandOption::completes(std::vector<std::string> suggestions)
{
    m_definition->suggestions = std::move(suggestions);
    return completes(Completion::Words);
}

CommandLine CommandLine::command(const std::string& name, const std::string& about)
{
    auto definition = std::make_unique<CommandDefinition>();
    definition->name = name;
    definition->about = about;
    definition->parent = m_definition;
    CommandLine command(*definition);
    m_definition->commands.push_back(std::move(definition));
    command.help();
    return command;
}

OptionDefinition& CommandLine::add(OptionDefinition::Kind kind, const std::string& names, const std::string& about)
{
    auto option = std::make_unique<OptionDefinition>();
    const auto space = names.find(' ');
    option->kind = kind;
    option->name = names.substr(0, space);
    option->about = about;
    if (kind == OptionDefinition::Kind::Option && !names.starts_with("--"))
        option->kind = OptionDefinition::Kind::Argument;
    if (space != std::string::npos)
        option->valueWord = names.substr(space + 1);
    else if (option->kind == OptionDefinition::Kind::Option)
        option->valueWord = valueWordOf(option->name);
    else if (option->kind == OptionDefinition::Kind::Argument || kind == OptionDefinition::Kind::Rest)
        option->valueWord = option->name;
    return *m_definition->options.emplace_back(std::move(option));
}

CommandOption CommandLine::option(const std::string& names, std::string& value, const std::string& about)
{
    OptionDefinition& option = add(OptionDefinition::Kind::Option, names, about);
    option.fill = [&value](const std::vector<std::string>& given) { value = given.back(); };
    option.values = [&value] { return std::vector<std::string>{value}; };
    return CommandOption(option);
}

CommandOption CommandLine::option(const std::string& names, std::vector<std::string>& values, const std::string& about)
{
    OptionDefinition& option = add(OptionDefinition::Kind::Option, names, about);
    option.takesMany = true;
    option.fill = [&values](const std::vector<std::string>& given) { values = given; };
    option.values = [&values] { return values; };
    return CommandOption(option);
}

CommandOption CommandLine::option(const std::string& names, unsigned& value, const std::string& about)
{
    OptionDefinition& option = add(OptionDefinition::Kind::Option, names, about);
    option.range = {0U, std::numeric_limits<unsigned>::max()};
    option.fill = [&value](const std::vector<std::string>& given) {
        const std::string& text = given.back();
        std::from_chars(text.data(), text.data() + text.size(), value);
    };
    option.values = [&value] { return std::vector<std::string>{std::to_string(value)}; };
    return CommandOption(option);
}

CommandOption CommandLine::flag(const std::string& name, bool& value, const std::string& about)
{
    OptionDefinition& option = add(OptionDefinition::Kind::Flag, name, about);
    option.fill = [&value](const std::vector<std::string>&) { value = true; };
    option.values = [&value] { return std::vector<std::string>(value ? 1 : 0); };
    return CommandOption(option);
}

CommandOption CommandLine::rest(const std::string& word, std::vector<std::string>& values, const std::string& about)
{
    OptionDefinition& option = add(OptionDefinition::Kind::Rest, word, about);
    option.takesMany = true;
    option.fill = [&values](const std::vector<std::string>& given) { values = given; };
    option.values = [&values] { return values; };
    return CommandOption(option);
}

void CommandLine::help()
{
    add(OptionDefinition::Kind::Help, "--help", "Show this, and do nothing else").letter = 'h';
}

void CommandLine::version(const std::string& text)
{
    add(OptionDefinition::Kind::Version, "--version", "Show the version, and do nothing else");
    m_definition->version = text;
}

void CommandLine::hide()
{
    m_definition->isHidden = true;
}

void CommandLine::detail(const std::string& text)
{
    m_definition->detail = withoutNewLine(text);
}

void CommandLine::footer(const std::string& text)
{
    m_definition->footer = text;
}

} // namespace scratchproof
