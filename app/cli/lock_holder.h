// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"

#include <functional>
#include <string>

namespace scratchproof {

/// This side of `hold-lock` (hold_lock_command.h). The console program itself opens no folder, so a process of its own
/// does; where it is stuck, it is left alone.
class LockHolder
{
public:
    /// Starts the process and waits for its answer, as long as `deadline` says and `stopped` does not.
    LockHolder(Console& console, const Path& directory, Nanoseconds deadline, const std::function<bool()>& stopped);
    /// Ends the lock, unless the command it was told of still runs. Waits for that half a second at most.
    ~LockHolder();
    LockHolder(const LockHolder&) = delete;
    LockHolder& operator=(const LockHolder&) = delete;

    /// Empty: the lock is held. Else why not, in words.
    [[nodiscard]] const std::string& problem() const { return m_problem; }
    /// Where the process number of a command, and a newline, are to be written: the lock then outlives us as long as
    /// that runs. Negative where there is nobody to tell. Belongs to this, and is not inherited by programs.
    [[nodiscard]] int toldAt() const { return m_child.input ? m_child.input.get() : -1; }

private:
    [[nodiscard]] std::string readAnswer(Nanoseconds deadline, const std::function<bool()>& stopped);

    System& m_system;
    ChildProcess m_child;
    std::string m_problem;
};

} // namespace scratchproof
