// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/banner.h"

#include "app/gui/kit/icons.h"

#include <QEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace scratchproof::gui {

Banner::Banner(QWidget* parent) : QFrame(parent), m_sign(new QLabel), m_text(new QLabel), m_action(new QPushButton)
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(14, 8, 14, 8);
    row->setSpacing(10);
    m_text->setObjectName(QStringLiteral("words"));
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_action->setAutoDefault(false);
    row->addWidget(m_sign, 0, Qt::AlignTop);
    row->addWidget(m_text, 1);
    row->addWidget(m_action, 0, Qt::AlignVCenter);
    connect(m_action, &QPushButton::clicked, this, &Banner::actionWanted);
    setAutoFillBackground(true);
    tint();
    hide();
}

void Banner::say(const QString& text, const QString& action)
{
    m_text->setText(text);
    m_action->setText(action);
    m_action->setVisible(!action.isEmpty());
    setVisible(!text.isEmpty());
}

void Banner::setActionEnabled(bool enabled)
{
    m_action->setEnabled(enabled);
}

void Banner::tint()
{
    const QPalette window = QGuiApplication::palette();
    const QColor amber = colorOf(Verdict::Limited, window);
    constexpr int kShieldSize = 20;
    m_sign->setPixmap(icon(Glyph::ShieldWarning, amber).pixmap(QSize(kShieldSize, kShieldSize), devicePixelRatioF()));
    QPalette colours = window;
    const QColor base = window.color(QPalette::Base);
    constexpr float kTint = 0.14F;
    colours.setColor(QPalette::Window, QColor::fromRgbF(base.redF() * (1 - kTint) + amber.redF() * kTint,
                                                        base.greenF() * (1 - kTint) + amber.greenF() * kTint,
                                                        base.blueF() * (1 - kTint) + amber.blueF() * kTint));
    m_tinting = true;
    setPalette(colours);
    m_tinting = false;
}

void Banner::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !m_tinting)
        tint();
}

} // namespace scratchproof::gui
