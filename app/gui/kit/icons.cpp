// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/icons.h"

#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QPalette>
#include <QPixmap>

#include <initializer_list>

namespace scratchproof::gui {

namespace {

/// Draws in a box of 24 by 24.
class Pen
{
public:
    Pen(QPainter& painter, const QColor& color) : m_painter(painter), m_color(color) { stroke(1.7); }

    void stroke(qreal width)
    {
        m_painter.setPen(QPen(m_color, width, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        m_painter.setBrush(Qt::NoBrush);
    }
    void fill()
    {
        m_painter.setPen(Qt::NoPen);
        m_painter.setBrush(m_color);
    }
    /// Takes away what is below: a sign within a filled shape.
    void carve(qreal width)
    {
        m_painter.setCompositionMode(QPainter::CompositionMode_SourceOver);
        m_painter.setPen(QPen(contrast(), width, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        m_painter.setBrush(Qt::NoBrush);
    }
    void line(std::initializer_list<QPointF> points)
    {
        m_painter.drawPolyline(points.begin(), static_cast<int>(points.size()));
    }
    void shape(std::initializer_list<QPointF> points)
    {
        m_painter.drawPolygon(points.begin(), static_cast<int>(points.size()));
    }
    void circle(QPointF centre, qreal radius) { m_painter.drawEllipse(centre, radius, radius); }
    void box(QRectF rectangle, qreal radius) { m_painter.drawRoundedRect(rectangle, radius, radius); }
    /// Degrees, counter-clockwise from three o'clock.
    void arc(QPointF centre, qreal radius, int from, int span)
    {
        m_painter.drawArc(QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius), from * 16,
                          span * 16);
    }
    void path(const QPainterPath& outline) { m_painter.drawPath(outline); }

private:
    [[nodiscard]] QColor contrast() const { return m_color.lightnessF() > 0.6F ? QColor(0x1c, 0x1c, 0x1e) : Qt::white; }

    QPainter& m_painter;
    QColor m_color;
};

QPainterPath folderOutline()
{
    QPainterPath outline;
    outline.moveTo(3, 17.5);
    outline.lineTo(3, 6.5);
    outline.quadTo(3, 5, 4.5, 5);
    outline.lineTo(9, 5);
    outline.lineTo(11, 7.5);
    outline.lineTo(19.5, 7.5);
    outline.quadTo(21, 7.5, 21, 9);
    outline.lineTo(21, 17.5);
    outline.quadTo(21, 19, 19.5, 19);
    outline.lineTo(4.5, 19);
    outline.quadTo(3, 19, 3, 17.5);
    return outline;
}

QPainterPath starOutline()
{
    return [] {
        QPainterPath outline;
        const QPointF points[] = {{12, 3.2},  {14.7, 8.9}, {20.9, 9.7}, {16.4, 14}, {17.5, 20.2},
                                  {12, 17.2}, {6.5, 20.2}, {7.6, 14},   {3.1, 9.7}, {9.3, 8.9}};
        outline.moveTo(points[0]);
        for (const QPointF& point : points)
            outline.lineTo(point);
        outline.closeSubpath();
        return outline;
    }();
}

void drawVerdict(Pen& pen, Glyph glyph)
{
    pen.fill();
    switch (glyph) {
    case Glyph::Usable:
        pen.circle({12, 12}, 9.5);
        pen.carve(2.2);
        pen.line({{7.6, 12.4}, {10.8, 15.6}, {16.6, 9}});
        break;
    case Glyph::Limited:
        pen.path([] {
            QPainterPath outline;
            outline.moveTo(10.6, 3.6);
            outline.quadTo(12, 1.4, 13.4, 3.6);
            outline.lineTo(22, 18.8);
            outline.quadTo(23, 21.2, 20.6, 21.4);
            outline.lineTo(3.4, 21.4);
            outline.quadTo(1, 21.2, 2, 18.8);
            outline.closeSubpath();
            return outline;
        }());
        pen.carve(2.2);
        pen.line({{12, 8.4}, {12, 13.6}});
        pen.line({{12, 17.4}, {12, 17.41}});
        break;
    case Glyph::Unusable:
        pen.shape({{8, 2.5}, {16, 2.5}, {21.5, 8}, {21.5, 16}, {16, 21.5}, {8, 21.5}, {2.5, 16}, {2.5, 8}});
        pen.carve(2.2);
        pen.line({{8.4, 8.4}, {15.6, 15.6}});
        pen.line({{15.6, 8.4}, {8.4, 15.6}});
        break;
    case Glyph::NotResponding:
        pen.box({2.8, 2.8, 18.4, 18.4}, 5);
        pen.carve(2.2);
        pen.line({{12, 7}, {12, 12.4}, {15.6, 14.6}});
        break;
    case Glyph::NotChecked:
        pen.stroke(1.9);
        pen.circle({12, 12}, 8.8);
        pen.line({{8.2, 12}, {15.8, 12}});
        break;
    case Glyph::Waiting:
        pen.circle({6, 12}, 1.7);
        pen.circle({12, 12}, 1.7);
        pen.circle({18, 12}, 1.7);
        break;
    case Glyph::Checking:
        pen.stroke(2.4);
        pen.arc({12, 12}, 8.4, 90, -290);
        break;
    default:
        break;
    }
}

void drawPlace(Pen& pen, Glyph glyph)
{
    switch (glyph) {
    case Glyph::Computer:
        pen.box({3, 4.5, 18, 12}, 1.8);
        pen.line({{8.5, 20}, {15.5, 20}});
        pen.line({{12, 17}, {12, 20}});
        break;
    case Glyph::Drive:
        pen.box({3, 7, 18, 10}, 2);
        pen.line({{6.5, 12}, {11.5, 12}});
        pen.fill();
        pen.circle({17, 12}, 1.3);
        break;
    case Glyph::Stick:
        pen.box({6.5, 9.5, 11, 11.5}, 2);
        pen.line({{8.5, 9.5}, {8.5, 3.5}, {15.5, 3.5}, {15.5, 9.5}});
        pen.line({{10.8, 6.4}, {10.8, 6.6}});
        pen.line({{13.2, 6.4}, {13.2, 6.6}});
        break;
    case Glyph::Network:
        pen.box({8, 3, 8, 6}, 1.4);
        pen.box({2.5, 15, 7, 6}, 1.4);
        pen.box({14.5, 15, 7, 6}, 1.4);
        pen.line({{12, 9}, {12, 12}});
        pen.line({{6, 15}, {6, 12}, {18, 12}, {18, 15}});
        break;
    case Glyph::Home:
        pen.line({{3.2, 11.5}, {12, 4}, {20.8, 11.5}});
        pen.line({{5.5, 10}, {5.5, 20}, {18.5, 20}, {18.5, 10}});
        pen.line({{10, 20}, {10, 14.5}, {14, 14.5}, {14, 20}});
        break;
    case Glyph::Clock:
        pen.circle({12, 12}, 8.7);
        pen.line({{12, 7}, {12, 12}, {15.2, 14}});
        break;
    case Glyph::Star:
        pen.path(starOutline());
        break;
    case Glyph::Folder:
        pen.path(folderOutline());
        break;
    default:
        break;
    }
}

void drawAction(Pen& pen, Glyph glyph)
{
    switch (glyph) {
    case Glyph::AddFolder:
        pen.path(folderOutline());
        pen.line({{12, 10.2}, {12, 16.2}});
        pen.line({{9, 13.2}, {15, 13.2}});
        break;
    case Glyph::Again:
        pen.arc({12, 12}, 7.8, 50, 290);
        pen.line({{17.6, 2.6}, {17.4, 6.6}, {13.3, 6.3}});
        break;
    case Glyph::Copy:
        pen.box({8.5, 8.5, 12, 12}, 2);
        pen.line(
            {{5.6, 15.5}, {4.6, 15.5}, {3.5, 14.4}, {3.5, 4.6}, {4.6, 3.5}, {14.4, 3.5}, {15.5, 4.6}, {15.5, 5.6}});
        break;
    case Glyph::Export:
        pen.line({{12, 15}, {12, 3.8}});
        pen.line({{8, 7.6}, {12, 3.6}, {16, 7.6}});
        pen.line({{4, 14}, {4, 20}, {20, 20}, {20, 14}});
        break;
    case Glyph::Open:
        pen.line({{13.5, 4}, {20, 4}, {20, 10.5}});
        pen.line({{20, 4}, {11, 13}});
        pen.line({{9.5, 5}, {4, 5}, {4, 20}, {19, 20}, {19, 14.5}});
        break;
    case Glyph::Remove:
        pen.line({{4, 6.5}, {20, 6.5}});
        pen.line({{9, 6.2}, {9.6, 3.8}, {14.4, 3.8}, {15, 6.2}});
        pen.line({{6, 6.8}, {7, 20.2}, {17, 20.2}, {18, 6.8}});
        break;
    case Glyph::Search:
        pen.circle({10.5, 10.5}, 6.3);
        pen.line({{15.2, 15.2}, {20.2, 20.2}});
        break;
    case Glyph::ShieldWarning:
        pen.line(
            {{12, 2.8}, {19.5, 5.6}, {19.5, 11.5}, {17, 17}, {12, 21}, {7, 17}, {4.5, 11.5}, {4.5, 5.6}, {12, 2.8}});
        pen.line({{12, 8}, {12, 12.6}});
        pen.line({{12, 15.9}, {12, 15.91}});
        break;
    case Glyph::Play:
        pen.shape({{7.5, 4.8}, {19, 12}, {7.5, 19.2}});
        break;
    case Glyph::Stop:
        pen.box({6, 6, 12, 12}, 1.8);
        break;
    case Glyph::Menu:
        pen.line({{4, 6.5}, {20, 6.5}});
        pen.line({{4, 12}, {20, 12}});
        pen.line({{4, 17.5}, {20, 17.5}});
        break;
    case Glyph::Clear:
    case Glyph::Cross:
        pen.line({{6.5, 6.5}, {17.5, 17.5}});
        pen.line({{17.5, 6.5}, {6.5, 17.5}});
        break;
    case Glyph::Lock:
        pen.box({5, 10.5, 14, 10}, 2);
        pen.line({{8, 10.5}, {8, 6.5}, {9.5, 4}, {14.5, 4}, {16, 6.5}, {16, 10.5}});
        break;
    case Glyph::Up:
        pen.line({{6, 11}, {12, 5}, {18, 11}});
        pen.line({{12, 5.4}, {12, 19}});
        break;
    case Glyph::Tick:
        pen.line({{5, 12.6}, {10, 17.4}, {19, 7}});
        break;
    case Glyph::Dash:
        pen.line({{7, 12}, {17, 12}});
        break;
    case Glyph::LeadsTo:
        pen.line({{4, 12}, {19.4, 12}});
        pen.line({{13.5, 6}, {19.5, 12}, {13.5, 18}});
        break;
    case Glyph::User:
        pen.circle({12, 8}, 4.2);
        pen.arc({12, 22}, 8.2, 18, 144);
        break;
    case Glyph::Next:
        pen.line({{9.5, 6.5}, {15, 12}, {9.5, 17.5}});
        break;
    default:
        break;
    }
}

/// Paints its glyph anew for each size and palette; nothing is cached but what Qt caches.
class GlyphEngine final : public QIconEngine
{
public:
    GlyphEngine(Glyph glyph, std::optional<QColor> color) : m_glyph(glyph), m_color(color) {}

    void paint(QPainter* painter, const QRect& box, QIcon::Mode mode, QIcon::State) override
    {
        const QPalette palette = QGuiApplication::palette();
        QColor color = m_color.value_or(palette.color(QPalette::Active, QPalette::WindowText));
        if (mode == QIcon::Disabled)
            color.setAlphaF(0.35F);
        else if (mode == QIcon::Selected && !m_color)
            color = palette.color(QPalette::Active, QPalette::HighlightedText);
        paintGlyph(*painter, box, m_glyph, color);
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect({0, 0}, size), mode, state);
        return pixmap;
    }
    [[nodiscard]] QIconEngine* clone() const override { return new GlyphEngine(*this); }

private:
    Glyph m_glyph;
    std::optional<QColor> m_color;
};

} // namespace

void paintGlyph(QPainter& painter, const QRectF& box, Glyph glyph, const QColor& color)
{
    const qreal side = qMin(box.width(), box.height());
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(box.center() - QPointF(side / 2, side / 2));
    painter.scale(side / 24, side / 24);
    const bool hasDirection = glyph == Glyph::Next || glyph == Glyph::Play || glyph == Glyph::LeadsTo;
    if (hasDirection && QGuiApplication::isRightToLeft()) {
        painter.translate(24, 0);
        painter.scale(-1, 1);
    }
    Pen pen(painter, color);
    drawAction(pen, glyph);
    drawPlace(pen, glyph);
    if (glyph >= Glyph::Usable)
        drawVerdict(pen, glyph);
    painter.restore();
}

QIcon icon(Glyph glyph, std::optional<QColor> color)
{
    return QIcon(new GlyphEngine(glyph, color));
}

Glyph glyphOf(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Usable:
        return Glyph::Usable;
    case Verdict::Limited:
        return Glyph::Limited;
    case Verdict::Unusable:
        return Glyph::Unusable;
    case Verdict::NotResponding:
        return Glyph::NotResponding;
    case Verdict::NotChecked:
        break;
    }
    return Glyph::NotChecked;
}

bool isDark(const QPalette& palette)
{
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
}

QColor colorOf(Verdict verdict, const QPalette& palette)
{
    const bool dark = isDark(palette);
    switch (verdict) {
    case Verdict::Usable:
        return dark ? QColor(0x57, 0xc7, 0x7d) : QColor(0x1e, 0x84, 0x4a);
    case Verdict::Limited:
        return dark ? QColor(0xf2, 0xb6, 0x3d) : QColor(0xb2, 0x6a, 0x00);
    case Verdict::Unusable:
        return dark ? QColor(0xff, 0x7b, 0x72) : QColor(0xc0, 0x2b, 0x2b);
    case Verdict::NotResponding:
        return dark ? QColor(0xb9, 0x9a, 0xf5) : QColor(0x6c, 0x46, 0xb8);
    case Verdict::NotChecked:
        break;
    }
    return mutedText(palette);
}

QColor mutedText(const QPalette& palette)
{
    const QColor text = palette.color(QPalette::Active, QPalette::Text);
    const QColor base = palette.color(QPalette::Active, QPalette::Base);
    constexpr float kText = 0.62F;
    return QColor::fromRgbF(text.redF() * kText + base.redF() * (1 - kText),
                            text.greenF() * kText + base.greenF() * (1 - kText),
                            text.blueF() * kText + base.blueF() * (1 - kText));
}

} // namespace scratchproof::gui
