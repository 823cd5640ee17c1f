// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/ways_to_become.h"

#include "core/base/text.h"
#include "core/host/find_program.h"

#include <algorithm>
#include <iterator>
#include <optional>

namespace scratchproof {

namespace {

/// sudo exits with 1 for reasons of its own; which one, only its words tell (sudo 1.8.21 to 1.9.15).
OtherUserProblem ofSudo(const std::string& errors)
{
    // The password first: for somebody without any rule it is asked for all the same, and -n says so.
    if (containsAny(errors,
                    {"a password is required", "a terminal is required", "interactive authentication is required"}))
        return OtherUserProblem::PasswordNeeded;
    if (containsAny(errors, {"no new privileges"}))
        return OtherUserProblem::MayGainNothing;
    if (containsAny(errors, {"unknown user"}))
        return OtherUserProblem::UnknownUser;
    if (containsAny(errors, {"unable to execute", "command not found"}))
        return OtherUserProblem::ProgramUnreachable;
    if (containsAny(errors, {"is not in the sudoers file", "is not allowed to", "may not run sudo",
                             "account validation failure"}))
        return OtherUserProblem::NotAllowed;
    return OtherUserProblem::Failed;
}

OtherUserProblem ofPkExec(const ExitStatus& status, const std::string& errors)
{
    // pkexec(1): 126 where the dialog was dismissed, 127 where it is not authorized or failed otherwise.
    if (containsAny(errors, {"Error executing /"}) && containsAny(errors, {"Permission denied", "No such file"}))
        return OtherUserProblem::ProgramUnreachable;
    if (containsAny(errors, {"Not authorized"}))
        return OtherUserProblem::NotAllowed;
    if (!status.signalled && status.value == 126)
        return OtherUserProblem::Dismissed;
    return OtherUserProblem::Failed;
}

} // namespace

std::vector<WayToBecome> waysToBecome(System& system, const UserAccount& account, const Path& program)
{
    const std::vector<std::string> tail{program, "supervise"};
    const auto way = [&](Become by, std::vector<std::string> command) {
        command.insert(command.end(), tail.begin(), tail.end());
        return WayToBecome{by, std::move(command), by == Become::PkExec};
    };
    if (system.processes.userId() == account.uid)
        return {way(Become::Nobody, {})};
    std::vector<WayToBecome> ways;
    const auto env = findProgram(system, "env").value_or("/usr/bin/env");
    const auto sudo = findProgram(system, "sudo");
    if (sudo)
        ways.push_back(way(Become::Sudo, {env, "LC_ALL=C", *sudo, "-n", "-H", "-u", account.name, "--"}));
    if (system.processes.userId() == 0) {
        const auto runUser = findProgram(system, "runuser");
        if (!sudo && runUser)
            ways.push_back(way(Become::RunUser, {env, "-u", "XDG_RUNTIME_DIR", "-u", "XDG_STATE_HOME", "LC_ALL=C",
                                                 "HOME=" + account.home, *runUser, "-u", account.name, "--"}));
        return ways;
    }
    const bool hasDesktop = environmentVariable("DISPLAY") || environmentVariable("WAYLAND_DISPLAY");
    if (const auto pkExec = hasDesktop ? findProgram(system, "pkexec") : std::nullopt)
        ways.push_back(
            way(Become::PkExec, {env, "LC_ALL=C", *pkExec, "--disable-internal-agent", "--user", account.name}));
    return ways;
}

OtherUserProblem whyNotBecome(Become by, const ExitStatus& status, const std::string& errors)
{
    switch (by) {
    case Become::Sudo:
        return ofSudo(errors);
    case Become::PkExec:
        return ofPkExec(status, errors);
    case Become::RunUser:
        return containsAny(errors, {"failed to execute"}) ? OtherUserProblem::ProgramUnreachable
                                                          : OtherUserProblem::Failed;
    case Become::Nobody:
        break;
    }
    return OtherUserProblem::Failed;
}

} // namespace scratchproof
