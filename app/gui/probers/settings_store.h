// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/system.h"

#include <QByteArray>
#include <QString>
#include <QVariantMap>

#include <chrono>
#include <optional>

namespace scratchproof::gui {

/// What the window remembers: layout, favourites, the level. It is kept in a file below the home folder, which may be
/// on a server that is away. A thread that waited for it would keep the whole process, and its window, from ending: so
/// a process of its own reads and writes it (keepSettings()), and whoever waits for that waits for a bounded time.
///
/// For the window's thread. Needs no QApplication, so that the reading goes on while that is made.
class SettingsStore
{
public:
    /// Begins to read at once. `program` is the window program, this one if it is empty; `file` is for tests, else
    /// QSettings' own place for this user.
    explicit SettingsStore(System& system, Path program = {}, const QString& file = {});
    /// Waits until all is written, kPatience at most. What is not written then will be when the home answers.
    ~SettingsStore();
    SettingsStore(const SettingsStore&) = delete;
    SettingsStore& operator=(const SettingsStore&) = delete;

    static constexpr std::chrono::milliseconds kPatience{300};
    /// From the construction on: a program starts, and reads.
    static constexpr std::chrono::milliseconds kDeadline{1000};

    /// What was read, by its keys; empty if it is damaged, or did not come until kDeadline.
    [[nodiscard]] QVariantMap read();
    /// Whether read() got an answer.
    [[nodiscard]] bool wasRead() const { return m_values.has_value(); }
    /// Has these values written; later ones win. Nothing is written where nothing was read: favourites that did not
    /// come are not to be lost.
    void write(const QVariantMap& values);

private:
    void handleOutput(Nanoseconds until);
    void send();

    System& m_system;
    ChildProcess m_keeper;
    Nanoseconds m_started;
    QByteArray m_heard;
    QByteArray m_unsent;
    std::optional<QVariantMap> m_values;
    int m_unanswered = 0; // writings
};

/// What the process does: `scratchproof --keep-settings [FILE]`. Reads the settings, says them on its standard output,
/// and writes those that come on its standard input until that ends. Returns its exit code.
[[nodiscard]] int keepSettings(const QString& file);

/// The option that makes the window program do that.
constexpr const char* kKeepSettingsOption = "--keep-settings";

} // namespace scratchproof::gui
