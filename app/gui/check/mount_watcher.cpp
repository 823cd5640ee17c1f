// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/check/mount_watcher.h"

#include <array>

namespace scratchproof::gui {

namespace {

/// Mounts come in bursts (a container starting, an automounter): one look for each burst.
constexpr Nanoseconds kSettle = 150 * kNanosecondsPerMillisecond;

} // namespace

MountWatcher::MountWatcher(System& system, QObject* parent) : QObject(parent), m_system(system) {}

MountWatcher::~MountWatcher()
{
    m_thread.request_stop();
    if (m_wake)
        m_system.processes.notify(m_wake.get());
    // /proc answers at once, so this thread ends at once.
}

void MountWatcher::start()
{
    if (m_thread.joinable())
        return;
    if (auto wake = m_system.processes.makeNotifier())
        m_wake = std::move(*wake);
    m_thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void MountWatcher::run(const std::stop_token& stop)
{
    const auto file = m_system.files.open(kWorkingDirectory, "/proc/self/mountinfo", O_RDONLY);
    report();
    if (!file || !m_wake)
        return;
    while (!stop.stop_requested()) {
        std::array<WatchedFd, 2> watched = {WatchedFd{file->get(), false, false, true, false},
                                            WatchedFd{m_wake.get(), true, false, false, false}};
        const auto ready = m_system.processes.waitFor(watched, -1);
        if (!ready || stop.stop_requested())
            return;
        if (!watched[0].ready)
            continue;
        std::array<WatchedFd, 1> wake = {WatchedFd{m_wake.get(), true, false, false, false}};
        (void)m_system.processes.waitFor(wake, kSettle);
        if (!stop.stop_requested())
            report();
    }
}

void MountWatcher::report()
{
    MountTable table;
    if (!table.refresh())
        return;
    std::vector<Mount> shown;
    for (const Mount& mount : table.mounts()) {
        const Mount* top = table.byPathText(mount.mountPoint);
        if (isPlaceForPeople(mount) && top && top->id == mount.id)
            shown.push_back(mount);
    }
    QMetaObject::invokeMethod(
        this, [this, shown = std::move(shown)] { emit mountsChanged(shown); }, Qt::QueuedConnection);
}

} // namespace scratchproof::gui
