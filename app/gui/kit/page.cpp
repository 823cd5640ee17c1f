// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/page.h"

namespace scratchproof::gui {

QAction* Page::makeAction(const ActionWords& words)
{
    auto* action = new QAction(words.text, this);
    action->setObjectName(QString::fromUtf8(words.name));
    if (words.glyph)
        action->setIcon(icon(*words.glyph));
    action->setShortcut(words.keys);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    const QString tip = words.tip.isEmpty() ? words.text : words.tip;
    if (!words.keys.isEmpty())
        action->setToolTip(QStringLiteral("%1 (%2)").arg(tip, words.keys.toString(QKeySequence::NativeText)));
    else if (!words.tip.isEmpty())
        action->setToolTip(tip);
    addAction(action);
    return action;
}

QList<QAction*> Page::grouped(std::initializer_list<QList<QAction*>> groups) const
{
    QList<QAction*> actions;
    qsizetype used = 0;
    for (const QList<QAction*>& group : groups) {
        if (!actions.isEmpty()) {
            if (used == m_separators.size()) {
                m_separators << new QAction(const_cast<Page*>(this));
                m_separators.back()->setSeparator(true);
            }
            actions << m_separators[used++];
        }
        actions << group;
    }
    return actions;
}

} // namespace scratchproof::gui
