// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/scratch/scratch_delegate.h"

#include "app/gui/kit/cell_painting.h"
#include "app/gui/scratch/scratch_model.h"

#include <QPainter>

namespace scratchproof::gui {

void ScratchDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const QString text = index.data().toString();
    painter->save();
    paintCellGround(*painter, option);
    switch (index.column()) {
    case ScratchModel::Name:
        paintNameAndPath(*painter, option, text, index.data(ScratchModel::ShownPathRole).toString());
        break;
    case ScratchModel::State: {
        const auto glyph = static_cast<Glyph>(index.data(ScratchModel::GlyphRole).toInt());
        const auto tone = static_cast<Verdict>(index.data(ScratchModel::ToneRole).toInt());
        paintSignAndWord(*painter, option, {glyph, colorOf(tone, option.palette), text});
        break;
    }
    case ScratchModel::Size:
    case ScratchModel::Files:
        paintLeftToRight(*painter, option, text, Qt::AlignTrailing);
        break;
    default:
        paintText(*painter, option, text, Qt::AlignLeading);
    }
    painter->restore();
}

QSize ScratchDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const int sign = index.column() == ScratchModel::State ? kSignSpace : 0;
    int width = cellWidthFor(option, index.data().toString());
    if (index.column() == ScratchModel::Name)
        width = qMax(width, cellWidthFor(option, index.data(ScratchModel::ShownPathRole).toString()));
    return {width + sign, rowHeightFor(option.font)};
}

} // namespace scratchproof::gui
