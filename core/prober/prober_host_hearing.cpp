// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/quantity.h"
#include "core/diagnosis/watcher_findings.h"
#include "core/prober/late_answers.h"
#include "core/prober/prober_host_impl.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace scratchproof {

namespace {
constexpr int kMostExtensions = 5; // six deadlines in all
constexpr std::size_t kMostCrossings = 256;
constexpr Nanoseconds kForItsEnd = kNanosecondsPerSecond / 2;

/// Whether ending it now would leave something, or break off what changes something: it ends in good order, if its
/// folder ever answers.
bool hasSomethingToRemove(const WorkProgress& progress)
{
    if (progress.work.isCheck)
        return !progress.mayLeave.empty();
    return getString(progress.work.request, "request").value_or("").starts_with("scratch-");
}

std::optional<std::string> firstLine(const std::string& text)
{
    const std::string line = text.substr(0, text.find('\n'));
    return line.empty() ? std::nullopt : std::optional(displayText(line));
}
} // namespace

void ProberHost::Impl::hear(WatchedProber& prober)
{
    const auto heard = prober.hasLine() ? WatchedProber::Heard::Bytes : prober.readOutput();
    if (heard == WatchedProber::Heard::Nonsense)
        return refuse(prober, "a line without an end");
    const WatchedProber* self = &prober;
    const auto isStillOurs = [&] {
        return std::any_of(m_probers.begin(), m_probers.end(),
                           [self](const ProberPointer& one) { return one.get() == self; });
    };
    const Nanoseconds end = now() + kTurn;
    while (const auto line = prober.nextLine()) {
        hearLine(prober, *line);
        if (!isStillOurs() || now() > end)
            return;
    }
    if (heard != WatchedProber::Heard::End)
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
    prober.lastHeard = now();
    if (auto* crossing = std::get_if<event::Crossing>(&event)) {
        hearCrossing(prober, std::move(*crossing));
    } else if (auto* step = std::get_if<event::StepStarted>(&event)) {
        const bool isNew = progress.step != step->step; // "abilities" is announced before each of them
        progress.step = step->step;
        progress.mayLeave = std::move(step->mayLeave);
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
        hearResult(prober, std::move(done->result));
    } else if (auto* told = std::get_if<event::Progress>(&event)) {
        m_listener.progressed(id, told->body);
    } else if (auto* answer = std::get_if<event::Answer>(&event)) {
        if (progress.work.isCheck)
            return refuse(prober, answer->result ? "an answer in place of a check" : toString(answer->result.error()));
        const WorkProgress past = progress;
        finish(prober);
        if (past.deniedBy)
            return answerDenied(past);
        m_listener.answered(id, answer->result);
    }
}

void ProberHost::Impl::hearCrossing(WatchedProber& prober, event::Crossing crossing)
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

void ProberHost::Impl::hearResult(WatchedProber& prober, Check result)
{
    const WorkProgress told = *prober.progress;
    finish(prober);
    if (told.deniedBy)
        return answerDenied(told);
    result.folder = told.work.folder;
    m_listener.checkFinished(told.work.id, result);
}

