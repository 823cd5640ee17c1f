// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/check/check.h"

#include <QWidget>

#include <memory>

class QToolButton;

namespace scratchproof::gui {

class TextBlock;

/// The facts of a check for support staff, in groups, behind a button; made when they are first opened.
class FactsView final : public QWidget
{
    Q_OBJECT

public:
    FactsView(std::shared_ptr<const Check> check, bool open, QWidget* parent = nullptr);

signals:
    void opened(bool open);

private:
    void setOpen(bool open);

    std::shared_ptr<const Check> m_check;
    QToolButton* m_toggle;
    TextBlock* m_text = nullptr;
};

} // namespace scratchproof::gui
