// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/question.h"

#include "app/cli/prober_session.h"

#include <array>
#include <cerrno>
#include <iostream>
#include <optional>
#include <span>
#include <string>

namespace scratchproof {

namespace {

constexpr int kStandardInput = 0;
constexpr Nanoseconds kSignalSlice = 100 * kNanosecondsPerMillisecond; // where no descriptor tells of the signal
constexpr std::size_t kLongestLine = 4096;                             // what a terminal gives at most (termios(3))

/// A line of standard input, byte for byte: a stream would wait for it beyond any signal. Nothing if it is interrupted;
/// "" where the input ended before the line did.
std::optional<std::string> readLine(ProberSession& session, System& system)
{
    std::string line;
    while (line.size() < kLongestLine) {
        std::array<WatchedFd, 2> watched{{{kStandardInput, true}, {session.interruption(), true}}};
        const Nanoseconds timeout = watched[1].fd < 0 ? kSignalSlice : -1;
        if (!system.processes.waitFor(watched, timeout))
            return std::string();
        if (watched[1].ready || session.signal() != 0)
            return std::nullopt;
        std::array<std::byte, 1> next{};
        if (!watched[0].ready)
            continue;
        const auto count = system.files.read(kStandardInput, next);
        if (!count && (count.error().code == EINTR || count.error().code == EAGAIN))
            continue;
        if (!count || *count == 0)
            return std::string();
        if (next[0] == std::byte{'\n'})
            return line;
        line += static_cast<char>(next[0]);
    }
    return line;
}

} // namespace

Reply askYesOrNo(ProberSession& session, Console& console, std::string_view question)
{
    console.err << question << " [y/N] " << std::flush;
    std::optional<std::string> answer;
    if (&console.in == &std::cin)
        answer = readLine(session, console.system);
    else if (session.signal() == 0 && !std::getline(console.in, answer.emplace())) // a test's
        answer->clear();
    if (!answer) {
        console.err << '\n';
        return Reply::Interrupted;
    }
    return *answer == "y" || *answer == "Y" || *answer == "yes" ? Reply::Yes : Reply::No;
}

} // namespace scratchproof
