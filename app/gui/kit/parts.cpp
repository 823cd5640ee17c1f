// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/parts.h"

#include "app/gui/kit/text_block.h"

#include <QLabel>
#include <QToolButton>

namespace scratchproof::gui {

QLabel* plainLabel(const QString& text)
{
    auto* made = new QLabel(text);
    made->setTextFormat(Qt::PlainText);
    made->setWordWrap(true);
    if (made->isRightToLeft()) // else a text that runs from left to right would stand at the left
        made->setAlignment(Qt::AlignRight | Qt::AlignVCenter | Qt::AlignAbsolute);
    return made;
}

TextBlock* quietText(const QString& text, const QPalette& palette)
{
    auto* made = new TextBlock(text);
    made->setLook(0.92);
    made->setInk(mutedText(palette));
    return made;
}

QLabel* sectionHeading(const QString& text, const QPalette& palette)
{
    QLabel* made = plainLabel(text);
    QFont font = made->font();
    font.setPointSizeF(font.pointSizeF() * 0.85);
    font.setWeight(QFont::DemiBold);
    made->setFont(font);
    QPalette colours = made->palette();
    colours.setColor(QPalette::WindowText, mutedText(palette));
    colours.setColor(QPalette::Text, mutedText(palette));
    made->setPalette(colours);
    made->setContentsMargins(0, 10, 0, 0);
    return made;
}

QLabel* sign(Glyph glyph, const QColor& color, int size, const QString& name)
{
    auto* made = new QLabel;
    made->setTextFormat(Qt::PlainText);
    made->setPixmap(icon(glyph, color).pixmap(QSize(size, size), made->devicePixelRatioF()));
    made->setFixedWidth(size);
    made->setAlignment(Qt::AlignTop | Qt::AlignHCenter);
    made->setAccessibleName(name);
    return made;
}

QToolButton* smallButton(Glyph glyph, const QString& text, const QString& name)
{
    auto* button = new QToolButton;
    button->setIcon(icon(glyph));
    button->setText(text);
    button->setToolTip(name);
    button->setAccessibleName(name);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::StrongFocus);
    return button;
}

QString shortened(const QString& text, qsizetype most)
{
    if (text.size() <= most)
        return text;
    const qsizetype half = (most - 1) / 2;
    return text.left(half) + QChar(0x2026) + text.right(half);
}

} // namespace scratchproof::gui
