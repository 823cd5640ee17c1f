// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"
#include "core/probe/abilities.h"
#include "core/probe/probe_journal.h"
#include "core/probe/steps.h"
#include "core/system/system.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

/// What a probe found out besides its steps.
struct ProbeNotes
{
    std::optional<FileStatus> folder;             // of the descriptor that open-folder got
    std::optional<FileStatus> createdFile;        // right after its creation (levels standard and full)
    std::optional<std::uint64_t> firstDifference; // offset of the first byte that read back differently
    bool shortRead = false;                       // the file came back shorter than it was written
    bool renamedWithoutFlag = false;              // the file system has no RENAME_NOREPLACE
    bool appendOnly = false;                      // the folder is append-only, so nothing was written
    bool nameStayedAfterDelete = false;           // unlink or rmdir succeeded, but the name is still there
    bool folderGone = false;                      // the folder was removed while it was probed (link count 0)
    bool mountChanged = false;                    // at the end the path leads to a folder on another mount
    bool folderReplaced = false;                  // or to nothing, or to another folder
    bool nameAppearedDespiteError = false; // a create that failed had made the name all the same (a scanner does that)
    bool cancelled = false;
    std::vector<Path> leftBehind; // full paths of ours that could not be removed; none in a healthy folder
    std::vector<Path> swept;      // leftovers of earlier, dead checks that were removed: full paths
    /// Leftovers of earlier checks that the folder refuses to delete. Because of them nothing was written again:
    /// delete-file stands as failed, with the errno of this refusal, and all the other steps as skipped.
    std::vector<Path> refusedLeftovers;
};

struct ProbeResult
{
    std::vector<StepResult> steps;        // one for each step of the level
    std::vector<AbilityResult> abilities; // all of them at level full, where all steps passed; none otherwise
    ProbeNotes notes;

    /// The first step that did not pass (skipped ones do not count); nullptr if all is well.
    [[nodiscard]] const StepResult* firstProblem() const;
};

/// Told before and after each step, on the thread that probes.
struct ProbeListener
{
    virtual ~ProbeListener() = default;
    /// Full paths of what will be left in the folder if this process ends before the next call: told before each step
    /// that makes or holds something, and with nothing once all is removed again. What could not be removed stays in
    /// it.
    virtual void mayLeave(const std::vector<Path>& /*paths*/) {}
    virtual void stepStarted(Step step) = 0;
    virtual void stepFinished(const StepResult& result) = 0;
    /// Before each of them, after all steps; and again before each name that is tried for it, as a sign of life.
    virtual void abilityStarted(Ability /*ability*/) {}
};

/// Tries a folder: really creates, writes, syncs, reads back, renames and deletes a file of its own, and makes and
/// removes a directory. Each call is relative to one O_PATH descriptor of the folder, so a swap of the path in between
/// changes nothing; names are unguessable and created exclusively, as mkstemp(3) and mkdtemp(3) do.
///
/// Level quick is what mkstemp and mkdtemp show; it leaves out the file inside the new directory, which standard makes
/// and removes there.
///
/// Whatever happens, all that was made is removed again, or named in ProbeNotes::leftBehind.
/// One probe at a time; blocks as long as the file system does: for a prober only.
class FolderProbe
{
public:
    /// `journal` notes what is under way, so that a later check finds what a killed one left; it may be disabled.
    FolderProbe(System& system, ProbeJournal& journal);

    /// `folder` as bytes, absolute. Stops between steps when `stop` asks for it; cleans up all the same.
    [[nodiscard]] ProbeResult run(const Path& folder, Level level, std::stop_token stop,
                                  ProbeListener* listener = nullptr);

private:
    System& m_system;
    ProbeJournal& m_journal;
};

} // namespace scratchproof
