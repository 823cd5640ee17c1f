// SPDX-License-Identifier: GPL-3.0-or-later

// The promise: what is somebody's is neither lost nor removed before its time, and what is to go can be got rid of.
// Random histories, a seed each, beside a model that knows what may be gone. SCRATCHPROOF_SCALE=1 is 10,000 of them;
// SCRATCHPROOF_SEED=n tells one step by step.

#include "tests/promise/history.h"
#include "tests/support/mounts.h"
#include "tests/support/pace.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

constexpr int kFullScale = 10'000;
constexpr unsigned kUser = 4242; // that nobody is
constexpr std::uint64_t kMostTold = 3;

int tellHistories(const Path& top)
{
    Counts counts;
    const Path bootFile = joinPath(top, "boot");
    Worker worker(kUser, bootFile);
    const char* seedText = std::getenv("SCRATCHPROOF_SEED");
    const std::uint64_t first = seedText != nullptr ? std::strtoull(seedText, nullptr, 10) : 1;
    const std::uint64_t last = seedText != nullptr ? first : static_cast<std::uint64_t>(scaled(kFullScale));
    std::uint64_t broken = 0;
    const Nanoseconds began = SharedClock::real();
    for (std::uint64_t seed = first; seed <= last; ++seed) {
        History history(seed, worker, kUser, joinPath(top, "h" + std::to_string(seed)), bootFile, counts);
        history.isTold = seedText != nullptr;
        bool isKept = false;
        try {
            isKept = history.run();
        } catch (const std::exception& error) {
            std::printf("history %llu: %s\n", static_cast<unsigned long long>(seed), error.what());
        }
        if (isKept)
            continue;
        if (++broken <= kMostTold || std::getenv("SCRATCHPROOF_SHOW") != nullptr) {
            std::printf("--- history %llu:\n", static_cast<unsigned long long>(seed));
            for (const std::string& line : history.story())
                std::printf("%s\n", line.c_str());
        }
        std::printf("history %llu broke the promise (SCRATCHPROOF_SEED=%llu): %s\n",
                    static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed),
                    history.story().empty() ? "" : history.story().back().c_str());
    }
    const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf("promise: %llu histories, %llu steps, %llu kills, %llu directories (%llu purged, %llu cleaned), "
                "%llu lost, %llu early, %llu stuck, %.0f s\n",
                number(counts.histories), number(counts.steps), number(counts.deaths), number(counts.made),
                number(counts.purged), number(counts.cleaned), number(counts.lost), number(counts.early),
                number(counts.stuck), static_cast<double>(SharedClock::real() - began) / static_cast<double>(kSecond));
    return broken == 0 && counts.purged > 0 && counts.cleaned > 0 ? 0 : 1;
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
    const int result = tellHistories(top);
    umount2(top.c_str(), MNT_DETACH);
    std::filesystem::remove(top);
    return result;
}
