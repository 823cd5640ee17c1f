// SPDX-License-Identifier: GPL-3.0-or-later
// What people reported: room that is there and cannot be used, servers with few words, damage, and masks.
#include "tests/causes/situations.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace scratchproof::test {

namespace {

/// XFS whose free space is in single blocks, and whose entries for files are all taken.
Asked splinteredXfs(Stage& stage)
{
    const Path place = stage.image("xfs", 320, {"-i", "sparse=0", "-m", "rmapbt=0,reflink=0"});
    Path own = stage.own(place + "/own");
    const int fd = open((place + "/large").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    off_t end = 0;
    for (const off_t piece : {off_t{16} << 20U, off_t{1} << 20U, off_t{64} << 10U, off_t{4096}}) {
        while (posix_fallocate(fd, end, piece) == 0)
            end += piece;
    }
    for (off_t at = 0; at < off_t{120} << 20U; at += 8192)
        static_cast<void>(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, 4096));
    fsync(fd);
    close(fd);
    const Path files = place + "/files";
    makeFolder(files, 0755);
    for (int i = 0; i < 200'000; ++i) {
        if (mknod((files + "/" + std::to_string(i)).c_str(), S_IFREG | 0644, 0) != 0)
            break;
    }
    runOrFail({"sync", "-f", place});
    return own;
}

/// btrfs: the group 1/0 that a subvolume is in is used up; the subvolume itself has no limit.
Asked groupAtItsLimit(Stage& stage)
{
    const Path place = stage.image("btrfs", 128);
    const Path part = place + "/part";
    runOrFail({"btrfs", "quota", "enable", place});
    runOrFail({"btrfs", "-q", "subvolume", "create", part});
    runOrFail({"btrfs", "qgroup", "create", "1/0", place});
    const auto id = runOrFail({"btrfs", "inspect-internal", "rootid", part});
    runOrFail({"btrfs", "qgroup", "assign", "--no-rescan", "0/" + id.substr(0, id.find('\n')), "1/0", place});
    runOrFail({"btrfs", "qgroup", "limit", "2M", "1/0", place});
    const Path own = stage.own(part + "/own");
    runOrFail({"sync", "-f", place});
    if (runAsUser(kOrdinaryUser, [&] { return fillUp(own).empty() ? 1 : 0; }) != 0)
        throw SetupError("could not fill " + own);
    runOrFail({"sync", "-f", place});
    return own;
}

/// ext4 with garbage in a folder's block.
Asked damagedFolder(Stage& stage, const std::vector<std::string>& make)
{
    std::vector<std::string> arguments{"mkfs.ext4", "-qF", "-b", "1024", "-e", "continue"};
    arguments.insert(arguments.end(), make.begin(), make.end());
    const Path image = stage.plainImage(16, arguments);
    const Path place = stage.mountAt(stage.base / "place", {"-t", "ext4", "-o", "loop", image});
    Path own = stage.own(place + "/own");
    writeFile(own + "/file", "x", 0600);
    runOrFail({"umount", place});
    const auto block = runOrFail({"debugfs", "-R", "blocks /own", image});
    const int fd = open(image.c_str(), O_WRONLY | O_CLOEXEC);
    const std::string garbage(1024, '\x5a');
    const auto put = pwrite(fd, garbage.data(), garbage.size(), std::stol(block) * 1024);
    close(fd);
    if (put != static_cast<ssize_t>(garbage.size()))
        throw SetupError("could not write into " + image);
    runOrFail({"mount", "-n", "-t", "ext4", "-o", "loop", image, place});
    return own;
}

/// mergerfs over two small file systems in memory.
Asked pool(Stage& stage, const std::string& options, bool isFull)
{
    if (!std::filesystem::exists("/usr/bin/mergerfs"))
        throw NotPossibleHere("no mergerfs");
    const Path first = stage.tmpfs("mode=0777,size=16m", "first");
    const Path second = stage.tmpfs("mode=0777,size=16m", "second");
    const Path place = stage.base / "place";
    static_cast<void>(
        stage.daemon(place, {"mergerfs", "-f", "-o", "allow_other" + options, first + ":" + second, place}));
    if (isFull) {
        static_cast<void>(fillUp(first));
        static_cast<void>(fillUp(second));
    }
    return place;
}

/// sshfs to a "server" that is a folder of this computer.
Asked share(Stage& stage, const Path& content, const std::string& options = "")
{
    if (!std::filesystem::exists("/usr/bin/sshfs") || !std::filesystem::exists("/usr/lib/openssh/sftp-server"))
        throw NotPossibleHere("no sshfs, or no server for it");
    const Path connect = stage.base / "connect";
    writeFile(connect, "#!/bin/sh\nexec /usr/lib/openssh/sftp-server\n", 0755);
    const Path place = stage.base / "place";
    static_cast<void>(stage.daemon(
        place, {"sshfs", "-f", "-o", "allow_other,ssh_command=" + connect + options, "server:" + content, place}));
    return place;
}

Path crowded(Stage& stage)
{
    Path server = stage.tmpfs("mode=0777,size=16m,nr_inodes=4", "server");
    for (int i = 0; mknod((server + "/" + std::to_string(i)).c_str(), S_IFREG | 0644, 0) == 0; ++i)
        continue;
    return server;
}

/// A program's folder that says of its room what it is told to.
FaultFolder& telling(Stage& stage, std::uint64_t freeBytes, std::uint64_t totalBytes)
{
    FaultFolder& folder = stage.hanging();
    static_cast<void>(stage.own(folder.backing() + "/own"));
    folder.tellSpace(freeBytes, totalBytes);
    return folder;
}

constexpr std::uint64_t kTebibyte = std::uint64_t{1} << 40U;

} // namespace

