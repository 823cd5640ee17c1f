// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/probers/prober_service.h"
#include "core/host/all_hosts.h"

#include <QHash>
#include <QPointer>
#include <QTimer>

#include <deque>
#include <memory>

namespace scratchproof::gui {

/// The one bridge between the watcher threads and the window: owns the hosts, and is their listener. What the watchers
/// say is gathered and handed over every kFlushMilliseconds, for at most kTurnMilliseconds a turn.
class ProberBridge final : public ProberService
{
    Q_OBJECT

public:
    static constexpr int kFlushMilliseconds = 40;
    static constexpr int kTurnMilliseconds = 8;
    static constexpr std::size_t kMostChecksATurn = 64;

    /// The host is made when it is first asked for something: nothing is started before.
    explicit ProberBridge(System& system, QObject* parent = nullptr);
    /// Drops all work. Takes at most as long as ~AllHosts, whatever hangs.
    ~ProberBridge() override;

    /// scratchproof-cli, where it is not beside this program (tests). Before the first request only.
    void setProgram(Path program) { m_settings.program = std::move(program); }
    [[nodiscard]] Path program() const override
    {
        return m_settings.program.empty() ? ProberService::program() : m_settings.program;
    }
    void setStepDeadline(Nanoseconds deadline);

    WorkId check(const Path& folder, Level level, const RunAs& runAs) override;
    WorkId ask(Request request, QObject* context, AnswerFunction answered, ProgressFunction progressed) override;
    void cancel(WorkId work) override;
    void cancelAll() override;
    [[nodiscard]] QString problem() const override { return m_problem; }

private:
    class Listener;
    struct Pending;
    struct Question
    {
        QPointer<QObject> context;
        AnswerFunction answered;
        ProgressFunction progressed;
    };

    bool haveHost();
    void scheduleFlush();
    void flush();
    void deliver(std::deque<Pending>& batch);

    System& m_system;
    HostSettings m_settings;
    QString m_problem;
    QHash<WorkId, Question> m_questions;
    std::deque<Pending> m_backlog; // taken from the listener, not delivered yet
    QTimer m_flushTimer;
    std::unique_ptr<Listener> m_listener; // outlives the hosts
    std::unique_ptr<AllHosts> m_hosts;
};

} // namespace scratchproof::gui
