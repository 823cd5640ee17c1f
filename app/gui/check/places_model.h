// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/kit/icons.h"
#include "core/facts/mount_table.h"

#include <QAbstractListModel>

#include <optional>
#include <vector>

namespace scratchproof::gui {

/// One line of the Places list: a heading, or a place.
struct Place
{
    enum class Group : std::uint8_t { Drives, Network, Computer, Favourites };
    enum class SpaceState : std::uint8_t { Unknown, Known, Unavailable };

    Group group = Group::Drives;
    bool isHeading = false;
    Path path; // bytes; empty for a heading
    QString label;
    Glyph glyph = Glyph::Drive;
    bool mayBeAsked = true; // an automount is not touched unasked
    SpaceState spaceState = SpaceState::Unknown;
    quint64 totalBytes = 0;
    quint64 availableBytes = 0;
};

/// Drives and shares as the mount table has them, the usual folders of this computer, and favourites: by the text of
/// paths alone, no file system is asked.
class PlacesModel final : public QAbstractListModel
{
    Q_OBJECT

public:
    using QAbstractListModel::QAbstractListModel;

    void setMounts(const std::vector<Mount>& mounts);
    /// Home and the place for temporary files; empty ones are left out.
    void setComputer(const Path& home, const Path& temporary);
    void setFavourites(const std::vector<Path>& favourites);
    [[nodiscard]] const std::vector<Path>& favourites() const { return m_favourites; }
    void setSpace(const Path& path, quint64 totalBytes, quint64 availableBytes);
    void setSpaceUnavailable(const Path& path);

    [[nodiscard]] const Place& at(int row) const { return m_places[static_cast<std::size_t>(row)]; }
    [[nodiscard]] const std::vector<Place>& places() const { return m_places; }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;

private:
    void rebuild();
    void appendGroup(std::vector<Place>& places, Place::Group group, const QString& heading,
                     std::vector<Place> members) const;
    void updateSpace(const Path& path, Place::SpaceState state, quint64 totalBytes, quint64 availableBytes);

    std::vector<Mount> m_mounts;
    Path m_home;
    Path m_temporary;
    std::vector<Path> m_favourites;
    std::vector<Place> m_places;
};

} // namespace scratchproof::gui
