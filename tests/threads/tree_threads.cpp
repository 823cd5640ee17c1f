// SPDX-License-Identifier: GPL-3.0-or-later

// Removing and measuring by several threads and by one: both must count, remove and keep the same, on random trees,
// with entries that cannot be removed, hard links, and a stop at any time.

#include "core/system/forwarding.h"
#include "core/tree/measure_tree.h"
#include "core/tree/remove_tree.h"
#include "tests/support/temporary_folder.h"
#include "tests/threads/expect.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace scratchproof;
using namespace scratchproof::test;

namespace {

int scaled(int full)
{
    const char* scale = std::getenv("SCRATCHPROOF_SCALE");
    return std::max(4, static_cast<int>(full * (scale != nullptr ? std::atof(scale) : 0.1)));
}

/// The same tree for the same seed: chains, wide and flat directories, hard links within, symbolic links, and now and
/// then a name that begins with "stays".
class RandomTree
{
public:
    RandomTree(Path top, unsigned seed) : m_top(std::move(top)), m_random(seed)
    {
        std::filesystem::create_directory(m_top);
        const int entries = pick(2000);
        std::vector<Path> folders{m_top};
        for (int i = 0; i < entries; ++i) {
            const Path folder = folders[static_cast<std::size_t>(pick(int(folders.size()) - 1))];
            const std::string name = (pick(300) == 0 ? "stays" : "e") + std::to_string(i);
            const Path path = folder + "/" + name;
            const int kind = pick(12);
            if (kind == 0) {
                std::filesystem::create_directory(path);
                folders.push_back(path);
            } else if (kind == 1 && !m_files.empty()) {
                std::filesystem::create_hard_link(m_files[static_cast<std::size_t>(pick(int(m_files.size()) - 1))],
                                                  path);
            } else if (kind == 2) {
                std::filesystem::create_symlink("/etc", path);
            } else {
                writeFile(path, std::string(static_cast<std::size_t>(pick(9000)), 'x'));
                m_files.push_back(path);
            }
            if (kind != 0)
                makeOld(path);
            if (i != entries / 2)
                continue;
            for (int f = pick(3000); f > 0; --f) { // enough for several threads
                writeFile(folder + "/flat" + std::to_string(f), "");
                makeOld(folder + "/flat" + std::to_string(f));
            }
        }
        Path chain = m_top;
        for (int i = pick(60); i > 0; --i) {
            chain += "/c";
            std::filesystem::create_directory(chain);
        }
    }

private:
    /// Of several with the same time, too, there is only one newest.
    void makeOld(const Path& path)
    {
        const timespec times[2] = {{pick(1000), 0}, {pick(1000), 0}};
        utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW);
    }
    int pick(int most) { return std::uniform_int_distribution<int>(0, most)(m_random); }

    Path m_top;
    std::mt19937 m_random;
    std::vector<Path> m_files;
};

/// Names that begin with "stays" cannot be removed. Thread safe.
class Stubborn : public ForwardingFiles
{
public:
    using ForwardingFiles::ForwardingFiles;
    Result<void> unlink(int dirFd, const char* name) override
    {
        if (m_unlinksUntilStop > 0 && --m_unlinksUntilStop == 0)
            m_source.request_stop();
        if (std::string_view(name).starts_with("stays"))
            return fail("unlinkat", name, EPERM);
        return ForwardingFiles::unlink(dirFd, name);
    }
    std::stop_source m_source;
    std::atomic<int> m_unlinksUntilStop = 0;
};

std::vector<std::string> namesBelow(const Path& folder)
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        names.push_back(std::filesystem::relative(entry.path(), folder).string());
    std::ranges::sort(names);
    return names;
}

