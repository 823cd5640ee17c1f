// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"

#include <QStringList>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace scratchproof::gui {

/// What the command line asks for.
struct Arguments
{
    std::vector<Path> folders; // as given, bytes
    bool help = false;
    bool version = false;
    std::string problem; // English, of an unknown option; then nothing else counts
};

/// Reads `scratchproof [FOLDER...]`. What begins with a dash is an option, up to a `--`.
/// Qt's own options (-platform NAME, -style NAME, ...) are passed over.
[[nodiscard]] Arguments readArguments(int count, const char* const* values);
[[nodiscard]] std::string usageText();

/// Why there is no display to show a window on, in words for stderr; nothing if there is one. QGuiApplication would
/// abort instead of saying so. `environment` looks a variable up; nothing for one that is unset or empty.
[[nodiscard]] std::optional<std::string>
whyNoDisplay(int count, const char* const* values,
             const std::function<std::optional<std::string>(const char*)>& environment);

} // namespace scratchproof::gui
