// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/shell_completions.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace scratchproof {

namespace {

using Kind = OptionDefinition::Kind;

constexpr std::string_view kHeading = R"(# SPDX-License-Identifier: GPL-3.0-or-later
# Completion for scratchproof-cli(1), made from the definition of its commands.
)";

// What the registry and the catalogue know; no folder is touched. Written in what bash, zsh and fish have in common.
constexpr std::string_view kDirectories =
    R"sh(scratch list --json 2>/dev/null | sed -n 's/^ *"name": "\(.*\)",\{0,1\}$/\1/p')sh";
constexpr std::string_view kCauses =
    R"sh(explain --json 2>/dev/null | sed -n 's/^      "id": "\([a-z0-9-]*\)",\{0,1\}$/\1/p; s/^        "\(E[A-Z0-9]*\)",\{0,1\}$/\1/p' | sort -u)sh";

constexpr std::string_view kBash = R"(
_scratchproof_cli() {
    local program=$1 current=${COMP_WORDS[COMP_CWORD]} command='' value='' options='' ended='' many=''
    local word wanted index given=0
    local -a kinds=()
    COMPREPLY=()
    for ((index = 1; index < COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        if [ -n "$value" ]; then # the value of the option before, or the = between them
            [ "$word" = = ] || value=
        elif [ -n "$ended" ]; then
            given=$((given + 1))
        elif [ "$word" = -- ]; then
            ended=yes given=0
        elif [[ $word == -* ]]; then
            value=$(_scratchproof_cli_value "$command $word")
        elif _scratchproof_cli_is_command "$command $word"; then
            command="${command:+$command }$word"
        else
            given=$((given + 1))
        fi
    done
    _scratchproof_cli_takes
    if [ -n "$value" ]; then
        wanted=$value
        if [ "$current" = = ]; then current=; fi
    elif [[ $current == -* && -z $ended ]]; then
        wanted='' # the options alone
    elif ((given < ${#kinds[@]})); then
        wanted=${kinds[given]}
    elif [ -n "$many" ]; then
        wanted=${kinds[${#kinds[@]} - 1]}
    fi
    case $wanted in
        @folders) mapfile -t COMPREPLY < <(compgen -d -- "$current"); compopt -o filenames 2>/dev/null; return ;;
        @files) mapfile -t COMPREPLY < <(compgen -f -- "$current"); compopt -o filenames 2>/dev/null; return ;;
        @programs) mapfile -t COMPREPLY < <(compgen -c -- "$current"); return ;;
        @users) mapfile -t COMPREPLY < <(compgen -u -- "$current"); return ;;
        @none) return ;;
        @directories) wanted=$(_scratchproof_cli_directories "$program") ;;
        @causes) wanted=$(_scratchproof_cli_causes "$program") ;;
    esac
    if [ -z "$value$ended" ]; then wanted="$wanted $options"; fi
    mapfile -t COMPREPLY < <(compgen -W "$wanted" -- "$current")
}

complete -F _scratchproof_cli scratchproof-cli
)";

constexpr std::string_view kFish = R"(
# The command that is named so far: "scratch create".
function __scratchproof_cli_is
    set -l command
    for word in (commandline -opc)[2..-1]
        switch $word
            case '-*'
            case '*'
                if contains -- "$command $word" $__scratchproof_cli_commands
                    set command (string trim -- "$command $word")
                end
        end
    end
    test "$command" = "$argv"
end

complete -c scratchproof-cli -f
)";

/// In quotes of the shells: bash and zsh close them for a quote that is meant, fish knows the backslash within.
std::string shellQuoted(std::string_view text, std::string_view quote = R"('\'')")
{
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'')
            out += quote;
        else
            out += c;
    }
    return out + '\'';
}

std::string withSpaces(const std::vector<std::string>& words)
{
    std::string all;
    for (const std::string& word : words)
        all += (all.empty() ? "" : " ") + word;
    return all;
}

const std::vector<std::string>& wordsOf(const OptionDefinition& option)
{
    return option.choices.empty() ? option.suggestions : option.choices;
}

/// The program and all its commands that are not hidden, those of a group behind it.
void collect(const CommandDefinition& command, std::vector<const CommandDefinition*>& all)
{
    all.push_back(&command);
    for (const auto& one : command.commands) {
        if (!one->isHidden)
            collect(*one, all);
    }
}

std::vector<const CommandDefinition*> allCommands(const CommandDefinition& program)
{
    std::vector<const CommandDefinition*> all;
    collect(program, all);
    return all;
}

std::vector<const OptionDefinition*> shownOptions(const CommandDefinition& command)
{
    std::vector<const OptionDefinition*> all;
    for (const auto& option : command.options) {
        if (!option->isHidden)
            all.push_back(option.get());
    }
    return all;
}

/// "scratch create"; "" for the program.
std::string wayTo(const CommandDefinition& command)
{
    const std::string call = callOf(command);
    return command.parent == nullptr ? std::string() : call.substr(call.find(' ') + 1);
}

