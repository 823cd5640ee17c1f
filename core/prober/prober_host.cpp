// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/prober/prober_host.h"

#include "core/base/quantity.h"
#include "core/diagnosis/watcher_findings.h"
#include "core/prober/check_queue.h"
#include "core/prober/late_answers.h"
#include "core/prober/stuck_probers.h"
#include "core/prober/watched_prober.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace scratchproof {

namespace {

constexpr Nanoseconds kGoodStanding = kNanosecondsPerSecond; // silent for longer: does not count
constexpr Nanoseconds kIdleFor = 30 * kNanosecondsPerSecond; // then an idle prober is sent home
constexpr Nanoseconds kFarewell = kNanosecondsPerSecond / 2; // what the destructor waits at most
constexpr Nanoseconds kLastRites = 50 * kNanosecondsPerMillisecond;
constexpr std::size_t kMostIdle = 2;
constexpr int kMostExtensions = 5; // six deadlines in all

std::string inWords(const ExitStatus& status)
{
    return status.signalled ? fmt::format("signal {}", status.value) : fmt::format("exit code {}", status.value);
}

} // namespace

/// All but submit(), the destructor and the snapshot runs on the watcher thread.
class ProberHost::Impl
{
public:
    Impl(System& system, HostSettings settings, HostListener& listener)
        : m_system(system), m_listener(listener), m_program(std::move(settings.program)), m_atOnce(settings.atOnce),
          m_deadline(settings.stepDeadline), m_stuck(system)
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

    /// Runs `command` on the watcher thread.
    void post(std::function<void()> command)
    {
        {
            const std::lock_guard lock(m_mutex);
            m_commands.push_back(std::move(command));
        }
        m_system.processes.notify(m_notifier.get());
    }

    void setDeadline(Nanoseconds deadline) { m_deadline = deadline; }

    void cancel(WorkId id)
    {
        if (const auto work = m_queue.remove(id))
            answerCancelled(*work);
        for (auto& prober : m_probers) {
            if (prober->progress && prober->progress->work.id == id)
                cancelRunning(*prober);
        }
    }

    void cancelAll()
    {
        for (const auto& work : m_queue.removeAll())
            answerCancelled(work);
        for (auto& prober : m_probers) {
            if (prober->progress)
                cancelRunning(*prober);
        }
    }

    [[nodiscard]] std::vector<Abandoned> abandoned() const
    {
        const std::lock_guard lock(m_mutex);
        return m_abandoned;
    }

private:
    using ProberPointer = std::unique_ptr<WatchedProber>;

    void watch();
    void runCommands();
    void accept(Work work);
    void dispatch();
    void give(Work work);
    void waitForSomething();
    [[nodiscard]] Nanoseconds patience() const;
    void hear(WatchedProber& prober);
    void hearLine(WatchedProber& prober, const std::string& line);
    void hearEvent(WatchedProber& prober, Event event);
    void finish(WatchedProber& prober);
    void lookAtDeadlines();
    [[nodiscard]] bool mayGoOn(WatchedProber& prober) const;
    void giveUp(WatchedProber& prober);
    void refuse(WatchedProber& prober, const std::string& why);
    void buryDead();
    void died(WatchedProber& prober, const ExitStatus& status);
    void sendIdleHome();
    void takeSnapshot();

    void cancelRunning(WatchedProber& prober);
    void answerCancelled(const Work& work);
    void answerFailed(const Work& work, const std::vector<StepResult>& steps, Finding finding, Error error);
    void answerSameMount(const Work& work, const StuckProber& stuck);
    [[nodiscard]] bool isFree(const Lane& lane) const;
    [[nodiscard]] ProberPointer take(const WatchedProber& prober);
    [[nodiscard]] Nanoseconds now() const { return m_system.clock.monotonic(); }

    System& m_system;
    HostListener& m_listener;
    Path m_program;
    unsigned m_atOnce;
    std::atomic<Nanoseconds> m_deadline;
    std::atomic<WorkId> m_lastId{0};
    UniqueFd m_notifier;

    mutable std::mutex m_mutex;
    std::vector<std::function<void()>> m_commands; // guarded
    std::vector<Abandoned> m_abandoned;            // guarded

    MountTable m_mounts;
    bool m_mountsAreFresh = false;
    UniqueFd m_mountinfo; // readable with urgency when mounts changed
    CheckQueue m_queue;
    std::vector<ProberPointer> m_probers;
    StuckProbers m_stuck;
    bool m_stopping = false;

    std::thread m_thread; // last: everything it uses stands above
};

