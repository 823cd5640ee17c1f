// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_help.h"

#include "core/report/text_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace scratchproof {

namespace {

using Kind = OptionDefinition::Kind;

constexpr std::size_t kFewestNames = 12;
constexpr std::size_t kMostNames = 26; // what is longer has a line of its own
constexpr std::size_t kFewestAbout = 40;
constexpr std::size_t kGap = 2;

struct Line
{
    std::string name;
    std::string about;
};

std::string joined(const std::vector<std::string>& words, const std::string& between)
{
    std::string all;
    for (const std::string& word : words)
        all += (all.empty() ? "" : between) + word;
    return all;
}

/// How an argument stands in the line of usage.
std::string placeOf(const OptionDefinition& option)
{
    if (option.kind == Kind::Rest)
        return fmt::format("-- {} [ARGUMENT]...", option.name);
    return fmt::format("{}{}{}{}", option.isRequired ? "" : "[", option.name, option.isRequired ? "" : "]",
                       option.takesMany ? "..." : "");
}

std::string nameOf(const OptionDefinition& option)
{
    const std::string letter = option.letter == '\0' ? "" : fmt::format("-{}, ", option.letter);
    return letter + option.name + (option.kind == Kind::Option ? ' ' + option.valueWord : "");
}

struct Section
{
    const char* title;
    std::vector<Line> lines;
};

class Page
{
public:
    explicit Page(std::size_t columns) : m_columns(columns) {}

    /// All of them with what is said in one column.
    void sections(const std::vector<Section>& sections)
    {
        std::size_t names = kFewestNames;
        for (const Section& section : sections) {
            for (const Line& line : section.lines) {
                if (widthOf(line.name) <= kMostNames)
                    names = std::max(names, widthOf(line.name));
            }
        }
        for (const Section& section : sections) {
            if (!section.lines.empty())
                m_text += fmt::format("\n{}:\n", section.title);
            for (const Line& line : section.lines)
                add(line, names);
        }
    }

    void paragraphs(std::string_view text)
    {
        while (!text.empty()) {
            const auto end = std::min(text.find('\n'), text.size());
            m_text += wrapped(text.substr(0, end), "", "", m_columns) + '\n';
            text.remove_prefix(std::min(end + 1, text.size()));
        }
    }

    void newLine() { m_text += '\n'; }

    [[nodiscard]] const std::string& text() const { return m_text; }

private:
    void add(const Line& line, std::size_t names)
    {
        // Where little room is left beside the names, what is said stands below them.
        const bool isNarrow = kGap + names + kGap + kFewestAbout > m_columns;
        const std::string indent(isNarrow ? 3 * kGap : kGap + names + kGap, ' ');
        if (widthOf(line.name) <= names && !isNarrow)
            m_text += wrapped(line.about, fmt::format("  {:<{}}  ", line.name, names), indent, m_columns);
        else
            m_text += "  " + line.name + '\n' + wrapped(line.about, indent, indent, m_columns);
        m_text += '\n';
    }

    std::size_t m_columns;
    std::string m_text;
};

std::vector<Line> optionLines(const CommandDefinition& command)
{
    std::vector<Line> lines;
    for (const bool ofEveryCommand : {false, true}) { // those last
        for (const auto& option : command.options) {
            const bool isCommon = option->kind == Kind::Help || option->kind == Kind::Version;
            if (option->isByName() && !option->isHidden && isCommon == ofEveryCommand)
                lines.push_back({nameOf(*option), aboutOf(*option)});
        }
    }
    return lines;
}

const std::string& footerOf(const CommandDefinition& command)
{
    return command.footer.empty() && command.parent != nullptr ? footerOf(*command.parent) : command.footer;
}

} // namespace

std::string aboutOf(const OptionDefinition& option)
{
    std::vector<std::string> notes;
    if (!option.choices.empty())
        notes.push_back(joined(option.choices, ", "));
    if (option.range && option.range->second != std::numeric_limits<unsigned>::max())
        notes.push_back(fmt::format("{} to {}", option.range->first, option.range->second));
    if (option.showsDefault)
        notes.push_back("default: " + joined(option.values(), ", "));
    for (const OptionDefinition* other : option.excludes) {
        if (!other->isHidden)
            notes.push_back("not with " + other->name);
    }
    if (notes.empty())
        return option.about;
    const bool goesOn = option.about.ends_with(')'); // one pair of brackets is enough
    const std::string about = goesOn ? option.about.substr(0, option.about.size() - 1) + "; " : option.about + " (";
    return about + joined(notes, "; ") + ')';
}

std::string alternatives(const std::vector<std::string>& words)
{
    std::string all;
    for (std::size_t i = 0; i < words.size(); ++i)
        all += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
    return all;
}

std::string usageOf(const CommandDefinition& command)
{
    std::string usage = callOf(command);
    if (!command.commands.empty())
        return usage + " COMMAND [ARGUMENT]...";
    usage += " [OPTION]...";
    for (const auto& option : command.options) {
        if (option->kind == Kind::Option && option->isRequired)
            usage += fmt::format(" {} {}", option->name, option->valueWord);
    }
    for (const auto& option : command.options) {
        if (!option->isByName() && !option->isHidden)
            usage += ' ' + placeOf(*option);
    }
    return usage;
}

std::string helpOf(const CommandDefinition& command, std::size_t columns)
{
    Page page(columns);
    page.paragraphs("Usage: " + usageOf(command));
    page.newLine();
    page.paragraphs(command.about);
    std::vector<Line> commands;
    for (const auto& one : command.commands) {
        if (!one->isHidden)
            commands.push_back({one->name, one->about});
    }
    std::vector<Line> arguments;
    for (const auto& option : command.options) {
        if (!option->isByName() && !option->isHidden)
            arguments.push_back({option->name, aboutOf(*option)});
    }
    const bool isGroup = !commands.empty();
    page.sections(
        {{"Commands", std::move(commands)}, {"Arguments", std::move(arguments)}, {"Options", optionLines(command)}});
    page.newLine();
    if (isGroup)
        page.paragraphs(fmt::format("`{} COMMAND --help` says more of a command.\n\n", callOf(command)));
    page.paragraphs(footerOf(command));
    return page.text();
}

} // namespace scratchproof
