// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/kit/icons.h"
#include "app/gui/verify/map_cells.h"
#include "app/gui/verify/speed_history.h"
#include "app/gui/verify/verify_job.h"

#include <QString>
#include <QTimer>
#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;
class QVBoxLayout;

namespace scratchproof::gui {

class DriveMap;
class MapLegend;
class SpeedChart;
class TextBlock;

/// A verification as it goes and ends: what it does, the map, the curve of speed, then the verdict and what it rests
/// on. Before the first, what there is to be had.
class VerifyView final : public QWidget
{
    Q_OBJECT

public:
    explicit VerifyView(VerifyJob& job, QWidget* parent = nullptr);

signals:
    void stopWanted();
    void copyWanted();
    void saveWanted();

protected:
    void changeEvent(QEvent* event) override;

private:
    void started();
    void progressed();
    void finished();
    void showState();
    void showSpeed();
    void showHeadline(Glyph glyph, Verdict color, const QString& title, const QString& sentence);
    void announce();
    QWidget* buildButtons();

    VerifyJob& m_job;
    MapCells m_cells;
    SpeedHistory m_history;
    QTimer m_rebuild; // after a change of colours
    QLabel* m_sign = nullptr;
    TextBlock* m_title = nullptr;
    TextBlock* m_place = nullptr;
    TextBlock* m_sentence = nullptr;
    QProgressBar* m_progress = nullptr;
    QWidget* m_mapPart = nullptr;
    DriveMap* m_map = nullptr;
    MapLegend* m_legend = nullptr;
    QWidget* m_chartPart = nullptr;
    SpeedChart* m_chart = nullptr;
    QWidget* m_groundsPart = nullptr;
    TextBlock* m_figures = nullptr;
    TextBlock* m_grounds = nullptr;
    QPushButton* m_stop = nullptr;
    QPushButton* m_copy = nullptr;
    QPushButton* m_save = nullptr;
};

} // namespace scratchproof::gui
