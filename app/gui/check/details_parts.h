// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/kit/icons.h"
#include "core/diagnosis/words.h"

#include <QString>

#include <functional>
#include <string>
#include <vector>

class QLabel;
class QPalette;
class QToolButton;
class QWidget;

/// What the sections of the details pane are made of. Colours are mixed from the palette when a part is made.
namespace scratchproof::gui {

class TextBlock;

/// Puts a text on the clipboard and says so: the text, and a line about it.
using CopyFunction = std::function<void(const QString& text, const QString& said)>;

/// Words of ours in one line or a few: foreign text goes into a TextBlock.
[[nodiscard]] QLabel* plainLabel(const QString& text);
/// Foreign text that stands back.
[[nodiscard]] TextBlock* quietText(const QString& text, const QPalette& palette);
[[nodiscard]] QLabel* sectionHeading(const QString& text, const QPalette& palette);
/// A glyph of `size` logical pixels. `name`: what a screen reader says.
[[nodiscard]] QLabel* sign(Glyph glyph, const QColor& color, int size, const QString& name = {});
/// `name` is what it does, in full: its tool tip, and what a screen reader says.
[[nodiscard]] QToolButton* smallButton(Glyph glyph, const QString& text, const QString& name);
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

/// `text` with its middle left out where it is longer than `most` characters.
[[nodiscard]] QString shortened(const QString& text, qsizetype most);

} // namespace scratchproof::gui
