// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/cell_painting.h"

#include "app/gui/kit/error_words.h"

#include <QApplication>
#include <QPainter>

namespace scratchproof::gui {

namespace {

QFont smaller(QFont font)
{
    font.setPointSizeF(font.pointSizeF() * 0.88);
    return font;
}

void paintLine(QPainter& painter, const QStyleOptionViewItem& option, const QString& shown, Qt::Alignment alignment)
{
    const Inks inks = inksOf(option);
    painter.setFont(option.font);
    painter.setPen(shown.isEmpty() ? inks.quiet : inks.text);
    painter.drawText(cellBox(option), static_cast<int>(alignment) | Qt::AlignVCenter,
                     shown.isEmpty() ? QStringLiteral("\u2013") : shown);
}

} // namespace

int rowHeightFor(const QFont& font)
{
    return QFontMetrics(font).height() + QFontMetrics(smaller(font)).height() + 15;
}

QRect cellBox(const QStyleOptionViewItem& option)
{
    return option.rect.adjusted(kCellMargin, 0, -kCellMargin, 0);
}

int cellWidthFor(const QStyleOptionViewItem& option, const QString& text)
{
    // elidedText() goes by the advance before it was rounded.
    return option.fontMetrics.horizontalAdvance(text) + 1 + 2 * kCellMargin;
}

Inks inksOf(const QStyleOptionViewItem& option)
{
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    const auto group = option.state.testFlag(QStyle::State_Active) ? QPalette::Active : QPalette::Inactive;
    const QColor text = option.palette.color(group, selected ? QPalette::HighlightedText : QPalette::Text);
    return {text, selected ? text : mutedText(option.palette), selected};
}

void paintCellGround(QPainter& painter, const QStyleOptionViewItem& option)
{
    const QStyle* style = option.widget ? option.widget->style() : QApplication::style();
    style->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, &painter, option.widget);
    painter.setLayoutDirection(option.direction);
    QColor rule = option.palette.color(QPalette::Text);
    rule.setAlphaF(0.09F);
    painter.fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), rule);
}

void paintNameAndPath(QPainter& painter, const QStyleOptionViewItem& option, const QString& name, const QString& path)
{
    const Inks inks = inksOf(option);
    const QRect box = cellBox(option);
    const QFont small = smaller(option.font);
    const QFontMetrics metrics(small);
    const int height = option.fontMetrics.height() + 1 + metrics.height();
    const QRect first(box.left(), box.center().y() - height / 2, box.width(), option.fontMetrics.height());
    const QRect second(box.left(), first.bottom() + 2, box.width(), metrics.height());
    painter.setFont(option.font);
    painter.setPen(inks.text);
    painter.drawText(first, Qt::AlignLeading, option.fontMetrics.elidedText(name, Qt::ElideMiddle, box.width()));
    painter.setFont(small);
    painter.setPen(inks.quiet);
    painter.drawText(second, Qt::AlignLeading, leftToRight(metrics.elidedText(path, Qt::ElideMiddle, box.width())));
}

void paintSignAndWord(QPainter& painter, const QStyleOptionViewItem& option, const SignAndWord& what)
{
    const Inks inks = inksOf(option);
    const QRect box = cellBox(option);
    const QRect sign =
        QStyle::visualRect(option.direction, box, {box.left(), box.center().y() - kSign / 2, kSign, kSign});
    const QRect text = QStyle::visualRect(option.direction, box, box.adjusted(kSignSpace, 0, 0, 0));
    paintGlyph(painter, sign, what.glyph, inks.selected ? inks.text : what.color);
    painter.setFont(option.font);
    painter.setPen(what.strong ? inks.text : inks.quiet);
    painter.drawText(text, Qt::AlignLeading | Qt::AlignVCenter,
                     option.fontMetrics.elidedText(what.word, Qt::ElideRight, text.width()));
}

void paintText(QPainter& painter, const QStyleOptionViewItem& option, const QString& text, Qt::Alignment alignment)
{
    const QString shown = option.fontMetrics.elidedText(text, Qt::ElideRight, cellBox(option).width());
    paintLine(painter, option, shown, alignment);
}

void paintLeftToRight(QPainter& painter, const QStyleOptionViewItem& option, const QString& text,
                      Qt::Alignment alignment)
{
    const QString shown = option.fontMetrics.elidedText(text, Qt::ElideMiddle, cellBox(option).width());
    paintLine(painter, option, shown.isEmpty() ? shown : leftToRight(shown), alignment);
}

} // namespace scratchproof::gui
