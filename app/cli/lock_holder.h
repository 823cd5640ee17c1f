// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command.h"
#include "core/system/foreground_command.h"

#include <functional>
#include <string>
#include <vector>

namespace scratchproof {

/// This side of `hold-lock` (internal_commands.h). The console program itself opens no folder, so a process of its own
/// does; where it is stuck, it is left alone. While the command runs, a holder that ends is replaced, and a lock that
/// another program has is asked for again: some times, at growing intervals.
class LockHolder final : public BesideCommand
{
public:
    /// Starts the process. `console` must outlive this.
    LockHolder(Console& console, Path directory);
    /// Ends the lock, unless the command it was told of still runs. Waits for that half a second at most.
    ~LockHolder() override;

    /// Waits until the lock is held or will not be, as long as `deadline` says and `stopped` does not. Says on `err`
    /// where it is not held; what becomes of that later is said once, too.
    void waitForLock(Nanoseconds deadline, const std::function<bool()>& stopped);

    // While the command runs:
    [[nodiscard]] int toldAt() const override { return m_child.input ? m_child.input.get() : -1; }
    void began(int pid) override;
    void attend() override;
    [[nodiscard]] int attention() const override;
    [[nodiscard]] Nanoseconds pause() const override;

private:
    enum class State {
        Asking,  // the process was started, and has not answered yet
        Held,    // it has the lock
        Waiting, // for the next try
        Over,    // no more tries
    };
    void start();
    void readAnswer();
    void takeAnswer(const std::string& answer);
    /// Another try, if there is one left.
    void tryAgain(std::string problem);
    void giveUp(std::string problem);
    void dropChild();
    void reapFormer();
    void say(const std::string& words);

    Console& m_console;
    System& m_system;
    Path m_directory;
    ChildProcess m_child;
    std::vector<UniqueFd> m_former; // processes that were told to end
    State m_state = State::Asking;
    Nanoseconds m_since = 0; // of the state
    std::string m_answer;
    std::string m_problem; // why it is not held, in words
    int m_tries = 0;
    int m_command = 0;
    bool m_isMissing = false; // and that was said
};

} // namespace scratchproof
