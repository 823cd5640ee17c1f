// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/all_hosts.h"

#include "core/diagnosis/remote_findings.h"
#include "core/diagnosis/watcher_findings.h"
#include "core/host/late_answers.h"

#include <algorithm>
#include <deque>
#include <map>

namespace scratchproof {

namespace {

constexpr unsigned kHostShift = 40; // of a work: which host does it, 0 being our own
constexpr Nanoseconds kFreshFailure = 2 * kNanosecondsPerSecond;

// Of descriptors: what a host takes while it starts its program, and what all else needs.
constexpr std::uint64_t kFdsOfHost = 6;
constexpr std::uint64_t kFdsOfOthers = 40;

std::size_t mostAtOnce(System& system)
{
    const auto files = system.processes.limits().openFiles;
    if (!files)
        return AllHosts::kMostOthersAtOnce;
    const std::uint64_t rest = *files - std::min(*files, kFdsOfOthers);
    return std::clamp<std::uint64_t>(rest / kFdsOfHost, 1, AllHosts::kMostOthersAtOnce);
}

/// As a supervisor's answers are signed.
Check signedBy(const RunAs& runAs, Check check)
{
    check.as = toString(runAs);
    if (runAs.isRemote())
        check.host = runAs.host;
    return check;
}

} // namespace

/// Work that has not been given to a host.
struct AllHosts::Waiting
{
    WorkId id = 0;
    Path folder;
    Level level = Level::Standard;

    [[nodiscard]] Work work(System& system) const
    {
        Work work;
        work.id = id;
        work.folder = folder;
        work.request = request::Check{folder, level, std::nullopt};
        work.accepted = system.clock.wall();
        return work;
    }
};

struct AllHosts::Other
{
    RunAs runAs;
    WorkId offset = 0; // of its works
    WorkId works = 0;  // how many there were
    std::deque<Waiting> waiting;
    std::map<WorkId, WorkId> given; // the host's numbers to ours, of what has no answer yet
    std::unique_ptr<Relay> relay;   // outlives the host
    std::unique_ptr<SupervisedHost> host;
    bool isLeaving = false; // the host; until it has, another is not made
    bool isInTurn = false;
    std::shared_ptr<const SupervisionEnded> ended;
    Nanoseconds failed = 0; // monotonic

    [[nodiscard]] bool isIdle() const { return host && !isLeaving && given.empty() && waiting.empty(); }
};

/// Gives the works of a host numbers that no other host uses, and passes all on.
class AllHosts::Relay final : public HostListener
{
public:
    Relay(AllHosts& all, Other& one) : m_all(all), m_one(one) {}

    void checkStarted(WorkId work) override { m_all.m_listener.checkStarted(ours(work)); }
    void stepStarted(WorkId work, const std::string& step) override { m_all.m_listener.stepStarted(ours(work), step); }
    void stepFinished(WorkId work, const StepResult& result) override
    {
        m_all.m_listener.stepFinished(ours(work), result);
    }
    void caughtUp() override { m_all.m_listener.caughtUp(); }
    void checkFinished(WorkId work, const Check& check) override
    {
        m_all.m_listener.checkFinished(ours(work), check);
        Answers answers;
        {
            const std::lock_guard lock(m_all.m_mutex);
            m_one.given.erase(work);
            if (!check.findings.empty() && isOfSupervision(check.findings.front()))
                m_one.failed = m_all.m_system.clock.monotonic();
            m_all.serve(answers);
        }
        m_all.give(std::move(answers));
    }

private:
    [[nodiscard]] WorkId ours(WorkId work)
    {
        const std::lock_guard lock(m_all.m_mutex);
        return m_one.given.at(work);
    }

