// SPDX-License-Identifier: GPL-3.0-or-later
// What the steps of `quick` cost on tmpfs, beside a bare loop of exactly the same system calls, beside the five calls
// of mkstemp, close, unlink, mkdtemp and rmdir, and beside Python's tempfile: 10,000 folders each, in turn, medians.
#include "core/probe/probe.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/random.h>
#include <sys/stat.h>
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

constexpr int kFolders = 10'000;
constexpr int kRounds = 7;
constexpr int kFileFlags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

void require(bool condition, const char* what)
{
    if (condition)
        return;
    std::perror(what);
    std::exit(1);
}

/// A name as long as ours; what makes it unguessable is asked of the kernel, as ours is.
std::string nameFrom(std::uint64_t random)
{
    return fmt::format(".scratchproof-probe-{:023}-{:012}", 7, random % 1'000'000'000'000U);
}

struct BareJournal
{
    int folder = -1;
    int slot = -1;
};

/// The calls of `quick`, one for one: looks, journal and randomness included.
void bareQuick(const std::string& folder, const BareJournal& journal)
{
    struct statx status;
    constexpr unsigned kMask = STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID;
    const int at = ::openat(AT_FDCWD, folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    require(at >= 0, "open");
    require(::statx(at, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, kMask, &status) == 0, "statx");
    require(::statx(journal.folder, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, kMask, &status) == 0, "statx");
    std::array<std::uint64_t, 5> random{};
    require(::getrandom(random.data(), sizeof random, 0) == sizeof random, "getrandom");
    const std::string file = nameFrom(random[0]);
    const std::string directory = nameFrom(random[2]);
    const std::string note(200, 'n');
    require(::pwrite(journal.slot, note.data(), note.size(), 64) > 0, "pwrite");
    const int fd = ::openat(at, file.c_str(), kFileFlags, 0600);
    require(fd >= 0 && ::close(fd) == 0, "create");
    require(::unlinkat(at, file.c_str(), 0) == 0, "unlink");
    require(::statx(at, file.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &status) != 0, "statx");
    require(::mkdirat(at, directory.c_str(), 0700) == 0, "mkdir");
    require(::unlinkat(at, directory.c_str(), AT_REMOVEDIR) == 0, "rmdir");
    require(::statx(at, directory.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &status) != 0, "statx");
    require(::close(at) == 0, "close");
}

/// What mkstemp(3) and mkdtemp(3) come to, without any randomness.
void fiveCalls(const std::string& folder)
{
    const std::string file = folder + "/tmpabcdefgh";
    const int fd = ::openat(AT_FDCWD, file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    require(fd >= 0 && ::close(fd) == 0, "create");
    require(::unlinkat(AT_FDCWD, file.c_str(), 0) == 0, "unlink");
    require(::mkdirat(AT_FDCWD, file.c_str(), 0700) == 0, "mkdir");
    require(::unlinkat(AT_FDCWD, file.c_str(), AT_REMOVEDIR) == 0, "rmdir");
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

double pythonOnce(const std::string& script, const std::string& root)
{
    const std::string command = fmt::format("python3 '{}' '{}' {}", script, root, kFolders);
    FILE* pipe = ::popen(command.c_str(), "r");
    require(pipe != nullptr, "python3");
    double value = 0;
    require(std::fscanf(pipe, "%lf", &value) == 1 && ::pclose(pipe) == 0, "tempfile_peer.py");
    return value;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::fprintf(stderr, "usage: quick_probe_bench PATH/tempfile_peer.py\n");
        return 2;
    }
    std::string root = "/dev/shm/scratchproof-bench-XXXXXX";
    require(::mkdtemp(root.data()) != nullptr, "a folder in /dev/shm");
    struct statfs fileSystem;
    require(::statfs(root.c_str(), &fileSystem) == 0 && fileSystem.f_type == TMPFS_MAGIC, "tmpfs at /dev/shm");
    std::vector<std::string> folders;
    for (int number = 0; number < kFolders; ++number) {
        folders.push_back(fmt::format("{}/{:05}", root, number));
        std::filesystem::create_directory(folders.back());
    }

    const std::string journalFolder = root + "/bare-journal";
    std::filesystem::create_directory(journalFolder);
    BareJournal bareJournal;
    bareJournal.folder = ::open(journalFolder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bareJournal.slot = ::openat(bareJournal.folder, "slot", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    require(bareJournal.slot >= 0, "journal");

    {
        ProbeJournal journal = ProbeJournal::openIn(linuxSystem(), root + "/journal");
        require(journal.isEnabled(), "journal");
        FolderProbe probe(linuxSystem(), journal);
        std::array<std::vector<double>, 4> times;
        for (int round = 0; round <= kRounds; ++round) {
            const std::array<double, 4> once{
                nanosecondsPerFolder(folders,
                                     [&](const std::string& folder) {
                                         const auto result = probe.run(folder, Level::Quick, {});
                                         require(result.firstProblem() == nullptr, "probe");
                                     }),
                nanosecondsPerFolder(folders, [&](const std::string& folder) { bareQuick(folder, bareJournal); }),
                nanosecondsPerFolder(folders, [](const std::string& folder) { fiveCalls(folder); }),
                pythonOnce(argv[1], root),
            };
            for (std::size_t i = 0; i < once.size() && round > 0; ++i) // the first round warms up
                times[i].push_back(once[i]);
        }
        const double ours = median(times[0]);
        fmt::print("quick probe of {} folders on tmpfs, ns per folder, median of {} rounds\n", kFolders, kRounds);
        fmt::print("  scratchproof quick                    {:9.0f}\n", ours);
        fmt::print("  the same calls, bare                  {:9.0f}   ratio {:.2f}  (at most 1.40)\n", median(times[1]),
                   ours / median(times[1]));
        fmt::print("  openat close unlinkat mkdirat rmdir   {:9.0f}   ratio {:.2f}\n", median(times[2]),
                   ours / median(times[2]));
        fmt::print("  Python tempfile mkstemp and mkdtemp   {:9.0f}   ratio {:.2f}  (below 1)\n", median(times[3]),
                   ours / median(times[3]));
    }
    std::filesystem::remove_all(root);
    return 0;
}
