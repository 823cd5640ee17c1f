// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/kit/icons.h"

#include <QAction>
#include <QKeySequence>
#include <QList>
#include <QVariantMap>
#include <QWidget>

#include <initializer_list>
#include <optional>

namespace scratchproof::gui {

/// One of the window's pages. The window shows its actions at the left of the toolbar and its state in the status
/// bar; a page knows nothing of the window.
class Page : public QWidget
{
    Q_OBJECT

public:
    using QWidget::QWidget;

    /// For the toolbar, in order. The page owns them. The first ones are the most important.
    [[nodiscard]] virtual QList<QAction*> toolBarActions() const = 0;
    /// For the menu, with separators; the page owns them.
    [[nodiscard]] virtual QList<QAction*> menuActions() const = 0;

    /// What the filter field holds; an empty text shows everything. Its tool tip, and what a screen reader calls it;
    /// empty where there is nothing to filter.
    virtual void setFilter(const QString& text) = 0;
    [[nodiscard]] virtual QString filterName() const = 0;

    /// Column widths, splitters and the like, kept in the settings under the page's objectName().
    [[nodiscard]] virtual QVariantMap saveLayout() const = 0;
    virtual void restoreLayout(const QVariantMap& layout) = 0;

    /// The page has come into view: the time to ask for what may have changed.
    virtual void shown() {}

    /// What would be cut off if the window were closed now, as a sentence; empty: nothing that somebody would miss.
    [[nodiscard]] virtual QString unfinished() const { return {}; }

signals:
    /// A line for the status bar. With `total` > 0 a bar shows `done` of `total`.
    void statusChanged(const QString& text, int done, int total);

protected:
    struct ActionWords
    {
        const char* name; // objectName(): the same in every language
        QString text;
        QString tip = {};       // empty: the text
        QKeySequence keys = {}; // told in the tip
        std::optional<Glyph> glyph = {};
    };

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
    mutable QList<QAction*> m_separators;
};

} // namespace scratchproof::gui
