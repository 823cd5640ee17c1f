// SPDX-License-Identifier: GPL-3.0-or-later
// What facts and diagnosis add to the time of a probe that succeeds: the whole check beside the bare probe, at level
// standard, in turn, on tmpfs and on ext4 in an image on tmpfs; and the diagnosis alone.
#include "core/check/check.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
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

constexpr int kFolders = 500;
constexpr int kRounds = 9;
constexpr int kDiagnoses = 20'000;

void require(bool condition, const char* what)
{
    if (condition)
        return;
    std::perror(what);
    std::exit(1);
}

template <typename Body>
double nanosecondsPerFolder(const std::vector<std::string>& folders, Body body)
{
    const auto start = std::chrono::steady_clock::now();
    for (const auto& folder : folders)
        body(folder);
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
    return time.count() / static_cast<double>(folders.size());
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void measure(const char* name, const std::string& root, const std::string& journalFolder)
{
    std::vector<std::string> folders;
    for (int number = 0; number < kFolders; ++number) {
        folders.push_back(fmt::format("{}/{:05}", root, number));
        std::filesystem::create_directory(folders.back());
    }
    ProbeJournal journal = ProbeJournal::openIn(linuxSystem(), journalFolder);
    require(journal.isEnabled(), "journal");
    FolderProbe probe(linuxSystem(), journal);
    FolderChecker checker(linuxSystem(), journal);
    std::array<std::vector<double>, 2> times;
    std::vector<double> added; // pairs of neighbours in time: what else the machine does falls on both
    for (int round = 0; round <= kRounds; ++round) {
        const double bare = nanosecondsPerFolder(folders, [&](const std::string& folder) {
            require(probe.run(folder, Level::Standard, {}).firstProblem() == nullptr, "probe");
        });
        const double whole = nanosecondsPerFolder(folders, [&](const std::string& folder) {
            require(checker.run(folder, Level::Standard, {}).verdict != Verdict::Unusable, "check");
        });
        if (round == 0) // warms up
            continue;
        times[0].push_back(bare);
        times[1].push_back(whole);
        added.push_back(whole / bare);
    }
    const Check check = checker.run(folders.front(), Level::Standard, {});
    ProbeResult result;
    result.steps = check.steps;
    const auto start = std::chrono::steady_clock::now();
    std::size_t findings = 0;
    for (int i = 0; i < kDiagnoses; ++i)
        findings += diagnose(check.folder, check.facts, result).findings.size();
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
    require(findings < std::size_t{kDiagnoses} * 100, "findings");
    fmt::print("standard check of {} folders on {}, ns per folder, median of {} rounds\n", kFolders, name, kRounds);
    fmt::print("  the probe alone                       {:9.0f}\n", median(times[0]));
    fmt::print("  facts, probe and diagnosis            {:9.0f}   ratio {:.2f}  (at most 1.20)\n", median(times[1]),
               median(added));
    fmt::print("  the diagnosis alone                   {:9.0f}\n", time.count() / kDiagnoses);
}

} // namespace

int main()
{
    std::string root = "/dev/shm/scratchproof-bench-XXXXXX";
    require(::mkdtemp(root.data()) != nullptr, "a folder in /dev/shm");
    std::filesystem::create_directory(root + "/tmpfs");
    measure("tmpfs", root + "/tmpfs", root + "/journal");
    const bool mayMount = ::geteuid() == 0 && ::unshare(CLONE_NEWNS) == 0 &&
                          ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    const std::string image = root + "/image";
    const std::string mounted = root + "/ext4";
    std::filesystem::create_directory(mounted);
    const std::string make = fmt::format("truncate -s 256M '{0}' && PATH=$PATH:/sbin:/usr/sbin mkfs.ext4 -qF '{0}' && "
                                         "mount -n -o loop '{0}' '{1}'",
                                         image, mounted);
    if (mayMount && std::system(make.c_str()) == 0) {
        measure("ext4 in an image on tmpfs", mounted, root + "/journal");
        ::umount2(mounted.c_str(), MNT_DETACH);
    } else {
        fmt::print("ext4: left out; to mount an image one has to be root\n");
    }
    std::filesystem::remove_all(root);
    return 0;
}