void ProberHost::Impl::watch()
{
    if (auto mountinfo = m_system.files.open(kWorkingDirectory, "/proc/self/mountinfo", O_RDONLY))
        m_mountinfo = std::move(*mountinfo);
    runCommands();
    while (!m_stopping) {
        dispatch();
        sendIdleHome();
        waitForSomething();
        runCommands();
        lookAtDeadlines();
    }
    // No more callbacks. Whoever answers now cleans up and ends; the rest is left, and ends with its input.
    for (auto& prober : m_probers)
        prober->closeInput();
    const Nanoseconds end = now() + kFarewell;
    while (!m_probers.empty() && now() < end) {
        std::vector<WatchedFd> watched;
        for (const auto& prober : m_probers)
            watched.push_back({prober->pidFd(), true, false, false, false});
        if (!m_system.processes.waitFor(watched, std::max<Nanoseconds>(0, end - now())))
            break;
        std::erase_if(m_probers, [this](const ProberPointer& prober) {
            static_cast<void>(prober->readOutput()); // a full pipe would keep it from ending
            const auto status = m_system.processes.reap(prober->pidFd());
            return !status || status->has_value();
        });
    }
    // Those that were killed a moment ago are about to end: none stays behind as a zombie. A stuck one is not waited
    // for.
    const Nanoseconds last = now() + kLastRites;
    for (m_stuck.bury(); !m_stuck.list().empty() && now() < last; m_stuck.bury()) {
        std::vector<WatchedFd> watched;
        m_stuck.watch(watched);
        if (!m_system.processes.waitFor(watched, std::max<Nanoseconds>(0, last - now())))
            break;
    }
}

void ProberHost::Impl::runCommands()
{
    std::vector<std::function<void()>> commands;
    {
        const std::lock_guard lock(m_mutex);
        commands.swap(m_commands);
    }
    for (const auto& command : commands)
        command();
}

void ProberHost::Impl::accept(Work work)
{
    if (!m_mountsAreFresh)
        m_mountsAreFresh = m_mounts.refresh().has_value();
    if (!work.folder.empty() && work.folder.front() == '/') {
        if (const Mount* mount = m_mounts.byPathText(work.folder)) {
            work.mountPoint = mount->mountPoint;
            work.fileSystem = mount->fileSystem;
        }
    }
    if (const StuckProber* stuck = m_stuck.inTheWayOf(work)) {
        const StuckProber copy = *stuck;
        if (work.isCheck)
            m_listener.checkFinished(work.id, stillStuckCheck(work, copy, m_system.clock.wall()));
        else
            m_listener.answered(work.id, fail("not-responding", work.folder, 0,
                                              fmt::format("process {} has been waiting there since {}", copy.pid,
                                                          toIso8601(copy.since))));
        return;
    }
    m_queue.add(std::move(work));
}

/// One prober a lane, and with those that are stuck two at a mount: all may get stuck there.
bool ProberHost::Impl::isFree(const Lane& lane) const
{
    std::size_t atMount = m_stuck.countAt(lane.mountPoint);
    for (const auto& prober : m_probers) {
        if (!prober->progress || prober->progress->work.mountPoint != lane.mountPoint)
            continue;
        if (laneOf(prober->progress->work).kind == lane.kind)
            return false;
        ++atMount;
    }
    return atMount < StuckProbers::kMostAtMount;
}

void ProberHost::Impl::dispatch()
{
    while (!m_queue.isEmpty()) {
        const auto busy = std::count_if(m_probers.begin(), m_probers.end(), [this](const ProberPointer& prober) {
            return prober->progress && now() - prober->lastHeard < kGoodStanding;
        });
        if (static_cast<unsigned>(busy) >= std::max(1U, m_atOnce))
            return;
        auto work = m_queue.takeNext([this](const Lane& lane) { return isFree(lane); });
        if (!work)
            return;
        give(std::move(*work));
    }
}

void ProberHost::Impl::give(Work work)
{
    auto found = std::find_if(m_probers.begin(), m_probers.end(),
                              [](const ProberPointer& prober) { return prober->takesWork(); });
    if (found == m_probers.end()) {
        auto child = m_system.processes.start({m_program, "prober"});
        if (!child)
            return answerFailed(work, {}, proberStartFinding(child.error()),
                                {"prober-start", m_program, child.error().code, {}});
        m_probers.push_back(std::make_unique<WatchedProber>(m_system, std::move(*child)));
        found = std::prev(m_probers.end());
    }
    WatchedProber& prober = **found;
    Json request = work.isCheck ? Json::object() : work.request;
    if (work.isCheck) {
        request["request"] = "check";
        request["level"] = toString(work.level);
    }
    request["id"] = work.id;
    if (!work.folder.empty() || work.isCheck)
        putPath(request, "folder", work.folder);
    const WorkId id = work.id;
    const bool isCheck = work.isCheck;
    prober.progress = WorkProgress{std::move(work), now(), {}, {}, {}, 0, 0, false};
    prober.lastHeard = now();
    prober.send(toLine(request));
    if (isCheck)
        m_listener.checkStarted(id);
}

