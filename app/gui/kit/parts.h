// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/kit/icons.h"

#include <QString>

class QLabel;
class QPalette;
class QToolButton;

/// What pages and panes are made of. Colours are mixed from the palette when a part is made.
namespace scratchproof::gui {

class TextBlock;

/// Words of ours in one line or a few: foreign text goes into a TextBlock.
[[nodiscard]] QLabel* plainLabel(const QString& text);
/// Foreign text that stands back.
[[nodiscard]] TextBlock* quietText(const QString& text, const QPalette& palette);
[[nodiscard]] QLabel* sectionHeading(const QString& text, const QPalette& palette);
/// A glyph of `size` logical pixels. `name`: what a screen reader says.
[[nodiscard]] QLabel* sign(Glyph glyph, const QColor& color, int size, const QString& name = {});
/// `name` is what it does, in full: its tool tip, and what a screen reader says.
[[nodiscard]] QToolButton* smallButton(Glyph glyph, const QString& text, const QString& name);

/// `text` with its middle left out where it is longer than `most` characters.
[[nodiscard]] QString shortened(const QString& text, qsizetype most);

} // namespace scratchproof::gui