std::string namesBelow(const CommandDefinition& command)
{
    std::vector<std::string> names;
    for (const auto& one : command.commands) {
        if (!one->isHidden)
            names.push_back(one->name);
    }
    return withSpaces(names);
}

std::string inBash(const OptionDefinition& option)
{
    switch (option.completion) {
    case Completion::Words:
        return withSpaces(wordsOf(option));
    case Completion::Folders:
        return "@folders";
    case Completion::Files:
        return "@files";
    case Completion::Users:
        return "@users";
    case Completion::ScratchDirectories:
        return "@directories";
    case Completion::Causes:
        return "@causes";
    case Completion::None:
        break;
    }
    return "@none";
}

std::string inZsh(const OptionDefinition& option)
{
    switch (option.completion) {
    case Completion::Words:
        return option.separator ? fmt::format("_values -s {} {} {}", *option.separator, option.valueWord,
                                              withSpaces(wordsOf(option)))
                                : '(' + withSpaces(wordsOf(option)) + ')';
    case Completion::Folders:
        return "_directories";
    case Completion::Files:
        return "_files";
    case Completion::Users:
        return "_users";
    case Completion::ScratchDirectories:
        return "_scratchproof_cli_directories";
    case Completion::Causes:
        return "_scratchproof_cli_causes";
    case Completion::None:
        break;
    }
    return {};
}

std::string inFish(const OptionDefinition& option)
{
    switch (option.completion) {
    case Completion::Words:
        return " -a " + shellQuoted(withSpaces(wordsOf(option)), R"(\')");
    case Completion::Folders:
        return " -a '(__fish_complete_directories (commandline -ct))'";
    case Completion::Files:
        return " -F";
    case Completion::Users:
        return " -a '(__fish_complete_users)'";
    case Completion::ScratchDirectories:
        return " -a '(__scratchproof_cli_directories)'";
    case Completion::Causes:
        return " -a '(__scratchproof_cli_causes)'";
    case Completion::None:
        break;
    }
    return {};
}

/// What a command takes, for _scratchproof_cli().
std::string bashCase(const CommandDefinition& command)
{
    std::vector<std::string> options;
    std::vector<std::string> kinds;
    std::string rest;
    bool takesMany = false;
    if (!command.commands.empty())
        kinds.push_back(shellQuoted(namesBelow(command)));
    for (const OptionDefinition* option : shownOptions(command)) {
        if (option->kind == Kind::Rest) {
            options.emplace_back("--");
            rest = "; if [ -n \"$ended\" ]; then kinds=(@programs @files) many=yes; fi";
        } else if (option->isByName()) {
            options.push_back(option->name);
        } else {
            kinds.push_back(shellQuoted(inBash(*option)));
            takesMany = option->takesMany;
        }
    }
    return fmt::format("        {}) options={} kinds=({}) many={}{} ;;\n", shellQuoted(wayTo(command)),
                       shellQuoted(withSpaces(options)), withSpaces(kinds), takesMany ? "yes" : "''", rest);
}

/// Brackets and colons are zsh's own within what it describes.
std::string forZsh(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\')
            out += '\\';
        out += c;
    }
    return out;
}

std::string zshOption(const OptionDefinition& option)
{
    if (option.kind == Kind::Rest)
        return shellQuoted(fmt::format("*:::{}:_normal", option.name));
    if (option.kind == Kind::Argument)
        return shellQuoted(fmt::format("{}:{}:{}",
                                       option.takesMany    ? "*"
                                       : option.isRequired ? ""
                                                           : ":",
                                       option.name, inZsh(option)));
    const bool endsAll = option.kind == Kind::Help || option.kind == Kind::Version;
    std::string others = endsAll ? "- *" : option.takesMany ? "" : option.name;
    for (const OptionDefinition* other : option.excludes)
        others += other->isHidden ? "" : ' ' + other->name;
    const std::string about = fmt::format("[{}]", forZsh(option.about));
    const std::string value =
        option.kind == Kind::Option ? fmt::format(":{}:{}", option.valueWord, inZsh(option)) : std::string();
    const std::string name = option.kind == Kind::Option ? option.name + '=' : option.name;
    const std::string before = option.takesMany ? "*" : fmt::format("({})", others);
    if (option.letter == '\0')
        return shellQuoted(before + name + about + value);
    return fmt::format("{}{{-{},{}}}{}", shellQuoted(before), option.letter, name, shellQuoted(about + value));
}

std::string functionOf(const CommandDefinition& command)
{
    std::string name = "_scratchproof_cli " + wayTo(command);
    for (char& c : name) {
        if (c == ' ')
            c = '_';
    }
    return name;
}

