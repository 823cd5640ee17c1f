// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/late_answers.h"

#include "core/diagnosis/watcher_findings.h"

#include <algorithm>

namespace scratchproof {

namespace {

Check emptyCheck(const Work& work)
{
    Check check;
    check.folder = work.folder;
    check.level = work.level();
    check.started = work.accepted;
    return check;
}

/// Every step of the level: those that are known, the one that is late, the rest as skipped.
std::vector<StepResult> completed(Level level, const std::vector<StepResult>& known, std::optional<Step> late,
                                  Nanoseconds waited)
{
    std::vector<StepResult> steps;
    for (const Step step : stepsOf(level)) {
        const auto found =
            std::find_if(known.begin(), known.end(), [step](const StepResult& one) { return one.step == step; });
        if (found != known.end())
            steps.push_back(*found);
        else if (late == step)
            steps.push_back({step, StepStatus::TimedOut, {}, 0, waited});
        else
            steps.push_back({step, StepStatus::Skipped, {}, 0, 0});
    }
    return steps;
}

/// The step that a silent prober is in: the one it announced, else the first that it has not reported.
std::optional<Step> lateStep(const WorkProgress& progress)
{
    if (progress.step == kFactsStep)
        return std::nullopt;
    if (const auto step = stepFromString(progress.step))
        return step;
    for (const Step step : stepsOf(progress.work.level())) {
        const bool known = std::any_of(progress.steps.begin(), progress.steps.end(),
                                       [step](const StepResult& one) { return one.step == step; });
        if (!known)
            return step;
    }
    return std::nullopt;
}

Hang hangOf(const StuckProber& stuck, Nanoseconds waited)
{
    Hang hang;
    hang.step = stuck.step;
    hang.waitsIn = stuck.waitsIn;
    hang.fileSystem = stuck.place.fileSystem;
    if (!stuck.place.fileSystem.empty())
        hang.mountPoint = stuck.place.mount.mountPoint;
    hang.role = stuck.place.role;
    hang.mountIsGone = stuck.place.isGone;
    hang.pid = stuck.pid;
    hang.waited = waited;
    return hang;
}

std::vector<Finding> hangFindings(const Path& folder, const StuckProber& stuck, Nanoseconds waited)
{
    std::vector<Finding> findings = diagnoseHang(folder, hangOf(stuck, waited));
    for (Finding& finding : findings)
        adviseUnmountingTo(stuck.place.fuseOwner, finding);
    return findings;
}

void addWhatMayStay(Check& check, const std::vector<Path>& mayLeave)
{
    constexpr std::size_t kMostTold = 8;
    for (std::size_t i = 0; i < std::min(mayLeave.size(), kMostTold); ++i)
        check.findings.push_back(probeMayStayFinding(mayLeave[i]));
}

} // namespace

Check cancelledCheck(const Work& work)
{
    Check check = failedCheck(work, {}, cancelledFinding());
    return check;
}

Check lateCheck(const WorkProgress& progress, const StuckProber& stuck, Nanoseconds waited)
{
    Check check = emptyCheck(progress.work);
    check.verdict = Verdict::NotResponding;
    check.steps = completed(check.level, progress.steps, lateStep(progress), waited);
    check.findings = hangFindings(check.folder, stuck, waited);
    addWhatMayStay(check, stuck.mayLeave);
    check.duration = waited;
    return check;
}

Check sameMountCheck(const Work& work, const StuckProber& stuck)
{
    return failedCheck(work, {}, sameMountFinding(stuck.place.mount.mountPoint, stuck.folder, stuck.pid, stuck.since));
}

Check stillStuckCheck(const Work& work, const StuckProber& stuck, Nanoseconds now)
{
    Check check = emptyCheck(work);
    check.verdict = Verdict::NotResponding;
    check.steps = completed(check.level, {}, std::nullopt, 0);
    check.findings = hangFindings(work.folder, stuck, now - stuck.since);
    check.findings.push_back(stillStuckFinding(stuck.place.mount.mountPoint, stuck.pid, stuck.since));
    if (work.folder == stuck.folder)
        addWhatMayStay(check, stuck.mayLeave);
    return check;
}

Check failedCheck(const Work& work, const std::vector<StepResult>& steps, Finding finding,
                  const std::vector<Path>& mayLeave)
{
    Check check = emptyCheck(work);
    check.verdict = Verdict::NotChecked;
    check.steps = completed(check.level, steps, std::nullopt, 0);
    check.findings.push_back(std::move(finding));
    addWhatMayStay(check, mayLeave);
    return check;
}

} // namespace scratchproof
