// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20U;
constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30U;

constexpr CauseWords kCauses[] = {
    {"inodes-exhausted", QT_TRANSLATE_NOOP("causes", "There are too many files on the drive"),
     QT_TRANSLATE_NOOP("causes",
                       "There is still space ({available}), but the drive keeps a table of its files, and that is "
                       "full.")},
    {"tmpfs-limit", QT_TRANSLATE_NOOP("causes", "The space in memory is used up"),
     QT_TRANSLATE_NOOP("causes",
                       "This folder is not on a drive but in the computer's memory, where it may hold {total} at "
                       "most.")},
    {"reserved-blocks", QT_TRANSLATE_NOOP("causes", "The rest of the space is kept back for the system"),
     QT_TRANSLATE_NOOP("causes",
                       "The drive has {reserved} left, but keeps them for the administrator. For everybody else "
                       "it is full.")},
    {"disk-full", QT_TRANSLATE_NOOP("causes", "The drive is full"),
     QT_TRANSLATE_NOOP("causes", "There is no space left to store a file of even 64 KB.")},
    {"btrfs-metadata-full", QT_TRANSLATE_NOOP("causes", "The file system has no room for its own tables"),
     QT_TRANSLATE_NOOP("causes", "There is still space for data, but none for the tables that btrfs keeps about it.")},
    {"dir-index-full", QT_TRANSLATE_NOOP("causes", "This folder cannot hold more files"),
     QT_TRANSLATE_NOOP("causes", "The drive has space left, but this one folder has as many entries as it can have.")},
    {"thin-backing-full", QT_TRANSLATE_NOOP("causes", "The storage behind the drive is full"),
     QT_TRANSLATE_NOOP("causes", "The drive claims to have {available} left, but what it is kept in is full. Data that "
                                 "seemed to be saved is not really stored.")},
    {"btrfs-qgroup-limit", QT_TRANSLATE_NOOP("causes", "This folder has reached its size limit"),
     QT_TRANSLATE_NOOP("causes", "A limit was set for this part of the drive (a btrfs subvolume), and it is used up.")},
    {"zfs-quota-or-full", QT_TRANSLATE_NOOP("causes", "This part of the drive has reached its limit"),
     QT_TRANSLATE_NOOP("causes", "A limit was set for this ZFS dataset, and it is used up.")},
    {"user-quota-inodes", QT_TRANSLATE_NOOP("causes", "You have as many files here as you may"),
     QT_TRANSLATE_NOOP("causes", "The number of files that you are allowed on this drive is used up.")},
    {"user-quota-blocks", QT_TRANSLATE_NOOP("causes", "Your share of this drive is used up"),
     QT_TRANSLATE_NOOP("causes", "An allowance was set for how much you may store here, and you have reached it.")},
    {"rlimit-fsize", QT_TRANSLATE_NOOP("causes", "Programs in this session may not make files of this size"),
     QT_TRANSLATE_NOOP("causes", "A limit of your session, not of the folder, stopped the file from growing.")},
    {"fs-max-file-size", QT_TRANSLATE_NOOP("causes", "The file is larger than this place allows"),
     QT_TRANSLATE_NOOP("causes", "The file system or the server does not take a file of this size.")},
    {"nearly-full", QT_TRANSLATE_NOOP("causes", "The drive is nearly full"),
     QT_TRANSLATE_NOOP("causes", "Files can be stored, but only {available} of {total} are left.")},
};

constexpr FixWords kFixes[] = {
    {"delete-small-files",
     QT_TRANSLATE_NOOP("causes", "Delete files that are not needed, above all folders with very many "
                                 "small ones."),
     FixBy::User},
    {"free-space",
     QT_TRANSLATE_NOOP("causes", "Delete or move files. This shows what takes the most space."),
     FixBy::User,
     {"du", "-xhd1", "--", "{mount}"}},
    {"use-disk-folder", QT_TRANSLATE_NOOP("causes", "Use a folder on a drive."), FixBy::User},
    {"lower-reserve",
     QT_TRANSLATE_NOOP("causes", "On a drive that holds only data, the reserve can be given up."),
     FixBy::Admin,
     {"tune2fs", "-m", "0", "{device}"}},
    {"balance-btrfs",
     QT_TRANSLATE_NOOP("causes", "Have the file system rearrange its space."),
     FixBy::Admin,
     {"btrfs", "balance", "start", "-dusage=10", "--", "{mount}"}},
    {"use-subfolders", QT_TRANSLATE_NOOP("causes", "Spread the files over several folders."), FixBy::User},
    {"free-backing-store",
     QT_TRANSLATE_NOOP("causes", "Free space where the drive is kept: the pool, the image file, or the host's disk."),
     FixBy::Admin},
    {"raise-limit", QT_TRANSLATE_NOOP("causes", "Delete files of your own here, or ask for a larger allowance."),
     FixBy::Admin},
    {"raise-file-size-limit",
     QT_TRANSLATE_NOOP("causes", "Look at the limit (ulimit -f), and start the program from a session without it."),
     FixBy::User},
    {"split-file", QT_TRANSLATE_NOOP("causes", "Split the file, or use another drive."), FixBy::User},
};

