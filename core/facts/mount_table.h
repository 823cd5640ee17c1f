// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/text.h"
#include "core/system/file_attributes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace scratchproof {

/// What kind of place a mount is, by file system type, source and device.
enum class MountKind : std::uint8_t {
    Local,     // a disk of this computer
    Removable, // a stick, card or external drive
    Network,   // a server's
    Memory,    // tmpfs and the like: gone after a restart
    Pseudo,    // a view into the running system (proc, sysfs, cgroup2, ...)
    Image,     // something that cannot be written by its nature (squashfs, iso9660, ...)
    Fuse,      // a program's, none of the above
    Automount, // autofs: not touched unasked
    Other,
};

/// "local", "removable", "network", "memory", "pseudo", "image", "fuse", "automount", "other".
[[nodiscard]] std::string_view toString(MountKind kind);
[[nodiscard]] std::optional<MountKind> mountKindFromString(std::string_view text);

/// One line of mountinfo (proc(5)), with its escapes undone.
struct Mount
{
    std::uint64_t id = 0;
    std::uint64_t parentId = 0;
    DeviceNumber device;
    Path root; // the part of the file system that is shown here
    Path mountPoint;
    std::string options;      // field 6: of this mount ("rw,nosuid,relatime")
    std::string fileSystem;   // "ext4", "fuse.sshfs"
    std::string source;       // "/dev/sda1", "nas:/home"
    std::string superOptions; // of the file system, last field
    MountKind kind = MountKind::Other;

    /// Whether `option` is among the options of this mount / of the file system (a whole word between commas, or the
    /// word before "=").
    [[nodiscard]] bool hasOption(std::string_view option) const;
    [[nodiscard]] bool hasSuperOption(std::string_view option) const;
    /// The value of an option of the file system ("/var/up" of "upperdir=/var/up"); nothing where it is not there.
    [[nodiscard]] std::optional<std::string> superOption(std::string_view name) const;
    /// By the mount's own flag or by the file system's.
    [[nodiscard]] bool isReadOnly() const { return hasOption("ro") || hasSuperOption("ro"); }
};

/// Which mount is meant. The numbers of mounts and of devices are given anew (statx(2), STATX_MNT_ID), and a place may
/// get another mount: only together do they tell.
struct MountIdentity
{
    std::uint64_t id = 0;
    DeviceNumber device;
    Path mountPoint;
    friend bool operator==(const MountIdentity&, const MountIdentity&) = default;
};

[[nodiscard]] MountIdentity identityOf(const Mount& mount);

/// The mounts of this process's namespace with maps by id and by path. Reads /proc/self/mountinfo through libmount
/// (without its canonicalising cache, which would touch the mounts). Not thread safe; each thread keeps its own.
class MountTable
{
public:
    MountTable() = default;

    /// Reads the table anew. Touches no mount.
    [[nodiscard]] Result<void> refresh();
    /// Fills the table from the text of a mountinfo file: for tests and fuzzing. Lines that do not parse are left out.
    void parse(std::string_view mountinfo);

    [[nodiscard]] const std::vector<Mount>& mounts() const { return m_mounts; }
    /// By STATX_MNT_ID; nullptr if there is none of that id.
    [[nodiscard]] const Mount* byId(std::uint64_t id) const;
    /// The mount whose mount point is the longest prefix of the *text* of an absolute path; of several at one place the
    /// last, which hides the others. No system call is made. nullptr only while the table is empty.
    [[nodiscard]] const Mount* byPathText(std::string_view path) const;
    /// Whether anything is mounted there, by the text alone.
    [[nodiscard]] bool isMountPoint(const Path& path) const;
    /// What one who is on the mount `from` comes to at `point`, a path without links and "..": the topmost of the
    /// mounts that lie there on this one; nullptr if none does. A mount at `point` that lies on another mount is hidden
    /// by what came later, and not meant.
    [[nodiscard]] const Mount* crossedAt(const Mount& from, const Path& point) const;
    /// The mount of that identity is there still, and one who follows its mount point from "/" comes to it, and to no
    /// other on top.
    [[nodiscard]] bool isReached(const MountIdentity& identity) const;

private:
    void index();

    std::vector<Mount> m_mounts;
    std::size_t m_longestPoint = 0; // of the mount points
    std::unordered_map<std::uint64_t, std::size_t> m_byId;
    std::unordered_map<std::string, std::size_t> m_byMountPoint; // the topmost of each place
};

/// A line of /etc/fstab with a mount point: what ought to be mounted at some time.
struct ExpectedMount
{
    Path point;
    std::string source;    // as it stands there: "UUID=...", "/dev/sdb1", "nas:/home"
    bool forUsers = false; // user, users, owner or group (mount(8)): not root alone may mount it
    bool readOnly = false; // ro
};

/// Read by libmount; empty where there is no /etc/fstab.
[[nodiscard]] std::vector<ExpectedMount> expectedMounts();

/// The kind by file system type, source and path alone ("nfs4" is Network, "tmpfs" Memory, ...). Whether a Local one is
/// Removable needs sysfs: see device.h.
[[nodiscard]] MountKind kindOf(std::string_view fileSystem, std::string_view source, std::string_view mountPoint);

/// Whether a person would call it a place to keep files in: no pseudo file systems, no bind mounts of single files, no
/// system images (/snap, /run/credentials, ...).
[[nodiscard]] bool isPlaceForPeople(const Mount& mount);

} // namespace scratchproof
