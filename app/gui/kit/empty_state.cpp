// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/kit/empty_state.h"

#include "app/gui/kit/icons.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

namespace scratchproof::gui {

namespace {

/// A large sign, painted so that it follows the palette.
class BigSign final : public QWidget
{
public:
    BigSign(Glyph glyph, int size, QWidget* parent) : QWidget(parent), m_glyph(glyph) { setFixedSize(size, size); }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        QColor color = palette().color(QPalette::Highlight);
        if (isDark(palette()))
            color = color.lighter(125);
        paintGlyph(painter, rect(), m_glyph, color);
    }

private:
    Glyph m_glyph;
};

QLabel* text(const QString& words, double scale, bool bold)
{
    auto* made = new QLabel(words);
    made->setTextFormat(Qt::PlainText);
    made->setWordWrap(true);
    QFont font = made->font();
    font.setPointSizeF(font.pointSizeF() * scale);
    if (bold)
        font.setWeight(QFont::DemiBold);
    made->setFont(font);
    return made;
}

void quieten(QLabel* label)
{
    QPalette palette = label->palette();
    const QColor quiet = mutedText(palette);
    palette.setColor(QPalette::WindowText, quiet);
    palette.setColor(QPalette::Text, quiet);
    label->setPalette(palette);
}

QWidget* reason(Glyph glyph, const QString& title, const QString& words, QWidget* parent)
{
    auto* box = new QWidget(parent);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(5);
    column->addWidget(new BigSign(glyph, 26, box));
    column->addWidget(text(title, 1.0, true));
    QLabel* more = text(words, 0.95, false);
    quieten(more);
    more->setAlignment(Qt::AlignTop | Qt::AlignLeading);
    column->addWidget(more, 1);
    return box;
}

} // namespace

EmptyState::EmptyState(QWidget* parent) : QWidget(parent)
{
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(40, 30, 40, 30);
    outer->addStretch(2);
    outer->addWidget(new BigSign(Glyph::AddFolder, 64, this), 0, Qt::AlignHCenter);
    outer->addSpacing(8);
    QLabel* title = text(tr("Can I really save here?"), 1.7, true);
    title->setAlignment(Qt::AlignCenter);
    outer->addWidget(title);
    QLabel* invitation =
        text(tr("Drop folders or drives here. Scratchproof saves a small file of its own in each, reads it "
                "back, deletes it again, and tells you what it found."),
             1.05, false);
    invitation->setAlignment(Qt::AlignCenter);
    quieten(invitation);
    // In a row of its own, not aligned: an aligned label does not grow with its lines.
    invitation->setMaximumWidth(540);
    auto* middle = new QHBoxLayout;
    middle->addStretch(1);
    middle->addWidget(invitation, 100);
    middle->addStretch(1);
    outer->addSpacing(4);
    outer->addLayout(middle);
    outer->addSpacing(14);

    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(10);
    auto* add = new QPushButton(icon(Glyph::AddFolder), tr("Add folders\u2026"));
    auto* drives = new QPushButton(icon(Glyph::Drive), tr("Check all drives"));
    add->setDefault(true);
    for (QPushButton* button : {add, drives})
        button->setMinimumHeight(button->fontMetrics().height() + 18);
    buttons->addStretch();
    buttons->addWidget(add);
    buttons->addWidget(drives);
    buttons->addStretch();
    outer->addLayout(buttons);
    outer->addSpacing(34);

    auto* reasons = new QHBoxLayout;
    reasons->setSpacing(30);
    reasons->addStretch(1);
    reasons->addWidget(reason(Glyph::Stick, tr("A drive that refuses files"),
                              tr("See which rule stops you, and the one step that mends it."), this),
                       3);
    reasons->addWidget(reason(Glyph::Network, tr("A share that hangs"),
                              tr("A server that does not answer cannot freeze this window."), this),
                       3);
    reasons->addWidget(reason(Glyph::Star, tr("Before a big copy"),
                              tr("Know that the backup folder takes files before you rely on it."), this),
                       3);
    reasons->addStretch(1);
    outer->addLayout(reasons);
    outer->addStretch(3);
    connect(add, &QPushButton::clicked, this, &EmptyState::addWanted);
    connect(drives, &QPushButton::clicked, this, &EmptyState::checkDrivesWanted);
    setBackgroundRole(QPalette::Base);
    setAutoFillBackground(true);
}

void EmptyState::setDropping(bool dropping)
{
    if (m_dropping == dropping)
        return;
    m_dropping = dropping;
    update();
}

void EmptyState::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QColor edge = palette().color(m_dropping ? QPalette::Highlight : QPalette::Text);
    edge.setAlphaF(m_dropping ? 1.0F : 0.22F);
    QPen pen(edge, m_dropping ? 2.5 : 1.5, Qt::DashLine);
    pen.setDashPattern({5, 4});
    painter.setPen(pen);
    QColor fill = palette().color(QPalette::Highlight);
    fill.setAlphaF(m_dropping ? 0.08F : 0.0F);
    painter.setBrush(fill);
    painter.drawRoundedRect(QRectF(rect()).adjusted(16, 16, -16, -16), 12, 12);
}

} // namespace scratchproof::gui
