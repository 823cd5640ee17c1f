// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/prober/other_user_host.h"

#include "core/prober/late_answers.h"
#include "core/prober/watched_prober.h"
#include "core/prober/ways_to_become.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace scratchproof {

namespace {

constexpr Nanoseconds kSlack = 5 * kNanosecondsPerSecond;
constexpr Nanoseconds kForSudo = 60 * kNanosecondsPerSecond;    // a directory server may have to be asked
constexpr Nanoseconds kForPerson = 600 * kNanosecondsPerSecond; // who types a password
constexpr Nanoseconds kFarewell = kNanosecondsPerSecond / 2;
constexpr int kDeadlines = 6; // `sync` may take so many there

/// A check that was asked for and has no answer yet.
struct Pending
{
    Work work;
    bool isSent = false;
    bool isCancelled = false;
    std::vector<StepResult> steps;
};

std::string inWords(const ExitStatus& status)
{
    return status.signalled ? fmt::format("signal {}", status.value) : fmt::format("exit code {}", status.value);
}

/// What was said, without the empty line at its end.
std::string withoutLastNewline(std::string text)
{
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.pop_back();
    return text;
}

} // namespace

/// All but submit() and post() runs on the watcher thread.
class OtherUserHost::Impl
{
public:
    Impl(System& system, OtherUserSettings settings, HostListener& listener)
        : m_system(system), m_listener(listener), m_settings(std::move(settings)), m_deadline(m_settings.stepDeadline)
    {
        if (auto notifier = system.processes.makeNotifier())
            m_notifier = std::move(*notifier);
        m_thread = std::thread([this] { watch(); });
    }
    ~Impl()
    {
        post([this] { m_stopping = true; });
        m_thread.join();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    WorkId submit(Work work)
    {
        work.id = ++m_lastId;
        work.deadline = m_deadline;
        work.accepted = m_system.clock.wall();
        const WorkId id = work.id;
        post([this, work = std::move(work)]() mutable { accept(std::move(work)); });
        return id;
    }
    void post(std::function<void()> command)
    {
        {
            const std::lock_guard lock(m_mutex);
            m_commands.push_back(std::move(command));
        }
        m_system.processes.notify(m_notifier.get());
    }
    void setDeadline(Nanoseconds deadline) { m_deadline = deadline; }
    void cancel(WorkId id);
    void cancelAll();

private:
    struct Ended
    {
        OtherUserCase why;
        Verdict verdict = Verdict::NotChecked;
    };

    void watch();
    void farewell();
    void runCommands();
    void accept(Work work);
    void start();
    void startNextWay();
    void send(Pending& pending);
    void waitForSomething();
    [[nodiscard]] Nanoseconds silenceAllowed() const;
    [[nodiscard]] Nanoseconds patience() const;
    void lookAtSilence();
    void hear();
    void hearEvent(Event event);
    void hearOfCheck(Event& event, std::uint64_t id);
    void supervisorDied(const ExitStatus& status);
    void giveUp(OtherUserProblem problem, const std::string& message, Verdict verdict = Verdict::NotChecked);
    void answerEnded(const Pending& pending);
    void finish(const Work& work, Check check);
    [[nodiscard]] Nanoseconds now() const { return m_system.clock.monotonic(); }

    System& m_system;
    HostListener& m_listener;
    OtherUserSettings m_settings;
    std::atomic<Nanoseconds> m_deadline;
    std::atomic<WorkId> m_lastId{0};
    UniqueFd m_notifier;

    std::mutex m_mutex;
    std::vector<std::function<void()>> m_commands; // guarded

    std::map<WorkId, Pending> m_pending;
    std::deque<WayToBecome> m_ways; // not tried yet
    std::optional<WayToBecome> m_way;
    std::unique_ptr<WatchedProber> m_supervisor;
    std::vector<std::unique_ptr<WatchedProber>> m_givenUp; // until they end
    std::optional<Ended> m_ended;
    bool m_stopping = false;

    std::thread m_thread; // last: everything it uses stands above
};

void OtherUserHost::Impl::watch()
{
    runCommands();
    while (!m_stopping) {
        waitForSomething();
        runCommands();
        lookAtSilence();
    }
    farewell();
}

/// No more callbacks. The supervisor cleans up and ends by itself; what does not is left.
void OtherUserHost::Impl::farewell()
{
    if (m_supervisor) {
        m_supervisor->closeInput();
        m_givenUp.push_back(std::move(m_supervisor));
    }
    const Nanoseconds end = now() + kFarewell;
    while (!m_givenUp.empty() && now() < end) {
        std::vector<WatchedFd> watched;
        for (const auto& one : m_givenUp)
            watched.push_back({one->pidFd(), true, false, false, false});
        for (const auto& one : m_givenUp)
            watched.push_back({one->outputFd(), true, false, false, false});
        if (!m_system.processes.waitFor(watched, std::max<Nanoseconds>(0, end - now())))
            break;
        std::erase_if(m_givenUp, [this](const auto& one) {
            if (one->outputFd() >= 0 && one->readOutput() == WatchedProber::Heard::End)
                one->closeOutput();
            const auto status = m_system.processes.reap(one->pidFd());
            return !status || status->has_value();
        });
    }
}

void OtherUserHost::Impl::runCommands()
{
    std::vector<std::function<void()>> commands;
    {
        const std::lock_guard lock(m_mutex);
        commands.swap(m_commands);
    }
    for (const auto& command : commands)
        command();
}

void OtherUserHost::Impl::accept(Work work)
{
    if (m_ended)
        return answerEnded({std::move(work), false, false, {}});
    if (m_supervisor && m_pending.empty())
        m_supervisor->lastHeard = now(); // it had nothing to say until now
    const WorkId id = work.id;
    m_pending[id].work = std::move(work);
    if (!m_supervisor)
        start(); // may give up at once, and answer
    else if (m_supervisor->greeted)
        send(m_pending.at(id));
}

void OtherUserHost::Impl::start()
{
    const auto account = m_system.processes.userAccount(m_settings.user);
    if (!account)
        return giveUp(OtherUserProblem::Failed, toString(account.error()));
    if (!*account)
        return giveUp(OtherUserProblem::UnknownUser, {});
    const auto ways = waysToBecome(m_system, **account, m_settings.program);
    m_ways.assign(ways.begin(), ways.end());
    if (m_ways.empty())
        return giveUp(OtherUserProblem::NoWay, {});
    startNextWay();
}

void OtherUserHost::Impl::startNextWay()
{
    m_way = std::move(m_ways.front());
    m_ways.pop_front();
    auto child = m_system.processes.start(m_way->command);
    if (!child)
        return giveUp(OtherUserProblem::Failed, toString(child.error()));
    m_supervisor = std::make_unique<WatchedProber>(m_system, std::move(*child));
    m_supervisor->lastHeard = now();
}

void OtherUserHost::Impl::send(Pending& pending)
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

/// How long it may say nothing: while it has work each step of some folder ends in time, or is reported as late.
Nanoseconds OtherUserHost::Impl::silenceAllowed() const
{
    if (!m_supervisor->greeted)
        return m_way->asksPerson ? kForPerson : kForSudo;
    Nanoseconds longest = 0;
    for (const auto& [id, pending] : m_pending)
        longest = std::max(longest, pending.work.deadline);
    return kDeadlines * longest + kSlack;
}

Nanoseconds OtherUserHost::Impl::patience() const
{
    if (!m_supervisor || m_pending.empty())
        return -1;
    return std::max<Nanoseconds>(0, silenceAllowed() - (now() - m_supervisor->lastHeard)) + kNanosecondsPerMillisecond;
}

void OtherUserHost::Impl::lookAtSilence()
{
    if (m_supervisor && !m_pending.empty() && now() - m_supervisor->lastHeard > silenceAllowed())
        giveUp(OtherUserProblem::Silent, m_supervisor->errors(), Verdict::NotResponding);
}

void OtherUserHost::Impl::waitForSomething()
{
    std::vector<WatchedFd> watched;
    watched.push_back({m_notifier.get(), true, false, false, false});
    if (m_supervisor) {
        watched.push_back({m_supervisor->outputFd(), true, false, false, false});
        watched.push_back({m_supervisor->errorsFd(), true, false, false, false});
        watched.push_back({m_supervisor->hasMoreToWrite() ? m_supervisor->inputFd() : -1, false, true, false, false});
        watched.push_back({m_supervisor->pidFd(), true, false, false, false});
    }
    for (const auto& one : m_givenUp)
        watched.push_back({one->pidFd(), true, false, false, false});
    if (!m_system.processes.waitFor(watched, patience()))
        return;
    if (watched[0].ready)
        m_system.processes.acknowledge(m_notifier.get());
    if (m_supervisor) {
        if (watched[2].ready)
            m_supervisor->readErrors();
        if (watched[3].ready)
            m_supervisor->writeMore();
        if (watched[1].ready || watched[4].ready)
            hear();
    }
    std::erase_if(m_givenUp, [this](const auto& one) {
        const auto status = m_system.processes.reap(one->pidFd());
        return !status || status->has_value();
    });
}

void OtherUserHost::Impl::hear()
{
    const auto heard = m_supervisor->readOutput();
    if (heard == WatchedProber::Heard::Nonsense)
        return giveUp(OtherUserProblem::Nonsense, "a line without an end");
    while (const auto line = m_supervisor->nextLine()) {
        auto event = eventFromLine(*line);
        if (!event)
            return giveUp(OtherUserProblem::Nonsense, toString(event.error()));
        hearEvent(std::move(*event));
        if (!m_supervisor)
            return;
    }
    if (heard != WatchedProber::Heard::End)
        return;
    // sudo may outlive its command for a moment, and its last words tell why there was none.
    m_supervisor->closeOutput();
    const auto status = m_system.processes.reap(m_supervisor->pidFd());
    if (!status)
        supervisorDied({});
    else if (*status)
        supervisorDied(**status);
}

void OtherUserHost::Impl::hearEvent(Event event)
{
    if (const auto* started = std::get_if<event::Started>(&event)) {
        if (started->schema != kStreamSchema)
            return giveUp(OtherUserProblem::OtherVersion, displayText(started->schema));
        if (m_supervisor->greeted)
            return giveUp(OtherUserProblem::Nonsense, "a second beginning");
        m_supervisor->greeted = true;
        m_supervisor->lastHeard = now();
        for (auto& [id, pending] : m_pending)
            send(pending);
        return;
    }
    const auto idOf = [](const auto& one) -> std::uint64_t {
        if constexpr (requires { one.check; })
            return one.check;
        else
            return 0;
    };
    const auto id = std::visit(idOf, event);
    const auto found = m_pending.find(id);
    if (!m_supervisor->greeted || found == m_pending.end() || !found->second.isSent)
        return giveUp(OtherUserProblem::Nonsense, "an event that was not asked for");
    m_supervisor->lastHeard = now();
    hearOfCheck(event, id);
}

void OtherUserHost::Impl::hearOfCheck(Event& event, std::uint64_t id)
{
    constexpr std::size_t kMostSteps = 64;
    Pending& pending = m_pending.at(id);
    if (std::holds_alternative<event::CheckStarted>(event)) {
        m_listener.checkStarted(id);
    } else if (const auto* step = std::get_if<event::StepStarted>(&event)) {
        m_listener.stepStarted(id, step->step);
    } else if (const auto* finished = std::get_if<event::StepFinished>(&event)) {
        if (pending.steps.size() >= kMostSteps)
            return giveUp(OtherUserProblem::Nonsense, "more steps than there are");
        pending.steps.push_back(finished->result);
        m_listener.stepFinished(id, finished->result);
    } else if (auto* done = std::get_if<event::CheckFinished>(&event)) {
        const Work work = std::move(pending.work);
        m_pending.erase(id);
        finish(work, std::move(done->result));
    }
}

/// What was asked for is ours to say, whatever came back.
void OtherUserHost::Impl::finish(const Work& work, Check check)
{
    check.folder = work.folder;
    check.level = work.level;
    check.as = m_settings.user;
    m_listener.checkFinished(work.id, check);
}

void OtherUserHost::Impl::supervisorDied(const ExitStatus& status)
{
    m_supervisor->readErrors();
    const std::string errors = withoutLastNewline(m_supervisor->errors());
    if (m_supervisor->greeted)
        return giveUp(OtherUserProblem::BrokeOff, errors.empty() ? inWords(status) : inWords(status) + ": " + errors);
    const OtherUserProblem problem = whyNotBecome(m_way->by, status, errors);
    const bool isRefused = problem == OtherUserProblem::PasswordNeeded || problem == OtherUserProblem::NotAllowed;
    if (!isRefused || m_ways.empty())
        return giveUp(problem, errors.empty() ? inWords(status) : errors);
    m_supervisor.reset();
    startNextWay();
}

void OtherUserHost::Impl::giveUp(OtherUserProblem problem, const std::string& message, Verdict verdict)
{
    const auto asker = m_system.processes.userName(m_system.processes.userId());
    m_ended = Ended{{problem, m_settings.user, asker.value_or(""), m_settings.program, message}, verdict};
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

void OtherUserHost::Impl::answerEnded(const Pending& pending)
{
    if (pending.isCancelled)
        return finish(pending.work, cancelledCheck(pending.work));
    Check check = failedCheck(pending.work, pending.steps, otherUserFinding(m_ended->why, pending.work.folder));
    check.verdict = m_ended->verdict;
    finish(pending.work, std::move(check));
}

void OtherUserHost::Impl::cancel(WorkId id)
{
    const auto found = m_pending.find(id);
    if (found == m_pending.end())
        return;
    if (!found->second.isSent) {
        const Work work = std::move(found->second.work);
        m_pending.erase(found);
        return finish(work, cancelledCheck(work));
    }
    if (std::exchange(found->second.isCancelled, true))
        return;
    Json request = Json::object();
    request["request"] = "cancel";
    request["id"] = id;
    m_supervisor->send(toLine(request));
}

void OtherUserHost::Impl::cancelAll()
{
    std::vector<WorkId> ids;
    for (const auto& [id, pending] : m_pending)
        ids.push_back(id);
    for (const WorkId id : ids)
        cancel(id);
}

OtherUserHost::OtherUserHost(System& system, OtherUserSettings settings, HostListener& listener)
    : m_impl(std::make_unique<Impl>(system, std::move(settings), listener))
{}

OtherUserHost::~OtherUserHost() = default;

WorkId OtherUserHost::check(const Path& folder, Level level)
{
    Work work;
    work.folder = folder;
    work.level = level;
    return m_impl->submit(std::move(work));
}

void OtherUserHost::cancel(WorkId id)
{
    m_impl->post([impl = m_impl.get(), id] { impl->cancel(id); });
}

void OtherUserHost::cancelAll()
{
    m_impl->post([impl = m_impl.get()] { impl->cancelAll(); });
}

void OtherUserHost::setStepDeadline(Nanoseconds deadline)
{
    m_impl->setDeadline(deadline);
}

} // namespace scratchproof
