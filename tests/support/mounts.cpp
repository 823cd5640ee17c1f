// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/mounts.h"

#include "core/system/system.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace scratchproof::test {

namespace {
constexpr int kSkipped = 77; // SCRATCHPROOF_SKIP_CODE of tests/CMakeLists.txt
} // namespace

int prepare(Needs needs)
{
    ignoreSignalsThatAreErrors(); // as both programs do
    if (needs == Needs::Nothing)
        return 0;
    if (geteuid() != 0) {
        std::fprintf(stderr, "SKIPPED: this needs root (it mounts file systems and becomes other users)\n");
        return kSkipped;
    }
    if (needs == Needs::Root)
        return 0;
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
        std::fprintf(stderr, "FAILED: no mount namespace of its own, though this is root: %s\n", std::strerror(errno));
        return 1;
    }
    return 0;
}

MountedFolder::MountedFolder(const std::string& type, const std::string& source, const Path& folder,
                             const std::string& options)
    : m_path(folder)
{
    runOrFail({"mount", "-n", "-t", type, "-o", options, source, folder});
}

MountedFolder::~MountedFolder()
{
    umount2(m_path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
}

void MountedFolder::remount(const std::string& options) const
{
    runOrFail({"mount", "-n", "-o", "remount," + options, m_path});
}

std::unique_ptr<MountedFolder> mountTmpfs(const Path& folder, const std::string& options)
{
    return std::make_unique<MountedFolder>("tmpfs", "tmpfs", folder, options);
}

std::unique_ptr<MountedFolder> mountImage(const std::string& type, const Path& image, std::uint64_t bytes,
                                          const Path& folder, const std::vector<std::string>& makeArguments,
                                          const std::string& options)
{
    writeFile(image, "", 0600);
    std::filesystem::resize_file(image, bytes);
    std::vector<std::string> make{"mkfs." + type, type.starts_with("ext") ? "-qF" : "-qf"};
    make.insert(make.end(), makeArguments.begin(), makeArguments.end());
    make.push_back(image);
    runOrFail(make);
    return std::make_unique<MountedFolder>(type, image, folder, options + ",loop");
}

std::unique_ptr<MountedFolder> mountSquashfs(const Path& content, const Path& image, const Path& folder)
{
    runOrFail({"mksquashfs", content, image, "-quiet", "-no-progress", "-noappend"});
    return std::make_unique<MountedFolder>("squashfs", image, folder, "loop");
}

Path fillUp(const Path& folder)
{
    Path path = joinPath(folder, "filling");
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        failSetup("open " + path);
    const std::string zeros(1U << 20U, '\0');
    // Ever smaller pieces, so that not even a last block is left.
    for (std::size_t piece = zeros.size(); piece > 0; piece /= 2) {
        while (write(fd, zeros.data(), piece) > 0) {
        }
    }
    fsync(fd);
    close(fd);
    return path;
}

} // namespace scratchproof::test
