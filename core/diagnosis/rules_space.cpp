// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/quantity.h"
#include "core/diagnosis/rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30U;

constexpr CauseWords kCauses[] = {
    {"disk-full",
     {"space", "write", Shows::Fails, "ENOSPC"},
     QT_TRANSLATE_NOOP("causes", "The drive is full"),
     QT_TRANSLATE_NOOP("causes", "There is no space left to store a file of even 64 KB."),
     {"free-space", "show-deleted-open"}},
    {"reserved-blocks",
     {"space", "write", Shows::Fails, "ENOSPC"},
     QT_TRANSLATE_NOOP("causes", "The rest of the space is kept back for the system"),
     QT_TRANSLATE_NOOP("causes",
                       "The drive has {reserved} left, but keeps them for the administrator. For everybody else it is "
                       "full."),
     {"free-space", "lower-reserve"}},
    {"inodes-exhausted",
     {"space", "create-directory create-file", Shows::Fails, "ENOSPC EPERM"},
     QT_TRANSLATE_NOOP("causes", "There are too many files here"),
     QT_TRANSLATE_NOOP("causes", "There is still space ({available}), but the table that lists all files is full."),
     {"delete-small-files", "free-space-on-server"}},
    {"btrfs-metadata-full",
     {"space", "create-file write", Shows::Fails, "ENOSPC"},
     QT_TRANSLATE_NOOP("causes", "The file system has no room for its own tables"),
     QT_TRANSLATE_NOOP("causes", "There is still space for data, but none for the tables that btrfs keeps about it."),
     {"free-space", "balance-btrfs"},
     Severity::Blocking,
     Certainty::Likely},
    {"thin-backing-full",
     {"space", "sync", Shows::Fails, "ENOSPC"},
     QT_TRANSLATE_NOOP("causes", "The storage behind the drive is full"),
     QT_TRANSLATE_NOOP("causes",
                       "The drive claims to have {available} left, but what it is kept in is full. Data that seemed "
                       "to be saved is not really stored."),
     {"free-backing-store"}},
    {"tmpfs-limit",
     {"space", "write", Shows::Fails, "ENOSPC"},
     QT_TRANSLATE_NOOP("causes", "The space in memory is used up"),
     QT_TRANSLATE_NOOP("causes",
                       "This folder is not on a drive but in the computer's memory, where it may hold {total} at "
                       "most."),
     {"free-space", "use-disk-folder"}},
    {"dir-index-full",
     {"space", "create-file", Shows::Fails, "ENOSPC"},
     QT_TRANSLATE_NOOP("causes", "This folder cannot hold more files"),
     QT_TRANSLATE_NOOP("causes", "The drive has space left, but this one folder has as many entries as it can have."),
     {"use-subfolders"},
     Severity::Blocking,
     Certainty::Likely},
    {"rlimit-fsize",
     {"space", "write", Shows::Fails, "EFBIG"},
     QT_TRANSLATE_NOOP("causes", "Programs in this session may not make large files"),
     QT_TRANSLATE_NOOP("causes",
                       "A limit of your session, not of the folder, keeps files from growing beyond {limit}."),
     {"raise-file-size-limit"}},
    {"nearly-full",
     {"space", "", Shows::Passes},
     QT_TRANSLATE_NOOP("causes", "The drive is nearly full"),
     QT_TRANSLATE_NOOP("causes", "Files can be stored, but only {available} of {total} are left."),
     {"free-space"},
     Severity::Limit},
};

