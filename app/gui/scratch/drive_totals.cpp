// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/scratch/drive_totals.h"

#include "app/gui/kit/error_words.h"
#include "app/gui/kit/flow_layout.h"
#include "app/gui/kit/icons.h"

#include <QPainter>
#include <QStyle>

#include <algorithm>
#include <utility>

namespace scratchproof::gui {

namespace {

constexpr int kBarHeight = 6;
constexpr int kGap = 4;
constexpr int kLeastCharacters = 24;
constexpr int kBetween = 24;

class DriveBar final : public QWidget
{
public:
    explicit DriveBar(DriveTotal total) : m_total(std::move(total))
    {
        m_numbers = DriveTotals::tr("%1 of scratch").arg(shownBytes(m_total.scratchBytes));
        if (m_total.availableBytes)
            m_numbers = DriveTotals::tr("%1, %2 free").arg(m_numbers, shownBytes(*m_total.availableBytes));
        setAccessibleName(m_total.name);
        setAccessibleDescription(m_numbers);
        setToolTip(plainToolTip(m_total.place + QLatin1Char('\n') + m_numbers));
        setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    }

    [[nodiscard]] QSize sizeHint() const override
    {
        const QFontMetrics metrics = fontMetrics();
        const int least = kLeastCharacters * metrics.averageCharWidth();
        const int most = 3 * least;
        const int words = metrics.horizontalAdvance(m_total.name + QStringLiteral("   ") + m_numbers);
        return {std::clamp(words, least, most) + kBetween, metrics.height() + kGap + kBarHeight};
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const QFontMetrics metrics = fontMetrics();
        const QRect area = layoutDirection() == Qt::RightToLeft ? rect().adjusted(kBetween, 0, 0, 0)
                                                                : rect().adjusted(0, 0, -kBetween, 0);
        const QRect line(area.left(), 0, area.width(), metrics.height());
        const int numbers = metrics.horizontalAdvance(m_numbers);
        const auto leading = QStyle::visualAlignment(layoutDirection(), Qt::AlignLeading | Qt::AlignVCenter);
        const auto trailing = QStyle::visualAlignment(layoutDirection(), Qt::AlignTrailing | Qt::AlignVCenter);
        painter.setPen(palette().color(QPalette::WindowText));
        painter.drawText(line, static_cast<int>(leading),
                         metrics.elidedText(m_total.name, Qt::ElideMiddle, std::max(0, area.width() - numbers - 8)));
        painter.setPen(mutedText(palette()));
        painter.drawText(line, static_cast<int>(trailing), m_numbers);
        paintBar(painter, QRectF(area.left(), height() - kBarHeight, area.width(), kBarHeight));
    }

private:
    void paintBar(QPainter& painter, const QRectF& bar) const
    {
        const QColor ink = palette().color(QPalette::WindowText);
        const auto part = [&](double from, double to, QColor color) {
            QRectF box(bar.left() + bar.width() * from, bar.top(), bar.width() * (to - from), bar.height());
            if (layoutDirection() == Qt::RightToLeft)
                box.moveLeft(bar.left() + bar.right() - box.right());
            painter.setBrush(color);
            painter.drawRoundedRect(box, 2, 2);
        };
        painter.setPen(Qt::NoPen);
        QColor ground = ink;
        ground.setAlphaF(0.12F);
        part(0, 1, ground);
        if (!m_total.totalBytes || *m_total.totalBytes == 0)
            return;
        const auto total = static_cast<double>(*m_total.totalBytes);
        const double scratch = std::min(1.0, static_cast<double>(m_total.scratchBytes) / total);
        const double used =
            std::clamp(1 - static_cast<double>(m_total.availableBytes.value_or(0)) / total, scratch, 1.0);
        QColor other = ink;
        other.setAlphaF(0.28F);
        part(0, used, other);
        // Whatever there is shall be seen.
        const double least = kBarHeight / std::max(1.0, bar.width());
        if (m_total.scratchBytes > 0)
            part(0, std::max(scratch, least), palette().color(QPalette::Highlight));
    }

    DriveTotal m_total;
    QString m_numbers;
};

} // namespace

DriveTotals::DriveTotals(QWidget* parent) : QWidget(parent)
{
    setAccessibleName(tr("Scratch on each drive"));
    setLayout(new FlowLayout);
    layout()->setContentsMargins(0, 0, 0, 0);
}

void DriveTotals::setTotals(std::vector<DriveTotal> totals)
{
    if (totals == m_totals)
        return;
    m_totals = std::move(totals);
    while (QLayoutItem* item = layout()->takeAt(0)) {
        delete item->widget(); // NOLINT(cppcoreguidelines-owning-memory): a layout hands its items over
        delete item;           // NOLINT(cppcoreguidelines-owning-memory)
    }
    for (const DriveTotal& total : m_totals)
        layout()->addWidget(new DriveBar(total));
    updateGeometry();
}

} // namespace scratchproof::gui
