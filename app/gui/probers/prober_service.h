// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/host/prober_host.h"
#include "core/host/run_as.h"
#include "core/protocol/requests.h"

#include <QObject>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace scratchproof::gui {

/// A check that ended. The snapshot is shared and never changes.
struct FinishedCheck
{
    WorkId work = 0;
    std::shared_ptr<const Check> check;
};

/// The step that a check is at: its newest only, those in between are passed over.
struct CheckStep
{
    WorkId work = 0;
    std::string step; // "facts" or a step's name; empty: it has just begun
};

/// All that the window wants of probers, as seen from its thread. Every method is for the window's thread and returns
/// at once; every signal and callback comes on it, a bounded number in one turn of the event loop.
///
/// An interface, so that tests of pages and models drive them without processes; ProberBridge is the real one.
class ProberService : public QObject
{
    Q_OBJECT

public:
    using AnswerFunction = std::function<void(const Result<Json>&)>;
    using ProgressFunction = std::function<void(const Json&)>;

    using QObject::QObject;

    /// Queues a check; checksFinished() carries its answer, whatever happens. 0 if no prober can be had (see
    /// problem()). `runAs`: as whom, and where (core/host/supervised_host.h).
    virtual WorkId check(const Path& folder, Level level, const RunAs& runAs = {}) = 0;

    /// Queues any other request. `answered` is called exactly once with the answer or its Error, `progressed` before
    /// that any number of times; neither is called once `context` is gone.
    virtual WorkId ask(Request request, QObject* context, AnswerFunction answered,
                       ProgressFunction progressed = {}) = 0;

    /// The same with the type of the answer; what does not fit is an Error "prober-nonsense".
    template <typename R>
    WorkId askFor(R request, QObject* context, std::function<void(const Result<typename R::Answer>&)> answered,
                  const ProgressFunction& progressed = {})
    {
        const auto read = [answered = std::move(answered)](const Result<Json>& answer) {
            if (answered)
                answered(readAnswer<typename R::Answer>(answer));
        };
        return ask(std::move(request), context, read, progressed);
    }

    virtual void cancel(WorkId work) = 0;
    virtual void cancelAll() = 0;

    /// Why no prober can be started (scratchproof-cli is missing); empty while all is well.
    [[nodiscard]] virtual QString problem() const = 0;

    /// scratchproof-cli, for what runs beside the probers; empty where it is not to be found.
    [[nodiscard]] virtual Path program() const { return findProberProgram().value_or(Path()); }

signals:
    void checksProgressed(const std::vector<scratchproof::gui::CheckStep>& steps);
    /// Whoever asked knows its own by WorkId, and passes over those of an older run.
    void checksFinished(const std::vector<scratchproof::gui::FinishedCheck>& checks);
};

} // namespace scratchproof::gui
