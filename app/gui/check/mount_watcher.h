// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/unique_fd.h"
#include "core/facts/mount_table.h"
#include "core/system/system.h"

#include <QObject>

#include <thread>
#include <vector>

namespace scratchproof::gui {

/// Watches which drives and shares come and go: /proc/self/mountinfo on a thread of its own (POLLPRI, proc(5)). Touches
/// no mount.
class MountWatcher final : public QObject
{
    Q_OBJECT

public:
    explicit MountWatcher(System& system, QObject* parent = nullptr);
    ~MountWatcher() override;

    /// Begins; the first mountsChanged() follows soon.
    void start();

signals:
    /// The mounts that people keep files in, in the order of mountinfo, hidden ones left out.
    void mountsChanged(const std::vector<scratchproof::Mount>& mounts);

private:
    void run(const std::stop_token& stop);
    void report();

    System& m_system;
    UniqueFd m_wake; // ends a wait
    std::jthread m_thread;
};

} // namespace scratchproof::gui
