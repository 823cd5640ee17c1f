// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/check/check.h"
#include "core/report/report_words.h"

#include <cstddef>
#include <set>
#include <string>

namespace scratchproof {

struct TextLook
{
    std::size_t columns = 100; // words are broken into lines of at most so many characters
    bool isColoured = false;   // with the escape sequences of a terminal
};

/// Checks as text for a terminal: a line about the folder, and below it the findings with what to do, where the path
/// stops, and the abilities. One for all checks of a run: the same note below each of a thousand folders helps nobody.
class TextRenderer
{
public:
    explicit TextRenderer(TextLook look) : m_look(look) {}
    /// Ends with a newline.
    [[nodiscard]] std::string render(const Check& check, const ReportTranslate& translate = {});

private:
    TextLook m_look;
    std::set<std::string> m_noted; // ids
};

/// "not usable": the verdict's word within a line.
[[nodiscard]] std::string wordInLine(Verdict verdict, const Translate& translate = {});

} // namespace scratchproof
