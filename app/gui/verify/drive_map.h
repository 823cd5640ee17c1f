// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/verify/map_cells.h"

#include <QColor>
#include <QString>
#include <QWidget>

class QPainter;
class QPalette;

namespace scratchproof::gui {

/// A cell of the map: bad ones differ by shape too. `box` is what it may fill.
void paintCell(QPainter& painter, const QRectF& box, CellState state, const QPalette& palette);
/// What a cell stands for, in the reader's language: "good".
[[nodiscard]] QString wordOf(CellState state);

/// The picture of a drive that fills as it is written and verified, with a legend of what is in it. A screen reader
/// gets the same as text.
class DriveMap final : public QWidget
{
    Q_OBJECT

public:
    explicit DriveMap(QWidget* parent = nullptr);

    void setCells(const MapCells& cells);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] int heightForWidth(int width) const override;

protected:
    bool event(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    struct Grid
    {
        int columns = 1;
        int side = 1; // of a cell with its margin
        int rows = 1;
    };
    [[nodiscard]] Grid gridFor(int width) const;
    [[nodiscard]] int cellAt(const QPoint& where) const; // -1: none
    [[nodiscard]] QString textOf(int cell) const;
    void describe();

    MapCells m_map;
};

/// The states that a map holds, each with its sign and word, side by side.
class MapLegend final : public QWidget
{
    Q_OBJECT

public:
    explicit MapLegend(QWidget* parent = nullptr);

    void setCells(const MapCells& cells);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] int heightForWidth(int width) const override;

protected:
    void resizeEvent(QResizeEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    struct Entry
    {
        CellState state;
        QString text;
    };
    /// Paints where there is a painter; how high it gets.
    int arrange(int width, QPainter* painter) const;

    std::vector<Entry> m_entries;
};

} // namespace scratchproof::gui
