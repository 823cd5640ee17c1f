// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/scratch/clean_up_delegate.h"

#include "app/gui/kit/error_words.h"
#include "app/gui/kit/icons.h"
#include "app/gui/scratch/clean_up_model.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QTextLayout>

#include <array>

namespace scratchproof::gui {

namespace {

enum Line { NameLine, PathLine, NoteLine, FactsLine, WarningLine, LineCount };

Verdict toneOf(CleanUpModel::Stage stage)
{
    switch (stage) {
    case CleanUpModel::Stage::Removed:
        return Verdict::Usable;
    case CleanUpModel::Stage::Ready:
        return Verdict::Limited;
    case CleanUpModel::Stage::Looking:
    case CleanUpModel::Stage::Removing:
        return Verdict::NotChecked;
    default:
        return Verdict::Unusable;
    }
}

Glyph glyphOfStage(CleanUpModel::Stage stage)
{
    switch (stage) {
    case CleanUpModel::Stage::Looking:
        return Glyph::Waiting;
    case CleanUpModel::Stage::Removing:
        return Glyph::Checking;
    case CleanUpModel::Stage::Removed:
        return Glyph::Usable;
    default:
        return Glyph::Unusable;
    }
}

/// Breaks `text` to `width` and returns its height; long words (paths) are broken anywhere.
qreal breakLines(QTextLayout& layout, qreal width)
{
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setTextDirection(QGuiApplication::layoutDirection());
    option.setAlignment(QGuiApplication::isRightToLeft() ? Qt::AlignRight : Qt::AlignLeft);
    layout.setTextOption(option);
    qreal height = 0;
    layout.beginLayout();
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
        line.setLineWidth(width);
        line.setPosition({0, height});
        height += line.height();
    }
    layout.endLayout();
    return height;
}

} // namespace

struct CleanUpDelegate::Card
{
    int margin = 0;
    QRect mark; // the tick or the drawing in its place
    std::array<QRect, LineCount> boxes;
    std::array<QString, LineCount> texts;
    std::array<QFont, LineCount> fonts;
    int height = 0;
};

CleanUpDelegate::CleanUpDelegate(QAbstractItemView* view) : QStyledItemDelegate(view), m_view(view) {}

CleanUpDelegate::Card CleanUpDelegate::layOut(const QStyleOptionViewItem& option, const QModelIndex& index,
                                              int width) const
{
    Card card;
    card.margin = option.fontMetrics.height() / 2;
    const int side = m_view->style()->pixelMetric(QStyle::PM_IndicatorWidth, nullptr, m_view);
    const bool hasMark = index.data(CleanUpModel::StageRole).isValid();
    const int left = hasMark ? card.margin + side + card.margin : card.margin;
    card.texts = {index.data(Qt::DisplayRole).toString(),
                  leftToRight(index.data(CleanUpModel::PathTextRole).toString()),
                  index.data(CleanUpModel::NoteRole).toString(), index.data(CleanUpModel::FactsRole).toString(),
                  index.data(CleanUpModel::WarningRole).toString()};
    card.fonts.fill(option.font);
    card.fonts[NameLine].setBold(true);
    int top = card.margin;
    for (std::size_t line = 0; line < LineCount; ++line) {
        if (card.texts[line].isEmpty())
            continue;
        QTextLayout layout(card.texts[line], card.fonts[line]);
        const int textWidth = qMax(1, width - left - card.margin);
        const int height = qRound(breakLines(layout, textWidth));
        card.boxes[line] = QRect(left, top, textWidth, height);
        top += height + 2;
    }
    card.mark = QRect(card.margin, card.margin + (option.fontMetrics.height() - side) / 2, side, side);
    card.height = top + card.margin;
    return card;
}

QSize CleanUpDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const int width = m_view->viewport()->width();
    return {width, layOut(option, index, width).height};
}

void CleanUpDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const Card card = layOut(option, index, option.rect.width());
    const QPalette& palette = option.palette;
    const auto stage = static_cast<CleanUpModel::Stage>(index.data(CleanUpModel::StageRole).toInt());
    const auto placed = [&option](QRect box) {
        return QStyle::visualRect(QGuiApplication::layoutDirection(), option.rect,
                                  box.translated(option.rect.topLeft()));
    };
    painter->save();
    painter->setClipRect(option.rect);
    if (option.state.testFlag(QStyle::State_HasFocus)) {
        QColor tint = palette.color(QPalette::Highlight);
        tint.setAlpha(40);
        painter->fillRect(option.rect, tint);
    }
    const QVariant ticked = index.data(Qt::CheckStateRole);
    if (ticked.isValid()) {
        QStyleOptionViewItem box = option;
        box.rect = placed(card.mark);
        box.state &= ~QStyle::State_HasFocus;
        box.state |= ticked.toInt() == Qt::Checked ? QStyle::State_On : QStyle::State_Off;
        m_view->style()->drawPrimitive(QStyle::PE_IndicatorItemViewItemCheck, &box, painter, m_view);
        // Some styles draw an empty box that cannot be seen on a dark base.
        painter->setPen(mutedText(palette));
        painter->setBrush(Qt::NoBrush);
        painter->drawRect(QRectF(box.rect).adjusted(0.5, 0.5, -0.5, -0.5));
    } else if (index.data(CleanUpModel::StageRole).isValid()) {
        paintGlyph(*painter, placed(card.mark), glyphOfStage(stage), colorOf(toneOf(stage), palette));
    }
    const std::array<QColor, LineCount> colors{palette.color(QPalette::Text), palette.color(QPalette::Text),
                                               palette.color(QPalette::Text), mutedText(palette),
                                               colorOf(toneOf(stage), palette)};
    for (std::size_t line = 0; line < LineCount; ++line) {
        if (card.texts[line].isEmpty())
            continue;
        QTextLayout layout(card.texts[line], card.fonts[line]);
        breakLines(layout, card.boxes[line].width());
        painter->setPen(colors[line]);
        layout.draw(painter, placed(card.boxes[line]).topLeft());
    }
    QColor line = mutedText(palette);
    line.setAlpha(70);
    painter->setPen(line);
    painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
    painter->restore();
}

bool CleanUpDelegate::editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option,
                                  const QModelIndex& index)
{
    const QVariant ticked = index.data(Qt::CheckStateRole);
    if (!ticked.isValid())
        return false;
    if (event->type() == QEvent::MouseButtonRelease) {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        if (mouse->button() != Qt::LeftButton || !option.rect.contains(mouse->position().toPoint()))
            return false;
    } else if (event->type() == QEvent::KeyPress) {
        if (static_cast<QKeyEvent*>(event)->key() != Qt::Key_Space)
            return false;
    } else {
        return false;
    }
    return model->setData(index, ticked.toInt() == Qt::Checked ? Qt::Unchecked : Qt::Checked, Qt::CheckStateRole);
}

} // namespace scratchproof::gui
