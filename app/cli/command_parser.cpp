// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_parser.h"

#include "app/cli/command_help.h"
#include "core/base/edit_distance.h"
#include "core/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <map>
#include <optional>
#include <string_view>

namespace scratchproof {

namespace {

using Kind = OptionDefinition::Kind;

std::string inQuotes(std::string_view word)
{
    return '\'' + displayText(word) + '\'';
}

bool takesValue(const OptionDefinition& option)
{
    return option.kind == Kind::Option;
}

/// In a sentence: "LEVEL" is told as "--level LEVEL".
std::string wayToGive(const OptionDefinition& option)
{
    return takesValue(option) ? option.name + ' ' + option.valueWord : option.name;
}

std::vector<std::string> split(const std::string& text, char separator)
{
    std::vector<std::string> parts;
    std::size_t start = 0;
    while (true) {
        const auto end = text.find(separator, start);
        parts.push_back(text.substr(start, end - start));
        if (end == std::string::npos)
            return parts;
        start = end + 1;
    }
}

std::optional<unsigned> wholeNumber(std::string_view text)
{
    unsigned number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
        return std::nullopt;
    return number;
}

/// What is wrong about a value; empty: nothing is.
std::string whyNot(const OptionDefinition& option, const std::string& value)
{
    if (value.empty() && option.refusesEmpty)
        return fmt::format("'' is empty, and names nothing; expected {}", wayToGive(option));
    if (!option.choices.empty() &&
        std::find(option.choices.begin(), option.choices.end(), value) == option.choices.end())
        return fmt::format("{} is none of its values; expected {}", inQuotes(value), alternatives(option.choices));
    if (option.range) {
        const auto number = wholeNumber(value);
        if (!number || *number < option.range->first || *number > option.range->second)
            return fmt::format("{} is not a number that it takes; expected one from {} to {}", inQuotes(value),
                               option.range->first, option.range->second);
    }
    return option.whyNot ? displayText(option.whyNot(value)) : std::string();
}

class Reader
{
public:
    Reader(const CommandDefinition& program, const std::vector<std::string>& words) : m_words(words)
    {
        m_call.command = &program;
    }

    CommandCall read()
    {
        while (m_next < m_words.size() && m_call.problem.empty() && m_call.wish == CommandCall::Wish::Run)
            readWord(m_words[m_next++]);
        if (m_call.wish != CommandCall::Wish::Run)
            return m_call;
        if (m_call.problem.empty())
            placeArguments();
        if (m_call.problem.empty())
            checkWhole();
        if (m_call.problem.empty()) {
            for (const auto& [option, values] : m_given)
                option->fill(values);
        }
        return m_call;
    }

private:
    void readWord(const std::string& word)
    {
        if (m_optionsEnded)
            m_arguments.push_back(word);
        else if (word == "--")
            endOptions();
        else if (word.starts_with("--"))
            readLongOption(word);
        else if (word.size() > 1 && word.front() == '-')
            readLetter(word);
        else if (!m_call.command->commands.empty())
            readCommand(word);
        else
            m_arguments.push_back(word);
    }

    void endOptions()
    {
        if (!m_call.command->commands.empty())
            return noCommand("'--'");
        m_optionsEnded = true;
        const auto& options = m_call.command->options;
        const auto rest =
            std::find_if(options.begin(), options.end(), [](const auto& option) { return option->kind == Kind::Rest; });
        if (rest == options.end())
            return;
        if (m_next < m_words.size())
            m_given[rest->get()].assign(m_words.begin() + static_cast<std::ptrdiff_t>(m_next), m_words.end());
        m_next = m_words.size();
    }

    void readLongOption(const std::string& word)
    {
        const auto equals = word.find('=');
        const std::string name = word.substr(0, equals);
        for (const auto& option : m_call.command->options) {
            if (option->isByName() && option->name == name)
                return take(*option,
                            equals == std::string::npos ? std::nullopt : std::optional(word.substr(equals + 1)));
        }
        unknownOption(name);
    }

    void readLetter(const std::string& word)
    {
        for (const auto& option : m_call.command->options) {
            if (option->letter != '\0' && word.size() == 2 && word[1] == option->letter)
                return take(*option, std::nullopt);
        }
        unknownOption(word);
    }

