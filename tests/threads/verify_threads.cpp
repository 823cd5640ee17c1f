// SPDX-License-Identifier: GPL-3.0-or-later
// The capacity check with many threads and few, on drives that are honest, false, failing and gone, with a stop at any
// time: the same verdict whatever the order in which its threads are heard. The quick check while it tells of itself,
// and the measuring of speed by threads.
#include "core/system/linux.h"
#include "core/verify/capacity.h"
#include "core/verify/quick_capacity.h"
#include "core/verify/speed.h"
#include "tests/threads/expect.h"
#include "tests/verify/fake_targets.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr std::uint64_t kSize = std::uint64_t{4} << 20U;

CapacityOptions optionsFor(unsigned threads)
{
    CapacityOptions options;
    options.salt = threads;
    options.claimed = kSize;
    options.threads = threads;
    options.piece = 16 * kBlockSize;
    options.firstLook = kSize / 4;
    return options;
}

CapacityVerdict verdictOf(VerifyTarget& drive, unsigned threads, const std::stop_token& stop = {})
{
    std::uint64_t told = 0;
    const auto report = checkCapacity(
        drive, optionsFor(threads), [&](const CapacityProgress& progress) { told += progress.done; }, stop);
    expect(report.regions.tested() <= report.written, "more was judged than was written");
    return report.judgement.verdict;
}

void tryDrives(unsigned threads)
{
    const std::string who = std::to_string(threads) + " threads: ";
    MemoryTarget honest(kSize);
    expect(verdictOf(honest, threads) == CapacityVerdict::Genuine, who + "honest");

    MemoryTarget below(kSize);
    FalseTarget falseDrive(below, kSize, wrapsAround(300));
    CachingTarget cached(falseDrive, 40);
    expect(verdictOf(cached, threads) == CapacityVerdict::Counterfeit, who + "false");

    MemoryTarget worn(kSize);
    FailingTarget failing(worn, [](FailingTarget::Call call, std::uint64_t offset, std::size_t) {
        return call == FailingTarget::Call::Read && offset == kSize / 2 ? EIO : 0;
    });
    expect(verdictOf(failing, threads) == CapacityVerdict::Damaged, who + "worn");

    for (int calls = 0; calls < 160; calls += 9) {
        MemoryTarget pulled(kSize);
        std::atomic<int> seen = 0;
        FailingTarget gone(
            pulled, [&](FailingTarget::Call, std::uint64_t, std::size_t) { return seen++ < calls ? 0 : ENODEV; });
        expect(verdictOf(gone, threads) == CapacityVerdict::Disconnected, who + "gone after " + std::to_string(calls));
    }
}

void stopAtAnyTime(unsigned threads)
{
    for (int i = 0; i < 20; ++i) {
        MemoryTarget drive(kSize);
        std::stop_source stop;
        std::jthread stopper([&stop, i] {
            std::this_thread::sleep_for(std::chrono::microseconds(300 * i));
            stop.request_stop();
        });
        const auto verdict = verdictOf(drive, threads, stop.get_token());
        // It may have come too late.
        expect(verdict == CapacityVerdict::NotFinished || verdict == CapacityVerdict::Genuine,
               std::to_string(threads) + " threads: stopped");
    }
}

/// Reserves all it has, and takes its time to read.
class SlowTarget : public ForwardingTarget
{
public:
    using ForwardingTarget::ForwardingTarget;
    Result<std::uint64_t> reserve(std::uint64_t /*offset*/, std::uint64_t length) override
    {
        length = std::min(length, m_left);
        m_left -= length;
        return length;
    }
    Result<std::uint64_t> room() override { return m_left; }
    Result<void> read(std::uint64_t offset, std::span<std::byte> out) override
    {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return m_below.read(offset, out);
    }

private:
    std::uint64_t m_left = kSize;
};

void checkQuicklyWhileTelling(bool stops)
{
    MemoryTarget memory(kSize);
    SlowTarget drive(memory);
    QuickCapacityOptions options;
    options.salt = 3;
    options.claimed = kSize;
    options.unit = kSize / 64;
    options.sample = kBlockSize;
    std::stop_source stop;
    std::uint64_t told = 0;
    const auto report = checkQuickCapacity(
        drive, options,
        [&](const CapacityProgress& progress) {
            told += progress.answers;
            if (stops)
                stop.request_stop();
        },
        stop.get_token());
    expect(told > 0, "the quick check tells of itself");
    expect(report.judgement.verdict == (stops ? CapacityVerdict::NotFinished : CapacityVerdict::NoSignOfCounterfeit),
           "the quick check");
}

void measureByThreads(bool stops)
{
    char folder[] = "/tmp/verify-threads-XXXXXX"; // NOLINT: for mkdtemp()
    expect(::mkdtemp(folder) != nullptr, "a folder");
    System& system = linuxSystem();
    auto opened = system.files.open(kWorkingDirectory, folder, O_RDONLY | O_DIRECTORY);
    expect(opened.has_value(), "the folder opens");
    SpeedOptions options;
    options.size = std::uint64_t{16} << 20U;
    options.timeOfJob = kNanosecondsPerSecond / 5;
    options.engine = SpeedEngine::Threads;
    std::stop_source stop;
    const auto report = measureSpeed(
        system, opened->get(), options,
        [&](const SpeedProgress& progress) {
            if (stops && progress.index == 2)
                stop.request_stop();
        },
        stop.get_token());
    expect(report && !report->error && report->isStopped == stops && !report->jobs.empty(), "measuring");
    expect(system.files.removeDirectory(kWorkingDirectory, folder).has_value(), "nothing is left");
}

} // namespace

int main()
{
    for (const bool stops : {false, true}) {
        checkQuicklyWhileTelling(stops);
        measureByThreads(stops);
    }
    for (const unsigned threads : {1U, 2U, 3U, 8U}) {
        tryDrives(threads);
        stopAtAnyTime(threads);
    }
    return g_failures == 0 ? 0 : 1;
}
