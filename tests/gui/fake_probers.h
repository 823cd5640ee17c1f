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
    struct Question
    {
        WorkId id = 0;
        Path folder;
        Json request;
        QPointer<QObject> context;
        AnswerFunction answered;
        ProgressFunction progressed;
    };
    using Rule = std::function<Result<Json>(const Json& request)>;

    using ProberService::ProberService;

    void setRule(const std::string& request, Rule rule) { m_rules[request] = std::move(rule); }

    /// Requests of this kind that are waiting for an answer, oldest first.
    [[nodiscard]] std::vector<Question> waiting(const std::string& request) const
    {
        std::vector<Question> found;
        for (const auto& [id, question] : m_questions)
            if (getString(question.request, "request") == request)
                found.push_back(question);
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
    [[nodiscard]] const std::vector<Json>& asked() const { return m_asked; }

    WorkId check(const Path&, Level, const RunAs&) override { return ++m_last; }
    WorkId ask(const Path& folder, Json request, QObject* context, AnswerFunction answered,
               ProgressFunction progressed) override
    {
        const WorkId id = ++m_last;
        m_asked.push_back(request);
        const auto rule = m_rules.find(getString(request, "request").value_or(""));
        m_questions[id] = {id, folder, std::move(request), context, std::move(answered), std::move(progressed)};
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
    std::map<std::string, Rule> m_rules;
    std::map<WorkId, Question> m_questions;
    std::vector<WorkId> m_cancelled;
    std::vector<Json> m_asked;
    WorkId m_last = 0;
};

} // namespace scratchproof::gui