std::string zshFunction(const CommandDefinition& command)
{
    const bool isGroup = !command.commands.empty();
    std::string specs;
    for (const OptionDefinition* option : shownOptions(command))
        specs += " \\\n        " + zshOption(*option);
    if (!isGroup)
        return fmt::format("\n{}() {{\n    _arguments -S{}\n}}\n", functionOf(command), specs);
    std::string names;
    std::string cases;
    for (const auto& one : command.commands) {
        if (one->isHidden)
            continue;
        names += "\n            " + shellQuoted(fmt::format("{}:{}", one->name, one->about));
        cases += fmt::format("\n        {}) {} ;;", one->name, functionOf(*one));
    }
    return fmt::format(R"(
{}() {{
    local curcontext="$curcontext" state
    local -a line
    _arguments -C{} \
        '1:command:->command' '*::argument:->argument'
    case $state in
    command)
        local -a commands=({})
        _describe command commands ;;
    argument)
        case $line[1] in{}
        esac ;;
    esac
}}
)",
                       functionOf(command), specs, names, cases);
}

std::string fishLines(const CommandDefinition& command)
{
    const std::string start =
        fmt::format("complete -c scratchproof-cli -n {}", shellQuoted("__scratchproof_cli_is " + wayTo(command)));
    std::string out;
    for (const auto& one : command.commands) {
        if (!one->isHidden)
            out += fmt::format("{} -a {} -d {}\n", start, one->name, shellQuoted(one->about, R"(\')"));
    }
    for (const OptionDefinition* option : shownOptions(command)) {
        if (!option->isByName()) {
            const std::string offer =
                option->kind == Kind::Rest ? " -a '(__fish_complete_subcommand --fcs-skip=3)'" : inFish(*option);
            out += offer.empty() ? std::string() : start + offer + '\n';
            continue;
        }
        const std::string letter = option->letter == '\0' ? std::string() : fmt::format(" -s {}", option->letter);
        const bool isForFiles = option->completion == Completion::Files;
        const std::string value =
            option->kind == Kind::Option ? (isForFiles ? " -r" : " -x") + inFish(*option) : std::string();
        out += fmt::format("{}{} -l {}{} -d {}\n", start, letter, option->name.substr(2), value,
                           shellQuoted(option->about, R"(\')"));
    }
    return out;
}

} // namespace

std::string bashCompletion(const CommandDefinition& program)
{
    std::string commands;
    std::string values;
    std::string takes;
    for (const CommandDefinition* command : allCommands(program)) {
        const std::string way = wayTo(*command);
        if (command->parent != nullptr) {
            const std::string above = wayTo(*command->parent);
            commands += (commands.empty() ? "" : " | ") + shellQuoted(above + ' ' + command->name);
        }
        for (const OptionDefinition* option : shownOptions(*command)) {
            if (option->kind == Kind::Option)
                values += fmt::format("        {}) echo {} ;;\n", shellQuoted(way + ' ' + option->name),
                                      shellQuoted(inBash(*option)));
        }
        takes += bashCase(*command);
    }
    return fmt::format("{}# shellcheck shell=bash\n\n"
                       "_scratchproof_cli_directories() {{\n    \"$1\" {}\n}}\n\n"
                       "_scratchproof_cli_causes() {{\n    \"$1\" {}\n}}\n\n"
                       "_scratchproof_cli_is_command() {{\n    case $1 in {}) ;; *) return 1 ;; esac\n}}\n\n"
                       "# What an option takes; nothing for one without a value.\n"
                       "_scratchproof_cli_value() {{\n    case $1 in\n{}    esac\n}}\n\n"
                       "# Fills in the options and the arguments of $command.\n"
                       "_scratchproof_cli_takes() {{\n    case $command in\n{}    esac\n}}\n{}",
                       kHeading, kDirectories, kCauses, commands, values, takes, kBash);
}

std::string zshCompletion(const CommandDefinition& program)
{
    std::string functions;
    for (const CommandDefinition* command : allCommands(program))
        functions += zshFunction(*command);
    return fmt::format("#compdef scratchproof-cli\n{}\n"
                       "_scratchproof_cli_directories() {{\n"
                       "    compadd -- ${{(f)\"$(scratchproof-cli {})\"}}\n}}\n\n"
                       "_scratchproof_cli_causes() {{\n    compadd -- ${{(f)\"$(scratchproof-cli {})\"}}\n}}\n"
                       "{}\n_scratchproof_cli_ \"$@\"\n",
                       kHeading, kDirectories, kCauses, functions);
}

std::string fishCompletion(const CommandDefinition& program)
{
    std::string commands;
    std::string lines;
    for (const CommandDefinition* command : allCommands(program)) {
        if (command->parent != nullptr)
            commands += ' ' + shellQuoted(wayTo(*command->parent) + ' ' + command->name);
        lines += fishLines(*command);
    }
    return fmt::format("{}\nset -g __scratchproof_cli_commands{}\n\n"
                       "function __scratchproof_cli_directories\n    scratchproof-cli {}\nend\n\n"
                       "function __scratchproof_cli_causes\n    scratchproof-cli {}\nend\n{}{}",
                       kHeading, commands, kDirectories, kCauses, kFish, lines);
}

} // namespace scratchproof
