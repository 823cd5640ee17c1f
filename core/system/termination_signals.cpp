// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/system/termination_signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace scratchproof {

TerminationSignals::TerminationSignals(std::function<void(int)> onSignal)
{
    sigset_t wanted;
    sigemptyset(&wanted);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        sigaddset(&wanted, signal);
    m_signals = UniqueFd(::signalfd(-1, &wanted, SFD_CLOEXEC));
    m_end = UniqueFd(::eventfd(0, EFD_CLOEXEC));
    if (!m_signals || !m_end)
        return;
    sigset_t before;
    pthread_sigmask(SIG_BLOCK, &wanted, &before);
    try {
        m_thread = std::thread([this, onSignal = std::move(onSignal)] { pass(onSignal); });
    } catch (const std::system_error&) {
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }
}

void TerminationSignals::pass(const std::function<void(int)>& onSignal) const
{
    bool seen = false;
    for (;;) {
        std::array<pollfd, 2> watched{{{m_signals.get(), POLLIN, 0}, {m_end.get(), POLLIN, 0}}};
        if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR)
            return;
        if (watched[1].revents != 0)
            return;
        signalfd_siginfo info{};
        if (watched[0].revents == 0 || ::read(m_signals.get(), &info, sizeof info) != sizeof info)
            continue;
        if (seen)
            ::_exit(128 + static_cast<int>(info.ssi_signo));
        seen = true;
        onSignal(static_cast<int>(info.ssi_signo));
    }
}

TerminationSignals::~TerminationSignals()
{
    if (!m_thread.joinable())
        return;
    static_cast<void>(::eventfd_write(m_end.get(), 1));
    m_thread.join();
}

} // namespace scratchproof
