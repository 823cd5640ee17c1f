// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QVariantMap>

#include <chrono>
#include <memory>

namespace scratchproof::gui {

/// What the window remembers: layout, favourites, the level. It is kept in a file below the home folder, which may be
/// on a server that is away: so it is read and written on a thread of its own, and whoever waits for that waits for a
/// bounded time.
class SettingsStore
{
public:
    /// Begins to read at once. `file` is for tests; else QSettings' own place for this user.
    explicit SettingsStore(QString file = {});
    /// Waits for what is being written, kDeadline at most.
    ~SettingsStore();

    static constexpr std::chrono::milliseconds kDeadline{300};

    /// What was read, by its keys; empty if it did not come in time or is damaged. Waits kDeadline at most, from the
    /// construction on.
    [[nodiscard]] QVariantMap read();
    /// Writes these values on the other thread; later ones win.
    void write(const QVariantMap& values);

private:
    struct Shared;
    std::shared_ptr<Shared> m_shared;
    std::chrono::steady_clock::time_point m_started;
};

} // namespace scratchproof::gui
