// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/prober_host.h"

#include "core/base/quantity.h"
#include "core/diagnosis/watcher_findings.h"
#include "core/facts/sysfs.h"
#include "core/host/check_queue.h"
#include "core/host/late_answers.h"
#include "core/host/stuck_probers.h"
#include "core/host/watched_prober.h"
#include "core/host/watcher_thread.h"
#include "core/protocol/result_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace scratchproof {

/// All but submit(), post(), leave(), setDeadline() and the snapshot runs on the watcher thread.
class ProberHost::Impl final : private Watcher
{
public:
    Impl(System& system, HostSettings settings, HostListener& listener);

    WorkId submit(Work work) { return m_thread.submit(std::move(work)); }
    void post(std::function<void()> command) { m_thread.post(std::move(command)); }
    void setDeadline(Nanoseconds deadline) { m_thread.setStepDeadline(deadline); }
    void leave(std::function<void()> left) { m_thread.leave(std::move(left)); }
    [[nodiscard]] const std::optional<Error>& problem() const { return m_thread.problem(); }
    [[nodiscard]] std::vector<Abandoned> abandoned() const;

    void cancel(WorkId id);
    void cancelAll();

private:
    using ProberPointer = std::unique_ptr<WatchedProber>;

    void begin() override;
    void accept(Work work) override;
    void beforeWaiting() override;
    void watch(std::vector<WatchedFd>& watched) override;
    [[nodiscard]] Nanoseconds patience() const override;
    void woken(std::span<const WatchedFd> watched) override;
    void lookAtDeadlines() override;
    void shutDown() override;
    void refuse(const Work& work, const Error& why) override;

    void dispatch();
    void giveToFree();
    void giveAhead();
    [[nodiscard]] bool isFree(const Lane& lane) const;
    void noteThoseOfOtherRuns(CrossedMount& crossed);
    void considerCrossing(WatchedProber& prober);
    void give(Work work);
    void beginNext(WatchedProber& prober);
    void retireIdle();
    void cancelRunning(WatchedProber& prober);
    [[nodiscard]] std::vector<Work> withdraw(WatchedProber& prober, const std::function<bool(const Work&)>& which);
    [[nodiscard]] std::vector<Work> takeWaiting(const Path& mountPoint);
    [[nodiscard]] bool isWithdrawn(WorkId id) const { return m_withdrawn.contains(id); }

    [[nodiscard]] bool isOurs(const WatchedProber* prober) const;
    void handleOutput(WatchedProber& prober);
    void handleLine(WatchedProber& prober, const std::string& line);
    void handleEvent(WatchedProber& prober, Event event);
    void handleCrossing(WatchedProber& prober, event::Crossing crossing);
    void handleResult(WatchedProber& prober, Check result);
    [[nodiscard]] bool passOnResult(WatchedProber& prober, const std::string& line);
    [[nodiscard]] WaitingPlace whereItWaits(const WorkProgress& progress, std::string_view waitsIn);
    WorkProgress finish(WatchedProber& prober);
    void tellFinished(WorkId id, const Check& check);
    [[nodiscard]] bool waitsForTheProcessor(WatchedProber& prober) const;
    [[nodiscard]] bool mayGoOn(WatchedProber& prober) const;
    [[nodiscard]] bool isEndless(const WorkProgress& progress) const;
    void giveUp(WatchedProber& prober);
    void refuse(WatchedProber& prober, const std::string& why);
    void reapDead();
    void died(WatchedProber& prober, const ExitStatus& status);
    [[nodiscard]] ProberPointer take(const WatchedProber& prober);
    void takeSnapshot();

    void answerCancelled(const Work& work);
    void answerFailed(const WorkProgress& progress, Finding finding, Error error);
    void answerStillStuck(const Work& work, const StuckProber& stuck);
    void answerDenied(const WorkProgress& progress);
    void answerSameMount(const Work& work, const StuckProber& stuck);
    [[nodiscard]] Nanoseconds now() const { return m_system.clock.monotonic(); }

    System& m_system;
    HostListener& m_listener;
    Path m_program;
    std::shared_ptr<std::optional<ChildProcess>> m_first;
    unsigned m_atOnce;

    mutable std::mutex m_mutex;
    std::vector<Abandoned> m_abandoned; // guarded

    MountTable m_mounts;
    bool m_mountsAreFresh = false;
    UniqueFd m_mountinfo; // readable with urgency when mounts changed
    CheckQueue m_queue;
    std::vector<ProberPointer> m_probers;
    std::set<WorkId> m_withdrawn; // answered, while a prober still has them: what it says of them is dropped
    StuckProbers m_stuck;

