// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/file_system_state.h"
#include "core/facts/sysfs.h"

#include <cerrno>
#include <charconv>

namespace scratchproof {

namespace {

/// Undoes the octal escapes of /proc/swaps ("\040" is a space).
Path unescaped(std::string_view text)
{
    Path path;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        const char* from = text.data() + i + 1;
        if (text[i] == '\\' && i + 3 < text.size() && std::from_chars(from, from + 3, value, 8).ptr == from + 3 &&
            value <= 0xff) {
            path += static_cast<char>(value);
            i += 3;
        } else {
            path += text[i];
        }
    }
    return path;
}

bool isSwap(System& system, const Path& path)
{
    const auto text = readSmallFile(system.files, "/proc/swaps", std::size_t{1} << 16U);
    if (!text || path.empty())
        return false;
    for (const std::string_view line : splitAt(*text, "\n")) {
        const auto fields = splitAt(line, " \t");
        if (!fields.empty() && unescaped(fields.front()) == path)
            return true;
    }
    return false;
}

/// The name of a process that runs this file, among those whose /proc/PID/exe we may look at. Programs of another name
/// are not looked at: they may lie on a server that does not answer.
std::optional<std::string> programThatIs(System& system, const FileStatus& file, std::string_view name)
{
    const auto processes = system.processes.all();
    if (!processes)
        return std::nullopt;
    for (const int pid : *processes) {
        const std::string folder = "/proc/" + std::to_string(pid);
        const auto path = system.files.readLink(kWorkingDirectory, (folder + "/exe").c_str());
        if (!path || baseName(*path) != name)
            continue;
        const auto program = system.attributes.statusFollowing(kWorkingDirectory, (folder + "/exe").c_str());
        if (program && program->sameFileAs(file))
            return readAttribute(system, folder + "/comm").value_or(std::to_string(pid));
    }
    return std::nullopt;
}

} // namespace

FileTarget readFileTarget(System& system, int folderFd, const Path& name)
{
    FileTarget target;
    target.name = name;
    if (const auto rule = readNumber(system, "/proc/sys/fs/protected_regular"); rule && *rule <= INT32_MAX)
        target.protectedRegular = static_cast<int>(*rule);
    const auto folder = system.attributes.status(folderFd);
    const auto file = system.files.open(folderFd, name.c_str(), O_PATH);
    const auto status = file ? system.attributes.status(file->get()) : Result<FileStatus>(fail("open", {}, ENOENT));
    if (!status)
        return target;
    target.status = *status;
    target.owner = status->uid;
    target.ownerName = system.processes.userName(status->uid);
    target.isImmutable = status->isImmutable();
    target.isAppendOnly = status->isAppendOnly();
    target.isRegular = status->isRegular();
    if (target.isRegular) {
        const auto mayWrite = system.attributes.access(file->get(), "", AccessMode::Write);
        target.accessCode = mayWrite ? 0 : mayWrite.error().code;
        if (target.accessCode == ENOSYS || target.accessCode == ENOENT)
            target.accessCode = -1; // could not be asked: neither by the call nor through /proc
    }
    target.isMountPoint = status->isMountRoot().value_or(false);
    target.isOnOtherMount = folder && folder->mountId && status->mountId && folder->mountId != status->mountId;
    const std::string link = "/proc/self/fd/" + std::to_string(file->get());
    const Path path = system.files.readLink(kWorkingDirectory, link.c_str()).value_or("");
    target.isSwapFile = isSwap(system, path);
    target.runningProgram = programThatIs(system, *status, baseName(path));
    return target;
}

} // namespace scratchproof
