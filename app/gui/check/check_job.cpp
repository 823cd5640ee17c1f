// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/check_job.h"

#include <QElapsedTimer>

#include <algorithm>
#include <utility>

namespace scratchproof::gui {

namespace {

constexpr int kSliceMilliseconds = 6;
constexpr std::size_t kSliceRows = 50;

} // namespace

CheckJob::CheckJob(ProberService& probers, CheckModel& model, QObject* parent)
    : QObject(parent), m_probers(probers), m_model(model)
{
    m_slices.setInterval(0);
    connect(&m_slices, &QTimer::timeout, this, &CheckJob::slice);
    connect(&m_probers, &ProberService::checksProgressed, &m_model, &CheckModel::applySteps);
    connect(&m_probers, &ProberService::checksFinished, this, &CheckJob::takeAnswers);
}

void CheckJob::addAndCheck(const std::vector<FolderAddress>& folders)
{
    if (folders.empty())
        return;
    if (!isRunning())
        m_done = 0;
    m_toAdd.insert(m_toAdd.end(), folders.begin(), folders.end());
    // The first ones at once: a single folder is there, and waits, when this returns.
    const FolderAddress first = m_toAdd.front();
    addSome();
    m_slices.start();
    emit added(m_model.add({first.folder}, first.runAs).front());
    emit changed();
}

void CheckJob::check(const std::vector<RowId>& ids)
{
    if (!isRunning())
        m_done = 0;
    std::vector<std::pair<RowId, WorkId>> waiting;
    for (const RowId id : ids) {
        if (m_run.contains(id))
            continue;
        m_run.insert(id);
        m_toHandOver.push_back(id);
        waiting.emplace_back(id, 0);
    }
    m_model.setWaiting(waiting);
    m_slices.start();
    emit changed();
}

void CheckJob::stop()
{
    m_toAdd.clear();
    const std::vector<RowId> waiting(m_toHandOver.begin(), m_toHandOver.end());
    m_toHandOver.clear();
    m_model.setIdle(waiting);
    for (const RowId id : waiting)
        m_run.remove(id);
    // What was handed over gets its answer from the watcher, which says "not checked" unless it is done already.
    for (const RowId id : std::as_const(m_run))
        if (const CheckRow* row = m_model.find(id); row && row->work != 0)
            m_toCancel.push_back(row->work);
    m_slices.start();
    emit changed();
}

void CheckJob::remove(const std::vector<RowId>& ids)
{
    const QSet<RowId> gone(ids.begin(), ids.end());
    std::erase_if(m_toHandOver, [&](RowId id) { return gone.contains(id); });
    for (const RowId id : ids) {
        if (!m_run.remove(id))
            continue;
        if (const CheckRow* row = m_model.find(id); row && row->work != 0)
            m_toCancel.push_back(row->work);
    }
    m_model.remove(ids);
    m_slices.start();
    emit changed();
}

void CheckJob::slice()
{
    QElapsedTimer turn;
    turn.start();
    bool more = true;
    while (more && turn.elapsed() < kSliceMilliseconds)
        more = cancelSome() || addSome() || handOverSome();
    if (!more)
        m_slices.stop();
    emit changed();
}

bool CheckJob::cancelSome()
{
    for (std::size_t i = 0; i < kSliceRows && !m_toCancel.empty(); ++i) {
        m_probers.cancel(m_toCancel.front());
        m_toCancel.pop_front();
    }
    return !m_toCancel.empty();
}

bool CheckJob::addSome()
{
    if (m_toAdd.empty())
        return false;
    const RunAs runAs = m_toAdd.front().runAs;
    std::vector<Path> folders;
    while (!m_toAdd.empty() && m_toAdd.front().runAs == runAs && folders.size() < kSliceRows) {
        folders.push_back(std::move(m_toAdd.front().folder));
        m_toAdd.pop_front();
    }
    check(m_model.add(folders, runAs));
    return true;
}

bool CheckJob::handOverSome()
{
    std::vector<std::pair<RowId, WorkId>> works;
    std::vector<RowId> refused;
    for (std::size_t i = 0; i < kSliceRows && !m_toHandOver.empty(); ++i) {
        const RowId id = m_toHandOver.front();
        m_toHandOver.pop_front();
        const CheckRow* row = m_model.find(id);
        if (!row)
            continue;
        if (const WorkId work = m_probers.check(row->folder, m_level, row->runAs); work != 0) {
            works.emplace_back(id, work);
        } else {
            m_run.remove(id);
            refused.push_back(id);
        }
    }
    m_model.setWaiting(works);
    m_model.setIdle(refused);
    return !m_toHandOver.empty();
}

void CheckJob::takeAnswers(const std::vector<FinishedCheck>& checks)
{
    const std::vector<RowId> rows = m_model.applyFinished(checks);
    if (rows.empty())
        return;
    for (const RowId id : rows)
        if (m_run.remove(id))
            ++m_done;
    emit answered(rows);
    emit changed();
}

} // namespace scratchproof::gui
