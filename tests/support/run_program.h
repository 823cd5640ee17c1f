// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace scratchproof::test {

/// A user and group that no machine has. Root is refused nothing, so what is to be refused runs as this one, without
/// supplementary groups.
constexpr unsigned kOrdinaryUser = 12345;

struct Program
{
    std::vector<std::string> arguments; // the first is the program; looked up in PATH if it holds no slash
    std::string input;                  // what it reads; then the end of its input
    Path workingFolder = "/";
    std::map<std::string, std::string> environment;               // on top of ours; an empty value unsets
    std::optional<unsigned> user;                                 // become this one first (root only)
    std::chrono::milliseconds timeout = std::chrono::seconds(60); // killed after that
};

struct Ended
{
    int exitCode = -1; // 128 + signal where one ended it
    bool timedOut = false;
    std::string output;
    std::string errors;
};

/// Starts it and waits for its end.
[[nodiscard]] Ended run(const Program& program);
/// Likewise, throws SetupError with its words if it fails.
std::string runOrFail(std::vector<std::string> arguments);

/// A program that goes on. Killed (by its own process id) and waited for in the destructor, unless it has ended.
class RunningProgram
{
public:
    explicit RunningProgram(const Program& program); // `input` and `timeout` are not used
    ~RunningProgram();
    RunningProgram(const RunningProgram&) = delete;
    RunningProgram& operator=(const RunningProgram&) = delete;

    [[nodiscard]] int pid() const { return m_pid; }
    void send(const std::string& text) const;
    void closeInput();
    void signal(int number) const;
    /// The next line of its output; nothing at its end or after `timeout`.
    [[nodiscard]] std::optional<std::string> readLine(std::chrono::milliseconds timeout = std::chrono::seconds(20));
    /// Reads on to the first line that holds `text`.
    [[nodiscard]] std::optional<std::string> readLineWith(const std::string& text,
                                                          std::chrono::milliseconds timeout = std::chrono::seconds(20));
    /// Its end, with the rest of its output. `timedOut` if it goes on.
    [[nodiscard]] Ended wait(std::chrono::milliseconds timeout = std::chrono::seconds(20));

private:
    int m_pid = -1;
    int m_input = -1;
    int m_output = -1;
    int m_errors = -1;
    std::string m_buffer;
};

/// Runs `body` in a child as that user; its exit code is what body returns (keep it below 100; 101: an exception).
/// Only while the process has a single thread (those that are just ending are waited for), or where body sticks to
/// system calls.
[[nodiscard]] int runAsUser(unsigned user, const std::function<int()>& body);

/// Whether a process of this number is there (zombies count).
[[nodiscard]] bool processExists(int pid);
/// Children of this process that live or wait to be reaped, by /proc.
[[nodiscard]] std::vector<int> childrenOf(int pid);
/// A process that this one started, directly or by others.
struct Descendant
{
    int pid = -1;
    unsigned user = 0; // its real one
    std::string name;  // as proc(5)'s comm has it: 15 bytes at most
    std::vector<std::string> arguments;
};
/// Those that run now, zombies left out; whoever else has processes on this machine has none among them. One that was
/// left by its parent is among them after adoptOrphans() only.
[[nodiscard]] std::vector<Descendant> descendants();
/// From here on this process takes the place of parents that ended, as init would.
void adoptOrphans();
/// Takes leave of every child of this process that has ended: a prober that takes longer to end than its host waits has
/// nobody else. Not while a RunningProgram is to be waited for.
void reapEndedChildren();
/// Whether this process has no child that lives, after reapEndedChildren().
[[nodiscard]] bool everyChildHasEnded();
/// Open descriptors of this process.
[[nodiscard]] std::size_t openDescriptors();

/// Asks `condition` every few milliseconds until it holds; false if it never did.
[[nodiscard]] bool eventually(const std::function<bool()>& condition,
                              std::chrono::milliseconds timeout = std::chrono::seconds(10));

} // namespace scratchproof::test
