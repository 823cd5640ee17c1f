// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/result.h"
#include "core/base/text.h"
#include "core/system/system.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace scratchproof {

/// How many requests are kept under way at once: by io_uring(7), or by as many threads where the kernel has none of
/// that for us (or liburing was not there when this was built).
enum class SpeedEngine : std::uint8_t { Uring, Threads };

/// "io_uring", "threads".
[[nodiscard]] std::string_view toString(SpeedEngine engine);

/// What is measured: one kind of request, again and again.
struct SpeedJob
{
    const char* name;
    bool isWrite = false;
    bool isRandom = false; // each at a place of its own; else one after the other
    std::size_t block = 0; // bytes of a request
    unsigned depth = 1;    // requests under way at once
};

/// In this order: the first one writes what the others read and write again.
constexpr std::array<SpeedJob, 8> kSpeedJobs{{
    {"sequential-write-q32", true, false, std::size_t{1} << 20U, 32},
    {"sequential-write-q1", true, false, std::size_t{1} << 20U, 1},
    {"sequential-read-q32", false, false, std::size_t{1} << 20U, 32},
    {"sequential-read-q1", false, false, std::size_t{1} << 20U, 1},
    {"random-write-q32", true, true, 4096, 32},
    {"random-write-q1", true, true, 4096, 1},
    {"random-read-q32", false, true, 4096, 32},
    {"random-read-q1", false, true, 4096, 1},
}};

/// Two more, after those.
constexpr const char* kFlushJob = "flush";
constexpr const char* kSmallFilesJob = "small-files";

/// What may be asked for: bytes of the file, and the time of a job.
constexpr std::uint64_t kLeastSpeedSize = std::uint64_t{16} << 20U;
constexpr Nanoseconds kLeastTimeOfJob = kNanosecondsPerSecond / 10;
constexpr Nanoseconds kMostTimeOfJob = 600 * kNanosecondsPerSecond;

struct SpeedOptions
{
    /// Random, so that no drive has seen these bytes before.
    std::uint64_t salt = 0;
    /// Of the file that is written to and read from, in bytes; at most half of the room. A drive that is slow gets a
    /// file of what it takes in a job's time.
    std::uint64_t size = std::uint64_t{1} << 30U;
    /// Bytes of free space that are left alone.
    std::uint64_t keepFree = 0;
    /// Of each job; small files and flushing take as long, each. Ten of them are a minute.
    Nanoseconds timeOfJob = 6 * kNanosecondsPerSecond;
    /// Whether O_DIRECT reaches the drive itself: FileTargetOptions.
    bool isLocal = true;
    /// Nothing: io_uring where it can be had.
    std::optional<SpeedEngine> engine = {};
};

/// What was done from the beginning of a job until then.
struct SpeedPoint
{
    Nanoseconds time = 0;
    std::uint64_t bytes = 0;
};

struct SpeedOfJob
{
    SpeedJob job = {};
    std::uint64_t bytes = 0;
    std::uint64_t requests = 0;
    Nanoseconds time = 0;
    /// Ten a second, and a hundred in all.
    std::vector<SpeedPoint> curve = {};

    /// Bytes (or requests) by the whole time, a second.
    [[nodiscard]] double bytesPerSecond() const;
    [[nodiscard]] double requestsPerSecond() const;
    /// In the first tenth of the time, where a drive's cache may take all there is, and in the second half, when it no
    /// longer does.
    [[nodiscard]] double firstBytesPerSecond() const;
    [[nodiscard]] double steadyBytesPerSecond() const;
    struct Spread
    {
        double low = 0;
        double median = 0;
        double high = 0;
    };
    /// Of the parts between two points: of twenty one is below `low`, and one above `high`.
    [[nodiscard]] Spread spread() const;
};

struct SpeedReport
{
    SpeedEngine engine = SpeedEngine::Threads;
    bool isDirect = false; // else only writing is measured: reading would tell of this computer's memory
    std::uint64_t size = 0;
    std::vector<SpeedOfJob> jobs;
    std::uint64_t smallFiles = 0; // made, written (4 KiB) and deleted
    Nanoseconds smallFilesTime = 0;
    std::uint64_t flushes = 0; // of 4 KiB each, by fsync(2)
    Nanoseconds flushMedian = 0;
    Nanoseconds flushP99 = 0;
    bool isStopped = false;
    /// The first error, which ended it.
    std::optional<Error> error;

    [[nodiscard]] double smallFilesPerSecond() const;
};

struct SpeedProgress
{
    std::string_view job;
    std::size_t index = 0; // of the job, from 0
    std::size_t jobs = 0;
    Nanoseconds left = 0;      // of all
    double bytesPerSecond = 0; // in the last part
    Path directory = {};       // of ours, and its id as a scratch directory, where it is one
    std::string id = {};
};
using SpeedListener = std::function<void(const SpeedProgress&)>;

/// Measures in a file "verify-speed" in `folder`, an open directory of ours (not O_PATH), and removes it. Fails, before
/// it writes anything, where the folder cannot be asked for its room, with FolderUnusable where that is less than 32
/// MiB. What goes wrong later is in the report. Blocks; uses threads of its own, which have ended when it returns;
/// after `stop` as soon as what is under way has come back. `listener` is called by the calling thread ten times a
/// second.
[[nodiscard]] Result<SpeedReport> measureSpeed(System& system, int folder, const SpeedOptions& options,
                                               const SpeedListener& listener, const std::stop_token& stop);

} // namespace scratchproof
