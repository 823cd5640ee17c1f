// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/diagnosis.h"

#include <QColor>
#include <QIcon>

#include <optional>

class QPainter;
class QPalette;
class QRectF;

namespace scratchproof::gui {

/// The window's own icons. They are drawn, not loaded: sharp at every scale, in the palette's colours, and there
/// without an icon theme, a plugin or a file.
enum class Glyph : std::uint8_t {
    AddFolder,
    Again,
    Clear,
    Clock,
    Computer,
    Copy,
    Cross,
    Dash,
    Drive,
    Export,
    Folder,
    Home,
    LeadsTo,
    Lock,
    Menu,
    Network,
    Next,
    Open,
    Play,
    Remove,
    Search,
    ShieldWarning,
    Star,
    Stick,
    Stop,
    Tick,
    Up,
    User,
    // Verdicts: a filled shape of its own each, so that colour is not needed to tell them apart.
    Usable,
    Limited,
    Unusable,
    NotResponding,
    NotChecked,
    Waiting,
    Checking,
};

/// In `color`, else in the text colour of the palette at the time of painting.
[[nodiscard]] QIcon icon(Glyph glyph, std::optional<QColor> color = {});
void paintGlyph(QPainter& painter, const QRectF& box, Glyph glyph, const QColor& color);

[[nodiscard]] Glyph glyphOf(Verdict verdict);
/// Whether `palette` is dark: by the lightness of its window and text colours.
[[nodiscard]] bool isDark(const QPalette& palette);
/// The colour of a verdict, readable on the palette's base.
[[nodiscard]] QColor colorOf(Verdict verdict, const QPalette& palette);
/// Text that stands back: between the palette's text and base.
[[nodiscard]] QColor mutedText(const QPalette& palette);

} // namespace scratchproof::gui
