// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/startup.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace scratchproof::gui {

namespace {

/// Options that QApplication takes for itself, with a value after them; see its documentation.
constexpr std::array<std::string_view, 8> kQtOptionsWithValue = {
    "platform", "platformpluginpath", "platformtheme", "style", "stylesheet", "qwindowgeometry", "geometry", "display"};
constexpr std::array<std::string_view, 5> kQtOptions = {"reverse", "widgetcount", "nograb", "dograb", "sync"};

std::string_view withoutDashes(std::string_view option)
{
    option.remove_prefix(1);
    if (!option.empty() && option.front() == '-')
        option.remove_prefix(1);
    return option;
}

template <typename List>
bool contains(const List& list, std::string_view word)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

} // namespace

Arguments readArguments(int count, const char* const* values)
{
    Arguments arguments;
    bool options = true;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = values[i];
        if (!options || word.size() < 2 || word.front() != '-') {
            arguments.folders.emplace_back(word);
            continue;
        }
        const std::string_view name = withoutDashes(word);
        if (word == "--")
            options = false;
        else if (word == "-h" || word == "--help")
            arguments.help = true;
        else if (word == "--version")
            arguments.version = true;
        else if (contains(kQtOptionsWithValue, name))
            ++i;
        else if (!contains(kQtOptions, name) &&
                 std::none_of(kQtOptionsWithValue.begin(), kQtOptionsWithValue.end(), [&](std::string_view option) {
                     return name.size() > option.size() && name.substr(0, option.size()) == option &&
                            name[option.size()] == '=';
                 }))
            arguments.problem = "unknown option '" + displayText(word) + "'";
    }
    return arguments;
}

std::string usageText()
{
    return "usage: scratchproof [FOLDER...]\n"
           "\n"
           "Opens the window and checks the folders given: whether a file can really be saved there, and if not, why.\n"
           "\n"
           "  -h, --help    this text\n"
           "  --version     the version\n"
           "\n"
           "For a terminal or a server there is scratchproof-cli.\n";
}

std::optional<std::string> whyNoDisplay(int count, const char* const* values,
                                        const std::function<std::optional<std::string>(const char*)>& environment)
{
    // Whoever names a platform (offscreen, vnc, ...) knows what is there.
    if (environment("QT_QPA_PLATFORM"))
        return std::nullopt;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = values[i];
        if (word == "--")
            break;
        if (word == "-platform" || word == "--platform" || word == "-display" || word == "--display")
            return std::nullopt;
    }
    if (environment("DISPLAY") || environment("WAYLAND_DISPLAY") || environment("WAYLAND_SOCKET"))
        return std::nullopt;
    return "scratchproof: there is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set).\n"
           "In a terminal, use the console program instead: scratchproof-cli check FOLDER\n";
}

} // namespace scratchproof::gui
