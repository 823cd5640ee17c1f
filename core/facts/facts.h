// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facts/acl.h"
#include "core/facts/confinement.h"
#include "core/facts/file_system_state.h"
#include "core/facts/look_alike.h"
#include "core/facts/mount_role.h"
#include "core/facts/mount_table.h"
#include "core/facts/quota.h"
#include "core/facts/rights.h"
#include "core/facts/way.h"
#include "core/system/file_attributes.h"
#include "core/system/system.h"

#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace scratchproof {

/// One component of a path, from "/" down, as the walk met it.
struct PathComponent
{
    Path path;                            // the path so far, bytes
    std::optional<FileStatus> status;     // nothing: it could not be seen
    int errorCode = 0;                    // errno of the look, where status is absent; or of the search, see below
    std::optional<Path> linkTarget;       // of a symbolic link
    int linkErrorCode = 0;                // errno of following the link (ENOENT: dangling, ELOOP: a circle)
    std::optional<FileType> targetType;   // what a symbolic link leads to in the end
    std::optional<bool> searchable;       // faccessat2(X_OK): may we pass through it?
    AccessList accessList;                // of a folder that is more than its mode; read where it matters (see Facts)
    std::optional<std::uint64_t> mountId; // of a link the folder's behind it, once it was asked for (deepen())
    std::optional<std::string> owner;     // name of status->uid, nothing where the number has none
    std::optional<std::string> group;
};

/// Where the symbolic links of a path lead that the kernel does not follow to its end: it follows 40 at most.
struct LinkChain
{
    unsigned links = 0;         // on the way, as far as they were followed
    std::optional<Path> circle; // a link that leads back to itself, the first that was met
    std::optional<Path> end;    // what they lead to, where all could be followed
};

/// Kind of the device below, from udev and sysfs.
struct DeviceFacts
{
    DeviceNumber number;
    std::string name;              // "sda1"; empty where the file system has no block device
    bool present = true;           // /sys/dev/block/MAJ:MIN is there, and holds a medium: its size is not 0
    std::optional<bool> readOnly;  // /sys/dev/block/MAJ:MIN/ro
    std::optional<bool> removable; // of the whole disk
    std::optional<bool> rotational;
    std::string transport; // "usb", "ata", "nvme", "mmc", "virtio"; empty if not known
    std::string vendor;
    std::string model;
    std::string label; // of the file system
    std::string uuid;  // of the file system
    bool loop = false;
    std::optional<std::uint64_t> ext4Errors; // /sys/fs/ext4/DEV/errors_count
};

struct UserFacts
{
    std::uint32_t uid = 0; // effective
    std::uint32_t gid = 0;
    std::vector<std::uint32_t> groups; // supplementary, of the session
    std::string name;
    /// Groups that the account has now (getgrouplist(3)), which a session that began earlier may lack. Asked for only
    /// where access was denied; nothing otherwise.
    std::optional<std::vector<std::uint32_t>> accountGroups;
    std::string sudoCaller = {}; // root only: who became root by sudo ($SUDO_USER), if that is somebody else
};

/// What is so, about one folder, gathered before anything is written. Whatever could not be found out is absent, never
/// invented. The JSON is in facts_json.h.
struct Facts
{
    std::optional<Mount> mount; // the true mount, by STATX_MNT_ID; else the one that the way to the folder ended on
    bool mountByText = false;   // not by STATX_MNT_ID of the folder, which was not reached
    MountRole mountRole = MountRole::Unknown;
    std::optional<Mount> hiddenMount; // one that the table has on the path, and that another lies over (see way.h)
    std::optional<FileSystemSpace> space;
    std::optional<FileStatus> folder; // of the opened folder
    std::optional<std::string> owner; // name of folder->uid, nothing where the number has none
    std::optional<std::string> group;
    std::vector<PathComponent> path;
    std::optional<DeviceFacts> device;
    UserFacts user;
    int accessCode = -1;                // errno of faccessat2(W_OK|X_OK); 0: allowed; -1: not asked
    std::optional<bool> hasAccessList;  // a POSIX access ACL on the folder
    std::optional<bool> hasDefaultList; // a default ACL, which new files inherit
    unsigned mountsAtPoint = 0; // how many mounts lie on the mount's place (autofs aside); only the last is seen
    std::optional<Path> unmountedPoint;       // a place of /etc/fstab on the path that nothing is mounted on
    bool unmountedForUsers = false;           // its line lets others than root mount it
    std::optional<bool> unmountedDeviceThere; // the device that its line names; nothing: none, or it cannot be told
    bool expectedReadOnly = false;            // /etc/fstab says "ro" of the mount
    Confinement confinement;

