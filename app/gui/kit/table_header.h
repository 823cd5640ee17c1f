// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHeaderView>

namespace scratchproof::gui {

/// The heads of a table's columns: quiet, flat, and in line with cells whose margin is kCellMargin.
class TableHeader final : public QHeaderView
{
    Q_OBJECT

public:
    explicit TableHeader(QWidget* parent = nullptr);

    [[nodiscard]] QSize sectionSizeFromContents(int section) const override;

protected:
    void paintSection(QPainter* painter, const QRect& box, int section) const override;
};

} // namespace scratchproof::gui
