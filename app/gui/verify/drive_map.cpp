// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/verify/drive_map.h"

#include "app/gui/kit/error_words.h"
#include "app/gui/kit/icons.h"
#include "app/gui/verify/verify_words.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace scratchproof::gui {

namespace {

constexpr int kLeastSide = 9; // logical pixels, at the usual text size
constexpr int kMostSide = 16;
constexpr int kGapOfLegend = 18;

QColor withAlpha(QColor color, float alpha)
{
    color.setAlphaF(alpha);
    return color;
}

/// The sign of a bad cell, in a box of 1 by 1.
void paintSignOfBad(QPainter& painter, CellState state)
{
    switch (state) {
    case CellState::Lost: // a cross
        painter.drawLine(QPointF(0.28, 0.28), QPointF(0.72, 0.72));
        painter.drawLine(QPointF(0.72, 0.28), QPointF(0.28, 0.72));
        break;
    case CellState::Aliased: // an arrow back
        painter.drawLine(QPointF(0.22, 0.5), QPointF(0.78, 0.5));
        painter.drawLine(QPointF(0.22, 0.5), QPointF(0.46, 0.26));
        painter.drawLine(QPointF(0.22, 0.5), QPointF(0.46, 0.74));
        break;
    case CellState::Changed: // not equal
        painter.drawLine(QPointF(0.24, 0.38), QPointF(0.76, 0.38));
        painter.drawLine(QPointF(0.24, 0.62), QPointF(0.76, 0.62));
        break;
    case CellState::Error: // an exclamation mark
        painter.drawLine(QPointF(0.5, 0.2), QPointF(0.5, 0.56));
        painter.drawLine(QPointF(0.5, 0.78), QPointF(0.5, 0.8));
        break;
    default: // bad, and not known how
        painter.drawLine(QPointF(0.25, 0.5), QPointF(0.75, 0.5));
        break;
    }
}

} // namespace

void paintCell(QPainter& painter, const QRectF& box, CellState state, const QPalette& palette)
{
    const qreal radius = box.width() * 0.18;
    const QColor ink = palette.color(QPalette::Text);
    switch (state) {
    case CellState::Untested:
        painter.setPen(QPen(withAlpha(ink, 0.22F), 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
        return;
    case CellState::Written: {
        const QColor blue = palette.color(QPalette::Highlight);
        painter.setPen(QPen(withAlpha(blue, 0.8F), 1));
        painter.setBrush(withAlpha(blue, 0.35F));
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
        return;
    }
    case CellState::Good:
        painter.setPen(Qt::NoPen);
        painter.setBrush(colorOf(Verdict::Usable, palette));
        painter.drawRoundedRect(box, radius, radius);
        return;
    default:
        break;
    }
    const QColor red = colorOf(Verdict::Unusable, palette);
    painter.setPen(Qt::NoPen);
    painter.setBrush(red);
    painter.drawRect(box);
    painter.save();
    painter.translate(box.topLeft());
    painter.scale(box.width(), box.height());
    painter.setPen(QPen(red.lightnessF() > 0.6F ? QColor(0x1c, 0x1c, 0x1e) : QColor(Qt::white), 0.13, Qt::SolidLine,
                        Qt::RoundCap));
    paintSignOfBad(painter, state);
    painter.restore();
}

QString wordOf(CellState state)
{
    switch (state) {
    case CellState::Untested:
        return inVerify(QT_TRANSLATE_NOOP("verify", "not tested"));
    case CellState::Written:
        return inVerify(QT_TRANSLATE_NOOP("verify", "written"));
    case CellState::Good:
        return inVerify(QT_TRANSLATE_NOOP("verify", "good"));
    case CellState::Bad:
        return inVerify(QT_TRANSLATE_NOOP("verify", "bad"));
    case CellState::Lost:
        return inVerify(QT_TRANSLATE_NOOP("verify", "never stored"));
    case CellState::Aliased:
        return inVerify(QT_TRANSLATE_NOOP("verify", "holds another place’s data"));
    case CellState::Changed:
        return inVerify(QT_TRANSLATE_NOOP("verify", "came back changed"));
    case CellState::Error:
        break;
    }
    return inVerify(QT_TRANSLATE_NOOP("verify", "could not be written or read"));
}

DriveMap::DriveMap(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFocusPolicy(Qt::TabFocus);
    setAccessibleName(tr("Map of the drive"));
    setMouseTracking(true);
    describe();
}

void DriveMap::setCells(const MapCells& cells)
{
    m_map = cells;
    describe();
    update();
}

void DriveMap::describe()
{
    QStringList parts;
    const auto counts = m_map.counts();
    for (std::size_t i = 0; i < counts.size(); ++i)
        if (counts[i] > 0)
            parts << tr("%1 %: %2")
                         .arg(std::max<qsizetype>(1, qRound(100.0 * static_cast<double>(counts[i]) / MapCells::kCells)))
                         .arg(wordOf(static_cast<CellState>(i)));
    setAccessibleDescription(parts.join(tr(", ")));
}

DriveMap::Grid DriveMap::gridFor(int width) const
{
    const int line = fontMetrics().height();
    const int least = std::max(4, kLeastSide * line / 17);
    const int most = std::max(least, kMostSide * line / 17);
    Grid grid;
    for (grid.side = most; grid.side >= least; --grid.side) {
        grid.columns = std::max(1, width / grid.side);
        grid.rows = (static_cast<int>(MapCells::kCells) + grid.columns - 1) / grid.columns;
        constexpr int kMostRows = 14;
        if (grid.rows <= kMostRows)
            break;
    }
    grid.side = std::max(grid.side, least);
    return grid;
}

int DriveMap::heightForWidth(int width) const
{
    const Grid grid = gridFor(width);
    return grid.rows * grid.side;
}

QSize DriveMap::sizeHint() const
{
    const int width = 40 * kMostSide * fontMetrics().height() / 17;
    return {width, heightForWidth(width)};
}

QSize DriveMap::minimumSizeHint() const
{
    return {20 * kLeastSide, 4 * kLeastSide};
}

int DriveMap::cellAt(const QPoint& where) const
{
    const Grid grid = gridFor(width());
    const int x = isRightToLeft() ? width() - 1 - where.x() : where.x();
    const int column = x / grid.side;
    if (x < 0 || where.y() < 0 || column >= grid.columns)
        return -1;
    const int cell = where.y() / grid.side * grid.columns + column;
    return cell < static_cast<int>(MapCells::kCells) ? cell : -1;
}

QString DriveMap::textOf(int cell) const
{
    QString word = wordOf(m_map.cells()[static_cast<std::size_t>(cell)]);
    if (m_map.span() == 0)
        return word;
    const double part = static_cast<double>(m_map.span()) / MapCells::kCells;
    return tr("%1 to %2: %3")
        .arg(shownBytes(static_cast<std::uint64_t>(cell * part)),
             shownBytes(static_cast<std::uint64_t>((cell + 1) * part)), word);
}

bool DriveMap::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int cell = cellAt(help->pos());
        if (cell < 0)
            QToolTip::hideText();
        else
            QToolTip::showText(help->globalPos(), textOf(cell), this);
        return true;
    }
    return QWidget::event(event);
}

