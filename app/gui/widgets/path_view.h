// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"
#include "core/check/check.h"

#include <QWidget>

#include <optional>
#include <vector>

namespace scratchproof::gui {

/// A path as its components side by side, with the one that stops marked.
class PathView final : public QWidget
{
    Q_OBJECT

public:
    explicit PathView(const Check& check, QWidget* parent = nullptr);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    struct Part
    {
        QString text;
        bool stops = false;
    };
    /// Where each part stands in a widget of this width; the last one is the whole size.
    [[nodiscard]] std::vector<QRect> arrange(int width) const;

    std::vector<Part> m_parts;
};

/// The place in the path that stops: the first finding's component, else the first one that the walk could not pass.
/// Nothing for a folder that takes files.
[[nodiscard]] std::optional<Path> stoppingPlace(const Check& check);

} // namespace scratchproof::gui
