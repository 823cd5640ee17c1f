// SPDX-License-Identifier: GPL-3.0-or-later
// The capacity check with many threads and few, on drives that are honest, false, failing and gone, with a stop at any
// time: the same verdict whatever the order in which its threads are heard.
#include "core/verify/capacity.h"
#include "tests/threads/expect.h"
#include "tests/verify/fake_targets.h"

#include <atomic>
#include <cerrno>
#include <chrono>
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

} // namespace

int main()
{
    for (const unsigned threads : {1U, 2U, 3U, 8U}) {
        tryDrives(threads);
        stopAtAnyTime(threads);
    }
    return g_failures == 0 ? 0 : 1;
}
