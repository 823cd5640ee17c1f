// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/kit/parts.h"
#include "core/diagnosis/words.h"

#include <QString>

#include <functional>
#include <string>
#include <vector>

class QLabel;
class QPalette;
class QWidget;

/// What the sections of the details pane are made of. Colours are mixed from the palette when a part is made.
namespace scratchproof::gui {

/// Puts a text on the clipboard and says so: the text, and a line about it.
using CopyFunction = std::function<void(const QString& text, const QString& said)>;

/// Text in a small rounded frame: the certainty of a finding.
[[nodiscard]] QLabel* chipLabel(const QString& text, const QPalette& palette);
/// A command in a box, as one pastes it into a shell, with its Copy button.
[[nodiscard]] QWidget* commandBox(const std::vector<std::string>& command, const QPalette& palette,
                                  const CopyFunction& copy);
/// What to do, numbered: each with who may, and its command.
[[nodiscard]] QWidget* fixList(const std::vector<RenderedFix>& fixes, const QPalette& palette,
                               const CopyFunction& copy);

/// What the pane itself says, in the reader's language (catalogue context "details").
[[nodiscard]] QString inDetails(const char* text);

} // namespace scratchproof::gui