Arguments spaceOf(const Input& in)
{
    const auto& space = in.facts.space;
    if (!space)
        return {};
    return {{"available", Argument::size(space->availableBytes)}, {"total", Argument::size(space->totalBytes)}};
}

bool isRemote(const Input& in)
{
    return in.isKind(MountKind::Network) || in.isKind(MountKind::Fuse);
}

std::optional<Finding> noInodes(const Input& in)
{
    const auto& space = in.facts.space;
    // A total of 0 means that the file system does not count them (vfat, btrfs, SMB).
    if (!in.failedAt({Step::CreateFile, Step::CreateDirectory}) || !in.failedWith({ENOSPC}) || !space ||
        space->totalInodes == 0 || space->freeInodes != 0)
        return std::nullopt;
    return blocking(in, "inodes-exhausted", {"delete-small-files"}, spaceOf(in));
}

std::optional<Finding> backingFull(const Input& in)
{
    if (!in.failedAt({Step::Sync}) || !in.failedWith({ENOSPC}) || isRemote(in) || !in.facts.space ||
        in.facts.space->availableBytes < kMebibyte)
        return std::nullopt;
    return blocking(in, "thin-backing-full", {"free-backing-store"}, spaceOf(in));
}

std::optional<Finding> full(const Input& in)
{
    if (!in.failedWith({ENOSPC}))
        return std::nullopt;
    const auto& space = in.facts.space;
    if (in.fileSystem() == "tmpfs" || in.fileSystem() == "ramfs")
        return blocking(in, "tmpfs-limit", {"free-space", "use-disk-folder"}, spaceOf(in));
    if (!space)
        return blocking(in, "disk-full", {"free-space"}, {}, Certainty::Likely);
    const std::uint64_t reserved = space->freeBytes - std::min(space->freeBytes, space->availableBytes);
    if (space->availableBytes < kMebibyte) {
        // The customary reserve of 5 % does not explain a full drive; a larger one does.
        if (reserved >= kMebibyte && (reserved / 2 >= space->totalBytes / 25 || reserved >= 10 * kGibibyte)) {
            Arguments arguments = spaceOf(in);
            arguments.emplace("reserved", Argument::size(reserved));
            return in.fileSystem().substr(0, 3) == "ext"
                       ? blocking(in, "reserved-blocks", {"free-space", "lower-reserve"}, std::move(arguments))
                       : blocking(in, "reserved-blocks", {"free-space"}, std::move(arguments));
        }
        return blocking(in, "disk-full", {"free-space"}, spaceOf(in));
    }
    if (in.fileSystem() == "btrfs")
        return blocking(in, "btrfs-metadata-full", {"balance-btrfs", "free-space"}, spaceOf(in), Certainty::Likely);
    const FileStatus* folder = in.folderStatus();
    if (in.failedAt({Step::CreateFile, Step::CreateDirectory}) && folder != nullptr &&
        (folder->size >= kMebibyte || in.fileSystem() == "vfat"))
        return blocking(in, "dir-index-full", {"use-subfolders"}, spaceOf(in), Certainty::Likely);
    return blocking(in, "disk-full", {"free-space"}, spaceOf(in), Certainty::Likely);
}

std::optional<Finding> quota(const Input& in)
{
    if (!in.failedWith({EDQUOT}))
        return std::nullopt;
    if (in.fileSystem() == "btrfs")
        return blocking(in, "btrfs-qgroup-limit", {"raise-limit"});
    if (in.fileSystem() == "zfs")
        return blocking(in, "zfs-quota-or-full", {"raise-limit"}, {}, Certainty::Likely);
    if (in.failedAt({Step::CreateFile, Step::CreateDirectory}))
        return blocking(in, "user-quota-inodes", {"raise-limit"}, {}, Certainty::Likely);
    return blocking(in, "user-quota-blocks", {"raise-limit"}, {}, Certainty::Likely);
}

std::optional<Finding> tooLarge(const Input& in)
{
    if (!in.failedWith({EFBIG}))
        return std::nullopt;
    if (isRemote(in))
        return blocking(in, "fs-max-file-size", {"split-file"}, {}, Certainty::Likely);
    // No file system refuses the 64 KiB of a probe.
    return blocking(in, "rlimit-fsize", {"raise-file-size-limit"});
}

std::optional<Finding> nearlyFull(const Input& in)
{
    const auto& space = in.facts.space;
    const bool isStorage =
        in.isKind(MountKind::Local) || in.isKind(MountKind::Removable) || in.isKind(MountKind::Network);
    if (in.problem != nullptr || !isStorage || !space || space->readOnly || space->totalBytes == 0 ||
        space->availableBytes >= kGibibyte || space->availableBytes >= space->totalBytes / 20)
        return std::nullopt;
    return makeFinding(in, "nearly-full", Severity::Limit, Certainty::Proven, spaceOf(in), {"free-space"});
}

constexpr std::array<Rule, 6> kRules = {noInodes, backingFull, full, quota, tooLarge, nearlyFull};

} // namespace

RuleFamily spaceRules()
{
    return {kRules, kCauses, kFixes};
}

} // namespace scratchproof
