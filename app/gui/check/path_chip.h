// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>

namespace scratchproof::gui {

/// One place of a path: its name, what it leads to, the file system that begins there, and whether it stops. An arrow
/// stands before it unless it is the first.
class PathChip final : public QAbstractButton
{
    Q_OBJECT

public:
    struct Look
    {
        QString name;
        QString target;     // of a link
        QString fileSystem; // that begins here
        bool first = false;
        bool stops = false;
        bool past = false; // comes after the place that stops
    };
    explicit PathChip(Look look, QWidget* parent = nullptr);

    [[nodiscard]] const Look& look() const { return m_look; }
    [[nodiscard]] QSize sizeHint() const override;

signals:
    /// An arrow key, or Home or End: the next one, the previous one, the last, the first.
    void stepped(int steps);

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    [[nodiscard]] QFont smallFont() const;
    void paintBox(QPainter& painter, const QRect& box) const;
    void paintTexts(QPainter& painter, QRect room) const;

    Look m_look;
};

} // namespace scratchproof::gui
