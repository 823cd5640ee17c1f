// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"

#include <vector>

namespace scratchproof::gui {

/// Puts paths on the clipboard, byte for byte, one a line. Where a text of lines would not bring them back (bytes that
/// are no UTF-8, control characters, blanks at an end), they are there as file addresses as well, which is what we and
/// file managers take first. Nothing for none.
void copyPaths(const std::vector<Path>& paths);

} // namespace scratchproof::gui
