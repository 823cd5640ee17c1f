// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/diagnosis/diagnosis.h"
#include "core/facts/facts.h"
#include "core/probe/probe.h"

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace scratchproof {

/// The answer for one folder: what a row of the table, an entry of a report and a `check-finished` event hold.
struct Check
{
    Path folder;                     // as it was asked for
    std::optional<std::string> as;   // another user, or user@host; nothing: here, as we are
    std::optional<std::string> host; // another computer, whose words all of this is; nothing: this one
    Level level = Level::Standard;
    Verdict verdict = Verdict::NotChecked;
    std::vector<StepResult> steps;
    std::vector<AbilityResult> abilities; // level full, where all steps passed: every one of them; none otherwise
    std::vector<Finding> findings;
    std::vector<Path> removedLeftovers; // of earlier checks that were killed: full paths of what this one removed
    Facts facts;
    Nanoseconds started = 0;  // wall clock
    Nanoseconds duration = 0; // of the whole check
};

/// Told of the progress of one check, on the thread that checks; the facts come first.
struct CheckListener : ProbeListener
{
    virtual void factsStarted() = 0;
    /// Before anything on this mount is touched, on the way to the folder. False: it is not to be, and the check ends
    /// without having tried anything.
    virtual bool crossing(const Mount& /*mount*/) { return true; }
    virtual void factsFinished(const Facts& /*facts*/) {}
};

/// Checks folders: facts, probe, diagnosis, in this order. Lives in a prober; blocks as long as the file system does.
class FolderChecker
{
public:
    FolderChecker(System& system, ProbeJournal& journal);
    [[nodiscard]] Check run(const Path& folder, Level level, std::stop_token stop, CheckListener* listener = nullptr);

private:
    System& m_system;
    ProbeJournal& m_journal;
    MountTable m_mounts;
    FactsCollector m_facts;
    FolderProbe m_probe;
};

} // namespace scratchproof
