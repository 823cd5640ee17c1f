// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/text_block.h"

#include "app/gui/kit/icons.h"

#include <QContextMenuEvent>
#include <QFontDatabase>
#include <QFontMetrics>
#include <QKeyEvent>
#include <QMenu>
#include <QTextTable>

#include <algorithm>
#include <cmath>

namespace scratchproof::gui {

TextBlock::TextBlock(const QString& text, QWidget* parent) : QTextEdit(parent)
{
    setReadOnly(true);
    setAcceptRichText(false);
    setUndoRedoEnabled(false);
    setFrameShape(QFrame::NoFrame);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setTextInteractionFlags(Qt::TextSelectableByMouse);
    setFocusPolicy(Qt::ClickFocus);
    viewport()->setAutoFillBackground(false);
    setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    document()->setDocumentMargin(0);
    align();
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    setPlainText(text);
    setAccessibleName(text);
}

void TextBlock::setLook(qreal scale, QFont::Weight weight)
{
    QFont look = font();
    look.setPointSizeF(look.pointSizeF() * scale);
    look.setWeight(weight);
    setFont(look);
    changed();
}

void TextBlock::setMonospaced()
{
    setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    setLayoutDirection(Qt::LeftToRight);
    changed();
}

void TextBlock::setInk(const QColor& ink)
{
    QPalette colours = palette();
    colours.setColor(QPalette::Text, ink);
    setPalette(colours);
}

void TextBlock::setReachable(const QString& name)
{
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setFocusPolicy(Qt::StrongFocus);
    setTabChangesFocus(true);
    setAccessibleName(name);
}

void TextBlock::setText(const QString& text)
{
    if (text == toPlainText())
        return;
    setPlainText(text);
    setAccessibleName(text);
    align();
    changed();
}

void TextBlock::setFacts(const std::vector<FactGroup>& groups, qreal widest)
{
    clear();
    constexpr qreal kGap = 18;
    qreal nameWidth = 0;
    for (const FactGroup& group : groups)
        for (const FactLine& line : group.lines)
            nameWidth = std::max<qreal>(nameWidth, fontMetrics().horizontalAdvance(QString::fromStdString(line.name)));
    nameWidth = std::min(nameWidth + kGap, widest * fontMetrics().height() / 17);
    QTextCursor cursor(document());
    for (const FactGroup& group : groups) {
        if (!group.title.empty())
            addTitle(cursor, QString::fromStdString(group.title));
        addLines(cursor, group, nameWidth);
        cursor.movePosition(QTextCursor::End);
    }
    changed();
}

void TextBlock::addTitle(QTextCursor& cursor, const QString& title)
{
    QTextBlockFormat block;
    block.setTopMargin(document()->isEmpty() ? 0 : 6);
    block.setLayoutDirection(layoutDirection());
    QTextCharFormat format;
    format.setFontWeight(QFont::DemiBold);
    cursor.setBlockFormat(block);
    cursor.insertText(title, format);
}

void TextBlock::addLines(QTextCursor& cursor, const FactGroup& group, qreal nameWidth)
{
    if (group.lines.empty())
        return;
    QTextTableFormat format;
    format.setBorderStyle(QTextFrameFormat::BorderStyle_None);
    format.setBorder(0);
    format.setCellSpacing(0);
    format.setCellPadding(1);
    format.setWidth(QTextLength(QTextLength::PercentageLength, 100));
    // A table is not mirrored by itself.
    const QTextLength forNames(QTextLength::FixedLength, nameWidth);
    const int nameColumn = isRightToLeft() ? 1 : 0;
    if (nameColumn == 0)
        format.setColumnWidthConstraints({forNames, QTextLength()});
    else
        format.setColumnWidthConstraints({QTextLength(), forNames});
    QTextTable* table = cursor.insertTable(static_cast<int>(group.lines.size()), 2, format);
    QTextCharFormat quiet;
    quiet.setForeground(mutedText(palette()));
    QTextBlockFormat names;
    names.setLayoutDirection(layoutDirection());
    QTextBlockFormat values; // paths, options and numbers run from left to right
    values.setLayoutDirection(Qt::LeftToRight);
    for (std::size_t i = 0; i < group.lines.size(); ++i) {
        const int row = static_cast<int>(i);
        QTextCursor name = table->cellAt(row, nameColumn).firstCursorPosition();
        name.setBlockFormat(names);
        name.insertText(QString::fromStdString(group.lines[i].name), quiet);
        QTextCursor value = table->cellAt(row, 1 - nameColumn).firstCursorPosition();
        value.setBlockFormat(values);
        value.insertText(QString::fromStdString(group.lines[i].value), QTextCharFormat());
    }
}

/// At the layout's side, whichever way the text itself runs.
void TextBlock::align()
{
    QTextOption option = document()->defaultTextOption();
    option.setTextDirection(Qt::LayoutDirectionAuto);
    option.setAlignment((isRightToLeft() ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignAbsolute);
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    document()->setDefaultTextOption(option);
    changed();
}

void TextBlock::changed()
{
    m_measured.reset();
    updateGeometry();
}

int TextBlock::heightForWidth(int width) const
{
    if (!m_measured) {
        m_measured.reset(document()->clone());
        m_measured->setDefaultFont(font());
        m_measured->setDocumentMargin(0);
        m_measured->setDefaultTextOption(document()->defaultTextOption());
    }
    m_measured->setTextWidth(width);
    return static_cast<int>(std::ceil(m_measured->size().height()));
}

QSize TextBlock::sizeHint() const
{
    constexpr int kWidth = 320;
    return {kWidth, heightForWidth(std::max(kWidth, width()))};
}

QSize TextBlock::minimumSizeHint() const
{
    constexpr int kWidth = 60;
    return {kWidth, fontMetrics().height()};
}

bool TextBlock::event(QEvent* event)
{
    // The page has Ctrl+C for its rows: what is selected here goes first.
    if (event->type() == QEvent::ShortcutOverride && static_cast<QKeyEvent*>(event)->matches(QKeySequence::Copy) &&
        textCursor().hasSelection()) {
        event->accept();
        return true;
    }
    if (event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->matches(QKeySequence::Copy) &&
        textCursor().hasSelection()) {
        copy();
        return true;
    }
    const bool handled = QTextEdit::event(event);
    if (event->type() == QEvent::FontChange)
        changed();
    if (event->type() == QEvent::LayoutDirectionChange)
        align();
    return handled;
}

void TextBlock::wheelEvent(QWheelEvent* event)
{
    event->ignore(); // it never scrolls; what it is in does
}

void TextBlock::contextMenuEvent(QContextMenuEvent* event)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    QAction* copied = menu->addAction(icon(Glyph::Copy), tr("Copy"), this, &QTextEdit::copy);
    copied->setEnabled(textCursor().hasSelection());
    menu->addAction(tr("Select all"), this, &QTextEdit::selectAll);
    menu->popup(event->globalPos());
}

void TextBlock::focusOutEvent(QFocusEvent* event)
{
    QTextEdit::focusOutEvent(event);
    if (event->reason() != Qt::PopupFocusReason && event->reason() != Qt::ActiveWindowFocusReason) {
        QTextCursor cursor = textCursor();
        cursor.clearSelection();
        setTextCursor(cursor);
    }
}

} // namespace scratchproof::gui