/// How long nothing needs to be looked at.
Nanoseconds ProberHost::Impl::patience() const
{
    Nanoseconds next = kIdleFor;
    for (const auto& prober : m_probers) {
        if (!prober->progress)
            continue;
        const auto& progress = *prober->progress;
        const Nanoseconds silent = now() - prober->lastHeard;
        next = std::min(next, progress.work.deadline * (1 + progress.extensions) - silent);
        if (!m_queue.isEmpty() && silent < kGoodStanding)
            next = std::min(next, kGoodStanding - silent);
    }
    return std::max<Nanoseconds>(next, 0) + kNanosecondsPerMillisecond;
}

void ProberHost::Impl::waitForSomething()
{
    std::vector<WatchedFd> watched;
    watched.push_back({m_notifier.get(), true, false, false, false});
    watched.push_back({m_mountinfo.get(), false, false, true, false});
    const std::size_t firstProber = watched.size();
    for (const auto& prober : m_probers) {
        watched.push_back({prober->outputFd(), true, false, false, false});
        watched.push_back({prober->errorsFd(), true, false, false, false});
        watched.push_back({prober->hasMoreToWrite() ? prober->inputFd() : -1, false, true, false, false});
        watched.push_back({prober->pidFd(), true, false, false, false});
    }
    m_stuck.watch(watched);
    if (!m_system.processes.waitFor(watched, patience()))
        return;
    if (watched[0].ready)
        m_system.processes.acknowledge(m_notifier.get());
    if (watched[1].ready)
        m_mountsAreFresh = false;
    // By pointer: hearing one may give it up, which changes the list.
    std::vector<WatchedProber*> ready;
    bool anyDead = false;
    for (std::size_t i = 0; i < m_probers.size(); ++i) {
        const auto* of = &watched[firstProber + 4 * i];
        if (of[1].ready)
            m_probers[i]->readErrors();
        if (of[2].ready)
            m_probers[i]->writeMore();
        if (of[0].ready || of[3].ready)
            ready.push_back(m_probers[i].get());
        anyDead = anyDead || of[3].ready;
    }
    for (std::size_t i = firstProber + 4 * m_probers.size(); i < watched.size(); ++i)
        anyDead = anyDead || watched[i].ready;
    for (WatchedProber* prober : ready)
        hear(*prober);
    if (anyDead)
        buryDead();
}

void ProberHost::Impl::hear(WatchedProber& prober)
{
    const auto heard = prober.readOutput();
    if (heard == WatchedProber::Heard::Nonsense)
        return refuse(prober, "a line without an end");
    const WatchedProber* self = &prober;
    const auto isStillOurs = [&] {
        return std::any_of(m_probers.begin(), m_probers.end(),
                           [self](const ProberPointer& one) { return one.get() == self; });
    };
    while (const auto line = prober.nextLine()) {
        hearLine(prober, *line);
        if (!isStillOurs())
            return;
    }
    if (heard != WatchedProber::Heard::End)
        return;
    // Without a voice it is of no use. Usually it has ended, and is about to be buried with its exit status.
    const auto status = m_system.processes.reap(prober.pidFd());
    if (status && *status)
        died(prober, **status);
    else if (!status)
        died(prober, {});
    else
        refuse(prober, "the end of its output");
}

void ProberHost::Impl::hearLine(WatchedProber& prober, const std::string& line)
{
    auto event = eventFromLine(line);
    if (!event)
        return refuse(prober, toString(event.error()));
    hearEvent(prober, std::move(*event));
}

