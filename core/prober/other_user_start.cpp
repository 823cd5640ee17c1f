// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/prober/supervisor_start.h"
#include "core/prober/ways_to_become.h"

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

    Ways ways(Nanoseconds /*stepDeadline*/) override
    {
        const auto account = m_system.processes.userAccount(m_user);
        if (!account)
            return {{}, because(OtherUserProblem::Failed, toString(account.error()))};
        if (!*account)
            return {{}, because(OtherUserProblem::UnknownUser, {})};
        m_ways = waysToBecome(m_system, **account, m_program);
        Ways ways{{}, because(OtherUserProblem::NoWay, {})};
        for (const WayToBecome& way : m_ways)
            ways.list.push_back({way.command, way.asksPerson ? kForPerson : kForSudo, false});
        return ways;
    }

    NotStarted notStarted(std::size_t way, const ExitStatus& status, const std::string& errors) const override
    {
        const OtherUserProblem problem = whyNotBecome(m_ways.at(way).by, status, errors);
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
        const auto asker = m_system.processes.userName(m_system.processes.userId());
        const OtherUserCase what{problem, m_user, asker.value_or(""), m_program, message};
        return [what](const Path& folder) { return otherUserFinding(what, folder); };
    }

    System& m_system;
    std::string m_user;
    Path m_program;
    std::vector<WayToBecome> m_ways;
};

} // namespace

std::unique_ptr<SupervisorStart> startAsOtherUser(System& system, const std::string& user, const Path& program)
{
    return std::make_unique<OtherUserStart>(system, user, program);
}

} // namespace scratchproof
