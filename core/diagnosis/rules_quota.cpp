// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/quantity.h"
#include "core/diagnosis/rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

/// Allowances: what a user, a group or a folder may store, as opposed to what fits.
namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"user-quota-blocks",
     {"space", "sync write", Shows::Fails, "EDQUOT"},
     QT_TRANSLATE_NOOP("causes", "Your share of this drive is used up"),
     QT_TRANSLATE_NOOP("causes",
                       "An allowance was set for how much you may store on this drive, and you have reached it. Others "
                       "may still have room."),
     {"raise-limit"}},
    {"user-quota-inodes",
     {"space", "create-file", Shows::Fails, "EDQUOT"},
     QT_TRANSLATE_NOOP("causes", "You have as many files here as you may"),
     QT_TRANSLATE_NOOP("causes", "The number of files that you are allowed on this drive is used up."),
     {"raise-limit"}},
    {"quota-grace-expired",
     {"space", "write", Shows::Fails, "EDQUOT"},
     QT_TRANSLATE_NOOP("causes", "You were over your allowance for too long"),
     QT_TRANSLATE_NOOP("causes",
                       "You may be over your allowance for a time only, and that time is over. Nothing more can be "
                       "stored until you are below it again."),
     {"raise-limit"}},
    {"group-quota",
     {"space", "write", Shows::Fails, "EDQUOT"},
     QT_TRANSLATE_NOOP("causes", "The allowance of a group is used up"),
     QT_TRANSLATE_NOOP("causes",
                       "Files in this folder count for the group {group}, which has reached its allowance on this "
                       "drive."),
     {"raise-limit"}},
    {"project-quota",
     {"space", "write", Shows::Fails, "EDQUOT ENOSPC"},
     QT_TRANSLATE_NOOP("causes", "This folder has a size limit of its own"),
     QT_TRANSLATE_NOOP("causes",
                       "The drive has more room, but this folder may hold {total} at most, and that is used up."),
     {"raise-limit"},
     Severity::Blocking,
     Certainty::Likely},
    {"btrfs-qgroup-limit",
     {"space", "rename write", Shows::Fails, "EDQUOT"},
     QT_TRANSLATE_NOOP("causes", "This folder has reached its size limit"),
     QT_TRANSLATE_NOOP("causes",
                       "A limit was set for this part of the drive (a btrfs subvolume), or for a group of such parts "
                       "that it belongs to, and it is used up. Deleting files makes room."),
     {"raise-limit", "lift-qgroup-limit", "lift-group-limit", "show-qgroups"}},
    {"zfs-quota-or-full",
     {"space", "write", Shows::Fails, "EDQUOT ENOSPC"},
     QT_TRANSLATE_NOOP("causes", "This part of the drive has reached its limit"),
     QT_TRANSLATE_NOOP("causes", "A limit was set for this ZFS dataset, or its pool is full."),
     {"raise-limit", "show-zfs-limits"},
     Severity::Blocking,
     Certainty::Likely},
};

constexpr FixWords kFixes[] = {
    {"raise-limit", QT_TRANSLATE_NOOP("causes", "Delete files of your own here, or ask for a larger allowance."),
     FixBy::Admin},
    {"lift-qgroup-limit",
     QT_TRANSLATE_NOOP("causes", "Or have the limit lifted."),
     FixBy::Admin,
     {"btrfs", "qgroup", "limit", "none", "--", "{subvolume}"}},
    {"lift-group-limit",
     QT_TRANSLATE_NOOP("causes",
                       "Or have the limit of the group {level}/{group} lifted, which counts for all that is in "
                       "it."),
     FixBy::Admin,
     {"btrfs", "qgroup", "limit", "none", "{level}/{group}", "{mount}"}},
    {"show-qgroups",
     QT_TRANSLATE_NOOP("causes", "See which limit it is: the column 'parent' names the groups that a part belongs to."),
     FixBy::Admin,
     {"btrfs", "qgroup", "show", "-pre", "--", "{mount}"}},
    {"show-zfs-limits",
     QT_TRANSLATE_NOOP("causes", "Look at the limits of the dataset."),
     FixBy::User,
     {"zfs", "get", "quota,refquota,available", "{mount}"}},
};

enum class Exceeded : std::uint8_t { No, Hard, Grace };

/// What of one allowance is used up. The kernel refuses below the hard limit only when the time above the soft one is
/// over (quotactl(2)), so no clock is needed. A limit counts as reached when the 64 KiB of a probe do not fit.
Exceeded bytesOf(const Quota& quota)
{
    constexpr std::uint64_t kProbe = 65536;
    if (quota.hardBytes != 0 && quota.usedBytes + kProbe > quota.hardBytes)
        return Exceeded::Hard;
    return quota.softBytes != 0 && quota.usedBytes > quota.softBytes ? Exceeded::Grace : Exceeded::No;
}

Exceeded filesOf(const Quota& quota)
{
    if (quota.hardFiles != 0 && quota.usedFiles >= quota.hardFiles)
        return Exceeded::Hard;
    return quota.softFiles != 0 && quota.usedFiles > quota.softFiles ? Exceeded::Grace : Exceeded::No;
}

const char* nameOf(QuotaKind kind)
{
    return kind == QuotaKind::User ? "user" : kind == QuotaKind::Group ? "group" : "project";
}

std::string lineOf(const Quota& quota)
{
    return fmt::format("quota of {} {}: {} bytes (soft {}, hard {}), {} files (soft {}, hard {})", nameOf(quota.kind),
                       quota.id, quota.usedBytes, quota.softBytes, quota.hardBytes, quota.usedFiles, quota.softFiles,
                       quota.hardFiles);
}

