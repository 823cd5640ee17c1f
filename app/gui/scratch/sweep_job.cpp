// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/scratch/sweep_job.h"

#include "app/gui/kit/error_words.h"

#include <algorithm>
#include <utility>

namespace scratchproof::gui {

SweepJob::~SweepJob()
{
    m_job.cancel(m_work);
}

void SweepJob::start()
{
    if (std::exchange(m_started, true))
        return;
    m_work = m_job.planSweep(this, [this](const Result<SweepPlan>& answer) {
        m_work = 0;
        if (answer) {
            m_result.expiring = answer->expiring;
            m_result.clock = answer->clock;
            m_due = answer->due;
            std::reverse(m_due.begin(), m_due.end());
        }
        purgeNext();
    });
}

void SweepJob::purgeNext()
{
    if (m_due.empty()) {
        m_finished = true;
        emit finished();
        return;
    }
    const ScratchDirectory directory = std::move(m_due.back());
    m_due.pop_back();
    m_work =
        m_job.purge(directory, this, [this, directory](const Result<Purge>& answer) { purged(directory, answer); });
}

void SweepJob::purged(const ScratchDirectory& directory, const Result<Purge>& answer)
{
    m_work = 0;
    if (!answer)
        m_result.kept.push_back({directory, errorSentence(answer.error()), false});
    else if (answer->outcome == PurgeOutcome::Purged) {
        m_result.purged.push_back(directory);
        m_result.purgedBytes += answer->done.bytes;
    } else if (answer->outcome == PurgeOutcome::Kept) {
        m_result.kept.push_back({directory, reasonText(answer->reason), answer->failed});
    }
    purgeNext();
}

} // namespace scratchproof::gui
