// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/diagnosis.h"
#include "core/diagnosis/words.h"
#include "core/probe/probe.h"
#include "core/report/report_words.h"

#include <QString>

#include <string>

/// Core's types in the reader's language.
namespace scratchproof::gui {

/// A text of core/report in the reader's language: inReport(wordOf(Verdict::Usable)).
[[nodiscard]] QString inReport(const char* text);
/// For "facts" and the name of any step, as the stream has them; "" for others.
[[nodiscard]] QString stepWord(const std::string& name);
/// Whose it is: "For an administrator".
[[nodiscard]] QString fixDoer(const RenderedFix& fix);

/// How core/report looks its words up.
[[nodiscard]] const ReportTranslate& reportTranslate();

/// The words of a finding (catalogue context "causes").
[[nodiscard]] RenderedFinding renderFinding(const Finding& finding);
/// The same of an answer about another user's rights: in words about them.
[[nodiscard]] RenderedFinding renderRightsFinding(const Finding& finding);

} // namespace scratchproof::gui