const char* idOf(const Quota& quota, Exceeded files, Exceeded bytes)
{
    if (quota.kind == QuotaKind::Group)
        return "group-quota";
    if (quota.kind == QuotaKind::Project)
        return "project-quota";
    if (files == Exceeded::Hard)
        return "user-quota-inodes";
    return bytes == Exceeded::Hard ? "user-quota-blocks" : "quota-grace-expired";
}

Arguments argumentsOf(const Input& in, const Quota& quota)
{
    Arguments arguments;
    const std::uint64_t limit = quota.hardBytes != 0 ? quota.hardBytes : quota.softBytes;
    arguments.emplace("used", Argument::size(quota.usedBytes));
    arguments.emplace("limit", Argument::size(limit));
    if (quota.kind == QuotaKind::Project)
        arguments.emplace("total", Argument::size(limit));
    const FileStatus* folder = in.folderStatus();
    const bool isOwn = folder != nullptr && folder->gid == quota.id;
    if (quota.kind == QuotaKind::Group)
        arguments.emplace("group", Argument::group(nameOrNumber(isOwn ? in.facts.group : std::nullopt, quota.id)));
    return arguments;
}

/// By numbers that could be read.
std::optional<Finding> byNumbers(const Input& in)
{
    if (!in.failedWith({EDQUOT}))
        return std::nullopt;
    for (const Quota& quota : in.facts.quota.quotas) {
        const Exceeded files = in.isCreating() ? filesOf(quota) : Exceeded::No;
        // A new name may need a block more for its folder.
        const Exceeded bytes = bytesOf(quota);
        if (files == Exceeded::No && bytes == Exceeded::No)
            continue;
        Finding finding = makeFinding(in, idOf(quota, files, bytes), argumentsOf(in, quota));
        finding.certainty = Certainty::Proven;
        return withEvidence(std::move(finding), lineOf(quota));
    }
    return std::nullopt;
}

/// A folder with a limit of its own shows that limit as its size: less than the whole mount has. XFS says ENOSPC.
std::optional<Finding> project(const Input& in)
{
    const QuotaFacts& quota = in.facts.quota;
    const auto& space = in.facts.space;
    const bool isSmaller =
        space && space->isSizeKnown() && quota.mountTotalBytes && space->totalBytes < *quota.mountTotalBytes;
    const bool isUsedUp = in.failedWith({ENOSPC}) && space && space->availableBytes < kMebibyte && isSmaller;
    if (!isUsedUp && !(in.failedWith({EDQUOT}) && (quota.project || isSmaller) && in.fileSystem() != "btrfs"))
        return std::nullopt;
    if (!space || !space->isSizeKnown())
        return std::nullopt;
    Finding finding = makeFinding(in, "project-quota", {{"total", Argument::size(space->totalBytes)}});
    return withEvidence(std::move(finding),
                        fmt::format("size of the folder {}, of the mount {}; project {}", space->totalBytes,
                                    quota.mountTotalBytes.value_or(0), quota.project.value_or(0)));
}

/// Whose limit it is: the subvolume's own, or that of a group of several. Which groups it is in, root may see alone.
Finding qgroup(const Input& in)
{
    const FileSystemState& state = in.facts.state;
    const Path subvolume = state.subvolume ? *state.subvolume : in.mount()->mountPoint;
    Arguments arguments = {{"subvolume", Argument::path(subvolume)}};
    const auto lineOfGroup = [](const QgroupLimit& limit) {
        return fmt::format("qgroup {}/{}: {} of {} bytes", limit.level, limit.id, limit.usedBytes, limit.limitBytes);
    };
    const auto own = std::find_if(state.fullQgroups.begin(), state.fullQgroups.end(),
                                  [](const QgroupLimit& limit) { return limit.level == 0; });
    if (own != state.fullQgroups.end())
        return withEvidence(withFixes(makeFinding(in, "btrfs-qgroup-limit", std::move(arguments)),
                                      {"raise-limit", "lift-qgroup-limit"}),
                            lineOfGroup(*own));
    // Not its own, as far as that may be seen.
    if (state.fullQgroups.size() != 1) {
        Finding finding = makeFinding(in, "btrfs-qgroup-limit", std::move(arguments));
        for (const QgroupLimit& limit : state.fullQgroups)
            finding.evidence.push_back(lineOfGroup(limit));
        return state.subvolumeId ? withFixes(std::move(finding), {"raise-limit", "show-qgroups"})
                                 : withFixes(std::move(finding), {"raise-limit", "lift-qgroup-limit", "show-qgroups"});
    }
    const QgroupLimit& group = state.fullQgroups.front();
    arguments.emplace("level", Argument::count(static_cast<std::int64_t>(group.level)));
    arguments.emplace("group", Argument::count(static_cast<std::int64_t>(group.id)));
    return withEvidence(withFixes(makeFinding(in, "btrfs-qgroup-limit", std::move(arguments)),
                                  {"raise-limit", "lift-group-limit", "show-qgroups"}),
                        lineOfGroup(group));
}

std::optional<Finding> byFileSystem(const Input& in)
{
    if (!in.failedWith({EDQUOT}))
        return std::nullopt;
    if (in.fileSystem() == "btrfs")
        return qgroup(in);
    if (in.fileSystem() == "zfs")
        return makeFinding(in, "zfs-quota-or-full");
    return makeLikelyFinding(in, in.isCreating() ? "user-quota-inodes" : "user-quota-blocks");
}

constexpr std::array<Rule, 3> kRules = {byNumbers, project, byFileSystem};

} // namespace

extern const RuleFamily rulesQuota{kRules, kCauses, kFixes};

} // namespace scratchproof
