// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/diagnosis.h"

#include "core/base/enum_names.h"
#include "core/diagnosis/rule.h"
#include "core/diagnosis/watcher_findings.h"

#include <algorithm>
#include <array>

namespace scratchproof {

namespace {

/// The first rule that answers names the cause of a failed step. Where none does, nothing is invented.
Finding causeOf(const Input& input)
{
    for (const RuleFamily& family : ruleFamilies()) {
        for (const Rule rule : family.rules) {
            if (auto finding = rule(input))
                return std::move(*finding);
        }
    }
    const StepResult& step = *input.problem;
    const std::string message = step.errorCode != 0 ? errnoText(step.errorCode) : std::string("no error code");
    return makeFinding(input, "unknown",
                       {{"step", Argument::plain(std::string(toString(step.step)))},
                        {"message", Argument::plain(message)},
                        {"errno", Argument::errorCode(step.errorCode != 0 ? errnoName(step.errorCode) : step.call)}});
}

void addOnce(std::vector<Finding>& findings, Finding finding)
{
    const auto known =
        std::find_if(findings.begin(), findings.end(), [&](const Finding& other) { return other.id == finding.id; });
    if (known == findings.end())
        findings.push_back(std::move(finding));
    else
        known->evidence.insert(known->evidence.end(), finding.evidence.begin(), finding.evidence.end());
}

std::vector<Finding> findingsOf(const Path& folder, const Facts& facts, const ProbeResult& probe)
{
    std::vector<Finding> findings;
    for (const StepResult& step : probe.steps) {
        if (step.status == StepStatus::Failed)
            addOnce(findings, causeOf({folder, facts, probe, &step}));
    }
    for (const RuleFamily& family : ruleFamilies()) {
        for (const Rule rule : family.rules) {
            if (auto finding = rule({folder, facts, probe, nullptr}))
                addOnce(findings, std::move(*finding));
        }
    }
    // Of those that stop the folder the one that stopped it first names the cause; limits and notes come after.
    std::stable_sort(findings.begin(), findings.end(),
                     [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
    return findings;
}

bool hasSeverity(const std::vector<Finding>& findings, Severity severity)
{
    return std::any_of(findings.begin(), findings.end(), [=](const Finding& f) { return f.severity == severity; });
}

bool anyStep(const ProbeResult& probe, StepStatus status)
{
    return std::any_of(probe.steps.begin(), probe.steps.end(), [=](const StepResult& s) { return s.status == status; });
}

Verdict verdictOf(const ProbeResult& probe, const std::vector<Finding>& findings)
{
    if (anyStep(probe, StepStatus::TimedOut))
        return Verdict::NotResponding;
    if (probe.notes.cancelled || probe.steps.empty())
        return Verdict::NotChecked;
    if (hasSeverity(findings, Severity::Blocking))
        return Verdict::Unusable;
    // A step that was not taken has shown nothing: never a good answer.
    if (anyStep(probe, StepStatus::Skipped))
        return Verdict::NotChecked;
    return hasSeverity(findings, Severity::Limit) ? Verdict::Limited : Verdict::Usable;
}

constexpr EnumNames<Verdict::NotChecked> kVerdicts({"usable", "limited", "unusable", "not-responding", "not-checked"});

} // namespace

std::string_view toString(Verdict verdict)
{
    return kVerdicts.nameOf(verdict);
}

std::optional<Verdict> verdictFromString(std::string_view text)
{
    return kVerdicts.valueOf(text);
}

Diagnosis diagnose(const Path& folder, const Facts& facts, const ProbeResult& probe)
{
    Diagnosis diagnosis;
    diagnosis.findings = findingsOf(folder, facts, probe);
    diagnosis.verdict = verdictOf(probe, diagnosis.findings);
    if (diagnosis.verdict != Verdict::NotResponding && diagnosis.verdict != Verdict::NotChecked) {
        FilesShare share = judgeGivenFile({folder, facts, probe, nullptr}, diagnosis.findings);
        diagnosis.verdict = share.verdict.value_or(diagnosis.verdict);
        if (share.note)
            diagnosis.findings.push_back(std::move(*share.note));
    }
    if (diagnosis.verdict == Verdict::NotChecked && (probe.notes.cancelled || diagnosis.findings.empty()))
        diagnosis.findings.insert(diagnosis.findings.begin(), cancelledFinding());
    return diagnosis;
}

} // namespace scratchproof
