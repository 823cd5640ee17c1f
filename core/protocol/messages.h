// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/check/check.h"
#include "core/probe/journal_slot.h"
#include "core/stream/json_fields.h"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

/// What a prober and its watcher say to each other: a JSON object a line.
///
/// Requests, on the prober's standard input. `id` is chosen by the watcher and comes back in every event about it.
///
///   {"request": "check", "id": 7, "folder": PATH, "level": "standard"}
///   {"request": "space", "id": 8, "folder": PATH}
///        -> {"total_bytes", "free_bytes", "available_bytes", "total_inodes", "free_inodes", "read_only"}
///        sizes are null where the file system does not know them, inodes 0 where it does not count them
///   {"request": "list-folders", "id": 9, "folder": PATH, "limit": 5000}
///        -> {"folder": PATH, "folders": [{"name": NAME, "hidden": bool}], "truncated": bool}
///   {"request": "entries", "id": 9, "folder": PATH, "names": [NAME...]}     which of them there are, links unfollowed
///        -> {"exist": [bool...]}                        true as well where that could not be found out
///   {"request": "read-file", "id": 9, "folder": PATH}       `progress` with {"part": BASE64} for each part
///        -> {"bytes": N}
///   {"request": "rights", "id": 10, "folder": PATH, "user": NAME or NUMBER}     computed: nothing is tried
///        -> {"answer": "yes" | "no" | "unknown", "user": NAME, "uid": N, "component": PATH, "finding": FINDING}
///        the component that decided, with links resolved; the finding's words are about that user
///        (rights_findings.h). An error "unknown-user" where there is none
///   {"request": "scratch-create", "id", "name", "in": PATH, "lifetime": "7d" | "never", "note", "pinned": bool,
///            "reuse": bool}
///        -> {"directory": DIRECTORY, "notes": [FINDING...], "reused": bool}
///   {"request": "scratch-suits", "id", "folder": PATH}      whether one could be made there; an error says why not
///        -> {}
///   {"request": "scratch-list", "id"}                  registry only: touches no scratch directory
///        -> {"directories": [DIRECTORY...]}             `state` as far as the registry alone can tell
///   {"request": "scratch-named", "id", "words": [PATH...], "working_folder": PATH}    registry only
///        -> {"directories": [DIRECTORY...]}             those that a user means by the words, each once
///   {"request": "scratch-inspect", "id", "folder": PATH, "directory": ID}     looks at the disk, and measures
///        -> {"directory": DIRECTORY}                    with state, bytes, files, newest
///   {"request": "scratch-preview", "id", "folder": PATH, "directory": ID}
///        -> {"directory": DIRECTORY, "removable": bool, "reason": TEXT, "path": PATH, "files", "directories", "bytes",
///        "newest": {"path": PATH, "modified": ISO},
///            "used_by": [{"pid", "name", "how"}], "confirmation": TOKEN}
///        with "brief": true not measured; "also": [ID...] are to go too, and may lie in it; "working_folder": PATH is
///        where the user is, which is never removed
///   {"request": "scratch-clean", "id", "folder": PATH, "directory": ID, "confirmation": TOKEN, "in_use_ok": bool}
///        -> {"removed": bool, "entries", "bytes", "kept": [{"path": PATH, "reason": TEXT}]}
///   {"request": "scratch-clean-unseen", "id", "folder": PATH, "directory": ID, "in_use_ok": bool}
///        -> {"preview": as of a brief scratch-preview, "cleaned": as of scratch-clean}    nothing was shown in
///        between; no "cleaned" where it cannot be removed, or is in use
///   {"request": "scratch-forget", "id", "directory": ID}      drops a `lost` one from the registry, touches no folder
///   {"request": "scratch-find", "id", "folder": PATH}         registers what it finds there, and in everything below
///        -> {"found": [{"path": PATH, "status": "known" | "moved" | "imported" | "copy" | "not-ours", "reason",
///            "directory": DIRECTORY or null}], "looked_at": N, "complete": bool}
///   {"request": "scratch-sweep", "id", "dry_run": bool}       what is to be done by itself; registry only
///        -> {"due": [DIRECTORY...], "expiring": [DIRECTORY...], "clock": null or TEXT}   each of `due` by a
///   {"request": "scratch-purge", "id", "folder": PATH, "directory": ID, "dry_run": bool}
///        -> {"outcome": "purged" | "kept" | "put-off" | "gone", "reason", "directory": DIRECTORY, "entries", "bytes"}
///   {"request": "scratch-log", "id", "most": N}               the newest first
///        -> {"entries": [{"at": ISO, "directory": ID or null, "path": PATH, "what", "detail"}]}
///   {"request": "check", ..., "deadline_ns": N}        to a supervisor (supervisor.h), which serves check and cancel
///   only
///   {"request": "cancel", "id": 7}                     what runs under this id stops as soon as it has cleaned up
///   {"request": "cross", "id": 7}                      the answer to a `crossing` that asks; `cancel` is the other
///
/// Any request with a `folder` may have `mount`: the mount point that it was queued for. Then the prober asks before it
/// crosses into another mount that may keep it waiting.
///
/// DIRECTORY is an entry of scratchproof.scratch/1 (docs/scratch-schema.md). PATH members follow json_fields.h
/// (`_bytes`). `folder` tells the watcher which mount a request waits with. The end of the input ends the prober, after
/// it has removed what it made.
///
/// Events, on its standard output: `started` once, then for a check `check-started`, `step-started` ("facts", a
/// step, or "abilities" before each of them; with `device`, and with `may_leave`: paths of what the prober leaves
/// behind if it is ended now), `step`, `check-finished` (with `result`), each with `check`: the id. For the other
/// requests `progress` (any number; each one renews the deadline) and `answer` with `result` or `error`, each with
/// `id`.
///
/// For every request with a `folder`, `crossing` (with `id`, `mount`: {"id", "device", "point": PATH, "type"}, and
/// `asks`) before anything on a mount is touched on the way to the folder, the mount of "/" first, links and ".."
/// followed (core/facts/way.h). What is silent after it waits in that mount, whatever the text of the path says. With
/// `asks` the prober waits for `cross` before it goes on: so a mount that is known to keep probers waiting gets no
/// further one, by whichever path. `stuck`, where it is there, lists probers of any run of this user that were given up
/// there and still live ({"pid", "since": nanoseconds of the wall clock}); it then asks even about the mount that it
/// was queued for.
namespace scratchproof {

constexpr const char* kStreamSchema = "scratchproof.stream/1";
constexpr const char* kReportSchema = "scratchproof.report/1";
/// What `step-started` announces besides steps: the facts, before all of them; each single ability (or more often),
/// after all of them.
constexpr const char* kFactsStep = "facts";
constexpr const char* kAbilitiesStep = "abilities";

namespace event {
struct Started
{
    std::string schema;
    std::string program;
    std::string version;
};
struct CheckStarted
{
    std::uint64_t check = 0;
    Path folder;
};
struct Crossing
{
    std::uint64_t id = 0;
    MountIdentity mount;
    std::string fileSystem; // its type
    bool asks = false;
    std::vector<StuckProcess> stuck = {};
};
struct StepStarted
{
    std::uint64_t check = 0;
    std::string step;                   // kFactsStep, kAbilitiesStep or a step's name
    std::optional<DeviceNumber> device; // with `sync`: whose written sectors show progress
    std::vector<Path> mayLeave = {};    // what is left in the folder if the prober ends before the next event
};
struct StepFinished
{
    std::uint64_t check = 0;
    StepResult result;
};
struct CheckFinished
{
    std::uint64_t check = 0;
    Check result;
};
struct Progress
{
    std::uint64_t id = 0;
    Json body;
};
struct Answer
{
    std::uint64_t id = 0;
    Result<Json> result;
};
} // namespace event

using Event = std::variant<event::Started, event::Crossing, event::CheckStarted, event::StepStarted,
                           event::StepFinished, event::CheckFinished, event::Progress, event::Answer>;

/// One line of the stream, without its newline, and back. Reading takes another's word: what does not fit is an Error.
[[nodiscard]] std::string toLine(const Event& event);
[[nodiscard]] Result<Event> eventFromLine(std::string_view line);

/// The `started` object with which a stream (of a prober or of `check --ndjson`) begins, and a report's head:
/// program, host, user and the time.
[[nodiscard]] Json streamHead(System& system, const char* programName);

} // namespace scratchproof
