// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/prober_session.h"

#include "core/worker/prober.h"

#include <chrono>
#include <map>
#include <utility>

namespace scratchproof {

namespace {
// With what the host waits for its probers, Ctrl-C takes a second at most.
constexpr std::chrono::milliseconds kLastAnswers{300};

/// While this process has one thread only. Where it cannot be copied, the host starts the program.
std::shared_ptr<std::optional<ChildProcess>> startFirst(Console& console)
{
    if (!console.startsByFork)
        return nullptr;
    const auto serve = [] {
        ignoreSignalsThatAreErrors();
        return serveProber(linuxSystem(), 0, 1);
    };
    auto child = console.system.processes.startCopy(serve, "prober");
    return child ? std::make_shared<std::optional<ChildProcess>>(std::move(*child)) : nullptr;
}

} // namespace

ProberSession::ProberSession(Console& console, Nanoseconds stepDeadline, bool takesResultLines)
    : m_system(console.system), m_workingFolder(console.workingFolder), m_takesResultLines(takesResultLines),
      m_interruption(console.system.processes.makeNotifier().value_or(UniqueFd()))
{
    HostSettings settings;
    settings.first = startFirst(console); // before there are threads
    if (console.catchSignals)
        m_signals = std::make_unique<TerminationSignals>([this](int signal) { interrupted(signal); });
    settings.program = console.proberProgram;
    settings.stepDeadline = stepDeadline;
    // Under the lock: a signal may come before there is a host to take the work back from.
    const std::lock_guard lock(m_mutex);
    HostListener& self = *this;
    m_hosts = std::make_unique<AllHosts>(console.system, std::move(settings), self, AllHosts::AfterFailure::SameAnswer);
}

ProberSession::~ProberSession()
{
    m_signals.reset();
    m_hosts.reset();
}

void ProberSession::put(SessionEvent event)
{
    const std::lock_guard lock(m_mutex);
    m_events.push_back(std::move(event));
}

/// One waking for all that was told in a row: waking a thread takes longer than most steps.
void ProberSession::caughtUp()
{
    const std::lock_guard lock(m_mutex);
    if (!m_events.empty())
        m_changed.notify_one();
}

void ProberSession::interrupted(int signal)
{
    const std::lock_guard lock(m_mutex);
    m_signal = signal;
    if (m_hosts)
        m_hosts->cancelAll();
    m_changed.notify_one();
    if (m_interruption)
        m_system.processes.notify(m_interruption.get());
}

std::optional<ProberSession::SessionEvent> ProberSession::next()
{
    if (m_taken.empty() && !waitForEvents())
        return std::nullopt;
    SessionEvent event = std::move(m_taken.front());
    m_taken.pop_front();
    return event;
}

bool ProberSession::waitForEvents()
{
    std::unique_lock lock(m_mutex);
    const auto some = [this] { return !m_events.empty(); };
    m_changed.wait(lock, [&] { return some() || m_signal != 0; });
    if (!some() && !m_changed.wait_for(lock, kLastAnswers, some))
        return false;
    m_taken.swap(m_events);
    return true;
}

Result<Json> ProberSession::askForJson(Request request, const Progress& progress)
{
    const Path folder = folderOf(request);
    if (signal() != 0)
        return fail(ErrorKind::Cancelled, folder, 0);
    const WorkId id = m_hosts->ask(std::move(request));
    while (auto event = next()) {
        if (event->id != id || !event->answer)
            continue;
        if (event->kind == SessionEvent::Kind::Answered)
            return std::move(*event->answer);
        if (progress && *event->answer)
            progress(**event->answer);
    }
    return fail(ErrorKind::Cancelled, folder, 0);
}

std::vector<std::optional<Result<Json>>> ProberSession::askAllForJson(std::vector<Request> requests)
{
    std::vector<std::optional<Result<Json>>> answers(requests.size());
    std::map<WorkId, std::size_t> waiting;
    for (std::size_t i = 0; i < requests.size(); ++i)
        waiting[m_hosts->ask(std::move(requests[i]))] = i;
    while (!waiting.empty()) {
        auto event = next();
        if (!event)
            break;
        const auto found = waiting.find(event->id);
        if (found == waiting.end() || event->kind != SessionEvent::Kind::Answered)
            continue;
        answers[found->second] = std::move(event->answer);
        waiting.erase(found);
    }
    return answers;
}

void ProberSession::pause(Nanoseconds time)
{
    std::unique_lock lock(m_mutex);
    m_changed.wait_for(lock, std::chrono::nanoseconds(time), [this] { return m_signal != 0; });
}

int ProberSession::signal() const
{
    const std::lock_guard lock(m_mutex);
    return m_signal;
}

int ProberSession::exitCode(ExitCode code) const
{
    const int caught = signal();
    return caught != 0 ? kInterruptedBase + caught : toInt(code);
}

void ProberSession::checkStarted(WorkId id)
{
    put({id, SessionEvent::Kind::CheckStarted, {}, {}, {}, {}});
}

void ProberSession::stepStarted(WorkId id, const std::string& step)
{
    put({id, SessionEvent::Kind::StepStarted, step, {}, {}, {}});
}

void ProberSession::stepFinished(WorkId id, const StepResult& result)
{
    put({id, SessionEvent::Kind::StepFinished, {}, result, {}, {}});
}

void ProberSession::checkFinished(WorkId id, const Check& check)
{
    put({id, SessionEvent::Kind::CheckFinished, {}, {}, std::make_shared<const Check>(check), {}});
}

bool ProberSession::takeResultLine(WorkId id, const ResultLine& line)
{
    if (!m_takesResultLines)
        return false;
    SessionEvent event{id, SessionEvent::Kind::ResultLine, std::string(line.result), {}, {}, {}};
    event.verdict = line.verdict;
    put(std::move(event));
    return true;
}

void ProberSession::progressed(WorkId id, const Json& body)
{
    put({id, SessionEvent::Kind::Progressed, {}, {}, {}, Result<Json>(body)});
}

void ProberSession::answered(WorkId id, const Result<Json>& result)
{
    put({id, SessionEvent::Kind::Answered, {}, {}, {}, result});
}

} // namespace scratchproof
