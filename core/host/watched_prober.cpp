// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host/watched_prober.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <sstream>
#include <utility>

namespace scratchproof {

namespace {
constexpr std::size_t kMostAtOnce = std::size_t{1} << 20U;
constexpr std::size_t kErrorsKept = 4096;
} // namespace

WatchedProber::WatchedProber(System& system, ChildProcess child, std::size_t longestLine)
    : m_system(system), m_child(std::move(child)), m_lines(longestLine)
{}

void WatchedProber::send(const std::string& line)
{
    m_unwritten += line;
    m_unwritten += '\n';
    writeMore();
}

void WatchedProber::writeMore()
{
    while (!m_unwritten.empty() && m_child.input) {
        const auto written = m_system.files.write(m_child.input.get(), std::as_bytes(std::span(m_unwritten)));
        if (!written) {
            // EPIPE: it died; its pidfd tells. Anything else but a full pipe is as final.
            if (written.error().code != EAGAIN)
                m_unwritten.clear();
            return;
        }
        m_unwritten.erase(0, *written);
    }
}

WatchedProber::ReadOutcome WatchedProber::readOutput()
{
    std::array<std::byte, 65536> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    std::size_t total = 0;
    while (total < kMostAtOnce) {
        const auto count = m_system.files.read(m_child.output.get(), buffer);
        if (!count)
            return total > 0                      ? ReadOutcome::Bytes
                   : count.error().code == EAGAIN ? ReadOutcome::Nothing
                                                  : ReadOutcome::End;
        if (*count == 0)
            return total > 0 ? ReadOutcome::Bytes : ReadOutcome::End;
        if (!m_lines.append({reinterpret_cast<const char*>(buffer.data()), *count}))
            return ReadOutcome::Nonsense;
        total += *count;
    }
    return ReadOutcome::Bytes;
}

void WatchedProber::discardOutput()
{
    std::array<std::byte, 65536> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    for (std::size_t total = 0; m_child.output && total < kMostAtOnce;) {
        const auto count = m_system.files.read(m_child.output.get(), buffer);
        if (!count && count.error().code == EAGAIN)
            return;
        if (!count || *count == 0)
            return m_child.output.reset();
        total += *count;
        m_discarded += *count;
    }
}

void WatchedProber::readErrors()
{
    std::array<std::byte, 4096> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    for (int i = 0; i < 16 && m_child.errors; ++i) {
        const auto count = m_system.files.read(m_child.errors.get(), buffer);
        if (!count && count.error().code == EAGAIN)
            return;
        if (!count || *count == 0) {
            m_child.errors.reset();
            return;
        }
        m_errors.append(reinterpret_cast<const char*>(buffer.data()), *count);
        if (m_errors.size() > kErrorsKept)
            m_errors.erase(0, m_errors.size() - kErrorsKept);
    }
}

void WatchedProber::abandon()
{
    static_cast<void>(m_system.processes.sendSignal(m_child.pidFd.get(), SIGKILL));
    m_child.input.reset();
    m_child.output.reset();
    m_child.errors.reset();
}

std::string waitsIn(System& system, int pid)
{
    const auto text = readSmallFile(system.files, fmt::format("/proc/{}/wchan", pid).c_str(), 256);
    return text && *text != "0" ? displayText(*text) : std::string();
}

bool isRunnable(System& system, int pid)
{
    const auto text = readSmallFile(system.files, fmt::format("/proc/{}/stat", pid).c_str(), 1024);
    const std::size_t nameEnd = text ? text->rfind(')') : std::string::npos;
    return nameEnd != std::string::npos && text->substr(nameEnd, 3) == ") R";
}

std::optional<Nanoseconds> processorTime(System& system, int pid)
{
    const auto text = readSmallFile(system.files, fmt::format("/proc/{}/schedstat", pid).c_str(), 128);
    Nanoseconds ran = 0;
    Nanoseconds waited = 0;
    if (!text || !(std::istringstream(*text) >> ran >> waited))
        return std::nullopt;
    return ran + waited;
}

} // namespace scratchproof
