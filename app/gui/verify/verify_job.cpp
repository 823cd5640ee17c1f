// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/verify/verify_job.h"

#include <algorithm>
#include <utility>

namespace scratchproof::gui {

VerifyJob::~VerifyJob()
{
    if (m_work != 0)
        m_probers.cancel(m_work);
}

template <typename R, typename Answer>
WorkId VerifyJob::ask(R request, std::optional<Answer>& kept)
{
    return m_probers.askFor(std::move(request), this,
                            std::function<void(const Result<Answer>&)>([this, &kept](const Result<Answer>& answer) {
                                m_work = 0;
                                if (answer)
                                    kept = *answer;
                                else
                                    m_error = answer.error();
                                emit finished();
                            }),
                            [this](const Json& body) { tell(body); });
}

void VerifyJob::start(const VerifyWish& wish)
{
    if (isRunning())
        return;
    m_wish = wish;
    m_isStopped = false;
    m_since.start();
    m_capacityStatus.reset();
    m_speedProgress.reset();
    m_capacity.reset();
    m_speed.reset();
    m_error.reset();
    switch (wish.kind) {
    case VerifyKind::Speed:
        m_work = ask(request::VerifySpeed{wish.folder, wish.size, 0}, m_speed);
        break;
    case VerifyKind::Again:
        m_work = ask(request::VerifyAgain{wish.folder}, m_capacity);
        break;
    case VerifyKind::Quick:
    case VerifyKind::Full:
        m_work = ask(request::VerifyCapacity{wish.folder, wish.size, wish.keep, wish.allowSystem,
                                             wish.kind == VerifyKind::Quick, wish.push},
                     m_capacity);
        break;
    }
    if (m_work == 0) {
        m_error = Error{ErrorKind::FindProber, "", 0, m_probers.problem().toStdString()};
        emit started();
        emit finished();
        return;
    }
    emit started();
}

double VerifyJob::seconds() const
{
    return m_since.isValid() ? static_cast<double>(m_since.elapsed()) / 1000 : 0;
}

double VerifyJob::share() const
{
    double share = 0;
    if (m_capacityStatus && m_capacityStatus->run.total > 0) {
        share = static_cast<double>(m_capacityStatus->run.done) / static_cast<double>(m_capacityStatus->run.total);
    } else if (m_speedProgress) {
        const double left = static_cast<double>(m_speedProgress->left) / kNanosecondsPerSecond;
        share = seconds() / std::max(seconds() + left, 0.001);
    }
    return std::clamp(share, 0.0, 1.0);
}

void VerifyJob::stop()
{
    if (m_work == 0 || std::exchange(m_isStopped, true))
        return;
    m_probers.cancel(m_work);
    emit progressed();
}

void VerifyJob::tell(const Json& body)
{
    if (m_wish.kind == VerifyKind::Speed)
        m_speedProgress = speedProgressFromJson(body);
    else
        m_capacityStatus = capacityStatusFromJson(body);
    emit progressed();
}

} // namespace scratchproof::gui
