// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/facts_view.h"

#include "app/gui/kit/text_block.h"
#include "app/gui/kit/words.h"

#include <QToolButton>
#include <QVBoxLayout>

#include <utility>

namespace scratchproof::gui {

FactsView::FactsView(std::shared_ptr<const Check> check, bool open, QWidget* parent)
    : QWidget(parent), m_check(std::move(check)), m_toggle(new QToolButton)
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 6, 0, 0);
    column->setSpacing(4);
    m_toggle->setText(tr("Facts for support staff"));
    m_toggle->setCheckable(true);
    m_toggle->setChecked(open);
    m_toggle->setAutoRaise(true);
    m_toggle->setFocusPolicy(Qt::StrongFocus);
    m_toggle->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_toggle->setAccessibleName(tr("Show the facts"));
    column->addWidget(m_toggle, 0, Qt::AlignLeading);
    setOpen(open);
    connect(m_toggle, &QToolButton::toggled, this, [this](bool on) {
        setOpen(on);
        emit opened(on);
    });
}

void FactsView::setOpen(bool open)
{
    m_toggle->setArrowType(open ? Qt::DownArrow : isRightToLeft() ? Qt::LeftArrow : Qt::RightArrow);
    if (open && !m_text) {
        m_text = new TextBlock;
        m_text->setContentsMargins(8, 0, 0, 0);
        m_text->setFacts(describeFacts(*m_check, reportTranslate().report));
        m_text->setReachable(tr("Facts"));
        layout()->addWidget(m_text);
    }
    if (m_text)
        m_text->setVisible(open);
}

} // namespace scratchproof::gui