constexpr FixWords kFixes[] = {
    {"delete-small-files",
     QT_TRANSLATE_NOOP("causes",
                       "Delete files that you do not need, above all folders with very many small ones. This shows "
                       "where the most are."),
     FixBy::User,
     {"sh", "-c", "du --inodes -x -- \"$1\" 2>/dev/null | sort -rn | head -n 20", "sh", "{mount}"}},
    {"free-space",
     QT_TRANSLATE_NOOP("causes",
                       "Delete files and empty the trash; older snapshots may still hold them. This shows what "
                       "takes the most space."),
     FixBy::User,
     {"sh", "-c", "du -xah -- \"$1\" 2>/dev/null | sort -rh | head -n 20", "sh", "{mount}"}},
    {"show-deleted-open",
     QT_TRANSLATE_NOOP("causes",
                       "Deleted files take space as long as a program has them open. This shows such programs; end "
                       "or restart them."),
     FixBy::Admin,
     {"lsof", "+L1", "--", "{mount}"}},
    {"use-disk-folder", QT_TRANSLATE_NOOP("causes", "Use a folder on a drive."), FixBy::User},
    {"lower-reserve",
     QT_TRANSLATE_NOOP("causes", "On a drive that holds only data, the reserve can be given up."),
     FixBy::Admin,
     {"tune2fs", "-m", "0", "{device}"}},
    {"balance-btrfs",
     QT_TRANSLATE_NOOP("causes", "After that: have the file system put its space in order."),
     FixBy::Admin,
     {"btrfs", "balance", "start", "-dusage=30", "--", "{mount}"}},
    {"use-subfolders", QT_TRANSLATE_NOOP("causes", "Spread the files over several folders."), FixBy::User},
    {"free-backing-store",
     QT_TRANSLATE_NOOP("causes", "Free space where the drive is kept: the pool, the image file, or the host's disk."),
     FixBy::Admin},
    {"raise-file-size-limit",
     QT_TRANSLATE_NOOP("causes", "Look at the limit (ulimit -f), and start the program from a session without it."),
     FixBy::User},
};

Arguments spaceOf(const Input& in)
{
    const auto& space = in.facts.space;
    if (!space || !space->isSizeKnown())
        return {};
    return {{"available", Argument::size(space->availableBytes)}, {"total", Argument::size(space->totalBytes)}};
}

std::string spaceLine(const Input& in)
{
    const auto& space = in.facts.space;
    if (!space)
        return "statfs: no answer";
    return fmt::format("statfs: total {}, free {}, available {}, files {} of {} free", space->totalBytes,
                       space->freeBytes, space->availableBytes, space->freeInodes, space->totalInodes);
}

Finding bySpace(const Input& in, const char* id)
{
    return withEvidence(makeFinding(in, id, spaceOf(in)), spaceLine(in));
}

std::optional<Finding> noInodes(const Input& in)
{
    const auto& space = in.facts.space;
    // A total of 0 means that the file system does not count them (vfat, btrfs, SMB).
    if (!in.isCreating() || !in.failedWith({ENOSPC}) || !space || !space->isInodeCountKnown() || space->freeInodes != 0)
        return std::nullopt;
    return withFixes(bySpace(in, "inodes-exhausted"), {"delete-small-files"});
}

/// btrfs keeps its tables in a space of their own. With that used up it calls nothing available (f_bavail is 0),
/// however much room for data is free; a part of the tables' space (up to 512 MiB) is kept back for emergencies.
bool lacksMetadata(const Input& in)
{
    const FileSystemState& state = in.facts.state;
    const auto& space = in.facts.space;
    if (in.fileSystem() != "btrfs" || !space || !space->isSizeKnown())
        return false;
    if (!state.metadataUsedBytes || !state.metadataTotalBytes)
        return in.isCreating() || space->availableBytes >= kMebibyte;
    const std::uint64_t total = *state.metadataTotalBytes;
    const std::uint64_t taken = *state.metadataUsedBytes + state.metadataReservedBytes.value_or(0);
    const std::uint64_t slack = total - std::min(total, taken);
    if (slack > std::max(8 * kMebibyte, total / 8))
        return false;
    // With DUP, the usual profile, each byte of slack stands for two of the device.
    return in.isCreating() || space->freeBytes >= 2 * slack + 4 * kMebibyte;
}