void ProberHost::Impl::finish(WatchedProber& prober)
{
    const WorkProgress& progress = *prober.progress;
    if (!progress.deniedBy) {
        m_stuck.mountAnswered(progress.work.mount);
        if (!progress.crossed.empty())
            m_stuck.mountAnswered(progress.crossed.back().mount);
    }
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

/// It says something again and again, and comes to no end.
bool ProberHost::Impl::isEndless(const WorkProgress& progress) const
{
    return progress.work.isCheck && now() - progress.started > longestCheck(progress.work.deadline);
}

bool ProberHost::Impl::mayGoOn(WatchedProber& prober) const
{
    auto& progress = *prober.progress;
    if (progress.asks) // it waits for us
        return true;
    if (isEndless(progress))
        return false;
    if (now() - prober.lastHeard <= progress.work.deadline * (1 + progress.extensions))
        return true;
    if (progress.extensions >= kMostExtensions)
        return false;
    if (isRunnable(m_system, prober.pid())) { // the processor keeps it waiting, not the folder
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
    const Nanoseconds waited = now() - (isEndless(progress) ? progress.started : prober.lastHeard);
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
    const auto rest = restIsLost ? m_queue.removeMount(what.place.mount.mountPoint) : std::vector<Work>();
    if (progress.deniedBy)
        answerDenied(progress);
    else if (work.isCheck)
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
    if (progress && progress->deniedBy)
        answerDenied(*progress);
    else if (progress)
        answerFailed(*progress, proberNonsenseFinding(why), {"prober-nonsense", progress->work.folder, 0, why});
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
        taken->greeted = taken->greeted || std::holds_alternative<event::Started>(*event);
        const auto* done = std::get_if<event::CheckFinished>(&*event);
        if (done != nullptr && done->check == taken->progress->work.id && !taken->progress->deniedBy) {
            Check result = done->result;
            result.folder = taken->progress->work.folder;
            taken->progress.reset();
            return m_listener.checkFinished(done->check, result);
        }
        const auto* answer = std::get_if<event::Answer>(&*event);
        if (answer != nullptr && answer->id == taken->progress->work.id && !taken->progress->deniedBy) {
            taken->progress.reset();
            return m_listener.answered(answer->id, answer->result);
        }
    }
    if (!taken->progress)
        return;
    if (taken->progress->deniedBy)
        return answerDenied(*taken->progress);
    const std::string how = inWords(status);
    // It ended by itself before its first word, having said why: a library, memory, a thread was not to be had.
    if (!taken->greeted && !status.signalled) {
        const Error why{"prober-start", m_program, 0, firstLine(taken->errors()).value_or(how)};
        return answerFailed(*taken->progress, proberStartFinding(why), why);
    }
    answerFailed(*taken->progress, proberDiedFinding(how, displayText(taken->errors())),
                 {"prober-died", taken->progress->work.folder, 0, how});
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
    if (work.isCheck)
        m_listener.checkFinished(work.id, cancelledCheck(work));
    else
        m_listener.answered(work.id, fail("cancelled", work.folder, 0));
}

void ProberHost::Impl::answerFailed(const WorkProgress& progress, Finding finding, Error error)
{
    const Work& work = progress.work;
    if (work.isCheck)
        m_listener.checkFinished(work.id, failedCheck(work, progress.steps, std::move(finding), progress.mayLeave));
    else
        m_listener.answered(work.id, fail(std::move(error)));
}

void ProberHost::Impl::answerStillStuck(const Work& work, const StuckProber& stuck)
{
    if (work.isCheck)
        m_listener.checkFinished(work.id, stillStuckCheck(work, stuck, m_system.clock.wall()));
    else
        m_listener.answered(work.id, fail("not-responding", work.folder, 0,
                                          fmt::format("process {} has been waiting there since {}", stuck.pid,
                                                      toIso8601(stuck.since))));
}

/// It was not let into a mount where others are stuck. Had the text of its path said so, it would not have been begun.
void ProberHost::Impl::answerDenied(const WorkProgress& progress)
{
    const StuckProber& stuck = *progress.deniedBy;
    if (progress.work.accepted < stuck.since && progress.work.folder != stuck.folder)
        answerSameMount(progress.work, stuck);
    else
        answerStillStuck(progress.work, stuck);
}

void ProberHost::Impl::answerSameMount(const Work& work, const StuckProber& stuck)
{
    if (work.isCheck)
        m_listener.checkFinished(work.id, sameMountCheck(work, stuck));
    else
        m_listener.answered(
            work.id, fail("not-responding", work.folder, 0,
                          "two requests at " + displayPath(stuck.place.mount.mountPoint) + " were not answered"));
}

} // namespace scratchproof
