// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/leftovers.h"

#include "core/probe/ability_place.h"
#include "core/system/directory_entries.h"

#include <cerrno>

namespace scratchproof {

namespace {

constexpr Nanoseconds kOneDay = 24 * 3600 * kNanosecondsPerSecond;
constexpr std::size_t kMostEntries = 20'000;
constexpr Nanoseconds kLongestLook = 100 * kNanosecondsPerMillisecond;
constexpr std::size_t kMostOfATrial = 100; // a trial has a few names at a time

bool isAnyEntry(std::string_view name)
{
    return name != "." && name != "..";
}

} // namespace

LeftoverJudgement LeftoverSweeper::judge(const Maker& maker, const FileStatus& status, std::optional<Nanoseconds> now)
{
    if (status.uid != m_system.processes.userId() || (!status.isRegular() && !status.isDirectory()))
        return LeftoverJudgement::Keep;
    // A process probes one folder at a time, and sweeps before it makes anything: its own are from before.
    if (maker == m_self)
        return LeftoverJudgement::Remove;
    const bool sameMachine = maker.machine == m_self.machine;
    if (sameMachine && maker.boot != m_self.boot)
        return LeftoverJudgement::Remove;
    if (sameMachine && maker.nameSpace == m_self.nameSpace)
        return isAlive(maker.process) ? LeftoverJudgement::Keep : LeftoverJudgement::Remove;
    return now && *now - status.modified > kOneDay ? LeftoverJudgement::Remove : LeftoverJudgement::KeepYoung;
}

bool LeftoverSweeper::isAlive(const std::string& hash)
{
    if (!m_alive) {
        m_alive.emplace();
        const auto pids = m_system.processes.all();
        if (!pids)
            return true; // Without /proc nobody can be called dead.
        for (const int pid : *pids) {
            if (const auto startTime = m_system.processes.startTime(pid))
                m_alive->insert(processHash({pid, *startTime}));
        }
    }
    return m_alive->empty() || m_alive->count(hash) != 0;
}

Result<bool> LeftoverSweeper::removeIfDead(int folderFd, const std::string& name, std::optional<Nanoseconds> now)
{
    const auto maker = parseProbeName(name);
    if (!maker)
        return false;
    const auto status = m_system.attributes.statusAt(folderFd, name.c_str());
    if (!status)
        return status.error().code == ENOENT ? Result<bool>(true) : fail(status.error());
    if (judge(*maker, *status, now) != LeftoverJudgement::Remove)
        return false;
    return remove(folderFd, name, *status);
}

Result<bool> LeftoverSweeper::removeVouched(int folderFd, const std::string& name)
{
    const auto status = m_system.attributes.statusAt(folderFd, name.c_str());
    if (!status)
        return status.error().code == ENOENT ? Result<bool>(true) : fail(status.error());
    if (status->uid != m_system.processes.userId() || (!status->isRegular() && !status->isDirectory()))
        return false;
    return remove(folderFd, name, *status);
}

Result<bool> LeftoverSweeper::remove(int folderFd, const std::string& name, const FileStatus& status)
{
    Result<void> removed;
    if (status.isDirectory()) {
        removed = m_system.files.removeDirectory(folderFd, name.c_str());
        if (!removed && (removed.error().code == ENOTEMPTY || removed.error().code == EEXIST)) {
            emptyDirectory(folderFd, name, status);
            removed = m_system.files.removeDirectory(folderFd, name.c_str());
            if (!removed && (removed.error().code == ENOTEMPTY || removed.error().code == EEXIST))
                return false; // Somebody keeps other things in it: no longer ours to remove.
        }
    } else {
        removed = m_system.files.unlink(folderFd, name.c_str());
    }
    if (!removed && removed.error().code != ENOENT)
        return fail(removed.error());
    return true;
}

/// What a probe or the trials of a full check can have made in a directory of theirs: our own user's files and links,
/// by the names they have. Nothing below it, and nothing that a link leads to.
void LeftoverSweeper::emptyDirectory(int folderFd, const std::string& name, const FileStatus& status)
{
    const auto inside = m_system.files.open(folderFd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!inside)
        return;
    const auto opened = m_system.attributes.status(inside->get());
    if (!opened || !opened->sameFileAs(status))
        return; // Another directory was put in its place.
    const auto entries = listed(inside->get(), isAnyEntry, {});
    for (const auto& entry : entries) {
        if (entries.size() > kMostOfATrial || !mayBeOfATrial(inside->get(), entry))
            return; // Somebody keeps other things in it, or put his own in its place: then nothing in it is ours.
    }
    for (const auto& entry : entries)
        static_cast<void>(m_system.files.unlink(inside->get(), entry.c_str()));
}

bool LeftoverSweeper::mayBeOfATrial(int directory, const std::string& entry)
{
    if (!isTrialName(entry))
        return false;
    const auto found = m_system.attributes.statusAt(directory, entry.c_str());
    if (!found || found->uid != m_system.processes.userId())
        return !found && found.error().code == ENOENT;
    // A reserved name was tried empty; one with something in it is not from a check.
    const bool ours = parseProbeName(std::string_view(entry).substr(0, kProbeNameLength)) || found->size == 0;
    return found->type == FileType::SymbolicLink || (found->isRegular() && ours);
}

std::vector<std::string> LeftoverSweeper::look(int folderFd, std::stop_token stop)
{
    return listed(
        folderFd, [](std::string_view name) { return name[0] == '.' && parseProbeName(name); }, std::move(stop));
}

std::vector<std::string> LeftoverSweeper::listed(int folderFd, bool (*isWanted)(std::string_view), std::stop_token stop)
{
    auto listing = m_system.files.open(folderFd, ".", O_RDONLY | O_DIRECTORY);
    if (!listing)
        return {};
    std::vector<std::string> found;
    std::vector<std::byte> buffer(65536);
    const Nanoseconds end = m_system.clock.monotonic() + kLongestLook;
    std::size_t seen = 0;
    while (seen < kMostEntries && !stop.stop_requested() && m_system.clock.monotonic() < end) {
        const auto filled = m_system.files.readEntries(listing->get(), buffer);
        if (!filled || *filled == 0)
            break;
        DirectoryEntries entries(std::span<const std::byte>(buffer).first(*filled));
        while (const auto* entry = entries.next()) {
            ++seen;
            if (isWanted(entry->name))
                found.emplace_back(entry->name);
        }
    }
    return found;
}

} // namespace scratchproof
