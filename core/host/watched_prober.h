// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/host/check_queue.h"
#include "core/probe/journal_slot.h"
#include "core/stream/line_framing.h"
#include "core/system/system.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scratchproof {

struct StuckProber;

/// A mount that a prober told of before it crossed into it.
struct CrossedMount
{
    MountIdentity mount;
    std::string fileSystem;               // its type
    std::vector<StuckProcess> stuck = {}; // of any run
};

/// How the work of a prober stands, as its events told.
struct WorkProgress
{
    Work work;
    Nanoseconds started = 0; // monotonic; later by what it has waited for us since
    std::string step = {};   // that was announced last and has not finished: "", "facts", "abilities" or a step's name
    std::vector<StepResult> steps = {};
    std::vector<Path> mayLeave = {};               // announced with it: what is in the folder until the next is
    std::optional<DeviceNumber> device = {};       // announced with `sync`
    std::uint64_t sectorsWritten = 0;              // of it, when they last grew
    int extensions = 0;                            // deadlines granted beyond the first, as they grew
    std::optional<Nanoseconds> processorTime = {}; // of its process, when it was last granted one
    bool cancelled = false;
    std::vector<CrossedMount> crossed = {};           // in their order; it is in the last
    bool asks = false;                                // whether it may cross into that, and waits for our answer
    Nanoseconds asksSince = 0;                        // monotonic
    std::shared_ptr<const StuckProber> deniedBy = {}; // it may not, because of that one
};

/// One prober process as its host sees it: pipes, what it works on, and when it was last heard of. Used by the host's
/// watcher thread only.
class WatchedProber
{
public:
    WatchedProber(System& system, ChildProcess child, std::size_t longestLine = kLongestLine);

    /// Queues a line for its input and writes what the pipe takes.
    void send(const std::string& line);
    void writeMore();
    [[nodiscard]] bool hasMoreToWrite() const { return !m_unwritten.empty(); }

    enum class ReadOutcome { Bytes, Nothing, End, Nonsense };
    /// Reads what there is of its output (at most 1 MiB a call) into lines, and its errors into a tail of 4 KiB.
    [[nodiscard]] ReadOutcome readOutput();
    void readErrors();
    /// Reads and drops: of somebody whose words count no more, but whom a full pipe would keep from ending.
    void discardOutput();
    /// How much that was in all.
    [[nodiscard]] std::size_t discarded() const { return m_discarded; }
    [[nodiscard]] std::optional<std::string> nextLine() { return m_lines.next(); }
    [[nodiscard]] bool hasLine() { return m_lines.hasLine(); }
    [[nodiscard]] bool hasPartialLine() const { return m_lines.hasPartialLine(); }

    /// The end of its input: it cleans up and ends.
    void closeInput() { m_child.input.reset(); }
    /// Its output has ended, and is not to be watched any more.
    void closeOutput() { m_child.output.reset(); }
    /// SIGKILL, all pipes closed; only the pidfd is kept. What it made stays where it is.
    void abandon();

    [[nodiscard]] bool takesWork() const { return !progress && static_cast<bool>(m_child.input); }

    [[nodiscard]] int pid() const { return m_child.pid; }
    [[nodiscard]] int pidFd() const { return m_child.pidFd.get(); }
    [[nodiscard]] int inputFd() const { return m_child.input.get(); }
    [[nodiscard]] int outputFd() const { return m_child.output.get(); }
    [[nodiscard]] int errorsFd() const { return m_child.errors.get(); }
    [[nodiscard]] const std::string& errors() const { return m_errors; }

    /// Whether it has so much to do, and says so much, that what it says need not be read at once.
    [[nodiscard]] bool isLeftTalking() const { return saysMuch && ahead.size() > 1 && progress && !progress->asks; }

    std::optional<WorkProgress> progress; // of the work it does now; nothing: idle
    Nanoseconds lastOutput = 0;           // monotonic; of the last event, or of the work's beginning or end
    bool greeted = false;                 // `started` has come
    std::deque<Work> ahead;               // sent to it as well: it begins with the next as it ends the last
    bool isQuick = false;                 // its last check took next to no time
    bool saysMuch = false;                // when it was last listened to

private:
    System& m_system;
    ChildProcess m_child;
    LineSplitter m_lines;
    std::string m_unwritten;
    std::string m_errors;
    std::size_t m_discarded = 0;
};

/// /proc/PID/wchan: the kernel function that a process waits in; "" where it is not told ("0" for a foreign process).
[[nodiscard]] std::string waitsIn(System& system, int pid);

/// Whether the process is running, or ready to run and kept from it by others (state R of /proc/PID/stat, proc(5)): one
/// that waits for a folder never is.
[[nodiscard]] bool isRunnable(System& system, int pid);

/// How long the process has run and has waited to run, of its whole life (/proc/PID/schedstat, the kernel's
/// Documentation/scheduler/sched-stats.rst); nothing where that is not told.
[[nodiscard]] std::optional<Nanoseconds> processorTime(System& system, int pid);

} // namespace scratchproof
