// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/probers/settings_store.h"

#include "core/system/private_files.h"

#include <QDataStream>
#include <QFile>
#include <QSettings>
#include <QVariant>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <span>
#include <utility>

namespace scratchproof::gui {

namespace {

constexpr qsizetype kHeadBytes = 8;
constexpr qint64 kLongest = qint64{16} << 20U;

// Both ways a message is its length and a map: the settings, those to be written, and an empty one when they are.
QByteArray toMessage(const QVariantMap& values)
{
    QByteArray body;
    QDataStream bodyStream(&body, QIODevice::WriteOnly);
    bodyStream << values;
    QByteArray head;
    QDataStream headStream(&head, QIODevice::WriteOnly);
    headStream << static_cast<qint64>(body.size());
    return head + body;
}

/// Takes a whole message off the front.
std::optional<QVariantMap> takeMessage(QByteArray& bytes)
{
    if (bytes.size() < kHeadBytes)
        return std::nullopt;
    qint64 length = 0;
    QDataStream headStream(bytes.left(kHeadBytes));
    headStream >> length;
    if (length < 0 || length > kLongest || bytes.size() - kHeadBytes < length)
        return std::nullopt;
    QVariantMap values;
    QDataStream bodyStream(bytes.mid(kHeadBytes, static_cast<qsizetype>(length)));
    bodyStream >> values;
    bytes.remove(0, kHeadBytes + static_cast<qsizetype>(length));
    return values;
}

Nanoseconds inNanoseconds(std::chrono::milliseconds time)
{
    return time.count() * kNanosecondsPerMillisecond;
}

} // namespace

SettingsStore::SettingsStore(System& system, Path program, const QString& file)
    : m_system(system), m_started(system.clock.monotonic())
{
    if (program.empty())
        program = ownProgram().value_or(Path());
    std::vector<std::string> arguments{std::move(program), kKeepSettingsOption};
    if (!file.isEmpty())
        arguments.push_back(QFile::encodeName(file).toStdString());
    if (auto keeper = system.processes.start(arguments))
        m_keeper = std::move(*keeper);
}

SettingsStore::~SettingsStore()
{
    const Nanoseconds end = m_system.clock.monotonic() + inNanoseconds(kPatience);
    while (m_unanswered > 0 && m_keeper.output && m_system.clock.monotonic() < end) {
        handleOutput(end);
        if (takeMessage(m_heard))
            --m_unanswered;
    }
    // It ends with its input, now or when the home answers.
    m_keeper.input.reset();
    if (!m_keeper.pidFd || !m_values)
        return;
    std::array<WatchedFd, 1> ended = {WatchedFd{m_keeper.pidFd.get(), true, false, false, false}};
    (void)m_system.processes.waitFor(ended, std::max<Nanoseconds>(0, end - m_system.clock.monotonic()));
    (void)m_system.processes.reap(m_keeper.pidFd.get());
}

/// Sends what the pipe takes, and reads what has come, waiting for one or the other.
void SettingsStore::handleOutput(Nanoseconds until)
{
    std::array<WatchedFd, 2> watched = {
        WatchedFd{m_keeper.output.get(), true, false, false, false},
        WatchedFd{m_unsent.isEmpty() ? -1 : m_keeper.input.get(), false, true, false, false}};
    const Nanoseconds left = std::max<Nanoseconds>(0, until - m_system.clock.monotonic());
    if (!m_system.processes.waitFor(watched, left))
        return m_keeper.output.reset();
    if (watched[1].ready)
        send();
    if (!watched[0].ready)
        return;
    std::array<std::byte, 65536> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    const auto count = m_system.files.read(m_keeper.output.get(), buffer);
    if (count && *count > 0)
        m_heard.append(reinterpret_cast<const char*>(buffer.data()), static_cast<qsizetype>(*count));
    else if (count || count.error().code != EAGAIN)
        m_keeper.output.reset(); // it has ended
}

void SettingsStore::send()
{
    while (!m_unsent.isEmpty() && m_keeper.input) {
        const std::span all(m_unsent.constData(), static_cast<std::size_t>(m_unsent.size()));
        const auto written = m_system.files.write(m_keeper.input.get(), std::as_bytes(all));
        if (!written) {
            if (written.error().code != EAGAIN)
                m_unsent.clear();
            return;
        }
        m_unsent.remove(0, static_cast<qsizetype>(*written));
    }
}

QVariantMap SettingsStore::read()
{
    const Nanoseconds end = m_started + inNanoseconds(kDeadline);
    // Once more at the end: it may have come while this thread did something else.
    for (bool isLast = false; !m_values && m_keeper.output && !isLast;) {
        isLast = m_system.clock.monotonic() >= end;
        handleOutput(end);
        m_values = takeMessage(m_heard);
    }
    return m_values.value_or(QVariantMap());
}

void SettingsStore::write(const QVariantMap& values)
{
    if (!m_values || !m_keeper.input)
        return;
    m_unsent += toMessage(values);
    ++m_unanswered;
    send();
}

int keepSettings(const QString& file)
{
    const PrivateFiles ours; // for as long as this process lives
    const std::unique_ptr<QSettings> settings =
        file.isEmpty() ? std::make_unique<QSettings>(QSettings::IniFormat, QSettings::UserScope,
                                                     QStringLiteral("scratchproof"), QStringLiteral("scratchproof"))
                       : std::make_unique<QSettings>(file, QSettings::IniFormat);
    settings->setFallbacksEnabled(false);
    QVariantMap read;
    for (const QString& key : settings->allKeys())
        read.insert(key, settings->value(key));
    QFile out;
    QFile in;
    if (!out.open(1, QIODevice::WriteOnly | QIODevice::Unbuffered) ||
        !in.open(0, QIODevice::ReadOnly | QIODevice::Unbuffered))
        return 1;
    out.write(toMessage(read));
    QByteArray heard;
    std::array<char, 65536> buffer{};
    for (qint64 count = 0; (count = in.read(buffer.data(), buffer.size())) > 0;) {
        heard.append(buffer.data(), static_cast<qsizetype>(count));
        while (const auto batch = takeMessage(heard)) {
            for (auto it = batch->begin(); it != batch->end(); ++it)
                settings->setValue(it.key(), it.value());
            settings->sync();
            out.write(toMessage({}));
        }
    }
    return 0;
}

} // namespace scratchproof::gui
