// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/cell_text.h"

#include "core/base/text.h"

#include <algorithm>
#include <array>

namespace scratchproof {

std::string cellText(std::string_view text)
{
    // The full-width ones count in some languages of spreadsheets.
    constexpr std::array<std::string_view, 9> kBeginnings{"=",      "+",      "-",      "@",     "\"",
                                                          "\uff1d", "\uff0b", "\uff0d", "\uff20"};
    std::string shown = displayText(text);
    const std::string_view start = std::string_view(shown).substr(std::min(shown.find_first_not_of(' '), shown.size()));
    if (std::any_of(kBeginnings.begin(), kBeginnings.end(),
                    [start](std::string_view beginning) { return start.starts_with(beginning); }))
        shown.insert(0, 1, '\'');
    return shown;
}

} // namespace scratchproof