std::vector<Situation> reportedSituations()
{
    return {
        {"xfs-inode-space", "", splinteredXfs, "unusable", "standard", {"delete-whole-files"}},
        {"btrfs-qgroup-limit",
         "of a group above",
         groupAtItsLimit,
         "unusable",
         "standard",
         {"raise-limit", "lift-group-limit", "show-qgroups"}},
        {"file-system-damaged",
         "a checksum",
         [](Stage& stage) { return damagedFolder(stage, {}); },
         "unusable",
         "standard",
         {"save-data-first", "unmount-drive", "check-ext", "read-drive-health"}},
        {"file-system-damaged", "without checksums",
         [](Stage& stage) {
             return damagedFolder(stage, {"-O", "^metadata_csum"});
         }},

        {"pool-keeps-room-free",
         "",
         [](Stage& stage) { return pool(stage, "", false); },
         "unusable",
         "standard",
         {"lower-pool-reserve", "free-space"}},
        {"pool-refuses", "",
         [](Stage& stage) -> Asked {
             FaultFolder& folder = telling(stage, kTebibyte, 2 * kTebibyte);
             folder.failWith("create", ENOSPC);
             return folder.path() + "/own";
         }},
        {"disk-full", "of a pool", [](Stage& stage) { return pool(stage, ",minfreespace=0", true); }},

        {"inodes-exhausted",
         "on a server",
         [](Stage& stage) { return share(stage, crowded(stage)); },
         "unusable",
         "standard",
         {"free-space-on-server"}},
        {"fuse-policy", "a server that refuses, and has room",
         [](Stage& stage) {
             const Path server = stage.tmpfs("mode=0777,size=16m", "server");
             runOrFail({"mount", "-n", "-o", "remount,ro", server});
             return share(stage, server);
         }},
        {"server-full",
         "",
         [](Stage& stage) {
             const Path server = stage.tmpfs("mode=0777,size=1m", "server");
             static_cast<void>(fillUp(server));
             return share(stage, server);
         },
         "unusable",
         "standard",
         {"free-space-on-server"},
         {"late-writeback-error"}},
        {"disk-full",
         "of a program's folder, at sync",
         [](Stage& stage) -> Asked {
             FaultFolder& folder = telling(stage, 0, kTebibyte);
             folder.failWith("fsync", EIO);
             return folder.path() + "/own";
         },
         "unusable",
         "standard",
         {"free-space"},
         {"late-writeback-error"}},
        {"late-writeback-error", "where the room is not known",
         [](Stage& stage) -> Asked {
             FaultFolder& folder = telling(stage, 0, 0);
             folder.failWith("fsync", EIO);
             return folder.path() + "/own";
         }},
        {"fuse-local-mode-check",
         "",
         [](Stage& stage) { return share(stage, stage.folder("server", 0755, kNamelessUser), ",default_permissions"); },
         "unusable",
         "standard",
         {"let-server-decide"}},
        {"fuse-local-mode-check",
         "new files are the server's",
         [](Stage& stage) { return share(stage, stage.own(stage.base / "server"), ",default_permissions"); },
         "unusable",
         "standard",
         {"let-server-decide"}},
        {"mode-owner-lacks-write", "on a share that goes by its mode",
         [](Stage& stage) {
             return share(stage, stage.folder("server", 0555, kOrdinaryUser), ",default_permissions");
         }},

        {"mount-masks-write",
         "ntfs",
         [](Stage& stage) -> Asked {
             const auto device = stage.loopDevice(stage.plainImage(16, {"mkntfs", "-q", "-F", "-Q"}));
             return stage.mountAt(stage.base / "place",
                                  {"-t", "ntfs-3g", "-o", "uid=12345,gid=12345,umask=0222", device});
         },
         "unusable",
         "standard",
         {"reconnect-through-desktop", "mount-without-mask"}},
        {"mount-masks-write", "exfat, of root",
         [](Stage& stage) -> Asked {
             const auto device = stage.loopDevice(stage.plainImage(16, {"mkfs.exfat"}));
             return stage.mountAt(stage.base / "place", {"-t", "exfat-fuse", "-o", "uid=0,umask=0222", device});
         }},
        {"mount-masks-write", "a share",
         [](Stage& stage) -> Asked {
             static_cast<void>(stage.bindfs(
                 stage.base / "content", {"-u", "12345", "-p", "0555", "-o", "fsname=//nas/share,subtype=smbnetfs"}));
             return stage.base / "place";
         }},

        {"pseudo-filesystem", "memory for large pages",
         [](Stage& stage) -> Asked {
             return stage.mountAt(stage.base / "place", {"-t", "hugetlbfs", "-o", "mode=1777", "none"});
         }},
        {"pseudo-filesystem", "queues of messages",
         [](Stage& stage) -> Asked {
             Path place = stage.mountAt(stage.base / "place", {"-t", "mqueue", "none"});
             if (chmod(place.c_str(), 01777) != 0)
                 throw SetupError("chmod " + place);
             return place;
         }},
    };
}

} // namespace scratchproof::test
