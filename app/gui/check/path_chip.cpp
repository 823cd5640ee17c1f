// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/path_chip.h"

#include "app/gui/kit/error_words.h"
#include "app/gui/kit/icons.h"

#include <QKeyEvent>
#include <QPainter>
#include <QStyle>

#include <algorithm>
#include <utility>

namespace scratchproof::gui {

namespace {

constexpr int kArrowRoom = 17;   // room for the arrow before
constexpr int kPadding = 8;      // within the box
constexpr int kSignRoom = 19;    // room for the sign of the one that stops
constexpr int kBetweenTexts = 6; // between two texts
constexpr int kWidestName = 280;
constexpr int kWidestTarget = 180;
constexpr int kFarSteps = 1'000'000;

} // namespace

PathChip::PathChip(Look look, QWidget* parent) : QAbstractButton(parent), m_look(std::move(look))
{
    setCheckable(true);
    setCursor(Qt::PointingHandCursor);
}

QFont PathChip::smallFont() const
{
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.85);
    return small;
}

QSize PathChip::sizeHint() const
{
    const QFontMetrics metrics = fontMetrics();
    const QFontMetrics smallMetrics(smallFont());
    int width = std::min(metrics.horizontalAdvance(m_look.name) + 2, kWidestName) + 2 * kPadding;
    width += m_look.first ? 0 : kArrowRoom;
    width += m_look.stops ? kSignRoom : 0;
    if (!m_look.target.isEmpty())
        width += kBetweenTexts + std::min(metrics.horizontalAdvance(m_look.target), kWidestTarget) + kSignRoom;
    if (!m_look.fileSystem.isEmpty())
        width += kBetweenTexts + smallMetrics.horizontalAdvance(m_look.fileSystem) + 10;
    return {width, metrics.height() + 8};
}

void PathChip::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QRect box = rect();
    if (!m_look.first) {
        const QRect arrow(3, rect().center().y() - 5, 11, 11);
        paintGlyph(painter, QStyle::visualRect(layoutDirection(), rect(), arrow), Glyph::Next, mutedText(palette()));
        box.setLeft(kArrowRoom);
    }
    paintBox(painter, QStyle::visualRect(layoutDirection(), rect(), box));
    paintTexts(painter, box.adjusted(kPadding, 0, -kPadding, 0));
}

void PathChip::paintBox(QPainter& painter, const QRect& box) const
{
    const QColor red = colorOf(Verdict::Unusable, palette());
    const QColor accent = palette().color(QPalette::Highlight);
    QColor fill = m_look.stops ? red : palette().color(QPalette::Text);
    constexpr float kStops = 0.16F;
    constexpr float kRaised = 0.13F;
    constexpr float kPlain = 0.06F;
    fill.setAlphaF(m_look.stops ? kStops : isChecked() || underMouse() ? kRaised : kPlain);
    const bool framed = m_look.stops || isChecked() || hasFocus();
    const QColor edge = hasFocus() || (isChecked() && !m_look.stops) ? accent : red;
    painter.setPen(framed ? QPen(edge, hasFocus() ? 2 : 1) : Qt::NoPen);
    painter.setBrush(fill);
    painter.drawRoundedRect(QRectF(box).adjusted(1, 1, -1, -1), 5, 5);
}

void PathChip::paintTexts(QPainter& painter, QRect room) const
{
    const auto visual = [this](const QRect& logical) { return QStyle::visualRect(layoutDirection(), rect(), logical); };
    const auto glyphBox = [&room](int offset) { return QRect(room.left() + offset, room.center().y() - 6, 13, 13); };
    const QColor muted = mutedText(palette());
    if (m_look.stops) {
        paintGlyph(painter, visual(glyphBox(0)), Glyph::Unusable, colorOf(Verdict::Unusable, palette()));
        room.setLeft(room.left() + kSignRoom);
    }
    if (!m_look.fileSystem.isEmpty()) {
        const int width = QFontMetrics(smallFont()).horizontalAdvance(m_look.fileSystem) + 10;
        const QRect badge(room.right() - width + 3, room.center().y() - room.height() / 2 + 4, width,
                          room.height() - 7);
        painter.setPen(QPen(muted, 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(visual(badge)).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
        painter.setFont(smallFont());
        painter.drawText(visual(badge), Qt::AlignCenter, m_look.fileSystem);
        painter.setFont(font());
        room.setRight(badge.left() - kBetweenTexts);
    }
    const QFontMetrics metrics = fontMetrics();
    QRect name = room;
    if (!m_look.target.isEmpty()) {
        const int wanted = std::min(metrics.horizontalAdvance(m_look.name) + 2, kWidestName);
        name.setWidth(std::min(wanted, room.width() * 2 / 3));
        QRect target = room;
        target.setLeft(name.right() + kBetweenTexts);
        paintGlyph(painter, visual(QRect(target.left(), room.center().y() - 5, 11, 11)), Glyph::LeadsTo, muted);
        target.setLeft(target.left() + kSignRoom);
        painter.setPen(muted);
        painter.drawText(visual(target), Qt::AlignVCenter | Qt::AlignLeft,
                         leftToRight(metrics.elidedText(m_look.target, Qt::ElideMiddle, target.width())));
    }
    painter.setPen(m_look.past ? muted : palette().color(QPalette::Text));
    painter.drawText(visual(name), Qt::AlignCenter,
                     leftToRight(metrics.elidedText(m_look.name, Qt::ElideMiddle, name.width())));
}

void PathChip::keyPressEvent(QKeyEvent* event)
{
    const int forward = layoutDirection() == Qt::RightToLeft ? -1 : 1;
    switch (event->key()) {
    case Qt::Key_Right:
        emit stepped(forward);
        break;
    case Qt::Key_Left:
        emit stepped(-forward);
        break;
    case Qt::Key_Home:
        emit stepped(-kFarSteps);
        break;
    case Qt::Key_End:
        emit stepped(kFarSteps);
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        click();
        break;
    default:
        QAbstractButton::keyPressEvent(event);
    }
}

} // namespace scratchproof::gui
