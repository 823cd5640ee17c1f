// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/finding.h"

#include <functional>
#include <string>
#include <vector>

namespace scratchproof {

/// The words of one cause, in English, with {argument} where a value goes. Marked with QT_TRANSLATE_NOOP where they
/// stand, beside their rule.
struct CauseWords
{
    const char* id;
    const char* title;       // one line, no full stop
    const char* explanation; // one or two sentences for a person who has never heard of permissions
};

/// The words of one fix: what to do, as an instruction.
struct FixWords
{
    const char* id;
    const char* text;
};

/// Looks an English text up in the reader's language; identity for English.
using Translate = std::function<std::string(const char*)>;

/// A finding as a person reads it.
struct RenderedFix
{
    std::string id;
    FixBy by = FixBy::User;
    std::string text;
    std::vector<std::string> command;
};
struct RenderedFinding
{
    std::string title;
    std::string explanation;
    std::vector<RenderedFix> fixes;
};

/// Fills the words of the finding's id with its arguments (paths and foreign text made displayable, sizes and durations
/// formatted). An unknown id gets the words of `unknown` and no command.
[[nodiscard]] RenderedFinding render(const Finding& finding, const Translate& translate = {});

/// nullptr for an id that is not in the catalogue.
[[nodiscard]] const CauseWords* findCauseWords(std::string_view id);
[[nodiscard]] const FixWords* findFixWords(std::string_view id);

} // namespace scratchproof
