// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/check/check.h"

namespace scratchproof {

FolderChecker::FolderChecker(System& system, ProbeJournal& journal)
    : m_system(system), m_facts(system, m_mounts), m_probe(system, journal)
{}

Check FolderChecker::run(const Path& folder, Level level, std::stop_token stop, CheckListener* listener)
{
    Check check;
    check.folder = folder;
    check.level = level;
    check.started = m_system.clock.wall();
    const Nanoseconds begin = m_system.clock.monotonic();
    if (listener != nullptr)
        listener->factsStarted();
    check.facts = m_facts.collect(folder, stop);
    if (listener != nullptr)
        listener->factsFinished(check.facts);
    ProbeResult probe = m_probe.run(folder, level, stop, listener);
    // What failed may have changed what is so: a file system turns read-only at its first error, a drive goes away.
    if (probe.firstProblem() != nullptr && !stop.stop_requested())
        m_facts.renewMount(folder, check.facts);
    Diagnosis diagnosis = diagnose(folder, check.facts, probe);
    check.verdict = diagnosis.verdict;
    check.findings = std::move(diagnosis.findings);
    check.steps = std::move(probe.steps);
    check.abilities = std::move(probe.abilities);
    check.duration = m_system.clock.monotonic() - begin;
    return check;
}

} // namespace scratchproof
