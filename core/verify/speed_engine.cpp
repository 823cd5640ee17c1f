// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/speed_engine.h"

#include "core/verify/block_pattern.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

namespace scratchproof {

namespace {

/// Of the numbers from 0 up, each gives another one, without order: splitmix64 (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", 2014).
std::uint64_t mixed(std::uint64_t number)
{
    number += 0x9e3779b97f4a7c15U;
    number = (number ^ (number >> 30U)) * 0xbf58476d1ce4e5b9U;
    number = (number ^ (number >> 27U)) * 0x94d049bb133111ebU;
    return number ^ (number >> 31U);
}

} // namespace

SpeedRequests::SpeedRequests(const SpeedJob& job, int fd, std::uint64_t size, std::uint64_t salt)
    : m_job(job), m_fd(fd), m_blocks(std::max<std::uint64_t>(1, size / job.block)), m_salt(salt)
{
    for (unsigned slot = 0; slot < job.depth; ++slot) {
        m_buffers.emplace_back(job.block);
        if (job.isWrite)
            BlockPattern(mixed(salt) + slot).fill(buffer(slot), 0);
    }
}

std::uint64_t SpeedRequests::next()
{
    const std::uint64_t number = m_next++;
    return (m_job.isRandom ? mixed(m_salt ^ number) : number) % m_blocks * m_job.block;
}

std::span<std::byte> SpeedRequests::buffer(unsigned slot)
{
    return m_buffers[slot].first(m_job.block);
}

void SpeedRequests::stamp(std::span<std::byte> buffer)
{
    for (std::size_t at = 0; at + kBlockSize <= buffer.size(); at += kBlockSize) {
        const std::uint64_t stamp = mixed(m_stamp++ ^ m_salt);
        std::memcpy(&buffer[at], &stamp, sizeof stamp);
    }
}

void SpeedRequests::abandonBuffers()
{
    static_cast<void>(new std::vector<AlignedBuffer>(std::move(m_buffers))); // NOLINT(cppcoreguidelines-owning-memory)
}

void SpeedRequests::done(std::uint64_t bytes)
{
    m_bytes += bytes;
    ++m_count;
}

void SpeedRequests::fail(const Error& error)
{
    const std::scoped_lock lock(m_mutex);
    if (!m_error)
        m_error = error;
    m_isEnding = true;
}

std::optional<Error> SpeedRequests::error() const
{
    const std::scoped_lock lock(m_mutex);
    return m_error;
}

void runOnThreads(System& system, SpeedRequests& requests)
{
    const SpeedJob& job = requests.job();
    std::vector<std::jthread> crew;
    for (unsigned slot = 0; slot < job.depth; ++slot) {
        crew.emplace_back([&, slot] {
            const auto buffer = requests.buffer(slot);
            while (!requests.isEnding()) {
                if (job.isWrite)
                    requests.stamp(buffer);
                const auto done = job.isWrite ? system.files.writeAt(requests.fd(), buffer, requests.next())
                                              : system.files.readAt(requests.fd(), buffer, requests.next());
                if (!done)
                    return requests.fail(done.error());
                if (*done == 0)
                    return requests.fail(Error{job.isWrite ? "pwrite" : "pread", {}, EIO, {}});
                requests.done(*done);
            }
        });
    }
}

} // namespace scratchproof
