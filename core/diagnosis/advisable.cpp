// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/advisable.h"

#include "core/facts/mount_role.h"

#include <algorithm>
#include <array>
#include <utility>

namespace scratchproof {

namespace {

constexpr std::string_view kOwnProgram = "scratchproof-cli";

/// By the program alone. Those that do one thing or the other are asked below.
constexpr std::pair<std::string_view, Deed> kDeeds[] = {
    {"df", Deed::Looks},
    {"du", Deed::Looks},
    {"ls", Deed::Looks},
    {"stat", Deed::Looks},
    {"getfacl", Deed::Looks},
    {"lsattr", Deed::Looks},
    {"lsof", Deed::Looks},
    {"fuser", Deed::Looks},
    {"findmnt", Deed::Looks},
    {"lsblk", Deed::Looks},
    {"dmesg", Deed::Looks},
    {"journalctl", Deed::Looks},
    {"smartctl", Deed::Looks},
    {"quota", Deed::Looks},
    {"repquota", Deed::Looks},
    {"id", Deed::Looks},
    {"ausearch", Deed::Looks},
    {"smbstatus", Deed::Looks},
    {"groups", Deed::Looks},
    {"namei", Deed::Looks},
    {"ping", Deed::Looks},
    {"sync", Deed::Looks},
    {"nfs4_getfacl", Deed::Looks},
    {"umount", Deed::Unmounts},
    {"fusermount", Deed::Unmounts},
    {"fusermount3", Deed::Unmounts},
    {"eject", Deed::Unmounts},
    {"losetup", Deed::Unmounts},
    {"cryptsetup", Deed::Mounts},
    {"ecryptfs-mount-private", Deed::Mounts},
    {"fsfreeze", Deed::Alters},
    {"xfs_freeze", Deed::Alters},
    {"fsck", Deed::Alters},
    {"e2fsck", Deed::Alters},
    {"xfs_repair", Deed::Alters},
    {"ntfsfix", Deed::Alters},
    {"tune2fs", Deed::Alters},
    {"resize2fs", Deed::Alters},
    {"xfs_growfs", Deed::Alters},
    {"blockdev", Deed::Alters},
    {"hdparm", Deed::Alters},
    {"fstrim", Deed::Alters},
    {"xfs_fsr", Deed::Alters},
    {"wipefs", Deed::Alters},
    {"dd", Deed::Alters},
    {"chmod", Deed::Changes},
    {"chown", Deed::Changes},
    {"chgrp", Deed::Changes},
    {"chattr", Deed::Changes},
    {"setfacl", Deed::Changes},
    {"setfattr", Deed::Changes},
    {"mkdir", Deed::Changes},
    {"rm", Deed::Changes},
    {"rmdir", Deed::Changes},
    {"mv", Deed::Changes},
    {"cp", Deed::Changes},
    {"rsync", Deed::Changes},
    {"chcon", Deed::Changes},
    {"restorecon", Deed::Changes},
    {"setquota", Deed::Changes},
    {"xfs_quota", Deed::Changes},
    {"edquota", Deed::Changes},
    {"nfs4_setfacl", Deed::Changes},
    {"usermod", Deed::Elsewhere},
    {"gpasswd", Deed::Elsewhere},
    {"adduser", Deed::Elsewhere},
    {"newgrp", Deed::Elsewhere},
    {"sg", Deed::Elsewhere},
    {"loginctl", Deed::Elsewhere},
    {"kill", Deed::Elsewhere},
    {"sysctl", Deed::Elsewhere},
    {"ulimit", Deed::Elsewhere},
    {"prlimit", Deed::Elsewhere},
    {"flatpak", Deed::Elsewhere},
    {"snap", Deed::Elsewhere},
    {"apt", Deed::Elsewhere},
    {"apt-get", Deed::Elsewhere},
    {"aa-logprof", Deed::Elsewhere},
    {"swapoff", Deed::Elsewhere},
    {"install", Deed::Changes},
    {"fscrypt", Deed::Changes},
    {"sudo", Deed::Elsewhere},
    {"ssh", Deed::Elsewhere},
    {"ssh-keygen", Deed::Elsewhere},
    {"ssh-copy-id", Deed::Elsewhere},
    {"ssh-add", Deed::Elsewhere},
    {"kinit", Deed::Elsewhere},
};

/// They have a freeze_fs or freeze_super in the kernel (fs/*/super.c).
constexpr std::string_view kFreezable[] = {"ext2", "ext3", "ext4",     "xfs",    "btrfs",   "f2fs",
                                           "jfs",  "gfs2", "reiserfs", "nilfs2", "bcachefs"};
/// A server or a program stands behind them, so that umount(8) has something to force.
constexpr std::string_view kForced[] = {"nfs",  "nfs4", "cifs", "smb3",   "smbfs",
                                        "ceph", "afs",  "9p",   "lustre", "glusterfs"};

template <std::size_t N>
bool isAmong(const std::string_view (&list)[N], std::string_view word)
{
    return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

bool has(const std::vector<std::string>& command, std::string_view word)
{
    return std::find(command.begin() + 1, command.end(), word) != command.end();
}

std::string_view verbOf(const std::vector<std::string>& command)
{
    return command.size() > 1 ? std::string_view(command[1]) : std::string_view();
}

Deed deedOfMount(const std::vector<std::string>& command)
{
    const bool alters = std::any_of(command.begin() + 1, command.end(),
                                    [](const std::string& word) { return word.find("remount") != std::string::npos; });
    return alters ? Deed::Alters : Deed::Mounts;
}

Deed deedOfBtrfs(const std::vector<std::string>& command)
{
    static constexpr std::string_view kLooks[] = {"usage", "df", "show", "list", "get", "stats", "--readonly"};
    const auto verb = verbOf(command);
    const bool looks =
        std::any_of(command.begin() + 1, command.end(), [](const std::string& word) { return isAmong(kLooks, word); });
    if (looks && verb != "check")
        return Deed::Looks;
    return verb == "subvolume" ? Deed::Changes : Deed::Alters;
}

/// Of the commands of units, those whose unit is a mount stop it.
Deed deedOfSystemctl(const std::vector<std::string>& command)
{
    const std::string& unit = command.back();
    return unit.ends_with(".mount") || unit.ends_with(".automount") ? Deed::Unmounts : Deed::Elsewhere;
}

std::string_view textOf(const std::map<std::string, Argument>& arguments, const char* name)
{
    const auto found = arguments.find(name);
    return found == arguments.end() ? std::string_view() : std::string_view(found->second.text);
}

/// What smartctl(8) can ask. Loop devices, memory, and what is put together of other devices have no health to tell.
bool isDrive(std::string_view device)
{
    static constexpr std::string_view kMadeUp[] = {"/dev/loop",    "/dev/ram", "/dev/zram", "/dev/dm-",
                                                   "/dev/mapper/", "/dev/md",  "/dev/nbd",  "/dev/zd"};
    return std::none_of(std::begin(kMadeUp), std::end(kMadeUp),
                        [&](std::string_view prefix) { return device.starts_with(prefix); });
}

bool fitsType(const std::vector<std::string>& command, std::string_view type)
{
    const std::string& program = command.front();
    const bool isFuse = type.starts_with("fuse");
    if (program.starts_with("fusermount"))
        return isFuse;
    if (program == "fsfreeze" || program == "xfs_freeze")
        return canBeFrozen(type);
    if (program == "umount" && (has(command, "-f") || has(command, "--force")))
        return isFuse || isAmong(kForced, type);
    return true;
}

} // namespace

bool canBeFrozen(std::string_view fileSystem)
{
    return isAmong(kFreezable, fileSystem);
}

std::optional<Deed> deedOf(const std::vector<std::string>& command)
{
    if (command.empty())
        return std::nullopt;
    const std::string& program = command.front();
    if (program == "mount")
        return deedOfMount(command);
    if (program == kOwnProgram)
        return verbOf(command) == "verify" ? Deed::Changes : Deed::Looks;
    if (program == "sh") // `du` with what sorts its lines
        return command.size() > 2 && command[2].starts_with("du ") ? std::optional(Deed::Looks) : std::nullopt;
    if (program == "btrfs")
        return deedOfBtrfs(command);
    if (program == "systemctl")
        return deedOfSystemctl(command);
    if (program == "udisksctl")
        return verbOf(command) == "unmount" || verbOf(command) == "power-off" ? Deed::Unmounts : Deed::Mounts;
    if (program == "zfs" || program == "zpool")
        return verbOf(command) == "get" || verbOf(command) == "list" || verbOf(command) == "status" ? Deed::Looks
                                                                                                    : Deed::Alters;
    if (program.starts_with("fsck.") || program.starts_with("mkfs"))
        return Deed::Alters;
    const auto* found =
        std::find_if(std::begin(kDeeds), std::end(kDeeds), [&](const auto& known) { return known.first == program; });
    return found == std::end(kDeeds) ? std::nullopt : std::optional(found->second);
}

bool isAdvisable(const std::vector<std::string>& command, const std::map<std::string, Argument>& arguments)
{
    if (command.empty())
        return true;
    if (command.front() == "smartctl" && !isDrive(command.back()))
        return false;
    // A program that is not known may at least not be let loose on a place of the system.
    const Deed deed = deedOf(command).value_or(Deed::Changes);
    if (deed == Deed::Looks || deed == Deed::Elsewhere)
        return true;
    // Devices are no places here; which mount they belong to is asked below.
    const bool isOfSystem = std::any_of(command.begin() + 1, command.end(), [](const std::string& word) {
        return word.starts_with('/') && !word.starts_with("/dev/") && isSystemPlace(word);
    });
    if (isOfSystem)
        return false;
    // It fills the drive.
    if (command.front() == kOwnProgram)
        return textOf(arguments, "mount_role") == toString(MountRole::Apart);
    if (deed != Deed::Unmounts && deed != Deed::Alters)
        return true;
    const std::string_view mount = textOf(arguments, "mount");
    const std::string_view device = textOf(arguments, "device");
    const std::string_view role = textOf(arguments, "mount_role");
    // `umount FILE`: a mount on a file is another one than its folder's.
    const bool isTheMount = deed == Deed::Alters || command.front() == "systemctl" ||
                            (!mount.empty() && has(command, mount)) || (!device.empty() && has(command, device));
    if (!isTheMount)
        return true;
    if (mount.empty() || isSystemPlace(mount) || !fitsType(command, textOf(arguments, "fs")))
        return false;
    return role == toString(MountRole::Apart) || (deed == Deed::Unmounts && role == toString(MountRole::SystemDisk));
}

} // namespace scratchproof