    WatcherThread m_thread; // last: it uses what stands above
};

namespace {

// Silent for longer: does not count. Short, since fifty hung mounts pass by at this pace, `atOnce` at a time.
constexpr Nanoseconds kGoodStanding = 50 * kNanosecondsPerMillisecond;
constexpr Nanoseconds kIdleFor = 30 * kNanosecondsPerSecond; // then an idle prober is told to end
constexpr std::size_t kMostIdle = 2;

// Folders in a row that answer at once take less time than the two processes need to wake each other: such a prober has
// its next checks before it asks for them, and is listened to every now and then.
constexpr Nanoseconds kQuickCheck = 5 * kNanosecondsPerMillisecond;
constexpr std::size_t kMostAhead = 16;
constexpr Nanoseconds kPause = kNanosecondsPerMillisecond / 2;

constexpr int kMostExtensions = 5; // six deadlines in all
constexpr std::size_t kMostCrossings = 256;
constexpr Nanoseconds kForItsEnd = kNanosecondsPerSecond / 2;

/// Whether ending it now would leave something, or break off what changes something: it ends in good order, if its
/// folder ever answers.
bool hasSomethingToRemove(const WorkProgress& progress)
{
    return progress.work.isCheck() ? !progress.mayLeave.empty() : isOfScratch(progress.work.request);
}

std::string orderLine(const Work& work)
{
    const auto mount = work.folder.empty() ? std::nullopt : std::optional(work.mountPoint);
    return toLine(Order{work.id, work.request, mount});
}

std::optional<std::string> firstLine(const std::string& text)
{
    const std::string line = text.substr(0, text.find('\n'));
    return line.empty() ? std::nullopt : std::optional(displayText(line));
}

} // namespace

ProberHost::Impl::Impl(System& system, HostSettings settings, HostListener& listener)
    : m_system(system), m_listener(listener), m_program(std::move(settings.program)),
      m_first(std::move(settings.first)), m_atOnce(settings.atOnce), m_stuck(system),
      m_thread(system, *this, settings.stepDeadline)
{}

std::vector<ProberHost::Abandoned> ProberHost::Impl::abandoned() const
{
    const std::lock_guard lock(m_mutex);
    return m_abandoned;
}

void ProberHost::Impl::begin()
{
    if (auto mountinfo = m_system.files.open(kWorkingDirectory, "/proc/self/mountinfo", O_RDONLY))
        m_mountinfo = std::move(*mountinfo);
}

/// Whoever answers now cleans up and ends; the rest is left, and ends with its input.
void ProberHost::Impl::shutDown()
{
    for (auto& prober : m_probers)
        prober->closeInput();
    waitForEnds(m_system, m_probers, kForShuttingDown);
    // Those that were killed a moment ago are about to end: none stays behind as a zombie. A stuck one is not waited
    // for: it has no input any more, and ends by itself.
    const Nanoseconds last = now() + kForReaping;
    for (m_stuck.reap(); !m_stuck.list().empty() && now() < last; m_stuck.reap()) {
        std::vector<WatchedFd> watched;
        m_stuck.watch(watched);
        if (!m_system.processes.waitFor(watched, std::max<Nanoseconds>(0, last - now())))
            break;
        static_cast<void>(m_stuck.woken(watched));
    }
}

void ProberHost::Impl::refuse(const Work& work, const Error& why)
{
    WorkProgress nothing;
    nothing.work = work;
    answerFailed(nothing, proberStartFinding(why), {ErrorKind::ProberStart, m_program, why.code, {}});
}

void ProberHost::Impl::beforeWaiting()
{
    for (auto& prober : m_probers) {
        if (prober->progress && prober->progress->asks)
            considerCrossing(*prober);
    }
    dispatch();
    retireIdle();
    m_listener.caughtUp();
}

void ProberHost::Impl::accept(Work work)
{
    if (!m_mountsAreFresh)
        m_mountsAreFresh = m_mounts.refresh().has_value();
    if (!work.folder.empty() && work.folder.front() == '/') {
        if (const Mount* mount = m_mounts.byPathText(work.folder)) {
            work.mountPoint = mount->mountPoint;
            work.mount = identityOf(*mount);
        }
    }
    if (const StuckProber* stuck = m_stuck.inTheWayOf(work.mount, work.folder))
        return answerStillStuck(work, StuckProber(*stuck));
    m_queue.add(std::move(work));
}

