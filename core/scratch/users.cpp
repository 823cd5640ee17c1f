// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scratch/users.h"

#include "core/system/directory_entries.h"

#include <fmt/format.h>

#include <span>

namespace scratchproof {

namespace {

bool isInside(const Path& path, const Path& folder)
{
    return path.size() >= folder.size() && path.compare(0, folder.size(), folder) == 0 &&
           (path.size() == folder.size() || path[folder.size()] == '/');
}

/// `scratchproof-cli prober`, by /proc/PID/cmdline.
bool isProber(System& system, int pid)
{
    const auto words = readSmallFile(system.files, fmt::format("/proc/{}/cmdline", pid).c_str()).value_or("");
    const auto second = words.find('\0');
    return second != std::string::npos && std::string_view(words).substr(second + 1).starts_with("prober");
}

bool hasOpen(System& system, int process, const Path& folder, std::vector<std::byte>& buffer)
{
    auto open = system.files.open(process, "fd", O_RDONLY | O_DIRECTORY);
    if (!open)
        return false;
    for (;;) {
        const auto filled = system.files.readEntries(open->get(), buffer);
        if (!filled || *filled == 0)
            return false;
        DirectoryEntries entries(std::span<const std::byte>(buffer).first(*filled));
        while (const auto* entry = entries.next()) {
            const auto target =
                entry->isDotOrDotDot() ? Path() : system.files.readLink(open->get(), entry->name).value_or("");
            if (isInside(target, folder))
                return true;
        }
    }
}

} // namespace

std::vector<UserOfDirectory> usersOf(System& system, const Path& path, std::size_t most)
{
    std::vector<UserOfDirectory> users;
    std::vector<std::byte> buffer(16384);
    const auto processes = system.processes.all();
    if (!processes || path.size() < 2)
        return users;
    const int self = system.processes.self().pid;
    const auto program = ownProgram();
    for (const int pid : *processes) {
        if (pid == self || users.size() >= most)
            continue;
        auto process = system.files.open(kWorkingDirectory, fmt::format("/proc/{}", pid).c_str(), O_PATH | O_DIRECTORY);
        if (!process)
            continue;
        const Path working = system.files.readLink(process->get(), "cwd").value_or("");
        const bool isOurs = program && system.files.readLink(process->get(), "exe").value_or("") == *program;
        if (isOurs && !isInside(working, path) && isProber(system, pid))
            continue;
        if (!isInside(working, path) && !hasOpen(system, process->get(), path, buffer))
            continue;
        auto name = readSmallFile(system.files, fmt::format("/proc/{}/comm", pid).c_str()).value_or("");
        while (!name.empty() && name.back() == '\n')
            name.pop_back();
        users.push_back({pid, std::move(name)});
    }
    return users;
}

} // namespace scratchproof
