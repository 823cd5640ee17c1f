// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/probers/prober_bridge.h"

#include <QElapsedTimer>

#include <iterator>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace scratchproof::gui {

/// One thing that the watcher said, other than a step (of those only the newest counts).
struct ProberBridge::Pending
{
    enum class Kind : std::uint8_t { Finished, Progress, Answer };
    Kind kind = Kind::Finished;
    WorkId work = 0;
    std::shared_ptr<const Check> check;
    Json body;
    Result<Json> answer;
};

/// Runs on the watcher threads: copies what it is told, and wakes the window at most once for each flush.
class ProberBridge::Listener final : public HostListener
{
public:
    explicit Listener(ProberBridge& bridge) : m_bridge(bridge) {}

    void checkStarted(WorkId work) override { noteStep(work, {}); }
    void stepStarted(WorkId work, const std::string& step) override { noteStep(work, step); }
    void checkFinished(WorkId work, const Check& check) override
    {
        Pending pending;
        pending.work = work;
        pending.check = std::make_shared<const Check>(check);
        add(std::move(pending));
    }
    void progressed(WorkId work, const Json& body) override
    {
        Pending pending;
        pending.kind = Pending::Kind::Progress;
        pending.work = work;
        pending.body = body;
        add(std::move(pending));
    }
    void answered(WorkId work, const Result<Json>& answer) override
    {
        Pending pending;
        pending.kind = Pending::Kind::Answer;
        pending.work = work;
        pending.answer = answer;
        add(std::move(pending));
    }

    /// For the window's thread: all that has come since the last call.
    std::pair<std::deque<Pending>, std::vector<CheckStep>> take()
    {
        const std::lock_guard lock(m_mutex);
        m_woken = false;
        std::vector<CheckStep> steps;
        steps.reserve(m_steps.size());
        for (auto& [work, step] : m_steps)
            steps.push_back({work, std::move(step)});
        m_steps.clear();
        return {std::exchange(m_pending, {}), std::move(steps)};
    }

private:
    void noteStep(WorkId work, std::string step)
    {
        const std::lock_guard lock(m_mutex);
        m_steps[work] = std::move(step);
        wake();
    }
    void add(Pending pending)
    {
        const std::lock_guard lock(m_mutex);
        if (pending.kind == Pending::Kind::Finished)
            m_steps.erase(pending.work);
        m_pending.push_back(std::move(pending));
        wake();
    }
    void wake()
    {
        if (!std::exchange(m_woken, true))
            QMetaObject::invokeMethod(&m_bridge, &ProberBridge::scheduleFlush, Qt::QueuedConnection);
    }

    ProberBridge& m_bridge;
    std::mutex m_mutex;
    std::deque<Pending> m_pending;
    std::unordered_map<WorkId, std::string> m_steps;
    bool m_woken = false;
};

ProberBridge::ProberBridge(System& system, QObject* parent)
    : ProberService(parent), m_system(system), m_listener(std::make_unique<Listener>(*this))
{
    m_flushTimer.setSingleShot(true);
    connect(&m_flushTimer, &QTimer::timeout, this, &ProberBridge::flush);
}

ProberBridge::~ProberBridge()
{
    m_questions.clear();
    m_hosts.reset();
}

void ProberBridge::setStepDeadline(Nanoseconds deadline)
{
    m_settings.stepDeadline = deadline;
    if (m_hosts)
        m_hosts->setStepDeadline(deadline);
}

bool ProberBridge::haveHost()
{
    if (m_hosts)
        return true;
    if (m_settings.program.empty()) {
        auto program = findProberProgram();
        if (!program) {
            m_problem = tr("The program scratchproof-cli, which does the checking, was not found beside this one. "
                           "Please install Scratchproof again.");
            return false;
        }
        m_settings.program = std::move(*program);
    }
    m_problem.clear();
    m_hosts = std::make_unique<AllHosts>(m_system, m_settings, *m_listener, AllHosts::AfterFailure::TryAnew);
    return true;
}

WorkId ProberBridge::check(const Path& folder, Level level, const RunAs& runAs)
{
    return haveHost() ? m_hosts->check(runAs, folder, level) : 0;
}

WorkId ProberBridge::ask(Request request, QObject* context, AnswerFunction answered, ProgressFunction progressed)
{
    if (!haveHost()) {
        const QPointer<QObject> alive(context);
        QMetaObject::invokeMethod(
            this,
            [alive, answered = std::move(answered)] {
                if (alive && answered)
                    answered(fail(ErrorKind::ProberStart));
            },
            Qt::QueuedConnection);
        return 0;
    }
    // The answer is delivered by this thread's event loop, so the question is on record before it can come.
    const WorkId work = m_hosts->ask(std::move(request));
    m_questions.insert(work, Question{context, std::move(answered), std::move(progressed)});
    return work;
}

void ProberBridge::cancel(WorkId work)
{
    if (m_hosts)
        m_hosts->cancel(work);
}

void ProberBridge::cancelAll()
{
    if (m_hosts)
        m_hosts->cancelAll();
}

void ProberBridge::scheduleFlush()
{
    if (!m_flushTimer.isActive())
        m_flushTimer.start(kFlushMilliseconds);
}

void ProberBridge::flush()
{
    auto [arrived, steps] = m_listener->take();
    std::move(arrived.begin(), arrived.end(), std::back_inserter(m_backlog));
    if (!steps.empty())
        emit checksProgressed(steps);

    QElapsedTimer turn;
    turn.start();
    while (!m_backlog.empty() && turn.elapsed() < kTurnMilliseconds)
        deliver(m_backlog);
    if (!m_backlog.empty())
        m_flushTimer.start(1);
}

/// Delivers the checks at the front together, or the one other thing that is there.
void ProberBridge::deliver(std::deque<Pending>& batch)
{
    if (batch.front().kind == Pending::Kind::Finished) {
        std::vector<FinishedCheck> finished;
        while (!batch.empty() && batch.front().kind == Pending::Kind::Finished && finished.size() < kMostChecksATurn) {
            finished.push_back({batch.front().work, std::move(batch.front().check)});
            batch.pop_front();
        }
        emit checksFinished(finished);
        return;
    }
    const Pending pending = std::move(batch.front());
    batch.pop_front();
    const auto question = m_questions.find(pending.work);
    if (question == m_questions.end())
        return;
    // Copies: a callback may ask again, which changes the map.
    const Question asked = *question;
    if (pending.kind == Pending::Kind::Answer)
        m_questions.erase(question);
    if (!asked.context)
        return;
    if (pending.kind == Pending::Kind::Answer && asked.answered)
        asked.answered(pending.answer);
    if (pending.kind == Pending::Kind::Progress && asked.progressed)
        asked.progressed(pending.body);
}

} // namespace scratchproof::gui
