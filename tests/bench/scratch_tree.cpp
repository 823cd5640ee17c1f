// SPDX-License-Identifier: GPL-3.0-or-later

// The engine of core/scratch as a program of its own, to be timed beside rm and du: nothing but opening the directory,
// the call, and one line. It also makes the trees.

#include "core/tree/measure_tree.h"
#include "core/tree/remove_tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace scratchproof;

namespace {

/// `folder` with everything in it.
int removeTree(System& system, const Path& folder, unsigned threads)
{
    auto fd = system.files.open(kWorkingDirectory, folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!fd) {
        fmt::print(stderr, "{}\n", toString(fd.error()));
        return 1;
    }
    const Removal removal = removeContents(system, fd->get(), folder, nullptr, {}, {}, threads);
    for (const Error& error : removal.kept.list)
        fmt::print(stderr, "{}\n", toString(error));
    const auto gone = system.files.removeDirectory(kWorkingDirectory, folder.c_str());
    if (!gone)
        fmt::print(stderr, "{}\n", toString(gone.error()));
    fmt::print("{} entries, {} bytes\n", removal.done.entries, removal.done.bytes);
    return removal.complete() && gone ? 0 : 1;
}

int measureTree(System& system, const Path& folder, unsigned threads)
{
    auto fd = system.files.open(kWorkingDirectory, folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!fd) {
        fmt::print(stderr, "{}\n", toString(fd.error()));
        return 1;
    }
    const TreeMeasure measure = measureContents(system, fd->get(), folder, nullptr, {}, {}, threads);
    fmt::print("{} files, {} directories, {} bytes, newest {}\n", measure.measure.files, measure.measure.directories,
               measure.measure.bytes, displayPath(measure.newestPath));
    return measure.unseen.count == 0 ? 0 : 1;
}

/// `files` of 1 KiB in each of so many `directories` (0: in the top itself).
int makeWide(int top, int directories, int files)
{
    const std::string content(1024, 'x');
    for (int d = 0; d < (directories == 0 ? 1 : directories); ++d) {
        const std::string name = fmt::format("directory-{}", d);
        if (directories != 0 && mkdirat(top, name.c_str(), 0755) != 0)
            return 1;
        const int folder = directories != 0 ? openat(top, name.c_str(), O_RDONLY | O_DIRECTORY) : dup(top);
        for (int f = 0; f < files; ++f) {
            const int fd = openat(folder, fmt::format("file-{}", f).c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644);
            if (fd < 0 || write(fd, content.data(), content.size()) != ssize_t(content.size()))
                return 1;
            close(fd);
        }
        close(folder);
    }
    return 0;
}

int makeDeep(int top, int levels)
{
    int folder = dup(top);
    for (int i = 0; i < levels; ++i) {
        if (mkdirat(folder, "d", 0755) != 0)
            return 1;
        const int next = openat(folder, "d", O_RDONLY | O_DIRECTORY);
        close(folder);
        folder = next;
    }
    close(folder);
    return 0;
}

int makeTree(const char* folder, std::string_view shape)
{
    if (mkdir(folder, 0755) != 0) {
        std::perror(folder);
        return 1;
    }
    const int top = open(folder, O_RDONLY | O_DIRECTORY);
    const int made = shape == "wide"   ? makeWide(top, 2000, 100)
                     : shape == "flat" ? makeWide(top, 0, 200000)
                                       : makeDeep(top, std::atoi(shape.data()));
    if (made != 0)
        std::perror("scratch_tree");
    return made;
}

} // namespace

int main(int argc, char** argv)
{
    const std::string_view what = argc > 2 ? argv[1] : "";
    const unsigned threads = argc > 3 ? static_cast<unsigned>(std::atoi(argv[3])) : 0;
    if (what == "make" && argc > 3)
        return makeTree(argv[2], argv[3]);
    if (what == "remove")
        return removeTree(linuxSystem(), argv[2], threads);
    if (what == "measure")
        return measureTree(linuxSystem(), argv[2], threads);
    fmt::print(stderr, "usage: scratch_tree remove|measure DIRECTORY [THREADS]\n"
                       "       scratch_tree make DIRECTORY wide|flat|LEVELS\n");
    return 2;
}
