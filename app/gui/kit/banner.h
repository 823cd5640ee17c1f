// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QLabel;
class QPushButton;

namespace scratchproof::gui {

/// A line across the page that says what holds for all that is below, with at most one thing to do about it. Hidden
/// while it has nothing to say.
class Banner final : public QFrame
{
    Q_OBJECT

public:
    explicit Banner(QWidget* parent = nullptr);

    /// `action`: the button's words; empty for none.
    void say(const QString& text, const QString& action = {});
    void setActionEnabled(bool enabled);

signals:
    void actionWanted();

protected:
    void changeEvent(QEvent* event) override;

private:
    void tint();

    QLabel* m_sign;
    QLabel* m_text;
    QPushButton* m_action;
    bool m_tinting = false;
};

} // namespace scratchproof::gui