    AllHosts& m_all;
    Other& m_one;
};

AllHosts::AllHosts(System& system, HostSettings settings, HostListener& listener, AfterFailure afterFailure)
    : m_system(system), m_listener(listener), m_afterFailure(afterFailure), m_settings(settings),
      m_mostAtOnce(mostAtOnce(system)), m_here(std::make_unique<ProberHost>(system, std::move(settings), listener))
{}

AllHosts::~AllHosts()
{
    // Side by side: each waits a moment for those that clean up.
    m_here->leave();
    std::vector<std::unique_ptr<SupervisedHost>> leaving;
    {
        const std::lock_guard lock(m_mutex);
        m_isClosing = true;
        for (Other* one : m_live) {
            if (!one->isLeaving)
                one->host->leave([](const auto&) {});
            leaving.push_back(std::move(one->host));
        }
    }
    leaving.clear();
    m_here.reset();
}

AllHosts::Other& AllHosts::other(const RunAs& runAs)
{
    auto& known = m_byName[{runAs.user, runAs.host}];
    if (known == nullptr) {
        auto made = std::make_unique<Other>();
        made->runAs = runAs;
        made->offset = static_cast<WorkId>(m_others.size() + 1) << kHostShift;
        known = m_others.emplace_back(std::move(made)).get();
    }
    const bool isOld = known->failed != 0 && m_system.clock.monotonic() - known->failed > kFreshFailure;
    if (m_afterFailure == AfterFailure::TryAnew && isOld) {
        known->failed = 0;
        known->ended.reset();
        if (known->host && !known->isLeaving)
            known->host->tryAnew();
    }
    return *known;
}

AllHosts::Other* AllHosts::otherOf(WorkId id)
{
    const std::size_t place = id >> kHostShift;
    return place > 0 && place <= m_others.size() ? m_others[place - 1].get() : nullptr;
}

WorkId AllHosts::check(const RunAs& runAs, const Path& folder, Level level)
{
    if (runAs.isHere())
        return m_here->check(folder, level);
    Answers answers;
    WorkId id = 0;
    {
        const std::lock_guard lock(m_mutex);
        Other& one = other(runAs);
        id = one.offset + ++one.works;
        if (one.host && !one.isLeaving) {
            one.given[one.host->check(folder, level)] = id;
        } else {
            one.waiting.push_back({id, folder, level});
            queue(one);
            serve(answers);
        }
    }
    give(std::move(answers));
    return id;
}

void AllHosts::queue(Other& one)
{
    if (!one.waiting.empty() && !one.isLeaving && !std::exchange(one.isInTurn, true))
        m_inTurn.push_back(&one);
}

/// Makes hosts for those who wait, as far as there is room.
void AllHosts::serve(Answers& answers)
{
    while (!m_isClosing && !m_inTurn.empty()) {
        Other& one = *m_inTurn.front();
        if (m_live.size() >= m_mostAtOnce)
            return makeRoom();
        if (!one.waiting.empty() && !makeHost(one)) { // all of it may have been taken back
            if (!m_live.empty()) {                    // nothing is to be had until one of them has left
                m_mostAtOnce = m_live.size();
                return makeRoom();
            }
            for (const Waiting& waiting : one.waiting) {
                Check check = failedCheck(waiting.work(m_system), {}, proberStartFinding(m_noHost));
                // Where there is no thread for ourselves either, it is this program that cannot do anything.
                answers.emplace_back(waiting.id, m_here->problem() ? check : signedBy(one.runAs, check));
            }
            one.waiting.clear();
        }
        m_inTurn.pop_front();
        one.isInTurn = false;
        for (const Waiting& waiting : one.waiting)
            one.given[one.host->check(waiting.folder, waiting.level)] = waiting.id;
        one.waiting.clear();
    }
}

/// False where none is to be had now: m_noHost says why.
bool AllHosts::makeHost(Other& one)
{
    if (m_here->problem()) {
        m_noHost = *m_here->problem();
        return false;
    }
    SupervisedSettings settings{m_settings.program, one.runAs, m_settings.stepDeadline, one.ended};
    if (one.runAs.isRemote()) {
        settings.idle = [this, &one] {
            const std::lock_guard lock(m_mutex);
            if (!m_isClosing && one.isIdle())
                sendHome(one);
        };
    }
    auto relay = std::make_unique<Relay>(*this, one);
    auto host = std::make_unique<SupervisedHost>(m_system, settings, *relay);
    if (host->problem()) {
        m_noHost = *host->problem();
        return false;
    }
    one.relay = std::move(relay);
    one.host = std::move(host);
    m_live.push_back(&one);
    return true;
}

/// Sends home as many of those that have nothing to do as others wait.
void AllHosts::makeRoom()
{
    std::size_t wanted = m_inTurn.size();
    for (const Other* one : m_live)
        wanted -= std::min<std::size_t>(wanted, one->isLeaving ? 1 : 0);
    for (Other* one : m_live) {
        if (wanted > 0 && one->isIdle()) {
            sendHome(*one);
            --wanted;
        }
    }
}

void AllHosts::sendHome(Other& one)
{
    one.isLeaving = true;
    // Its own thread cannot wait for its own end.
    one.host->leave([this, &one](const std::shared_ptr<const SupervisionEnded>& ended) {
        m_here->post([this, &one, ended] { hasLeft(one, ended); });
    });
}

void AllHosts::hasLeft(Other& one, std::shared_ptr<const SupervisionEnded> ended)
{
    std::unique_ptr<Relay> relay; // outlives the host
    std::unique_ptr<SupervisedHost> gone;
    {
        const std::lock_guard lock(m_mutex);
        if (m_isClosing)
            return;
        relay = std::move(one.relay);
        gone = std::move(one.host);
    }
    gone.reset();
    Answers answers;
    {
        const std::lock_guard lock(m_mutex);
        one.isLeaving = false;
        one.ended = std::move(ended);
        std::erase(m_live, &one);
        if (m_live.empty())
            m_mostAtOnce = mostAtOnce(m_system);
        queue(one);
        serve(answers);
    }
    give(std::move(answers));
}

/// On our own watcher thread: whoever asked may hold what the listener needs.
void AllHosts::give(Answers answers)
{
    if (answers.empty())
        return;
    const auto tell = [this, answers = std::move(answers)] {
        for (const auto& [id, check] : answers)
            m_listener.checkFinished(id, check);
    };
    if (m_here->problem())
        tell();
    else
        m_here->post(tell);
}

WorkId AllHosts::ask(Request request)
{
    return m_here->ask(std::move(request));
}

void AllHosts::cancel(WorkId id)
{
    Answers answers;
    {
        const std::lock_guard lock(m_mutex);
        Other* one = otherOf(id);
        if (one == nullptr)
            return m_here->cancel(id);
        const auto waiting = std::find_if(one->waiting.begin(), one->waiting.end(),
                                          [id](const Waiting& waits) { return waits.id == id; });
        if (waiting != one->waiting.end()) {
            answers.emplace_back(id, signedBy(one->runAs, cancelledCheck(waiting->work(m_system))));
            one->waiting.erase(waiting);
        }
        for (const auto& [theirs, ours] : one->given) {
            if (ours == id)
                one->host->cancel(theirs);
        }
    }
    give(std::move(answers));
}

void AllHosts::cancelAll()
{
    m_here->cancelAll();
    Answers answers;
    {
        const std::lock_guard lock(m_mutex);
        for (const auto& one : m_others) {
            for (const Waiting& waiting : one->waiting)
                answers.emplace_back(waiting.id, signedBy(one->runAs, cancelledCheck(waiting.work(m_system))));
            one->waiting.clear();
            if (one->host && !one->isLeaving)
                one->host->cancelAll();
        }
    }
    give(std::move(answers));
}

void AllHosts::setStepDeadline(Nanoseconds deadline)
{
    m_here->setStepDeadline(deadline);
    const std::lock_guard lock(m_mutex);
    m_settings.stepDeadline = deadline;
    for (const Other* one : m_live) {
        if (one->host)
            one->host->setStepDeadline(deadline);
    }
}

} // namespace scratchproof
