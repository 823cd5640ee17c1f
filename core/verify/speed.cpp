// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/speed.h"

#include "core/verify/aligned_buffer.h"
#include "core/verify/direct_file.h"
#include "core/verify/speed_engine.h"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace scratchproof {

namespace {

constexpr const char* kSpeedFile = "verify-speed";
constexpr const char* kSmallFile = "verify-small";
constexpr std::uint64_t kLeastWritten = std::uint64_t{4} << 20U;
constexpr Nanoseconds kLongestFirst = 60 * kNanosecondsPerSecond;
constexpr std::uint64_t kSizeUnit = std::uint64_t{1} << 20U;
constexpr auto kPartTime = std::chrono::milliseconds(100);
constexpr Nanoseconds kLongestQuiet = 50 * kNanosecondsPerSecond;
constexpr Nanoseconds kMostPoints = 100;
constexpr std::size_t kMostFlushes = 100'000;

double perSecond(std::uint64_t amount, Nanoseconds time)
{
    return time <= 0 ? 0 : static_cast<double>(amount) * kNanosecondsPerSecond / static_cast<double>(time);
}

class SpeedRun
{
public:
    SpeedRun(System& system, int folder, DirectFile file, std::uint64_t size, const SpeedOptions& options,
             const SpeedListener& listener, const std::stop_token& stop)
        : m_system(system), m_folder(folder), m_file(std::move(file)), m_options(options), m_listener(listener),
          m_stop(stop)
    {
        m_report.size = size;
        m_report.isDirect = m_file.isDirect && options.isLocal;
        m_report.engine = options.engine.value_or(SpeedEngine::Uring);
        if (m_report.engine == SpeedEngine::Uring && !hasUring())
            m_report.engine = SpeedEngine::Threads;
        for (const SpeedJob& job : kSpeedJobs) {
            if (job.isWrite || m_report.isDirect)
                m_jobs.push_back(job);
        }
        m_progress.jobs = m_jobs.size() + 2;
    }

    SpeedReport run()
    {
        // All of the file is there before it is measured, where that can be had: no job is to wait for it to grow.
        static_cast<void>(m_system.files.allocate(m_file.fd.get(), m_report.size));
        for (const SpeedJob& job : m_jobs) {
            if (!mayGoOn())
                break;
            measure(job);
            // What was not written is no content that could be read.
            if (m_progress.index == 0)
                m_report.size = std::min(m_report.size, m_report.jobs.front().bytes / kSizeUnit * kSizeUnit);
            ++m_progress.index;
            if (m_report.size == 0 && mayGoOn())
                m_report.error = Error(ErrorKind::NotResponding, {});
        }
        if (mayGoOn())
            measureFlushes();
        ++m_progress.index;
        if (mayGoOn())
            measureSmallFiles();
        m_report.isStopped = m_stop.stop_requested();
        return std::move(m_report);
    }

private:
    [[nodiscard]] bool mayGoOn() const { return !m_stop.stop_requested() && !m_report.error; }

    void measure(const SpeedJob& job)
    {
        SpeedOfJob& result = m_report.jobs.emplace_back(SpeedOfJob{job});
        SpeedRequests requests(job, m_file.fd.get(), m_report.size, m_options.salt + m_progress.index);
        std::mutex mutex;
        std::condition_variable_any ended;
        bool isOver = false;
        m_progress.job = job.name;
        const Nanoseconds began = m_system.clock.monotonic();
        const std::jthread engine([&] {
            if (m_report.engine == SpeedEngine::Uring)
                runOnUring(requests);
            else
                runOnThreads(m_system, requests);
            const std::scoped_lock lock(mutex);
            isOver = true;
            ended.notify_all();
        });
        std::unique_lock lock(mutex);
        while (!isOver && !requests.isEnding()) {
            ended.wait_for(lock, m_stop, kPartTime, [&] { return isOver; });
            result.bytes = requests.bytes();
            result.requests = requests.count();
            result.time = m_system.clock.monotonic() - began;
            const bool isLast = hasEnough(result) || m_stop.stop_requested();
            tell(result, isLast);
            if (isLast)
                requests.end(); // what comes back later is not counted, nor is the time until then
        }
        ended.wait(lock, [&] { return isOver; });
        if (!m_report.error)
            m_report.error = requests.error();
    }

    /// The first job also writes what the others need, however slow the drive is.
    [[nodiscard]] bool hasEnough(const SpeedOfJob& result) const
    {
        const bool isEnough = m_progress.index != 0 || result.bytes >= kLeastWritten;
        return result.time >= (isEnough ? m_options.timeOfJob : std::max(m_options.timeOfJob, kLongestFirst));
    }

    void tell(SpeedOfJob& result, bool isLast)
    {
        const SpeedPoint before = result.curve.empty() ? SpeedPoint{} : result.curve.back();
        if (result.bytes != before.bytes || result.curve.empty())
            m_lastSign = m_system.clock.monotonic();
        if (isLast || result.time - before.time >= m_options.timeOfJob / kMostPoints)
            result.curve.push_back({result.time, result.bytes});
        tell(result.time, perSecond(result.bytes - before.bytes, result.time - before.time));
    }

    /// Whoever watches gives up a drive that does not answer.
    [[nodiscard]] bool isSilent() const { return m_system.clock.monotonic() - m_lastSign > kLongestQuiet; }

    void tell(Nanoseconds time, double bytesPerSecond)
    {
        if (!m_listener || isSilent())
            return;
        const auto jobsLeft = static_cast<Nanoseconds>(m_progress.jobs - m_progress.index);
        m_progress.left = std::max<Nanoseconds>(0, jobsLeft * m_options.timeOfJob - time);
        m_progress.bytesPerSecond = bytesPerSecond;
        m_listener(m_progress);
    }

