// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/check_output.h"
#include "core/base/text.h"
#include "core/report/path_text.h"
#include "core/report/render_markdown.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>

namespace scratchproof::fuzz {

/// Ends the program where a text for a person's eyes could steer a terminal or turn its order around: control
/// characters but the newline, bidirectional marks and overrides, bytes that are no UTF-8.
inline void mustBeHarmless(std::string_view shown)
{
    if (!isUtf8(shown))
        std::abort();
    std::size_t begin = 0;
    while (begin <= shown.size()) {
        const auto end = std::min(shown.find('\n', begin), shown.size());
        const auto line = shown.substr(begin, end - begin);
        if (displayText(line) != line)
            std::abort();
        begin = end + 1;
    }
}

/// Shows a check that somebody else wrote in all the ways that core and the console program have for people.
inline void show(const Check& check)
{
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    Console console{
        .in = in, .out = out, .err = err, .system = linuxSystem(), .proberProgram = {}, .workingFolder = {}};
    const auto output = makeTextOutput(console);
    output->begin(1);
    output->checkStarted(1, check.folder);
    for (const auto& step : check.steps)
        output->stepFinished(1, step);
    output->checkFinished(1, std::make_shared<const Check>(check));
    output->end(0);
    mustBeHarmless(out.str());
    mustBeHarmless(err.str());
    mustBeHarmless(renderMarkdown(check));
    mustBeHarmless(displayPlace(check));
}

} // namespace scratchproof::fuzz
