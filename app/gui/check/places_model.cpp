// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/places_model.h"

#include "app/gui/kit/error_words.h"

#include <algorithm>
#include <string_view>

namespace scratchproof::gui {

namespace {

bool startsWith(std::string_view text, std::string_view prefix)
{
    return text.substr(0, prefix.size()) == prefix;
}

Glyph glyphOfMount(const Mount& mount)
{
    switch (mount.kind) {
    case MountKind::Network:
    case MountKind::Automount:
        return Glyph::Network;
    case MountKind::Removable:
        return Glyph::Stick;
    case MountKind::Local:
        return startsWith(mount.mountPoint, "/media/") || startsWith(mount.mountPoint, "/run/media/") ? Glyph::Stick
                                                                                                      : Glyph::Drive;
    default:
        return Glyph::Drive;
    }
}

/// Of several mounts of one file system at one place within it (bind mounts), the one with the shortest path.
std::vector<Mount> withoutDoubles(const std::vector<Mount>& mounts)
{
    std::vector<Mount> kept;
    for (const Mount& mount : mounts) {
        const auto same = std::find_if(kept.begin(), kept.end(), [&](const Mount& other) {
            return other.device == mount.device && other.root == mount.root && other.source == mount.source;
        });
        if (same == kept.end())
            kept.push_back(mount);
        else if (mount.mountPoint.size() < same->mountPoint.size())
            *same = mount;
    }
    return kept;
}

bool sameMounts(const std::vector<Mount>& left, const std::vector<Mount>& right)
{
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](const Mount& a, const Mount& b) {
        return a.id == b.id && a.mountPoint == b.mountPoint && a.kind == b.kind;
    });
}

} // namespace

void PlacesModel::setMounts(const std::vector<Mount>& mounts)
{
    std::vector<Mount> kept = withoutDoubles(mounts);
    if (sameMounts(kept, m_mounts))
        return;
    m_mounts = std::move(kept);
    rebuild();
}

void PlacesModel::setComputer(const Path& home, const Path& temporary)
{
    m_home = home;
    m_temporary = temporary;
    rebuild();
}

void PlacesModel::setFavourites(const std::vector<Path>& favourites)
{
    m_favourites = favourites;
    rebuild();
}

void PlacesModel::setSpace(const Path& path, quint64 totalBytes, quint64 availableBytes)
{
    updateSpace(path, Place::SpaceState::Known, totalBytes, availableBytes);
}

void PlacesModel::setSpaceUnavailable(const Path& path)
{
    updateSpace(path, Place::SpaceState::Unavailable, 0, 0);
}

void PlacesModel::updateSpace(const Path& path, Place::SpaceState state, quint64 totalBytes, quint64 availableBytes)
{
    for (std::size_t row = 0; row < m_places.size(); ++row) {
        Place& place = m_places[row];
        if (place.isHeading || place.path != path)
            continue;
        place.spaceState = state;
        place.totalBytes = totalBytes;
        place.availableBytes = availableBytes;
        const QModelIndex changed = index(static_cast<int>(row));
        emit dataChanged(changed, changed);
    }
}

void PlacesModel::appendGroup(std::vector<Place>& places, Place::Group group, const QString& heading,
                              std::vector<Place> members) const
{
    if (members.empty())
        return;
    Place head;
    head.group = group;
    head.isHeading = true;
    head.label = heading;
    places.push_back(std::move(head));
    for (Place& place : members) {
        place.group = group;
        // What was known of its space stays till there is newer.
        const auto old = std::find_if(m_places.begin(), m_places.end(), [&](const Place& before) {
            return !before.isHeading && before.path == place.path;
        });
        if (old != m_places.end()) {
            place.spaceState = old->spaceState;
            place.totalBytes = old->totalBytes;
            place.availableBytes = old->availableBytes;
        }
        places.push_back(std::move(place));
    }
}

void PlacesModel::rebuild()
{
    const auto makePlace = [](const Path& path, const QString& label, Glyph glyph) {
        Place place;
        place.path = path;
        place.label = label;
        place.glyph = glyph;
        return place;
    };
    std::vector<Place> drives;
    std::vector<Place> network;
    for (const Mount& mount : m_mounts) {
        if (mount.kind == MountKind::Memory || mount.kind == MountKind::Pseudo)
            continue;
        const bool remote = mount.kind == MountKind::Network || mount.kind == MountKind::Automount;
        const QString label = mount.mountPoint == "/" ? tr("System") : shownPath(baseName(mount.mountPoint));
        Place place = makePlace(mount.mountPoint, label, glyphOfMount(mount));
        place.mayBeAsked = mount.kind != MountKind::Automount;
        (remote ? network : drives).push_back(std::move(place));
    }
    std::vector<Place> computer;
    if (!m_home.empty())
        computer.push_back(makePlace(m_home, tr("Home"), Glyph::Home));
    if (!m_temporary.empty())
        computer.push_back(makePlace(m_temporary, tr("Temporary"), Glyph::Clock));
    std::vector<Place> favourites;
    for (const Path& path : m_favourites)
        favourites.push_back(makePlace(path, shownPath(baseName(path)), Glyph::Star));

    std::vector<Place> places;
    appendGroup(places, Place::Group::Drives, tr("Drives"), std::move(drives));
    appendGroup(places, Place::Group::Network, tr("Network"), std::move(network));
    appendGroup(places, Place::Group::Computer, tr("Computer"), std::move(computer));
    appendGroup(places, Place::Group::Favourites, tr("Favourites"), std::move(favourites));
    beginResetModel();
    m_places = std::move(places);
    endResetModel();
}

int PlacesModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_places.size());
}

QVariant PlacesModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const Place& place = at(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return place.label;
    case Qt::ToolTipRole:
        return place.isHeading ? QString() : plainToolTip(shownPath(place.path));
    case Qt::AccessibleTextRole:
        if (place.isHeading || place.spaceState == Place::SpaceState::Unknown ||
            (place.spaceState == Place::SpaceState::Known && place.totalBytes == 0))
            return place.label;
        if (place.spaceState == Place::SpaceState::Unavailable)
            return tr("%1, no answer").arg(place.label);
        return tr("%1, %2 free of %3").arg(place.label, shownBytes(place.availableBytes), shownBytes(place.totalBytes));
    default:
        return {};
    }
}

Qt::ItemFlags PlacesModel::flags(const QModelIndex& index) const
{
    if (!index.isValid())
        return Qt::NoItemFlags;
    return at(index.row()).isHeading ? Qt::ItemNeverHasChildren
                                     : Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
}

} // namespace scratchproof::gui