void ProberHost::Impl::hearEvent(WatchedProber& prober, Event event)
{
    if (const auto* started = std::get_if<event::Started>(&event)) {
        if (started->schema != kStreamSchema)
            return refuse(prober, "another version of the stream: " + displayText(started->schema));
        prober.greeted = true;
        return;
    }
    const auto idOf = [](const auto& one) -> std::uint64_t {
        using Type = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<Type, event::Started>)
            return 0;
        else if constexpr (std::is_same_v<Type, event::Progress> || std::is_same_v<Type, event::Answer>)
            return one.id;
        else
            return one.check;
    };
    const auto id = std::visit(idOf, event);
    if (!prober.greeted || !prober.progress || prober.progress->work.id != id)
        return refuse(prober, "an event that was not asked for");
    auto& progress = *prober.progress;
    prober.lastHeard = now();
    if (auto* step = std::get_if<event::StepStarted>(&event)) {
        const bool isNew = progress.step != step->step; // "abilities" is announced before each of them
        progress.step = step->step;
        progress.device = step->device;
        if (step->device)
            progress.sectorsWritten = sectorsWritten(m_system, *step->device).value_or(0);
        if (isNew)
            m_listener.stepStarted(id, progress.step);
    } else if (auto* finished = std::get_if<event::StepFinished>(&event)) {
        progress.step.clear();
        progress.steps.push_back(finished->result);
        m_listener.stepFinished(id, finished->result);
    } else if (auto* done = std::get_if<event::CheckFinished>(&event)) {
        if (!progress.work.isCheck)
            return refuse(prober, "the result of a check that was not asked for");
        done->result.folder = progress.work.folder;
        const Check result = std::move(done->result);
        finish(prober);
        m_listener.checkFinished(id, result);
    } else if (auto* told = std::get_if<event::Progress>(&event)) {
        m_listener.progressed(id, told->body);
    } else if (auto* answer = std::get_if<event::Answer>(&event)) {
        if (progress.work.isCheck)
            return refuse(prober, answer->result ? "an answer in place of a check" : toString(answer->result.error()));
        finish(prober);
        m_listener.answered(id, answer->result);
    }
}

void ProberHost::Impl::finish(WatchedProber& prober)
{
    m_stuck.mountAnswered(prober.progress->work.mountPoint);
    prober.progress.reset();
    prober.lastHeard = now();
}

void ProberHost::Impl::lookAtDeadlines()
{
    std::vector<WatchedProber*> late;
    for (const auto& prober : m_probers) {
        if (prober->progress && !mayGoOn(*prober))
            late.push_back(prober.get());
    }
    for (WatchedProber* prober : late)
        giveUp(*prober);
}

bool ProberHost::Impl::mayGoOn(WatchedProber& prober) const
{
    auto& progress = *prober.progress;
    if (now() - prober.lastHeard <= progress.work.deadline * (1 + progress.extensions))
        return true;
    if (progress.step != toString(Step::Sync) || !progress.device || progress.extensions >= kMostExtensions)
        return false;
    const auto sectors = sectorsWritten(m_system, *progress.device);
    if (!sectors || *sectors <= progress.sectorsWritten)
        return false;
    progress.sectorsWritten = *sectors; // slow, not dead
    ++progress.extensions;
    return true;
}

ProberHost::Impl::ProberPointer ProberHost::Impl::take(const WatchedProber& prober)
{
    const auto found = std::find_if(m_probers.begin(), m_probers.end(),
                                    [&](const ProberPointer& one) { return one.get() == &prober; });
    ProberPointer taken = std::move(*found);
    m_probers.erase(found);
    return taken;
}

void ProberHost::Impl::giveUp(WatchedProber& prober)
{
    const WorkProgress progress = std::move(*prober.progress);
    prober.progress.reset();
    const Work& work = progress.work;
    const Nanoseconds waited = now() - prober.lastHeard;
    StuckProber what{prober.pid(),          work.folder,   work.mountPoint,
                     m_system.clock.wall(), progress.step, waitsIn(m_system, prober.pid())};
    prober.abandon();
    const bool restIsLost = m_stuck.addLate(take(prober), what);
    takeSnapshot();
    const auto rest = restIsLost ? m_queue.removeMount(work.mountPoint) : std::vector<Work>();
    if (work.isCheck)
        m_listener.checkFinished(work.id, lateCheck(progress, what, waited));
    else
        m_listener.answered(
            work.id, fail("not-responding", work.folder, 0, fmt::format("no answer for {}", formatDuration(waited))));
    for (const auto& waiting : rest)
        answerSameMount(waiting, what);
}

void ProberHost::Impl::refuse(WatchedProber& prober, const std::string& why)
{
    std::optional<WorkProgress> progress;
    progress.swap(prober.progress);
    prober.abandon();
    m_stuck.addRefused(take(prober), m_system.clock.wall());
    if (progress)
        answerFailed(progress->work, progress->steps, proberNonsenseFinding(why),
                     {"prober-nonsense", progress->work.folder, 0, why});
}

