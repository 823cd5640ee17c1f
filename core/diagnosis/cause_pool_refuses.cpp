// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/quantity.h"
#include "core/diagnosis/rule.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>

/// Programs that put several folders together to one (mergerfs and its kin) refuse by rules of their own.
namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"pool-refuses",
     {"fuse", "create-file write", Shows::Fails, "ENOSPC"},
     QT_TRANSLATE_NOOP("causes", "The program behind this folder says that there is no room"),
     QT_TRANSLATE_NOOP(
         "causes", "There is room ({available} free), but the program that provides this folder ({fs}) does not use "
                   "it, by a rule of its own: most keep a part of each of their drives free."),
     {"show-pool-rules", "read-its-manual"},
     Severity::Blocking,
     Certainty::Likely},
    {"pool-keeps-room-free",
     {"fuse", "create-file", Shows::Fails, "ENOSPC"},
     QT_TRANSLATE_NOOP("causes", "The pool keeps its last space free"),
     QT_TRANSLATE_NOOP("causes",
                       "There is room ({available} free), but the pool puts nothing on a drive that has less than "
                       "{kept} left (its setting minfreespace)."),
     {"lower-pool-reserve", "free-space"},
     Severity::Blocking,
     Certainty::Likely},
};

constexpr FixWords kFixes[] = {
    {"show-pool-rules", QT_TRANSLATE_NOOP("causes", "Look at the options that the pool was mounted with."),
     FixBy::User},
    {"lower-pool-reserve",
     QT_TRANSLATE_NOOP("causes", "Let the pool use it: this holds until it is mounted again; to keep it so, put "
                                 "minfreespace= into its options."),
     FixBy::Admin,
     {"setfattr", "-n", "user.mergerfs.minfreespace", "-v", "0", "--", "{mount}/.mergerfs"}},
};

std::optional<Finding> refusedByPool(const Input& in)
{
    const auto& space = in.facts.space;
    if (!in.failedWith({ENOSPC}) || in.failedAt({Step::OpenFolder, Step::Sync}) || !in.isFuse() ||
        !in.isKind(MountKind::Fuse) || !space || !space->isSizeKnown() || space->availableBytes < kMebibyte ||
        (space->isInodeCountKnown() && space->freeInodes == 0))
        return std::nullopt;
    Arguments arguments = {{"available", Argument::size(space->availableBytes)}};
    const std::string line = fmt::format("statfs: total {}, available {}", space->totalBytes, space->availableBytes);
    const auto kept = in.facts.state.poolMinimumFree;
    if (!kept || *kept == 0 || !in.isCreating())
        return withEvidence(makeFinding(in, "pool-refuses", std::move(arguments)), line);
    arguments.emplace("kept", Argument::size(*kept));
    Finding finding = withEvidence(makeFinding(in, "pool-keeps-room-free", std::move(arguments)), line);
    // All of its drives together have less than it keeps free of each.
    if (space->availableBytes < *kept)
        finding.certainty = Certainty::Proven;
    return withEvidence(std::move(finding), fmt::format("user.mergerfs.minfreespace: {}", *kept));
}

constexpr Rule kRules[] = {refusedByPool};

} // namespace

extern const RuleFamily causePoolRefuses{kRules, kCauses, kFixes};

} // namespace scratchproof
