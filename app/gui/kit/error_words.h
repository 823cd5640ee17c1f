// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/text.h"

#include <QString>

#include <cstdint>
#include <string_view>

namespace scratchproof::gui {

/// Bytes as text that is safe to show (see displayPath()).
[[nodiscard]] QString shownPath(const Path& path);

/// To be painted: a path runs from left to right in a right-to-left layout too. Holds invisible marks, so not to be
/// copied.
[[nodiscard]] QString leftToRight(const QString& text);

/// One plain sentence in the reader's language: what went wrong with a request about a folder.
[[nodiscard]] QString errorSentence(const Error& error);
/// A text of core (English, "it is in use by vim") as a sentence: with a capital and a full stop; empty if it is empty.
[[nodiscard]] QString sentenceOf(std::string_view text);
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
