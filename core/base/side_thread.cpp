// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/side_thread.h"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <thread>

namespace scratchproof {

/// Belongs to both threads, so that neither needs the other to be there.
struct SideThread::Shared
{
    std::mutex mutex;
    std::condition_variable changed;
    std::function<void()> job; // to be done, or being done
    std::uint64_t given = 0;
    std::uint64_t done = 0;
    bool isThere = false;
    int keepers = 0;
    bool ends = false; // when it has nothing to do and nobody keeps it
    bool ending = false;

    void serve();
};

void SideThread::Shared::serve()
{
    std::unique_lock lock(mutex);
    for (;;) {
        changed.wait(lock, [this] { return ending || given > done || (ends && keepers == 0); });
        if (given == done) {
            isThere = false;
            return;
        }
        auto current = std::exchange(job, {});
        lock.unlock();
        current();
        current = {}; // what nobody waits for any more is destroyed here
        lock.lock();
        ++done;
        changed.notify_all();
    }
}

SideThread::SideThread(Between between) : m_shared(std::make_shared<Shared>())
{
    m_shared->ends = between == Between::Ends;
}

SideThread::~SideThread()
{
    const std::lock_guard lock(m_shared->mutex);
    m_shared->ending = true;
    m_shared->changed.notify_all();
}

SideThread::Kept::Kept(SideThread& thread) : m_thread(thread)
{
    const std::lock_guard lock(m_thread.m_shared->mutex);
    ++m_thread.m_shared->keepers;
}

SideThread::Kept::~Kept()
{
    const std::lock_guard lock(m_thread.m_shared->mutex);
    --m_thread.m_shared->keepers;
    m_thread.m_shared->changed.notify_all();
}

bool SideThread::finishes(std::function<void()> job, std::chrono::milliseconds patience)
{
    std::unique_lock lock(m_shared->mutex);
    if (m_shared->given > m_shared->done)
        return false;
    if (!m_shared->isThere) {
        try {
            std::thread([shared = m_shared] { shared->serve(); }).detach();
        } catch (const std::system_error&) {
            return false; // the user may have no more threads
        }
        m_shared->isThere = true;
    }
    m_shared->job = std::move(job);
    const std::uint64_t number = ++m_shared->given;
    m_shared->changed.notify_all();
    return m_shared->changed.wait_for(lock, patience, [&] { return m_shared->done >= number; });
}

} // namespace scratchproof
