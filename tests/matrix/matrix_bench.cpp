// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/matrix/matrix_bench.h"

#include "core/base/error.h"
#include "core/diagnosis/catalogue.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace scratchproof::test {

OrdinaryProber::OrdinaryProber(const Path& builtProgram) : m_cli(builtProgram), m_wrapper(m_folder / "prober")
{
    const std::string user = std::to_string(kOrdinaryUser);
    writeFile(m_wrapper,
              "#!/bin/sh\nexec setpriv --reuid=" + user + " --regid=" + user + " --clear-groups " + m_cli.program() +
                  " \"$@\"\n",
              0755);
    for (const auto& [name, value] : m_cli.environmentOf(kOrdinaryUser)) {
        if (value.empty())
            unsetenv(name.c_str());
        else
            setenv(name.c_str(), value.c_str(), 1);
    }
}

MatrixBench::MatrixBench(const Path& mountPoint, const Path& program, Nanoseconds deadline)
    : m_fault(std::make_unique<FaultFolder>(mountPoint))
{
    makeFolder(backing(), 0755);
    changeOwner(backing(), kOrdinaryUser, kOrdinaryUser);
    HostSettings settings;
    settings.program = program;
    settings.stepDeadline = deadline;
    m_host = std::make_unique<ProberHost>(linuxSystem(), settings, m_collector);
}

MatrixBench::~MatrixBench()
{
    // First the daemon, so that no prober is stuck when its host says goodbye.
    m_fault->kill();
    m_host.reset();
}

Check MatrixBench::check()
{
    return end(begin());
}

void MatrixBench::forgetTheWay()
{
    static_cast<void>(end(m_host->check("/", Level::Quick)));
}

Check MatrixBench::end(WorkId id)
{
    auto check = m_collector.check(id, std::chrono::seconds(60));
    if (!check)
        throw SetupError("a check of " + folder() + " has no end");
    return std::move(*check);
}

std::map<int, std::size_t> MatrixBench::proberDescriptors() const
{
    std::map<int, std::size_t> descriptors;
    for (const int pid : probersOf(getpid())) {
        std::error_code gone;
        const std::filesystem::directory_iterator open("/proc/" + std::to_string(pid) + "/fd", gone);
        descriptors[pid] = static_cast<std::size_t>(std::distance(open, std::filesystem::directory_iterator()));
    }
    return descriptors;
}

std::string summary(const Check& check)
{
    std::string text(toString(check.verdict));
    for (const auto& step : problemsOf(check))
        text += "; " + std::string(toString(step.step)) + " " + std::string(toString(step.status)) + " " + step.call +
                " " + errnoName(step.errorCode);
    for (const auto& finding : check.findings) {
        text += "; " + finding.id;
        if (const auto leftover = finding.arguments.find("leftover"); leftover != finding.arguments.end())
            text += " " + leftover->second.text;
    }
    return text;
}

std::vector<StepResult> problemsOf(const Check& check)
{
    std::vector<StepResult> problems;
    for (const auto& step : check.steps) {
        if (step.status == StepStatus::Failed || step.status == StepStatus::TimedOut)
            problems.push_back(step);
    }
    return problems;
}

bool namesLeftover(const Check& check, const Path& path)
{
    return std::any_of(check.findings.begin(), check.findings.end(), [&](const Finding& finding) {
        const auto leftover = finding.arguments.find("leftover");
        return leftover != finding.arguments.end() && leftover->second.text == path;
    });
}

bool isInCatalogue(Step step, int code)
{
    const auto rows = causesWithErrno(errnoName(code));
    return std::any_of(rows.begin(), rows.end(), [&](const CauseWords* words) {
        const auto steps = wordsOf(words->listed.steps);
        return std::find(steps.begin(), steps.end(), "any") != steps.end() ||
               std::find(steps.begin(), steps.end(), toString(step)) != steps.end();
    });
}

} // namespace scratchproof::test
