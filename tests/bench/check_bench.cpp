// SPDX-License-Identifier: GPL-3.0-or-later
// What a check of a healthy folder is made of: facts, probe, diagnosis and the JSON of its result, at levels quick and
// standard; medians over rounds of 2,000 folders beside each other, on tmpfs or where it is told to.
#include "core/check/check.h"
#include "core/check/check_json.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using namespace scratchproof;

constexpr int kFolders = 2'000;
constexpr int kRounds = 7;

using Clock = std::chrono::steady_clock;

void require(bool condition, const char* what)
{
    if (condition)
        return;
    std::perror(what);
    std::exit(1);
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// Microseconds a folder of each part, in one round.
std::array<double, 4> round(const std::vector<Path>& folders, Level level, FactsCollector& collector,
                            FolderProbe& probe)
{
    std::array<Clock::duration, 4> sums{};
    for (const Path& folder : folders) {
        const auto begin = Clock::now();
        const Facts facts = collector.collect(folder, {});
        const auto afterFacts = Clock::now();
        const ProbeResult result = probe.run(folder, level, {});
        const auto afterProbe = Clock::now();
        const Diagnosis diagnosis = diagnose(folder, facts, result);
        const auto afterDiagnosis = Clock::now();
        require(result.firstProblem() == nullptr, "probe");
        Check check;
        check.folder = folder;
        check.level = level;
        check.verdict = diagnosis.verdict;
        check.findings = diagnosis.findings;
        check.steps = result.steps;
        check.facts = facts;
        const auto beforeJson = Clock::now();
        JsonText json;
        writeJson(json, check);
        require(!json.text().empty(), "json");
        const auto end = Clock::now();
        sums[0] += afterFacts - begin;
        sums[1] += afterProbe - afterFacts;
        sums[2] += afterDiagnosis - afterProbe;
        sums[3] += end - beforeJson;
    }
    std::array<double, 4> means{};
    for (std::size_t i = 0; i < sums.size(); ++i)
        means[i] = std::chrono::duration<double, std::micro>(sums[i]).count() / static_cast<double>(folders.size());
    return means;
}

} // namespace

int main(int argc, char** argv)
{
    std::string root = std::string(argc > 1 ? argv[1] : "/dev/shm") + "/scratchproof-bench-XXXXXX";
    require(::mkdtemp(root.data()) != nullptr, "a folder there");
    struct statfs fileSystem;
    require(::statfs(root.c_str(), &fileSystem) == 0, "statfs");
    const bool isMemory = fileSystem.f_type == TMPFS_MAGIC;
    std::vector<Path> folders;
    for (int number = 0; number < kFolders; ++number) {
        folders.push_back(fmt::format("{}/{:05}", root, number));
        std::filesystem::create_directory(folders.back());
    }
    {
        ProbeJournal journal = ProbeJournal::openIn(linuxSystem(), root + "/journal");
        FolderProbe probe(linuxSystem(), journal);
        MountTable mounts;
        FactsCollector collector(linuxSystem(), mounts);
        for (const Level level : {Level::Quick, Level::Standard}) {
            std::array<std::vector<double>, 4> times;
            for (int number = 0; number <= kRounds; ++number) {
                const auto means = round(folders, level, collector, probe);
                // The first round warms up.
                for (std::size_t i = 0; number > 0 && i < means.size(); ++i)
                    times[i].push_back(means[i]);
            }
            const double probing = median(times[1]);
            fmt::print("check, level {}: facts {:.1f} us, probe {:.1f} us, diagnosis {:.1f} us, JSON {:.1f} us; "
                       "facts add {:.1f} % to the probe{}, facts and diagnosis {:.1f} %{}\n",
                       toString(level), median(times[0]), probing, median(times[2]), median(times[3]),
                       100 * median(times[0]) / probing, level == Level::Quick ? " (at most 60)" : "",
                       100 * (median(times[0]) + median(times[2])) / probing,
                       level == Level::Quick ? ""
                       : isMemory            ? " (at most 20)"
                                             : " (at most 9 on ext4)");
        }
    }
    std::filesystem::remove_all(root);
    return 0;
}
