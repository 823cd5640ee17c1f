// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <array>
#include <cerrno>

/// Where no permissions are stored, those that are shown come from the options of the mount.
namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"mount-masks-write",
     {"permissions", "create-file", Shows::Fails, "EACCES"},
     QT_TRANSLATE_NOOP("causes", "The drive was connected so that nobody may write"),
     QT_TRANSLATE_NOOP(
         "causes", "A place of this kind ({fs}) stores no permissions of its own. The options that it was connected "
                   "with (a mask) take the right to write away, and chmod does not change that."),
     {"reconnect-through-desktop", "mount-without-mask"}},
};

constexpr FixWords kFixes[] = {
    {"mount-without-mask",
     QT_TRANSLATE_NOOP("causes", "Have it mounted with umask=022 instead of the mask that it has now. Of a share: with "
                                 "dir_mode=0755 and file_mode=0644."),
     FixBy::Admin},
};

std::optional<Finding> masked(const Input& in)
{
    const FileStatus* folder = in.deniedByRights();
    if (folder == nullptr || in.facts.user.uid == 0 || (!in.storesNoPermissions() && !in.isSmb()))
        return std::nullopt;
    const bool nobodyMay = (folder->mode & 0222U) == 0;
    if (folder->uid != in.facts.user.uid && !nobodyMay)
        return std::nullopt;
    return withEvidence(makeFinding(in, "mount-masks-write"), modeLine(in, *folder));
}

constexpr Rule kRules[] = {masked};

} // namespace

extern const RuleFamily causeMountMasksWrite{kRules, kCauses, kFixes};

} // namespace scratchproof
