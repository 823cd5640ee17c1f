// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace scratchproof::gui {

/// What an empty table shows: an invitation to drop folders, two buttons, and what it is good for.
class EmptyState final : public QWidget
{
    Q_OBJECT

public:
    explicit EmptyState(QWidget* parent = nullptr);

    /// While folders are held over the window.
    void setDropping(bool dropping);

signals:
    void addWanted();
    void checkDrivesWanted();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    bool m_dropping = false;
};

} // namespace scratchproof::gui
