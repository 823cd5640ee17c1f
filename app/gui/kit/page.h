// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>
#include <QList>
#include <QVariantMap>
#include <QWidget>

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

    /// What the filter field holds; an empty text shows everything. Its tool tip, and what a screen reader calls it.
    virtual void setFilter(const QString& text) = 0;
    [[nodiscard]] virtual QString filterName() const = 0;

    /// Column widths, splitters and the like, kept in the settings under the page's objectName().
    [[nodiscard]] virtual QVariantMap saveLayout() const = 0;
    virtual void restoreLayout(const QVariantMap& layout) = 0;

    /// The page has come into view: the time to ask for what may have changed.
    virtual void shown() {}

signals:
    /// A line for the status bar. With `total` > 0 a bar shows `done` of `total`.
    void statusChanged(const QString& text, int done, int total);
};

} // namespace scratchproof::gui
