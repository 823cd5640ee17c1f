// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/diagnosis.h"
#include "core/diagnosis/words.h"
#include "core/probe/abilities.h"
#include "core/probe/probe.h"

#include <initializer_list>
#include <string>
#include <string_view>

namespace scratchproof {

/// How a report looks its words up: those of findings (catalogue context "causes") and its own ("report"). Empty ones
/// leave the English.
struct ReportTranslate
{
    Translate causes;
    Translate report;
};

/// Core's types in English, marked for translation in the context "report". Never nullptr.
[[nodiscard]] const char* wordOf(Verdict verdict);     // "Not usable"
[[nodiscard]] const char* wordOf(Step step);           // "Create a file"
[[nodiscard]] const char* wordOf(StepStatus status);   // "failed"
[[nodiscard]] const char* wordOf(Level level);         // "standard"
[[nodiscard]] const char* wordOf(Severity severity);   // "limit"
[[nodiscard]] const char* wordOf(Certainty certainty); // "proven"
/// What that certainty means, as a sentence.
[[nodiscard]] const char* meaningOf(Certainty certainty);
/// Whose a fix is: "You can do this", "For bea", "For the folder's owner" where that one's name is not known, "For an
/// administrator". Displayable.
[[nodiscard]] std::string doerOf(const RenderedFix& fix, const Translate& translate = {});
[[nodiscard]] const char* wordOf(Ability ability);      // "Symbolic links"
[[nodiscard]] const char* wordOf(AbilityStatus status); // "yes"
[[nodiscard]] const char* wordOf(MountKind kind);       // "removable drive"
/// Why an ability is as it is, or its number: "longest name: 143 bytes", "refused: : *"; "" where there is no more to
/// say. Displayable.
[[nodiscard]] std::string noteOf(const AbilityResult& result, const Translate& translate = {});

/// Replaces %1, %2, ... by the values, which are put in as they are and never filled again.
[[nodiscard]] std::string filled(std::string_view text, std::initializer_list<std::string_view> values);

} // namespace scratchproof
