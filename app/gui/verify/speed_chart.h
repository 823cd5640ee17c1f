// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/verify/speed_history.h"

#include <QString>
#include <QWidget>

#include <vector>

namespace scratchproof::gui {

/// A curve of speed over time, a part after another, on an axis of powers of ten where the parts differ by that much;
/// each with its name or, where that does not fit, its number. A screen reader gets each part's median and extremes as
/// text.
class SpeedChart final : public QWidget
{
    Q_OBJECT

public:
    explicit SpeedChart(QWidget* parent = nullptr);

    void setHistory(const SpeedHistory& history);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    /// What the axes span, and where they stand.
    struct Frame
    {
        QRectF plot;
        double seconds = 1;
        double top = 1;            // bytes a second
        double bottom = 0;         // of powers of ten; else 0
        std::vector<double> lines; // across
        [[nodiscard]] double x(double at) const { return plot.left() + plot.width() * at / seconds; }
        [[nodiscard]] double y(double bytesPerSecond) const;
    };
    [[nodiscard]] Frame frame() const;
    void paintAxes(QPainter& painter, const Frame& frame) const;
    void paintPart(QPainter& painter, const Frame& frame, std::size_t part) const;
    void describe();

    SpeedHistory m_history;
};

} // namespace scratchproof::gui
