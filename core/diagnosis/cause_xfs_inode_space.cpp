// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/quantity.h"
#include "core/diagnosis/rule.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>

namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"xfs-inode-space",
     {"space", "create-directory create-file", Shows::Fails, "ENOSPC"},
     QT_TRANSLATE_NOOP("causes", "The free space is in pieces too small for new files"),
     QT_TRANSLATE_NOOP(
         "causes", "There is room ({available} free), but a new file needs an entry, and XFS makes room for a batch "
                   "of entries at a time, in one piece. No free piece is large enough."),
     {"delete-whole-files", "mount-inode64"},
     Severity::Blocking,
     Certainty::Likely},
};

constexpr FixWords kFixes[] = {
    {"delete-whole-files", QT_TRANSLATE_NOOP("causes", "Delete or move some whole files, the large ones first."),
     FixBy::User},
    {"mount-inode64",
     QT_TRANSLATE_NOOP("causes", "It is mounted so that entries lie in its first part only (inode32). Have it mounted "
                                 "with inode64."),
     FixBy::Admin},
};

std::optional<Finding> noPlaceForEntries(const Input& in)
{
    const auto& space = in.facts.space;
    if (in.fileSystem() != "xfs" || !in.isCreating() || !in.failedWith({ENOSPC}) || !space || !space->isSizeKnown() ||
        space->availableBytes < kMebibyte || space->freeInodes == 0)
        return std::nullopt;
    Finding finding = makeFinding(in, "xfs-inode-space", {{"available", Argument::size(space->availableBytes)}});
    finding = in.mount()->hasSuperOption("inode32")
                  ? withFixes(std::move(finding), {"mount-inode64", "delete-whole-files"})
                  : withFixes(std::move(finding), {"delete-whole-files"});
    return withEvidence(std::move(finding),
                        fmt::format("statfs: available {} of {}, files {} of {} free", space->availableBytes,
                                    space->totalBytes, space->freeInodes, space->totalInodes));
}

constexpr Rule kRules[] = {noPlaceForEntries};

} // namespace

extern const RuleFamily causeXfsInodeSpace{kRules, kCauses, kFixes};

} // namespace scratchproof
