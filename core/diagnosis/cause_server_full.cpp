// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/quantity.h"
#include "core/diagnosis/rule.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>

/// What a full server, or a program without room, says through a connection that knows few words for it.
namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"server-full",
     {"space", "sync write create-file", Shows::Fails, "ENOSPC EIO EPERM"},
     QT_TRANSLATE_NOOP("causes", "The server is full"),
     QT_TRANSLATE_NOOP("causes",
                       "The server that holds this folder has no space left, not even for a file of 64 KB. This "
                       "computer's own drives may have room."),
     {"free-space-on-server"},
     Severity::Blocking,
     Certainty::Likely},
};

constexpr FixWords kFixes[] = {
    {"free-space-on-server",
     QT_TRANSLATE_NOOP("causes", "Delete or move files on the server, or ask whoever looks after it for more room."),
     FixBy::User},
};

constexpr std::uint64_t kProbe = 65536;

/// No room for the file of a probe, by what the file system says of itself. ENOSPC says it as well, so that a few
/// blocks more do not count.
bool hasNoRoom(const Input& in, int code)
{
    const auto& space = in.facts.space;
    return space && space->isSizeKnown() && space->availableBytes < (code == ENOSPC ? kMebibyte : kProbe);
}

std::string spaceLine(const FileSystemSpace& space)
{
    return fmt::format("statfs: total {}, available {}, files {} of {} free", space.totalBytes, space.availableBytes,
                       space.freeInodes, space.totalInodes);
}

/// Whether a step failed as it does where there is no room: SFTP has one word for all that goes wrong, which becomes
/// EPERM or EIO, and EEXIST for a folder.
bool mayBeForRoom(const Input& in)
{
    return in.failedWith({ENOSPC}) || (in.failedWith({EIO}) && !in.failedAt({Step::OpenFolder, Step::ReadBack})) ||
           (in.failedWith({EPERM, EEXIST}) && in.isFuse() && in.isCreating());
}

std::optional<Finding> full(const Input& in)
{
    if (!in.isRemote() || !mayBeForRoom(in) || !hasNoRoom(in, in.problem->errorCode))
        return std::nullopt;
    const bool isServer = in.isKind(MountKind::Network) || !in.isFuse();
    if (isServer)
        return withEvidence(makeLikelyFinding(in, "server-full"), spaceLine(*in.facts.space));
    return withEvidence(withFixes(makeLikelyFinding(in, "disk-full"), {"free-space"}), spaceLine(*in.facts.space));
}

std::optional<Finding> tooManyFiles(const Input& in)
{
    const auto& space = in.facts.space;
    if (!in.isRemote() || !mayBeForRoom(in) || !in.isCreating() || !space || !space->isInodeCountKnown() ||
        space->freeInodes != 0)
        return std::nullopt;
    const bool isServer = in.isKind(MountKind::Network) || !in.isFuse();
    Finding finding = makeLikelyFinding(in, "inodes-exhausted");
    if (space->isSizeKnown())
        finding.arguments.emplace("available", Argument::size(space->availableBytes));
    else
        return std::nullopt;
    return withEvidence(isServer ? withFixes(std::move(finding), {"free-space-on-server"})
                                 : withFixes(std::move(finding), {"delete-small-files"}),
                        spaceLine(*space));
}

/// Beside the reason: at sync it is too late for a program that does not look twice.
std::optional<Finding> foundTooLate(const Input& in)
{
    const StepResult* failed = in.problem == nullptr ? in.probe.firstProblem() : nullptr;
    if (failed == nullptr || failed->status != StepStatus::Failed || failed->step != Step::Sync || !in.isRemote() ||
        (failed->errorCode != ENOSPC && failed->errorCode != EIO) || !hasNoRoom(in, failed->errorCode))
        return std::nullopt;
    return withFixes(makeFinding(in, "late-writeback-error"), {});
}

constexpr Rule kRules[] = {full, tooManyFiles, foundTooLate};

} // namespace

extern const RuleFamily causeServerFull{kRules, kCauses, kFixes};

} // namespace scratchproof