std::optional<Finding> noMetadata(const Input& in)
{
    if (!in.failedWith({ENOSPC}) || !lacksMetadata(in))
        return std::nullopt;
    return withEvidence(bySpace(in, "btrfs-metadata-full"),
                        fmt::format("metadata: {} of {} bytes used", in.facts.state.metadataUsedBytes.value_or(0),
                                    in.facts.state.metadataTotalBytes.value_or(0)));
}

std::optional<Finding> backingFull(const Input& in)
{
    if (!in.failedAt({Step::Sync}) || !in.failedWith({ENOSPC}) || in.isRemote() || !in.facts.space ||
        !in.facts.space->isSizeKnown() || in.facts.space->availableBytes < kMebibyte)
        return std::nullopt;
    return bySpace(in, "thin-backing-full");
}

std::optional<Finding> full(const Input& in)
{
    if (!in.failedWith({ENOSPC}))
        return std::nullopt;
    const auto& space = in.facts.space;
    const bool isKnown = space && space->isSizeKnown();
    if (isKnown && in.fileSystem() == "tmpfs")
        return bySpace(in, "tmpfs-limit");
    if (!isKnown)
        return makeLikelyFinding(in, "disk-full");
    const std::uint64_t reserved = space->freeBytes - std::min(space->freeBytes, space->availableBytes);
    const bool isExt = in.fileSystem().substr(0, 3) == "ext";
    if (space->availableBytes < kMebibyte) {
        // The customary reserve of 5 % does not explain a full drive; a larger one does.
        if (in.fileSystem() != "btrfs" && reserved >= kMebibyte &&
            (reserved / 2 >= space->totalBytes / 25 || reserved >= 10 * kGibibyte)) {
            Arguments arguments = spaceOf(in);
            arguments.emplace("reserved", Argument::size(reserved));
            Finding finding = withEvidence(makeFinding(in, "reserved-blocks", std::move(arguments)), spaceLine(in));
            return isExt ? std::move(finding) : withFixes(std::move(finding), {"free-space"});
        }
        return bySpace(in, "disk-full");
    }
    const FileStatus* folder = in.folderStatus();
    if (in.isCreating() && folder != nullptr && (folder->size >= kMebibyte || in.fileSystem() == "vfat"))
        return bySpace(in, "dir-index-full");
    return withEvidence(makeLikelyFinding(in, "disk-full", spaceOf(in)), spaceLine(in));
}

Finding fileSizeLimit(const Input& in)
{
    constexpr std::uint64_t kProbe = 65536; // it is less than this, in any case
    const auto limit = in.facts.limits.fileSizeBytes;
    return withEvidence(makeFinding(in, "rlimit-fsize", {{"limit", Argument::size(limit.value_or(kProbe))}}),
                        limit ? fmt::format("RLIMIT_FSIZE: {}", *limit) : "RLIMIT_FSIZE: not known");
}

std::optional<Finding> tooLarge(const Input& in)
{
    if (!in.failedWith({EFBIG}))
        return std::nullopt;
    const auto limit = in.facts.limits.fileSizeBytes;
    // No file system of this computer refuses the 64 KiB of a probe.
    if (!limit && (in.isRemote() || in.facts.isDeep)) {
        Finding finding = makeFinding(in, "fs-max-file-size");
        finding.severity = Severity::Blocking;
        return finding;
    }
    return fileSizeLimit(in);
}

std::optional<Finding> nearlyFull(const Input& in)
{
    const auto& space = in.facts.space;
    const bool isStorage =
        in.isKind(MountKind::Local) || in.isKind(MountKind::Removable) || in.isKind(MountKind::Network);
    if (!in.allWell() || !isStorage || !space || space->readOnly || !space->isSizeKnown() ||
        space->availableBytes >= kGibibyte || space->availableBytes >= space->totalBytes / 20)
        return std::nullopt;
    return bySpace(in, "nearly-full");
}

constexpr std::array<Rule, 6> kRules = {noInodes, noMetadata, backingFull, full, tooLarge, nearlyFull};

} // namespace

extern const RuleFamily rulesSpace{kRules, kCauses, kFixes};

} // namespace scratchproof
