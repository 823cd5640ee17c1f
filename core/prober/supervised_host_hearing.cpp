// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/remote_findings.h"
#include "core/prober/supervised_host_impl.h"

#include <algorithm>
#include <utility>

namespace scratchproof {

namespace {

constexpr Nanoseconds kSlack = 5 * kNanosecondsPerSecond;
constexpr Nanoseconds kForInquiry = 30 * kNanosecondsPerSecond; // the user database, and where programs are
constexpr Nanoseconds kMoreSlack = 2 * kSlack;                  // it has an end for a check as well
constexpr int kDeadlines = 6;                                   // `sync` may take so many there

// What another may say at most.
constexpr std::size_t kMostAtFirst = std::size_t{64} << 20U; // of all answers together, and for each one besides:
constexpr std::size_t kMostForEach = std::size_t{64} << 10U;
constexpr int kMostSteps = 64;
constexpr std::size_t kLongestQuote = 200;

/// What was said, without the empty line at its end.
std::string withoutLastNewline(std::string text)
{
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.pop_back();
    return text;
}

} // namespace

/// How long it may say nothing: while it has work each step of some folder ends in time, or is reported as late.
Nanoseconds SupervisedHost::Impl::silenceAllowed() const
{
    if (!m_supervisor->greeted)
        return m_ways.list[m_way].patience;
    Nanoseconds longest = 0;
    for (const auto& [id, pending] : m_pending)
        longest = std::max(longest, pending.work.deadline);
    return kDeadlines * longest + kSlack;
}

/// Negative: it is not, or nobody wants to know.
Nanoseconds SupervisedHost::Impl::untilIdle() const
{
    return m_idle && m_pending.empty() ? std::max<Nanoseconds>(0, m_idleAfter - (now() - m_idleSince)) : -1;
}

Nanoseconds SupervisedHost::Impl::patience() const
{
    if (m_inquiry)
        return std::max<Nanoseconds>(0, kForInquiry - (now() - m_inquirySince)) + kNanosecondsPerMillisecond;
    if (!m_supervisor || m_pending.empty())
        return untilIdle();
    if (m_supervisor->hasLine())
        return 0;
    Nanoseconds next = silenceAllowed() - (now() - m_supervisor->lastHeard);
    for (const auto& [id, pending] : m_pending) {
        if (pending.started)
            next = std::min(next, longestCheck(pending.work.deadline) + kMoreSlack - (now() - *pending.started));
    }
    return std::max<Nanoseconds>(0, next) + kNanosecondsPerMillisecond;
}

void SupervisedHost::Impl::lookAtDeadlines()
{
    if (untilIdle() == 0) {
        m_idleSince = now();
        m_idle();
    }
    if (m_inquiry && now() - m_inquirySince > kForInquiry) {
        {
            const std::lock_guard lock(m_inquiry->mutex);
            m_inquiry->host = nullptr;
        }
        m_inquiry.reset();
        return giveUp(SupervisorFault::Failed, "the user database does not answer", Verdict::NotResponding);
    }
    if (!m_supervisor || m_pending.empty())
        return;
    // Whoever goes on talking and never answers what was taken back is as good as silent.
    const bool isDeaf = std::any_of(m_pending.begin(), m_pending.end(), [this](const auto& one) {
        return one.second.cancelled && now() - *one.second.cancelled > silenceAllowed();
    });
    // And so is whoever goes on with a check and never ends it.
    const bool isEndless = std::any_of(m_pending.begin(), m_pending.end(), [this](const auto& one) {
        const Pending& pending = one.second;
        return pending.started && now() - *pending.started > longestCheck(pending.work.deadline) + kMoreSlack;
    });
    if (isDeaf || isEndless || now() - m_supervisor->lastHeard > silenceAllowed())
        giveUp(SupervisorFault::Silent, m_supervisor->errors(), Verdict::NotResponding);
}

void SupervisedHost::Impl::watch(std::vector<WatchedFd>& watched)
{
    if (m_supervisor) {
        watched.push_back({m_supervisor->outputFd(), true, false, false, false});
        watched.push_back({m_supervisor->errorsFd(), true, false, false, false});
        watched.push_back({m_supervisor->hasMoreToWrite() ? m_supervisor->inputFd() : -1, false, true, false, false});
        watched.push_back({m_supervisor->pidFd(), true, false, false, false});
    }
    for (const auto& one : m_givenUp)
        watched.push_back({one->pidFd(), true, false, false, false});
}

void SupervisedHost::Impl::woken(std::span<const WatchedFd> watched)
{
    if (m_supervisor) {
        if (watched[1].ready)
            m_supervisor->readErrors();
        if (watched[2].ready)
            m_supervisor->writeMore();
        if (watched[0].ready || watched[3].ready || m_supervisor->hasLine())
            hear(watched[3].ready);
    }
    std::erase_if(m_givenUp, [this](const auto& one) {
        const auto status = m_system.processes.reap(one->pidFd());
        return !status || status->has_value();
    });
}

/// `hasEnded`: the process. Others may hold its pipe after it, and say nothing for ever.
void SupervisedHost::Impl::hear(bool hasEnded)
{
    const auto heard = m_supervisor->hasLine() ? WatchedProber::Heard::Bytes : m_supervisor->readOutput();
    if (heard == WatchedProber::Heard::Nonsense)
        return giveUp(SupervisorFault::Nonsense, "a line without an end");
    const Nanoseconds end = now() + kTurn;
    while (const auto line = m_supervisor->nextLine()) {
        if (!hearLine(*line) || now() > end)
            return;
    }
    const bool isSilent = hasEnded && heard == WatchedProber::Heard::Nothing;
    if (heard != WatchedProber::Heard::End && !isSilent)
        return;
    // sudo may outlive its command for a moment, and its last words tell why there was none.
    m_supervisor->closeOutput();
    const auto status = m_system.processes.reap(m_supervisor->pidFd());
    if (!status)
        supervisorDied({});
    else if (*status)
        supervisorDied(**status);
}

/// False if with it the other side was given up.
bool SupervisedHost::Impl::hearLine(const std::string& line)
{
    auto event = eventFromLine(line);
    if (!event && !m_supervisor->greeted && (line.empty() || line.front() != '{')) {
        giveUp(SupervisorFault::Greeting, line.substr(0, kLongestQuote));
        return false;
    }
    if (event && std::holds_alternative<event::CheckFinished>(*event)) {
        m_bytesIn += line.size();
        if (m_bytesIn > kMostAtFirst + kMostForEach * ++m_answers) {
            giveUp(SupervisorFault::Nonsense, "more than all these answers can take");
            return false;
        }
    }
    if (!event)
        giveUp(SupervisorFault::Nonsense, toString(event.error()));
    else
        hearEvent(std::move(*event));
    return m_supervisor != nullptr;
}

void SupervisedHost::Impl::hearBeginning(const event::Started& started)
{
    if (started.schema != kStreamSchema)
        return giveUp(SupervisorFault::OtherVersion, started.schema.substr(0, kLongestQuote));
    if (m_supervisor->greeted)
        return giveUp(SupervisorFault::Nonsense, "a second beginning");
    m_otherVersion = started.version == SCRATCHPROOF_VERSION ? std::string() : started.version.substr(0, kLongestQuote);
    m_supervisor->greeted = true;
    m_supervisor->lastHeard = now();
    for (auto& [id, pending] : m_pending)
        send(pending);
}

void SupervisedHost::Impl::hearEvent(Event event)
{
    if (const auto* started = std::get_if<event::Started>(&event))
        return hearBeginning(*started);
    const auto idOf = [](const auto& one) -> std::uint64_t {
        if constexpr (requires { one.check; })
            return one.check;
        else
            return 0;
    };
    const auto id = std::visit(idOf, event);
    const auto found = m_pending.find(id);
    if (!m_supervisor->greeted || found == m_pending.end() || !found->second.isSent)
        return giveUp(SupervisorFault::Nonsense, "an event that was not asked for");
    m_supervisor->lastHeard = now();
    hearOfCheck(event, id);
}

void SupervisedHost::Impl::hearOfCheck(Event& event, std::uint64_t id)
{
    Pending& pending = m_pending.at(id);
    if (std::holds_alternative<event::CheckStarted>(event)) {
        if (std::exchange(pending.started, now()))
            return giveUp(SupervisorFault::Nonsense, "the same check began twice");
        m_listener.checkStarted(id);
    } else if (const auto* step = std::get_if<event::StepStarted>(&event)) {
        if (++pending.stepsStarted > kMostSteps)
            return giveUp(SupervisorFault::Nonsense, "more steps than there are");
        m_listener.stepStarted(id, step->step);
    } else if (const auto* finished = std::get_if<event::StepFinished>(&event)) {
        if (pending.steps.size() >= kMostSteps)
            return giveUp(SupervisorFault::Nonsense, "more steps than there are");
        pending.steps.push_back(finished->result);
        m_listener.stepFinished(id, finished->result);
    } else if (auto* done = std::get_if<event::CheckFinished>(&event)) {
        // Those are for us to say: one of them could have a key of ssh be forgotten.
        if (std::any_of(done->result.findings.begin(), done->result.findings.end(), isOfSupervision))
            return giveUp(SupervisorFault::Nonsense, "a finding that is not for the other side to make");
        const Work work = std::move(pending.work);
        m_pending.erase(id);
        finish(work, std::move(done->result));
    }
}

void SupervisedHost::Impl::supervisorDied(const ExitStatus& status)
{
    m_supervisor->readErrors();
    const std::string errors = withoutLastNewline(m_supervisor->errors());
    if (m_supervisor->greeted)
        return giveUp(SupervisorFault::BrokeOff, errors.empty() ? inWords(status) : inWords(status) + ": " + errors);
    auto [why, tryNext] = m_start->notStarted(m_ways.list[m_way], status, errors.empty() ? inWords(status) : errors);
    if (!tryNext || m_way + 1 >= m_ways.list.size())
        return end(std::move(why));
    m_supervisor.reset();
    ++m_way;
    startWay();
}

} // namespace scratchproof
