// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <algorithm>
#include <array>
#include <cerrno>

/// The file system met something in its own structures that cannot be so. That is not the drive or its cable.
namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"file-system-damaged",
     {"device", "any", Shows::Fails, "EBADMSG EUCLEAN"},
     QT_TRANSLATE_NOOP("causes", "The file system is damaged here"),
     QT_TRANSLATE_NOOP("causes",
                       "The notes that the file system ({fs}) keeps about this folder contradict themselves or fail "
                       "their checksum. Nothing more can be stored in it until the file system has been repaired."),
     {"save-data-first", "unmount-drive", "check-ext", "check-xfs", "check-btrfs", "check-fat", "check-exfat",
      "have-it-checked", "check-at-start", "read-drive-health"}},
};

/// EUCLEAN is what the kernel calls EFSCORRUPTED, EBADMSG what it calls EFSBADCRC. A program that serves a folder may
/// pass either on for a reason of its own.
std::optional<Finding> damaged(const Input& in)
{
    static constexpr std::string_view kTypes[] = {"ext2",  "ext3",     "ext4",   "xfs",   "btrfs", "f2fs", "udf",
                                                  "erofs", "bcachefs", "nilfs2", "ntfs3", "ocfs2", "gfs2"};
    const auto type = in.fileSystem();
    const bool isGone = in.facts.device && !in.facts.device->present;
    if (!in.failedWith({EUCLEAN, EBADMSG}) || isGone)
        return std::nullopt;
    if (in.isRemote() || std::find(std::begin(kTypes), std::end(kTypes), type) == std::end(kTypes))
        return withFixes(makeLikelyFinding(in, "file-system-damaged"), {"save-data-first", "have-it-checked"});
    return withFixes(makeFinding(in, "file-system-damaged"), "save-data-first", repairFixes(in), "read-drive-health");
}

constexpr Rule kRules[] = {damaged};

} // namespace

extern const RuleFamily causeFileSystemDamaged{kRules, kCauses};

} // namespace scratchproof
