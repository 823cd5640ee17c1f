// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/lock_holder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ostream>
#include <span>
#include <utility>

namespace scratchproof {

namespace {

constexpr Nanoseconds kSlice = 50 * kNanosecondsPerMillisecond;
constexpr Nanoseconds kForShuttingDown = kNanosecondsPerSecond / 2;
constexpr Nanoseconds kAnswerDeadline = 10 * kNanosecondsPerSecond;
constexpr std::size_t kLongestAnswer = 8192;
constexpr int kMostTries = 8;
constexpr Nanoseconds kFirstPause = 50 * kNanosecondsPerMillisecond; // doubled from try to try
constexpr Nanoseconds kLastingHold = 60 * kNanosecondsPerSecond;     // after that, tries are counted anew

Nanoseconds pauseBefore(int tries)
{
    return tries <= 1 ? 0 : kFirstPause << (tries - 2);
}

} // namespace

LockHolder::LockHolder(Console& console, Path directory)
    : m_console(console), m_system(console.system), m_directory(std::move(directory))
{
    start();
}

LockHolder::~LockHolder()
{
    m_child.input.reset();
    if (m_child.pidFd)
        m_former.push_back(std::move(m_child.pidFd));
    const Nanoseconds last = m_system.clock.monotonic() + kForShuttingDown;
    for (reapFormer(); !m_former.empty() && m_system.clock.monotonic() < last; reapFormer()) {
        WatchedFd end{m_former.front().get(), true};
        if (!m_system.processes.waitFor({&end, 1}, kSlice))
            break;
    }
}

void LockHolder::waitForLock(Nanoseconds deadline, const std::function<bool()>& stopped)
{
    const Nanoseconds last = m_system.clock.monotonic() + deadline;
    while (m_state != State::Held && m_state != State::Over && !stopped() && m_system.clock.monotonic() < last) {
        WatchedFd watched{attention(), true};
        const Nanoseconds wait = pause();
        if (!m_system.processes.waitFor({&watched, 1}, wait < 0 ? kSlice : std::min(wait, kSlice)))
            break;
        attend();
    }
    if (m_state == State::Held || m_state == State::Over || stopped())
        return;
    m_isMissing = true;
    say(fmt::format("no lock is held on '{}' yet: {}; it is asked for again", displayPath(m_directory),
                    m_problem.empty() ? "the process that takes it has not answered" : m_problem));
}

void LockHolder::began(int pid)
{
    m_command = pid;
}

void LockHolder::attend()
{
    reapFormer();
    const Nanoseconds now = m_system.clock.monotonic();
    switch (m_state) {
    case State::Asking:
        readAnswer();
        if (m_state == State::Asking && now - m_since >= kAnswerDeadline)
            tryAgain("the process that takes it does not answer");
        break;
    case State::Held: {
        WatchedFd end{m_child.pidFd.get(), true};
        if (!m_system.processes.waitFor({&end, 1}, 0) || !end.ready)
            break;
        if (now - m_since >= kLastingHold)
            m_tries = 0;
        tryAgain("the process that held it ended");
        break;
    }
    case State::Waiting:
        if (now - m_since >= pauseBefore(m_tries))
            start();
        break;
    case State::Over:
        break;
    }
}

int LockHolder::attention() const
{
    if (m_state == State::Asking)
        return m_child.output.get();
    return m_state == State::Held ? m_child.pidFd.get() : -1;
}

Nanoseconds LockHolder::pause() const
{
    if (m_state == State::Held || m_state == State::Over)
        return -1;
    const Nanoseconds end = m_since + (m_state == State::Asking ? kAnswerDeadline : pauseBefore(m_tries));
    return std::max<Nanoseconds>(end - m_system.clock.monotonic(), 0);
}

void LockHolder::start()
{
    auto child = m_system.processes.start({m_console.proberProgram, "hold-lock", "--", m_directory});
    if (!child) {
        tryAgain(toString(child.error()));
        return;
    }
    m_child = std::move(*child);
    m_answer.clear();
    m_state = State::Asking;
    m_since = m_system.clock.monotonic();
    if (m_command == 0)
        return;
    // We have not reaped the command yet, so the number is still its own.
    const std::string line = std::to_string(m_command) + '\n';
    static_cast<void>(writeAll(m_system.files, m_child.input.get(), std::as_bytes(std::span(line))));
}

void LockHolder::readAnswer()
{
    for (;;) {
        std::array<std::byte, 1024> buffer{};
        const auto count = m_system.files.read(m_child.output.get(), buffer);
        if (!count && (count.error().code == EAGAIN || count.error().code == EINTR))
            return;
        if (!count || *count == 0 || m_answer.size() > kLongestAnswer) {
            tryAgain("the process that takes it gave no answer");
            return;
        }
        m_answer.append(reinterpret_cast<const char*>(buffer.data()), *count);
        if (const auto end = m_answer.find('\n'); end != std::string::npos) {
            takeAnswer(m_answer.substr(0, end));
            return;
        }
    }
}

void LockHolder::takeAnswer(const std::string& answer)
{
    constexpr std::string_view kTaken = "taken ";
    constexpr std::string_view kNo = "no ";
    if (answer.starts_with(kTaken)) {
        tryAgain(displayText(answer.substr(kTaken.size())));
    } else if (answer != "held") {
        giveUp(answer.starts_with(kNo) ? displayText(answer.substr(kNo.size())) : "its process talks nonsense");
    } else {
        m_state = State::Held;
        m_since = m_system.clock.monotonic();
        if (std::exchange(m_isMissing, false))
            say(fmt::format("the lock on '{}' is held now", displayPath(m_directory)));
    }
}

void LockHolder::tryAgain(std::string problem)
{
    dropChild();
    if (++m_tries >= kMostTries) {
        giveUp(std::move(problem));
        return;
    }
    m_problem = std::move(problem);
    m_state = State::Waiting;
    m_since = m_system.clock.monotonic();
}

void LockHolder::giveUp(std::string problem)
{
    dropChild();
    m_state = State::Over;
    m_isMissing = true;
    say(fmt::format("no lock is held on '{}': {}", displayPath(m_directory), problem));
}

void LockHolder::dropChild()
{
    if (m_child.pidFd) {
        static_cast<void>(m_system.processes.sendSignal(m_child.pidFd.get(), SIGKILL));
        m_former.push_back(std::move(m_child.pidFd));
    }
    m_child = {};
}

void LockHolder::reapFormer()
{
    std::erase_if(m_former, [this](const UniqueFd& one) {
        const auto ended = m_system.processes.reap(one.get());
        return !ended || ended->has_value();
    });
}

void LockHolder::say(const std::string& words)
{
    m_console.err << "scratchproof-cli: scratch run: note: " << words << std::endl;
}

} // namespace scratchproof
