// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/diagnosis/diagnosis.h"
#include "core/diagnosis/words.h"
#include "core/probe/probe.h"
#include "core/report/report_words.h"

#include <QString>

#include <string>
#include <string_view>

/// Core's types in the reader's language.
namespace scratchproof::gui {

/// Bytes that a person sees: displayPath(), so that nothing in a name plays tricks.
[[nodiscard]] QString shown(std::string_view bytes);

[[nodiscard]] QString verdictWord(Verdict verdict);
[[nodiscard]] QString stepWord(Step step);
/// For "facts" and the name of any step, as the stream has them; "" for others.
[[nodiscard]] QString stepWord(const std::string& name);
[[nodiscard]] QString statusWord(StepStatus status);
[[nodiscard]] QString certaintyWord(Certainty certainty);
[[nodiscard]] QString certaintyMeaning(Certainty certainty);
/// Whose it is: "For an administrator".
[[nodiscard]] QString fixDoer(const RenderedFix& fix);
[[nodiscard]] QString abilityWord(Ability ability);

/// How core/report looks its words up.
[[nodiscard]] const ReportTranslate& reportTranslate();

/// The words of a finding (catalogue context "causes").
[[nodiscard]] RenderedFinding renderFinding(const Finding& finding);
/// The same of an answer about another user's rights: in words about them.
[[nodiscard]] RenderedFinding renderRightsFinding(const Finding& finding);

[[nodiscard]] QString bytesText(std::uint64_t bytes);
[[nodiscard]] QString durationText(Nanoseconds duration);

} // namespace scratchproof::gui
