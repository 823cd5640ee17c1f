// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

class QAbstractItemView;

namespace scratchproof::gui {

/// Draws a directory of a CleanUpModel as a card: tick, name, the exact path (wrapped, never shortened), facts,
/// warning. Also of another model with its roles; without StageRole there is no tick.
class CleanUpDelegate final : public QStyledItemDelegate
{
    Q_OBJECT

public:
    explicit CleanUpDelegate(QAbstractItemView* view);

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

protected:
    bool editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option,
                     const QModelIndex& index) override;

private:
    struct Card;
    [[nodiscard]] Card layOut(const QStyleOptionViewItem& option, const QModelIndex& index, int width) const;

    QAbstractItemView* m_view;
};

} // namespace scratchproof::gui
