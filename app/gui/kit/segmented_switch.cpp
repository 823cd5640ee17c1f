// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/segmented_switch.h"

#include <QAbstractButton>
#include <QButtonGroup>
#include <QHBoxLayout>
#include <QPainter>

namespace scratchproof::gui {

namespace {

/// One choice: the taken one stands out as a raised pill.
class Segment final : public QAbstractButton
{
public:
    Segment(const QString& text, QWidget* parent) : QAbstractButton(parent)
    {
        setText(text);
        setCheckable(true);
        setFocusPolicy(Qt::StrongFocus);
        setAttribute(Qt::WA_Hover);
    }
    [[nodiscard]] QSize sizeHint() const override
    {
        const QFontMetrics metrics(fontMetrics());
        return {metrics.horizontalAdvance(text()) + 36, metrics.height() + 12};
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const QRectF pill = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
        if (isChecked()) {
            QColor edge = palette().color(QPalette::WindowText);
            edge.setAlphaF(0.18F);
            painter.setPen(edge);
            painter.setBrush(palette().color(QPalette::Base));
            painter.drawRoundedRect(pill, 6, 6);
        } else if (underMouse()) {
            QColor hover = palette().color(QPalette::WindowText);
            hover.setAlphaF(0.06F);
            painter.setPen(Qt::NoPen);
            painter.setBrush(hover);
            painter.drawRoundedRect(pill, 6, 6);
        }
        if (hasFocus()) {
            painter.setPen(QPen(palette().color(QPalette::Highlight), 1.5));
            painter.setBrush(Qt::NoBrush);
            painter.drawRoundedRect(pill.adjusted(1, 1, -1, -1), 5, 5);
        }
        QColor ink = palette().color(QPalette::WindowText);
        if (!isChecked())
            ink.setAlphaF(0.75F);
        painter.setPen(ink);
        painter.drawText(rect(), Qt::AlignCenter, text());
    }
};

} // namespace

SegmentedSwitch::SegmentedSwitch(QWidget* parent) : QWidget(parent), m_buttons(new QButtonGroup(this))
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(2, 2, 2, 2);
    row->setSpacing(2);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(m_buttons, &QButtonGroup::idClicked, this, &SegmentedSwitch::chosen);
}

void SegmentedSwitch::addSegment(const QString& text, const QString& tip)
{
    auto* segment = new Segment(text, this);
    segment->setToolTip(tip);
    segment->setAccessibleName(text);
    segment->setAccessibleDescription(tip);
    m_buttons->addButton(segment, count());
    layout()->addWidget(segment);
}

void SegmentedSwitch::setCurrent(int index)
{
    if (QAbstractButton* button = m_buttons->button(index))
        button->setChecked(true);
}

int SegmentedSwitch::current() const
{
    return m_buttons->checkedId();
}

int SegmentedSwitch::count() const
{
    return static_cast<int>(m_buttons->buttons().size());
}

void SegmentedSwitch::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QColor trough = palette().color(QPalette::WindowText);
    trough.setAlphaF(0.08F);
    painter.setPen(Qt::NoPen);
    painter.setBrush(trough);
    painter.drawRoundedRect(rect(), 8, 8);
}

} // namespace scratchproof::gui
