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

/// What a prober says to its watcher: a JSON object a line. What it is asked stands in requests.h, and the JSON of both
/// in docs/prober-protocol.md.
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
    Json body; // an object; `event` and `id` are the head's, and are neither read into it nor written from it
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
