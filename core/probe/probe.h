// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"
#include "core/probe/leftovers.h"
#include "core/system/system.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

/// The steps of a probe, in their order. The names (stepName) are part of the JSON and of the catalogue of causes.
enum class Step : std::uint8_t {
    OpenFolder,
    CreateFile,
    Write,
    Sync,
    ReadBack,
    Rename,
    DeleteFile,
    CreateDirectory,
    DeleteDirectory,
};

enum class StepStatus : std::uint8_t { Passed, Failed, Skipped, TimedOut };

enum class Level : std::uint8_t { Quick, Standard, Full };

/// "open-folder", "create-file", ...; "passed", "failed", "skipped", "timed-out"; "quick", "standard", "full".
[[nodiscard]] std::string_view toString(Step step);
[[nodiscard]] std::string_view toString(StepStatus status);
[[nodiscard]] std::string_view toString(Level level);
[[nodiscard]] std::optional<Step> stepFromString(std::string_view text);
[[nodiscard]] std::optional<StepStatus> stepStatusFromString(std::string_view text);
[[nodiscard]] std::optional<Level> levelFromString(std::string_view text);

/// The steps that a level takes, in order.
[[nodiscard]] const std::vector<Step>& stepsOf(Level level);

struct StepResult
{
    Step step = Step::OpenFolder;
    StepStatus status = StepStatus::Skipped;
    std::string call;   // the system call that failed; "compare" where the data differed. Empty if none failed
    int errorCode = 0;  // its errno; 0 with call "compare"
    Nanoseconds duration = 0; // of passed, failed and timed-out steps
};

/// What a probe found out besides its steps.
struct ProbeNotes
{
    std::optional<FileStatus> folder;      // of the descriptor that open-folder got
    std::optional<FileStatus> createdFile; // right after its creation (levels standard and full)
    std::optional<std::uint64_t> firstDifference; // offset of the first byte that read back differently
    bool shortRead = false;                // the file came back shorter than it was written
    bool renamedWithoutFlag = false;       // the file system has no RENAME_NOREPLACE
    bool appendOnly = false;               // the folder is append-only, so nothing was written
    bool nameStayedAfterDelete = false;    // unlink or rmdir succeeded, but the name is still there
    bool folderGone = false;               // the folder was removed while it was probed (link count 0)
    bool nameAppearedDespiteError = false; // a create that failed had made the name all the same (a scanner does that)
    bool cancelled = false;
    std::vector<Path> leftBehind; // full paths of ours that could not be removed; none in a healthy folder
    std::vector<Path> swept;      // leftovers of earlier, dead checks that were removed
    /// Leftovers of earlier checks that the folder refuses to delete: nothing was written again because of them.
    std::vector<Path> refusedLeftovers;
    int refusedCode = 0; // errno of that refusal
};

struct ProbeResult
{
    std::vector<StepResult> steps; // one for each step of the level
    ProbeNotes notes;

    /// The first step that did not pass (skipped ones do not count); nullptr if all is well.
    [[nodiscard]] const StepResult* firstProblem() const;
};

/// Told before and after each step, on the thread that probes.
struct ProbeListener
{
    virtual ~ProbeListener() = default;
    virtual void stepStarted(Step step) = 0;
    virtual void stepFinished(const StepResult& result) = 0;
};

/// Tries a folder: really creates, writes, syncs, reads back, renames and deletes a file of its own, and makes and
/// removes a directory. Each call is relative to one O_PATH descriptor of the folder, so a swap of the path in between
/// changes nothing; names are unguessable and created exclusively, as mkstemp(3) and mkdtemp(3) do.
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
