// SPDX-License-Identifier: GPL-3.0-or-later

// The promise: what is somebody's is neither lost nor removed before its time, and what is to go can be got rid of.
// Random histories, a seed each, beside a model that knows what may be gone. SCRATCHPROOF_SCALE=1 is 10,000 of them;
// SCRATCHPROOF_SEED=n tells one step by step, SCRATCHPROOF_SEED=n-m tells those from n to m.

#include "tests/promise/history.h"
#include "tests/support/mounts.h"
#include "tests/support/pace.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr int kFullScale = 10'000;
// Where not all are told: what a suite has time for. A sanitizer makes each slow.
#ifdef __SANITIZE_ADDRESS__
constexpr int kMostOfAPart = 60;
#else
constexpr int kMostOfAPart = 300;
#endif
constexpr unsigned kUser = 4242; // that nobody is
constexpr std::uint64_t kMostTold = 3;

constexpr std::uint64_t kEveryOnMounts = 100; // on each real file system

struct Telling
{
    Counts counts;
    std::uint64_t broken = 0;
};

struct Seeds
{
    std::uint64_t first = 1;
    std::uint64_t last = 1;
    [[nodiscard]] bool isOne() const { return first == last; }
};

Seeds wantedSeeds()
{
    const int wanted = scaled(kFullScale);
    Seeds seeds{1, static_cast<std::uint64_t>(wanted < kFullScale ? std::min(wanted, kMostOfAPart) : wanted)};
    if (const char* text = std::getenv("SCRATCHPROOF_SEED"); text != nullptr) {
        char* end = nullptr;
        seeds.first = std::strtoull(text, &end, 10);
        seeds.last = *end == '-' ? std::strtoull(end + 1, nullptr, 10) : seeds.first;
    }
    return seeds;
}

/// Histories below `top`; `subvolume` as of History.
void tellHistories(Telling& telling, const Path& top, const Path& bootFile, const Path& subvolume, const Seeds& seeds)
{
    Worker worker(kUser, bootFile);
    for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
        if (!subvolume.empty() && !seeds.isOne() && seed % kEveryOnMounts != 0)
            continue;
        History history(seed, worker, kUser, joinPath(top, "h" + std::to_string(seed)), bootFile, telling.counts,
                        subvolume);
        history.isTold = seeds.isOne();
        bool isKept = false;
        try {
            isKept = history.run();
        } catch (const std::exception& error) {
            std::printf("history %llu: %s\n", static_cast<unsigned long long>(seed), error.what());
        }
        if (isKept)
            continue;
        if (++telling.broken <= kMostTold || std::getenv("SCRATCHPROOF_SHOW") != nullptr) {
            std::printf("--- history %llu in %s:\n", static_cast<unsigned long long>(seed), top.c_str());
            for (const std::string& line : history.story())
                std::printf("%s\n", line.c_str());
        }
        std::printf("history %llu broke the promise in %s (SCRATCHPROOF_SEED=%llu): %s\n",
                    static_cast<unsigned long long>(seed), top.c_str(), static_cast<unsigned long long>(seed),
                    history.verdict().c_str());
    }
}

int tellAll(const Path& top)
{
    const Nanoseconds began = SharedClock::real();
    Telling telling;
    const Path bootFile = joinPath(top, "boot");
    const Seeds seeds = wantedSeeds();
    tellHistories(telling, top, bootFile, {}, seeds);
    const std::uint64_t onMemory = telling.counts.histories;
    for (const char* type : {"ext4", "btrfs"}) {
        const Path folder = joinPath(top, type);
        std::filesystem::create_directory(folder);
        constexpr std::uint64_t kBytes = 512U << 20U;
        const auto mounted = mountImage(type, folder + ".image", kBytes, folder);
        chmod(folder.c_str(), 01777);
        tellHistories(telling, folder, bootFile, folder, seeds);
    }
    const Counts& counts = telling.counts;
    const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf(
        "promise: %llu histories (%llu on ext4 and btrfs), %llu steps, %llu kills, %llu full disks, %llu directories "
        "(%llu purged, %llu cleaned), %llu lost, %llu early, %llu stuck, %.0f s\n",
        number(counts.histories), number(counts.histories - onMemory), number(counts.steps), number(counts.deaths),
        number(counts.fills), number(counts.made), number(counts.purged), number(counts.cleaned), number(counts.lost),
        number(counts.early), number(counts.stuck),
        static_cast<double>(SharedClock::real() - began) / static_cast<double>(kSecond));
    // Nothing passes by never removing.
    const bool isAlive = seeds.isOne() || (counts.purged > 0 && counts.cleaned > 0);
    return telling.broken == 0 && isAlive ? 0 : 1;
}

} // namespace

int main()
{
    if (const int refused = prepare(Needs::PrivateMounts); refused != 0)
        return refused;
    std::string top = "/tmp/scratchproof-promise-XXXXXX";
    if (mkdtemp(top.data()) == nullptr || mount("tmpfs", top.c_str(), "tmpfs", 0, "mode=1777") != 0) {
        std::perror(top.c_str());
        return 1;
    }
    const int result = tellAll(top);
    umount2(top.c_str(), MNT_DETACH);
    std::filesystem::remove(top);
    return result;
}