void ProberHost::Impl::buryDead()
{
    m_stuck.bury();
    takeSnapshot();
    std::vector<std::pair<WatchedProber*, ExitStatus>> dead;
    for (const auto& prober : m_probers) {
        const auto status = m_system.processes.reap(prober->pidFd());
        if (!status)
            dead.emplace_back(prober.get(), ExitStatus());
        else if (*status)
            dead.emplace_back(prober.get(), **status);
    }
    for (const auto& [prober, status] : dead)
        died(*prober, status);
}

void ProberHost::Impl::died(WatchedProber& prober, const ExitStatus& status)
{
    // What it said before it died still counts: its last words may be the result.
    static_cast<void>(prober.readOutput());
    prober.readErrors();
    const ProberPointer taken = take(prober);
    while (taken->progress) {
        const auto line = taken->nextLine();
        auto event = line ? eventFromLine(*line) : tl::unexpected<Error>(Error{});
        if (!event)
            break;
        const auto* done = std::get_if<event::CheckFinished>(&*event);
        if (done != nullptr && done->check == taken->progress->work.id) {
            Check result = done->result;
            result.folder = taken->progress->work.folder;
            taken->progress.reset();
            return m_listener.checkFinished(done->check, result);
        }
        const auto* answer = std::get_if<event::Answer>(&*event);
        if (answer != nullptr && answer->id == taken->progress->work.id) {
            taken->progress.reset();
            return m_listener.answered(answer->id, answer->result);
        }
    }
    if (!taken->progress)
        return;
    const std::string how = inWords(status);
    answerFailed(taken->progress->work, taken->progress->steps, proberDiedFinding(how, displayText(taken->errors())),
                 {"prober-died", taken->progress->work.folder, 0, how});
}

void ProberHost::Impl::sendIdleHome()
{
    std::size_t idle = 0;
    for (const auto& prober : m_probers) {
        if (prober->takesWork() && (++idle > kMostIdle || now() - prober->lastHeard > kIdleFor))
            prober->closeInput();
    }
}

void ProberHost::Impl::takeSnapshot()
{
    std::vector<Abandoned> list;
    for (const auto& stuck : m_stuck.list())
        list.push_back({stuck.pid, stuck.mountPoint, stuck.since});
    const std::lock_guard lock(m_mutex);
    m_abandoned = std::move(list);
}

void ProberHost::Impl::cancelRunning(WatchedProber& prober)
{
    if (std::exchange(prober.progress->cancelled, true))
        return;
    Json request = Json::object();
    request["request"] = "cancel";
    request["id"] = prober.progress->work.id;
    prober.send(toLine(request));
}

void ProberHost::Impl::answerCancelled(const Work& work)
{
    if (work.isCheck)
        m_listener.checkFinished(work.id, cancelledCheck(work));
    else
        m_listener.answered(work.id, fail("cancelled", work.folder, 0));
}

void ProberHost::Impl::answerFailed(const Work& work, const std::vector<StepResult>& steps, Finding finding,
                                    Error error)
{
    if (work.isCheck)
        m_listener.checkFinished(work.id, failedCheck(work, steps, std::move(finding)));
    else
        m_listener.answered(work.id, fail(std::move(error)));
}

void ProberHost::Impl::answerSameMount(const Work& work, const StuckProber& stuck)
{
    if (work.isCheck)
        m_listener.checkFinished(work.id, sameMountCheck(work, stuck));
    else
        m_listener.answered(work.id, fail("not-responding", work.folder, 0,
                                          "two requests at " + displayPath(stuck.mountPoint) + " were not answered"));
}

ProberHost::ProberHost(System& system, HostSettings settings, HostListener& listener)
    : m_impl(std::make_unique<Impl>(system, std::move(settings), listener))
{}

ProberHost::~ProberHost() = default;

WorkId ProberHost::check(const Path& folder, Level level)
{
    Work work;
    work.folder = folder;
    work.level = level;
    return m_impl->submit(std::move(work));
}

WorkId ProberHost::ask(const Path& folder, Json request)
{
    Work work;
    work.isCheck = false;
    work.folder = folder;
    work.request = std::move(request);
    return m_impl->submit(std::move(work));
}

void ProberHost::cancel(WorkId id)
{
    m_impl->post([impl = m_impl.get(), id] { impl->cancel(id); });
}

void ProberHost::cancelAll()
{
    m_impl->post([impl = m_impl.get()] { impl->cancelAll(); });
}

void ProberHost::setStepDeadline(Nanoseconds deadline)
{
    m_impl->setDeadline(deadline);
}

std::vector<ProberHost::Abandoned> ProberHost::abandoned() const
{
    return m_impl->abandoned();
}

} // namespace scratchproof