/// One prober a lane, and with those that are stuck two at a mount: all may get stuck there. Those that came by another
/// path, or ask to, count as well.
bool ProberHost::Impl::isFree(const Lane& lane) const
{
    std::size_t atMount = m_stuck.countAtPoint(lane.mountPoint);
    for (const auto& prober : m_probers) {
        if (!prober->progress)
            continue;
        const WorkProgress& progress = *prober->progress;
        const bool isOfLane = progress.work.mountPoint == lane.mountPoint;
        if (isOfLane && laneOf(progress.work).kind == lane.kind)
            return false;
        if (isOfLane || (!progress.crossed.empty() && progress.crossed.back().mount.mountPoint == lane.mountPoint))
            ++atMount;
    }
    return atMount < StuckProbers::kMostAtMount;
}

/// Those who wait for that mount here would wait for nothing, or get stuck as well.
void ProberHost::Impl::noteThoseOfOtherRuns(CrossedMount& crossed)
{
    for (const StuckProcess& one : std::exchange(crossed.stuck, {})) {
        StuckProber what;
        what.pid = one.pid;
        what.since = one.since;
        what.place.mount = crossed.mount;
        what.place.fileSystem = crossed.fileSystem;
        what.waitsIn = waitsIn(m_system, one.pid);
        m_stuck.addElsewhere(std::move(what));
    }
    if (m_stuck.countAt(crossed.mount) < StuckProbers::kMostAtMount)
        return;
    const StuckProber stuck = *m_stuck.inTheWayOf(crossed.mount, {});
    for (const Work& waiting : takeWaiting(crossed.mount.mountPoint))
        answerStillStuck(waiting, stuck);
}

/// Of a prober that asks: whether it may cross, may not, or has to wait until somebody comes back from there.
void ProberHost::Impl::considerCrossing(WatchedProber& prober)
{
    WorkProgress& progress = *prober.progress;
    const MountIdentity& mount = progress.crossed.back().mount;
    noteThoseOfOtherRuns(progress.crossed.back());
    if (const StuckProber* stuck = m_stuck.inTheWayOf(mount, progress.work.folder)) {
        progress.deniedBy = std::make_shared<const StuckProber>(*stuck);
        return cancelRunning(prober);
    }
    const auto there = std::count_if(m_probers.begin(), m_probers.end(), [&](const ProberPointer& one) {
        if (!one->progress || one.get() == &prober || one->progress->asks)
            return false;
        const WorkProgress& other = *one->progress;
        return other.work.mount == mount || (!other.crossed.empty() && other.crossed.back().mount == mount);
    });
    if (m_stuck.countAt(mount) + static_cast<std::size_t>(there) >= StuckProbers::kMostAtMount)
        return;
    progress.asks = false;
    prober.lastOutput = now();
    progress.started += now() - progress.asksSince;
    prober.send(toLine(Cross{progress.work.id}));
}

void ProberHost::Impl::dispatch()
{
    giveToFree();
    giveAhead();
}

