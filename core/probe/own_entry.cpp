// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/own_entry.h"

#include <cerrno>

namespace scratchproof {

namespace {

/// Clocks of the servers of one file system may differ by so much.
constexpr Nanoseconds kClockSlack = 5 * kNanosecondsPerSecond;

bool isOlder(const FileStatus& found, const FileStatus& made)
{
    return found.born && made.born && *found.born + kClockSlack < *made.born;
}

} // namespace

bool mayBeOurFile(const FileStatus& found, const std::optional<FileStatus>& made)
{
    if (made && found.sameFileAs(*made))
        return true;
    return found.isRegular() && found.links <= 1 && (!made || (found.uid == made->uid && !isOlder(found, *made)));
}

Result<UniqueFd> openMadeDirectory(System& system, int folder, const char* name, const std::optional<FileStatus>& file)
{
    auto directory = system.files.open(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!directory)
        return directory;
    const auto status = system.attributes.status(directory->get());
    if (!status)
        return fail(status.error());
    if (file && (status->uid != file->uid || isOlder(*status, *file)))
        return fail("openat", name, ESTALE, "another directory was put in its place");
    return directory;
}

} // namespace scratchproof
