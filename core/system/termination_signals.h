// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/unique_fd.h"

#include <functional>
#include <thread>

namespace scratchproof {

/// Turns SIGINT, SIGTERM and SIGHUP into calls on a thread of its own, so that a program can stop in good order. To be
/// made before any other thread starts: it blocks the signals in the calling thread, and later threads inherit that. A
/// second signal ends the process at once, as the shell expects (128 + its number). Where no descriptor or no thread is
/// to be had, the first one does, as without this.
class TerminationSignals
{
public:
    /// `onSignal` is called with the signal's number, at most once.
    explicit TerminationSignals(std::function<void(int)> onSignal);
    ~TerminationSignals();
    TerminationSignals(const TerminationSignals&) = delete;
    TerminationSignals& operator=(const TerminationSignals&) = delete;

private:
    void pass(const std::function<void(int)>& onSignal) const;

    UniqueFd m_signals;
    UniqueFd m_end;
    std::thread m_thread;
};

} // namespace scratchproof
