// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facts/file_system_state.h"
#include "core/facts/sysfs.h"

#include <cerrno>

namespace scratchproof {

namespace {

/// How many descriptors are open. Where not even one more can be had, as many as there may be.
std::optional<std::uint64_t> openFilesNow(System& system, const std::optional<std::uint64_t>& limit)
{
    const auto folder = system.files.open(kWorkingDirectory, "/proc/self/fd", O_RDONLY | O_DIRECTORY);
    if (!folder)
        return folder.error().code == EMFILE ? limit : std::nullopt;
    // Without the descriptors that the look itself takes.
    const auto names = namesIn(system, "/proc/self/fd");
    return names.size() >= 2 ? std::optional<std::uint64_t>(names.size() - 2) : limit;
}

} // namespace

LimitFacts readLimits(System& system)
{
    LimitFacts limits;
    const ResourceLimits own = system.processes.limits();
    limits.fileSizeBytes = own.fileSizeBytes;
    limits.openFiles = own.openFiles;
    limits.openFilesNow = openFilesNow(system, own.openFiles);
    // "used 0 most" (proc(5)).
    if (const auto text = readAttribute(system, "/proc/sys/fs/file-nr")) {
        const auto fields = splitAt(*text, " \t");
        if (fields.size() == 3) {
            limits.systemOpenFiles = parseNumber(fields[0]);
            limits.systemMostOpenFiles = parseNumber(fields[2]);
        }
    }
    if (const auto text = readSmallFile(system.files, "/proc/meminfo", 16384)) {
        for (const std::string_view line : splitAt(*text, "\n")) {
            const auto fields = splitAt(line, ": ");
            if (fields.size() < 2 || fields[0] != "MemAvailable")
                continue;
            if (const auto kibibytes = parseNumber(fields[1]); kibibytes && *kibibytes <= UINT64_MAX / 1024)
                limits.memoryAvailableBytes = *kibibytes * 1024;
        }
    }
    return limits;
}

} // namespace scratchproof
