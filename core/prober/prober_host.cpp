// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/prober/prober_host.h"

#include "core/diagnosis/watcher_findings.h"
#include "core/prober/late_answers.h"
#include "core/prober/prober_host_impl.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace scratchproof {

namespace {

// Silent for longer: does not count. Short, since fifty hung mounts pass by at this pace, `atOnce` at a time.
constexpr Nanoseconds kGoodStanding = 50 * kNanosecondsPerMillisecond;
constexpr Nanoseconds kIdleFor = 30 * kNanosecondsPerSecond; // then an idle prober is sent home
constexpr std::size_t kMostIdle = 2;

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
void ProberHost::Impl::farewell()
{
    for (auto& prober : m_probers)
        prober->closeInput();
    waitForEnds(m_system, m_probers, kFarewell);
    // Those that were killed a moment ago are about to end: none stays behind as a zombie. A stuck one is not waited
    // for: it has no input any more, and ends by itself.
    const Nanoseconds last = now() + kLastRites;
    for (m_stuck.bury(); !m_stuck.list().empty() && now() < last; m_stuck.bury()) {
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
    answerFailed(nothing, proberStartFinding(why), {"prober-start", m_program, why.code, {}});
}

void ProberHost::Impl::beforeWaiting()
{
    for (auto& prober : m_probers) {
        if (prober->progress && prober->progress->asks)
            considerCrossing(*prober);
    }
    dispatch();
    sendIdleHome();
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
    const auto* stuck = m_stuck.inTheWayOf(crossed.mount, {});
    for (const Work& waiting : m_queue.removeMount(crossed.mount.mountPoint))
        answerStillStuck(waiting, *stuck);
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
    prober.lastHeard = now();
    progress.started += now() - progress.asksSince;
    Json request = Json::object();
    request["request"] = "cross";
    request["id"] = progress.work.id;
    prober.send(toLine(request));
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
        auto child = m_first && *m_first ? Result<ChildProcess>(*std::exchange(*m_first, std::nullopt))
                                         : m_system.processes.start({m_program, "prober"});
        if (!child)
            return answerFailed(WorkProgress{std::move(work)}, proberStartFinding(child.error()),
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
    if (!work.folder.empty())
        putPath(request, "mount", work.mountPoint);
    const WorkId id = work.id;
    const bool isCheck = work.isCheck;
    prober.progress = WorkProgress{std::move(work), now()};
    prober.lastHeard = now();
    prober.send(toLine(request));
    if (isCheck)
        m_listener.checkStarted(id);
}

void ProberHost::Impl::sendIdleHome()
{
    std::size_t idle = 0;
    for (const auto& prober : m_probers) {
        if (prober->takesWork() && (++idle > kMostIdle || now() - prober->lastHeard > kIdleFor))
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
        const auto& progress = *prober->progress;
        if (progress.asks)
            continue; // the silence is ours
        const Nanoseconds silent = now() - prober->lastHeard;
        if (progress.work.isCheck)
            next = std::min(next, longestCheck(progress.work.deadline) - (now() - progress.started));
        next = std::min(next, progress.work.deadline * (1 + progress.extensions) - silent);
        if (!m_queue.isEmpty() && silent < kGoodStanding)
            next = std::min(next, kGoodStanding - silent);
    }
    return std::max<Nanoseconds>(next, 0) + kNanosecondsPerMillisecond;
}

void ProberHost::Impl::watch(std::vector<WatchedFd>& watched)
{
    watched.push_back({m_mountinfo.get(), false, false, true, false});
    for (const auto& prober : m_probers) {
        watched.push_back({prober->outputFd(), true, false, false, false});
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
        if (of[0].ready || of[3].ready || m_probers[i]->hasLine())
            ready.push_back(m_probers[i].get());
        anyDead = anyDead || of[3].ready;
    }
    anyDead = m_stuck.woken(watched.subspan(1 + 4 * m_probers.size())) || anyDead;
    for (WatchedProber* prober : ready)
        hear(*prober);
    if (anyDead)
        buryDead();
}

void ProberHost::Impl::cancel(WorkId id)
{
    if (const auto work = m_queue.remove(id))
        answerCancelled(*work);
    for (auto& prober : m_probers) {
        if (prober->progress && prober->progress->work.id == id)
            cancelRunning(*prober);
    }
}

void ProberHost::Impl::cancelAll()
{
    for (const auto& work : m_queue.removeAll())
        answerCancelled(work);
    for (auto& prober : m_probers) {
        if (prober->progress)
            cancelRunning(*prober);
    }
}

void ProberHost::Impl::cancelRunning(WatchedProber& prober)
{
    if (std::exchange(prober.progress->cancelled, true))
        return;
    prober.progress->asks = false;
    prober.lastHeard = now();
    Json request = Json::object();
    request["request"] = "cancel";
    request["id"] = prober.progress->work.id;
    prober.send(toLine(request));
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

} // namespace scratchproof
