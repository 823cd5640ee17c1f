// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/check/check.h"

#include <QPalette>

class QWidget;

namespace scratchproof::gui {

/// The steps of a probe, each with its outcome as a sign and in words, and its time.
[[nodiscard]] QWidget* stepsView(const std::vector<StepResult>& steps, const QPalette& palette);

/// What the folder can do and what it cannot, as two lists; those that were not tried are left out.
[[nodiscard]] QWidget* abilitiesView(const std::vector<AbilityResult>& abilities, const QPalette& palette);

} // namespace scratchproof::gui
