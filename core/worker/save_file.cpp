// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worker/save_file.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <span>

namespace scratchproof {

namespace {

Result<void> copyAll(System& system, int from, int to)
{
    std::array<std::byte, 65536> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    for (;;) {
        const auto count = system.files.read(from, buffer);
        if (!count)
            return fail(count.error());
        if (*count == 0)
            return {};
        if (auto written = writeAll(system.files, to, std::span(buffer).first(*count)); !written)
            return written;
    }
}

/// Gives the finished file its name.
Result<void> putInPlace(System& system, int folder, const std::string& part, const std::string& name, bool replace)
{
    if (replace)
        return system.files.rename(folder, part.c_str(), folder, name.c_str(), 0);
    auto renamed = system.files.rename(folder, part.c_str(), folder, name.c_str(), kRenameNoReplace);
    if (renamed || (renamed.error().code != EINVAL && renamed.error().code != ENOSYS))
        return renamed;
    // No such flag here. A look leaves a moment in which somebody else may make the name; no lasting harm on a drive
    // that is one's own, which those without the flag (FAT, many FUSE ones) are.
    const auto there = system.attributes.exists(folder, name.c_str());
    if (there && *there)
        return fail("renameat2", name, EEXIST);
    return system.files.rename(folder, part.c_str(), folder, name.c_str(), 0);
}

} // namespace

Result<void> saveFile(System& system, int inputFd, const Path& file, bool replace)
{
    const auto folder = system.files.open(kWorkingDirectory, parentPath(file).c_str(), O_PATH | O_DIRECTORY);
    if (!folder)
        return fail(folder.error());
    const std::string name(baseName(file));
    if (!replace && system.attributes.exists(folder->get(), name.c_str()).value_or(false))
        return fail("openat", file, EEXIST);
    std::array<std::byte, 8> random{};
    system.processes.fillRandom(random);
    const std::string part = fmt::format(".scratchproof-part-{:02x}", fmt::join(random, ""));
    // 0666 as any document: the user's umask decides.
    auto fd = system.files.open(folder->get(), part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
    if (!fd)
        return fail(fd.error());
    auto saved = copyAll(system, inputFd, fd->get());
    if (saved) {
        saved = system.files.sync(fd->get());
        if (!saved && (saved.error().code == EINVAL || saved.error().code == EOPNOTSUPP))
            saved = {}; // cannot be confirmed there
    }
    const auto closed = system.files.close(std::move(*fd));
    if (saved && !closed)
        saved = closed;
    if (saved)
        saved = putInPlace(system, folder->get(), part, name, replace);
    if (!saved)
        static_cast<void>(system.files.unlink(folder->get(), part.c_str()));
    return saved;
}

} // namespace scratchproof
