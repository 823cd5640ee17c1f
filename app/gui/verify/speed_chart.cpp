// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/verify/speed_chart.h"

#include "app/gui/kit/error_words.h"
#include "app/gui/kit/icons.h"
#include "app/gui/verify/verify_words.h"

#include <QHelpEvent>
#include <QPainter>
#include <QPainterPath>
#include <QRegularExpression>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace scratchproof::gui {

namespace {

constexpr int kLines = 3; // across, above the axis
/// From so many times the slowest part's median on, that one would be a line at the bottom.
constexpr double kFarApart = 30;

/// 1, 2 or 5 times a power of ten, and not below `value`.
double roundedUp(double value)
{
    if (value <= 0)
        return 1;
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    for (const double step : {1.0, 2.0, 5.0})
        if (step * power >= value)
            return step * power;
    return 10 * power;
}

/// "200 MB/s": round, without decimals.
QString labelOfRate(double rate)
{
    QString text = rate > 0 ? shownRate(rate) : QStringLiteral("0");
    static const QRegularExpression kZeros(QStringLiteral("[.,]0+(?=\\D)"));
    return text.remove(kZeros);
}

/// The edges of a part on the axis of time, in seconds.
std::pair<double, double> edgesOf(const std::vector<SpeedPart>& parts, std::size_t part, double end)
{
    return {parts[part].begin, part + 1 < parts.size() ? parts[part + 1].begin : end};
}

} // namespace

SpeedChart::SpeedChart(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFocusPolicy(Qt::TabFocus);
    setAccessibleName(tr("Speed over time"));
    setMouseTracking(true);
}

void SpeedChart::setHistory(const SpeedHistory& history)
{
    m_history = history;
    describe();
    update();
}

void SpeedChart::describe()
{
    QStringList texts;
    for (const SpeedPart& part : m_history.parts()) {
        if (part.samples.empty())
            continue;
        const SpeedRange range = rangeOf(part);
        texts << tr("%1: median %2, from %3 to %4")
                     .arg(partName(part.id), shownRate(range.median), shownRate(range.low), shownRate(range.high));
    }
    setAccessibleDescription(texts.join(tr("; ")));
}

QSize SpeedChart::sizeHint() const
{
    return {400, fontMetrics().height() * 10};
}

QSize SpeedChart::minimumSizeHint() const
{
    return {160, fontMetrics().height() * 10};
}

double SpeedChart::Frame::y(double bytesPerSecond) const
{
    const double share = bottom > 0 ? std::log(std::max(bytesPerSecond, bottom) / bottom) / std::log(top / bottom)
                                    : bytesPerSecond / top;
    return plot.bottom() - plot.height() * std::clamp(share, 0.0, 1.0);
}

SpeedChart::Frame SpeedChart::frame() const
{
    Frame frame;
    double highest = 0;
    double slowest = 0;
    for (const SpeedPart& part : m_history.parts()) {
        if (part.samples.empty())
            continue;
        const SpeedRange range = rangeOf(part);
        highest = std::max(highest, range.high);
        slowest = slowest > 0 ? std::min(slowest, range.median) : range.median;
    }
    if (slowest > 0 && highest / slowest > kFarApart) {
        frame.bottom = std::pow(10.0, std::floor(std::log10(slowest / 2)));
        frame.top = std::pow(10.0, std::ceil(std::log10(highest)));
        for (double line = frame.bottom; line <= frame.top * 1.001; line *= 10)
            frame.lines.push_back(line);
    } else if (highest > 0) {
        const double step = roundedUp(highest / kLines);
        frame.top = std::ceil(highest / step) * step;
        for (double line = 0; line <= frame.top * 1.001; line += step)
            frame.lines.push_back(line);
    } else {
        frame.lines = {0};
    }
    frame.seconds = std::max(1.0, m_history.end());
    const int line = fontMetrics().height();
    int labels = 0;
    for (const double rate : frame.lines)
        labels = std::max(labels, fontMetrics().horizontalAdvance(labelOfRate(rate)) + 8);
    frame.plot =
        QRectF(rect()).adjusted(isRightToLeft() ? 2 : labels, line + 6, isRightToLeft() ? -labels : -2, -(line + 6));
    return frame;
}