void ProberHost::Impl::giveToFree()
{
    while (!m_queue.isEmpty()) {
        const auto busy = std::count_if(m_probers.begin(), m_probers.end(), [this](const ProberPointer& prober) {
            return prober->progress && now() - prober->lastOutput < kGoodStanding;
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
        auto child = m_first && *m_first ? Result<ChildProcess>(*std::exchange(*m_first, std::nullopt))
                                         : m_system.processes.start({m_program, "prober"});
        if (!child)
            return answerFailed(WorkProgress{std::move(work)}, proberStartFinding(child.error()),
                                {ErrorKind::ProberStart, m_program, child.error().code, {}});
        m_probers.push_back(std::make_unique<WatchedProber>(m_system, std::move(*child)));
        found = std::prev(m_probers.end());
    }
    WatchedProber& prober = **found;
    const WorkId id = work.id;
    const bool isCheck = work.isCheck();
    const std::string line = orderLine(work);
    prober.progress = WorkProgress{std::move(work), now()};
    prober.lastOutput = now();
    prober.send(line);
    if (isCheck)
        m_listener.checkStarted(id);
}

/// Only where no lane waits for a prober: lanes take turns.
void ProberHost::Impl::giveAhead()
{
    if (m_queue.isEmpty() || m_queue.hasLane([this](const Lane& lane) { return isFree(lane); }))
        return;
    for (const auto& prober : m_probers) {
        const auto& progress = prober->progress;
        if (!prober->isQuick || !progress || !progress->work.isCheck() || progress->cancelled || progress->asks ||
            prober->ahead.size() > kMostAhead / 2)
            continue;
        const Path& mountPoint = progress->work.mountPoint;
        std::string lines;
        while (prober->ahead.size() < kMostAhead) {
            auto work = m_queue.takeNext([&mountPoint](const Lane& lane) {
                return lane.kind == LaneKind::Check && lane.mountPoint == mountPoint;
            });
            if (!work)
                break;
            lines.append(lines.empty() ? "" : "\n").append(orderLine(*work));
            prober->ahead.push_back(std::move(*work));
        }
        if (!lines.empty())
            prober->send(lines);
    }
}

/// It goes on with what it was given ahead; the time for that begins now.
void ProberHost::Impl::beginNext(WatchedProber& prober)
{
    if (prober.ahead.empty())
        return;
    prober.progress = WorkProgress{std::move(prober.ahead.front()), now()};
    prober.ahead.pop_front();
    const WorkId id = prober.progress->work.id;
    prober.progress->cancelled = isWithdrawn(id);
    if (!prober.progress->cancelled)
        m_listener.checkStarted(id);
}

void ProberHost::Impl::retireIdle()
{
    std::size_t idle = 0;
    for (const auto& prober : m_probers) {
        if (prober->takesWork() && (++idle > kMostIdle || now() - prober->lastOutput > kIdleFor))
            prober->closeInput();
    }
}

Nanoseconds ProberHost::Impl::patience() const
{
    Nanoseconds next = kIdleFor;
    for (const auto& prober : m_probers) {
        if (prober->hasLine())
            return 0;
        if (!prober->progress)
            continue;
        if (prober->isLeftTalking())
            next = std::min(next, kPause - kNanosecondsPerMillisecond);
        const auto& progress = *prober->progress;
        if (progress.asks)
            continue; // the silence is ours
        const Nanoseconds silent = now() - prober->lastOutput;
        if (progress.work.isCheck())
            next = std::min(next, longestCheck(progress.work.deadline) - (now() - progress.started));
        next = std::min(next, progress.work.deadline * (1 + progress.extensions) - silent);
        if (!m_queue.isEmpty() && silent < kGoodStanding)
            next = std::min(next, kGoodStanding - silent);
    }
    return std::max<Nanoseconds>(next, kPause - kNanosecondsPerMillisecond) + kNanosecondsPerMillisecond;
}

void ProberHost::Impl::watch(std::vector<WatchedFd>& watched)
{
    watched.push_back({m_mountinfo.get(), false, false, true, false});
    for (const auto& prober : m_probers) {
        watched.push_back({prober->isLeftTalking() ? -1 : prober->outputFd(), true, false, false, false});
        watched.push_back({prober->errorsFd(), true, false, false, false});
        watched.push_back({prober->hasMoreToWrite() ? prober->inputFd() : -1, false, true, false, false});
        watched.push_back({prober->pidFd(), true, false, false, false});
    }
    m_stuck.watch(watched);
}

void ProberHost::Impl::woken(std::span<const WatchedFd> watched)
{
    if (watched.front().ready)
        m_mountsAreFresh = false;
    // By pointer: hearing one may give it up, which changes the list.
    std::vector<WatchedProber*> ready;
    bool anyDead = false;
    for (std::size_t i = 0; i < m_probers.size(); ++i) {
        const auto of = watched.subspan(1 + 4 * i, 4);
        if (of[1].ready)
            m_probers[i]->readErrors();
        if (of[2].ready)
            m_probers[i]->writeMore();
        if (of[0].ready || of[3].ready || m_probers[i]->hasLine() || m_probers[i]->isLeftTalking())
            ready.push_back(m_probers[i].get());
        anyDead = anyDead || of[3].ready;
    }
    anyDead = m_stuck.woken(watched.subspan(1 + 4 * m_probers.size())) || anyDead;
    for (WatchedProber* prober : ready)
        handleOutput(*prober);
    if (anyDead)
        reapDead();
}

void ProberHost::Impl::cancel(WorkId id)
{
    if (const auto work = m_queue.remove(id))
        answerCancelled(*work);
    for (auto& prober : m_probers) {
        if (prober->progress && prober->progress->work.id == id)
            cancelRunning(*prober);
        for (const auto& work : withdraw(*prober, [id](const Work& one) { return one.id == id; }))
            answerCancelled(work);
    }
}

void ProberHost::Impl::cancelAll()
{
    for (const auto& work : m_queue.removeAll())
        answerCancelled(work);
    for (auto& prober : m_probers) {
        if (prober->progress)
            cancelRunning(*prober);
        for (const auto& work : withdraw(*prober, [](const Work&) { return true; }))
            answerCancelled(work);
    }
}

/// Of what it was given ahead: takes back what is meant and returns it, to be answered now. The prober may have begun
/// with it all the same.
std::vector<Work> ProberHost::Impl::withdraw(WatchedProber& prober, const std::function<bool(const Work&)>& which)
{
    std::vector<Work> withdrawn;
    for (const Work& work : prober.ahead) {
        if (!which(work) || !m_withdrawn.insert(work.id).second)
            continue;
        prober.send(toLine(Cancel{work.id}));
        withdrawn.push_back(work);
    }
    return withdrawn;
}

/// Everything that waits for this mount, here or in a prober.
std::vector<Work> ProberHost::Impl::takeWaiting(const Path& mountPoint)
{
    std::vector<Work> waiting;
    for (const auto& prober : m_probers) {
        for (Work& work : withdraw(*prober, [&](const Work& one) { return one.mountPoint == mountPoint; }))
            waiting.push_back(std::move(work));
    }
    for (Work& work : m_queue.removeMount(mountPoint))
        waiting.push_back(std::move(work));
    return waiting;
}

void ProberHost::Impl::cancelRunning(WatchedProber& prober)
{
    if (std::exchange(prober.progress->cancelled, true))
        return;
    prober.progress->asks = false;
    prober.lastOutput = now();
    prober.send(toLine(Cancel{prober.progress->work.id}));
}

ProberHost::ProberHost(System& system, HostSettings settings, HostListener& listener)
    : m_impl(std::make_unique<Impl>(system, std::move(settings), listener))
{}

ProberHost::~ProberHost() = default;

WorkId ProberHost::check(const Path& folder, Level level)
{
    Work work;
    work.request = request::Check{folder, level, std::nullopt};
    work.folder = folder;
    return m_impl->submit(std::move(work));
}

WorkId ProberHost::ask(Request request)
{
    Work work;
    work.folder = folderOf(request);
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

void ProberHost::post(std::function<void()> command)
{
    m_impl->post(std::move(command));
}

void ProberHost::leave()
{
    m_impl->leave([] {});
}

const std::optional<Error>& ProberHost::problem() const
{
    return m_impl->problem();
}

std::vector<ProberHost::Abandoned> ProberHost::abandoned() const
{
    return m_impl->abandoned();
}

/// Hearing a prober may be its end.
bool ProberHost::Impl::isOurs(const WatchedProber* prober) const
{
    return std::any_of(m_probers.begin(), m_probers.end(),
                       [prober](const ProberPointer& one) { return one.get() == prober; });
}

void ProberHost::Impl::handleOutput(WatchedProber& prober)
{
    const auto outcome = prober.hasLine() ? WatchedProber::ReadOutcome::Bytes : prober.readOutput();
    if (outcome == WatchedProber::ReadOutcome::Nonsense)
        return refuse(prober, "a line without an end");
    prober.saysMuch = outcome == WatchedProber::ReadOutcome::Bytes;
    const Nanoseconds end = now() + kTurn;
    while (const auto line = prober.nextLine()) {
        handleLine(prober, *line);
        if (!isOurs(&prober) || now() > end)
            return;
    }
    if (outcome != WatchedProber::ReadOutcome::End)
        return;
    // Without a voice it is of no use. Usually it ends: the kernel closes its pipes a moment before it can be reaped.
    WatchedFd process{prober.pidFd(), true, false, false, false};
    static_cast<void>(m_system.processes.waitFor(std::span(&process, 1), kForItsEnd));
    const auto status = m_system.processes.reap(prober.pidFd());
    if (status && *status)
        died(prober, **status);
    else if (!status)
        died(prober, {});
    else
        refuse(prober, "the end of its output");
}

void ProberHost::Impl::handleLine(WatchedProber& prober, const std::string& line)
{
    if (passOnResult(prober, line))
        return;
    auto event = eventFromLine(line);
    if (!event)
        return refuse(prober, toString(event.error()));
    handleEvent(prober, std::move(*event));
}

void ProberHost::Impl::handleEvent(WatchedProber& prober, Event event)
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
        else if constexpr (std::is_same_v<Type, event::Progress> || std::is_same_v<Type, event::Answer> ||
                           std::is_same_v<Type, event::Crossing>)
            return one.id;
        else
            return one.check;
    };
    const auto id = std::visit(idOf, event);
    if (!prober.greeted || !prober.progress || prober.progress->work.id != id)
        return refuse(prober, "an event that was not asked for");
    auto& progress = *prober.progress;
    prober.lastOutput = now();
    if (auto* crossing = std::get_if<event::Crossing>(&event)) {
        handleCrossing(prober, std::move(*crossing));
    } else if (auto* step = std::get_if<event::StepStarted>(&event)) {
        const bool isNew = progress.step != step->step; // "abilities" is announced before each of them
        progress.step = step->step;
        progress.mayLeave = std::move(step->mayLeave);
        progress.device = step->device;
        if (step->device)
            progress.sectorsWritten = sectorsWritten(m_system, *step->device).value_or(0);
        if (isNew && !isWithdrawn(id))
            m_listener.stepStarted(id, progress.step);
    } else if (auto* finished = std::get_if<event::StepFinished>(&event)) {
        progress.step.clear();
        progress.steps.push_back(finished->result);
        if (!isWithdrawn(id))
            m_listener.stepFinished(id, finished->result);
    } else if (auto* done = std::get_if<event::CheckFinished>(&event)) {
        if (!progress.work.isCheck())
            return refuse(prober, "the result of a check that was not asked for");
        handleResult(prober, std::move(done->result));
    } else if (auto* told = std::get_if<event::Progress>(&event)) {
        m_listener.progressed(id, told->body);
    } else if (auto* answer = std::get_if<event::Answer>(&event)) {
        if (progress.work.isCheck())
            return refuse(prober, answer->result ? "an answer in place of a check" : toString(answer->result.error()));
        const WorkProgress past = finish(prober);
        if (past.deniedBy)
            return answerDenied(past);
        m_listener.answered(id, answer->result);
    }
}

void ProberHost::Impl::handleCrossing(WatchedProber& prober, event::Crossing crossing)
{
    WorkProgress& progress = *prober.progress;
    // The last is what counts; the first are kept for those that wait on the way.
    if (progress.crossed.size() >= kMostCrossings)
        progress.crossed.erase(progress.crossed.begin());
    progress.crossed.push_back({std::move(crossing.mount), std::move(crossing.fileSystem), std::move(crossing.stuck)});
    progress.asks = crossing.asks && !progress.cancelled;
    progress.asksSince = now();
    if (progress.asks)
        considerCrossing(prober);
}

void ProberHost::Impl::handleResult(WatchedProber& prober, Check result)
{
    const WorkProgress told = finish(prober);
    if (told.deniedBy) {
        answerDenied(told);
    } else {
        result.folder = told.work.folder;
        tellFinished(told.work.id, result);
    }
    beginNext(prober);
}

/// Most results are those of folders that are well, and a listener may have no use for what is in them.
bool ProberHost::Impl::passOnResult(WatchedProber& prober, const std::string& line)
{
    if (!prober.greeted || !prober.progress || !prober.progress->work.isCheck() || prober.progress->deniedBy)
        return false;
    const Work& work = prober.progress->work;
    const auto result = resultLineOf(line, work.id, work.folder, work.level());
    if (!result || isWithdrawn(work.id) || !m_listener.takeResultLine(work.id, *result))
        return false;
    static_cast<void>(finish(prober));
    beginNext(prober);
    return true;
}

/// Returns how the work stood, which nobody does any more.
WorkProgress ProberHost::Impl::finish(WatchedProber& prober)
{
    WorkProgress past = std::move(*prober.progress);
    prober.progress.reset();
    if (!past.deniedBy) {
        m_stuck.mountAnswered(past.work.mount);
        if (!past.crossed.empty())
            m_stuck.mountAnswered(past.crossed.back().mount);
    }
    prober.lastOutput = now();
    prober.isQuick = past.work.isCheck() && prober.lastOutput - past.started < kQuickCheck;
    return past;
}

/// Of what a prober had; it may have been answered before.
void ProberHost::Impl::tellFinished(WorkId id, const Check& check)
{
    if (m_withdrawn.erase(id) == 0)
        m_listener.checkFinished(id, check);
}

void ProberHost::Impl::lookAtDeadlines()
{
    std::vector<WatchedProber*> late;
    for (const auto& prober : m_probers) {
        if (prober->progress && !mayGoOn(*prober))
            late.push_back(prober.get());
    }
    for (WatchedProber* prober : late) {
        handleOutput(*prober); // it may have said something while the processor kept us waiting
        if (isOurs(prober) && prober->progress && !mayGoOn(*prober))
            giveUp(*prober);
    }
}

/// It says something again and again, and comes to no end.
bool ProberHost::Impl::isEndless(const WorkProgress& progress) const
{
    return deadlineOf(progress.work.request) == DeadlineKind::EachStep &&
           now() - progress.started > longestCheck(progress.work.deadline);
}

/// Whether the processor keeps it waiting, not the folder: now, or for half of the time since it was last looked at. A
/// process that starts on a busy machine waits for its own pages at times, and is not runnable then.
bool ProberHost::Impl::waitsForTheProcessor(WatchedProber& prober) const
{
    auto& progress = *prober.progress;
    const auto time = processorTime(m_system, prober.pid());
    const auto before = progress.processorTime ? progress.processorTime : prober.greeted ? time : Nanoseconds{0};
    if (!isRunnable(m_system, prober.pid()) && (!time || *time - *before <= progress.work.deadline / 2))
        return false;
    progress.processorTime = time;
    return true;
}

bool ProberHost::Impl::mayGoOn(WatchedProber& prober) const
{
    auto& progress = *prober.progress;
    if (progress.asks) // it waits for us
        return true;
    if (isEndless(progress))
        return false;
    if (now() - prober.lastOutput <= progress.work.deadline * (1 + progress.extensions))
        return true;
    if (progress.extensions >= kMostExtensions)
        return false;
    if (waitsForTheProcessor(prober)) {
        ++progress.extensions;
        return true;
    }
    if (progress.step != toString(Step::Sync) || !progress.device)
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
    // What it has not begun waits again, before all others.
    for (; !taken->ahead.empty(); taken->ahead.pop_back()) {
        if (m_withdrawn.erase(taken->ahead.back().id) == 0)
            m_queue.addFirst(std::move(taken->ahead.back()));
    }
    return taken;
}

/// The mount that it told of last, if its kind of wait fits there. It may also have been kept on its way: each call
/// with the whole path passes all of them again.
WaitingPlace ProberHost::Impl::whereItWaits(const WorkProgress& progress, std::string_view waitsIn)
{
    WaitingPlace place;
    if (progress.crossed.empty()) {
        place.mount = progress.work.mount;
        return place;
    }
    const auto fits = std::find_if(progress.crossed.rbegin(), progress.crossed.rend(),
                                   [&](const CrossedMount& one) { return waitFits(waitsIn, one.fileSystem); });
    const CrossedMount& told = fits == progress.crossed.rend() ? progress.crossed.back() : *fits;
    place.mount = told.mount;
    place.fileSystem = told.fileSystem;
    // As it is now: what was told may have been unmounted or covered since.
    m_mountsAreFresh = m_mounts.refresh().has_value();
    place.isGone = !m_mounts.isReached(place.mount);
    if (const Mount* mount = place.isGone ? nullptr : m_mounts.byId(place.mount.id)) {
        place.role = roleOf(m_mounts, *mount);
        place.fuseOwner = fuseOwnerOf(*mount, m_system.processes.userId());
    }
    return place;
}

void ProberHost::Impl::giveUp(WatchedProber& prober)
{
    const WorkProgress progress = std::move(*prober.progress);
    prober.progress.reset();
    const Work& work = progress.work;
    const Nanoseconds waited = now() - (isEndless(progress) ? progress.started : prober.lastOutput);
    std::string function = waitsIn(m_system, prober.pid());
    WaitingPlace place = whereItWaits(progress, function);
    const StuckProber what{prober.pid(),  work.folder,         std::move(place), m_system.clock.wall(),
                           progress.step, std::move(function), progress.mayLeave};
    if (prober.greeted && hasSomethingToRemove(progress))
        prober.closeInput();
    else
        prober.abandon();
    const bool restIsLost = m_stuck.addLate(take(prober), what);
    takeSnapshot();
    const auto rest = restIsLost ? takeWaiting(what.place.mount.mountPoint) : std::vector<Work>();
    if (progress.deniedBy)
        answerDenied(progress);
    else if (work.isCheck())
        tellFinished(work.id, lateCheck(progress, what, waited));
    else
        m_listener.answered(work.id, fail(ErrorKind::NotResponding, work.folder, 0,
                                          fmt::format("no answer for {}", formatDuration(waited))));
    for (const auto& waiting : rest)
        answerSameMount(waiting, what);
}

void ProberHost::Impl::refuse(WatchedProber& prober, const std::string& why)
{
    std::optional<WorkProgress> progress;
    progress.swap(prober.progress);
    prober.abandon();
    m_stuck.addRefused(take(prober), m_system.clock.wall());
    if (progress && progress->deniedBy)
        answerDenied(*progress);
    else if (progress)
        answerFailed(*progress, proberNonsenseFinding(why), {ErrorKind::ProberNonsense, progress->work.folder, 0, why});
}

void ProberHost::Impl::reapDead()
{
    m_stuck.reap();
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
    while (prober.progress) {
        const auto line = prober.nextLine();
        auto event = line ? eventFromLine(*line) : tl::unexpected<Error>(Error{});
        if (!event)
            break;
        prober.greeted = prober.greeted || std::holds_alternative<event::Started>(*event);
        auto* done = std::get_if<event::CheckFinished>(&*event);
        if (done != nullptr && done->check == prober.progress->work.id && !prober.progress->deniedBy) {
            done->result.folder = prober.progress->work.folder;
            prober.progress.reset();
            tellFinished(done->check, done->result);
            beginNext(prober);
            continue;
        }
        const auto* answer = std::get_if<event::Answer>(&*event);
        if (answer != nullptr && answer->id == prober.progress->work.id && !prober.progress->deniedBy) {
            prober.progress.reset();
            m_listener.answered(answer->id, answer->result);
        }
    }
    const ProberPointer taken = take(prober);
    if (!taken->progress)
        return;
    if (taken->progress->deniedBy)
        return answerDenied(*taken->progress);
    const std::string how = inWords(status);
    // It ended by itself before its first word, having said why: a library, memory, a thread was not to be had.
    if (!taken->greeted && !status.signalled) {
        const Error why{ErrorKind::ProberStart, m_program, 0, firstLine(taken->errors()).value_or(how)};
        return answerFailed(*taken->progress, proberStartFinding(why), why);
    }
    answerFailed(*taken->progress, proberDiedFinding(how, displayText(taken->errors())),
                 {ErrorKind::ProberDied, taken->progress->work.folder, 0, how});
}

void ProberHost::Impl::takeSnapshot()
{
    std::vector<Abandoned> list;
    for (const auto& stuck : m_stuck.list())
        list.push_back({stuck.pid, stuck.place.mount.mountPoint, stuck.since});
    const std::lock_guard lock(m_mutex);
    m_abandoned = std::move(list);
}

void ProberHost::Impl::answerCancelled(const Work& work)
{
    if (work.isCheck())
        m_listener.checkFinished(work.id, cancelledCheck(work));
    else
        m_listener.answered(work.id, fail(ErrorKind::Cancelled, work.folder, 0));
}

void ProberHost::Impl::answerFailed(const WorkProgress& progress, Finding finding, Error error)
{
    const Work& work = progress.work;
    if (work.isCheck())
        tellFinished(work.id, failedCheck(work, progress.steps, std::move(finding), progress.mayLeave));
    else
        m_listener.answered(work.id, fail(std::move(error)));
}

void ProberHost::Impl::answerStillStuck(const Work& work, const StuckProber& stuck)
{
    if (work.isCheck())
        m_listener.checkFinished(work.id, stillStuckCheck(work, stuck, m_system.clock.wall()));
    else
        m_listener.answered(work.id, fail(ErrorKind::NotResponding, work.folder, 0,
                                          fmt::format("process {} has been waiting there since {}", stuck.pid,
                                                      toIso8601(stuck.since))));
}

/// It was not let into a mount where others are stuck. Had the text of its path said so, it would not have been begun.
void ProberHost::Impl::answerDenied(const WorkProgress& progress)
{
    if (m_withdrawn.erase(progress.work.id) > 0)
        return;
    const StuckProber& stuck = *progress.deniedBy;
    if (progress.work.accepted < stuck.since && progress.work.folder != stuck.folder)
        answerSameMount(progress.work, stuck);
    else
        answerStillStuck(progress.work, stuck);
}

void ProberHost::Impl::answerSameMount(const Work& work, const StuckProber& stuck)
{
    if (work.isCheck())
        m_listener.checkFinished(work.id, sameMountCheck(work, stuck));
    else
        m_listener.answered(
            work.id, fail(ErrorKind::NotResponding, work.folder, 0,
                          "two requests at " + displayPath(stuck.place.mount.mountPoint) + " were not answered"));
}

} // namespace scratchproof
