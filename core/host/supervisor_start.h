// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/check/check.h"
#include "core/host/run_as.h"
#include "core/host/ways_to_become.h"
#include "core/system/system.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace scratchproof {

enum class RemoteProblem : std::uint8_t; // core/diagnosis/remote_findings.h

/// The finding for a folder, where nothing can be done in these shoes.
using Explain = std::function<Finding(const Path& folder)>;

/// What can go wrong in any shoes.
enum class SupervisorFault : std::uint8_t {
    Failed,       // it could not be started, for a reason of its own
    BrokeOff,     // it ended in the middle
    Greeting,     // it began with something that is no answer, as shells do whose start-up files print
    Nonsense,     // it said something that is no answer
    OtherVersion, // another version of the stream
    Silent,       // it says nothing any more
};

/// How a supervisor is started in other shoes, and how its failures are explained. Used by one watcher thread, but for
/// ways().
class SupervisorStart
{
public:
    struct Way
    {
        std::vector<std::string> command; // the first is an absolute path
        Nanoseconds patience = 0;         // how long it may be silent before its first word
        bool isOurs = false;              // a signal of ours reaches it, and ends it on both sides
        Become by = Become::Nobody;       // of another local user
    };
    struct Ways
    {
        std::vector<Way> list; // in the order to try them
        Explain whyNone;       // where there is none
        std::string asker;     // our own name, where that was asked for; "" where there is none
    };
    struct NotStarted
    {
        Explain why;
        bool tryNext = false; // the next way may do
    };

    virtual ~SupervisorStart() = default;
    /// Looks for programs and asks the user database, which may take as long as a directory server does: to be called
    /// on a thread of its own, and safe beside all others.
    [[nodiscard]] virtual Ways ways(Nanoseconds stepDeadline) const = 0;
    /// What ways() came to, before anything is to be explained by it.
    virtual void take(const Ways& /*ways*/) {}
    /// Why that way led nowhere: it ended so before its first word, having said `errors`.
    [[nodiscard]] virtual NotStarted notStarted(const Way& way, const ExitStatus& status,
                                                const std::string& errors) const = 0;
    [[nodiscard]] virtual Explain explain(SupervisorFault fault, const std::string& message) const = 0;
    /// Says in the answer whose it is.
    virtual void sign(Check& check) const = 0;
};

/// In another local user's shoes, by sudo, runuser or pkexec.
[[nodiscard]] std::unique_ptr<SupervisorStart> startAsOtherUser(System& system, const std::string& user,
                                                                const Path& program);
/// On another computer, by the ssh in $PATH, with the user's own keys and configuration. It never asks for a password
/// (BatchMode), forwards nothing, and runs a constant command: what else is to be said goes through the stream.
[[nodiscard]] std::unique_ptr<SupervisorStart> startOnOtherComputer(System& system, const RunAs& runAs);

/// Why ssh ended with this before the other side said its first word. It must have been started with LC_ALL=C, as
/// startOnOtherComputer() does (OpenSSH 7.6 to 9.8). For tests.
[[nodiscard]] RemoteProblem whyNoConnection(const ExitStatus& status, const std::string& errors);

} // namespace scratchproof
