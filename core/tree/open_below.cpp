// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tree/open_below.h"

#include <cerrno>
#include <charconv>
#include <utility>

namespace scratchproof {

namespace {

constexpr int kLookAtFolder = O_PATH | O_DIRECTORY | O_NOFOLLOW;

/// openat2(2) is not there, or not for us: then the checks are made by hand.
bool saysNoOpenat2(int code)
{
    return code == ENOSYS || code == EINVAL || code == E2BIG || code == EPERM;
}

Result<UniqueFd> openOneBelow(System& system, int parent, const FileStatus& parentStatus, const char* name, int flags)
{
    auto opened = system.files.openBeneath(parent, name, flags, BeneathRules{});
    for (int again = 0; !opened && opened.error().code == EAGAIN && again < 8; ++again)
        opened = system.files.openBeneath(parent, name, flags, BeneathRules{});
    if (opened || !saysNoOpenat2(opened.error().code))
        return opened;
    opened = system.files.open(parent, name, flags);
    if (!opened)
        return opened;
    const auto status = system.attributes.status(opened->get());
    if (!status)
        return fail(status.error());
    const auto here = mountIdOf(system, opened->get(), *status);
    const auto there = mountIdOf(system, parent, parentStatus);
    if (!here || !there || *here != *there)
        return fail("openat", name, EXDEV,
                    here && there ? "a mount is in the way" : "no telling whether a mount is in the way");
    return opened;
}

bool lacksOwnerRights(System& system, const FileStatus& status)
{
    return (status.mode & 0700U) != 0700U && status.uid == system.processes.userId();
}

} // namespace

std::optional<std::uint64_t> mountIdOf(System& system, int fd, const FileStatus& status)
{
    if (status.mountId)
        return status.mountId;
    const auto text = readSmallFile(system.files, ("/proc/self/fdinfo/" + std::to_string(fd)).c_str());
    constexpr std::string_view kKey = "mnt_id:"; // proc(5), since Linux 3.15
    const auto found = text ? text->find(kKey) : std::string::npos;
    if (found == std::string::npos)
        return std::nullopt;
    const auto digits = text->find_first_not_of(" \t", found + kKey.size());
    std::uint64_t id = 0;
    if (digits == std::string::npos ||
        std::from_chars(text->data() + digits, text->data() + text->size(), id).ec != std::errc())
        return std::nullopt;
    return id;
}

Result<OpenedFolder> openFolderBelow(System& system, int parent, const FileStatus& parentStatus, const char* name,
                                     bool openUp)
{
    std::optional<std::uint32_t> closedMode;
    auto opened = openOneBelow(system, parent, parentStatus, name, kOpenFolder);
    if (!opened && opened.error().code == EACCES && openUp) {
        // Neither readable nor searchable: it can still be looked at, and its mode changed through that descriptor.
        auto look = openOneBelow(system, parent, parentStatus, name, kLookAtFolder);
        const auto status = look ? system.attributes.status(look->get()) : Result<FileStatus>(fail(look.error()));
        if (status && status->isDirectory() && status->isMountRoot() != true && lacksOwnerRights(system, *status)) {
            if (system.files.changeModeOfPathFd(look->get(), status->mode | 0700U)) {
                closedMode = status->mode;
                opened = openOneBelow(system, look->get(), *status, ".", kOpenFolder);
            }
        }
    }
    if (!opened)
        return fail(std::move(opened.error()));
    const auto status = system.attributes.status(opened->get());
    if (!status)
        return fail(status.error());
    if (!status->isDirectory())
        return fail("openat", name, ENOTDIR);
    if (status->isMountRoot() == true)
        return fail("openat", name, EXDEV, "a mount is in the way");
    // What it prevents where it fails is told by each entry.
    if (openUp && lacksOwnerRights(system, *status) && system.files.changeMode(opened->get(), status->mode | 0700U))
        closedMode = status->mode;
    return OpenedFolder{std::move(*opened), *status, closedMode};
}

} // namespace scratchproof
