// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/system/system.h"
#include "core/verify/aligned_buffer.h"
#include "core/verify/speed.h"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace scratchproof {

/// The requests of one job on one file: which comes next, what has come back, and whether it is time to end. For any
/// thread.
class SpeedRequests
{
public:
    SpeedRequests(const SpeedJob& job, int fd, std::uint64_t size, std::uint64_t salt);

    [[nodiscard]] const SpeedJob& job() const { return m_job; }
    [[nodiscard]] int fd() const { return m_fd; }
    /// Where the next one goes.
    [[nodiscard]] std::uint64_t next();
    /// The memory of one of job().depth requests, filled with what no drive has seen; stamp() makes it differ from what
    /// was written before.
    [[nodiscard]] std::span<std::byte> buffer(unsigned slot);
    void stamp(std::span<std::byte> buffer);
    /// Where requests under way can no longer be waited for: they may still write to the buffers, which stay for ever.
    void abandonBuffers();

    void done(std::uint64_t bytes);
    void fail(const Error& error);
    void end() { m_isEnding = true; }
    [[nodiscard]] bool isEnding() const { return m_isEnding; }

    [[nodiscard]] std::uint64_t bytes() const { return m_bytes; }
    [[nodiscard]] std::uint64_t count() const { return m_count; }
    [[nodiscard]] std::optional<Error> error() const;

private:
    SpeedJob m_job;
    int m_fd;
    std::uint64_t m_blocks;
    std::uint64_t m_salt;
    std::atomic<std::uint64_t> m_next = 0;
    std::vector<AlignedBuffer> m_buffers;
    std::atomic<std::uint64_t> m_stamp = 0;
    std::atomic<std::uint64_t> m_bytes = 0;
    std::atomic<std::uint64_t> m_count = 0;
    std::atomic<bool> m_isEnding = false;
    mutable std::mutex m_mutex;
    std::optional<Error> m_error;
};

/// Whether io_uring_setup(2) gives this process a ring: not before Linux 5.1, nor where a sandbox or
/// kernel.io_uring_disabled keeps it away.
[[nodiscard]] bool hasUring();

/// Keeps job().depth requests under way until end(), then waits for those that are. One thread each, or one for all.
void runOnUring(SpeedRequests& requests);
void runOnThreads(System& system, SpeedRequests& requests);

} // namespace scratchproof
