// SPDX-License-Identifier: GPL-3.0-or-later

// A drive that lies about its size, for a loop device: a FUSE file system with one file, "image".
//
//   false_drive MOUNT-POINT CLAIMED-BYTES REAL-BYTES wraps|drops
//
// Prints "ready" once it is mounted. Killed, it is a drive that was pulled out.

#define FUSE_USE_VERSION 312
#include <fuse3/fuse.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr const char* kImage = "/image";

struct Drive
{
    std::size_t claimed = 0;
    bool wraps = false;
    std::vector<char> real;

    /// Calls `work` with each stretch that lies together: where in `real` (or null: nowhere), where in the buffer, and
    /// how long.
    template <typename Work>
    void each(std::size_t offset, std::size_t length, const Work& work)
    {
        std::size_t done = 0;
        while (done < length) {
            const std::size_t place = offset + done;
            const std::size_t inReal = wraps ? place % real.size() : place;
            const bool isThere = inReal < real.size();
            const std::size_t part = isThere ? std::min(length - done, real.size() - inReal) : length - done;
            work(isThere ? &real[inReal] : nullptr, done, part);
            done += part;
        }
    }
};

Drive g_drive;

int getAttributes(const char* path, struct stat* status, fuse_file_info* /*file*/)
{
    *status = {};
    if (std::strcmp(path, "/") == 0) {
        status->st_mode = S_IFDIR | 0755;
        status->st_nlink = 2;
        return 0;
    }
    if (std::strcmp(path, kImage) != 0)
        return -ENOENT;
    status->st_mode = S_IFREG | 0600;
    status->st_nlink = 1;
    status->st_size = static_cast<off_t>(g_drive.claimed);
    return 0;
}

int openFile(const char* path, fuse_file_info* file)
{
    if (std::strcmp(path, kImage) != 0)
        return -ENOENT;
    file->direct_io = 1; // a drive has no page cache of ours
    return 0;
}

std::size_t inside(off_t offset, std::size_t size)
{
    const auto place = static_cast<std::size_t>(offset);
    return place >= g_drive.claimed ? 0 : std::min(size, g_drive.claimed - place);
}

int readFile(const char* /*path*/, char* out, std::size_t size, off_t offset, fuse_file_info* /*file*/)
{
    const std::size_t length = inside(offset, size);
    g_drive.each(static_cast<std::size_t>(offset), length, [out](const char* real, std::size_t at, std::size_t part) {
        if (real != nullptr)
            std::memcpy(out + at, real, part);
        else
            std::memset(out + at, 0, part);
    });
    return static_cast<int>(length);
}

int writeFile(const char* /*path*/, const char* data, std::size_t size, off_t offset, fuse_file_info* /*file*/)
{
    const std::size_t length = inside(offset, size);
    g_drive.each(static_cast<std::size_t>(offset), length, [data](char* real, std::size_t at, std::size_t part) {
        if (real != nullptr)
            std::memcpy(real, data + at, part);
    });
    return length == 0 ? -ENOSPC : static_cast<int>(length);
}

int syncFile(const char* /*path*/, int /*dataOnly*/, fuse_file_info* /*file*/)
{
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 5)
        return 2;
    g_drive.claimed = std::strtoull(argv[2], nullptr, 10);
    g_drive.real.resize(std::strtoull(argv[3], nullptr, 10));
    g_drive.wraps = std::string(argv[4]) == "wraps";
    fuse_operations operations = {};
    operations.getattr = getAttributes;
    operations.open = openFile;
    operations.read = readFile;
    operations.write = writeFile;
    operations.fsync = syncFile;
    char* none[] = {argv[0]};
    fuse_args arguments = FUSE_ARGS_INIT(1, none);
    fuse* session = fuse_new(&arguments, &operations, sizeof operations, nullptr);
    if (session == nullptr || fuse_mount(session, argv[1]) != 0)
        return 1;
    std::puts("ready");
    std::fflush(stdout);
    const int result = fuse_loop(session);
    fuse_unmount(session);
    fuse_destroy(session);
    return result == 0 ? 0 : 1;
}
