// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/lock_holder.h"

#include <array>
#include <cerrno>
#include <csignal>

namespace scratchproof {

namespace {
constexpr Nanoseconds kSlice = 50 * kNanosecondsPerMillisecond;
constexpr Nanoseconds kFarewell = kNanosecondsPerSecond / 2;
constexpr std::size_t kLongestAnswer = 8192;
} // namespace

LockHolder::LockHolder(Console& console, const Path& directory, Nanoseconds deadline,
                       const std::function<bool()>& stopped)
    : m_system(console.system)
{
    auto child = m_system.processes.start({console.proberProgram, "hold-lock", "--", directory});
    if (!child) {
        m_problem = toString(child.error());
        return;
    }
    m_child = std::move(*child);
    const std::string answer = readAnswer(deadline, stopped);
    if (answer == "held")
        return;
    m_problem = answer.starts_with("no ") ? displayText(answer.substr(3)) : "the process that holds it gave no answer";
    static_cast<void>(m_system.processes.sendSignal(m_child.pidFd.get(), SIGKILL));
}

LockHolder::~LockHolder()
{
    if (!m_child.pidFd)
        return;
    m_child.input.reset();
    WatchedFd end{m_child.pidFd.get(), true};
    const Nanoseconds last = m_system.clock.monotonic() + kFarewell;
    while (!end.ready && m_system.clock.monotonic() < last && m_system.processes.waitFor({&end, 1}, kSlice)) {
    }
    static_cast<void>(m_system.processes.reap(m_child.pidFd.get()));
}

std::string LockHolder::readAnswer(Nanoseconds deadline, const std::function<bool()>& stopped)
{
    std::string answer;
    const Nanoseconds last = m_system.clock.monotonic() + deadline;
    while (m_system.clock.monotonic() < last && !stopped() && answer.size() < kLongestAnswer) {
        WatchedFd watched{m_child.output.get(), true};
        const auto ready = m_system.processes.waitFor({&watched, 1}, kSlice);
        if (!ready)
            break;
        if (!watched.ready)
            continue;
        std::array<std::byte, 1024> buffer{};
        const auto count = m_system.files.read(m_child.output.get(), buffer);
        if (!count && count.error().code == EAGAIN)
            continue;
        if (!count || *count == 0)
            break;
        answer.append(reinterpret_cast<const char*>(buffer.data()), *count);
        if (const auto end = answer.find('\n'); end != std::string::npos)
            return answer.substr(0, end);
    }
    return {};
}

} // namespace scratchproof