    /// Calls `once` until the time is over, or it says that it is to end.
    template <typename Once>
    Nanoseconds repeat(const char* name, const Once& once)
    {
        m_progress.job = name;
        const Nanoseconds began = m_system.clock.monotonic();
        Nanoseconds told = 0;
        Nanoseconds time = 0;
        m_lastSign = began;
        tell(0, 0);
        while (time < m_options.timeOfJob && mayGoOn() && once()) {
            time = m_system.clock.monotonic() - began;
            if (time - told < kNanosecondsPerSecond / 10)
                continue;
            told = time;
            m_lastSign = began + time;
            tell(time, 0);
        }
        return time;
    }

    void measureFlushes()
    {
        SpeedRequests requests({kFlushJob, true, true, kBlockSize, 1}, m_file.fd.get(), m_report.size, m_options.salt);
        const auto buffer = requests.buffer(0);
        std::vector<Nanoseconds> times;
        repeat(kFlushJob, [&] {
            requests.stamp(buffer);
            const Nanoseconds began = m_system.clock.monotonic();
            const auto written = m_system.files.writeAt(m_file.fd.get(), buffer, requests.next());
            const auto synced = written ? m_system.files.sync(m_file.fd.get()) : Result<void>(fail(written.error()));
            if (!synced) {
                m_report.error = synced.error();
                return false;
            }
            times.push_back(m_system.clock.monotonic() - began);
            return times.size() < kMostFlushes;
        });
        m_report.flushes = times.size();
        if (times.empty())
            return;
        std::sort(times.begin(), times.end());
        m_report.flushMedian = times[times.size() / 2];
        m_report.flushP99 = times[times.size() * 99 / 100];
    }

    void measureSmallFiles()
    {
        AlignedBuffer memory(kBlockSize);
        const auto buffer = memory.first(kBlockSize);
        std::fill(buffer.begin(), buffer.end(), std::byte{0x5a});
        m_report.smallFilesTime = repeat(kSmallFilesJob, [&] {
            const auto made = m_system.files.open(m_folder, kSmallFile, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
            if (!made) {
                m_report.error = made.error();
                return false;
            }
            const auto written = m_system.files.write(made->get(), buffer);
            const auto removed = m_system.files.unlink(m_folder, kSmallFile);
            if (!written || !removed) {
                m_report.error = written ? removed.error() : written.error();
                return false;
            }
            ++m_report.smallFiles;
            return true;
        });
    }

    System& m_system;
    int m_folder;
    DirectFile m_file;
    SpeedOptions m_options;
    const SpeedListener& m_listener;
    std::stop_token m_stop;
    std::vector<SpeedJob> m_jobs;
    SpeedReport m_report;
    SpeedProgress m_progress;
    Nanoseconds m_lastSign = 0;
};

} // namespace

std::string_view toString(SpeedEngine engine)
{
    return engine == SpeedEngine::Uring ? "io_uring" : "threads";
}

double SpeedReport::smallFilesPerSecond() const
{
    return perSecond(smallFiles, smallFilesTime);
}

double SpeedOfJob::bytesPerSecond() const
{
    return perSecond(bytes, time);
}

double SpeedOfJob::requestsPerSecond() const
{
    return perSecond(requests, time);
}

double SpeedOfJob::firstBytesPerSecond() const
{
    const auto first =
        std::find_if(curve.begin(), curve.end(), [&](const SpeedPoint& point) { return point.time >= time / 10; });
    return first == curve.end() ? bytesPerSecond() : perSecond(first->bytes, first->time);
}

double SpeedOfJob::steadyBytesPerSecond() const
{
    const auto middle =
        std::find_if(curve.begin(), curve.end(), [&](const SpeedPoint& point) { return point.time >= time / 2; });
    if (middle == curve.end() || middle->time >= time)
        return bytesPerSecond();
    return perSecond(bytes - middle->bytes, time - middle->time);
}

SpeedOfJob::Spread SpeedOfJob::spread() const
{
    std::vector<double> parts;
    SpeedPoint before;
    for (const SpeedPoint& point : curve) {
        parts.push_back(perSecond(point.bytes - before.bytes, point.time - before.time));
        before = point;
    }
    if (parts.empty())
        return {};
    std::sort(parts.begin(), parts.end());
    return {parts[parts.size() / 20], parts[parts.size() / 2], parts[parts.size() - 1 - parts.size() / 20]};
}

Result<SpeedReport> measureSpeed(System& system, int folder, const SpeedOptions& options, const SpeedListener& listener,
                                 const std::stop_token& stop)
{
    const auto space = system.attributes.space(folder);
    if (!space)
        return fail(space.error());
    if (!space->isSizeKnown())
        return fail(ErrorKind::BadInput, {}, 0, "its file system does not say how much room there is");
    // The other half is for file systems that write what changes to another place.
    const std::uint64_t room = space->availableBytes - std::min(space->availableBytes, options.keepFree);
    std::uint64_t size = std::min(options.size, room / 2);
    if (const auto limit = system.files.fileSizeLimit(); limit && *limit)
        size = std::min(size, **limit);
    size = size / kSizeUnit * kSizeUnit;
    if (size < kLeastSpeedSize)
        return fail(ErrorKind::FolderUnusable, {}, ENOSPC, "measuring needs 32 MiB that are free, and files of 16 MiB");
    auto file = makeDirectFile(system, folder, kSpeedFile);
    if (!file)
        return fail(file.error());
    auto report = SpeedRun(system, folder, std::move(*file), size, options, listener, stop).run();
    const auto removed = system.files.unlink(folder, kSpeedFile);
    if (!removed && !report.error)
        report.error = removed.error();
    return report;
}

} // namespace scratchproof
