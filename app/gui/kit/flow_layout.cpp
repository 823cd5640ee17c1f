// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/flow_layout.h"

#include <QStyle>
#include <QWidget>

#include <algorithm>

namespace scratchproof::gui {

FlowLayout::~FlowLayout()
{
    qDeleteAll(m_items);
}

QLayoutItem* FlowLayout::takeAt(int index)
{
    return index >= 0 && index < m_items.size() ? m_items.takeAt(index) : nullptr;
}

QSize FlowLayout::sizeHint() const
{
    constexpr int kWidth = 320;
    return {kWidth, heightForWidth(kWidth)};
}

QSize FlowLayout::minimumSize() const
{
    int height = 0;
    for (const QLayoutItem* item : m_items)
        height = std::max(height, item->minimumSize().height());
    constexpr int kWidth = 80;
    return {kWidth, height};
}

void FlowLayout::setGeometry(const QRect& area)
{
    QLayout::setGeometry(area);
    arrange(area, true);
}

int FlowLayout::arrange(const QRect& area, bool apply) const
{
    constexpr int kLineGap = 4;
    int x = 0;
    int y = 0;
    int lineHeight = 0;
    for (QLayoutItem* item : m_items) {
        const QSize wanted = item->sizeHint();
        const int width = std::min(wanted.width(), area.width());
        if (x > 0 && x + width > area.width()) {
            x = 0;
            y += lineHeight + kLineGap;
            lineHeight = 0;
        }
        if (apply) {
            const QRect place(area.topLeft() + QPoint(x, y), QSize(width, wanted.height()));
            const auto* widget = parentWidget();
            item->setGeometry(QStyle::visualRect(widget ? widget->layoutDirection() : Qt::LeftToRight, area, place));
        }
        x += width;
        lineHeight = std::max(lineHeight, wanted.height());
    }
    return y + lineHeight;
}

} // namespace scratchproof::gui
