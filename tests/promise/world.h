// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/scratch/scratch_store.h"

#include <nlohmann/json.hpp>
#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <random>
#include <string>

namespace scratchproof::test {

using Json = nlohmann::json;

constexpr Nanoseconds kSecond = kNanosecondsPerSecond;
constexpr Nanoseconds kHour = 3600 * kSecond;
constexpr Nanoseconds kDay = 24 * kHour;

/// What the clocks say, in memory that the worker shares. True time is the real one and what was skipped; nothing is
/// waited for.
struct SharedClock
{
    /// From `real` on, files were changed when the wall clock was so much later than the real one.
    struct Segment
    {
        Nanoseconds real = 0;
        Nanoseconds later = 0;
    };
    static constexpr std::size_t kMost = 512;
    std::array<Segment, kMost> segments{};
    std::size_t count = 1;
    Nanoseconds skipped = 0;   // of true time
    Nanoseconds wallError = 0; // wall clock less true time
    Nanoseconds booted = 0;    // true time
    bool isSynchronized = true;
    std::uint32_t boot = 1;
    // Simulated death: the worker ends, as by SIGKILL, at its call number `deathAt` of a request; 0: it lives.
    std::atomic<std::int32_t> deathAt{0};
    std::atomic<std::int32_t> calls{0};

    [[nodiscard]] static Nanoseconds real();
    [[nodiscard]] Nanoseconds trueTime() const { return real() + skipped; }
    [[nodiscard]] Nanoseconds wall() const { return trueTime() + wallError; }
    [[nodiscard]] Nanoseconds sinceBoot() const { return trueTime() - booted; }
    /// A time that the kernel wrote down, by the wall clock of then.
    [[nodiscard]] Nanoseconds asWritten(Nanoseconds kernelTime) const;
    /// Sets skipped and wallError.
    void set(Nanoseconds nowSkipped, Nanoseconds error);
};

/// A process that does what a scratchproof program would do, one request after another, with the clock above, and that
/// can be killed at a call of its own choosing. It runs as an unprivileged user.
class Worker
{
public:
    Worker(unsigned user, Path bootFile);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// The answer; null where it died. `deathAt`: SharedClock.
    /// `killAfter`: it gets a SIGKILL so many nanoseconds later; 0: none.
    [[nodiscard]] Json ask(const Json& request, int deathAt = 0, long killAfter = 0);
    [[nodiscard]] SharedClock& clock() { return *m_clock; }
    /// Ends it as a restart of the computer does; the next request starts another.
    void stop();

private:
    void start();

    unsigned m_user;
    Path m_bootFile;
    SharedClock* m_clock = nullptr;
    pid_t m_pid = -1;
    int m_socket = -1;
};

} // namespace scratchproof::test
