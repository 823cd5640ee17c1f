// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/widgets/name_path_delegate.h"

#include "app/gui/jobs/error_words.h"
#include "app/gui/widgets/icons.h"

#include <QApplication>
#include <QPainter>

namespace scratchproof::gui {

namespace {

constexpr int kPadding = 6;

QFont smaller(QFont font)
{
    font.setPointSizeF(font.pointSizeF() * 0.9);
    return font;
}

} // namespace

void NamePathDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyleOptionViewItem item = option;
    initStyleOption(&item, index);
    const QString name = item.text;
    item.text.clear();
    QStyle* style = item.widget ? item.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &item, painter, item.widget);

    const bool selected = item.state.testFlag(QStyle::State_Selected);
    const QPalette::ColorGroup group =
        item.state.testFlag(QStyle::State_Active) ? QPalette::Active : QPalette::Inactive;
    const QColor strong = item.palette.color(group, selected ? QPalette::HighlightedText : QPalette::Text);
    const QRect box = item.rect.adjusted(kPadding, kPadding, -kPadding, -kPadding);
    const QFont small = smaller(item.font);
    QFont bold = item.font;
    bold.setWeight(QFont::DemiBold);
    const QFontMetrics boldMetrics(bold);
    const QFontMetrics smallMetrics(small);
    const QString path = index.data(m_pathRole).toString();
    painter->save();
    painter->setFont(bold);
    painter->setPen(strong);
    painter->drawText(QRect(box.left(), box.top(), box.width(), boldMetrics.height()),
                      static_cast<int>(Qt::AlignLeading | Qt::AlignVCenter) | Qt::TextSingleLine,
                      boldMetrics.elidedText(name, Qt::ElideMiddle, box.width()));
    painter->setFont(small);
    painter->setPen(selected ? strong : mutedText(item.palette));
    painter->drawText(QRect(box.left(), box.bottom() - smallMetrics.height() + 1, box.width(), smallMetrics.height()),
                      static_cast<int>(Qt::AlignLeading | Qt::AlignVCenter) | Qt::TextSingleLine,
                      leftToRight(smallMetrics.elidedText(path, Qt::ElideMiddle, box.width())));
    painter->restore();
}

QSize NamePathDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyleOptionViewItem item = option;
    initStyleOption(&item, index);
    const int height = QFontMetrics(item.font).height() + QFontMetrics(smaller(item.font)).height() + 2 + 2 * kPadding;
    return {QFontMetrics(item.font).averageCharWidth() * 30, height};
}

} // namespace scratchproof::gui
