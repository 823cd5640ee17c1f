// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/prober/supervised_host.h"

#include "core/diagnosis/watcher_findings.h"
#include "core/prober/supervised_host_impl.h"

#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

namespace scratchproof {

namespace {

// A line of another's: a check with every fact takes some 20 KiB, one of a path of 2,000 components some 500.
constexpr std::size_t kLongestWord = std::size_t{1} << 20U;

std::unique_ptr<SupervisorStart> startFor(System& system, const SupervisedSettings& settings)
{
    return settings.asker.isRemote() ? startOnOtherComputer(system, settings.asker)
                                     : startAsOtherUser(system, settings.asker.user, settings.program);
}

} // namespace

SupervisedHost::Impl::Impl(System& system, const SupervisedSettings& settings, HostListener& listener)
    : m_system(system), m_listener(listener), m_start(startFor(system, settings)), m_ended(settings.ended),
      m_idle(settings.idle), m_idleAfter(settings.idleAfter), m_idleSince(system.clock.monotonic()),
      m_thread(system, *this, settings.stepDeadline)
{}

/// The supervisor cleans up and ends by itself. What does not is left; an ssh is ours to end, and with it ends the far
/// side.
void SupervisedHost::Impl::farewell()
{
    if (m_supervisor) {
        m_supervisor->closeInput();
        m_givenUp.push_back(std::move(m_supervisor));
    }
    waitForEnds(m_system, m_givenUp, kFarewell);
    const bool isOurs = m_way < m_ways.list.size() && m_ways.list[m_way].isOurs;
    if (m_givenUp.empty() || !isOurs)
        return;
    for (const auto& one : m_givenUp)
        one->abandon();
    waitForEnds(m_system, m_givenUp, kLastRites);
}

void SupervisedHost::Impl::refuse(const Work& work, const Error& why)
{
    finish(work, failedCheck(work, {}, proberStartFinding(why)));
}

void SupervisedHost::Impl::accept(Work work)
{
    if (m_ended) {
        Pending late;
        late.work = std::move(work);
        return answerEnded(late);
    }
    if (m_supervisor && m_pending.empty())
        m_supervisor->lastHeard = now(); // it had nothing to say until now
    const WorkId id = work.id;
    const Nanoseconds deadline = work.deadline;
    m_pending[id].work = std::move(work);
    if (!m_supervisor && !m_inquiry)
        start(deadline); // may give up at once, and answer
    else if (m_supervisor && m_supervisor->greeted)
        send(m_pending.at(id));
}

SupervisedHost::Impl::~Impl()
{
    if (m_inquiry)
        dropInquiry();
}

/// A directory server may have to be asked, and may not answer: not on this thread.
void SupervisedHost::Impl::start(Nanoseconds deadline)
{
    m_way = 0;
    m_answers = m_bytesIn = 0;
    m_inquiry = std::make_shared<Inquiry>();
    m_inquiry->host = this;
    m_inquirySince = now();
    const auto look = [inquiry = m_inquiry, start = m_start, deadline] {
        SupervisorStart::Ways ways = start->ways(deadline);
        const std::lock_guard lock(inquiry->mutex);
        if (inquiry->host != nullptr)
            inquiry->host->post([host = inquiry->host, inquiry, ways = std::move(ways)]() mutable {
                host->haveWays(inquiry, std::move(ways));
            });
        inquiry->isOver = true;
        inquiry->over.notify_all();
    };
    try {
        std::thread(look).detach();
    } catch (const std::system_error& error) {
        m_inquiry.reset();
        end([code = error.code().value()](const Path&) {
            return proberStartFinding(Error{"pthread_create", {}, code, {}});
        });
        m_ended.reset(); // what was lacking here may be there next time
    }
}

void SupervisedHost::Impl::haveWays(const std::shared_ptr<Inquiry>& inquiry, SupervisorStart::Ways ways)
{
    if (inquiry != m_inquiry)
        return; // it took too long
    m_inquiry.reset();
    m_ways = std::move(ways);
    m_start->take(m_ways);
    if (m_ways.list.empty())
        return end(m_ways.whyNone);
    if (!m_pending.empty()) // else all was taken back meanwhile
        startWay();
}

/// Nothing of it comes back from here on. It usually ends at once, and is then gone before what it uses.
void SupervisedHost::Impl::dropInquiry()
{
    const auto inquiry = std::exchange(m_inquiry, nullptr);
    std::unique_lock lock(inquiry->mutex);
    inquiry->host = nullptr;
    inquiry->over.wait_for(lock, std::chrono::nanoseconds(kFarewell), [&] { return inquiry->isOver; });
}

void SupervisedHost::Impl::startWay()
{
    auto child = m_system.processes.start(m_ways.list[m_way].command);
    if (!child) {
        end([error = child.error()](const Path&) { return proberStartFinding(error); });
        return m_ended.reset(); // what was lacking here may be there next time
    }
    m_supervisor = std::make_unique<WatchedProber>(m_system, std::move(*child), kLongestWord);
    m_supervisor->lastHeard = now();
}

void SupervisedHost::Impl::send(Pending& pending)
{
    Json request = Json::object();
    request["request"] = "check";
    request["id"] = pending.work.id;
    putPath(request, "folder", pending.work.folder);
    request["level"] = toString(pending.work.level);
    request["deadline_ns"] = pending.work.deadline;
    m_supervisor->send(toLine(request));
    pending.isSent = true;
}

/// What was asked for is ours to say, whatever came back.
void SupervisedHost::Impl::finish(const Work& work, Check check)
{
    check.folder = work.folder;
    check.level = work.level;
    m_start->sign(check);
    m_idleSince = now();
    m_listener.checkFinished(work.id, check);
}

void SupervisedHost::Impl::giveUp(SupervisorFault fault, const std::string& message, Verdict verdict)
{
    // What another version says differently is no nonsense.
    if (fault == SupervisorFault::Nonsense && !m_otherVersion.empty())
        return end(m_start->explain(SupervisorFault::OtherVersion,
                                    "version " + m_otherVersion + " there, " SCRATCHPROOF_VERSION " here: " + message),
                   verdict);
    end(m_start->explain(fault, message), verdict);
}

void SupervisedHost::Impl::end(Explain why, Verdict verdict)
{
    m_ended = std::make_shared<const SupervisionEnded>(SupervisionEnded{std::move(why), verdict});
    if (m_supervisor) {
        m_supervisor->abandon();
        m_givenUp.push_back(std::move(m_supervisor));
        m_supervisor.reset();
    }
    std::map<WorkId, Pending> pending;
    pending.swap(m_pending);
    for (const auto& [id, one] : pending)
        answerEnded(one);
}

void SupervisedHost::Impl::answerEnded(const Pending& pending)
{
    if (pending.cancelled)
        return finish(pending.work, cancelledCheck(pending.work));
    Check check = failedCheck(pending.work, pending.steps, m_ended->why(pending.work.folder));
    check.verdict = m_ended->verdict;
    finish(pending.work, std::move(check));
}

void SupervisedHost::Impl::cancel(WorkId id)
{
    const auto found = m_pending.find(id);
    if (found == m_pending.end())
        return;
    if (!found->second.isSent) {
        const Work work = std::move(found->second.work);
        m_pending.erase(found);
        return finish(work, cancelledCheck(work));
    }
    if (found->second.cancelled)
        return;
    found->second.cancelled = now();
    Json request = Json::object();
    request["request"] = "cancel";
    request["id"] = id;
    m_supervisor->send(toLine(request));
}

void SupervisedHost::Impl::cancelAll()
{
    std::vector<WorkId> ids;
    for (const auto& [id, pending] : m_pending)
        ids.push_back(id);
    for (const WorkId id : ids)
        cancel(id);
}

SupervisedHost::SupervisedHost(System& system, const SupervisedSettings& settings, HostListener& listener)
    : m_impl(std::make_unique<Impl>(system, settings, listener))
{}

SupervisedHost::~SupervisedHost() = default;

WorkId SupervisedHost::check(const Path& folder, Level level)
{
    Work work;
    work.folder = folder;
    work.level = level;
    return m_impl->submit(std::move(work));
}

void SupervisedHost::cancel(WorkId id)
{
    m_impl->post([impl = m_impl.get(), id] { impl->cancel(id); });
}

void SupervisedHost::cancelAll()
{
    m_impl->post([impl = m_impl.get()] { impl->cancelAll(); });
}

void SupervisedHost::setStepDeadline(Nanoseconds deadline)
{
    m_impl->setDeadline(deadline);
}

void SupervisedHost::leave(std::function<void(std::shared_ptr<const SupervisionEnded>)> left)
{
    m_impl->leave(std::move(left));
}

const std::optional<Error>& SupervisedHost::problem() const
{
    return m_impl->problem();
}

void SupervisedHost::tryAnew()
{
    m_impl->post([impl = m_impl.get()] { impl->tryAnew(); });
}

} // namespace scratchproof
