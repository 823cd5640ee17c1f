// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facts/mount_table.h"
#include "core/system/system.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace scratchproof {

/// What `path` is below `folder`: "" for the folder itself, "a/b" for what lies in it, nothing for all else. Both
/// absolute and without symbolic links. By the text alone.
[[nodiscard]] std::optional<std::string_view> pathBelow(std::string_view path, std::string_view folder);

/// Where an open directory shows: by each mount of its file system, in each mount namespace whose table was read.
///
/// What the links of /proc/PID say (readlink of cwd, root, exe, fd/N; the names in maps) is the path in the namespace
/// of the mount that the file is on, made by the kernel from the very entries that it holds, without asking the file
/// system. Together with the mount's id (/proc/PID/fdinfo/N) and its line of mountinfo, that is a path inside the file
/// system (root of the mount, and what is below its mount point), which is the same for every mount and in every
/// namespace. So nothing has to be touched that a link leads to. Not thread safe.
class ShownPlaces
{
public:
    /// `folder` is an open directory, O_PATH or not; `path` is what it is called where /proc does not tell. Reads this
    /// process's own mountinfo. Where that does not have the directory's mount (after a chroot(2) into no mount point),
    /// what is on the very same mount is still known.
    ShownPlaces(System& system, int folder, const Path& path);

    /// Whether a mount table was read already: `name` is the link /proc/PID/ns/mnt, `root` the link /proc/PID/root.
    /// One of this process's own namespace needs no other root: its links are told as we see them. Returns its number.
    [[nodiscard]] std::optional<std::size_t> find(const std::string& name, const Path& root) const;
    /// Reads the one of the process at `processFolder` ("/proc/12"). A table that cannot be read is taken as empty.
    std::size_t add(const std::string& name, const Path& root, const Path& processFolder);
    /// Whether it is this process's own.
    [[nodiscard]] static bool isOwn(std::size_t table) { return table == 0; }

    /// Whether some mount shows the directory, or something in it, by this text. A first, quick look.
    [[nodiscard]] bool mayBeInside(std::string_view text) const;
    enum class Verdict : std::uint8_t { Outside, Inside, UnknownMount };
    /// The same, now that the mount is known. A mount that is mounted inside the directory is inside, too.
    [[nodiscard]] Verdict lies(std::uint64_t mount, std::string_view text) const;
    /// The same for a text without a mount's id, by the topmost mount of table `table` in that place.
    [[nodiscard]] bool liesByText(std::size_t table, std::string_view text) const;

    /// Whether what has this name in our own namespace is on the directory's file system, by the topmost mount there.
    [[nodiscard]] bool isOnSameFileSystemByText(std::string_view text) const;
    /// The texts by which mounts show it.
    [[nodiscard]] const std::vector<Path>& shown() const { return m_shown; }

    [[nodiscard]] std::optional<DeviceNumber> deviceOf(std::uint64_t mount) const;
    /// Whether that mount shows the directory's own file system.
    [[nodiscard]] bool isOnSameFileSystem(std::uint64_t mount) const;
    /// Whether a mount shows nothing that lies outside of the directory.
    [[nodiscard]] bool isWhollyInside(std::uint64_t mount) const;
    /// The file system as mountinfo, /proc/PID/maps and /proc/locks number it; stat(2) has other numbers on btrfs.
    [[nodiscard]] const std::optional<DeviceNumber>& device() const { return m_device; }

    /// The mount point of a mount that uses the directory: one that shows it or a part of it (a bind mount); one whose
    /// layers (overlay) or source (ecryptfs, gocryptfs, bindfs) lie in it; and, in another namespace than ours, one
    /// that is mounted in it: removing the folder below would take that mount away (since Linux 3.18 rmdir(2) asks the
    /// caller's own namespace only). Call it when all tables were added.
    [[nodiscard]] std::optional<Path> usedByMountOf(std::size_t table) const;

private:
    struct Table
    {
        std::string name;
        Path root;
        std::vector<Mount> mounts; // mountPoint as links in /proc name it
    };
    struct Place
    {
        DeviceNumber device;
        std::optional<Path> shown; // where it shows the directory, or the part that it has of it
        bool isWhole = false;      // whatever it shows is inside
        bool isInIt = false;       // it is mounted inside the directory
    };

    [[nodiscard]] std::string readTable(const char* file) const;
    [[nodiscard]] const Mount* topmost(std::size_t table, std::string_view text) const;
    void take(Table table);
    void show(const Path& place);

    System& m_system;
    Path m_path;                          // of the directory, as our own /proc/self/fd has it
    std::optional<std::uint64_t> m_mount; // that it was opened by
    std::optional<DeviceNumber> m_device;
    std::optional<Path> m_inner; // path inside its file system
    std::vector<Table> m_tables; // the first is our own
    std::unordered_map<std::uint64_t, Place> m_places;
    std::vector<Path> m_shown; // each text once
};

} // namespace scratchproof
