// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/verify/direct_file.h"

#include <cerrno>
#include <utility>

namespace scratchproof {

namespace {

/// After O_DIRECT was refused: the kernel makes the file before it sees that.
Result<UniqueFd> openWithoutDirect(System& system, int folder, const char* name)
{
    auto made = system.files.open(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (made || made.error().code != EEXIST)
        return made;
    auto found = system.files.open(folder, name, O_RDWR | O_NOFOLLOW);
    const auto status = found ? system.attributes.status(found->get()) : Result<FileStatus>(fail(found.error()));
    const bool isOurs = status && status->isRegular() && status->size == 0 && status->links == 1 &&
                        status->uid == system.processes.userId();
    return isOurs ? std::move(found) : std::move(made);
}

} // namespace

Result<DirectFile> makeDirectFile(System& system, int folder, const char* name)
{
    bool isDirect = true;
    auto made = system.files.open(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_DIRECT, 0600);
    if (!made && made.error().code == EINVAL) {
        isDirect = false;
        made = openWithoutDirect(system, folder, name);
    }
    if (!made)
        return fail(made.error());
    return DirectFile{std::move(*made), isDirect};
}

} // namespace scratchproof
