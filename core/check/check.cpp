// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/check/check.h"

#include "core/diagnosis/watcher_findings.h"

namespace scratchproof {

FolderChecker::FolderChecker(System& system, ProbeJournal& journal)
    : m_system(system), m_journal(journal), m_facts(system, m_mounts), m_probe(system, journal)
{}

namespace {

/// The name of the regular file that a walk along `given` ended at; nothing where it ended at anything else. A path
/// with a slash at its end asks for a folder.
std::optional<Path> fileAtTheEnd(const Path& given, const Facts& facts)
{
    if (given.empty() || given.back() == '/' || facts.folder || facts.path.empty())
        return std::nullopt;
    const PathComponent& last = facts.path.back();
    const bool isFile = (last.status && last.status->isRegular()) || last.targetType == FileType::Regular;
    const bool isWhole = last.path == absolutePath(given, "/");
    const std::string_view name = baseName(last.path);
    return isFile && isWhole && name != ".." ? std::optional<Path>(name) : std::nullopt;
}

Check notTried(Check check)
{
    for (const Step step : stepsOf(check.level))
        check.steps.push_back({step, StepStatus::Skipped, {}, 0, 0});
    check.findings.push_back(cancelledFinding());
    return check;
}

} // namespace

Check FolderChecker::run(const Path& folder, Level level, std::stop_token stop, CheckListener* listener)
{
    Check check;
    check.folder = folder;
    check.level = level;
    check.started = m_system.clock.wall();
    const Nanoseconds begin = m_system.clock.monotonic();
    if (listener != nullptr)
        listener->factsStarted();
    bool mayGoOn = true;
    const CrossingListener crossing = [&](const Mount& mount) {
        mayGoOn = listener == nullptr || listener->crossing(mount);
        return mayGoOn;
    };
    check.facts = m_facts.collect(folder, stop, crossing);
    Path checked = folder;
    if (const auto file = mayGoOn ? fileAtTheEnd(folder, check.facts) : std::nullopt) {
        checked = parentPath(absolutePath(folder, "/"));
        check.facts = m_facts.collect(checked, stop, crossing);
        m_facts.addFile(checked, *file, check.facts);
    } else if (check.facts.folder && check.facts.folder->isMountRoot().value_or(false)) {
        check.facts.file = FileTarget();
        check.facts.file->name = baseName(absolutePath(folder, "/"));
        check.facts.file->isMountPoint = true;
    }
    if (!mayGoOn)
        return notTried(std::move(check));
    if (listener != nullptr)
        listener->factsFinished(check.facts);
    ProbeResult probe = m_probe.run(checked, level, stop, listener);
    // What failed may have changed what is so: a file system turns read-only at its first error, a drive goes away.
    const bool isElsewhere = probe.notes.mountChanged || probe.notes.folderReplaced;
    if ((probe.firstProblem() != nullptr || isElsewhere || level == Level::Full) && !stop.stop_requested()) {
        if (listener != nullptr)
            listener->factsStarted();
        m_facts.deepen(checked, check.facts, stop);
    }
    Diagnosis diagnosis = diagnose(checked, check.facts, probe);
    check.verdict = diagnosis.verdict;
    check.findings = std::move(diagnosis.findings);
    if (m_journal.isSilent())
        check.findings.push_back(journalSilentFinding());
    check.steps = std::move(probe.steps);
    check.abilities = std::move(probe.abilities);
    check.removedLeftovers = std::move(probe.notes.swept);
    check.duration = m_system.clock.monotonic() - begin;
    return check;
}

} // namespace scratchproof
