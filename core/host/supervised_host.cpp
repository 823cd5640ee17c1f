// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/supervised_host.h"

#include "core/diagnosis/remote_findings.h"
#include "core/diagnosis/watcher_findings.h"
#include "core/host/late_answers.h"
#include "core/host/supervisor_start.h"
#include "core/host/watched_prober.h"
#include "core/host/watcher_thread.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace scratchproof {

struct SupervisionEnded
{
    Explain why;
    Verdict verdict = Verdict::NotChecked;
};

/// All but submit(), post(), leave() and setDeadline() runs on the watcher thread.
class SupervisedHost::Impl final : private Watcher
{
public:
    Impl(System& system, const SupervisedSettings& settings, HostListener& listener);
    ~Impl() override;
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    WorkId submit(Work work) { return m_thread.submit(std::move(work)); }
    void post(std::function<void()> command) { m_thread.post(std::move(command)); }
    void setDeadline(Nanoseconds deadline) { m_thread.setStepDeadline(deadline); }
    void cancel(WorkId id);
    void cancelAll();
    void tryAnew() { m_ended.reset(); }
    void leave(std::function<void(std::shared_ptr<const SupervisionEnded>)> left)
    {
        m_thread.leave([this, left = std::move(left)] { left(m_ended); });
    }
    [[nodiscard]] const std::optional<Error>& problem() const { return m_thread.problem(); }

private:
    /// Between the host and the thread that looks for ways, which may go on after the host's end.
    struct Inquiry
    {
        std::mutex mutex;
        std::condition_variable over;
        Impl* host = nullptr; // guarded; nullptr: nobody waits for what comes of it
        bool isOver = false;  // guarded
    };

    /// A check that was asked for and has no answer yet.
    struct Pending
    {
        Work work;
        bool isSent = false;
        std::optional<Nanoseconds> cancelled; // since when, monotonic
        std::optional<Nanoseconds> started;   // there; monotonic
        int stepsStarted = 0;
        std::vector<StepResult> steps;
    };

    void accept(Work work) override;
    void beforeWaiting() override { m_listener.caughtUp(); }
    void watch(std::vector<WatchedFd>& watched) override;
    [[nodiscard]] Nanoseconds patience() const override;
    void woken(std::span<const WatchedFd> watched) override;
    void lookAtDeadlines() override;
    void shutDown() override;
    void refuse(const Work& work, const Error& why) override;

    void start(Nanoseconds deadline);
    void haveWays(const std::shared_ptr<Inquiry>& inquiry, SupervisorStart::Ways ways);
    void dropInquiry();
    void startWay();
    void send(Pending& pending);
    [[nodiscard]] Nanoseconds untilIdle() const;
    [[nodiscard]] Nanoseconds silenceAllowed() const;
    void handleOutput(bool hasEnded);
    [[nodiscard]] bool handleLine(const std::string& line);
    void handleGreeting(const event::Started& started);
    void handleEvent(Event event);
    void handleCheckEvent(Event& event, std::uint64_t id);
    void supervisorDied(const ExitStatus& status);
    void giveUp(SupervisorFault fault, const std::string& message, Verdict verdict = Verdict::NotChecked);
    void end(Explain why, Verdict verdict = Verdict::NotChecked);
    void answerEnded(const Pending& pending);
    void finish(const Work& work, Check check);
    [[nodiscard]] Nanoseconds now() const { return m_system.clock.monotonic(); }

    System& m_system;
    HostListener& m_listener;
    std::shared_ptr<SupervisorStart> m_start; // with the thread that looks for ways
    std::shared_ptr<Inquiry> m_inquiry;       // under way; nullptr: none
    Nanoseconds m_inquirySince = 0;           // monotonic
    std::map<WorkId, Pending> m_pending;
    SupervisorStart::Ways m_ways;
    std::size_t m_way = 0;     // that is tried, or was taken
    std::size_t m_answers = 0; // how many there were
    std::size_t m_bytesIn = 0; // that they took
    std::unique_ptr<WatchedProber> m_supervisor;
    std::vector<std::unique_ptr<WatchedProber>> m_givenUp; // until they end
    std::string m_otherVersion;                            // of the program on the other side, if it is not ours
    std::shared_ptr<const SupervisionEnded> m_ended;
    std::function<void()> m_idle;
    Nanoseconds m_idleAfter;
    Nanoseconds m_idleSince = 0; // monotonic

    WatcherThread m_thread; // last: it uses what stands above
};