    // Gathered by deepen(): after something failed, or where all is asked for (level full).
    bool isDeep = false;
    AccessList accessList; // of the folder
    AccessList defaultList;
    bool accessListIsBroken = false;    // there is one, and it does not parse
    std::optional<RightsAnswer> rights; // of writing and searching, computed
    LimitFacts limits;
    QuotaFacts quota;
    FileSystemState state;
    std::vector<UnmountedVolume> unmountedVolumes;
    std::vector<Mount> mountsOnPath;    // of each component, from "/" down, the last is the folder's; each once
    std::optional<LinkChain> links;     // where the path cannot be opened for its links (ELOOP)
    std::optional<LookAlike> lookAlike; // beside the component that is missing
    std::optional<FileTarget> file;     // what was given was a file in the folder
    std::optional<bool> isEmpty;        // nothing in the folder but lost+found
    bool groupIsPersonal = false;       // the folder's group is one user's own, of the same name and number
};

/// Names of users and groups that were asked for already: a directory server may have to answer for each.
struct NameCache
{
    std::map<std::uint32_t, std::optional<std::string>> users;
    std::map<std::uint32_t, std::optional<std::string>> groups;
};

/// Gathers the facts of one folder. Never writes. `mounts` may be shared between calls and is refreshed when it is
/// stale. `folder` is absolute (or anything else a user gave: then only what can be known is filled in). Blocks as long
/// as the file system does: for a prober only.
class FactsCollector
{
public:
    FactsCollector(System& system, MountTable& mounts) : m_system(system), m_mounts(mounts) {}
    /// `crossing` is told of each mount before anything on it is touched; where it says no, nothing more is gathered.
    [[nodiscard]] Facts collect(const Path& folder, std::stop_token stop, const CrossingListener& crossing = {});
    /// Adds what is only worth its cost after something failed, or where all is asked for. The mount, its device and
    /// its space are read anew: a file system may have turned read-only meanwhile, or gone. What the first walk along
    /// the path saw stays; access lists and mounts are added to those of its components that are still the same.
    void deepen(const Path& folder, Facts& facts, const std::stop_token& stop = {});
    /// For a path that led to a file: fills `facts.file`. `folder` is the one that the file is in.
    void addFile(const Path& folder, const Path& name, Facts& facts);
    /// The same for all folders, read at its first use.
    [[nodiscard]] const Confinement& confinement();

private:
    /// How one comes to a folder beside the one that was asked for last.
    enum class Approach : std::uint8_t { Reached, Refused, Unknown };

    void refreshIfOlderThan(Nanoseconds age);
    [[nodiscard]] bool haveMountsChanged();
    void rememberParents(const Path& folder, const Facts& facts);
    /// Fills facts.path and opens the folder where its parents are those of the last one; each is looked at again.
    /// Unknown, with nothing filled in, where anything is not as it was.
    [[nodiscard]] Approach approachSibling(const Path& folder, const CrossingListener& crossing, Facts& facts,
                                           UniqueFd& opened);
    /// `known`: the mount it was on before, if it was found by its number; another mount of that number is not it.
    void findMount(const Path& folder, Facts& facts, const std::optional<Mount>& known = {});
    void renewMount(const Path& folder, Facts& facts, int folderFd);
    void deepenPath(const Path& folder, Facts& facts, const std::stop_token& stop);
    void deepenRights(int folderFd, Facts& facts);
    void deepenStorage(int folderFd, Facts& facts);
    [[nodiscard]] std::optional<OverlayLayer> overlayLayer(const Mount& mount) const;
    [[nodiscard]] const ExpectedMount* findUnmounted(const Path& folder, const Mount* trueMount) const;
    void addExpected(const Path& folder, Facts& facts);

    System& m_system;
    MountTable& m_mounts;
    std::vector<ExpectedMount> m_expectedMounts;
    std::optional<Nanoseconds> m_refreshed;
    Way m_way; // to m_wayTo, the folder that was asked for last
    Path m_wayTo;
    std::vector<PathComponent> m_parents; // of m_wayTo, from "/" down; none: links, mounts or rights make it special
    UniqueFd m_mountinfo;                 // readable with urgency when mounts changed
    // What is the same for many folders in a row; as old as the mount table at most.
    std::optional<UserFacts> m_user;
    std::optional<Confinement> m_confinement; // does not change while the process lives
    NameCache m_names;
    std::map<std::uint64_t, std::optional<DeviceFacts>> m_devices; // by mount id
};

/// Whether the group of this number is one user's own, as most systems make one for each: it has the name and the
/// number of a user. May ask a directory server.
[[nodiscard]] bool isPersonalGroup(Processes& processes, std::uint32_t gid, const std::optional<std::string>& name,
                                   NameCache& names);

/// Whose rights are computed for this process itself. CAP_DAC_OVERRIDE counts where the folder's owner and group have
/// numbers in this user namespace (fs/inode.c, inode_owner_or_capable()).
[[nodiscard]] Credentials ownCredentials(const UserFacts& user, const Confinement& confinement,
                                         const FileStatus& folder);

} // namespace scratchproof
