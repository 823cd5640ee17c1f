// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/manual_page.h"

#include "app/cli/command_help.h"
#include "core/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace scratchproof {

namespace {

using Kind = OptionDefinition::Kind;

/// For man(7). With `isMarked`, `x` becomes bold and *X* slanted.
std::string roff(std::string_view text, bool isMarked = false)
{
    std::string out;
    bool isBold = false;
    bool isSlanted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool isInOption = isBold || text.substr(i, 2) == "--" || (i > 0 && text.substr(i - 1, 2) == "--");
        if (isMarked && c == '`')
            out += std::exchange(isBold, !isBold) ? "\\fP" : "\\fB";
        else if (isMarked && !isBold && c == '*')
            out += std::exchange(isSlanted, !isSlanted) ? "\\fP" : "\\fI";
        else if (c == '\\')
            out += "\\e";
        else if (c == '~')
            out += "\\(ti";
        else if (c == '-' && isInOption)
            out += "\\-";
        else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n'))
            out += std::string("\\&") + c; // else it would be a request
        else
            out += c;
    }
    return out;
}

std::string bold(std::string_view text)
{
    return roff(fmt::format("`{}`", text), true);
}

std::string slanted(std::string_view text)
{
    return "\\fI" + roff(text) + "\\fP";
}

/// `request` parts them: .PP, or .IP behind a tag.
std::string paragraphs(std::string_view text, std::string_view request)
{
    std::string out;
    while (!text.empty()) {
        const auto end = std::min(text.find("\n\n"), text.size());
        const std::string_view one = text.substr(0, end);
        if (one.starts_with("    "))
            out += fmt::format("{}\n.EX\n    {}\n.EE\n", request, roff(one.substr(4)));
        else
            out += fmt::format("{}\n{}\n", request, roff(one, true));
        text.remove_prefix(std::min(end + 2, text.size()));
    }
    return out;
}

bool isForEvery(const OptionDefinition& option)
{
    return option.kind == Kind::Help || option.kind == Kind::Version;
}

std::string tagOf(const OptionDefinition& option)
{
    const std::string letter = option.letter == '\0' ? "" : bold(fmt::format("-{}", option.letter)) + ", ";
    if (option.kind == Kind::Argument)
        return slanted(option.name);
    if (option.kind == Kind::Rest)
        return bold("--") + ' ' + slanted(option.name);
    return letter + bold(option.name) + (option.kind == Kind::Option ? ' ' + slanted(option.valueWord) : "");
}

std::string tagged(const CommandDefinition& command, bool ofEveryCommand)
{
    std::string out;
    for (const auto& option : command.options) {
        if (!option->isHidden && isForEvery(*option) == ofEveryCommand)
            out += fmt::format(".TP\n{}\n{}.\n{}", tagOf(*option), roff(aboutOf(*option)),
                               paragraphs(option->detail, ".IP"));
    }
    return out;
}

std::string synopsisOf(const CommandDefinition& command)
{
    std::string out = bold(callOf(command));
    std::string arguments;
    for (const auto& option : command.options) {
        if (option->isHidden || isForEvery(*option))
            continue;
        const bool isByPlace = !option->isByName();
        std::string one = tagOf(*option);
        if (option->kind == Kind::Rest)
            one += " [" + slanted("ARGUMENT") + "]...";
        else if (!option->isRequired)
            one = fmt::format("[{}]", one);
        if (option->kind == Kind::Argument && option->takesMany)
            one += "...";
        (isByPlace ? arguments : out) += ' ' + one;
    }
    return out + arguments + '\n';
}

struct Parts
{
    std::string synopsis;
    std::string commands;
};

void addCommand(const CommandDefinition& command, Parts& parts)
{
    const bool isInGroup = command.parent->parent != nullptr;
    const std::string name =
        isInGroup ? ".SS " + command.parent->name + ' ' + command.name : ".SH " + inCapitals(command.name);
    parts.commands += fmt::format("{}\n{}.\n{}{}", name, roff(command.about), paragraphs(command.detail, ".PP"),
                                  tagged(command, false));
    if (command.commands.empty())
        parts.synopsis += (parts.synopsis.empty() ? "" : ".br\n") + synopsisOf(command);
    for (const auto& one : command.commands) {
        if (!one->isHidden)
            addCommand(*one, parts);
    }
}

bool putInPlace(std::string& page, std::string_view place, const std::string& text)
{
    const std::string line = fmt::format(".\\\" {}\n", place);
    const auto found = page.find(line);
    if (found == std::string::npos)
        return false;
    page.replace(found, line.size(), text);
    return true;
}

} // namespace

std::optional<std::string> manualPage(const CommandDefinition& program, std::string_view frame)
{
    Parts parts;
    for (const auto& command : program.commands) {
        if (!command->isHidden)
            addCommand(*command, parts);
    }
    std::string page(frame);
    if (putInPlace(page, "synopsis", parts.synopsis) && putInPlace(page, "options", tagged(program, true)) &&
        putInPlace(page, "commands", parts.commands))
        return page;
    return std::nullopt;
}

} // namespace scratchproof
