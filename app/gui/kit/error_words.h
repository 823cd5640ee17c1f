// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/scratch/reason.h"

#include <QString>

#include <cstdint>
#include <string_view>

namespace scratchproof::gui {

/// A path, or other bytes of the system's, as a person sees them: displayPath(), so that nothing in a name plays
/// tricks.
[[nodiscard]] QString shownPath(std::string_view bytes);

/// To be painted: a path runs from left to right in a right-to-left layout too. Holds invisible marks, so not to be
/// copied.
[[nodiscard]] QString leftToRight(const QString& text);

/// One plain sentence in the reader's language: what went wrong with a request about a folder.
[[nodiscard]] QString errorSentence(const Error& error);
/// Why a scratch directory is as it is, in the reader's language, as a part of a sentence ("it is in use by vim") and
/// as one of its own; empty where there is no reason.
[[nodiscard]] QString reasonText(const Reason& reason);
[[nodiscard]] QString reasonSentence(const Reason& reason);
/// Whether the folder did not come back in time, as opposed to having refused.
[[nodiscard]] bool isNotResponding(const Error& error);
[[nodiscard]] bool isCancelled(const Error& error);

/// A tool tip that stays plain text, whatever `text` holds: Qt would take a folder called "<img src=...>" for markup.
[[nodiscard]] QString plainToolTip(const QString& text);

/// formatBytes(), formatDuration() and a number ("12,345") as the reader's language writes them.
[[nodiscard]] QString shownBytes(std::uint64_t bytes);
[[nodiscard]] QString shownDuration(Nanoseconds duration);
[[nodiscard]] QString shownCount(std::uint64_t count);
/// How long something is still, or ago: "3 days", "2 h", "under a minute" (formatSpan()).
[[nodiscard]] QString shownSpan(Nanoseconds span);

} // namespace scratchproof::gui
