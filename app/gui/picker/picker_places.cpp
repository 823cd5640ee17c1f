// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/picker/picker_places.h"

#include "app/gui/kit/error_words.h"

#include <QCoreApplication>

#include <set>

namespace scratchproof::gui {

namespace {

Glyph glyphOfKind(MountKind kind)
{
    switch (kind) {
    case MountKind::Removable:
        return Glyph::Stick;
    case MountKind::Network:
        return Glyph::Network;
    case MountKind::Memory:
        return Glyph::Clock;
    default:
        return Glyph::Drive;
    }
}

} // namespace

Path homeFolder()
{
    const Path home = qgetenv("HOME").toStdString();
    return !home.empty() && home.front() == '/' ? absolutePath(home, "/") : Path("/");
}

std::vector<PickerPlace> pickerPlaces(const std::vector<Mount>& mounts)
{
    const auto words = [](const char* text) { return QCoreApplication::translate("places", text); };
    const Path home = homeFolder();
    std::set<Path> seen{home, "/"};
    std::vector<PickerPlace> places;
    if (home != "/")
        places.push_back({words("Home"), home, Glyph::Home});
    places.push_back({words("Computer"), "/", Glyph::Computer});
    for (const Mount& mount : mounts)
        if (isPlaceForPeople(mount) && seen.insert(mount.mountPoint).second)
            places.push_back({shownPath(baseName(mount.mountPoint)), mount.mountPoint, glyphOfKind(mount.kind)});
    return places;
}

std::vector<PickerPlace> pickerPlaces()
{
    MountTable table;
    if (!table.refresh())
        return pickerPlaces(std::vector<Mount>{});
    return pickerPlaces(table.mounts());
}

} // namespace scratchproof::gui
