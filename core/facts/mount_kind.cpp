// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/enum_names.h"
#include "core/facts/mount_table.h"

#include <algorithm>
#include <span>

namespace scratchproof {

namespace {

constexpr std::string_view kNetwork[] = {"nfs",  "nfs4",      "cifs", "smb3",   "smbfs",    "ncpfs", "afs",
                                         "ceph", "glusterfs", "coda", "lustre", "orangefs", "gfs2",  "ocfs2"};
constexpr std::string_view kMemory[] = {"tmpfs", "ramfs"};
constexpr std::string_view kPseudo[] = {
    "proc",        "sysfs",      "cgroup",      "cgroup2",   "devtmpfs", "devpts",   "mqueue",  "debugfs",
    "tracefs",     "bpf",        "securityfs",  "pstore",    "efivarfs", "configfs", "fusectl", "nsfs",
    "binfmt_misc", "rpc_pipefs", "selinuxfs",   "smackfs",   "binder",   "resctrl",  "nfsd",    "pipefs",
    "sockfs",      "fuse.lxcfs", "fuse.portal", "hugetlbfs", "zonefs",   "xenfs"};
constexpr std::string_view kImage[] = {"squashfs",    "iso9660",         "erofs",         "cramfs",
                                       "romfs",       "fuse.squashfuse", "fuse.snapfuse", "fuse.archivemount",
                                       "fuse.fuseiso"};
constexpr std::string_view kFuseNetwork[] = {
    "sshfs",     "rclone",   "gvfsd-fuse", "davfs",        "curlftpfs", "s3fs",
    "glusterfs", "goofys",   "ceph-fuse",  "smbnetfs",     "kio-fuse",  "onedriver",
    "gcsfuse",   "mount-s3", "jmtpfs",     "simple-mtpfs", "httpfs",    "google-drive-ocamlfuse"};
constexpr std::string_view kLocal[] = {"ext2",     "ext3",     "ext4",    "xfs",     "btrfs",   "f2fs",
                                       "jfs",      "reiserfs", "vfat",    "msdos",   "exfat",   "ntfs",
                                       "ntfs3",    "hfs",      "hfsplus", "udf",     "zfs",     "nilfs2",
                                       "bcachefs", "minix",    "ufs",     "fuseblk", "overlay", "ecryptfs"};

constexpr EnumNames<MountKind::Other> kNames({"local", "removable", "network", "memory", "pseudo", "image", "fuse",
                                              "automount", "other"});

bool contains(std::span<const std::string_view> list, std::string_view word)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

} // namespace

std::string_view toString(MountKind kind)
{
    return kNames.nameOf(kind);
}

std::optional<MountKind> mountKindFromString(std::string_view text)
{
    return kNames.valueOf(text);
}

MountKind kindOf(std::string_view fileSystem, std::string_view source, std::string_view mountPoint)
{
    if (fileSystem == "autofs")
        return MountKind::Automount;
    if (contains(kNetwork, fileSystem))
        return MountKind::Network;
    if (contains(kPseudo, fileSystem))
        return MountKind::Pseudo;
    if (contains(kMemory, fileSystem))
        return isBelow(mountPoint, "/sys") || isBelow(mountPoint, "/proc") ? MountKind::Pseudo : MountKind::Memory;
    if (contains(kImage, fileSystem))
        return MountKind::Image;
    if (fileSystem == "fuse" || fileSystem.substr(0, 5) == "fuse.") {
        const std::string_view driver = fileSystem.size() > 5 ? fileSystem.substr(5) : std::string_view();
        if (contains(kFuseNetwork, driver))
            return MountKind::Network;
        // ntfs-3g and its like on an image or without the block driver say "fuse"; their source gives them away.
        return source.substr(0, 5) == "/dev/" && source != "/dev/fuse" && source.substr(0, 9) != "/dev/shm/"
                   ? MountKind::Local
                   : MountKind::Fuse;
    }
    if (contains(kLocal, fileSystem))
        return isBelow(mountPoint, "/media") || isBelow(mountPoint, "/run/media") ? MountKind::Removable
                                                                                  : MountKind::Local;
    return MountKind::Other;
}

bool isPlaceForPeople(const Mount& mount)
{
    if (mount.kind == MountKind::Pseudo || mount.kind == MountKind::Automount)
        return false;
    const std::string_view at = mount.mountPoint;
    if (isBelow(at, "/run/media"))
        return true;
    // What desktops put below /run/user is a person's (gvfs, kio-fuse, the document portal's own is not).
    if (isBelow(at, "/run/user"))
        return mount.kind == MountKind::Network;
    for (const std::string_view folder :
         {"/proc", "/sys", "/dev", "/run", "/etc", "/boot", "/efi", "/usr", "/snap", "/var/snap", "/var/lib/snapd",
          "/var/lib/docker", "/var/lib/containers", "/var/lib/containerd", "/var/lib/kubelet", "/var/lib/lxcfs",
          "/var/lib/flatpak", "/var/lib/nfs", "/nix/store"}) {
        if (isBelow(at, folder))
            return false;
    }
    if (mount.kind == MountKind::Memory)
        return at == "/" || at == "/tmp" || at == "/var/tmp" || isBelow(at, "/mnt") || isBelow(at, "/media") ||
               isBelow(at, "/home");
    return true;
}

} // namespace scratchproof
