// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/probers/prober_service.h"

#include <QPointer>

#include <functional>
#include <map>
#include <vector>

namespace scratchproof::gui {

/// Probers as a test wants them: requests are kept until it answers them, or a rule answers them in the next turn of
/// the event loop. What has no rule and is not answered hangs.
class FakeProbers final : public ProberService
{
public:
    using ProberService::ProberService;

    /// Answers requests of type R from now on.
    template <typename R>
    void setRule(std::function<Result<Json>(const R&)> rule)
    {
        m_rules[R::kName] = [rule = std::move(rule)](const Request& request) { return rule(std::get<R>(request)); };
    }

    /// A request of type R that waits for an answer.
    template <typename R>
    struct Asked
    {
        WorkId id = 0;
        Path folder; // whose mount it waits with
        R request;
    };
    /// All of them, the oldest first.
    template <typename R>
    [[nodiscard]] std::vector<Asked<R>> waiting() const
    {
        std::vector<Asked<R>> found;
        for (const auto& [id, question] : m_questions)
            if (const auto* request = std::get_if<R>(&question.request))
                found.push_back({id, folderOf(question.request), *request});
        return found;
    }
    void answer(WorkId id, const Result<Json>& result)
    {
        const auto found = m_questions.find(id);
        if (found == m_questions.end())
            return;
        const Question question = found->second;
        m_questions.erase(found);
        if (question.context && question.answered)
            question.answered(result);
    }
    void progress(WorkId id, const Json& body)
    {
        const auto found = m_questions.find(id);
        if (found != m_questions.end() && found->second.context && found->second.progressed)
            found->second.progressed(body);
    }
    [[nodiscard]] const std::vector<WorkId>& cancelled() const { return m_cancelled; }
    [[nodiscard]] const std::vector<Request>& asked() const { return m_asked; }

    WorkId check(const Path&, Level, const RunAs&) override { return ++m_last; }
    WorkId ask(Request request, QObject* context, AnswerFunction answered, ProgressFunction progressed) override
    {
        const WorkId id = ++m_last;
        m_asked.push_back(request);
        const auto rule = m_rules.find(nameOf(request));
        m_questions[id] = {std::move(request), context, std::move(answered), std::move(progressed)};
        if (rule != m_rules.end())
            QMetaObject::invokeMethod(
                this,
                [this, id, answerer = rule->second] {
                    if (const auto found = m_questions.find(id); found != m_questions.end())
                        answer(id, answerer(found->second.request));
                },
                Qt::QueuedConnection);
        return id;
    }
    void cancel(WorkId work) override
    {
        if (work != 0)
            m_cancelled.push_back(work);
    }
    void cancelAll() override {}
    [[nodiscard]] QString problem() const override { return {}; }

private:
    struct Question
    {
        Request request;
        QPointer<QObject> context;
        AnswerFunction answered;
        ProgressFunction progressed;
    };

    std::map<std::string, std::function<Result<Json>(const Request&)>> m_rules; // by nameOf()
    std::map<WorkId, Question> m_questions;
    std::vector<WorkId> m_cancelled;
    std::vector<Request> m_asked;
    WorkId m_last = 0;
};

} // namespace scratchproof::gui
