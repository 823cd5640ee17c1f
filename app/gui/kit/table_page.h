// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/kit/icons.h"
#include "app/gui/kit/page.h"

#include <QKeySequence>
#include <QTableView>

#include <initializer_list>
#include <optional>

class QAbstractItemDelegate;
class QAbstractItemModel;

namespace scratchproof::gui {

/// A page whose middle is a table: how the table looks, a menu that hides columns, and actions that are made in one
/// way.
class TablePage : public Page
{
    Q_OBJECT

public:
    using Page::Page;

    [[nodiscard]] QTableView& table() const { return *m_table; }

protected:
    struct ActionWords
    {
        const char* name; // objectName(): the same in every language
        QString text;
        QString tip = {};       // empty: the text
        QKeySequence keys = {}; // told in the tip
        std::optional<Glyph> glyph = {};
    };

    /// Makes the table, with rows of two lines; once. The page owns it.
    void buildTable(QAbstractItemModel* model, QAbstractItemDelegate* delegate, const QString& name);
    /// Makes an action that works wherever the focus is on this page.
    QAction* makeAction(const ActionWords& words);
    template <typename Receiver, typename Slot>
    QAction* makeAction(const ActionWords& words, Receiver* receiver, Slot slot)
    {
        QAction* action = makeAction(words);
        connect(action, &QAction::triggered, receiver, slot);
        return action;
    }
    /// The groups one after another, with a separator between two. Separators are made once, and are the page's.
    [[nodiscard]] QList<QAction*> grouped(std::initializer_list<QList<QAction*>> groups) const;

private:
    void showColumnMenu(const QPoint& where);

    QTableView* m_table = nullptr;
    mutable QList<QAction*> m_separators;
};

} // namespace scratchproof::gui
