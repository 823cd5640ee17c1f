// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/report/fact_text.h"

#include <QTextEdit>

#include <memory>
#include <vector>

namespace scratchproof::gui {

/// Plain text that may be foreign: never markup, broken anywhere where it must be (a label lets a path of 4,000 bytes
/// run out of the window), as high as it needs to be, to be selected and copied.
class TextBlock final : public QTextEdit
{
    Q_OBJECT

public:
    explicit TextBlock(const QString& text = {}, QWidget* parent = nullptr);

    /// Bigger or smaller than the window's text, and bolder. Before setInk().
    void setLook(qreal scale, QFont::Weight weight = QFont::Normal);
    void setMonospaced();
    void setInk(const QColor& ink);
    /// Another text, which a screen reader is told too.
    void setText(const QString& text);
    /// Names and values in two columns; with titles over them where there are any. Names take `widest` logical pixels
    /// at most, at the usual text size.
    void setFacts(const std::vector<FactGroup>& groups, qreal widest = 260);
    /// Can be reached and selected by the keyboard too.
    void setReachable(const QString& name);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;

protected:
    bool event(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    void changed();
    void align();
    void addTitle(QTextCursor& cursor, const QString& title);
    void addLines(QTextCursor& cursor, const FactGroup& group, qreal nameWidth);

    mutable std::unique_ptr<QTextDocument> m_measured; // a copy, so that measuring leaves the shown one alone
};

} // namespace scratchproof::gui
