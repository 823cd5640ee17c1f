// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/verify/leftovers_job.h"

#include "app/gui/kit/error_words.h"
#include "core/verify/check_directory.h"

#include <utility>

namespace scratchproof::gui {

namespace {

bool isPerhapsHere(ScratchState state)
{
    return state != ScratchState::Offline && state != ScratchState::Lost && state != ScratchState::Elsewhere &&
           state != ScratchState::Released;
}

} // namespace

LeftoversJob::~LeftoversJob()
{
    // What is being removed is removed to the end.
    for (const WorkId work : m_looking)
        m_probers.cancel(work);
}

void LeftoversJob::look()
{
    if (isRemoving())
        return;
    for (const WorkId work : m_looking)
        m_probers.cancel(work);
    m_looking.clear();
    m_found.clear();
    const quint64 run = ++m_run;
    m_looking.push_back(m_probers.askFor(
        request::ScratchList(), this,
        std::function<void(const Result<std::vector<ScratchDirectory>>&)>(
            [this, run](const Result<std::vector<ScratchDirectory>>& answer) {
                if (run != m_run || !answer)
                    return; // whoever looks at the list of scratch directories is told why it cannot be read
                for (const ScratchDirectory& directory : *answer) {
                    const bool isKept = !directory.expires || directory.record.pinned;
                    if (isOfVerification(directory.record) && !isKept && isPerhapsHere(directory.state))
                        preview(directory, run);
                }
            })));
    emit changed();
}

void LeftoversJob::preview(const ScratchDirectory& directory, quint64 run)
{
    const request::ScratchPreview request{{directory.record.path, directory.record.id}, ScratchStore::Look::Whole, {}};
    m_looking.push_back(m_probers.askFor(
        request, this,
        std::function<void(const Result<Preview>&)>([this, run, directory](const Result<Preview>& answer) {
            if (run != m_run || !answer || answer->confirmation.empty())
                return;
            // Where locks cannot be seen (a FUSE file system), a program of this user that has it open can.
            if (answer->lock == DirectoryLock::Held || !answer->users.empty())
                return;
            m_found.push_back({directory, answer->content.measure.bytes, answer->confirmation, answer->lock});
            emit changed();
        })));
}

void LeftoversJob::removeAll()
{
    if (isRemoving())
        return;
    const std::vector<Leftover> all = std::exchange(m_found, {});
    m_removing = static_cast<int>(all.size());
    for (const Leftover& leftover : all) {
        const request::ScratchClean request{{leftover.directory.record.path, leftover.directory.record.id},
                                            leftover.confirmation,
                                            leftover.lock == DirectoryLock::Unknown
                                                ? ScratchStore::InUse::RemoveAllTheSame
                                                : ScratchStore::InUse::Keep};
        m_probers.askFor(request, this,
                         std::function<void(const Result<Cleaned>&)>(
                             [this, leftover](const Result<Cleaned>& answer) { removed(leftover, answer); }));
    }
    emit changed();
}

void LeftoversJob::removed(const Leftover& leftover, const Result<Cleaned>& answer)
{
    --m_removing;
    QString why;
    if (!answer)
        why = errorSentence(answer.error());
    else if (!answer->removed)
        why =
            answer->kept.empty() ? tr("Not all of it could be removed.") : reasonSentence(answer->kept.front().reason);
    if (!why.isEmpty()) {
        emit failed(leftover.directory.record.path, why);
    }
    emit changed();
}

} // namespace scratchproof::gui
