// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/jobs/settings_store.h"

#include <QSettings>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace scratchproof::gui {

/// Belongs to both threads, so that one which never comes back does no harm to the other.
struct SettingsStore::Shared
{
    std::mutex mutex;
    std::condition_variable changed;
    QString file;
    std::optional<QVariantMap> values; // once read
    QVariantMap toWrite;
    bool writing = false;
    bool ending = false;

    void run();
};

void SettingsStore::Shared::run()
{
    const std::unique_ptr<QSettings> settings =
        file.isEmpty() ? std::make_unique<QSettings>(QSettings::IniFormat, QSettings::UserScope,
                                                     QStringLiteral("scratchproof"), QStringLiteral("scratchproof"))
                       : std::make_unique<QSettings>(file, QSettings::IniFormat);
    settings->setFallbacksEnabled(false);
    QVariantMap read;
    for (const QString& key : settings->allKeys())
        read.insert(key, settings->value(key));
    std::unique_lock lock(mutex);
    values = std::move(read);
    changed.notify_all();
    while (true) {
        changed.wait(lock, [this] { return ending || !toWrite.isEmpty(); });
        if (toWrite.isEmpty())
            return;
        const QVariantMap batch = std::exchange(toWrite, {});
        writing = true;
        lock.unlock();
        for (auto it = batch.begin(); it != batch.end(); ++it)
            settings->setValue(it.key(), it.value());
        settings->sync();
        lock.lock();
        writing = false;
        changed.notify_all();
    }
}

SettingsStore::SettingsStore(QString file)
    : m_shared(std::make_shared<Shared>()), m_started(std::chrono::steady_clock::now())
{
    m_shared->file = std::move(file);
    std::thread([shared = m_shared] { shared->run(); }).detach();
}

SettingsStore::~SettingsStore()
{
    std::unique_lock lock(m_shared->mutex);
    m_shared->ending = true;
    m_shared->changed.notify_all();
    m_shared->changed.wait_for(lock, kDeadline, [this] { return m_shared->toWrite.isEmpty() && !m_shared->writing; });
}

QVariantMap SettingsStore::read()
{
    std::unique_lock lock(m_shared->mutex);
    m_shared->changed.wait_until(lock, m_started + kDeadline, [this] { return m_shared->values.has_value(); });
    return m_shared->values.value_or(QVariantMap());
}

void SettingsStore::write(const QVariantMap& values)
{
    const std::lock_guard lock(m_shared->mutex);
    for (auto it = values.begin(); it != values.end(); ++it)
        m_shared->toWrite.insert(it.key(), it.value());
    m_shared->changed.notify_all();
}

} // namespace scratchproof::gui
