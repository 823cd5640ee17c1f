// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/capacity_verdict.h"

#include "core/verify/block_pattern.h"

#include <algorithm>
#include <array>

namespace scratchproof {

namespace {

constexpr std::array<std::string_view, 6> kVerdictWords{"genuine", "no-sign-of-counterfeit", "counterfeit",
                                                        "damaged", "disconnected",           "not-finished"};

/// Less than this may come of a worn sector or a controller's fault; a drive that lies about its size lacks far more.
constexpr std::uint64_t kLeastShortfall = 64 * 1024;

/// What comes from the first place on where a long stretch is missing.
struct Beyond
{
    std::uint64_t missing = 0;
    std::uint64_t good = 0;
};

Beyond beyondFirstGap(const CapacityRegions& regions, std::uint64_t threshold, bool errorsAreMissing)
{
    Beyond beyond;
    std::uint64_t stretch = 0;
    for (const Region& region : regions.list()) {
        const bool isMissing = region.state == RegionState::Lost || region.state == RegionState::Aliased ||
                               (errorsAreMissing && region.state == RegionState::Error);
        if (isMissing) {
            stretch += region.length;
            beyond.missing += region.length;
        } else if (beyond.missing >= threshold || stretch >= threshold) {
            beyond.good += region.state == RegionState::Good ? region.length : 0;
            stretch = 0;
        } else {
            beyond = {};
            stretch = 0;
        }
    }
    return beyond.missing >= threshold ? beyond : Beyond{};
}

} // namespace

std::string_view toString(CapacityVerdict verdict)
{
    return kVerdictWords[static_cast<std::size_t>(verdict)];
}

CapacityJudgement judgeCapacity(const CapacityRegions& regions, const CapacityEvidence& evidence)
{
    const std::uint64_t good = regions.bytes(RegionState::Good);
    const std::uint64_t tested = regions.tested();
    const std::uint64_t claimed = std::max(evidence.claimed, tested);
    CapacityJudgement judgement{CapacityVerdict::NotFinished, good, 0};
    if (evidence.isStopped)
        return judgement;
    const std::uint64_t aliased = regions.bytes(RegionState::Aliased);
    const std::uint64_t threshold = std::max(kLeastShortfall, tested / 1000);
    // A place that holds what another one was given cannot come of wear. What is lost proves a false size only where
    // little that is good comes after it, which the drive's cache may hold; else single writes were dropped.
    const Beyond beyond = beyondFirstGap(regions, threshold, evidence.isChecksummed);
    const bool isAliased = aliased >= threshold;
    const bool isCutOff = beyond.missing >= threshold && beyond.good <= beyond.missing;
    // Where content is checked against checksums, aliases are errors too. No worn drive that still takes all that is
    // written has lost a quarter of it.
    const bool isMostlyWrong =
        evidence.isChecksummed && !evidence.isGone && regions.bad() >= tested / 4 && regions.bad() > 0;
    if (isAliased || isCutOff || isMostlyWrong) {
        judgement.verdict = CapacityVerdict::Counterfeit;
        // Of places that share their content each real one holds one. Where there are none such, what is good behind
        // the loss comes from the drive's cache.
        if (!isAliased && !evidence.isChecksummed)
            judgement.real = good - beyond.good;
        // What lies outside of what was tested (files of others, the file system's own) may be real or not, and some of
        // what is good may come from the drive's cache.
        judgement.realError = claimed - tested + evidence.pushed;
        const auto distance = regions.aliasDistance();
        if (isAliased && distance.share >= 0.9 && distance.bytes >= good / 2 &&
            distance.bytes <= good + good / 4 + judgement.realError) {
            judgement.real = distance.bytes;
            judgement.realError = kBlockSize;
        }
        return judgement;
    }
    if (evidence.isGone)
        judgement.verdict = CapacityVerdict::Disconnected;
    else if (regions.bad() > 0 || evidence.hasFailed)
        judgement.verdict = CapacityVerdict::Damaged;
    else if (evidence.isComplete && good > 0)
        judgement.verdict = evidence.isPastCache && good > claimed / 2 ? CapacityVerdict::Genuine
                                                                       : CapacityVerdict::NoSignOfCounterfeit;
    return judgement;
}

} // namespace scratchproof
