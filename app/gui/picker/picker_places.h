// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/kit/icons.h"
#include "core/facts/mount_table.h"

#include <QString>

#include <vector>

namespace scratchproof::gui {

/// Where one may start to look for a folder.
struct PickerPlace
{
    QString label;
    Path path;
    Glyph glyph = Glyph::Folder;
};

/// Home, the whole computer, and the mounts that people keep files in. Touches none of them.
[[nodiscard]] std::vector<PickerPlace> pickerPlaces(const std::vector<Mount>& mounts);
/// The same with this process's mounts, read now (/proc/self/mountinfo alone is touched).
[[nodiscard]] std::vector<PickerPlace> pickerPlaces();
/// $HOME as bytes; "/" where it is not set.
[[nodiscard]] Path homeFolder();

} // namespace scratchproof::gui
