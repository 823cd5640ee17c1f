// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace scratchproof::gui {

/// A name with its path below it in muted text, shortened in the middle. Gives the rows of a table their height.
class NamePathDelegate final : public QStyledItemDelegate
{
    Q_OBJECT

public:
    /// `pathRole` holds the second line as text.
    NamePathDelegate(int pathRole, QObject* parent) : QStyledItemDelegate(parent), m_pathRole(pathRole) {}

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    int m_pathRole;
};

} // namespace scratchproof::gui