namespace {

// A line of another's: a check with every fact takes some 20 KiB, one of a path of 2,000 components some 500.
constexpr std::size_t kLongestWord = std::size_t{1} << 20U;

std::unique_ptr<SupervisorStart> startFor(System& system, const SupervisedSettings& settings)
{
    return settings.runAs.isRemote() ? startOnOtherComputer(system, settings.runAs)
                                     : startAsOtherUser(system, settings.runAs.user, settings.program);
}

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

SupervisedHost::Impl::Impl(System& system, const SupervisedSettings& settings, HostListener& listener)
    : m_system(system), m_listener(listener), m_start(startFor(system, settings)), m_ended(settings.ended),
      m_idle(settings.idle), m_idleAfter(settings.idleAfter), m_idleSince(system.clock.monotonic()),
      m_thread(system, *this, settings.stepDeadline)
{}

/// The supervisor cleans up and ends by itself. What does not is left; an ssh is ours to end, and with it ends the far
/// side.
void SupervisedHost::Impl::shutDown()
{
    if (m_supervisor) {
        m_supervisor->closeInput();
        m_givenUp.push_back(std::move(m_supervisor));
    }
    waitForEnds(m_system, m_givenUp, kForShuttingDown);
    const bool isOurs = m_way < m_ways.list.size() && m_ways.list[m_way].isOurs;
    if (m_givenUp.empty() || !isOurs)
        return;
    for (const auto& one : m_givenUp)
        one->abandon();
    waitForEnds(m_system, m_givenUp, kForReaping);
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
        m_supervisor->lastOutput = now(); // it had nothing to say until now
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
    inquiry->over.wait_for(lock, std::chrono::nanoseconds(kForShuttingDown), [&] { return inquiry->isOver; });
}

void SupervisedHost::Impl::startWay()
{
    auto child = m_system.processes.start(m_ways.list[m_way].command);
    if (!child) {
        end([error = child.error()](const Path&) { return proberStartFinding(error); });
        return m_ended.reset(); // what was lacking here may be there next time
    }
    m_supervisor = std::make_unique<WatchedProber>(m_system, std::move(*child), kLongestWord);
    m_supervisor->lastOutput = now();
}

void SupervisedHost::Impl::send(Pending& pending)
{
    const request::Check check{pending.work.folder, pending.work.level(), pending.work.deadline};
    m_supervisor->send(toLine(Order{pending.work.id, check}));
    pending.isSent = true;
}

/// What was asked for is ours to say, whatever came back.
void SupervisedHost::Impl::finish(const Work& work, Check check)
{
    check.folder = work.folder;
    check.level = work.level();
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
    m_supervisor->send(toLine(Cancel{id}));
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
    work.request = request::Check{folder, level, std::nullopt};
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
    Nanoseconds next = silenceAllowed() - (now() - m_supervisor->lastOutput);
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
    if (isDeaf || isEndless || now() - m_supervisor->lastOutput > silenceAllowed())
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
            handleOutput(watched[3].ready);
    }
    std::erase_if(m_givenUp, [this](const auto& one) {
        const auto status = m_system.processes.reap(one->pidFd());
        return !status || status->has_value();
    });
}

/// `hasEnded`: the process. Others may hold its pipe after it, and say nothing for ever.
void SupervisedHost::Impl::handleOutput(bool hasEnded)
{
    const auto outcome = m_supervisor->hasLine() ? WatchedProber::ReadOutcome::Bytes : m_supervisor->readOutput();
    if (outcome == WatchedProber::ReadOutcome::Nonsense)
        return giveUp(SupervisorFault::Nonsense, "a line without an end");
    const Nanoseconds end = now() + kTurn;
    while (const auto line = m_supervisor->nextLine()) {
        if (!handleLine(*line) || now() > end)
            return;
    }
    const bool isSilent = hasEnded && outcome == WatchedProber::ReadOutcome::Nothing;
    if (outcome != WatchedProber::ReadOutcome::End && !isSilent)
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
bool SupervisedHost::Impl::handleLine(const std::string& line)
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
        handleEvent(std::move(*event));
    return m_supervisor != nullptr;
}

void SupervisedHost::Impl::handleGreeting(const event::Started& started)
{
    if (started.schema != kStreamSchema)
        return giveUp(SupervisorFault::OtherVersion, started.schema.substr(0, kLongestQuote));
    if (m_supervisor->greeted)
        return giveUp(SupervisorFault::Nonsense, "a second beginning");
    m_otherVersion = started.version == SCRATCHPROOF_VERSION ? std::string() : started.version.substr(0, kLongestQuote);
    m_supervisor->greeted = true;
    m_supervisor->lastOutput = now();
    for (auto& [id, pending] : m_pending)
        send(pending);
}

void SupervisedHost::Impl::handleEvent(Event event)
{
    if (const auto* started = std::get_if<event::Started>(&event))
        return handleGreeting(*started);
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
    m_supervisor->lastOutput = now();
    handleCheckEvent(event, id);
}

void SupervisedHost::Impl::handleCheckEvent(Event& event, std::uint64_t id)
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
