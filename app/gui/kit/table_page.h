// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/kit/page.h"

#include <QTableView>

class QAbstractItemDelegate;
class QAbstractItemModel;

namespace scratchproof::gui {

/// A page whose middle is a table: how the table looks, and a menu that hides columns.
class TablePage : public Page
{
    Q_OBJECT

public:
    using Page::Page;

    [[nodiscard]] QTableView& table() const { return *m_table; }

protected:
    /// Makes the table, with rows of two lines; once. The page owns it.
    void buildTable(QAbstractItemModel* model, QAbstractItemDelegate* delegate, const QString& name);

private:
    void showColumnMenu(const QPoint& where);

    QTableView* m_table = nullptr;
};

} // namespace scratchproof::gui