/// A scroll area gives no height for a width.
void DriveMap::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    setFixedHeight(heightForWidth(width()));
}

void DriveMap::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Grid grid = gridFor(width());
    const qreal gap = std::max(1.0, grid.side * 0.14);
    const std::vector<CellState>& cells = m_map.cells();
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const int at = static_cast<int>(i);
        const int column = at % grid.columns;
        const qreal x = isRightToLeft() ? width() - (column + 1.0) * grid.side : column * grid.side;
        const int row = at / grid.columns;
        const qreal y = row * static_cast<qreal>(grid.side);
        paintCell(painter, QRectF(x, y, grid.side - gap, grid.side - gap), cells[i], palette());
    }
    if (hasFocus()) {
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1, Qt::DotLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

MapLegend::MapLegend(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void MapLegend::setCells(const MapCells& cells)
{
    std::vector<Entry> entries;
    QStringList words;
    const auto counts = cells.counts();
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (counts[i] == 0)
            continue;
        const auto state = static_cast<CellState>(i);
        entries.push_back({state, wordOf(state)});
        words << entries.back().text;
    }
    const bool isSame = entries.size() == m_entries.size() &&
                        std::equal(entries.begin(), entries.end(), m_entries.begin(),
                                   [](const Entry& a, const Entry& b) { return a.state == b.state; });
    if (isSame)
        return;
    m_entries = std::move(entries);
    setAccessibleName(tr("The map shows: %1").arg(words.join(tr(", "))));
    setFixedHeight(heightForWidth(width()));
    update();
}

int MapLegend::arrange(int width, QPainter* painter) const
{
    const QFontMetrics metrics = fontMetrics();
    const int side = metrics.height() * 3 / 4;
    const int line = metrics.height() + 4;
    int x = 0;
    int y = 0;
    for (const Entry& entry : m_entries) {
        const int needed = side + 6 + metrics.horizontalAdvance(entry.text);
        if (x > 0 && x + needed > width) {
            x = 0;
            y += line;
        }
        if (painter) {
            const int left = isRightToLeft() ? width - x - side : x;
            paintCell(*painter, QRectF(left, y + (line - side) / 2.0, side, side), entry.state, palette());
            painter->setPen(mutedText(palette()));
            const QRect room = isRightToLeft() ? QRect(width - x - needed, y, needed - side - 6, line)
                                               : QRect(x + side + 6, y, needed - side - 6, line);
            painter->drawText(room, Qt::AlignVCenter | Qt::AlignLeft | Qt::TextDontClip, entry.text);
        }
        x += needed + kGapOfLegend;
    }
    return y + line;
}

QSize MapLegend::sizeHint() const
{
    constexpr int kUsualWidth = 400;
    return {kUsualWidth, arrange(kUsualWidth, nullptr)};
}

QSize MapLegend::minimumSizeHint() const
{
    return {80, fontMetrics().height() + 4};
}

int MapLegend::heightForWidth(int width) const
{
    return arrange(width, nullptr);
}

void MapLegend::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    setFixedHeight(heightForWidth(width()));
}

void MapLegend::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    arrange(width(), &painter);
}

} // namespace scratchproof::gui
