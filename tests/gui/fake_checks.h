// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/probers/prober_service.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace scratchproof::gui {

/// Probers that check nothing: a test says when which answer comes.
class FakeChecks final : public ProberService
{
public:
    using ProberService::ProberService;

    WorkId check(const Path& folder, Level level, const RunAs& runAs) override
    {
        if (!m_problem.isEmpty())
            return 0;
        const WorkId work = ++m_last;
        m_waiting[work] = folder;
        m_levels[work] = level;
        m_users[work] = toString(runAs);
        return work;
    }
    WorkId ask(Request, QObject*, AnswerFunction, ProgressFunction) override { return ++m_last; }
    void cancel(WorkId work) override
    {
        m_cancelled.push_back(work);
        if (m_waiting.count(work) != 0)
            answer(work, Verdict::NotChecked);
    }
    void cancelAll() override {}
    [[nodiscard]] QString problem() const override { return m_problem; }

    void setProblem(const QString& problem) { m_problem = problem; }
    [[nodiscard]] const std::map<WorkId, Path>& waiting() const { return m_waiting; }
    [[nodiscard]] const std::vector<WorkId>& cancelled() const { return m_cancelled; }
    [[nodiscard]] Level levelOf(WorkId work) const { return m_levels.at(work); }
    [[nodiscard]] const std::string& userOf(WorkId work) const { return m_users.at(work); }

    /// What was kept for levelOf(), userOf() and cancelled().
    void forgetAnswered()
    {
        m_levels.clear();
        m_users.clear();
        m_cancelled.clear();
    }

    void answer(WorkId work, Verdict verdict, const std::string& cause = {})
    {
        answerWith(work, makeCheck(m_waiting[work], verdict, cause));
    }
    void answerWith(WorkId work, Check check)
    {
        m_waiting.erase(work);
        emit checksFinished({{work, std::make_shared<const Check>(std::move(check))}});
    }
    /// At most `count` of those that wait, in one signal, as the bridge does it.
    void answerSome(std::size_t count)
    {
        std::vector<FinishedCheck> batch;
        while (!m_waiting.empty() && batch.size() < count) {
            const auto& [work, folder] = *m_waiting.begin();
            const auto verdict = static_cast<Verdict>(work % 4);
            Check check = makeCheck(folder, verdict, verdict == Verdict::Usable ? "" : "path-missing");
            check.facts.space = FileSystemSpace{};
            check.facts.space->totalBytes = 1'000'000'000'000;
            check.facts.space->availableBytes = (work * 7919) % 1'000'000'007;
            check.duration = static_cast<Nanoseconds>((work * 104729) % 10'000'019);
            batch.push_back({work, std::make_shared<const Check>(std::move(check))});
            m_waiting.erase(m_waiting.begin());
        }
        emit checksFinished(batch);
    }

    static Check makeCheck(const Path& folder, Verdict verdict, const std::string& cause = {})
    {
        Check check;
        check.folder = folder;
        check.verdict = verdict;
        check.started = 1'700'000'000 * kNanosecondsPerSecond;
        check.duration = kNanosecondsPerMillisecond;
        Mount mount;
        mount.mountPoint = "/";
        mount.fileSystem = "ext4";
        mount.source = "/dev/sda1";
        check.facts.mount = mount;
        StepResult step;
        step.status = verdict == Verdict::Usable ? StepStatus::Passed : StepStatus::Failed;
        step.errorCode = verdict == Verdict::Usable ? 0 : 2;
        step.call = verdict == Verdict::Usable ? "" : "openat";
        check.steps.push_back(step);
        if (!cause.empty()) {
            Finding finding;
            finding.id = cause;
            finding.arguments["component"] = Argument::path(folder);
            check.findings.push_back(finding);
        }
        return check;
    }

private:
    QString m_problem;
    std::map<WorkId, Path> m_waiting;
    std::map<WorkId, Level> m_levels;
    std::map<WorkId, std::string> m_users;
    std::vector<WorkId> m_cancelled;
    WorkId m_last = 0;
};

} // namespace scratchproof::gui
