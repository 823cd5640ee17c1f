// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/shown_places.h"

#include "core/scratch/locate.h"
#include "core/tree/open_below.h"

#include <algorithm>
#include <utility>

namespace scratchproof {

namespace {

constexpr std::size_t kLongestTable = std::size_t{16} << 20U;

/// `place` and, below it, `rest` ("" is nothing).
Path below(const Path& place, std::string_view rest)
{
    return rest.empty() ? place : joinPath(place, rest);
}

/// Which part of the file system a mount shows.
Path innerRoot(const Mount& mount)
{
    // NFS says "/" for every root, and the path on the server in the source (nfs_show_path(), nfs_show_devname()).
    if (mount.fileSystem.starts_with("nfs")) {
        if (const auto colon = mount.source.find(":/"); colon != std::string::npos)
            return absolutePath(std::string_view(mount.source).substr(colon + 1), "/");
    }
    constexpr std::string_view kGone = "//deleted"; // of a root that was removed since
    return mount.root.ends_with(kGone) ? mount.root.substr(0, mount.root.size() - kGone.size()) : mount.root;
}

/// The folders that an overlay is made of. The kernel puts a backslash before what the options could be split at.
std::vector<Path> layersOf(const Mount& mount)
{
    std::vector<Path> layers;
    if (mount.fileSystem != "overlay" && !mount.fileSystem.ends_with("overlayfs"))
        return layers;
    std::string word;
    const auto close = [&] {
        if (const auto equals = word.find("=/"); equals != std::string::npos && equals < word.find('/'))
            word.erase(0, equals + 1);
        if (word.starts_with('/'))
            layers.push_back(absolutePath(word, "/"));
        word.clear();
    };
    const std::string& options = mount.superOptions;
    for (std::size_t i = 0; i < options.size(); ++i) {
        if (options[i] == '\\' && i + 1 < options.size())
            word += options[++i];
        else if (options[i] == ',' || options[i] == ':')
            close();
        else
            word += options[i];
    }
    close();
    return layers;
}

} // namespace

std::optional<std::string_view> pathBelow(std::string_view path, std::string_view folder)
{
    if (!path.starts_with(folder))
        return std::nullopt;
    path.remove_prefix(folder.size());
    if (path.empty() || folder.ends_with('/'))
        return path;
    if (path.front() != '/')
        return std::nullopt;
    return path.substr(1);
}

ShownPlaces::ShownPlaces(System& system, int folder, const Path& path)
    : m_system(system), m_path(pathOf(system, folder).value_or(path))
{
    const auto status = system.attributes.status(folder);
    if (status)
        m_mount = mountIdOf(system, folder, *status);
    MountTable own;
    own.parse(readTable("/proc/self/mountinfo"));
    const Mount* mount = m_mount ? own.byId(*m_mount) : nullptr;
    const auto rest = mount != nullptr ? pathBelow(m_path, mount->mountPoint) : std::nullopt;
    if (rest) {
        m_device = mount->device;
        m_inner = below(innerRoot(*mount), *rest);
    } else if (m_mount && status) {
        m_places[*m_mount] = {status->device, m_path, false, false};
        show(m_path);
    }
    take({system.files.readLink(kWorkingDirectory, "/proc/self/ns/mnt").value_or(""), "/", own.mounts()});
}

std::string ShownPlaces::readTable(const char* file) const
{
    return readSmallFile(m_system.files, file, kLongestTable).value_or("");
}

std::optional<std::size_t> ShownPlaces::find(const std::string& name, const Path& root) const
{
    for (std::size_t i = 0; i < m_tables.size(); ++i) {
        if (m_tables[i].name == name && (isOwn(i) || m_tables[i].root == root))
            return i;
    }
    return std::nullopt;
}

std::size_t ShownPlaces::add(const std::string& name, const Path& root, const Path& processFolder)
{
    MountTable read;
    read.parse(readTable((processFolder + "/mountinfo").c_str()));
    Table table{name, root, read.mounts()};
    // Its mount points are told from its root, its links from the top of its namespace.
    for (Mount& mount : table.mounts)
        mount.mountPoint = below(root, std::string_view(mount.mountPoint).substr(1));
    take(std::move(table));
    return m_tables.size() - 1;
}

void ShownPlaces::take(Table table)
{
    for (const Mount& mount : table.mounts) {
        Place place{mount.device, {}, false, false};
        if (m_inner && mount.device == *m_device) {
            const Path root = innerRoot(mount);
            place.isWhole = pathBelow(root, *m_inner).has_value();
            if (place.isWhole)
                place.shown = mount.mountPoint;
            else if (const auto rest = pathBelow(*m_inner, root))
                place.shown = below(mount.mountPoint, *rest);
        }
        // By another process's root a mount may look smaller than it is: what was known first was ours.
        m_places.try_emplace(mount.id, std::move(place));
    }
    // A mount may stand before the one that it is mounted on.
    for (bool changed = true; std::exchange(changed, false);) {
        for (const Mount& mount : table.mounts) {
            Place& place = m_places[mount.id];
            const auto on = m_places.find(mount.parentId);
            if (place.isInIt || on == m_places.end() || mount.parentId == mount.id || !on->second.shown ||
                !pathBelow(mount.mountPoint, *on->second.shown))
                continue;
            place.isInIt = place.isWhole = changed = true;
            place.shown = mount.mountPoint;
        }
    }
    for (const Mount& mount : table.mounts) {
        if (const auto& shown = m_places[mount.id].shown)
            show(*shown);
    }
    m_tables.push_back(std::move(table));
}

void ShownPlaces::show(const Path& place)
{
    if (place.size() > 1 && std::find(m_shown.begin(), m_shown.end(), place) == m_shown.end())
        m_shown.push_back(place);
}

bool ShownPlaces::mayBeInside(std::string_view text) const
{
    return std::any_of(m_shown.begin(), m_shown.end(),
                       [&](const Path& place) { return pathBelow(text, place).has_value(); });
}

ShownPlaces::Verdict ShownPlaces::lies(std::uint64_t mount, std::string_view text) const
{
    const auto place = m_places.find(mount);
    if (place == m_places.end())
        return Verdict::UnknownMount;
    const bool inside = place->second.shown && pathBelow(text, *place->second.shown);
    return inside ? Verdict::Inside : Verdict::Outside;
}

const Mount* ShownPlaces::topmost(std::size_t table, std::string_view text) const
{
    const Mount* top = nullptr;
    for (const Mount& mount : m_tables[table].mounts) {
        if (pathBelow(text, mount.mountPoint) && (top == nullptr || mount.mountPoint.size() >= top->mountPoint.size()))
            top = &mount;
    }
    return top;
}

bool ShownPlaces::liesByText(std::size_t table, std::string_view text) const
{
    if (const Mount* top = topmost(table, text))
        return lies(top->id, text) == Verdict::Inside;
    return isOwn(table) && pathBelow(text, m_path);
}

bool ShownPlaces::isOnSameFileSystemByText(std::string_view text) const
{
    const Mount* top = topmost(0, text);
    return top != nullptr && isOnSameFileSystem(top->id);
}

std::optional<DeviceNumber> ShownPlaces::deviceOf(std::uint64_t mount) const
{
    const auto place = m_places.find(mount);
    return place == m_places.end() ? std::nullopt : std::optional(place->second.device);
}

bool ShownPlaces::isOnSameFileSystem(std::uint64_t mount) const
{
    return mount == m_mount || (m_device && deviceOf(mount) == m_device);
}

bool ShownPlaces::isWhollyInside(std::uint64_t mount) const
{
    const auto place = m_places.find(mount);
    return place != m_places.end() && place->second.isWhole;
}

std::optional<Path> ShownPlaces::usedByMountOf(std::size_t table) const
{
    for (const Mount& mount : m_tables[table].mounts) {
        const auto found = m_places.find(mount.id);
        const bool showsIt = found != m_places.end() && found->second.isWhole && mount.id != m_mount;
        // In our own namespace the removal meets what is mounted inside, and stops there.
        if (showsIt && !(isOwn(table) && found->second.isInIt))
            return mount.mountPoint;
        const auto layers = layersOf(mount);
        if (std::any_of(layers.begin(), layers.end(), [&](const Path& layer) { return mayBeInside(layer); }) ||
            (mount.source.starts_with('/') && mayBeInside(mount.source)))
            return mount.mountPoint;
    }
    return std::nullopt;
}

} // namespace scratchproof