UniqueFd openFolder(const Path& folder)
{
    return UniqueFd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

struct Outcome
{
    Removal removal;
    TreeMeasure before;
    std::vector<std::string> left;
};

Outcome handle(const Path& top, unsigned seed, unsigned threads)
{
    Outcome outcome;
    const RandomTree tree(top, seed);
    Stubborn files(linuxSystem().files);
    System system{files, linuxSystem().attributes, linuxSystem().processes, linuxSystem().clock};
    const UniqueFd fd = openFolder(top);
    const auto caller = std::this_thread::get_id();
    bool elsewhere = false;
    const auto told = [&](const auto&) { elsewhere = elsewhere || std::this_thread::get_id() != caller; };
    outcome.before = measureContents(system, fd.get(), "/top", nullptr, {}, told, threads);
    outcome.removal = removeContents(system, fd.get(), "/top", nullptr, {}, told, threads);
    expect(!elsewhere, "progress was told by another thread");
    outcome.left = namesBelow(top);
    std::filesystem::remove_all(top);
    return outcome;
}

void compare(const Path& folder, unsigned seed)
{
    const Outcome one = handle(folder + "/tree", seed, 1);
    const Outcome many = handle(folder + "/tree", seed, 4);
    const std::string which = " (seed " + std::to_string(seed) + ")";
    const auto inWords = [](const Measure& m) {
        return std::to_string(m.bytes) + " bytes, " + std::to_string(m.files) + " files, " +
               std::to_string(m.directories) + " directories, newest " + std::to_string(m.newest);
    };
    expect(one.before.measure == many.before.measure,
           "measures differ" + which + ": " + inWords(one.before.measure) + "; " + inWords(many.before.measure));
    expect(one.before.newestPath == many.before.newestPath,
           "newest differ: " + one.before.newestPath + ", " + many.before.newestPath + which);
    // The trees are made anew, so the times of their last changes differ.
    const bool hasAny = one.before.measure.files + one.before.measure.directories > 0;
    expect(hasAny == (one.before.changed != 0) && hasAny == !one.before.changedPath.empty() &&
               many.before.changed >= one.before.changed,
           "the last changes are not told" + which);
    expect(one.removal.done.entries == many.removal.done.entries, "entries differ" + which);
    expect(one.removal.done.bytes == many.removal.done.bytes,
           "bytes differ: " + std::to_string(one.removal.done.bytes) + ", " + std::to_string(many.removal.done.bytes) +
               which);
    expect(one.left == many.left, "what is left differs" + which);
    expect(one.removal.kept.count == many.removal.kept.count, "problems differ" + which);
    for (std::size_t i = 0; i < std::min(one.removal.kept.list.size(), many.removal.kept.list.size()); ++i)
        expect(one.removal.kept.list[i].path == many.removal.kept.list[i].path, "problems' paths differ" + which);
    expect(one.removal.done.entries + one.left.size() == one.before.measure.files + one.before.measure.directories,
           "counted, removed and left do not add up" + which);
}

/// Stopped at some unlink, and then done by a second run.
void stopAndGoOn(const Path& folder, unsigned seed)
{
    const Path top = folder + "/stopped";
    const RandomTree tree(top, seed);
    Stubborn files(linuxSystem().files);
    System system{files, linuxSystem().attributes, linuxSystem().processes, linuxSystem().clock};
    const UniqueFd fd = openFolder(top);
    files.m_unlinksUntilStop = static_cast<int>(seed * 37 % 500 + 1);
    const Removal first = removeContents(system, fd.get(), top, nullptr, files.m_source.get_token(), {}, 4);
    expect(first.cancelled == files.m_source.stop_requested(), "a stop was not told");
    const Removal second = removeContents(linuxSystem(), fd.get(), top, nullptr, {}, {}, 4);
    expect(second.complete() && namesBelow(top).empty(), "the second run left something");
    std::filesystem::remove(top);
}

/// While one thread moves directories about in the tree, four remove it; what is moved out of it is left alone.
void moveAbout(const Path& folder, unsigned seed)
{
    const Path top = folder + "/moved";
    const Path outside = folder + "/outside";
    std::filesystem::create_directory(outside);
    const RandomTree tree(top, seed);
    for (int i = 0; i < 200; ++i)
        std::filesystem::create_directories(top + "/m" + std::to_string(i) + "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r");
    std::atomic<bool> ended = false;
    std::thread mover([&] {
        for (int i = 0; !ended; i = (i + 1) % 200) {
            const Path from = top + "/m" + std::to_string(i) + "/a/b/c";
            (void)rename(from.c_str(), (top + "/m" + std::to_string((i * 7) % 200) + "/a/x").c_str());
            (void)rename(from.c_str(), (outside + "/" + std::to_string(i)).c_str());
        }
    });
    const UniqueFd fd = openFolder(top);
    Removal removal;
    for (int attempt = 0; attempt < 20; ++attempt) {
        removal = removeContents(linuxSystem(), fd.get(), top, nullptr, {}, {}, 4);
        if (removal.complete())
            break;
    }
    ended = true;
    mover.join();
    expect(removal.complete(), "what was moved about could not be removed");
    std::filesystem::remove_all(top);
    std::filesystem::remove_all(outside);
}

} // namespace

int main()
{
    // In memory: what a file takes on a disk is not settled before it is written there, and that takes its time.
    if (std::filesystem::is_directory("/dev/shm"))
        ::setenv("TMPDIR", "/dev/shm", 1);
    const TemporaryFolder folder;
    const int rounds = scaled(200);
    for (int seed = 1; seed <= rounds; ++seed) {
        compare(folder.path(), static_cast<unsigned>(seed));
        stopAndGoOn(folder.path(), static_cast<unsigned>(seed));
        if (seed % 4 == 0)
            moveAbout(folder.path(), static_cast<unsigned>(seed));
    }
    std::printf("tree threads: %d random trees measured and removed by one thread and by four, %d differences\n",
                rounds, g_failures);
    return g_failures == 0 ? 0 : 1;
}
