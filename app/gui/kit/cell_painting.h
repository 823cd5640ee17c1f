// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/kit/icons.h"

#include <QStyleOptionViewItem>

class QPainter;

namespace scratchproof::gui {

// What the tables of both pages have in common, so that they look alike.

constexpr int kCellMargin = 10;       // pixels, left and right of what a cell or a head says
constexpr int kSign = 18;             // side of a sign
constexpr int kSignSpace = kSign + 8; // till the word beside it

/// The height of every row: a name over its path.
[[nodiscard]] int rowHeightFor(const QFont& font);
[[nodiscard]] QRect cellBox(const QStyleOptionViewItem& option);
/// The width of a cell that shows `text` in full.
[[nodiscard]] int cellWidthFor(const QStyleOptionViewItem& option, const QString& text);

struct Inks
{
    QColor text;
    QColor quiet;
    bool selected;
};
[[nodiscard]] Inks inksOf(const QStyleOptionViewItem& option);

struct SignAndWord
{
    Glyph glyph;
    QColor color; // of the sign, where the row is not selected
    QString word;
    bool strong = true; // the word in the colour of text; else muted
};

/// The style's background and the line under the row. Sets the painter's direction.
void paintCellGround(QPainter& painter, const QStyleOptionViewItem& option);
void paintNameAndPath(QPainter& painter, const QStyleOptionViewItem& option, const QString& name, const QString& path);
void paintSignAndWord(QPainter& painter, const QStyleOptionViewItem& option, const SignAndWord& what);
/// One line; a dash where there is nothing to say.
void paintText(QPainter& painter, const QStyleOptionViewItem& option, const QString& text, Qt::Alignment alignment);
/// Likewise for sizes, times and device names: from left to right in every language, and shortened in the middle.
void paintLeftToRight(QPainter& painter, const QStyleOptionViewItem& option, const QString& text,
                      Qt::Alignment alignment);

} // namespace scratchproof::gui
