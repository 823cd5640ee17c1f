// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/widgets/check_delegate.h"

#include "app/gui/jobs/error_words.h"
#include "app/gui/models/check_model.h"
#include "app/gui/widgets/icons.h"
#include "app/gui/widgets/words.h"

#include <QApplication>
#include <QPainter>
#include <QTextLayout>

namespace scratchproof::gui {

namespace {

constexpr int kMargin = 10;
constexpr int kIcon = 18;

QFont smaller(QFont font)
{
    font.setPointSizeF(font.pointSizeF() * 0.88);
    return font;
}

struct Inks
{
    QColor text;
    QColor quiet;
    bool selected;
};

Inks inksOf(const QStyleOptionViewItem& option)
{
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    const auto group = option.state.testFlag(QStyle::State_Active) ? QPalette::Active : QPalette::Inactive;
    const QColor text = option.palette.color(group, selected ? QPalette::HighlightedText : QPalette::Text);
    return {text, selected ? text : mutedText(option.palette), selected};
}

void paintFolder(QPainter& painter, const QStyleOptionViewItem& option, const CheckRow& row, const Inks& inks)
{
    const QRect box = option.rect.adjusted(kMargin, 0, -kMargin, 0);
    const QFont small = smaller(option.font);
    const QFontMetrics metrics(small);
    const int height = option.fontMetrics.height() + 1 + metrics.height();
    const QRect first(box.left(), box.center().y() - height / 2, box.width(), option.fontMetrics.height());
    const QRect second(box.left(), first.bottom() + 2, box.width(), metrics.height());
    painter.setFont(option.font);
    painter.setPen(inks.text);
    painter.drawText(first, Qt::AlignLeading, option.fontMetrics.elidedText(row.name, Qt::ElideMiddle, box.width()));
    painter.setFont(small);
    painter.setPen(inks.quiet);
    painter.drawText(second, Qt::AlignLeading, leftToRight(metrics.elidedText(row.path, Qt::ElideMiddle, box.width())));
}

void paintVerdict(QPainter& painter, const QStyleOptionViewItem& option, const CheckRow& row, const Inks& inks)
{
    const QRect box = option.rect.adjusted(kMargin, 0, -kMargin, 0);
    const QRect sign =
        QStyle::visualRect(option.direction, box, {box.left(), box.center().y() - kIcon / 2, kIcon, kIcon});
    const QRect text = QStyle::visualRect(option.direction, box, box.adjusted(kIcon + 8, 0, 0, 0));
    const bool answered = !row.isRunning();
    const Glyph glyph = answered                                 ? glyphOf(row.verdict())
                        : row.state == CheckRow::State::Checking ? Glyph::Checking
                                                                 : Glyph::Waiting;
    const QColor color = answered ? colorOf(row.verdict(), option.palette) : mutedText(option.palette);
    paintGlyph(painter, sign, glyph, inks.selected ? inks.text : color);
    painter.setFont(option.font);
    painter.setPen(answered ? inks.text : inks.quiet);
    painter.drawText(text, Qt::AlignLeading | Qt::AlignVCenter,
                     option.fontMetrics.elidedText(CheckModel::stateText(row), Qt::ElideRight, text.width()));
}

/// Two lines at most; the second one is elided.
void paintWrapped(QPainter& painter, const QStyleOptionViewItem& option, const QString& text, const QColor& ink)
{
    const QRect box = option.rect.adjusted(kMargin, 0, -kMargin, 0);
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

int CheckDelegate::rowHeight(const QFont& font)
{
    return QFontMetrics(font).height() + QFontMetrics(smaller(font)).height() + 15;
}

QSize CheckDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const auto& row = static_cast<const CheckModel*>(index.model())->at(index.row());
    const int icon = index.column() == CheckModel::VerdictColumn ? kIcon + 8 : 0;
    return {option.fontMetrics.horizontalAdvance(CheckModel::text(row, index.column())) + 2 * kMargin + icon,
            rowHeight(option.font)};
}

void CheckDelegate::paint(QPainter* painter, const QStyleOptionViewItem& given, const QModelIndex& index) const
{
    const auto* model = static_cast<const CheckModel*>(index.model());
    const CheckRow& row = model->at(index.row());
    QStyleOptionViewItem option = given;
    option.font = given.font;
    const QWidget* widget = option.widget;
    QStyle* style = widget ? widget->style() : QApplication::style();
    style->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, painter, widget);

    painter->save();
    painter->setLayoutDirection(option.direction);
    const Inks inks = inksOf(option);
    QColor rule = option.palette.color(QPalette::Text);
    rule.setAlphaF(0.09F);
    painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), rule);
    const QString text = CheckModel::text(row, index.column());
    switch (index.column()) {
    case CheckModel::FolderColumn:
        paintFolder(*painter, option, row, inks);
        break;
    case CheckModel::VerdictColumn:
        paintVerdict(*painter, option, row, inks);
        break;
    case CheckModel::ReasonColumn:
        paintWrapped(*painter, option, text,
                     row.isRunning() || row.verdict() == Verdict::Usable ? inks.quiet : inks.text);
        break;
    default: {
        const bool numeric = index.column() == CheckModel::FreeColumn || index.column() == CheckModel::TimeColumn;
        const QRect box = option.rect.adjusted(kMargin, 0, -kMargin, 0);
        painter->setFont(option.font);
        painter->setPen(text.isEmpty() ? inks.quiet : inks.text);
        painter->drawText(box, static_cast<int>(numeric ? Qt::AlignTrailing : Qt::AlignLeading) | Qt::AlignVCenter,
                          text.isEmpty()
                              ? QStringLiteral("\u2013")
                              : leftToRight(option.fontMetrics.elidedText(text, Qt::ElideMiddle, box.width())));
        break;
    }
    }
    painter->restore();
}

} // namespace scratchproof::gui
