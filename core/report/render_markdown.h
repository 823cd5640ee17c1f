// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/check/check.h"
#include "core/report/report_words.h"

#include <string>

namespace scratchproof {

/// A check as Markdown (CommonMark with GitHub's tables) for a mail or a ticket: folder and verdict, findings with
/// their fixes and commands, steps, path, facts. Foreign text in it shows as it is and does nothing. Commands are made
/// anew from ids and arguments. Ends with a newline.
[[nodiscard]] std::string renderMarkdown(const Check& check, const ReportTranslate& translate = {});

} // namespace scratchproof
