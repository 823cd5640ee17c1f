// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/check_delegate.h"

#include "app/gui/check/check_model.h"
#include "app/gui/kit/cell_painting.h"
#include "app/gui/kit/error_words.h"
#include "app/gui/kit/icons.h"
#include "app/gui/kit/words.h"

#include <QPainter>
#include <QTextLayout>

namespace scratchproof::gui {

namespace {

void paintVerdict(QPainter& painter, const QStyleOptionViewItem& option, const CheckRow& row)
{
    const bool answered = !row.isRunning();
    const Glyph glyph = answered                                 ? glyphOf(row.verdict())
                        : row.state == CheckRow::State::Checking ? Glyph::Checking
                                                                 : Glyph::Waiting;
    const QColor color = answered ? colorOf(row.verdict(), option.palette) : mutedText(option.palette);
    paintSignAndWord(painter, option, {glyph, color, CheckModel::stateText(row), answered});
}

/// Two lines at most; the second one is elided.
void paintWrapped(QPainter& painter, const QStyleOptionViewItem& option, const QString& text, const QColor& ink)
{
    const QRect box = cellBox(option);
    painter.setFont(option.font);
    painter.setPen(ink);
    if (option.fontMetrics.horizontalAdvance(text) <= box.width()) {
        painter.drawText(box, Qt::AlignLeading | Qt::AlignVCenter, text);
        return;
    }
    QTextLayout layout(text, option.font);
    layout.beginLayout();
    QTextLine line = layout.createLine();
    line.setLineWidth(box.width());
    layout.endLayout();
    const int split = line.textLength();
    const int height = option.fontMetrics.height();
    const QRect first(box.left(), box.center().y() - height + 1, box.width(), height);
    painter.drawText(first, Qt::AlignLeading, text.left(split).trimmed());
    painter.drawText(first.translated(0, height), Qt::AlignLeading,
                     option.fontMetrics.elidedText(text.mid(split).trimmed(), Qt::ElideRight, box.width()));
}

} // namespace

QSize CheckDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const auto& row = static_cast<const CheckModel*>(index.model())->at(index.row());
    const int icon = index.column() == CheckModel::VerdictColumn ? kSignSpace : 0;
    return {cellWidthFor(option, CheckModel::text(row, index.column())) + icon, rowHeightFor(option.font)};
}

void CheckDelegate::paint(QPainter* painter, const QStyleOptionViewItem& given, const QModelIndex& index) const
{
    const auto* model = static_cast<const CheckModel*>(index.model());
    const CheckRow& row = model->at(index.row());
    QStyleOptionViewItem option = given;
    option.font = given.font;
    painter->save();
    paintCellGround(*painter, option);
    const Inks inks = inksOf(option);
    const QString text = CheckModel::text(row, index.column());
    switch (index.column()) {
    case CheckModel::FolderColumn:
        paintNameAndPath(*painter, option, row.name, row.path);
        break;
    case CheckModel::VerdictColumn:
        paintVerdict(*painter, option, row);
        break;
    case CheckModel::ReasonColumn:
        paintWrapped(*painter, option, text,
                     row.isRunning() || row.verdict() == Verdict::Usable ? inks.quiet : inks.text);
        break;
    default: {
        const bool numeric = index.column() == CheckModel::FreeColumn || index.column() == CheckModel::TimeColumn;
        paintLeftToRight(*painter, option, text, numeric ? Qt::AlignTrailing : Qt::AlignLeading);
        break;
    }
    }
    painter->restore();
}

} // namespace scratchproof::gui
