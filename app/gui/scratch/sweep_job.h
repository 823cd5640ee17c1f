// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/scratch/scratch_job.h"

#include <QObject>

#include <vector>

namespace scratchproof::gui {

/// What a sweep did, and what it found.
struct SweepResult
{
    std::vector<ScratchDirectory> purged;
    std::uint64_t purgedBytes = 0;
    struct Kept
    {
        ScratchDirectory directory;
        QString reason;
        bool failed = false; // it was to go, and could not be removed, or not all of it
    };
    std::vector<Kept> kept;                 // due, and not removed: with a reason that somebody may want to know
    std::vector<ScratchDirectory> expiring; // end soon, and were not announced before
    Reason clock;                           // why nothing was due, for the clock cannot be trusted
    [[nodiscard]] bool isSilent() const { return purged.empty() && kept.empty() && expiring.empty() && clock.empty(); }
};

/// The sweep at the start of the window: what is due goes, one directory after another, each waiting with its mount
/// (docs/decisions/sweep.md). Ends silently where the registry cannot be read: whoever looks at the list is told.
class SweepJob final : public QObject
{
    Q_OBJECT

public:
    explicit SweepJob(ProberService& probers, QObject* parent = nullptr) : QObject(parent), m_job(probers) {}
    ~SweepJob() override;

    /// Once; later calls do nothing.
    void start();
    [[nodiscard]] bool isFinished() const { return m_finished; }
    [[nodiscard]] const SweepResult& result() const { return m_result; }

signals:
    void finished();

private:
    void purgeNext();
    void purged(const ScratchDirectory& directory, const Result<Purge>& answer);

    ScratchJob m_job;
    SweepResult m_result;
    std::vector<ScratchDirectory> m_due; // the next one last
    WorkId m_work = 0;
    bool m_started = false;
    bool m_finished = false;
};

} // namespace scratchproof::gui
