// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/supervisor_start.h"
#include "core/host/ways_to_become.h"

#include <utility>

namespace scratchproof {

namespace {

constexpr Nanoseconds kForSudo = 60 * kNanosecondsPerSecond;    // a directory server may have to be asked
constexpr Nanoseconds kForPerson = 600 * kNanosecondsPerSecond; // who types a password

class OtherUserStart final : public SupervisorStart
{
public:
    OtherUserStart(System& system, std::string user, Path program)
        : m_system(system), m_user(std::move(user)), m_program(std::move(program))
    {}

    Ways ways(Nanoseconds /*stepDeadline*/) const override
    {
        Ways ways;
        ways.asker = m_system.processes.userName(m_system.processes.userId()).value_or("");
        const auto account = m_system.processes.userAccount(m_user);
        if (!account || !*account) {
            const OtherUserProblem problem = account ? OtherUserProblem::UnknownUser : OtherUserProblem::Failed;
            ways.whyNone = because(problem, ways.asker, account ? std::string() : toString(account.error()));
            return ways;
        }
        for (const WayToBecome& way : waysToBecome(m_system, **account, m_program))
            ways.list.push_back({way.command, way.asksPerson ? kForPerson : kForSudo, false, way.by});
        if (ways.list.empty())
            ways.whyNone = because(OtherUserProblem::NoWay, ways.asker, {});
        return ways;
    }

    void take(const Ways& ways) override { m_asker = ways.asker; }

    NotStarted notStarted(const Way& way, const ExitStatus& status, const std::string& errors) const override
    {
        const OtherUserProblem problem = whyNotBecome(way.by, status, errors);
        const bool isRefused = problem == OtherUserProblem::PasswordNeeded || problem == OtherUserProblem::NotAllowed;
        return {because(problem, errors), isRefused};
    }

    Explain explain(SupervisorFault fault, const std::string& message) const override
    {
        switch (fault) {
        case SupervisorFault::BrokeOff:
            return because(OtherUserProblem::BrokeOff, message);
        case SupervisorFault::Greeting:
        case SupervisorFault::Nonsense:
            return because(OtherUserProblem::Nonsense, message);
        case SupervisorFault::OtherVersion:
            return because(OtherUserProblem::OtherVersion, message);
        case SupervisorFault::Silent:
            return because(OtherUserProblem::Silent, message);
        case SupervisorFault::Failed:
            break;
        }
        return because(OtherUserProblem::Failed, message);
    }

    void sign(Check& check) const override
    {
        check.as = m_user;
        check.host.reset();
    }

private:
    Explain because(OtherUserProblem problem, const std::string& message) const
    {
        return because(problem, m_asker, message);
    }
    Explain because(OtherUserProblem problem, const std::string& asker, const std::string& message) const
    {
        const OtherUserCase what{problem, m_user, asker, m_program, message};
        return [what](const Path& folder) { return otherUserFinding(what, folder); };
    }

    System& m_system;
    std::string m_user;
    Path m_program;
    std::string m_asker; // ourselves, once that is known
};

} // namespace

std::unique_ptr<SupervisorStart> startAsOtherUser(System& system, const std::string& user, const Path& program)
{
    return std::make_unique<OtherUserStart>(system, user, program);
}

} // namespace scratchproof
