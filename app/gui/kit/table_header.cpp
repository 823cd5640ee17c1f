// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/table_header.h"

#include "app/gui/kit/cell_painting.h"
#include "app/gui/kit/icons.h"

#include <QPainter>

namespace scratchproof::gui {

namespace {

constexpr int kMargin = kCellMargin;
constexpr int kArrow = 14;

} // namespace

TableHeader::TableHeader(QWidget* parent) : QHeaderView(Qt::Horizontal, parent)
{
    setSectionsClickable(true);
    setSectionsMovable(true);
    setHighlightSections(false);
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.9);
    setFont(small);
}

QSize TableHeader::sectionSizeFromContents(int section) const
{
    const QString text = model()->headerData(section, orientation(), Qt::DisplayRole).toString();
    return {fontMetrics().horizontalAdvance(text) + 2 * kMargin + kArrow, fontMetrics().height() + 14};
}

void TableHeader::paintSection(QPainter* painter, const QRect& box, int section) const
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->fillRect(box, palette().color(QPalette::Base));
    QColor rule = palette().color(QPalette::Text);
    rule.setAlphaF(0.14F);
    painter->fillRect(QRect(box.left(), box.bottom(), box.width(), 1), rule);
    const bool sorted = isSortIndicatorShown() && sortIndicatorSection() == section;
    const auto alignment =
        model()->headerData(section, orientation(), Qt::TextAlignmentRole).value<Qt::Alignment>() | Qt::AlignVCenter;
    const QString text = model()->headerData(section, orientation(), Qt::DisplayRole).toString();
    const bool atEnd = alignment.testFlag(Qt::AlignTrailing);
    QRect inner(kMargin, 0, box.width() - 2 * kMargin, box.height());
    const int width = qMin(fontMetrics().horizontalAdvance(text) + 2, inner.width() - (sorted ? kArrow : 0));
    const QRect words =
        atEnd ? QRect(inner.right() - width + 1, 0, width, box.height()) : QRect(inner.left(), 0, width, box.height());
    const auto place = [&](const QRect& part) {
        return QStyle::visualRect(layoutDirection(), QRect({0, 0}, box.size()), part).translated(box.topLeft());
    };
    painter->setFont(font());
    painter->setPen(sorted ? palette().color(QPalette::Text) : mutedText(palette()));
    painter->drawText(place(words), Qt::AlignCenter, fontMetrics().elidedText(text, Qt::ElideRight, width));
    if (sorted) {
        const int x = atEnd ? words.left() - kArrow + 2 : words.right() + 4;
        const QRectF arrow = place(QRect(x, box.height() / 2 - 4, 8, 8));
        const bool up = sortIndicatorOrder() == Qt::AscendingOrder;
        painter->setPen(QPen(palette().color(QPalette::Text), 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        const qreal low = arrow.center().y() + (up ? 2 : -2);
        const qreal high = arrow.center().y() + (up ? -2 : 2);
        painter->drawPolyline(QPolygonF({{arrow.left(), low}, {arrow.center().x(), high}, {arrow.right(), low}}));
    }
    painter->restore();
}

} // namespace scratchproof::gui
