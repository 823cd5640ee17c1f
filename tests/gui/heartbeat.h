// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

namespace scratchproof::gui {

/// The longest time between two turns of the event loop, from its making on.
class Heartbeat
{
public:
    /// Beats every `milliseconds`, which the time then includes; 0: each time that the loop has nothing else to do.
    explicit Heartbeat(int milliseconds = 0)
    {
        m_timer.setTimerType(Qt::PreciseTimer);
        m_clock.start();
        QObject::connect(&m_timer, &QTimer::timeout, [this] {
            m_longest = qMax(m_longest, m_clock.nsecsElapsed());
            m_clock.restart();
        });
        m_timer.start(milliseconds);
    }
    [[nodiscard]] double longestMilliseconds() const
    {
        return static_cast<double>(qMax(m_longest, m_clock.nsecsElapsed())) / 1e6;
    }

private:
    QTimer m_timer;
    QElapsedTimer m_clock;
    qint64 m_longest = 0;
};

} // namespace scratchproof::gui