void SpeedChart::paintAxes(QPainter& painter, const Frame& frame) const
{
    const QColor quiet = mutedText(palette());
    QColor faint = palette().color(QPalette::Text);
    faint.setAlphaF(0.15F);
    const int line = fontMetrics().height();
    for (const double rate : frame.lines) {
        const double y = std::round(frame.y(rate)) + 0.5;
        painter.setPen(QPen(faint, 1));
        painter.drawLine(QPointF(frame.plot.left(), y), QPointF(frame.plot.right(), y));
        painter.setPen(quiet);
        const QRectF room = isRightToLeft() ? QRectF(frame.plot.right() + 6, y - line, width(), 2 * line)
                                            : QRectF(0, y - line, frame.plot.left() - 6, 2 * line);
        painter.drawText(room, static_cast<int>(Qt::AlignVCenter | (isRightToLeft() ? Qt::AlignLeft : Qt::AlignRight)),
                         labelOfRate(rate));
    }
    painter.setPen(quiet);
    const QRectF below(frame.plot.left(), frame.plot.bottom() + 4, frame.plot.width(), line);
    painter.drawText(below, Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("0"));
    if (!m_history.isEmpty())
        painter.drawText(below, Qt::AlignRight | Qt::AlignVCenter,
                         shownDuration(static_cast<Nanoseconds>(frame.seconds * kNanosecondsPerSecond)));
}

void SpeedChart::paintPart(QPainter& painter, const Frame& frame, std::size_t index) const
{
    const std::vector<SpeedPart>& parts = m_history.parts();
    const SpeedPart& part = parts[index];
    const auto [begin, end] = edgesOf(parts, index, m_history.end());
    const QColor quiet = mutedText(palette());
    if (index > 0) {
        painter.setPen(QPen(quiet, 1, Qt::DotLine));
        const double x = std::round(frame.x(begin)) + 0.5;
        painter.drawLine(QPointF(x, frame.plot.top() - 4), QPointF(x, frame.plot.bottom()));
    }
    const QRectF above(frame.x(begin) + 3, 0, frame.x(end) - frame.x(begin) - 4, fontMetrics().height() + 2);
    const QString name = partName(part.id);
    const bool fits = fontMetrics().horizontalAdvance(name) <= above.width();
    painter.setPen(quiet);
    painter.drawText(above, Qt::AlignLeft | Qt::AlignVCenter, fits ? name : QString::number(index + 1));
    if (part.samples.empty())
        return;
    QPainterPath path(QPointF(frame.x(part.begin), frame.y(part.samples.front().bytesPerSecond)));
    for (const SpeedSample& sample : part.samples)
        path.lineTo(frame.x(sample.seconds), frame.y(sample.bytesPerSecond));
    QColor ink = palette().color(QPalette::Highlight);
    if (isDark(palette()))
        ink = ink.lighter(135);
    QPainterPath area = path;
    area.lineTo(frame.x(part.samples.back().seconds), frame.plot.bottom());
    area.lineTo(frame.x(part.begin), frame.plot.bottom());
    area.closeSubpath();
    QColor fill = ink;
    fill.setAlphaF(0.16F);
    painter.fillPath(area, fill);
    painter.setPen(QPen(ink, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(path);
}

void SpeedChart::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Frame frame = this->frame();
    paintAxes(painter, frame);
    for (std::size_t part = 0; part < m_history.parts().size(); ++part)
        paintPart(painter, frame, part);
    if (hasFocus()) {
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1, Qt::DotLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

bool SpeedChart::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const Frame frame = this->frame();
    const double at = (help->pos().x() - frame.plot.left()) / frame.plot.width() * frame.seconds;
    const std::vector<SpeedPart>& parts = m_history.parts();
    for (std::size_t part = 0; part < parts.size(); ++part) {
        const auto [begin, end] = edgesOf(parts, part, m_history.end());
        const std::vector<SpeedSample>& samples = parts[part].samples;
        if (at < begin || at > end || samples.empty())
            continue;
        const auto found = std::find_if(samples.begin(), samples.end(),
                                        [at = at](const SpeedSample& sample) { return sample.seconds >= at; });
        const SpeedSample& sample = found == samples.end() ? samples.back() : *found;
        QToolTip::showText(help->globalPos(),
                           tr("%1: %2").arg(partName(parts[part].id), shownRate(sample.bytesPerSecond)), this);
        return true;
    }
    QToolTip::hideText();
    return true;
}

} // namespace scratchproof::gui