    void unknownOption(const std::string& name)
    {
        const auto bare = [](std::string_view text) {
            return text.substr(std::min(text.find_first_not_of('-'), text.size()));
        };
        std::vector<std::string> names;
        for (const auto& option : m_call.command->options) {
            if (option->isByName() && !option->isHidden)
                names.emplace_back(bare(option->name));
        }
        const std::string meant = nearestName(bare(name), names);
        m_call.problem = fmt::format("there is no option {}", inQuotes(name));
        if (!meant.empty())
            m_call.problem += fmt::format("; did you mean --{}?", meant);
        else if (m_call.command->commands.empty())
            m_call.problem += "; what begins with a dash and is no option stands behind --";
        else
            m_call.problem += "; the options of a command stand behind its name";
    }

    void readCommand(const std::string& word)
    {
        for (const auto& command : m_call.command->commands) {
            if (command->name == word) {
                m_call.command = command.get();
                return;
            }
        }
        noCommand(inQuotes(word));
        const std::string meant = nearestName(word, commandNames());
        if (!meant.empty())
            m_call.problem = fmt::format("there is no command {}; did you mean {}?", inQuotes(word), meant);
    }

    [[nodiscard]] std::vector<std::string> commandNames() const
    {
        std::vector<std::string> names;
        for (const auto& command : m_call.command->commands) {
            if (!command->isHidden)
                names.push_back(command->name);
        }
        return names;
    }

    /// `instead`: what stands where a command's name is expected.
    void noCommand(const std::string& instead)
    {
        m_call.problem = fmt::format("there is no command {}; expected {}", instead, alternatives(commandNames()));
    }

    void take(const OptionDefinition& option, std::optional<std::string> value)
    {
        if (!takesValue(option)) {
            if (value)
                return problem(option, fmt::format("it takes no value, and {} was given", inQuotes(*value)));
            if (option.kind == Kind::Help)
                m_call.wish = CommandCall::Wish::ShowHelp;
            else if (option.kind == Kind::Version)
                m_call.wish = CommandCall::Wish::ShowVersion;
            else
                m_given.try_emplace(&option);
            return;
        }
        if (!value) {
            if (m_next == m_words.size())
                return problem(option, "its value is missing; expected " + wayToGive(option));
            value = m_words[m_next++];
        }
        if (m_given.contains(&option) && !option.takesMany)
            return problem(option, fmt::format("given twice, and at last with {}; expected it once", inQuotes(*value)));
        keep(option, *value);
    }

    void keep(const OptionDefinition& option, const std::string& value)
    {
        for (const std::string& one :
             option.separator ? split(value, *option.separator) : std::vector<std::string>{value}) {
            if (const std::string why = whyNot(option, one); !why.empty())
                return problem(option, why);
            m_given[&option].push_back(one);
        }
    }

    void placeArguments()
    {
        std::size_t next = 0;
        for (const auto& option : m_call.command->options) {
            if (option->kind != Kind::Argument)
                continue;
            const std::size_t end = option->takesMany ? m_arguments.size() : std::min(next + 1, m_arguments.size());
            for (; next < end && m_call.problem.empty(); ++next)
                keep(*option, m_arguments[next]);
        }
        if (next < m_arguments.size() && m_call.problem.empty())
            m_call.problem = fmt::format("{} is one argument too many; expected `{}`", inQuotes(m_arguments[next]),
                                         usageOf(*m_call.command));
    }

    void checkWhole()
    {
        if (!m_call.command->commands.empty()) {
            m_call.problem = fmt::format("no command given; expected {}", alternatives(commandNames()));
            return;
        }
        for (const auto& option : m_call.command->options) {
            if (option->isRequired && !m_given.contains(option.get())) {
                m_call.problem =
                    fmt::format("no {} given; expected `{}`", wayToGive(*option), usageOf(*m_call.command));
                return;
            }
            for (const OptionDefinition* other : option->excludes) {
                if (m_given.contains(option.get()) && m_given.contains(other))
                    return problem(*option,
                                   fmt::format("it was given together with {}; expected one of them", other->name));
            }
        }
    }

    void problem(const OptionDefinition& option, const std::string& words)
    {
        m_call.problem = option.name + ": " + words;
    }

    const std::vector<std::string>& m_words;
    std::size_t m_next = 0;
    bool m_optionsEnded = false;
    std::vector<std::string> m_arguments;
    std::map<const OptionDefinition*, std::vector<std::string>> m_given;
    CommandCall m_call;
};

} // namespace

CommandCall readCommandLine(const CommandDefinition& program, const std::vector<std::string>& words)
{
    return Reader(program, words).read();
}

} // namespace scratchproof
