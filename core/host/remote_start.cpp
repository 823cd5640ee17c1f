// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"
#include "core/diagnosis/remote_findings.h"
#include "core/host/find_program.h"
#include "core/host/supervisor_start.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace scratchproof {

namespace {

/// Any shell that ssh may find there reads it: two words, and nothing of ours in it.
constexpr const char* kRemoteCommand = "scratchproof-cli supervise";
constexpr Nanoseconds kForLogin = 50 * kNanosecondsPerSecond; // keys, start-up files, a directory server there
constexpr std::int64_t kMostSeconds = 60;

/// What the far shell says of a program it does not find, and how it ends then (POSIX: 127).
RemoteProblem ofFarSide(const ExitStatus& status, const std::string& errors)
{
    if (status.value == 127 ||
        containsAny(errors, {"command not found", "Unknown command", "scratchproof-cli: not found"}))
        return RemoteProblem::ProgramMissing;
    // A version from before there was a supervisor does not know the word.
    if (containsAny(errors, {"supervise"}))
        return RemoteProblem::OtherVersion;
    return RemoteProblem::Failed;
}

class RemoteStart final : public SupervisorStart
{
public:
    RemoteStart(System& system, RunAs runAs) : m_system(system), m_runAs(std::move(runAs)) {}

    Ways ways(Nanoseconds stepDeadline) const override
    {
        const auto ssh = findProgram(m_system, "ssh");
        if (!ssh)
            return {{}, because(RemoteProblem::NoClient, {}), {}};
        const std::int64_t seconds = std::clamp((stepDeadline + kNanosecondsPerSecond - 1) / kNanosecondsPerSecond,
                                                std::int64_t{1}, kMostSeconds);
        // ControlMaster: a connection that is there already is used, but none of the user's others ever hangs on ours.
        std::vector<std::string> command{findProgram(m_system, "env").value_or("/usr/bin/env"),
                                         "LC_ALL=C",
                                         *ssh,
                                         "-T",
                                         "-a",
                                         "-x",
                                         "-o",
                                         "BatchMode=yes",
                                         "-o",
                                         fmt::format("ConnectTimeout={}", seconds),
                                         "-o",
                                         "ServerAliveInterval=5",
                                         "-o",
                                         "ServerAliveCountMax=3",
                                         "-o",
                                         "ClearAllForwardings=yes",
                                         "-o",
                                         "PermitLocalCommand=no",
                                         "-o",
                                         "RemoteCommand=none",
                                         "-o",
                                         "ControlMaster=no",
                                         "-o",
                                         "LogLevel=ERROR"};
        if (!m_runAs.user.empty())
            command.insert(command.end(), {"-l", m_runAs.user});
        command.insert(command.end(), {"--", m_runAs.host, kRemoteCommand});
        return {{{std::move(command), seconds * kNanosecondsPerSecond + kForLogin, true, Become::Nobody}}, {}, {}};
    }

    NotStarted notStarted(const Way& /*way*/, const ExitStatus& status, const std::string& errors) const override
    {
        return {because(whyNoConnection(status, errors), errors), false};
    }

    Explain explain(SupervisorFault fault, const std::string& message) const override
    {
        switch (fault) {
        case SupervisorFault::BrokeOff:
            return because(RemoteProblem::BrokeOff, message);
        case SupervisorFault::Greeting:
            return because(RemoteProblem::Greeting, message);
        case SupervisorFault::Nonsense:
            return because(RemoteProblem::Nonsense, message);
        case SupervisorFault::OtherVersion:
            return because(RemoteProblem::OtherVersion, message);
        case SupervisorFault::Silent:
            return because(RemoteProblem::Silent, message);
        case SupervisorFault::Failed:
            break;
        }
        return because(RemoteProblem::Failed, message);
    }

    void sign(Check& check) const override
    {
        check.as = toString(m_runAs);
        check.host = m_runAs.host;
    }

private:
    Explain because(RemoteProblem problem, const std::string& message) const
    {
        const std::string target = m_runAs.user.empty() ? m_runAs.host : m_runAs.user + "@" + m_runAs.host;
        const RemoteCase what{problem, m_runAs.host, target, message};
        return [what](const Path&) { return remoteFinding(what); };
    }

    System& m_system;
    RunAs m_runAs;
};

} // namespace

RemoteProblem whyNoConnection(const ExitStatus& status, const std::string& errors)
{
    constexpr int kOfSsh = 255; // ssh(1): an error of its own; else the exit code of the far side's command
    if (status.signalled || status.value != kOfSsh)
        return ofFarSide(status, errors);
    if (containsAny(errors, {"REMOTE HOST IDENTIFICATION HAS CHANGED", "HOST IDENTIFICATION HAS CHANGED"}))
        return RemoteProblem::KeyChanged;
    if (containsAny(errors, {"Host key verification failed", "host key is known for"}))
        return RemoteProblem::KeyUnknown;
    if (containsAny(errors, {"Could not resolve hostname"}))
        return RemoteProblem::HostUnknown;
    if (containsAny(errors,
                    {"Permission denied (", "Too many authentication failures", "No more authentication methods"}))
        return RemoteProblem::NotAllowed;
    if (containsAny(errors, {"Connection refused"}))
        return RemoteProblem::Refused;
    if (containsAny(errors, {"timed out", "No route to host", "Network is unreachable", "Host is down"}))
        return RemoteProblem::Unreachable;
    return RemoteProblem::Failed;
}

std::unique_ptr<SupervisorStart> startOnOtherComputer(System& system, const RunAs& runAs)
{
    return std::make_unique<RemoteStart>(system, runAs);
}

} // namespace scratchproof
